/* SPDX-License-Identifier: ISC */
#include "time/winzone.h"

#include <stdlib.h>

#include "time/winzone_table.h"

static int compare(const void *key, const void *row)
{
    const struct text *wanted = key;
    const char *name = ((const struct winzone *)row)->iana;
    int order = strncmp(wanted->at, name, wanted->n);
    return order ? order : name[wanted->n] ? -1 : 0;
}

const char *winzone_find(struct text iana)
{
    if (iana.n == 0 || memchr(iana.at, 0, iana.n))
        return NULL;
    const struct winzone *row =
        bsearch(&iana, winzone_table, n_winzone_table, sizeof *winzone_table, compare);
    return row ? row->windows : NULL;
}

const char *winzone_iana(struct text windows)
{
    for (size_t i = 0; i < n_winzone_main; i++)
        if (text_equal_nocase(windows, text_from(winzone_main[i].windows)))
            return winzone_main[i].iana;
    return NULL;
}
