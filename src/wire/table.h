/* SPDX-License-Identifier: ISC
 *
 * A list of fields (shape.h) seen as data for the codec: what SHAPE_STRUCT has declared, SHAPE_TABLE defines. For the
 * .c files that define tables, and only them.
 */
#ifndef WIRE_TABLE_H
#define WIRE_TABLE_H

#include "wire/shape.h"

#define ROW_PLAIN(field_kind, field, maximum)                                                  \
    {.kind = field_kind, .name = #field, .offset = offsetof(self, field), .max = maximum},
#define ROW_FLAG(field, maximum, shape) ROW_PLAIN(FIELD_FLAG, field, maximum)
#define ROW_CODE(field, maximum, shape) ROW_PLAIN(FIELD_CODE, field, maximum)
#define ROW_I64(field, maximum, shape) ROW_PLAIN(FIELD_I64, field, maximum)
#define ROW_INSTANT(field, maximum, shape) ROW_PLAIN(FIELD_INSTANT, field, maximum)
#define ROW_TEXT(field, maximum, shape) ROW_PLAIN(FIELD_TEXT, field, maximum)
#define ROW_BYTES(field, maximum, shape) ROW_PLAIN(FIELD_BYTES, field, maximum)
#define ROW_SECRET(field, maximum, shape) ROW_PLAIN(FIELD_SECRET, field, maximum)
#define ROW_ONE(field, maximum, shape)                                                         \
    {.kind = FIELD_ONE, .name = #field, .offset = offsetof(self, field), .of = shape##_shape},
#define ROW_LIST(field, maximum, shape)                                                        \
    {.kind = FIELD_LIST,                                                                       \
     .name = #field,                                                                           \
     .offset = offsetof(self, field),                                                          \
     .count_offset = offsetof(self, n_##field),                                                \
     .max = maximum,                                                                           \
     .of = shape##_shape},
#define ROW(field_kind, field, maximum, shape) ROW_##field_kind(field, maximum, shape)

#define SHAPE_TABLE(type, FIELDS)                                                              \
    const struct shape *type##_shape(void)                                                     \
    {                                                                                          \
        typedef struct type self;                                                              \
        static const struct field fields[] = {FIELDS(ROW)};                                    \
        static const struct shape shape = {#type, sizeof(self), fields,                        \
                                           sizeof fields / sizeof *fields};                    \
        return &shape;                                                                         \
    }

#endif
