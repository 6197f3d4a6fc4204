/* SPDX-License-Identifier: ISC
 *
 * SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Nothing is kept: a key is used and
 * forgotten. Any thread may call; contexts are made once per thread.
 */
#ifndef HASH_HASH_H
#define HASH_HASH_H

#include "base/text.h"

enum { HASH_BYTES = 32 };

struct hash {
    unsigned char at[HASH_BYTES];
};

struct hash sha256(struct text bytes);
struct hash hmac_sha256(struct text key, struct text bytes);

/* Compare in constant time: for hashes that prove something. */
bool hash_equal(const struct hash *one, const struct hash *other);

static inline struct text hash_text(const struct hash *hash)
{
    return (struct text){(const char *)hash->at, HASH_BYTES};
}

#endif
