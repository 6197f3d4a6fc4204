/* SPDX-License-Identifier: ISC
 *
 * The connection doctor's layers above those that all kinds share (calendar/doctor.h). The first request goes without a
 * sign-in, to where the server's CalDAV is; with one, principal and calendars are looked for, then what stands in
 * the default one.
 */
#include <string.h>

#include "calendar/caldav/inner.h"
#include "calendar/doctor.h"
#include "os/clock.h"
#include "os/random.h"

static const char *const names[] = {"dns",       "tcp",     "tls",        "certificate",
                                    "methods",   "sign-in", "calendars",  "rights",
                                    "free/busy", "changes", "throttling", "clock"};
enum { N_NAMES = sizeof names / sizeof *names };

static bool is_icloud(const struct server *server)
{
    return text_ends(server->host, TEXT("icloud.com"));
}

static const char *path_fix(const struct server *server)
{
    if (is_icloud(server))
        return "iCloud's address is https://caldav.icloud.com/";
    return "check the address; often https://HOST/ (the server says where it goes on), "
           "https://HOST/remote.php/dav/ (Nextcloud) or https://HOST/USER/";
}

static const char *sign_in_fix(const struct server *server, enum status status)
{
    if (status == ERR_AUTH && is_icloud(server))
        return "make an app-specific password: sign in at account.apple.com, Sign-In and "
               "Security, "
               "App-Specific Passwords; the user is the Apple Account's address";
    switch (status) {
    case ERR_AUTH:
        return "check user and password; where the account has a second factor, make an app "
               "password "
               "in its settings";
    case ERR_DENIED:
        return "let this user use CalDAV, or use the calendar's owner's sign-in";
    case ERR_LIMIT:
        return "try again later";
    default:
        return "see what stands between this machine and the server, and its own log";
    }
}

/* ---- sign-in, calendars, rights ---- */

static const struct caldav_calendar *default_of(const struct calendar *c)
{
    for (size_t i = 0; i < c->n_calendars; i++)
        if (c->calendars[i].is_default)
            return &c->calendars[i];
    return NULL;
}

static void look_at_calendars(struct doctor *doctor, struct calendar *c)
{
    struct error why = {0};
    enum status status = caldav_find(c, doctor->deadline_ms, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status != OK) {
        bool is_in = status == ERR_UPSTREAM || status == ERR_NOT_FOUND;
        if (is_in)
            doctor_add_ok(doctor, arena_printf(doctor->a, "as " TEXT_FMT,
                                               TEXT_ARG(doctor->server->user)));
        doctor_add(doctor, LAYER_REFUSED, why.what,
                   is_in ? path_fix(doctor->server) : sign_in_fix(doctor->server, status));
        return;
    }
    doctor_add_ok(doctor,
                  arena_printf(doctor->a, "as " TEXT_FMT, TEXT_ARG(doctor->server->user)));
    const struct caldav_calendar *one = default_of(c);
    if (!one) {
        doctor_add(doctor, LAYER_REFUSED, "this sign-in has no calendar that takes events",
                   "make one in your calendar program, or name its whole address");
        return;
    }
    doctor_add_ok(doctor, arena_printf(doctor->a, "%zu; bookings go to " TEXT_FMT,
                                       c->n_calendars, TEXT_ARG(one->place.target)));
    if (one->can_read && one->can_write)
        doctor_add_ok(doctor, "may read and write");
    else
        doctor_add(doctor, LAYER_WARN, "may not write into the calendar: bookings will fail",
                   "have its owner share it with you for writing, or choose another one");
}

/* ---- what stands in it ---- */

static void look_at_busy(struct doctor *doctor, struct calendar *c)
{
    enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    struct instant now = clock_now();
    struct instant from = {now.s - now.s % HOUR_S};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status = caldav_busy(c, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status == OK)
        doctor_add_ok(
            doctor, arena_printf(doctor->a, "%zu intervals in the next 7 days", answer.n_busy));
    else
        doctor_add(doctor, LAYER_REFUSED, why.what, sign_in_fix(doctor->server, status));
}

