/* SPDX-License-Identifier: ISC
 *
 * Runs of instants, [start, end): the end is not part of one. One with start == end holds no
 * time.
 */
#ifndef TIME_INTERVAL_H
#define TIME_INTERVAL_H

#include <stddef.h>

#include "base/instant.h"

struct interval {
    struct instant start;
    struct instant end;
};

/* Sort intervals in place and merge those that touch or overlap, so that the result rises and
 * has a gap before each. Empty ones vanish; one that ends before it starts is read the other
 * way round.
 *
 * Returns how many are left, at the beginning of the array
 */
size_t interval_merge(struct interval *intervals, size_t n);

#endif
