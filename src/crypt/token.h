/* SPDX-License-Identifier: ISC
 *
 * Bearer tokens, such as the customer's private link: 256 random bits behind the number of the
 * row they open, as base64url. The row is found by its number and keeps only the SHA-256 of the
 * token, so that a copied database opens nothing and no index over secrets is walked.
 */
#ifndef CRYPT_TOKEN_H
#define CRYPT_TOKEN_H

#include "base/secret.h"
#include "base/status.h"
#include "hash/hash.h"

enum { TOKEN_TEXT = 54 }; /* characters: 8 bytes of row, 32 random ones; fits MAX_TOKEN */

/* Draw a token for a row. */
struct secret token_new(int64_t row);

/* Hash a token as it is stored. */
struct hash token_hash(const struct secret *token);

/* Read from a token which row it claims to open; whether it does, its hash decides.
 * Fails   ERR_NOT_FOUND where it cannot be a token of ours */
enum status token_row(const struct secret *token, int64_t *ret_row) MUST_CHECK;

#endif
