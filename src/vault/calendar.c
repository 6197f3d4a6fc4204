/* SPDX-License-Identifier: ISC
 *
 * Each job enters the connection's gate, reads the connection, takes a share of the budget, goes out by a
 * courier, and has its result noted at the gate: call(), through which everything that is stored is asked.
 */
#include "vault/calendar.h"

#include "os/clock.h"
#include "vault/audit.h"
#include "vault/gate.h"
#include "wire/codec.h"

void calendar_init(struct calendar *cal)
{
    gates_init(cal);
    budgets_init(&cal->budgets);
    grants_init(&cal->grants);
    desks_init(&cal->desks);
}

void calendar_done(struct calendar *cal)
{
    gates_done(cal);
    desks_done(&cal->desks);
    budgets_done(&cal->budgets);
    grants_done(&cal->grants);
}

/* Leave a job time to answer before the asker gives up. ERR_FULL: there is none left. */
static enum status plan(const struct calendar *cal, int64_t *deadline_ms, struct error *err)
{
    int64_t now_ms = clock_ms();
    int64_t latest_ms = *deadline_ms - COURIER_GRACE_MS;
    *deadline_ms = latest_ms < now_ms + cal->timeout_ms ? latest_ms : now_ms + cal->timeout_ms;
    if (*deadline_ms <= now_ms)
        return error_set(err, ERR_FULL, "calendar", "no time was left to ask");
    return OK;
}

/* Which calendars are read is the connection's choice, not the asker's. The default one is asked by its
 * mailbox's availability, the others item by item. */
static struct busy_ask choose_sources(struct arena *a, const struct connection_stored *c,
                                      const struct busy_ask *asked)
{
    struct busy_ask ask = *asked;
    ask.availability_only = c->free_busy_only;
    if (c->free_busy_only)
        ask.own_id = ask.own_uid = (struct text){0};
    if (c->free_busy_only || !c->busy.n_sources)
        return ask;
    size_t first = 0;
    for (size_t i = 0; i < c->busy.n_sources; i++)
        first = c->busy.sources[i].calendar.n ? first : i;
    ask.calendar = c->busy.sources[first].calendar;
    ask.sources = ARENA_ARRAY(a, c->busy.n_sources, struct source);
    for (size_t i = 0; i < c->busy.n_sources; i++)
        if (i != first)
            ask.sources[ask.n_sources++] = c->busy.sources[i];
    return ask;
}

static bool is_read(enum wire_type type)
{
    return type == WIRE_busy || type == WIRE_find || type == WIRE_view ||
           type == WIRE_calendars || type == WIRE_changes || type == WIRE_events;
}

/* Read the connection, see whether anything may be sent for it now, and take a share of the budget. */
static enum status prepare(struct calendar *cal, int64_t connection, enum wire_type type,
                           bool yields, int64_t deadline_ms, struct arena *a,
                           struct connection_stored *c, struct budget_hold *hold,
                           struct error *err)
{
    TRY(store_connection_get(cal->store, a, connection, c, err));
    if (type != WIRE_check)
        TRY(gate_may_send(cal, c, err));
    enum status status = budget_take(&cal->budgets, c->server.host, c->server.mailbox, !yields,
                                     cal->now(), deadline_ms, hold, err);
    if (status == ERR_LIMIT)
        METRIC_ADD(cal->metrics, upstream_withheld);
    return status;
}

/* Send a job out by a courier: with the password that is stored, or with what was got by it. */
static enum status send_out(struct calendar *cal, struct connection_stored *c,
                            struct courier_job *job, struct pass *pass, struct arena *a,
                            void *ret_answer, struct error *err)
{
    bool was_sent = true;
    enum status status =
        c->server.method == AUTH_OAUTH
            ? grant_do(cal, c, job, a, ret_answer, &was_sent, &pass->grant_is_over, err)
            : courier_do(cal->couriers, job, a, ret_answer, err);
    if (was_sent)
        audit_job(cal, c, job, ret_answer, status);
    return pass->grant_is_over ? ERR_AUTH : status;
}

/* Do a job for a connection, if anything may be sent. parts: who is told parts of the answer, or NULL. */
static enum status call_by_parts(struct calendar *cal, int64_t connection, enum wire_type type,
                                 const void *ask, bool yields, int64_t deadline_ms,
                                 struct link_parts *parts, struct arena *a, void *ret_answer,
                                 struct error *err)
{
    struct error own = {0};
    if (!err)
        err = &own;
    TRY(plan(cal, &deadline_ms, err));
    bool at_desk;
    TRY(desk_is(cal, connection, &at_desk, err));
    if (at_desk)
        return desk_do(cal, connection, type, ask, deadline_ms, a, ret_answer, err);

