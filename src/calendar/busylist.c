/* SPDX-License-Identifier: ISC */
#include "calendar/busylist.h"

#include <stdlib.h>

enum { FIRST_SIZE = 128 };

void busylist_done(struct busylist *list)
{
    free(list->at);
    *list = (struct busylist){0};
}

void busylist_add(struct busylist *list, struct busy busy)
{
    if (list->n == MAX_BUSY) {
        list->is_full = true;
        return;
    }
    if (list->n == list->size) {
        list->size = list->size ? list->size * 2 : FIRST_SIZE;
        list->at = reallocarray(list->at, list->size, sizeof *list->at);
        ENSURE(list->at);
    }
    list->at[list->n++] = busy;
}

void busylist_add_around(struct busylist *list, struct busy busy, const struct slot *own)
{
    struct busy left = busy, right = busy;
    bool overlaps =
        instant_before(busy.start, own->end) && instant_before(own->start, busy.end);
    if (!overlaps) {
        busylist_add(list, busy);
        return;
    }
    left.end = own->start;
    right.start = own->end;
    if (instant_before(left.start, left.end))
        busylist_add(list, left);
    if (instant_before(right.start, right.end))
        busylist_add(list, right);
}

static int compare(const void *one, const void *other)
{
    const struct busy *a = one, *b = other;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (int)a->status - (int)b->status;
}

/* Servers mostly answer in order. */
static bool is_sorted(const struct busylist *list)
{
    for (size_t i = 1; i < list->n; i++)
        if (compare(&list->at[i - 1], &list->at[i]) > 0)
            return false;
    return true;
}

static struct busy clipped(struct busy busy, struct instant from, struct instant to)
{
    if (instant_before(busy.start, from))
        busy.start = from;
    if (instant_before(to, busy.end))
        busy.end = to;
    return busy;
}

enum status busylist_finish(struct busylist *list, struct instant from, struct instant to,
                            struct arena *a, struct busy **ret_busy, size_t *ret_n)
{
    if (list->is_full)
        return ERR_LIMIT;
    if (!is_sorted(list))
        qsort(list->at, list->n, sizeof *list->at, compare);
    struct busy *out = ARENA_ARRAY(a, list->n ? list->n : 1, struct busy);
    size_t n = 0;
    size_t last[BUSY_STATUS_COUNT]; /* index + 1 in out of the latest one of each status */
    memset(last, 0, sizeof last);
    for (size_t i = 0; i < list->n; i++) {
        struct busy busy = clipped(list->at[i], from, to);
        if (!instant_before(busy.start, busy.end))
            continue;
        struct busy *before = last[busy.status] ? &out[last[busy.status] - 1] : NULL;
        if (before && !instant_before(before->end, busy.start)) {
            if (instant_before(before->end, busy.end))
                before->end = busy.end;
            continue;
        }
        out[n++] = busy;
        last[busy.status] = n;
    }
    *ret_busy = out;
    *ret_n = n;
    return OK;
}
