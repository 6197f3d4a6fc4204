/* SPDX-License-Identifier: ISC
 *
 * Seal a value into one place of the database with AES-256-GCM. The place (table, row, column)
 * is authenticated with it, so that a blob that was moved, changed or made with another key is
 * refused.
 *
 *     version 1 | key id 8 | nonce 12 | ciphertext n | tag 16        (bytes; doc/crypto.md)
 *
 * Any thread may call; each keeps its own cipher contexts and a block of random nonces.
 */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    KEY_BYTES = 32,
    KEY_ID_BYTES = 8,
    KEY_ID_TEXT = 2 * KEY_ID_BYTES + 1, /* as people read it, with a NUL */
    SEAL_VERSION = 1,
    SEAL_EXTRA = 1 + KEY_ID_BYTES + 12 + 16, /* bytes that sealing adds */
    SEAL_NAME_MAX = 40,                      /* of a table, of a column */
};

/* Names a key without telling anything of it: the first bytes of an HMAC under the key itself.
 */
struct key_id {
    unsigned char at[KEY_ID_BYTES];
};

/* Write an id as 16 hexadecimal digits; returns ret_text. */
const char *key_id_format(const struct key_id *id, char ret_text[KEY_ID_TEXT]);

struct seal_key {
    struct key_id id;
    unsigned char key[KEY_BYTES];
};

struct seal_place {
    const char *table;
    const char *column;
    int64_t row;
};

/* Append the sealed form of clear to out. ERR_FULL where out is full, then out is as before. */
enum status seal(struct buf *out, const struct seal_key *key, struct seal_place place,
                 struct text clear) MUST_CHECK;

/* Read which key a blob says it was sealed with. False: it is no sealed value at all. */
bool seal_key_id(struct text blob, struct key_id *ret_id);

/* Append the clear form of a blob to out. ERR_SEAL: not authentic in this place under this key;
 * out is then as before. */
enum status unseal(struct buf *out, const struct seal_key *key, struct seal_place place,
                   struct text blob) MUST_CHECK;

/* The same, into an arena. */
enum status unseal_text(struct arena *a, const struct seal_key *key, struct seal_place place,
                        struct text blob, struct text *ret_clear) MUST_CHECK;

#endif
