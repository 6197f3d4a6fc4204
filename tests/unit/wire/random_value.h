/* SPDX-License-Identifier: ISC
 *
 * Values of any shape with random content, and their comparison, both by the shape's own table. Repeatable:
 * the numbers come from a seed.
 */
#ifndef UNIT_RANDOM_VALUE_H
#define UNIT_RANDOM_VALUE_H

#include "base/arena.h"
#include "wire/shape.h"

enum { RANDOM_TEXT = 40, RANDOM_ITEMS = 3 }; /* at most, where the maximum is not lower */

struct random {
    uint64_t state; /* not 0 */
};

/* xorshift64* */
static inline uint64_t random_next(struct random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(2685821657736338717);
}

static inline size_t random_below(struct random *r, size_t limit)
{
    return limit ? (size_t)(random_next(r) % limit) : 0;
}

/* Mostly short, sometimes exactly the maximum. */
static inline size_t random_length(struct random *r, size_t max)
{
    if (random_below(r, 16) == 0 && max <= 5000)
        return max;
    return random_below(r, (max < RANDOM_TEXT ? max : RANDOM_TEXT) + 1);
}

static inline struct text random_text(struct random *r, struct arena *a, size_t max)
{
    static const char *const pieces[] = {
        "a", "Z", " ", "\n", "\t", "\"", "\\", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    size_t n = random_length(r, max), at = 0;
    char *text = arena_alloc(a, n + 1);
    while (at < n) {
        const char *piece = pieces[random_below(r, sizeof pieces / sizeof *pieces)];
        if (strlen(piece) > n - at)
            piece = "x";
        memcpy(text + at, piece, strlen(piece));
        at += strlen(piece);
    }
    return (struct text){text, n};
}

static inline struct text random_raw(struct random *r, struct arena *a, size_t max)
{
    size_t n = random_length(r, max);
    char *raw = arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++)
        raw[i] = (char)random_next(r);
    return (struct text){raw, n};
}

/* Fill a zeroed value. */
static inline void random_value(struct random *r, struct arena *a, const struct shape *shape,
                                char *value)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        char *at = value + field->offset;
        struct text raw;
        switch (field->kind) {
        case FIELD_FLAG:
            *(bool *)at = random_below(r, 2) == 1;
            break;
        case FIELD_CODE:
            *(unsigned *)at = (unsigned)random_below(r, field->max);
            break;
        case FIELD_I64:
        case FIELD_INSTANT:
            *(int64_t *)at = (int64_t)random_next(r);
            break;
        case FIELD_TEXT:
            *(struct text *)at = random_text(r, a, field->max);
            break;
        case FIELD_BYTES:
            *(struct text *)at = random_raw(r, a, field->max);
            break;
        case FIELD_SECRET:
            raw = random_raw(r, a, field->max);
            *(struct secret *)at = raw.n ? secret_new(raw.at, raw.n) : (struct secret){0};
            break;
        case FIELD_ONE:
            random_value(r, a, field->of(), at);
            break;
        case FIELD_LIST: {
            size_t n =
                random_below(r, (field->max < RANDOM_ITEMS ? field->max : RANDOM_ITEMS) + 1);
            char *items = arena_array(a, n, field->of()->size);
            *(char **)at = items;
            *(size_t *)(value + field->count_offset) = n;
            for (size_t k = 0; k < n; k++)
                random_value(r, a, field->of(), items + k * field->of()->size);
            break;
        }
        }
    }
}

static inline bool same_value(const struct shape *shape, const char *one, const char *other)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        const void *a = one + field->offset, *b = other + field->offset;
        bool same = true;
        switch (field->kind) {
        case FIELD_FLAG:
            same = *(const bool *)a == *(const bool *)b;
            break;
        case FIELD_CODE:
            same = *(const unsigned *)a == *(const unsigned *)b;
            break;
        case FIELD_I64:
        case FIELD_INSTANT:
            same = *(const int64_t *)a == *(const int64_t *)b;
            break;
        case FIELD_TEXT:
        case FIELD_BYTES:
            same = text_equal(*(const struct text *)a, *(const struct text *)b);
            break;
        case FIELD_SECRET:
            same = secret_equal(a, b);
            break;
        case FIELD_ONE:
            same = same_value(field->of(), a, b);
            break;
        case FIELD_LIST: {
            size_t n = *(const size_t *)(one + field->count_offset);
            size_t size = field->of()->size;
            same = n == *(const size_t *)(other + field->count_offset);
            for (size_t k = 0; same && k < n; k++)
                same = same_value(field->of(), *(char *const *)a + k * size,
                                  *(char *const *)b + k * size);
            break;
        }
        }
        if (!same)
            return false;
    }
    return true;
}

#endif
