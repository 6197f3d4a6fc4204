/* SPDX-License-Identifier: ISC
 *
 * Two bytes select a chain of needles that begin with them; nearly every place in nearly all data selects
 * the empty one, so that a pass costs one look-up per byte.
 */
#include "base/needle.h"

#include <stdlib.h>

#include "base/status.h"

enum { STARTS = 1 << 16 };

struct needles {
    const struct text *texts; /* borrowed */
    size_t longest;
    uint16_t first[STARTS];     /* 1 + the first needle of a chain; 0: none */
    uint16_t next[NEEDLES_MAX]; /* likewise */
};

static size_t start_of(const char *at)
{
    return (size_t)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

struct needles *needles_new(const struct text *texts, size_t n)
{
    struct needles *needles = calloc(1, sizeof *needles);
    ENSURE(needles && n <= NEEDLES_MAX);
    needles->texts = texts;
    for (size_t i = n; i-- > 0;) {
        ENSURE(texts[i].n >= NEEDLE_MIN && texts[i].n <= NEEDLE_MAX);
        uint16_t *first = &needles->first[start_of(texts[i].at)];
        needles->next[i] = *first;
        *first = (uint16_t)(i + 1);
        if (texts[i].n > needles->longest)
            needles->longest = texts[i].n;
    }
    return needles;
}

void needles_free(struct needles *needles)
{
    free(needles);
}

size_t needles_longest(const struct needles *needles)
{
    return needles->longest;
}

static bool stands_at(struct text needle, struct text block, size_t at)
{
    return needle.n <= block.n - at && memcmp(block.at + at, needle.at, needle.n) == 0;
}

bool needles_next(const struct needles *needles, struct text block, struct needle_walk *walk)
{
    size_t at = walk->at, chain = walk->chain;
    if (!walk->has_begun && block.n >= NEEDLE_MIN)
        chain = needles->first[start_of(block.at)];
    while (at + NEEDLE_MIN <= block.n) {
        for (; chain; chain = needles->next[chain - 1])
            if (stands_at(needles->texts[chain - 1], block, at)) {
                *walk = (struct needle_walk){at, chain - 1, needles->next[chain - 1], true};
                return true;
            }
        if (++at + NEEDLE_MIN <= block.n)
            chain = needles->first[start_of(block.at + at)];
    }
    return false;
}
