/* SPDX-License-Identifier: ISC
 *
 * The body of a request, read strictly into a struct by a table of its members: an unknown member, one twice,
 * one of another kind or beyond its bounds is refused, and told by its place. What comes out is made anew;
 * no byte is passed on as it came.
 */
#ifndef EDGE_BODY_H
#define EDGE_BODY_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"

enum body_kind {
    BODY_TEXT,   /* struct text: at most `most` clean bytes */
    BODY_SECRET, /* struct secret: 1 to `most` bytes; the reader's to free */
    BODY_BASE64, /* struct text: at most `most` bytes, as base64; exactly, where least is that */
    BODY_I64,    /* int64_t: least to most */
    BODY_FLAG,   /* bool */
    BODY_WORD,   /* an enum: one of words */
    BODY_WORDS,  /* int64_t: bit set of a list of words */
    BODY_DATE,   /* int64_t: days since 1970-01-01 */
    BODY_CLOCK,  /* int64_t: minutes since midnight; "24:00" is the end of the day */
    BODY_ONE,    /* struct of */
    BODY_LIST, /* struct of *, size_t n: at most `most`; of bare values where `of` has one nameless field */
};

struct body_shape;

struct body_field {
    const char *name;
    enum body_kind kind;
    bool is_required;
    size_t offset;
    size_t count_offset; /* BODY_LIST */
    int64_t least, most;
    const char *const *words; /* BODY_WORD, BODY_WORDS: `most` of them, by value */
    const struct body_shape *of;
};

struct body_shape {
    size_t size; /* of the struct */
    const struct body_field *fields;
    size_t n_fields;
};

#define BODY_SHAPE(type, list)                                                                 \
    {                                                                                          \
        sizeof(type), list, sizeof list / sizeof *list                                         \
    }

enum { BODY_PROBLEM_MAX = 256 };

/* Read a body over what *value holds already, which are the defaults; an empty body is an empty object.
 *
 * Owner   texts and lists live in a; secrets are heap
 * Fails   ERR_INVALID, and ret_problem says where and what, never what stood there
 */
enum status body_read(struct arena *a, const struct body_shape *shape, struct text json,
                      void *value, char ret_problem[static BODY_PROBLEM_MAX]) MUST_CHECK;

#endif
