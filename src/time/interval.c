/* SPDX-License-Identifier: ISC */
#include "time/interval.h"

#include <stdlib.h>

static int by_start(const void *one, const void *other)
{
    const struct interval *a = one, *b = other;
    return (a->start.s > b->start.s) - (a->start.s < b->start.s);
}

/* Drop the empty, turn the reversed; say whether what is left rises already, as calendars
 * mostly answer. */
static size_t normalise(struct interval *intervals, size_t n, bool *ret_sorted)
{
    size_t kept = 0;
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        struct interval one = intervals[i];
        if (one.start.s == one.end.s)
            continue;
        if (instant_before(one.end, one.start))
            one = (struct interval){one.end, one.start};
        sorted = sorted && (kept == 0 || intervals[kept - 1].start.s <= one.start.s);
        intervals[kept++] = one;
    }
    *ret_sorted = sorted;
    return kept;
}

size_t interval_merge(struct interval *intervals, size_t n)
{
    bool sorted;
    n = normalise(intervals, n, &sorted);
    if (!sorted)
        qsort(intervals, n, sizeof *intervals, by_start);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct interval *last = kept ? &intervals[kept - 1] : NULL;
        if (!last || instant_before(last->end, intervals[i].start))
            intervals[kept++] = intervals[i];
        else if (instant_before(last->end, intervals[i].end))
            last->end = intervals[i].end;
    }
    return kept;
}
