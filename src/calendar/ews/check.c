/* SPDX-License-Identifier: ISC
 *
 * The connection doctor: one layer after the other, each only where those below are in order. The first
 * request goes without a sign-in, so that name, address, certificate and methods are known to be right
 * before the password is sent; and it is sent only by the method that was chosen and is offered.
 */
#include <stdio.h>
#include <string.h>

#include "calendar/doctor.h"
#include "calendar/ews/ews.h"
#include "calendar/ews/fix.h"
#include "os/clock.h"
#include "os/random.h"

struct examination {
    struct doctor doctor;
    struct calendar *ews;
    struct text room; /* empty: none is looked at */
    bool probes;
};

/* Those that are always looked at; room and probe only where they are asked for. */
static const char *const names[] = {"dns",           "tcp",     "tls",     "certificate",
                                    "methods",       "sign-in", "version", "protection",
                                    "impersonation", "mailbox", "rights",  "free/busy",
                                    "throttling",    "clock"};
enum { N_NAMES = sizeof names / sizeof *names };

/* ---- sign-in, version, mailbox: one GetFolder ---- */

static void add_protection(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    if (x->ews->server->method == AUTH_NTLM)
        doctor_add_ok(doctor,
                      "Extended Protection is not demanded: NTLM without it was let in");
    else
        doctor_add_ok(doctor, "Extended Protection does not stand in the way of this sign-in");
}

static void add_impersonation(struct examination *x, const struct ews_answer *answer,
                              const struct error *why)
{
    struct doctor *doctor = &x->doctor;
    const struct server *server = x->ews->server;
    bool is_refused = strncmp(answer->code, "ErrorImpersonat", 15) == 0;
    if (is_refused)
        doctor_add(doctor, LAYER_REFUSED, why->what, fix_impersonation(doctor->a, server));
    else if (server->impersonate.n)
        doctor_add_ok(doctor, arena_printf(doctor->a, "acts as " TEXT_FMT,
                                           TEXT_ARG(server->impersonate)));
    else
        doctor_add_ok(doctor, "not used");
}

/* The mailbox, and what the server says that we may do in its calendar. */
static void add_mailbox(struct examination *x, enum status status,
                        const struct ews_answer *answer, const struct error *why)
{
    struct doctor *doctor = &x->doctor;
    struct calendar *ews = x->ews;
    struct text address = ews->address;
    const struct ews_folder *folder = answer->n_folders ? &answer->folders[0] : NULL;
    const char *fix = fix_rights(doctor->a, ews->server, address, "Editor");
    if (status == ERR_DENIED && address.n && strcmp(answer->code, "ErrorAccessDenied") == 0) {
        doctor_add(doctor, LAYER_WARN, "the calendar itself may not be read, perhaps free/busy",
                   fix);
        doctor_add(doctor, LAYER_WARN,
                   "free/busy only: slots can be shown, bookings not be written", fix);
        return;
    }
    if (status != OK)
        return doctor_add(doctor, LAYER_REFUSED, why->what, fix_mailbox(status));
    doctor_add_ok(
        doctor, address.n ? arena_printf(doctor->a, "calendar of " TEXT_FMT, TEXT_ARG(address))
                          : "calendar of the user");
    if (folder && folder->can_create && folder->can_read)
        doctor_add_ok(doctor, "may read and write");
    else
        doctor_add(doctor, LAYER_WARN, "may not write into the calendar: bookings will fail",
                   fix);
}

static void look_at_mailbox(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct calendar *ews = x->ews;
    struct ews_target target = ews_target_of(ews, (struct text){0});
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    struct error why = {0};
    bool doubt;
    ews_answer_init(&answer, EWS_GET_FOLDER);
    ews_write_get_folder(&request, &target);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, doctor->deadline_ms, &doubt, &why);
    doctor_note_throttled(doctor, status, &why);
    bool has_answered = status == OK || answer.is_fault || answer.n_messages > 0;
    if (!has_answered)
        return doctor_add(doctor, LAYER_REFUSED, why.what,
                          fix_sign_in(ews->server->method, status));
    doctor_add_ok(doctor, arena_printf(doctor->a, "as " TEXT_FMT, TEXT_ARG(ews->server->user)));
    doctor_add_ok(doctor, *answer.version ? answer.version : "not said");
    add_protection(x);
    add_impersonation(x, &answer, &why);
    if (!doctor->has_failed)
        add_mailbox(x, status, &answer, &why);
}

