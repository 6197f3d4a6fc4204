/* SPDX-License-Identifier: ISC
 *
 * Booking a slot: hold, ask the calendar afresh, write, read back, confirm. The state in the database
 * always says what may have happened in the calendar:
 *
 *     HELD        nothing was written; ends by itself
 *     UNCERTAIN   from before the write is sent until its answer is known; settle.c ends it
 *     CONFIRMED   it stands in the calendar (or the page does not write to one)
 *
 * Whatever keeps a start from being had, the customer hears the same: ERR_CONFLICT and the slots of that
 * week, exactly as a question for slots would list them.
 */
#include <poll.h>

#include "book/question.h"
#include "book/rule.h"
#include "os/clock.h"
#include "vault/booking.h"
#include "vault/fault.h"
#include "vault/settle.h"

enum { LOOK_AGAIN_MS = 50, FAR_S = (RULE_HORIZON_MAX + 2) * CIVIL_DAY_S };

/* Somebody made this booking with the same key before. Wait until it is decided, then say what it is. */
static enum status answer_again(struct vault *v, struct request *r,
                                const struct page_stored *page, struct booking_stored *booking,
                                struct book_answer *answer, struct error *err)
{
    while (booking->step == STEP_HOLD || booking->step == STEP_CREATE) {
        if (clock_ms() + LOOK_AGAIN_MS >= r->deadline_ms && booking->step == STEP_CREATE)
            break; /* the customer may know that much */
        if (clock_ms() + LOOK_AGAIN_MS >= r->deadline_ms)
            return error_set(err, ERR_TIMEOUT, "book",
                             "an earlier question is still at work on it");
        poll(NULL, 0, LOOK_AGAIN_MS);
        enum status status = store_booking_get(v->store, &r->a, booking->id, booking, err);
        if (status == ERR_NOT_FOUND)
            return slots_refuse(v, r, page->page.account, page->page.page, booking->slot.start,
                                err);
        TRY(status);
    }
    answer->booking = booking_show(&r->a, booking, page);
    return OK;
}

/* Refuse with what the fresh view says of the week; it is what a question for slots would hear. */
static enum status refuse(struct vault *v, struct request *r, const struct view *view,
                          struct book_answer *answer)
{
    METRIC_ADD(&v->metrics, bookings_refused);
    secret_free(&answer->token);
    *answer = (struct book_answer){0};
    r->tells_anyway = true;
    TRY(view_slots(view, &r->a, view->from, view->to, &answer->slots, &answer->n_slots));
    return ERR_CONFLICT;
}

/* Refuse without having asked the calendar: a flight does, for all who are refused now. */
static enum status refuse_unseen(struct vault *v, struct request *r, const struct book_ask *ask,
                                 struct error *err)
{
    METRIC_ADD(&v->metrics, bookings_refused);
    return slots_refuse(v, r, ask->account, ask->page, ask->start, err);
}

/* Is a start beyond what any page offers, and beyond what is worth a row in the database? */
static bool is_far(struct instant now, struct instant start)
{
    return instant_before(start, instant_add_s(now, -FAR_S)) ||
           instant_before(instant_add_s(now, FAR_S), start);
}

/* The edge has checked this; a captured one has not. It goes into the host's calendar. */
static bool is_fit(const struct customer *customer)
{
    if (!text_is_line(customer->name) || !text_is_line(customer->email))
        return false;
    for (size_t i = 0; i < customer->n_answers; i++)
        if (text_misleads(customer->answers[i].question) ||
            text_misleads(customer->answers[i].answer))
            return false;
    return true;
}

/* Do the answers fit what the page asks? Said before the start is looked at, so that it tells nothing of it. */
static enum status check_answers(struct request *r, const struct page_stored *page,
                                 const struct customer *customer, struct book_answer *answer,
                                 struct error *err)
{
    const struct question_list *asked = &page->questions;
    answer->mistakes = ARENA_ARRAY(&r->a, MAX_ANSWERS, struct mistake);
    answer->n_mistakes =
        question_mistakes(asked->questions, asked->n_questions, customer, answer->mistakes);
    if (answer->n_mistakes == 0)
        return OK;
    r->tells_anyway = true;
    return error_set(err, ERR_INVALID, "book", "the answers do not fit the page's questions");
}

/* The write's answer was lost: look for the event once, now. What cannot be told yet stays UNCERTAIN. */
static enum status look_now(struct vault *v, struct request *r, struct booking_stored *booking,
                            struct error *err)
{
    TRY(store_booking_get(v->store, &r->a, booking->id, booking, err));
    enum status status = settle_look(v, booking, r->deadline_ms, err);
    if (status == ERR_IO || status == ERR_SEAL)
        return status;
    return store_booking_get(v->store, &r->a, booking->id, booking, err);
}

