/* SPDX-License-Identifier: ISC
 *
 * Values to bytes and back, by their shape. Little endian; no tags, no padding, nothing optional: FLAG is
 * one byte 0 or 1, CODE four, I64 and INSTANT eight, TEXT, BYTES and SECRET four bytes of length and the
 * bytes, ONE its fields, LIST four bytes of count and the items. Both ends come from one build.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "wire/shape.h"

/* Append a value. ERR_INVALID where a field breaks its maximum, a CODE its range or a TEXT its form: a bug
 * or a limit of ours that the caller did not check; out is then as before. ERR_FULL where out is full. */
enum status wire_encode(struct buf *out, shape_table *shape, const void *value) MUST_CHECK;

/* Return the first field that wire_encode refuses, NULL where it refuses none. */
const struct field *wire_unfit(shape_table *shape, const void *value);

/* Decode exactly all of bytes into *ret_value.
 *
 * Owner   texts and lists live in a; secrets are heap: free them with wire_wipe
 * Fails   ERR_INVALID, with nothing to free, on anything that wire_encode would not have written
 */
enum status wire_decode(struct arena *a, shape_table *shape, struct text bytes,
                        void *ret_value) MUST_CHECK;

/* Free every secret in a decoded value and leave it empty. */
void wire_wipe(shape_table *shape, void *value);

/* Return the most bytes that a value of this shape can take. */
size_t wire_max(shape_table *shape);

#endif
