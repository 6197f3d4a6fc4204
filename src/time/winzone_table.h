/* SPDX-License-Identifier: ISC */
#ifndef TIME_WINZONE_TABLE_H
#define TIME_WINZONE_TABLE_H

#include <stddef.h>

struct winzone {
    const char *iana;
    const char *windows;
};

extern const struct winzone winzone_table[]; /* sorted by iana */
extern const size_t n_winzone_table;

extern const struct winzone winzone_main[]; /* one row for each Windows name */
extern const size_t n_winzone_main;

#endif
