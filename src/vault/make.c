/* SPDX-License-Identifier: ISC
 *
 * The state in the database always says what may have happened in the calendar:
 *
 *     HELD        nothing was written; ends by itself
 *     UNCERTAIN   from before the write is sent until its answer is known; settle.c ends it
 *     CONFIRMED   it stands in the calendar (or the page does not write to one)
 *
 * A customer's booking that needs a word first stops before UNCERTAIN, its time taken and nothing written:
 * UNVERIFIED until they have confirmed it by mail, REQUESTED until its host has (approve.c). So does any booking into a
 * calendar on somebody's PC: REQUESTED until that has written it (store/desk_order.c).
 */
#include "vault/make.h"

#include <poll.h>

#include "book/rule.h"
#include "os/clock.h"
#include "vault/fault.h"
#include "vault/settle.h"

enum { LOOK_AGAIN_MS = 50, FAR_S = (RULE_HORIZON_MAX + 2) * CIVIL_DAY_S };

bool customer_is_fit(const struct customer *customer)
{
    if (!text_is_line(customer->name) || !text_is_line(customer->email))
        return false;
    for (size_t i = 0; i < customer->n_answers; i++)
        if (text_misleads(customer->answers[i].question) ||
            text_misleads(customer->answers[i].answer))
            return false;
    return true;
}

bool start_is_far(struct instant now, struct instant start)
{
    return instant_before(start, instant_add_s(now, -FAR_S)) ||
           instant_before(instant_add_s(now, FAR_S), start);
}

static enum status in_the_way(struct error *err)
{
    return error_set(err, ERR_CONFLICT, "booking", "the time is taken");
}

/* Somebody made this booking with the same key before. Wait until it is decided, then say what it is. */
static enum status await_earlier(struct vault *v, struct request *r, struct making *m,
                                 struct error *err)
{
    struct booking_stored *booking = &m->booking;
    m->repeated = true;
    while (booking->step == STEP_HOLD || booking->step == STEP_CREATE) {
        if (clock_ms() + LOOK_AGAIN_MS >= r->deadline_ms && booking->step == STEP_CREATE)
            break; /* the customer may know that much */
        if (clock_ms() + LOOK_AGAIN_MS >= r->deadline_ms)
            return error_set(err, ERR_TIMEOUT, "book",
                             "an earlier question is still at work on it");
        poll(NULL, 0, LOOK_AGAIN_MS);
        enum status status = store_booking_get(v->store, &r->a, booking->id, booking, err);
        if (status == ERR_NOT_FOUND)
            return in_the_way(err);
        TRY(status);
    }
    if (booking->ended == ENDED_NOT_MADE)
        return in_the_way(err);
    return OK;
}

/* Take the slot by a page without the limits that are set aside. The database refuses any overlap. */
static enum status hold(struct vault *v, struct request *r, struct making *m,
                        const struct page_stored *page, struct error *err)
{
    struct booking_time time = booking_time_at(page, m->view.zone, m->start);
    struct booking_hold hold = {.page = page,
                                .slot = time.slot,
                                .occupied = time.occupied,
                                .day = time.day,
                                .customer = m->customer,
                                .key = m->key,
                                .now = m->view.now,
                                .hold_s = STORE_HOLD_S};
    bool is_fresh;
    booking_texts(&r->a, page, m->customer, &hold.title, &hold.description);
    TRY(store_booking_hold(v->store, &r->a, &hold, &m->booking, &m->token, &is_fresh, err));
    return is_fresh ? OK : await_earlier(v, r, m, err);
}

/* Is the host free? Never through a flight: it may have begun before the hold. */
static enum status look(struct vault *v, struct request *r, struct making *m, struct error *err)
{
    const struct busy_ask whole = {0}; /* a host is not held to the account's quota */
    m->view.except = m->booking.id;
    view_ask_calendar(v, &r->a, &m->view, m->permit.tells ? &whole : NULL, true,
                      r->deadline_ms);
    TRY(view_read_taken(v, &r->a, &m->view, err));
    m->looked = true;
    fault_point("book_after_busy");
    m->view.page = m->page;
    return permit_start(&m->permit, &m->view, &r->a, m->start, err);
}

