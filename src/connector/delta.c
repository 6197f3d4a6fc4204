/* SPDX-License-Identifier: ISC */
#include "connector/delta.h"

#include <stdlib.h>

int delta_compare(const struct busy *one, const struct busy *other)
{
    if (one->start.s != other->start.s)
        return one->start.s < other->start.s ? -1 : 1;
    if (one->end.s != other->end.s)
        return one->end.s < other->end.s ? -1 : 1;
    return (one->status > other->status) - (one->status < other->status);
}

static int by_time(const void *one, const void *other)
{
    const struct stretch *a = one, *b = other;
    return delta_compare(&a->busy, &b->busy);
}

size_t delta_normalise(struct stretch *list, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].busy.status != BUSY_FREE && list[i].busy.start.s < list[i].busy.end.s)
            list[kept++] = list[i];
    if (kept > 1)
        qsort(list, kept, sizeof *list, by_time);
    size_t told = 0;
    for (size_t i = 0; i < kept; i++)
        if (told == 0 || delta_compare(&list[told - 1].busy, &list[i].busy) != 0)
            list[told++] = list[i];
    return told;
}
