/* SPDX-License-Identifier: ISC
 *
 * Between UTF-8, which we speak, and UTF-16, which Windows speaks.
 */
#ifndef CONNECTOR_WINDOWS_WIDE_H
#define CONNECTOR_WINDOWS_WIDE_H

#include <wchar.h>

#include "base/arena.h"

/* Both live in a; what is not well-formed becomes the replacement character. */
wchar_t *wide_from(struct arena *a, struct text utf8);
struct text wide_to(struct arena *a, const wchar_t *wide); /* NULL: the empty text */

/* What Windows says of an error of its own, without its number's meaning lost where it has no words. */
const char *wide_error(struct arena *a, unsigned long code);

#endif
