/* SPDX-License-Identifier: ISC
 *
 * Instants as text (RFC 3339), and their range. The type itself is base/instant.h.
 */
#ifndef TIME_INSTANT_H
#define TIME_INSTANT_H

#include "base/instant.h"
#include "base/status.h"
#include "base/text.h"

/* The range of instants that everything in time/ and book/ works with: 0001-01-01T00:00:00Z to
 * 9999-12-31T23:59:59Z. Sums of a few such values and durations cannot overflow. */
#define INSTANT_MIN ((struct instant){-62135596800})
#define INSTANT_MAX ((struct instant){253402300799})

enum { INSTANT_SIZE = 21 }; /* "2026-11-22T09:00:00Z" and its NUL */

/* Return the instant of the range that is nearest to t. */
struct instant instant_clamp(struct instant t);

/* Read an RFC 3339 instant: "2026-11-22T09:00:00Z", or with an offset,
 * "2026-11-22T10:00:00+01:00".
 *
 * A fraction of a second may be written but must be zero: nothing here is finer than a second,
 * and rounding would name another instant than the one that was asked for. T and Z are
 * capitals.
 *
 * Fails   ERR_INVALID on anything else: no such date, second 60, no offset, outside the range
 */
enum status instant_parse(struct text t, struct instant *ret_instant) MUST_CHECK;

/* Write an instant as "2026-11-22T09:00:00Z" with a NUL; one outside the range is clamped
 * first. */
void instant_format(struct instant t, char ret_text[static INSTANT_SIZE]);

#endif
