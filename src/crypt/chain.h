/* SPDX-License-Identifier: ISC
 *
 * One step of an HMAC chain: a row's code covers the row as it stands in the database, its ciphertext included, and
 * the code of the row before. So a chain stays whole when the key of some ciphertext is destroyed, and any row that
 * was changed, removed, added or put elsewhere no longer fits. The bytes are in doc/crypto.md.
 */
#ifndef CRYPT_CHAIN_H
#define CRYPT_CHAIN_H

#include "crypt/keyring.h"

enum { CHAIN_DETAILS_MAX = 1024 };

struct chain_row {
    int64_t id; /* node and place in its chain */
    int64_t at, kind, actor, account, subject, result;
    struct text details; /* as stored; at most CHAIN_DETAILS_MAX */
};

/* Return the code of a row behind the one with the code `previous`; all zero before the first. */
struct hash chain_code(const unsigned char key[KEY_BYTES], const struct hash *previous,
                       const struct chain_row *row);

#endif
