/* SPDX-License-Identifier: ISC
 *
 * Linear probing; removed entries stay as marks until the next growth. The hash is a seeded multiply
 * and rotate over eight bytes at a time: enough against strangers who do not know the seed and never see
 * the order.
 */
#include "base/map.h"

#include <stdlib.h>

#include "base/status.h"

static char removed_mark;

static uint64_t hash_key(uint64_t seed, struct text key)
{
    uint64_t hash = seed ^ (key.n * 0x9e3779b97f4a7c15u);
    for (size_t i = 0; i < key.n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, key.at + i, key.n - i < 8 ? key.n - i : 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash = (hash << 31 | hash >> 33) + seed;
    }
    hash ^= hash >> 29;
    return hash * 0xc4ceb9fe1a85ec53u;
}

static struct map_entry *probe(const struct map *m, uint64_t hash, struct text key)
{
    for (size_t i = (size_t)(hash >> 7);; i++) {
        struct map_entry *entry = &m->entries[i & (m->size - 1)];
        if (!entry->value)
            return entry;
        if (entry->hash == hash && entry->value != &removed_mark && text_equal(entry->key, key))
            return entry;
    }
}

static void grow(struct map *m)
{
    struct map_entry *old = m->entries;
    size_t old_size = m->size;
    m->size = 16;
    while (m->size < m->n * 4)
        m->size *= 2;
    m->entries = calloc(m->size, sizeof *m->entries);
    ENSURE(m->entries);
    m->taken = m->n;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].value && old[i].value != &removed_mark)
            *probe(m, old[i].hash, old[i].key) = old[i];
    free(old);
}

void map_done(struct map *m)
{
    free(m->entries);
    *m = MAP(m->seed);
}

void *map_find(const struct map *m, struct text key)
{
    return m->n ? probe(m, hash_key(m->seed, key), key)->value : NULL;
}

void *map_put(struct map *m, struct text key, void *value)
{
    ENSURE(value);
    if ((m->taken + 1) * 2 > m->size)
        grow(m);
    uint64_t hash = hash_key(m->seed, key);
    struct map_entry *entry = probe(m, hash, key);
    void *older = entry->value;
    if (!older) {
        m->n++;
        m->taken++;
    }
    *entry = (struct map_entry){hash, key, value};
    return older;
}

void *map_remove(struct map *m, struct text key)
{
    if (!m->n)
        return NULL;
    struct map_entry *entry = probe(m, hash_key(m->seed, key), key);
    void *value = entry->value;
    if (value) {
        *entry = (struct map_entry){.value = &removed_mark};
        m->n--;
    }
    return value;
}

void *map_next(const struct map *m, size_t *pos)
{
    while (*pos < m->size) {
        void *value = m->entries[(*pos)++].value;
        if (value && value != &removed_mark)
            return value;
    }
    return NULL;
}
