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

#endif
