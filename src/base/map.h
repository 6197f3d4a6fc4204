/* SPDX-License-Identifier: ISC
 *
 * A hash table from byte strings to pointers: open addressing, keyed hash (SipHash-like seed given by
 * the caller), keys borrowed from the values. Not for threads.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct map_entry {
    uint64_t hash;
    struct text key; /* borrowed: must live as long as the entry */
    void *value;     /* NULL: never used; a removed entry has key.at NULL */
};

struct map {
    struct map_entry *entries; /* heap; NULL while empty */
    size_t size;               /* a power of two */
    size_t n;                  /* live entries */
    size_t taken;              /* live and removed ones */
    uint64_t seed;             /* random: strangers choose the keys */
};

#define MAP(random_seed) ((struct map){.seed = (random_seed)})

void map_done(struct map *m); /* frees the table, not the values */

/* Return the value under key, NULL where there is none. */
void *map_find(const struct map *m, struct text key);

/* Put value (not NULL) under key; key is borrowed. An older value is replaced and returned. */
void *map_put(struct map *m, struct text key, void *value);

/* Take key out and return its value, NULL where there was none. */
void *map_remove(struct map *m, struct text key);

/* Walk: start at *pos = 0; returns NULL at the end. Removing the current entry is allowed. */
void *map_next(const struct map *m, size_t *pos);

#endif