/* ---- free/busy ---- */

static void look_at_busy(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    struct instant now = clock_now();
    struct instant from = {now.s - now.s % HOUR_S};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status = ews_busy(x->ews, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status == OK)
        doctor_add_ok(
            doctor, arena_printf(doctor->a, "%zu intervals in the next 7 days%s", answer.n_busy,
                                 x->ews->address.n ? "" : ", read from the calendar itself"));
    else
        doctor_add(
            doctor, LAYER_REFUSED, why.what,
            status == ERR_DENIED || status == ERR_NO_DATA
                ? fix_rights(doctor->a, x->ews->server, x->ews->address, "AvailabilityOnly")
                : fix_mailbox(status));
    if (!doctor->has_failed)
        doctor_add_throttling(doctor);
}

/* ---- room ---- */

static void look_at_room(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    enum { DAYS_S = 7 * 86400 };
    struct arena *a = doctor->a;
    struct mailbox room = {.address = x->room};
    struct instant now = clock_now();
    struct view_ask ask = {
        .mailboxes = &room, .n_mailboxes = 1, .from = now, .to = instant_add_s(now, DAYS_S)};
    struct view_answer seen = {0};
    struct error why = {0};
    enum status status = ews_view(x->ews, &ask, doctor->deadline_ms, a, &seen, &why);
    if (status != OK)
        return doctor_add(doctor, LAYER_REFUSED, why.what, fix_mailbox(status));
    const struct mailbox_view *view = &seen.views[0];
    if (view->status == OK)
        return doctor_add_ok(doctor,
                             arena_printf(a, TEXT_FMT ": %zu intervals in the next 7 days%s",
                                          TEXT_ARG(room.address), view->n_busy,
                                          x->probes ? "" : "; --probe sees how it answers"));
    doctor_add(doctor, LAYER_REFUSED,
               arena_printf(a, "the server does not show when " TEXT_FMT " is free (%s)",
                            TEXT_ARG(room.address), status_name(view->status)),
               view->status == ERR_NOT_FOUND ? "check the room's address"
                                             : fix_room_rights(a, room.address));
}

/* ---- probe ---- */

static enum status probe(struct examination *x, struct error *why)
{
    struct text uid = text_from(
        arena_printf(x->doctor.a, "hourgate-probe-%016llx", (unsigned long long)random_u64()));
    return doctor_probe(&x->doctor, &ews_ops, x->ews, uid, x->room, why);
}

static void look_by_probe(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct error why = {0};
    enum status status = probe(x, &why);
    if (status == OK)
        doctor_add_ok(doctor, x->room.n
                                  ? "an event was written, the room took it, and it was deleted"
                                  : "an event was written, read back, found and deleted");
    else
        doctor_add(doctor, LAYER_REFUSED, why.what,
                   strcmp(why.where, "room") == 0 ? fix_room_processing(doctor->a, x->room)
                   : status == ERR_DENIED
                       ? fix_rights(doctor->a, x->ews->server, x->ews->address, "Editor")
                       : fix_mailbox(status));
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

enum status ews_check(struct calendar *ews, const struct check_ask *ask, int64_t deadline_ms,
                      struct arena *a, struct check_answer *ret_answer, struct error *err)
{
    const struct fetch_request knock = {.body = TEXT(""), .max_answer = 1 << 20};
    struct examination x = {
        .doctor = {.server = ews->server,
                   .options = ews->options,
                   .deadline_ms = deadline_ms,
                   .a = a,
                   .service = "EWS",
                   .path_fix =
                       "check the path (usually /EWS/Exchange.asmx), and what stands in "
                       "front of Exchange",
                   .throttling_fix = fix_throttling(a, ews->server)},
        .ews = ews,
        .room = ask->room,
        .probes = ask->probe,
    };
    struct doctor *doctor = &x.doctor;
    doctor_begin(doctor);
    choose_names(&x);
    TRY(doctor_look_without_sign_in(doctor, &knock, err));
    if (!doctor->has_failed)
        look_at_mailbox(&x);
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
