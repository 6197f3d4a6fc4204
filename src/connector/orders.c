/* SPDX-License-Identifier: ISC
 *
 * Where the program may be killed, and what holds then:
 *
 *     pulled                nothing happened; pulled again
 *     id stored             the same
 *     event written         found by its uid: the same outcome
 *     outcome stored        said again, the calendar is not touched
 *     acknowledged          the server knows; the outcome is forgotten with the next one
 */
#include "connector/orders.h"

#include "time/instant.h"

enum { ROUNDS_MOST = 64 };

static bool blocks(const struct desk_order *order, const struct stretch *stretch)
{
    const struct busy *busy = &stretch->busy;
    bool counts =
        busy->status == BUSY_NO_DATA || (order->blocking >> (unsigned)busy->status & 1);
    return counts && busy->start.s < order->to.s && order->from.s < busy->end.s;
}

/* Is all that blocks in the order's window our own event? */
static enum status check_free(const struct calendar_adapter *calendar,
                              const struct desk_order *order, struct text own, bool *ret_free,
                              struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct stretch *list = NULL;
    size_t n = 0;
    TRY(calendar->read(calendar->self, instant_clamp(order->from), instant_clamp(order->to), &a,
                       &list, &n, err));
    bool is_free = true;
    for (size_t i = 0; i < n; i++)
        if (blocks(order, &list[i]) && !(own.n && text_equal(list[i].id, own)))
            is_free = false;
    *ret_free = is_free;
    return OK;
}

/* A refusal that another try will not change is an outcome. */
static enum status settle(enum status status, enum desk_outcome *ret_outcome)
{
    switch (status) {
    case OK:
        *ret_outcome = DESK_WRITTEN;
        return OK;
    case ERR_NOT_FOUND:
        *ret_outcome = DESK_GONE;
        return OK;
    case ERR_DENIED:
    case ERR_INVALID:
    case ERR_UNSUPPORTED:
        *ret_outcome = DESK_FAILED;
        return OK;
    default:
        return status;
    }
}

static enum status write_event(struct kept *kept, const struct desk_order *order,
                               struct instant now, bool is_there,
                               enum desk_outcome *ret_outcome, struct text *ret_id,
                               struct error *err)
{
    const struct calendar_adapter *calendar = &kept->at->calendar;
    const struct event *event = &order->event;
    const struct kept_event *mine = kept_event_for(kept, event->uid, event->end, now);
    if (!mine) {
        *ret_outcome = DESK_FAILED;
        return error_set(err, OK, "calendar", "this program looks after too many bookings");
    }
    *ret_id = mine->id;
    TRY(kept_store_events(kept, err)); /* the id first: the event must never have two */
    enum status status = is_there ? calendar->update(calendar->self, event->uid, event, err)
                                  : calendar->create(calendar->self, event->uid, event, err);
    TRY(settle(status, ret_outcome));
    if (*ret_outcome != DESK_WRITTEN) {
        kept_event_gone(kept, event->uid);
        *ret_id = (struct text){0};
    }
    return OK;
}

static enum status put(struct kept *kept, const struct desk_order *order, struct instant now,
                       enum desk_outcome *ret_outcome, struct text *ret_id, struct error *err)
{
    const struct calendar_adapter *calendar = &kept->at->calendar;
    const struct event *event = &order->event;
    struct arena a CLEANUP(arena_wipe) = {0};
    struct stretch found = {0};
    enum status status = calendar->find(calendar->self, event->uid, &a, &found, err);
    bool is_there = status == OK;
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    if (!is_there && order->kind == DESK_UPDATE) {
        *ret_outcome = DESK_GONE;
        kept_event_gone(kept, event->uid);
        return OK;
    }
    bool stands = is_there &&
                  (order->kind == DESK_CREATE ||
                   (found.busy.start.s == event->start.s && found.busy.end.s == event->end.s));
    bool is_free = true;
    if (!stands)
        TRY(check_free(calendar, order, found.id, &is_free, err));
    if (!is_free) {
        *ret_outcome = DESK_BUSY;
        return OK;
    }
    if (is_there && order->kind == DESK_CREATE) { /* written before the answer could be kept */
        const struct kept_event *mine = kept_event_for(kept, event->uid, event->end, now);
        *ret_outcome = mine ? DESK_WRITTEN : DESK_FAILED;
        *ret_id = mine ? mine->id : (struct text){0};
        return OK;
    }
    return write_event(kept, order, now, is_there, ret_outcome, ret_id, err);
}