enum status handle_book(struct vault *v, struct request *r, const struct book_ask *ask,
                        struct book_answer *answer, struct error *err)
{
    struct page_stored page;
    struct view view;
    struct booking_stored booking;
    struct claim claim CLEANUP(claim_release) = {0};
    bool is_fresh;
    if (!is_fit(&ask->customer))
        return error_set(err, ERR_INVALID, "book", "the customer's words are not fit to print");
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    TRY(check_answers(r, &page, &ask->customer, answer, err));
    struct interval week = slots_week(ask->start);
    TRY(view_init(v, &page, week.start, week.end, &view, err));
    if (is_far(view.now, ask->start))
        return refuse_unseen(v, r, ask, err);

    /* 3: hold. The database refuses any overlap. */
    struct booking_time time = booking_time_at(&page, view.zone, ask->start);
    struct booking_hold hold = {.page = &page,
                                .slot = time.slot,
                                .occupied = time.occupied,
                                .day = time.day,
                                .customer = &ask->customer,
                                .key = ask->key,
                                .now = view.now,
                                .hold_s = STORE_HOLD_S};
    booking_texts(&r->a, &page, &ask->customer, &hold.title, &hold.description);
    enum status status =
        store_booking_hold(v->store, &r->a, &hold, &booking, &answer->token, &is_fresh, err);
    if (status == ERR_CONFLICT)
        return refuse_unseen(v, r, ask, err);
    TRY(status);
    if (!is_fresh)
        return answer_again(v, r, &page, &booking, answer, err);
    TRY(claim_take(&v->claims, booking.id, r->deadline_ms, &claim));
    fault_point("book_after_hold");
    if (!view_could_offer(&view, ask->start)) {
        TRY(store_booking_release(v->store, booking.id, err));
        return refuse_unseen(v, r, ask, err);
    }

    /* 4: is the host free? Never through a flight: it may have begun before the hold. */
    view.except = booking.id;
    view_ask_calendar(v, &r->a, &view, NULL, true, r->deadline_ms);
    status = view_read_taken(v, &r->a, &view, err);
    fault_point("book_after_busy");

    /* 5: rules, calendar or our own ignorance say no. */
    if (status != OK || !view_offers(&view, ask->start)) {
        TRY(store_booking_release(v->store, booking.id, err));
        TRY(status);
        return refuse(v, r, &view, answer);
    }

    /* 6: write it and read it back. */
    struct event_ref ref = {0};
    bool writes = page.synchronise && page.connection;
    if (writes) {
        status = store_booking_begin(v->store, booking.id, v->now(), err);
        if (status == ERR_NOT_FOUND) /* it took so long that the hold went to somebody */
            return refuse(v, r, &view, answer);
        TRY(status);
        fault_point("book_before_create");
        struct event event = booking_event(&r->a, &booking, &page, time.slot);
        status = calendar_create(&v->calendar, page.connection, page.calendar, &event,
                                 r->deadline_ms, &r->a, &ref, err);
        fault_point("book_after_create");
        if (booking_surely_unwritten(status)) {
            enum status released = store_booking_release(v->store, booking.id, err);
            if (released == OK)
                return refuse(v, r, &view, answer);
            if (released != ERR_DENIED) /* that: disconnected meanwhile, see below */
                return released;
        }
    }

    /* 7: confirm, or leave it to be settled. */
    fault_point("book_before_confirm");
    if (status == OK) {
        status =
            store_booking_confirm(v->store, booking.id, writes ? &ref : NULL, v->now(), err);
        if (status ==
            ERR_NOT_FOUND) /* as above; what was written would be UNCERTAIN, not HELD */
            return refuse(v, r, &view, answer);
        if (status != OK && status != ERR_DENIED)
            return status;
        fault_point("book_after_confirm");
    }
    if (status == OK) {
        booking.state = BOOKING_CONFIRMED;
        booking.step = STEP_NONE;
        quota_take(&v->quotas, page.account, v->now());
    } else { /* no answer came; or the calendar was disconnected meanwhile, which settled it */
        TRY(look_now(v, r, &booking, err));
    }
    if (booking.state == BOOKING_CONFIRMED)
        METRIC_ADD(&v->metrics, bookings_made);
    else
        METRIC_ADD(&v->metrics, bookings_uncertain);
    answer->booking = booking_show(&r->a, &booking, &page);
    return OK;
}
