/* SPDX-License-Identifier: ISC
 *
 * How an API token is written: hg_, 54 characters that open something (crypt/token.h), and six that say
 * whether those were copied whole. Anyone may check the six: they prove nothing.
 */
#ifndef WIRE_BEARER_H
#define WIRE_BEARER_H

#include "base/secret.h"
#include "base/text.h"

enum { BEARER_INNER = 54, BEARER_CHECK = 6, BEARER_TEXT = 3 + BEARER_INNER + BEARER_CHECK };

/* Write a token around what opens. */
struct secret bearer_format(const struct secret *inner);

/* Was it copied whole? Then *ret_inner borrows from it. */
bool bearer_parse(struct text bearer, struct text *ret_inner);

#endif
