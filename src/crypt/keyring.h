/* SPDX-License-Identifier: ISC
 *
 * The keys of the vault. The master key wraps one data key per account; from each data key two
 * keys are derived, one that seals and one that makes look-up hashes. Nothing here touches a
 * file or a database: the store keeps the wrapped keys. The formats are in doc/crypto.md.
 *
 * A keyring may be used by all threads at once. Data keys stay where they are until
 * keyring_free.
 */
#ifndef CRYPT_KEYRING_H
#define CRYPT_KEYRING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"
#include "hash/hash.h"

enum {
    KEY_BYTES = 32,
    KEY_ID_BYTES = 8,
};

/* Names a key without telling anything of it: the first bytes of an HMAC under the key itself.
 */
struct key_id {
    unsigned char at[KEY_ID_BYTES];
};

struct seal_key {
    struct key_id id;
    unsigned char key[KEY_BYTES];
};

struct data_key {
    struct seal_key seal;            /* seals this account's columns (crypt/seal.h) */
    unsigned char lookup[KEY_BYTES]; /* makes this account's look-up hashes */
};

struct keyring;

/* Start a keyring with a master key of MASTER_KEY_BYTES, which is copied. */
struct keyring *keyring_new(const struct secret *master_key);

/* Wipe and free all keys; accepts NULL. */
void keyring_free(struct keyring *ring);

/* Name the master key, so that a database can tell that it was made with another one. */
struct key_id keyring_id(const struct keyring *ring);

/* Draw a data key for an account and append it, wrapped, to ret_wrapped. */
enum status keyring_wrap_new(struct keyring *ring, int64_t account,
                             struct buf *ret_wrapped) MUST_CHECK;

/* Unwrap an account's data key and remember it. Unwrapping again gives the remembered one.
 * Fails   ERR_SEAL where it was not wrapped by this master key for this account */
enum status keyring_unwrap(struct keyring *ring, int64_t account, struct text wrapped,
                           const struct data_key **ret_key) MUST_CHECK;

/* Return an account's data key, NULL where it has not been unwrapped yet. */
const struct data_key *keyring_find(struct keyring *ring, int64_t account);

struct seal_place;

/* Draw a key that stands in a place of its own, and append it, wrapped, to ret_wrapped: an account's audit key, the
 * key of a node's chain (store/trail.h). The keyring does not remember those. Wrapping them by another master key
 * is all that ever happens to them until they are destroyed. */
enum status keyring_draw(struct keyring *ring, struct seal_place place,
                         unsigned char ret_key[KEY_BYTES], struct buf *ret_wrapped) MUST_CHECK;

/* Unwrap one. ERR_SEAL where it was not wrapped by this master key for this place. */
enum status keyring_open(struct keyring *ring, struct seal_place place, struct text wrapped,
                         unsigned char ret_key[KEY_BYTES]) MUST_CHECK;

/* Derive the key that seals an account's audit rows from its audit key. */
struct seal_key keyring_audit_seal(const unsigned char audit_key[KEY_BYTES]);

/* Hash a value that is looked up but must not be readable: an e-mail address, an idempotency
 * key. The domain, a short constant, keeps the hashes of different columns apart. */
struct hash keyring_lookup(const struct data_key *key, const char *domain, struct text value);

#endif
