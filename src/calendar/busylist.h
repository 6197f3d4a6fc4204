/* SPDX-License-Identifier: ISC
 *
 * Busy intervals as they come out of an answer: in any order, overlapping, beyond the window. Grows on the
 * heap up to MAX_BUSY; busylist_finish sorts, merges and clips.
 */
#ifndef CALENDAR_BUSYLIST_H
#define CALENDAR_BUSYLIST_H

#include "base/arena.h"
#include "base/status.h"
#include "wire/types.h"

struct busylist {
    struct busy *at; /* heap */
    size_t n, size;
    bool is_full; /* one did not fit: the list is not to be used */
};

void busylist_done(struct busylist *list);

/* Append an interval. One that ends before it starts counts as its start's moment and is dropped later. */
void busylist_add(struct busylist *list, struct busy busy);

/* Append what is left of an interval before and behind a slot: the time that somebody gave to an event of ours, where
 * it comes without ids. */
void busylist_add_around(struct busylist *list, struct busy busy, const struct slot *own);

/* Sort by start, merge what touches or overlaps with the same status, clip to [from, to).
 *
 * Owner   *ret_busy lives in a
 * Fails   ERR_LIMIT where more than MAX_BUSY were added
 */
enum status busylist_finish(struct busylist *list, struct instant from, struct instant to,
                            struct arena *a, struct busy **ret_busy, size_t *ret_n) MUST_CHECK;

#endif
