/* SPDX-License-Identifier: ISC
 *
 * The connection doctor for Google: the layers that are the same for all kinds, then what the access that was granted
 * is good for.
 */
#include <stdio.h>
#include <string.h>

#include "calendar/doctor.h"
#include "calendar/google/call.h"
#include "os/clock.h"
#include "os/random.h"

static const char *const names[] = {"dns",     "tcp",       "tls",        "certificate",
                                    "methods", "sign-in",   "version",    "mailbox",
                                    "rights",  "free/busy", "throttling", "clock"};
enum { N_NAMES = sizeof names / sizeof *names, DAY_S = 86400 };

struct examination {
    struct doctor doctor;
    struct calendar *google;
    struct text room; /* empty: none is looked at */
    bool probes;
};

static const char *fix_of(const struct calendar *google, enum status status)
{
    bool is_service = google->server->method == AUTH_ASSERTION;
    switch (status) {
    case ERR_AUTH:
        return is_service
                   ? "check the service account's key, and in the Admin console under "
                     "Security, "
                     "API controls, Domain-wide delegation its client id and the scopes that "
                     "doc/google.md names"
                   : "connect again: the access has ended or was taken away "
                     "(myaccount.google.com, "
                     "Third-party access); while the consent screen is in \"Testing\" it ends "
                     "after seven days";
    case ERR_DENIED:
        return is_service
                   ? "enter the scopes that doc/google.md names for the service account's "
                     "client id, and turn the Google Calendar API on in its project"
                   : "connect again and leave all boxes ticked; the Google Calendar API "
                     "must be on in the project (APIs & Services, Library)";
    case ERR_NOT_FOUND:
        return "check the mailbox's address; another's calendar must be shared with this user "
               "(Settings and sharing, \"Share with specific people\")";
    case ERR_LIMIT:
        return "try again later; see throttling";
    default:
        return "see what stands between this machine and Google";
    }
}

/* ---- sign-in, mailbox, rights: the list of calendars ---- */

static const struct calendar_row *row_of(const struct calendars_answer *answer, struct text id)
{
    for (size_t i = 0; i < answer->n_calendars; i++) {
        const struct calendar_row *row = &answer->calendars[i];
        if (text_equal(id, TEXT("primary")) ? row->is_default : text_equal_nocase(row->id, id))
            return row;
    }
    return NULL;
}

static void add_rights(struct examination *x, const struct calendar_row *row)
{
    struct doctor *doctor = &x->doctor;
    if (row && row->can_write)
        doctor_add_ok(doctor, "may read and write");
    else
        doctor_add(
            doctor, LAYER_WARN, "may not write into the calendar: bookings will fail",
            "have the calendar shared with \"Make changes to events\", or connect its own "
            "user");
}

static void add_sign_in(struct examination *x)
{
    const struct server *server = x->google->server;
    struct text as = server->method == AUTH_ASSERTION ? server->mailbox : server->user;
    doctor_add_ok(&x->doctor, as.n ? arena_printf(x->doctor.a, "as " TEXT_FMT, TEXT_ARG(as))
                                   : "the access token was taken");
    doctor_add_ok(&x->doctor, "Google Calendar API, version 3");
}

static void look_at_calendars(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct calendars_answer answer = {0};
    struct error why = {0};
    enum status status =
        google_calendars(x->google, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status != OK && status != ERR_DENIED) {
        doctor_add(doctor, LAYER_REFUSED, why.what, fix_of(x->google, status));
        return;
    }
    add_sign_in(x);
    if (status == ERR_DENIED) {
        doctor_add(doctor, LAYER_REFUSED, why.what, fix_of(x->google, status));
        return;
    }
    struct text id = google_calendar_of(x->google, (struct text){0});
    const struct calendar_row *row = row_of(&answer, id);
    if (row)
        doctor_add_ok(doctor, arena_printf(doctor->a, "calendar " TEXT_FMT " of %zu",
                                           TEXT_ARG(row->id), answer.n_calendars));
    else
        doctor_add(doctor, LAYER_WARN,
                   arena_printf(doctor->a,
                                "the calendar " TEXT_FMT " is not in the user's list",
                                TEXT_ARG(id)),
                   fix_of(x->google, ERR_NOT_FOUND));
    add_rights(x, row);
}

