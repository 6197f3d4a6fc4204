/* SPDX-License-Identifier: ISC
 *
 * Orders: bookings that the server wants written, changed or removed. Each is re-checked against the calendar as
 * it is, done, and acknowledged; whenever the program ends in between, the event carries the booking's uid and is
 * found by it. What does not carry one is never touched.
 */
#ifndef CONNECTOR_ORDERS_H
#define CONNECTOR_ORDERS_H

#include "connector/kept.h"
#include "connector/server.h"

struct orders_done {
    size_t n[DESK_OUTCOME_COUNT];
};

/* Do one order. now is the server's time.
 *
 * Fails   ERR_TIMEOUT where its time is over; as the calendar, where another try may go better. Nothing is
 *         known of its outcome then. */
enum status order_do(struct kept *kept, const struct desk_order *order, struct instant now,
                     enum desk_outcome *ret_outcome, struct text *ret_id,
                     struct error *err) MUST_CHECK;

/* Fetch all orders that wait and do them. One that fails is left for later, and the first failure is returned once
 * the others were done; a failure to reach the server ends it. */
enum status orders_pull(struct kept *kept, const struct server_line *line, struct instant now,
                        struct orders_done *done, bool *ret_line_failed,
                        struct error *err) MUST_CHECK;

#endif
