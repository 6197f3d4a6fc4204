/* SPDX-License-Identifier: ISC
 *
 * Moving a booking: occupy the new time beside the old one, ask the calendar without the own event, change
 * the event, then free the old time. Until the event's new time is known both times stay occupied.
 */
#include "vault/fault.h"
#include "vault/move.h"
#include "vault/settle.h"

/* See what is free in the view's window, the booking's own event left out. */
static enum status look_around(struct vault *v, struct request *r,
                               const struct booking_stored *booking, bool for_booking,
                               struct view *view, struct error *err)
{
    view->except = booking->id;
    struct busy_ask own = {.own_slot = booking->slot};
    if (booking->ref.id.n) {
        own.own_id = booking->ref.id;
        own.own_uid = booking_uid(&r->a, booking->id);
    }
    view_ask_calendar(v, &r->a, view, &own, for_booking, r->deadline_ms);
    return view_read_taken(v, &r->a, view, err);
}

/* Can a booking still change? Its time must not be over, for its customer not near, nor the page gone. Where its host
 * confirms each booking, a customer asks for another time as for the first one. */
static bool can_move(struct vault *v, const struct booking_stored *booking,
                     const struct page_stored *page, bool is_host)
{
    struct instant until = is_host ? booking->slot.end : booking_changes_until(booking, page);
    return booking->state == BOOKING_CONFIRMED && booking->step == STEP_NONE &&
           (is_host || page->policy.approve_hours == 0) && !page->removed &&
           instant_before(v->now(), until);
}

/* Where the event stands is not known after its connection was given another server: look. */
static void find_event(struct vault *v, struct request *r, struct booking_stored *booking)
{
    struct event_ref ref;
    struct text uid = booking_uid(&r->a, booking->id);
    if (booking->connection && !booking->ref.id.n &&
        calendar_find(&v->calendar, booking->connection, booking->calendar, uid, r->deadline_ms,
                      &r->a, &ref, NULL) == OK)
        booking->ref = ref;
}

enum status handle_move_slots(struct vault *v, struct request *r,
                              const struct move_slots_ask *ask,
                              struct move_slots_answer *answer, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    struct view view;
    if (!instant_before(ask->from, ask->to) ||
        instant_until_s(ask->from, ask->to) > MAX_SLOT_DAYS * (int64_t)CIVIL_DAY_S)
        return ERR_INVALID;
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &booking, err));
    TRY(store_page_get(v->store, &r->a, booking.page, &page, err));
    answer->booking = booking_show(&r->a, &booking, &page);
    if (!can_move(v, &booking, &page, false))
        return OK;
    find_event(v, r, &booking);
    TRY(view_init(v, &page, ask->from, ask->to, &view, err));
    TRY(look_around(v, r, &booking, false, &view, err));
    return view_slots(&view, &r->a, ask->from, ask->to, &answer->slots, &answer->n_slots);
}

/* The server refused the change. Does the event stand where it stood? It may have been put elsewhere. */
static bool is_unmoved(struct vault *v, struct request *r, const struct booking_stored *booking)
{
    struct event_ref ref;
    struct text uid = booking_uid(&r->a, booking->id);
    return calendar_find(&v->calendar, booking->connection, booking->calendar, uid,
                         r->deadline_ms, &r->a, &ref, NULL) == OK &&
           ref.start.s == booking->slot.start.s;
}

/* The answer of the write was lost. Look once; OK where the move is known to have happened. */
static enum status look_now(struct vault *v, struct request *r, int64_t id,
                            struct instant start, struct error *err)
{
    struct booking_stored booking;
    TRY(store_booking_get(v->store, &r->a, id, &booking, err));
    if (settle_look_at_once(v, &booking, r->deadline_ms, err) != OK)
        return error_set(err, ERR_UNCERTAIN, "move", "the calendar has not said yet");
    TRY(store_booking_get(v->store, &r->a, id, &booking, err));
    return booking.slot.start.s == start.s ? OK : ERR_CONFLICT;
}

/* The move is off: free the new time. Refused also where a disconnection settled it meanwhile. */
static enum status give_up(struct vault *v, struct request *r, struct moving *m,
                           struct error *err)
{
    enum status status = store_booking_move_release(v->store, m->id, NULL, v->now(), err);
    if (status == ERR_DENIED)
        TRY(store_booking_get(v->store, &r->a, m->id, &m->booking, err));
    else
        TRY(status);
    m->looked = m->looked && status == OK;
    return error_set(err, ERR_CONFLICT, "move", "the booking stays where it is");
}