/* ---- free/busy, room ---- */

static void look_at_busy(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct instant now = clock_now(), from = {now.s - now.s % 3600};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status =
        google_busy(x->google, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status == OK)
        doctor_add_ok(
            doctor, arena_printf(doctor->a, "%zu intervals in the next 7 days", answer.n_busy));
    else
        doctor_add(doctor, LAYER_REFUSED, why.what, fix_of(x->google, status));
    if (!doctor->has_failed)
        doctor_add_throttling(doctor);
}

static void look_at_room(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct busylist busy = {0};
    struct error why = {0};
    struct instant now = clock_now();
    enum status seen = OK;
    enum status status =
        google_free_busy(x->google, &x->room, 1, now, instant_add_s(now, 7 * DAY_S),
                         doctor->deadline_ms, &busy, &seen, &why);
    size_t n = busy.n;
    busylist_done(&busy);
    if (status != OK)
        doctor_add(doctor, LAYER_REFUSED, why.what, fix_of(x->google, status));
    else if (seen == OK)
        doctor_add_ok(doctor,
                      arena_printf(doctor->a, TEXT_FMT ": %zu intervals in the next 7 days%s",
                                   TEXT_ARG(x->room), n,
                                   x->probes ? "" : "; --probe sees how it answers"));
    else
        doctor_add(doctor, LAYER_REFUSED,
                   arena_printf(doctor->a,
                                "the server does not show when " TEXT_FMT " is free (%s)",
                                TEXT_ARG(x->room), status_name(seen)),
                   "check the resource's address (Admin console, Buildings and resources), and "
                   "that its calendar shows free/busy to the organisation");
}

/* ---- probe ---- */

static enum status probe(struct examination *x, struct error *why)
{
    struct text uid = text_from(
        arena_printf(x->doctor.a, "hourgate-probe-%016llx", (unsigned long long)random_u64()));
    return doctor_probe(&x->doctor, &google_ops, x->google, uid, x->room, why);
}

static void look_by_probe(struct examination *x)
{
    struct error why = {0};
    enum status status = probe(x, &why);
    if (status == OK)
        doctor_add_ok(&x->doctor,
                      x->room.n ? "an event was written, the room took it, and it was deleted"
                                : "an event was written, read back, found and deleted");
    else
        doctor_add(&x->doctor, LAYER_REFUSED, why.what, fix_of(x->google, status));
}

static void choose_names(struct examination *x)
{
    for (size_t i = 0; i < N_NAMES; i++)
        doctor_want(&x->doctor, names[i]);
    if (x->room.n)
        doctor_want(&x->doctor, "room");
    if (x->probes)
        doctor_want(&x->doctor, "probe");
}

enum status google_check(struct calendar *google, const struct check_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct check_answer *ret_answer,
                         struct error *err)
{
    struct examination x = {
        .doctor = {.server = google->server,
                   .options = google->options,
                   .deadline_ms = deadline_ms,
                   .a = a,
                   .service = "the Calendar API",
                   .path_fix =
                       "check the path (usually /calendar/v3), and what stands in front",
                   .throttling_fix =
                       "see what holds: console.cloud.google.com, APIs & Services, "
                       "Google Calendar API, Quotas; ask for more there"},
        .google = google,
        .room = ask->room,
        .probes = ask->probe,
    };
    struct doctor *doctor = &x.doctor;
    CLEANUP(google_call_done) struct google_call knock;
    google_call_init(&knock, google, "GET");
    google_path(&knock.target, "/users/me/calendarList");
    const struct fetch_request request = {
        .verb = "GET", .target = buf_cstr(&knock.target), .max_answer = 1 << 20};
    doctor_begin(doctor);
    choose_names(&x);
    TRY(doctor_look_without_sign_in(doctor, &request, err));
    if (!doctor->has_failed)
        look_at_calendars(&x);
    if (!doctor->has_failed)
        look_at_busy(&x);
    if (!doctor->has_failed)
        doctor_look_at_clock(doctor);
    if (!doctor->has_failed && ask->room.n)
        look_at_room(&x);
    if (!doctor->has_failed && ask->probe)
        look_by_probe(&x);
    doctor_end(doctor, ret_answer);
    return OK;
}
