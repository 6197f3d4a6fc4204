/* SPDX-License-Identifier: ISC
 *
 * From a page, its host's calendar and what hourgate itself gave away to the slots that can be booked.
 * What is unknown is never free: where the calendar does not answer there are no slots, and that looks
 * the same as a full one.
 */
#ifndef VAULT_SLOTS_H
#define VAULT_SLOTS_H

#include "book/slot.h"
#include "vault/request.h"

/* Everything that decides the slots of one page in one window. */
struct view {
    const struct page_stored *page;
    const struct zone *zone;
    struct instant now;
    struct instant from; /* slots that start in [from, to) */
    struct instant to;
    bool known;     /* the calendar answered, or there is none */
    int64_t except; /* a booking that does not count, set before reading; 0: all count */
    struct busy *busy;
    size_t n_busy;
    struct slot *taken;
    size_t n_taken;
    struct instant *booked;
    size_t n_booked;
};

/* Begin a view of a page in a window. ERR_IO: the page's zone is none of ours any more. */
enum status view_init(struct vault *v, const struct page_stored *page, struct instant from,
                      struct instant to, struct view *ret_view, struct error *err) MUST_CHECK;

/* Ask the calendar, fresh, and set view->known. own (may be NULL) names the event to leave out. Visitors
 * yield to bookings. */
void view_ask_calendar(struct vault *v, struct arena *a, struct view *view,
                       const struct busy_ask *own, bool for_booking, int64_t deadline_ms);

/* Read what hourgate gave away. */
enum status view_read_taken(struct vault *v, struct arena *a, struct view *view,
                            struct error *err) MUST_CHECK;

/* List the slots that start in [from, to), which lies in the view's window; none where it is not known. */
enum status view_slots(const struct view *view, struct arena *a, struct instant from,
                       struct instant to, struct slot **ret_slots, size_t *ret_n) MUST_CHECK;

/* Is the slot that starts here to be had? */
bool view_offers(const struct view *view, struct instant start);

/* Is it one that the page's rules alone would offer, were the calendar empty? */
bool view_could_offer(const struct view *view, struct instant start);

/* List why the slot that starts here is not to be had, as it is for the host's eyes; none where it is. */
enum status view_why(const struct view *view, struct arena *a, struct instant start,
                     struct reason **ret_reasons, size_t *ret_n, struct error *err) MUST_CHECK;

/* Return the window of the slots that a refused booking lists: the UTC week of its start. */
struct interval slots_week(struct instant start);

/* Put a question for slots on a flight; by the reader, before the queue. With OK either r->answered (it
 * joined one, which will answer) or r->led. ERR_INVALID: no such window; ERR_FULL. */
enum status slots_board(struct vault *v, struct request *r) MUST_CHECK;

/* Answer a refused booking with the slots of its week, through a flight. ERR_FULL; else r->answered. */
enum status slots_refuse(struct vault *v, struct request *r, struct text account,
                         struct text page, struct instant start, struct error *err) MUST_CHECK;

/* Answer everybody aboard with a status alone. By the reader: never waits. */
void slots_turn_away(struct vault *v, struct flight *flight, enum status status,
                     const struct error *err);

#endif