    struct arena own_arena CLEANUP(arena_wipe) = {0};
    struct connection_stored c = {0};
    struct budget_hold hold = {0};
    struct pass pass;
    int64_t sign_in;
    TRY(gate_find(cal, connection, &sign_in, err));
    TRY(gate_enter(cal, sign_in, yields, deadline_ms, &pass, err));
    pass.seeks_event = type == WIRE_find || type == WIRE_update || type == WIRE_remove;
    enum status status =
        prepare(cal, connection, type, yields, deadline_ms, &own_arena, &c, &hold, err);
    if (status != OK) {
        gate_leave_unsent(cal, &pass);
        wire_wipe(server_shape, &c.server);
        return status;
    }
    struct busy_ask busy;
    if (type == WIRE_busy)
        busy = choose_sources(&own_arena, &c, ask);
    struct courier_job job = {.key = {connection, sign_in, pass.version},
                              .server = &c.server,
                              .type = type,
                              .ask = type == WIRE_busy ? &busy : ask,
                              .parts = parts,
                              .yields = yields,
                              .deadline_ms = deadline_ms};
    status = send_out(cal, &c, &job, &pass, a, ret_answer, err);
    wire_wipe(server_shape, &c.server);
    if (status == ERR_UNCERTAIN && is_read(type))
        status = ERR_TIMEOUT;
    if (type == WIRE_check && status == OK && !calendar_is_sound(ret_answer))
        gate_leave_unsent(cal, &pass);
    else
        gate_leave(cal, &pass, &hold, &c, status, err);
    budget_give(&cal->budgets, &hold);
    return status;
}

static enum status call(struct calendar *cal, int64_t connection, enum wire_type type,
                        const void *ask, bool yields, int64_t deadline_ms, struct arena *a,
                        void *ret_answer, struct error *err)
{
    return call_by_parts(cal, connection, type, ask, yields, deadline_ms, NULL, a, ret_answer,
                         err);
}

enum status calendar_busy(struct calendar *cal, int64_t connection, const struct busy_ask *ask,
                          bool for_booking, int64_t deadline_ms, struct arena *a,
                          struct busy_answer *ret_busy, struct error *err)
{
    return call(cal, connection, WIRE_busy, ask, !for_booking, deadline_ms, a, ret_busy, err);
}

/* People are given this link: what is none is dropped, whoever says it. */
static struct event_ref fit_ref(struct event_ref ref)
{
    if (!text_is_link(ref.meeting))
        ref.meeting = (struct text){0};
    return ref;
}

enum status calendar_create(struct calendar *cal, int64_t connection, struct text calendar,
                            const struct event *event, int64_t deadline_ms, struct arena *a,
                            struct event_ref *ret_ref, struct error *err)
{
    struct create_ask ask = {.calendar = calendar, .event = *event};
    struct create_answer answer;
    TRY(call(cal, connection, WIRE_create, &ask, false, deadline_ms, a, &answer, err));
    *ret_ref = fit_ref(answer.ref);
    return OK;
}

/* Where does a connection book now? */
static enum status book_of(struct calendar *cal, int64_t connection, struct arena *a,
                           struct text *ret_calendar, struct error *err)
{
    struct connection_stored c;
    TRY(store_connection_get(cal->store, a, connection, &c, err));
    wire_wipe(server_shape, &c.server);
    *ret_calendar = c.book;
    return OK;
}

enum status calendar_find(struct calendar *cal, int64_t connection, struct text calendar,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct event_ref *ret_ref, struct error *err)
{
    struct find_ask ask = {.calendar = calendar, .uid = uid};
    struct find_answer answer;
    enum status status =
        call(cal, connection, WIRE_find, &ask, false, deadline_ms, a, &answer, err);
    if (status == ERR_NOT_FOUND) { /* its server was changed, or the host moved it there */
        TRY(book_of(cal, connection, a, &ask.calendar, err));
        if (!text_equal(ask.calendar, calendar))
            status =
                call(cal, connection, WIRE_find, &ask, false, deadline_ms, a, &answer, err);
    }
    TRY(status);
    *ret_ref = fit_ref(answer.ref);
    return OK;
}

