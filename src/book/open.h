/* SPDX-License-Identifier: ISC
 *
 * The hours of a page as instants. Internal to book/.
 */
#ifndef BOOK_OPEN_H
#define BOOK_OPEN_H

#include "base/arena.h"
#include "time/interval.h"
#include "time/zone.h"
#include "wire/types.h"

/* A span of one date, or the part of it within one period of the zone. */
struct open {
    int64_t start_s; /* instants: [start_s, end_s) */
    int64_t end_s;
    int64_t grid_s;  /* the first start at or after start_s; may lie behind end_s */
    int64_t until_s; /* the end of the unbroken run of open time that this one is part of */
    int64_t day;     /* the date */
};

/* List when a page is open within a window, rising and apart.
 *
 * Owner   ret_open lives in a
 * Limits  the rule has passed rule_check; the window lies in the range of instants
 */
void open_list(struct arena *a, const struct rule *rule, const struct zone *zone,
               struct interval window, struct open **ret_open, size_t *ret_n);

#endif
