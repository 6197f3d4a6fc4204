/* SPDX-License-Identifier: ISC
 *
 * What the pages about bookings share: how a booking is, in a mark and in words.
 */
#ifndef EDGE_BOOKING_H
#define EDGE_BOOKING_H

#include "edge/place/frame.h"

/* How it is; nothing where it is as it should be and still to come. */
struct mark_view booking_mark(struct visit *visit, const struct booking_public *booking);

/* Its day and time by the clock of whoever is signed in. */
struct when_view booking_when(struct visit *visit, const struct booking_public *booking);
const char *booking_when_short(struct visit *visit, const struct booking_public *booking);

/* "/bookings/ID" and more behind it. */
const char *booking_href(struct visit *visit, struct text id, const char *more);

/* What stands in the way of a time, one sentence for each reason. */
void booking_ways(struct visit *visit, const struct reason *reasons, size_t n,
                  struct host_enter_view *view);

#endif