/* Write the event. *ret_sent: it may stand, whatever comes back. ERR_CONFLICT: for certain nothing does. */
static enum status write_event(struct vault *v, struct request *r, struct making *m,
                               struct event_ref *ret_ref, bool *ret_sent, struct error *err)
{
    enum status status = store_booking_begin(v->store, m->booking.id, v->now(), err);
    if (status == ERR_NOT_FOUND) /* it took so long that the hold went to somebody */
        return in_the_way(err);
    TRY(status);
    *ret_sent = true;
    fault_point("book_before_create");
    struct event event = booking_event(&r->a, &m->booking, m->page, m->booking.slot);
    status = calendar_create(&v->calendar, m->page->connection, m->page->calendar, &event,
                             r->deadline_ms, &r->a, ret_ref, err);
    fault_point("book_after_create");
    if (!booking_surely_unwritten(status))
        return status;
    enum status released = store_booking_release(v->store, m->booking.id, err);
    if (released == ERR_DENIED) /* disconnected meanwhile, which settled it */
        return status;
    *ret_sent = false;
    TRY(released);
    return m->is_open ? status : in_the_way(err);
}

/* The write's answer was lost: look for the event once, now. What cannot be told yet stays UNCERTAIN. */
static enum status look_now(struct vault *v, struct request *r, struct making *m,
                            struct error *err)
{
    struct booking_stored *booking = &m->booking;
    TRY(store_booking_get(v->store, &r->a, booking->id, booking, err));
    enum status status = settle_look_at_once(v, booking, r->deadline_ms, err);
    if (status == ERR_IO || status == ERR_SEAL)
        return status;
    return store_booking_get(v->store, &r->a, booking->id, booking, err);
}

static enum status confirm(struct vault *v, struct making *m, const struct event_ref *ref,
                           struct error *err)
{
    TRY(store_booking_confirm(v->store, m->booking.id, ref, v->now(), err));
    fault_point("book_after_confirm");
    m->booking.state = BOOKING_CONFIRMED;
    m->booking.step = STEP_NONE;
    return OK;
}

/* The calendar is on a PC: it looks once more, writes, and says so. Until then this is a request. */
static enum status leave_to_desk(struct vault *v, struct making *m, struct error *err)
{
    struct booking_stored *booking = &m->booking;
    struct instant now = v->now(), until = instant_add_s(now, DESK_ORDER_S);
    if (instant_before(now, booking->slot.start) && instant_before(booking->slot.start, until))
        until = booking->slot.start;
    fault_point("book_before_order");
    enum status status = store_desk_create(v->store, booking->id, until, now, err);
    fault_point("book_after_order");
    if (status == ERR_NOT_FOUND)
        return in_the_way(err);
    TRY(status);
    booking->by_mail |= booking->state == BOOKING_UNVERIFIED;
    booking->state = BOOKING_REQUESTED;
    booking->step = STEP_NONE;
    booking->open_until = until;
    booking->at_desk = true;
    desk_wake(&v->calendar.desks, m->page->connection, 0);
    return OK;
}

/* Write it, read it back and confirm, or leave it to be settled. */
static enum status write_and_confirm(struct vault *v, struct request *r, struct making *m,
                                     struct error *err)
{
    struct event_ref ref = {0};
    bool writes = m->page->synchronise && m->page->connection, was_sent = false;
    bool at_desk = false;
    enum status status = OK;
    if (writes)
        TRY(desk_is(&v->calendar, m->page->connection, &at_desk, err));
    if (at_desk)
        return leave_to_desk(v, m, err);
    if (writes) {
        status = write_event(v, r, m, &ref, &was_sent, err);
        if (status != OK && !was_sent)
            return status;
    }
    fault_point("book_before_confirm");
    if (status == OK) {
        status = confirm(v, m, writes ? &ref : NULL, err);
        if (status ==
            ERR_NOT_FOUND) /* the hold was over; what was written is UNCERTAIN, not HELD */
            return in_the_way(err);
        if (status != ERR_DENIED)
            return status;
    }
    return look_now(v, r, m, err); /* no answer came, or it was disconnected meanwhile */
}

