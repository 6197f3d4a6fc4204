/* SPDX-License-Identifier: ISC
 *
 * All keys that an account has at one time. The newest one seals what is written; older ones open what they
 * sealed until the walk (store/walk.h) has sealed it anew, and are destroyed then. A set never changes: a
 * rotation makes another one.
 *
 * Whether a value may stand plain is a property of a key, authenticated where it is wrapped, so that nobody who
 * can only write into the database can make an account accept plain values:
 *
 *     1 | ...            sealed (crypt/seal.h)
 *     0 | clear n        plain
 */
#ifndef CRYPT_KEYS_H
#define CRYPT_KEYS_H

#include "crypt/seal.h"
#include "hash/hash.h"

enum {
    ACCOUNT_KEYS_MAX = 8, /* data keys of one account at one time */
    PLAIN_VERSION = 0,    /* the first byte of a plain value */
};

/* What a key of an account is for. The numbers stand in the database. */
enum key_purpose {
    KEY_SEALS,        /* a data key: everything is sealed */
    KEY_ALLOWS_PLAIN, /* a data key: what follows the account's policy is plain */
    KEY_LOOKS_UP,     /* makes look-up hashes; no rotation changes it */
    KEY_PURPOSE_COUNT
};

struct data_key {
    int64_t row; /* its number in the database; a greater one is newer */
    enum key_purpose purpose;
    struct seal_key seal;
};

struct account_keys {
    int64_t account;
    unsigned n;                             /* at least one */
    struct data_key keys[ACCOUNT_KEYS_MAX]; /* the newest first */
    unsigned char lookup[KEY_BYTES];
};

/* Is what follows the account's policy written plain? */
static inline bool keys_write_plain(const struct account_keys *keys)
{
    return keys->keys[0].purpose == KEY_ALLOWS_PLAIN;
}

/* May a value that follows the policy still stand plain: one of the keys allows it? */
bool keys_accept_plain(const struct account_keys *keys);

/* Is the value plain? A sealed one begins with another byte. */
static inline bool value_is_plain(struct text value)
{
    return value.n > 0 && value.at[0] == PLAIN_VERSION;
}

/* Find the data key that a sealed value names. NULL: it is none of these. */
const struct data_key *keys_find(const struct account_keys *keys, struct text value);

/* Append a value as a plain one. ERR_FULL where out is full. */
enum status keys_plain(struct buf *out, struct text clear) MUST_CHECK;

/* Append the clear form of a plain value that follows the policy. ERR_SEAL where no key allows it. */
enum status keys_open_plain(struct buf *out, const struct account_keys *keys,
                            struct text value) MUST_CHECK;

/* Hash a value that is looked up but must not be readable: an e-mail address, an idempotency
 * key. The domain, a short constant, keeps the hashes of different columns apart. */
struct hash keys_lookup(const struct account_keys *keys, const char *domain, struct text value);

#endif