enum status calendar_update(struct calendar *cal, int64_t connection, struct text calendar,
                            struct text id, const struct event *event, int64_t deadline_ms,
                            struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    struct update_ask ask = {.calendar = calendar, .id = id, .event = *event};
    struct update_answer answer;
    if (!id.n) {
        struct event_ref ref;
        TRY(calendar_find(cal, connection, calendar, event->uid, deadline_ms, a, &ref, err));
        ask.id = ref.id;
    }
    TRY(call(cal, connection, WIRE_update, &ask, false, deadline_ms, a, &answer, err));
    *ret_ref = fit_ref(answer.ref);
    return OK;
}

enum status calendar_remove(struct calendar *cal, int64_t connection,
                            const struct remove_ask *ask, int64_t deadline_ms,
                            struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct remove_ask found = *ask;
    struct remove_answer answer;
    if (!ask->id.n) {
        struct event_ref ref;
        enum status status =
            calendar_find(cal, connection, ask->calendar, ask->uid, deadline_ms, &a, &ref, err);
        if (status == ERR_NOT_FOUND)
            return OK;
        TRY(status);
        found.id = ref.id;
    }
    return call(cal, connection, WIRE_remove, &found, false, deadline_ms, &a, &answer, err);
}

enum status calendar_check(struct calendar *cal, int64_t connection,
                           const struct check_ask *ask, int64_t deadline_ms,
                           struct link_parts *parts, struct arena *a,
                           struct check_answer *ret_layers, struct error *err)
{
    return call_by_parts(cal, connection, WIRE_check, ask, false, deadline_ms, parts, a,
                         ret_layers, err);
}

enum status calendar_view(struct calendar *cal, int64_t connection, const struct view_ask *ask,
                          int64_t deadline_ms, struct arena *a, struct view_answer *ret_views,
                          struct error *err)
{
    return call(cal, connection, WIRE_view, ask, true, deadline_ms, a, ret_views, err);
}

enum status calendar_changes(struct calendar *cal, int64_t connection,
                             const struct changes_ask *ask, int64_t deadline_ms,
                             struct arena *a, struct changes_answer *ret_changes,
                             struct error *err)
{
    return call(cal, connection, WIRE_changes, ask, true, deadline_ms, a, ret_changes, err);
}

enum status calendar_events(struct calendar *cal, int64_t connection,
                            const struct events_ask *ask, int64_t deadline_ms, struct arena *a,
                            struct events_answer *ret_events, struct error *err)
{
    return call(cal, connection, WIRE_events, ask, true, deadline_ms, a, ret_events, err);
}

enum status calendar_list(struct calendar *cal, int64_t connection, int64_t deadline_ms,
                          struct arena *a, struct calendars_answer *ret_calendars,
                          struct error *err)
{
    struct calendars_ask ask = {0};
    return call(cal, connection, WIRE_calendars, &ask, false, deadline_ms, a, ret_calendars,
                err);
}

/* Do a job for a server that is not stored. */
static enum status call_new(struct calendar *cal, const struct server *server,
                            enum wire_type type, const void *ask, int64_t deadline_ms,
                            struct link_parts *parts, struct arena *a, void *ret_answer,
                            struct error *err)
{
    TRY(plan(cal, &deadline_ms, err));
    struct courier_job job = {
        .server = server, .type = type, .ask = ask, .parts = parts, .deadline_ms = deadline_ms};
    METRIC_ADD(cal->metrics, upstream_calls);
    enum status status = courier_do(cal->couriers, &job, a, ret_answer, err);
    audit_job(cal, NULL, &job, ret_answer, status);
    return status;
}

enum status calendar_check_new(struct calendar *cal, const struct server *server,
                               int64_t deadline_ms, struct link_parts *parts, struct arena *a,
                               struct check_answer *ret_layers, struct error *err)
{
    struct check_ask ask = {0};
    return call_new(cal, server, WIRE_check, &ask, deadline_ms, parts, a, ret_layers, err);
}

enum status calendar_discover(struct calendar *cal, const struct server *server,
                              const struct discover_ask *ask, int64_t deadline_ms,
                              struct arena *a, struct discover_answer *ret_found,
                              struct error *err)
{
    return call_new(cal, server, WIRE_discover, ask, deadline_ms, NULL, a, ret_found, err);
}

bool calendar_is_sound(const struct check_answer *layers)
{
    for (size_t i = 0; i < layers->n_layers; i++)
        if (layers->layers[i].state == LAYER_REFUSED ||
            layers->layers[i].state == LAYER_SKIPPED)
            return false;
    return layers->n_layers > 0;
}
