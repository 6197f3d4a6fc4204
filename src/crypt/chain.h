/* SPDX-License-Identifier: ISC
 *
 * One step of a chain. A row's hash covers the row as it stands in the database, its ciphertext included, and the hash
 * of the row before; its code is the hash signed with the chain's key. So a chain stays whole when the key of some
 * ciphertext is destroyed; whoever changes the database cannot make a row fit without the chain's key; and whoever
 * has a later row's hash from elsewhere verifies all before it without any key. The bytes are in doc/crypto.md.
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

/* Return the hash of a row behind the one with the hash `previous`; all zero before the first. */
struct hash chain_hash(const struct hash *previous, const struct chain_row *row);

/* Sign a row's hash. */
struct hash chain_code(const unsigned char key[KEY_BYTES], const struct hash *hash);

#endif
