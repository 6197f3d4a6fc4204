/* SPDX-License-Identifier: ISC */
#include "vault/stream.h"

#include "os/clock.h"
#include "store/follow.h"
#include "vault/audit.h"
#include "wire/codec.h"

enum {
    GATE_MS = 100,       /* to enter: somebody else may be proving the sign-in; later, then */
    LOCAL_MS = 2 * 1000, /* for what only our own programs take part in */
    UNWATCH_MS = 5 * 1000,
};

/* ---- opening ---- */

/* Name the calendars in which a connection's bookings stand, and the one where it books. */
static enum status list_calendars(struct vault *v, struct arena *a,
                                  const struct connection_stored *c, struct watched *to,
                                  struct error *err)
{
    struct follow_list list;
    TRY(store_follow_list(v->store, a, c->id, v->now(), &list, err));
    to->calendars = ARENA_ARRAY(a, MAX_WATCHED_CALENDARS, struct source);
    to->calendars[to->n_calendars++].calendar = c->book;
    for (size_t i = 0; i < list.n_rows && to->n_calendars < MAX_WATCHED_CALENDARS; i++) {
        size_t j = 0;
        while (j < to->n_calendars &&
               !text_equal(to->calendars[j].calendar, list.rows[i].calendar))
            j++;
        if (j == to->n_calendars)
            to->calendars[to->n_calendars++].calendar = list.rows[i].calendar;
    }
    return OK;
}

/* Describe the members to the child. The first one that is still there stands for all at the gate; its sign-in's
 * secrets are the caller's to wipe. */
static enum status describe(struct vault *v, struct stream *s, struct connection_stored *first,
                            struct error *err)
{
    s->ask = (struct watch_ask){.mailboxes = ARENA_ARRAY(&s->a, s->n_members, struct watched),
                                .silence_s = STREAM_SILENCE_S};
    s->n_asked = 0;
    for (size_t i = 0; i < s->n_members; i++) {
        struct connection_stored c = {0};
        enum status status = store_connection_get(v->store, &s->a, s->members[i], &c, err);
        if (status == ERR_NOT_FOUND)
            continue;
        TRY(status);
        struct watched *to = &s->ask.mailboxes[s->n_asked];
        *to =
            (struct watched){.impersonate = c.server.impersonate, .mailbox = c.server.mailbox};
        status = list_calendars(v, &s->a, &c, to, err);
        if (s->n_asked)
            wire_wipe(server_shape, &c.server);
        else
            *first = c;
        s->asked[s->n_asked++] = (struct stream_mailbox){.connection = c.id};
        TRY(status);
    }
    s->ask.n_mailboxes = s->n_asked;
    return s->n_asked ? OK : error_set(err, ERR_NOT_FOUND, "watch", "nobody is left to watch");
}

static void end_child(struct stream *s)
{
    if (s->has_child)
        link_done(&s->link);
    s->has_child = false;
}

/* Have a child that holds this password. */
static enum status give_child(struct vault *v, struct stream *s, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    const struct open_ask ask = {.server = s->seen.server};
    struct open_answer answer;
    struct reply reply = {0};
    int fd = -1;
    if (s->has_child && s->version != s->pass.version)
        end_child(s);
    s->is_new = !s->has_child;
    if (s->has_child)
        return OK;
    TRY(couriers_spawn(&v->couriers, &fd));
    link_init(&s->link, fd);
    s->has_child = true;
    s->version = s->pass.version;
    enum status status = link_ask(&s->link, WIRE_open, &ask, -1, clock_ms() + LOCAL_MS, &a,
                                  &reply, &answer, NULL);
    if (status != OK && reply.status != OK)
        reply_to_error(&reply, err);
    return status;
}

static enum status ask_inside(struct vault *v, struct stream *s, struct error *err)
{
    TRY(gate_may_send(&v->calendar, &s->seen, err));
    TRY(budget_take(&v->calendar.budgets, s->seen.server.host, s->seen.server.mailbox, false,
                    v->now(), clock_ms() + GATE_MS, &s->hold, err));
    TRY(give_child(v, s, err));
    s->deadline_ms = clock_ms() + v->upstream_timeout_ms;
    return link_send(&s->link, WIRE_watch, &s->ask, -1, s->deadline_ms);
}

enum status stream_open(struct vault *v, struct stream *s, struct error *err)
{
    arena_wipe(&s->a);
    s->hold = (struct budget_hold){0};
    s->seen = (struct connection_stored){0};
    s->renews = false;
    enum status status = describe(v, s, &s->seen, err);
    if (status == OK)
        status =
            gate_enter(&v->calendar, s->sign_in, true, clock_ms() + GATE_MS, &s->pass, err);
    if (status == OK) {
        status = ask_inside(v, s, err);
        if (status != OK) {
            gate_leave_unsent(&v->calendar, &s->pass);
            budget_give(&v->calendar.budgets, &s->hold);
        }
    }
    const struct server said = {.user = s->seen.server.user, .mailbox = s->seen.server.mailbox};
    wire_wipe(server_shape, &s->seen.server);
    s->seen.server = said; /* for the audit */
    if (status == OK)
        s->state = STREAM_OPENING;
    return status;
}

