/* SPDX-License-Identifier: ISC
 *
 * A chain of chunks, newest first. Each chunk doubles up to CHUNK_MAX; a larger request gets a chunk
 * of its own size.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/status.h"

enum { CHUNK_MIN = 2048, CHUNK_MAX = 256 * 1024 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

static void free_chunks(struct arena *a, bool wipe)
{
    while (a->newest) {
        struct arena_chunk *chunk = a->newest;
        a->newest = chunk->older;
        if (wipe)
            wipe_bytes(chunk->data, chunk->used);
        free(chunk);
    }
    a->used = 0;
}

void arena_done(struct arena *a)
{
    free_chunks(a, false);
}

void arena_wipe(struct arena *a)
{
    free_chunks(a, true);
}

static struct arena_chunk *add_chunk(struct arena *a, size_t need)
{
    size_t size = a->newest ? a->newest->size * 2 : CHUNK_MIN;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < need)
        size = need;
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    ENSURE(chunk);
    *chunk = (struct arena_chunk){.older = a->newest, .size = size};
    a->newest = chunk;
    return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
    ENSURE(size <= SIZE_MAX / 4);
    size_t step = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_chunk *chunk = a->newest;
    if (!chunk || chunk->size - chunk->used < step)
        chunk = add_chunk(a, step);
    void *at = chunk->data + chunk->used;
    chunk->used += step;
    a->used += step;
    return memset(at, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total;
    ENSURE(!__builtin_mul_overflow(count, size, &total));
    return arena_alloc(a, total);
}

struct text arena_text(struct arena *a, struct text source)
{
    return (struct text){arena_cstr(a, source), source.n};
}

char *arena_cstr(struct arena *a, struct text source)
{
    char *copy = arena_alloc(a, source.n + 1);
    if (source.n)
        memcpy(copy, source.at, source.n);
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ENSURE(n >= 0);
    char *at = arena_alloc(a, (size_t)n + 1);
    vsnprintf(at, (size_t)n + 1, format, again);
    va_end(again);
    return at;
}
