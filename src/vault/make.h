/* SPDX-License-Identifier: ISC
 *
 * Making a booking, whoever asks for it: a customer (handle_book.c) or the host (handle_host.c).
 */
#ifndef VAULT_MAKE_H
#define VAULT_MAKE_H

#include "vault/booking.h"
#include "vault/permit.h"

struct making {
    /* what is wanted */
    const struct page_stored *page;
    struct instant start;
    const struct customer *customer;
    struct text key; /* idempotency; empty: none */
    struct permit permit;
    bool is_open; /* it waited for a word, which has come */

    /* what became of it */
    struct booking_stored booking;
    struct secret token; /* of the private link; the caller's */
    bool repeated;       /* an earlier question with the same key made it */
    struct view view;
    bool looked; /* into the calendar: the view knows what it said */
};

/* Hold, ask the calendar afresh, write, read back, confirm. With OK the booking is CONFIRMED, or UNCERTAIN and
 * will be settled; or, where a customer asks, it waits for a word as its page wants it: UNVERIFIED or REQUESTED.
 *
 * Fails   ERR_CONFLICT: the start is not to be had, nothing stands; ERR_TIMEOUT: a repeat, and the first is at
 *         work still; ERR_NOT_FOUND: the page is gone
 */
enum status booking_make(struct vault *v, struct request *r, struct making *m,
                         struct error *err) MUST_CHECK;

/* Do what is left to do for a booking that waited for a word: ask the calendar afresh, write, read back, confirm;
 * or have it wait for its host. m: page, start, permit, booking, which the caller has claimed and read. What cannot
 * be written waits again.
 *
 * Fails   ERR_CONFLICT: its time is not to be had; as the calendar where that refuses the event
 */
enum status booking_go_on(struct vault *v, struct request *r, struct making *m, bool asks_host,
                          struct error *err) MUST_CHECK;

/* Are a customer's words fit to be printed? The edge has looked; a captured one has not. */
bool customer_is_fit(const struct customer *customer);

/* May a host enter a booking for this customer? Said in one line. may_be_silent: questions may stay unanswered. */
enum status host_customer_check(struct vault *v, const struct page_stored *page,
                                const struct customer *customer, bool may_be_silent,
                                struct error *err) MUST_CHECK;

/* Is a start beyond what any page offers, and beyond what is worth a row in the database? */
bool start_is_far(struct instant now, struct instant start);

#endif
