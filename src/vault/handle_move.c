/* SPDX-License-Identifier: ISC
 *
 * Moving a booking: occupy the new time beside the old one, ask the calendar without the own event, change
 * the event, then free the old time. Until the event's new time is known both times stay occupied.
 */
#include "vault/booking.h"
#include "vault/fault.h"
#include "vault/settle.h"

/* Fill what a customer chooses from: the slots of a window, the booking's own event left out. */
static enum status look_around(struct vault *v, struct request *r,
                               const struct booking_stored *booking,
                               const struct page_stored *page, struct instant from,
                               struct instant to, bool for_booking, struct view *ret_view,
                               struct error *err)
{
    TRY(view_init(v, page, from, to, ret_view, err));
    ret_view->except = booking->id;
    struct busy_ask own = {.own_slot = booking->slot};
    if (booking->ref.id.n) {
        own.own_id = booking->ref.id;
        own.own_uid = booking_uid(&r->a, booking->id);
    }
    view_ask_calendar(v, &r->a, ret_view, &own, for_booking, r->deadline_ms);
    return view_read_taken(v, &r->a, ret_view, err);
}

/* Can a booking still change? Its time must not be over, nor the page gone. */
static bool can_move(struct vault *v, const struct booking_stored *booking,
                     const struct page_stored *page)
{
    return booking->state == BOOKING_CONFIRMED && booking->step == STEP_NONE &&
           !page->removed && instant_before(v->now(), booking->slot.end);
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
    if (!can_move(v, &booking, &page))
        return OK;
    find_event(v, r, &booking);
    TRY(look_around(v, r, &booking, &page, ask->from, ask->to, false, &view, err));
    return view_slots(&view, &r->a, ask->from, ask->to, &answer->slots, &answer->n_slots);
}

/* Refuse with the booking as it stands and the slots of the wanted week. view NULL: none. */
static enum status refuse(struct request *r, const struct booking_stored *booking,
                          const struct page_stored *page, const struct view *view,
                          struct move_answer *answer)
{
    r->tells_anyway = true;
    answer->booking = booking_show(&r->a, booking, page);
    if (view)
        TRY(view_slots(view, &r->a, view->from, view->to, &answer->slots, &answer->n_slots));
    return ERR_CONFLICT;
}

/* The booking's connection was removed while the calendar was asked: refuse with what stands. */
static enum status refuse_settled(struct vault *v, struct request *r,
                                  struct booking_stored *booking,
                                  const struct page_stored *page, struct move_answer *answer,
                                  struct error *err)
{
    TRY(store_booking_get(v->store, &r->a, booking->id, booking, err));
    return refuse(r, booking, page, NULL, answer);
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
    if (settle_look(v, &booking, r->deadline_ms, err) != OK)
        return error_set(err, ERR_UNCERTAIN, "move", "the calendar has not said yet");
    TRY(store_booking_get(v->store, &r->a, id, &booking, err));
    return booking.slot.start.s == start.s ? OK : ERR_CONFLICT;
}

enum status handle_move(struct vault *v, struct request *r, const struct move_ask *ask,
                        struct move_answer *answer, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    struct view view;
    struct claim claim CLEANUP(claim_release) = {0};
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &booking, err));
    TRY(claim_take(&v->claims, booking.id, r->deadline_ms, &claim));
    TRY(store_booking_get(v->store, &r->a, booking.id, &booking, err));
    TRY(store_page_get(v->store, &r->a, booking.page, &page, err));
    if (booking.step == STEP_CREATE || booking.step == STEP_MOVE) {
        if (settle_look(v, &booking, r->deadline_ms, err) == OK)
            TRY(store_booking_get(v->store, &r->a, booking.id, &booking, err));
    }
    if (!can_move(v, &booking, &page))
        return refuse(r, &booking, &page, NULL, answer);
    if (booking.slot.start.s == ask->start.s) { /* asked for once more, or no change at all */
        answer->booking = booking_show(&r->a, &booking, &page);
        return OK;
    }

    find_event(v, r, &booking);

    /* Hold the new time, then see whether it is to be had. */
    struct interval week = slots_week(ask->start);
    TRY(view_init(v, &page, week.start, week.end, &view, err));
    struct booking_time time = booking_time_at(&page, view.zone, ask->start);
    struct booking_move move = {.id = booking.id,
                                .slot = time.slot,
                                .occupied = time.occupied,
                                .day = time.day,
                                .max_per_day = page.rule.max_per_day,
                                .now = view.now};
    enum status held = store_booking_move_hold(v->store, &move, err);
    if (held != OK && held != ERR_CONFLICT)
        return held;
    fault_point("move_after_hold");
    enum status status =
        look_around(v, r, &booking, &page, week.start, week.end, true, &view, err);
    fault_point("move_after_busy");
    if (held != OK || status != OK || !view_offers(&view, ask->start)) {
        if (held == OK)
            TRY(store_booking_move_release(v->store, booking.id, NULL, v->now(), err));
        TRY(status);
        return refuse(r, &booking, &page, &view, answer);
    }

    /* Change the event. */
    struct event_ref ref = booking.ref;
    bool writes = booking.connection != 0;
    if (writes) {
        fault_point("move_before_update");
        struct event event = booking_event(&r->a, &booking, &page, time.slot);
        status = calendar_update(&v->calendar, booking.connection, booking.calendar,
                                 booking.ref.id, &event, r->deadline_ms, &r->a, &ref, err);
        fault_point("move_after_update");
        if (booking_surely_unwritten(status) &&
            (status != ERR_UPSTREAM || is_unmoved(v, r, &booking))) {
            status = store_booking_move_release(v->store, booking.id, NULL, v->now(), err);
            if (status == ERR_DENIED) /* as below */
                return refuse_settled(v, r, &booking, &page, answer, err);
            TRY(status);
            return refuse(r, &booking, &page, &view, answer);
        }
    }
    fault_point("move_before_confirm");
    if (status == OK) {
        status = store_booking_move_confirm(v->store, booking.id, writes ? &ref : NULL,
                                            v->now(), err);
        if (status == ERR_DENIED) /* disconnected meanwhile, which settled it as not moved */
            return refuse_settled(v, r, &booking, &page, answer, err);
        TRY(status);
    } else {
        TRY(look_now(v, r, booking.id, ask->start, err));
    }
    fault_point("move_after_confirm");
    METRIC_ADD(&v->metrics, moves);
    booking.slot = time.slot;
    answer->booking = booking_show(&r->a, &booking, &page);
    return OK;
}