/* A row for each mailbox, so that each is found; who signed in is said once. */
static void audit_opening(struct vault *v, const struct stream *s, enum status status)
{
    struct courier_job job = {.key = {s->seen.id, s->sign_in, s->version},
                              .type = WIRE_watch,
                              .ask = &s->ask,
                              .is_new = s->is_new};
    struct connection_stored c = s->seen;
    for (size_t i = 0; i < s->n_asked && (i == 0 || status != ERR_AUTH); i++) {
        c.id = s->asked[i].connection;
        c.server.mailbox = s->ask.mailboxes[i].mailbox;
        audit_job(&v->calendar, &c, &job, NULL, status);
        job.is_new = false;
    }
}

/* Leave the gate. What speaks of the stream alone says nothing of the connection: its jobs may well do. */
static void leave_gate(struct vault *v, struct stream *s, enum status status, struct error *err)
{
    bool speaks_of_sign_in =
        status == ERR_AUTH || status == ERR_LIMIT ||
        (status == OK && (s->pass.proves || s->seen.state != CONNECTION_OK));
    audit_opening(v, s, status);
    if (speaks_of_sign_in) {
        gate_leave(&v->calendar, &s->pass, &s->hold, &s->seen, status, err);
    } else {
        METRIC_ADD(&v->metrics, upstream_calls);
        gate_leave_unsent(&v->calendar, &s->pass);
    }
    budget_give(&v->calendar.budgets, &s->hold);
    s->state = STREAM_NEW;
}

/* ---- answers ---- */

static enum status receive(struct stream *s, enum wire_type type, struct arena *a,
                           void *ret_answer, struct error *err)
{
    struct reply reply;
    if (link_receive(&s->link, type, clock_ms() + LOCAL_MS, a, &reply, ret_answer, NULL) != OK)
        return error_set(err, ERR_CLOSED, "courier", "the courier that watches has ended");
    if (reply.status != OK)
        reply_to_error(&reply, err);
    return reply.status;
}

static enum status opened(struct vault *v, struct stream *s, bool *ret_changed,
                          struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct watch_answer answer = {0};
    enum status status = receive(s, WIRE_watch, &a, &answer, err), refusal = OK;
    bool any = false;
    leave_gate(v, s, status, err);
    TRY(status);
    for (size_t i = 0; i < s->n_asked && i < answer.n_states; i++) {
        if (answer.states[i].status != OK)
            refusal = answer.states[i].status;
        s->asked[i].is_watched = ret_changed[i] = answer.states[i].status == OK;
        any |= s->asked[i].is_watched;
    }
    s->opened_ms = clock_ms();
    return any ? OK
               : error_set(err, refusal != OK ? refusal : ERR_UPSTREAM, "watch",
                           "the server lets none of these mailboxes be watched");
}

static enum status listened(struct stream *s, bool *ret_changed, bool *ret_over,
                            struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct watch_wait_answer answer = {0};
    TRY(receive(s, WIRE_watch_wait, &a, &answer, err));
    for (size_t i = 0; i < s->n_asked && i < answer.n_hints; i++)
        ret_changed[i] = answer.hints[i].has_changed;
    *ret_over = answer.is_over;
    return OK;
}

enum status stream_answered(struct vault *v, struct stream *s,
                            bool ret_changed[static MAX_WATCHED], bool *ret_over,
                            struct error *err)
{
    *ret_over = false;
    for (size_t i = 0; i < MAX_WATCHED; i++)
        ret_changed[i] = false;
    if (s->state == STREAM_OPENING)
        return opened(v, s, ret_changed, err);
    ENSURE(s->state == STREAM_LISTENING);
    return listened(s, ret_changed, ret_over, err);
}

/* ---- other questions ---- */

static enum status put(struct stream *s, enum wire_type type, const void *ask, int64_t ms,
                       enum stream_state state, struct error *err)
{
    s->deadline_ms = clock_ms() + ms;
    if (link_send(&s->link, type, ask, -1, s->deadline_ms) != OK)
        return error_set(err, ERR_CLOSED, "courier", "the courier that watches has ended");
    s->state = state;
    return OK;
}

enum status stream_listen(struct stream *s, struct error *err)
{
    const struct watch_wait_ask ask = {0};
    return put(s, WIRE_watch_wait, &ask, STREAM_WAIT_MS, STREAM_LISTENING, err);
}

enum status stream_end(struct stream *s, struct error *err)
{
    const struct unwatch_ask ask = {0};
    return put(s, WIRE_unwatch, &ask, UNWATCH_MS, STREAM_ENDING, err);
}

void stream_drop(struct vault *v, struct stream *s, enum status status, struct error *err)
{
    if (s->state == STREAM_OPENING)
        leave_gate(v, s, status, err);
    end_child(s);
    arena_wipe(&s->a);
    *s = (struct stream){.state = STREAM_FREE};
}
