/* SPDX-License-Identifier: ISC
 *
 * The connection doctor's layers above those that all kinds share (calendar/doctor.h). The first request goes without a
 * token; with one, the default calendar is looked at, then when it is busy.
 */
#include <string.h>

#include "calendar/doctor.h"
#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/fix.h"
#include "fetch/server.h"
#include "os/clock.h"
#include "os/random.h"

struct examination {
    struct doctor doctor;
    struct calendar *graph;
    struct text room; /* empty: none is looked at */
    bool probes;
};

static const char *const names[] = {"dns",       "tcp",        "tls",     "certificate",
                                    "methods",   "sign-in",    "mailbox", "rights",
                                    "free/busy", "throttling", "clock"};
enum { N_NAMES = sizeof names / sizeof *names };

/* ---- sign-in, mailbox, rights: one look at the calendar ---- */

/* What was refused before any mailbox came into it. */
static bool is_sign_in(enum status status, const struct graph_answer *answer)
{
    return status == ERR_AUTH || (status != OK && !answer->http_status);
}

static void add_rights(struct examination *x, const struct json *calendar)
{
    struct doctor *doctor = &x->doctor;
    bool can_edit = false;
    json_get_bool(json_member(calendar, "canEdit"), &can_edit);
    if (can_edit)
        doctor_add_ok(doctor, "may read and write");
    else
        doctor_add(doctor, LAYER_WARN, "may not write into the calendar: bookings will fail",
                   fix_graph_rights(doctor->a, x->graph->server, x->graph->mailbox));
}

/* Where the calendar itself is closed, its free/busy time may be open. */
static void add_closed(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    const char *fix = fix_graph_rights(doctor->a, x->graph->server, x->graph->mailbox);
    doctor_add(doctor, LAYER_WARN, "the calendar itself may not be read, perhaps free/busy",
               fix);
    doctor_add(doctor, LAYER_WARN,
               "free/busy only: slots can be shown, bookings not be written", fix);
}

static void look_at_mailbox(struct examination *x)
{
    struct doctor *doctor = &x->doctor;
    struct calendar *graph = x->graph;
    enum auth_method method = graph->server->method;
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    struct error why = {0};
    graph_target(graph, graph->mailbox, &target);
    buf_add_cstr(&target, "calendar?$select=id,name,owner,canEdit,isDefaultCalendar");
    struct graph_ask ask = {.where = "graph calendar",
                            .verb = "GET",
                            .target = buf_text(&target),
                            .names = graph_calendar_names};
    enum status status = graph_call(graph, &ask, doctor->deadline_ms, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (is_sign_in(status, &answer))
        return doctor_add(doctor, LAYER_REFUSED, why.what, fix_graph_sign_in(method, status));
    doctor_add_ok(doctor, graph->is_app ? "as an application" : "by the owner's consent");
    if (status == ERR_DENIED && graph->mailbox.n && !graph->is_app)
        return add_closed(x);
    if (status != OK)
        return doctor_add(doctor, LAYER_REFUSED, why.what, fix_graph_mailbox(method, status));
    doctor_add_ok(doctor, graph->address.n ? arena_printf(doctor->a, "calendar of " TEXT_FMT,
                                                          TEXT_ARG(graph->address))
                                           : "calendar of the user");
    add_rights(x, answer.json);
}

/* ---- free/busy ---- */

static void look_at_busy(struct examination *x)
{
    enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    struct doctor *doctor = &x->doctor;
    struct instant now = clock_now();
    struct instant from = {now.s - now.s % HOUR_S};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status =
        graph_busy(x->graph, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    bool by_events = !x->graph->address.n || x->graph->lacks_schedule;
    doctor_note_throttled(doctor, status, &why);
    if (status == OK)
        doctor_add_ok(doctor, arena_printf(doctor->a, "%zu intervals in the next 7 days%s",
                                           answer.n_busy,
                                           by_events ? ", read from the calendar itself" : ""));
    else
        doctor_add(doctor, LAYER_REFUSED, why.what,
                   fix_graph_mailbox(x->graph->server->method, status));
    if (!doctor->has_failed)
        doctor_add_throttling(doctor);
}

/* ---- room ---- */

static void look_at_room(struct examination *x)
{
    enum { DAYS_S = 7 * 86400 };
    struct doctor *doctor = &x->doctor;
    struct mailbox room = {.address = x->room};
    struct instant now = clock_now();
    struct view_ask ask = {
        .mailboxes = &room, .n_mailboxes = 1, .from = now, .to = instant_add_s(now, DAYS_S)};
    struct view_answer seen = {0};
    struct error why = {0};
    enum status status =
        graph_view(x->graph, &ask, doctor->deadline_ms, doctor->a, &seen, &why);
    if (status == OK)
        status = seen.views[0].status;
    if (status == OK)
        return doctor_add_ok(
            doctor, arena_printf(doctor->a, TEXT_FMT ": %zu intervals in the next 7 days%s",
                                 TEXT_ARG(room.address), seen.views[0].n_busy,
                                 x->probes ? "" : "; --probe sees how it answers"));
    doctor_add(doctor, LAYER_REFUSED,
               arena_printf(doctor->a,
                            "the service does not show when " TEXT_FMT " is free (%s)",
                            TEXT_ARG(room.address), status_name(status)),
               status == ERR_NOT_FOUND ? "check the room's address"
                                       : "let everybody see when the room is free: "
                                         "Set-MailboxFolderPermission ROOM:\\Calendar -User "
                                         "Default -AccessRights AvailabilityOnly");
}

/* ---- probe ---- */

static enum status probe(struct examination *x, struct error *why)
{
    struct text uid = text_from(
        arena_printf(x->doctor.a, "hourgate-probe-%016llx", (unsigned long long)random_u64()));
    return doctor_probe(&x->doctor, &graph_ops, x->graph, uid, x->room, why);
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
                   strcmp(why.where, "room") == 0
                       ? "let the room answer by itself: Set-CalendarProcessing ROOM "
                         "-AutomateProcessing AutoAccept"
                       : fix_graph_mailbox(x->graph->server->method, status));
}

/* ---- all ---- */

static void choose_names(struct examination *x)
{
    for (size_t i = 0; i < N_NAMES; i++)
        doctor_want(&x->doctor, names[i]);
    if (x->room.n)
        doctor_want(&x->doctor, "room");
    if (x->probes)
        doctor_want(&x->doctor, "probe");
}

static enum status look_without_token(struct examination *x, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    graph_target(x->graph, (struct text){0}, &target);
    buf_add_cstr(&target, "calendar");
    const struct fetch_request knock = {
        .verb = "GET", .target = arena_cstr(&a, buf_text(&target)), .max_answer = 1 << 20};
    return doctor_look_without_sign_in(&x->doctor, &knock, err);
}

enum status graph_check(struct calendar *graph, const struct check_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct check_answer *ret_answer,
                        struct error *err)
{
    struct examination x = {
        .doctor = {.server = graph->server,
                   .options = graph->options,
                   .deadline_ms = deadline_ms,
                   .a = a,
                   .service = "Microsoft Graph",
                   .path_fix =
                       "check the address (usually https://graph.microsoft.com/v1.0), and "
                       "what stands between",
                   .throttling_fix = fix_graph_mailbox(graph->server->method, ERR_LIMIT)},
        .graph = graph,
        .room = ask->room,
        .probes = ask->probe,
    };
    struct doctor *doctor = &x.doctor;
    doctor_begin(doctor);
    choose_names(&x);
    TRY(look_without_token(&x, err));
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
