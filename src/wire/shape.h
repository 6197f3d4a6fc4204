/* SPDX-License-Identifier: ISC
 *
 * The shape of a value: a table of its fields that the codec walks. A value is declared once, as a macro
 * that lists its fields, F(KIND, name, maximum, of):
 *
 *     FLAG     bool                     -
 *     CODE     enum of                  values are below maximum
 *     I64      int64_t                  -
 *     INSTANT  struct instant           -
 *     TEXT     struct text              at most maximum bytes of clean UTF-8 (text_is_clean)
 *     BYTES    struct text              at most maximum bytes of anything
 *     SECRET   struct secret            at most maximum bytes; wiped by wire_wipe
 *     ONE      struct of                -
 *     LIST     struct of *, size_t n_   at most maximum items
 *
 * SHAPE_STRUCT declares the struct and its table, which messages.c defines.
 */
#ifndef WIRE_SHAPE_H
#define WIRE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/secret.h"
#include "base/text.h"

enum field_kind {
    FIELD_FLAG,
    FIELD_CODE,
    FIELD_I64,
    FIELD_INSTANT,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_SECRET,
    FIELD_ONE,
    FIELD_LIST,
};

/* A shape is asked for by a function: only inside one can a table name its own struct. */
struct shape;
typedef const struct shape *shape_table(void);

struct field {
    enum field_kind kind;
    const char *name;
    size_t offset;       /* of the value in its struct */
    size_t count_offset; /* LIST: of n_name */
    size_t max;
    shape_table *of; /* ONE, LIST */
};

struct shape {
    const char *name;
    size_t size; /* of the struct */
    const struct field *fields;
    size_t n_fields;
};

#define SHAPE_FLAG(name, of) bool name;
#define SHAPE_CODE(name, of) enum of name;
#define SHAPE_I64(name, of) int64_t name;
#define SHAPE_INSTANT(name, of) struct instant name;
#define SHAPE_TEXT(name, of) struct text name;
#define SHAPE_BYTES(name, of) struct text name;
#define SHAPE_SECRET(name, of) struct secret name;
#define SHAPE_ONE(name, of) struct of name;
#define SHAPE_LIST(name, of)                                                                   \
    struct of *name;                                                                           \
    size_t n_##name;
#define SHAPE_MEMBER(kind, name, max, of) SHAPE_##kind(name, of)

#define SHAPE_STRUCT(type, FIELDS)                                                             \
    struct type {                                                                              \
        FIELDS(SHAPE_MEMBER)                                                                   \
    };                                                                                         \
    shape_table type##_shape;

#endif
