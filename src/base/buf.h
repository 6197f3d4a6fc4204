/* SPDX-License-Identifier: ISC
 *
 * Bytes that grow up to a maximum named at creation. It fails stickily: append freely, then check
 * buf_failed once. After a failure nothing more is appended and the content is not to be used.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct buf {
    unsigned char *at; /* heap; NULL while empty */
    size_t n;          /* bytes held */
    size_t size;       /* bytes allocated */
    size_t max;        /* never holds more than this */
    bool failed;
};

#define BUF(maximum) ((struct buf){.max = (maximum)})

void buf_done(struct buf *b);  /* free; afterwards empty, with the same maximum */
void buf_wipe(struct buf *b);  /* overwrite all that was allocated, then buf_done */
void buf_clear(struct buf *b); /* hold nothing, keep the memory, forget a failure */

void buf_add(struct buf *b, const void *at, size_t n);
void buf_add_text(struct buf *b, struct text t);
void buf_add_cstr(struct buf *b, const char *cstr);
void buf_add_u32(struct buf *b, uint32_t value); /* little endian */
void buf_add_u64(struct buf *b, uint64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make room for n more bytes and return where they go, NULL after a failure; then buf_grown. */
unsigned char *buf_room(struct buf *b, size_t n);
void buf_grown(struct buf *b, size_t n);

/* Drop the first n bytes. */
void buf_drop(struct buf *b, size_t n);

/* Put a NUL behind the content (not counted in n) and return it; "" after a failure. */
const char *buf_cstr(struct buf *b);

/* Inline: writers of JSON and HTML add most of their bytes singly. */
static inline void buf_add_byte(struct buf *b, unsigned char byte)
{
    if (!b->failed && b->n < b->max && b->n + 1 < b->size)
        b->at[b->n++] = byte;
    else
        buf_add(b, &byte, 1);
}

static inline bool buf_failed(const struct buf *b)
{
    return b->failed;
}

static inline struct text buf_text(const struct buf *b)
{
    return (struct text){(const char *)b->at, b->n};
}

#endif