static enum status take_away(struct kept *kept, const struct desk_order *order,
                             enum desk_outcome *ret_outcome, struct error *err)
{
    const struct calendar_adapter *calendar = &kept->at->calendar;
    enum status status = calendar->remove(calendar->self, order->event.uid, err);
    TRY(settle(status == ERR_NOT_FOUND ? OK : status, ret_outcome));
    if (*ret_outcome == DESK_WRITTEN)
        kept_event_gone(kept, order->event.uid);
    return OK;
}

static bool is_possible(struct instant t)
{
    return instant_clamp(t).s == t.s;
}

enum status order_do(struct kept *kept, const struct desk_order *order, struct instant now,
                     enum desk_outcome *ret_outcome, struct text *ret_id, struct error *err)
{
    *ret_id = (struct text){0};
    if (order->until.s <= now.s)
        return error_set(err, ERR_TIMEOUT, "order", "its time was over before it was done");
    const struct kept_event *named = order->id.n ? kept_event_of_id(kept, order->id) : NULL;
    bool has_time = order->kind == DESK_REMOVE ||
                    (is_possible(order->event.start) && is_possible(order->event.end) &&
                     order->event.start.s < order->event.end.s);
    bool makes_sense = order->event.uid.n > 0 && has_time &&
                       (!named || text_equal(named->uid, order->event.uid));
    if (!makes_sense) {
        *ret_outcome = DESK_FAILED;
        return OK;
    }
    return order->kind == DESK_REMOVE ? take_away(kept, order, ret_outcome, err)
                                      : put(kept, order, now, ret_outcome, ret_id, err);
}

/* Do an order unless that was done before, and remember how it went until the server has heard it. */
static enum status handle(struct kept *kept, const struct server_line *line,
                          const struct desk_order *order, struct instant now,
                          struct orders_done *done, bool *ret_line_failed, struct error *err)
{
    const struct kept_outcome *before = kept_outcome_find(kept, order->number);
    if (!before) {
        enum desk_outcome outcome;
        struct text id;
        TRY(order_do(kept, order, now, &outcome, &id, err));
        kept_outcome_add(kept, order->number, outcome, id);
        TRY(kept_store_events(kept, err));
        done->n[outcome]++;
        before = kept_outcome_find(kept, order->number);
    }
    struct arena a CLEANUP(arena_done) = {0};
    struct desk_done ask = {
        .number = order->number, .outcome = before->outcome, .id = before->id};
    struct desk_done_answer answer;
    enum status status = server_ask(line, "done", desk_done_shape, &ask, desk_done_answer_shape,
                                    &answer, &a, 0, err);
    if (status == OK)
        kept_outcome_heard(kept, order->number);
    *ret_line_failed = status != OK;
    return status;
}

enum status orders_pull(struct kept *kept, const struct server_line *line, struct instant now,
                        struct orders_done *done, bool *ret_line_failed, struct error *err)
{
    enum status first = OK;
    *ret_line_failed = false;
    for (int round = 0; round < ROUNDS_MOST; round++) {
        struct arena a CLEANUP(arena_wipe) = {0};
        struct desk_pull ask = {0};
        struct desk_pull_answer answer;
        enum status status = server_ask(line, "pull", desk_pull_shape, &ask,
                                        desk_pull_answer_shape, &answer, &a, 0, err);
        *ret_line_failed = status != OK;
        if (status != OK)
            return status;
        for (size_t i = 0; i < answer.n_orders; i++) {
            status = handle(kept, line, &answer.orders[i], now, done, ret_line_failed,
                            first == OK ? err : NULL);
            if (*ret_line_failed)
                return status;
            first = first == OK ? status : first;
        }
        if (!answer.more || first != OK)
            break;
    }
    return first;
}