static void look_at_changes(struct doctor *doctor, struct calendar *c)
{
    struct changes_ask ask = {0};
    struct changes_answer answer = {0};
    struct error why = {0};
    enum status status = caldav_changes(c, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status != OK)
        doctor_add(
            doctor, LAYER_WARN, why.what,
            "bookings cannot follow what is moved in the calendar; see the server's log");
    else
        doctor_add_ok(doctor,
                      answer.state.n && answer.state.at[0] == 's'
                          ? "the server tells what has changed (sync-collection)"
                          : "the server does not tell what has changed: ETags are compared");
}

/* ---- probe ---- */

static enum status probe(struct doctor *doctor, struct calendar *c, struct error *why)
{
    struct text uid = text_from(
        arena_printf(doctor->a, "probe-%016llx@hourgate", (unsigned long long)random_u64()));
    return doctor_probe(doctor, &caldav_ops, c, uid, (struct text){0}, why);
}

static void look_by_probe(struct doctor *doctor, struct calendar *c)
{
    struct error why = {0};
    enum status status = probe(doctor, c, &why);
    if (status == OK)
        doctor_add_ok(doctor, "an event was written, read back, found and deleted");
    else
        doctor_add(doctor, LAYER_REFUSED, why.what, sign_in_fix(doctor->server, status));
}

/* Where the first knock goes: where the well-known address leads, as far as it does. */
static struct server knock_at(struct doctor *doctor, struct calendar *c,
                              struct fetch_request *knock)
{
    static const char *const headers[] = {"Depth: 0", NULL};
    struct server server = *c->dav.server;
    struct error err = {0};
    *knock = (struct fetch_request){
        .verb = "PROPFIND",
        .target = arena_cstr(doctor->a, server.path.n ? server.path : TEXT("/")),
        .headers = headers,
        .type = "application/xml; charset=utf-8",
        .max_answer = DAV_SHORT_MAX};
    if (caldav_find_base(c, doctor->deadline_ms, &err) == OK) {
        server.host = c->base.host;
        server.port = c->base.port;
        knock->target = arena_cstr(doctor->a, c->base.target);
    }
    return server;
}

enum status caldav_check(struct calendar *c, const struct check_ask *ask, int64_t deadline_ms,
                         struct arena *a, struct check_answer *ret_answer, struct error *err)
{
    struct doctor doctor = {.server = c->dav.server,
                            .options = c->dav.options,
                            .deadline_ms = deadline_ms,
                            .a = a,
                            .service = "CalDAV",
                            .path_fix = path_fix(c->dav.server),
                            .throttling_fix =
                                "ask less often: raise `poll` in the configuration"};
    struct fetch_request knock;
    if (ask->room.n)
        return error_set(err, ERR_UNSUPPORTED, "caldav",
                         "rooms are asked through Exchange alone");
    doctor_begin(&doctor);
    for (size_t i = 0; i < N_NAMES; i++)
        doctor_want(&doctor, names[i]);
    if (ask->probe)
        doctor_want(&doctor, "probe");
    c->is_found = false;
    c->base = (struct dav_place){0};
    struct server server = knock_at(&doctor, c, &knock);
    doctor.server = &server;
    TRY(doctor_look_without_sign_in(&doctor, &knock, err));
    if (!doctor.has_failed)
        look_at_calendars(&doctor, c);
    if (!doctor.has_failed)
        look_at_busy(&doctor, c);
    if (!doctor.has_failed)
        look_at_changes(&doctor, c);
    if (!doctor.has_failed)
        doctor_add_throttling(&doctor);
    if (!doctor.has_failed)
        doctor_look_at_clock(&doctor);
    if (!doctor.has_failed && ask->probe)
        look_by_probe(&doctor, c);
    doctor_end(&doctor, ret_answer);
    return OK;
}