/* Read it once its turn has come, and end what an earlier question left in flight. */
static enum status load(struct vault *v, struct request *r, struct moving *m, struct error *err)
{
    TRY(store_booking_get(v->store, &r->a, m->id, &m->booking, err));
    TRY(store_page_get(v->store, &r->a, m->booking.page, &m->page, err));
    if (m->booking.step == STEP_CREATE || m->booking.step == STEP_MOVE) {
        if (settle_look(v, &m->booking, r->deadline_ms, err) == OK)
            TRY(store_booking_get(v->store, &r->a, m->id, &m->booking, err));
    }
    return OK;
}

/* Hold the new time, then see whether it is to be had. */
static enum status hold(struct vault *v, struct request *r, struct moving *m,
                        struct booking_time *ret_time, struct error *err)
{
    struct interval week = slots_week(m->start);
    const struct page_stored page = permit_page(&m->permit, &m->page);
    TRY(view_init(v, &page, week.start, week.end, &m->view, err));
    *ret_time = booking_time_at(&page, m->view.zone, m->start);
    struct booking_move move = {.id = m->id,
                                .slot = ret_time->slot,
                                .occupied = ret_time->occupied,
                                .day = ret_time->day,
                                .max_per_day = page.rule.max_per_day,
                                .now = m->view.now};
    enum status held = store_booking_move_hold(v->store, &move, err);
    if (held != OK && held != ERR_CONFLICT)
        return held;
    fault_point("move_after_hold");
    enum status status = look_around(v, r, &m->booking, true, &m->view, err);
    m->view.page = &m->page;
    fault_point("move_after_busy");
    m->looked = status == OK;
    if (status == OK)
        status = permit_start(&m->permit, &m->view, &r->a, m->start, err);
    if (held != OK || status == OK)
        return held;
    enum status given_up = give_up(v, r, m, err);
    return status == ERR_CONFLICT || given_up != ERR_CONFLICT ? given_up : status;
}

/* Change the event, and free the old time once it stands at the new one. */
static enum status change(struct vault *v, struct request *r, struct moving *m,
                          struct slot slot, struct error *err)
{
    struct booking_stored *booking = &m->booking;
    struct event_ref ref = booking->ref;
    bool writes = booking->connection != 0;
    enum status status = OK;
    if (writes) {
        fault_point("move_before_update");
        struct event event = booking_event(&r->a, booking, &m->page, slot);
        status = calendar_update(&v->calendar, booking->connection, booking->calendar,
                                 booking->ref.id, &event, r->deadline_ms, &r->a, &ref, err);
        fault_point("move_after_update");
        if (booking_surely_unwritten(status) &&
            (status != ERR_UPSTREAM || is_unmoved(v, r, booking)))
            return give_up(v, r, m, err);
    }
    fault_point("move_before_confirm");
    if (status != OK)
        return look_now(v, r, m->id, m->start, err);
    status = store_booking_move_confirm(v->store, m->id, writes ? &ref : NULL, v->now(), err);
    if (status == ERR_DENIED) { /* disconnected meanwhile, which settled it as not moved */
        m->looked = false;
        TRY(store_booking_get(v->store, &r->a, m->id, booking, err));
        return error_set(err, ERR_CONFLICT, "move", "the booking stays where it is");
    }
    return status;
}

enum status booking_move(struct vault *v, struct request *r, struct moving *m,
                         struct error *err)
{
    struct claim claim CLEANUP(claim_release) = {0};
    struct booking_time time;
    TRY(claim_take(&v->claims, m->id, r->deadline_ms, &claim));
    TRY(load(v, r, m, err));
    if (!can_move(v, &m->booking, &m->page, m->permit.tells))
        return error_set(err, ERR_CONFLICT, "move",
                         "the booking is over, cancelled, or its page was removed");
    if (m->booking.slot.start.s == m->start.s) /* asked for once more, or no change at all */
        return OK;
    find_event(v, r, &m->booking);
    TRY(hold(v, r, m, &time, err));
    TRY(change(v, r, m, time.slot, err));
    fault_point("move_after_confirm");
    METRIC_ADD(&v->metrics, moves);
    m->booking.slot = time.slot;
    return OK;
}

enum status handle_move(struct vault *v, struct request *r, const struct move_ask *ask,
                        struct move_answer *answer, struct error *err)
{
    struct booking_stored found;
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &found, err));
    struct moving m = {.id = found.id, .start = ask->start};
    enum status status = booking_move(v, r, &m, err);
    if (status != OK && status != ERR_CONFLICT)
        return status;
    answer->booking = booking_show(&r->a, &m.booking, &m.page);
    r->tells_anyway = status == ERR_CONFLICT;
    if (status == ERR_CONFLICT && m.looked)
        TRY(view_slots(&m.view, &r->a, m.view.from, m.view.to, &answer->slots,
                       &answer->n_slots));
    return status;
}
