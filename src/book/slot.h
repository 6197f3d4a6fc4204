/* SPDX-License-Identifier: ISC
 *
 * Which slots of a page can be booked. Pure: the rules, the zone, the time and what is taken
 * come in as values, slots come out. A start is offered where all of this holds:
 *
 *   hours     the clock of the page's zone shows, throughout the slot, a time within the hours of its
 *             date; a slot may run from one span into one that follows without a gap, over midnight too
 *   grid      at the start the clock shows its span's begin plus a whole number of increments
 *   free      nothing that blocks touches the slot and its buffers; the buffers may lie outside hours
 *   notice    it is at least notice_min from now
 *   horizon   its date is at most horizon_days from today, both in the page's zone
 *   per day   fewer than max_per_day bookings of the page start on its date
 *
 * A slot lasts duration_min of real time. Where the clock jumps forward the skipped starts do
 * not exist; where it jumps back both passes are open and both have starts, two instants that
 * differ. doc/time.md.
 */
#ifndef BOOK_SLOT_H
#define BOOK_SLOT_H

#include "base/arena.h"
#include "base/error.h"
#include "time/interval.h"
#include "time/zone.h"
#include "wire/types.h"

struct slot_query {
    const struct rule *rule;
    const struct zone *zone; /* of rule->zone; NULL is refused */
    struct instant now;
    struct instant from; /* slots that start in [from, to) */
    struct instant to;
    const struct busy *busy; /* what calendars say, in any order; see rule_blocks */
    size_t n_busy;
    const struct slot *taken; /* of the host, given away by hourgate itself, with buffers */
    size_t n_taken;
    const struct instant *booked; /* starts of this page's bookings, for the limit per day */
    size_t n_booked;
};

/* List the slots that can be booked, rising, none twice.
 *
 * Owner   ret_slots lives in a; so does working memory in proportion to the window and n_busy
 * Fails   ERR_INVALID: rule_check
 * Limits  a window of MAX_SLOT_DAYS days gives at most MAX_SLOTS; longer ones are served
 */
enum status slot_list(struct arena *a, const struct slot_query *query, struct slot **ret_slots,
                      size_t *ret_n, struct error *err) MUST_CHECK;

/* Can the slot that starts here be booked? True exactly where slot_list would list it for a
 * window that holds start; the query's own window plays no part. False where the rule does not
 * pass rule_check. */
bool slot_is_offered(const struct slot_query *query, struct instant start);

/* Return what must be known of calendars, and of `taken`, to list the slots that start in
 * [from, to). The rule has passed rule_check. */
struct interval slot_busy_window(const struct rule *rule, struct instant from,
                                 struct instant to);

/* Return a window that holds all bookings which can count in `booked` for slots that start in
 * [from, to): the whole dates on which those start. It holds slot_busy_window too, so one read
 * serves both. */
struct interval slot_booked_window(struct instant from, struct instant to);

#endif
