/* SPDX-License-Identifier: ISC
 *
 * A customer's own booking, laid out: also for the style page, which shows each of its states.
 */
#ifndef EDGE_OWN_H
#define EDGE_OWN_H

#include "edge/visit.h"
#include "wire/messages.h"

/* Say how a booking is and what can be done about it, in the visit's language. asks_cancel: it is to be cancelled, if it
 * can. Owner: the visit's arena. */
struct own_view own_lay_out(struct visit *visit, const struct booking_public *booking,
                            bool asks_cancel);

#endif
