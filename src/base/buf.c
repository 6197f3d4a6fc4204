/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "base/status.h"

void buf_done(struct buf *b)
{
    free(b->at);
    *b = BUF(b->max);
}

void buf_wipe(struct buf *b)
{
    if (b->at)
        wipe_bytes(b->at, b->size);
    buf_done(b);
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

unsigned char *buf_room(struct buf *b, size_t n)
{
    if (b->failed || n > b->max || b->n > b->max - n) {
        b->failed = true;
        return NULL;
    }
    size_t need = b->n + n + 1; /* one more for the NUL of buf_cstr */
    if (need > b->size) {
        size_t size = b->size ? b->size : 64;
        while (size < need)
            size *= 2;
        /* not realloc: an old copy left behind could hold a secret */
        unsigned char *grown = malloc(size);
        ENSURE(grown);
        if (b->n)
            memcpy(grown, b->at, b->n);
        if (b->at)
            wipe_bytes(b->at, b->n);
        free(b->at);
        b->at = grown;
        b->size = size;
    }
    return b->at + b->n;
}

void buf_grown(struct buf *b, size_t n)
{
    ENSURE(b->n + n < b->size);
    b->n += n;
}

void buf_add(struct buf *b, const void *at, size_t n)
{
    unsigned char *to = buf_room(b, n);
    if (!to || !n)
        return;
    memcpy(to, at, n);
    b->n += n;
}

void buf_add_text(struct buf *b, struct text t)
{
    buf_add(b, t.at, t.n);
}

void buf_add_cstr(struct buf *b, const char *cstr)
{
    buf_add(b, cstr, strlen(cstr));
}

void buf_add_u32(struct buf *b, uint32_t value)
{
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    buf_add(b, bytes, sizeof bytes);
}

void buf_add_u64(struct buf *b, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    buf_add(b, bytes, sizeof bytes);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ENSURE(n >= 0);
    unsigned char *to = buf_room(b, (size_t)n);
    if (to) {
        vsnprintf((char *)to, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_drop(struct buf *b, size_t n)
{
    ENSURE(n <= b->n);
    if (n && b->n > n)
        memmove(b->at, b->at + n, b->n - n);
    b->n -= n;
}

const char *buf_cstr(struct buf *b)
{
    if (!buf_room(b, 0))
        return "";
    b->at[b->n] = 0;
    return (const char *)b->at;
}
