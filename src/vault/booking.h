/* SPDX-License-Identifier: ISC
 *
 * What booking, moving, cancelling and settling share.
 */
#ifndef VAULT_BOOKING_H
#define VAULT_BOOKING_H

#include "vault/request.h"
#include "vault/slots.h"

/* Format the uid by which a booking's event is found again: its number, and a name that is ours. */
struct text booking_uid(struct arena *a, int64_t id);

/* Fill the event's title and text by the page's form; both are cut, at a whole character, to what a calendar
 * takes. */
void booking_texts(struct arena *a, const struct page_stored *page,
                   const struct customer *customer, struct text *ret_title,
                   struct text *ret_description);

/* Fill the event of a booking as it stands in the host's calendar, at a slot. */
struct event booking_event(struct arena *a, const struct booking_stored *booking,
                           const struct page_stored *page, struct slot slot);

/* Fill what removes a booking's event, wherever it stands now: there is an id, or its uid alone. */
struct remove_ask booking_removal(struct arena *a, const struct booking_stored *booking,
                                  struct text id);

/* Fill what its customer may see. One whose cancellation was taken down is shown as cancelled: nothing can
 * stop that any more. */
struct booking_public booking_show(struct arena *a, const struct booking_stored *booking,
                                   const struct page_stored *page);

/* Until when may its customer move or cancel it? */
struct instant booking_changes_until(const struct booking_stored *booking,
                                     const struct page_stored *page);

/* Find a booking of an account by the id that people see. ERR_NOT_FOUND. */
enum status booking_of(struct vault *v, struct request *r, struct text account, struct text id,
                       struct booking_stored *ret_booking, struct error *err) MUST_CHECK;

/* A slot of a page with its buffers, and the day in the page's zone on which it counts. */
struct booking_time {
    struct slot slot;
    struct slot occupied;
    struct slot day;
};
struct booking_time booking_time_at(const struct page_stored *page, const struct zone *zone,
                                    struct instant start);

/* Find when the page's clock shows a date and minute; the first time, where it does twice. ERR_INVALID: never. */
enum status booking_start(struct vault *v, const struct page_stored *page, int64_t day,
                          int64_t minute, struct instant *ret_start,
                          struct error *err) MUST_CHECK;

/* Cancel a booking as its host does, whoever is at work on it first. OK also where the calendar follows later. */
enum status booking_cancel(struct vault *v, struct request *r, int64_t id,
                           struct error *err) MUST_CHECK;

/* Cancel what is left of its series from a booking on, and tell the customer once (handle_series.c). OK also where the
 * calendar follows later; ERR_CONFLICT: it is of none, or some of it is in flight. */
enum status series_cancel_rest(struct vault *v, struct request *r, int64_t id,
                               const struct booking_end *ending, struct error *err) MUST_CHECK;

/* Take the event of a booking that is being cancelled out of the calendar, or leave it there marked cancelled and free,
 * as its page says. OK: it is so; one that is gone already is too. */
enum status booking_clear_event(struct vault *v, const struct booking_stored *booking,
                                int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Does a failed write mean for certain that nothing was written? */
bool booking_surely_unwritten(enum status status);

#endif