/* Have it wait for a word of its customer, or of its host, who must say it before the start. */
static enum status wait_for_word(struct vault *v, struct making *m, enum booking_state state,
                                 struct error *err)
{
    const struct policy *policy = &m->page->policy;
    struct booking_stored *booking = &m->booking;
    int64_t wait_s =
        state == BOOKING_UNVERIFIED ? policy->confirm_min * 60 : policy->approve_hours * 3600;
    struct instant now = v->now(), until = instant_add_s(now, wait_s);
    if (instant_before(booking->slot.start, until))
        until = booking->slot.start;
    fault_point("book_before_open");
    enum status status = store_booking_open(v->store, booking->id, state, until, now, err);
    fault_point("book_after_open");
    if (status == ERR_NOT_FOUND)
        return in_the_way(err);
    TRY(status);
    booking->state = state;
    booking->step = STEP_NONE;
    booking->open_until = until;
    booking->by_mail |= state == BOOKING_UNVERIFIED;
    return OK;
}

/* For whose word does a customer's booking wait first? HELD: for none. A host who enters it has said theirs. */
static enum booking_state waits_for(const struct making *m)
{
    const struct policy *policy = &m->page->policy;
    if (m->permit.tells)
        return BOOKING_HELD;
    return policy->confirm_min     ? BOOKING_UNVERIFIED
           : policy->approve_hours ? BOOKING_REQUESTED
                                   : BOOKING_HELD;
}

enum status booking_go_on(struct vault *v, struct request *r, struct making *m, bool asks_host,
                          struct error *err)
{
    struct interval week = slots_week(m->start);
    int64_t writes_to = m->page->synchronise ? m->page->connection : 0;
    m->is_open = true;
    TRY(view_init(v, m->page, week.start, week.end, &m->view, err));
    TRY(look(v, r, m, err));
    if (asks_host)
        return wait_for_word(v, m, BOOKING_REQUESTED, err);
    if (writes_to != m->booking.connection ||
        !text_equal(m->page->calendar, m->booking.calendar)) {
        TRY(store_booking_rebind(v->store, m->booking.id, m->page, err));
        TRY(store_booking_get(v->store, &r->a, m->booking.id, &m->booking, err));
    }
    return write_and_confirm(v, r, m, err);
}

static enum status make(struct vault *v, struct request *r, struct making *m, struct error *err)
{
    struct claim claim CLEANUP(claim_release) = {0};
    struct interval week = slots_week(m->start);
    const struct page_stored page = permit_page(&m->permit, m->page);
    TRY(view_init(v, &page, week.start, week.end, &m->view, err));
    if (start_is_far(m->view.now, m->start))
        return in_the_way(err);
    enum status held = hold(v, r, m, &page, err);
    if (held == ERR_CONFLICT && m->permit.tells) /* by what? */
        TRY(look(v, r, m, err));
    TRY(held);
    if (m->repeated)
        return OK;
    TRY(claim_take(&v->claims, m->booking.id, r->deadline_ms, &claim));
    fault_point("book_after_hold");
    enum status status = ERR_CONFLICT;
    if (permit_could(&m->permit, &m->view, m->start))
        status = look(v, r, m, err);
    if (status != OK) { /* rules, calendar or our own ignorance say no */
        TRY(store_booking_release(v->store, m->booking.id, err));
        return status;
    }
    enum booking_state waits = waits_for(m);
    return waits == BOOKING_HELD ? write_and_confirm(v, r, m, err)
                                 : wait_for_word(v, m, waits, err);
}

enum status booking_make(struct vault *v, struct request *r, struct making *m,
                         struct error *err)
{
    enum status status = make(v, r, m, err);
    m->view.page = m->page; /* not the one that make() kept */
    if (status != OK)
        secret_free(&m->token);
    if (status == ERR_CONFLICT)
        METRIC_ADD(&v->metrics, bookings_refused);
    if (status != OK || m->repeated)
        return status;
    if (m->booking.state == BOOKING_CONFIRMED)
        METRIC_ADD(&v->metrics, bookings_made);
    else if (m->booking.state == BOOKING_UNCERTAIN)
        METRIC_ADD(&v->metrics, bookings_uncertain);
    return OK;
}
