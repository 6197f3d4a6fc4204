/* SPDX-License-Identifier: ISC
 *
 * Look for many short texts at once in much data: what scans look for. One pass whatever their number, so
 * that a program's memory or a database is read once.
 */
#ifndef BASE_NEEDLE_H
#define BASE_NEEDLE_H

#include "base/text.h"

enum {
    NEEDLE_MIN = 2,     /* bytes of a needle */
    NEEDLE_MAX = 2048,  /* of the longest */
    NEEDLES_MAX = 1024, /* at once */
};

struct needles;

/* Prepare n texts, borrowed until needles_free; each NEEDLE_MIN to NEEDLE_MAX bytes. */
struct needles *needles_new(const struct text *texts, size_t n);
void needles_free(struct needles *needles); /* accepts NULL */

/* The length of the longest: what to carry over from block to block is one byte less. */
size_t needles_longest(const struct needles *needles);

/* Where a walk through a block stands; {0} begins. */
struct needle_walk {
    size_t at;    /* of the match, once there is one */
    size_t which; /* of the texts */
    size_t chain; /* private: what is left to be compared there */
    bool has_begun;
};

/* Find the next match; matches may overlap. False at the end. */
bool needles_next(const struct needles *needles, struct text block, struct needle_walk *walk);

#endif
