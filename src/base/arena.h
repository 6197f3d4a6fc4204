/* SPDX-License-Identifier: ISC
 *
 * Memory with one lifetime: a request, a job, an answer. Allocate freely, free everything at once.
 * An arena takes no lock and belongs to one thread at a time. Out of memory aborts; what a stranger
 * may make us allocate is limited before it gets here.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/text.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *newest; /* NULL until the first allocation */
    size_t used;                /* bytes handed out, for limits and tests */
};

/* An empty arena is {0}. Free all of it; afterwards it is empty and may be used again. */
void arena_done(struct arena *a);

/* Free all of it, overwriting every byte first: for arenas that held event or customer details. */
void arena_wipe(struct arena *a);

/* Return size bytes of zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));

/* Return zeroed memory for count items; aborts where count * size overflows. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((alloc_size(2, 3)));

/* Copy a text into a, with a NUL behind it. */
struct text arena_text(struct arena *a, struct text source);
char *arena_cstr(struct arena *a, struct text source);

/* Format into a. */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array((a), (count), sizeof(type)))

#endif
