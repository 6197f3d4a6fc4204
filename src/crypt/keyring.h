/* SPDX-License-Identifier: ISC
 *
 * The keys of the vault. The master key wraps each account's keys: data keys, from each of which a sealing key
 * is derived, and one that makes look-up hashes. Nothing here touches a file or a database: the store keeps the
 * wrapped keys. The formats are in doc/crypto.md.
 *
 * A keyring may be used by all threads at once. A set of keys that it gave out stays where it is at least
 * KEYRING_GRACE_MS after another took its place; nobody keeps one from one call of the store to the next.
 */
#ifndef CRYPT_KEYRING_H
#define CRYPT_KEYRING_H

#include "base/secret.h"
#include "crypt/keys.h"

enum { KEYRING_GRACE_MS = 600 * 1000 }; /* longer than any call of the store */

struct keyring;

/* Start a keyring with a master key of MASTER_KEY_BYTES, which is copied. */
struct keyring *keyring_new(const struct secret *master_key);

/* Wipe and free all keys; accepts NULL. */
void keyring_free(struct keyring *ring);

/* Name the master key, so that a database can tell that it was made with another one. */
struct key_id keyring_id(struct keyring *ring);

/* ---- wrapping ---- */

/* A key as the database has it. */
struct wrapped_key {
    int64_t row;
    enum key_purpose purpose;
    struct text wrapped;
};

/* Draw a key of an account and append it, wrapped, to ret_wrapped. */
enum status keyring_wrap_new(struct keyring *ring, int64_t account, enum key_purpose purpose,
                             struct buf *ret_wrapped) MUST_CHECK;

/* Wrap an account's look-up key by itself: where it was derived from its first data key so far. */
enum status keyring_wrap_lookup(struct keyring *ring, const struct account_keys *keys,
                                struct buf *ret_wrapped) MUST_CHECK;

/* The place in which a key of an account is wrapped. */
struct seal_place keyring_place(int64_t account, enum key_purpose purpose);

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

/* Derive the key that seals what belongs to the installation from its settings key. */
struct seal_key keyring_settings_seal(const unsigned char settings_key[KEY_BYTES]);

/* Wrap by another ring's master key what this one's wraps. ERR_SEAL where it does not. */
enum status keyring_rewrap(struct keyring *ring, struct keyring *next, struct seal_place place,
                           struct text wrapped, struct buf *ret_wrapped) MUST_CHECK;

/* Exchange the master keys of two rings: what is wrapped from now on is wrapped by the other one. */
void keyring_swap(struct keyring *ring, struct keyring *other);

/* ---- the accounts' keys ---- */

/* Return an account's keys, NULL where they are not here. */
const struct account_keys *keyring_find(struct keyring *ring, int64_t account);

/* Unwrap an account's keys, all that the database has: n of them, the newest first, the look-up key anywhere.
 * They take the place of older ones of the account; `replaces`: of any.
 *
 * Fails   ERR_SEAL where one was not wrapped by this master key for this account and purpose, or there is no
 *         data key; ERR_LIMIT above ACCOUNT_KEYS_MAX data keys
 */
enum status keyring_take(struct keyring *ring, int64_t account,
                         const struct wrapped_key *wrapped, size_t n, bool replaces,
                         const struct account_keys **ret_keys) MUST_CHECK;

/* Forget an account's keys. They are wiped KEYRING_GRACE_MS later. */
void keyring_forget(struct keyring *ring, int64_t account);

/* Overwrite an account's keys at once with what nobody knows, and forget them: whoever still holds them seals from now
 * on what nobody can open. */
void keyring_destroy(struct keyring *ring, int64_t account);

/* Forget all of them: what the database told of them does not stand. */
void keyring_forget_all(struct keyring *ring);

/* Wipe what was replaced or forgotten long enough before now_ms, of clock_ms. */
void keyring_tidy(struct keyring *ring, int64_t now_ms);

#endif
