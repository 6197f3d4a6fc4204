/* SPDX-License-Identifier: ISC
 *
 * Two things make sealing quick: nonces are drawn in blocks, one system call for hundreds of
 * them, and a thread's cipher contexts stay keyed from one field to the next, since the fields
 * of a row share a key.
 *
 * Nonces are 96 random bits. Under one data key 2^32 of them are allowed (SP 800-38D, 8.3): an
 * account would have to write 600 million bookings.
 */
#include "crypt/seal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/random.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, HEAD_BYTES = 1 + KEY_ID_BYTES, NONCES = 256 };

/* What a thread keeps. */
struct sealer {
    EVP_CIPHER_CTX *seal, *open;
    unsigned char seal_key[KEY_BYTES], open_key[KEY_BYTES]; /* with which they are keyed */
    bool has_seal_key, has_open_key;
    unsigned nonces_left;
    unsigned char nonces[NONCES][NONCE_BYTES];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t sealer_of_thread;
static EVP_CIPHER *aes_256_gcm;

static void sealer_free(void *at)
{
    struct sealer *s = at;
    EVP_CIPHER_CTX_free(s->seal);
    EVP_CIPHER_CTX_free(s->open);
    wipe_bytes(s, sizeof *s);
    free(s);
}

static void fetch_cipher(void)
{
    aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ENSURE(aes_256_gcm && pthread_key_create(&sealer_of_thread, sealer_free) == 0);
}

static struct sealer *sealer_get(void)
{
    pthread_once(&once, fetch_cipher);
    struct sealer *s = pthread_getspecific(sealer_of_thread);
    if (s)
        return s;
    s = calloc(1, sizeof *s);
    ENSURE(s && (s->seal = EVP_CIPHER_CTX_new()) && (s->open = EVP_CIPHER_CTX_new()));
    ENSURE(pthread_setspecific(sealer_of_thread, s) == 0);
    return s;
}

/* Start one encryption or decryption; the key schedule is made only where the key is another.
 */
static void start(EVP_CIPHER_CTX *ctx, unsigned char held[KEY_BYTES], bool *is_held,
                  const unsigned char key[KEY_BYTES], const unsigned char *nonce, int encrypt)
{
    bool same = *is_held && memcmp(held, key, KEY_BYTES) == 0;
    if (same) {
        ENSURE(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, encrypt));
        return;
    }
    ENSURE(EVP_CipherInit_ex(ctx, aes_256_gcm, NULL, key, nonce, encrypt));
    memcpy(held, key, KEY_BYTES);
    *is_held = true;
}

/* Authenticate where the value stands: table, NUL, column, NUL, row as eight bytes. The cell
 * cannot be mistaken for another, since a name holds no NUL. */
static void add_place(EVP_CIPHER_CTX *ctx, struct seal_place place)
{
    unsigned char bytes[2 * (SEAL_NAME_MAX + 1) + 8];
    size_t n_table = strlen(place.table) + 1, n_column = strlen(place.column) + 1;
    ENSURE(n_table <= SEAL_NAME_MAX + 1 && n_column <= SEAL_NAME_MAX + 1);
    memcpy(bytes, place.table, n_table);
    memcpy(bytes + n_table, place.column, n_column);
    unsigned char *row = bytes + n_table + n_column;
    for (unsigned i = 0; i < 8; i++)
        row[i] = (unsigned char)((uint64_t)place.row >> 8 * i);
    int n = 0;
    ENSURE(EVP_CipherUpdate(ctx, NULL, &n, bytes, (int)(n_table + n_column + 8)));
}

static void draw_nonce(struct sealer *s, unsigned char to[NONCE_BYTES])
{
    if (s->nonces_left == 0) {
        random_bytes(s->nonces, sizeof s->nonces);
        s->nonces_left = NONCES;
    }
    memcpy(to, s->nonces[--s->nonces_left], NONCE_BYTES);
}

enum status seal(struct buf *out, const struct seal_key *key, struct seal_place place,
                 struct text clear)
{
    ENSURE(clear.n <= INT32_MAX);
    struct sealer *s = sealer_get();
    unsigned char *at = buf_room(out, clear.n + SEAL_EXTRA);
    if (!at)
        return ERR_FULL;
    unsigned char *nonce = at + HEAD_BYTES, *body = nonce + NONCE_BYTES;
    at[0] = SEAL_VERSION;
    memcpy(at + 1, key->id.at, KEY_ID_BYTES);
    draw_nonce(s, nonce);
    start(s->seal, s->seal_key, &s->has_seal_key, key->key, nonce, 1);
    add_place(s->seal, place);
    int n = 0, rest = 0;
    if (clear.n)
        ENSURE(EVP_EncryptUpdate(s->seal, body, &n, (const unsigned char *)clear.at,
                                 (int)clear.n));
    ENSURE(EVP_EncryptFinal_ex(s->seal, body + n, &rest) && (size_t)n == clear.n && rest == 0);
    ENSURE(EVP_CIPHER_CTX_ctrl(s->seal, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, body + n) == 1);
    buf_grown(out, clear.n + SEAL_EXTRA);
    return OK;
}

const char *key_id_format(const struct key_id *id, char ret_text[KEY_ID_TEXT])
{
    for (size_t i = 0; i < KEY_ID_BYTES; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", id->at[i]);
    return ret_text;
}

bool seal_key_id(struct text blob, struct key_id *ret_id)
{
    if (blob.n < SEAL_EXTRA || blob.at[0] != SEAL_VERSION)
        return false;
    memcpy(ret_id->at, blob.at + 1, KEY_ID_BYTES);
    return true;
}

/* Open a blob into blob.n - SEAL_EXTRA bytes at to, which hold nothing of it after a failure.
 */
static enum status open_blob(const struct seal_key *key, struct seal_place place,
                             struct text blob, unsigned char *to)
{
    const unsigned char *at = (const unsigned char *)blob.at;
    if (blob.n < SEAL_EXTRA || blob.n > INT32_MAX || at[0] != SEAL_VERSION ||
        memcmp(at + 1, key->id.at, KEY_ID_BYTES) != 0)
        return ERR_SEAL;
    struct sealer *s = sealer_get();
    const unsigned char *nonce = at + HEAD_BYTES, *body = nonce + NONCE_BYTES;
    size_t n_clear = blob.n - SEAL_EXTRA;
    unsigned char tag[TAG_BYTES];
    memcpy(tag, body + n_clear, TAG_BYTES);
    start(s->open, s->open_key, &s->has_open_key, key->key, nonce, 0);
    add_place(s->open, place);
    int n = 0, rest = 0;
    if (n_clear)
        ENSURE(EVP_DecryptUpdate(s->open, to, &n, body, (int)n_clear));
    ENSURE(EVP_CIPHER_CTX_ctrl(s->open, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1);
    if (EVP_DecryptFinal_ex(s->open, to + n, &rest) == 1)
        return OK;
    wipe_bytes(to, n_clear);
    return ERR_SEAL;
}

enum status unseal(struct buf *out, const struct seal_key *key, struct seal_place place,
                   struct text blob)
{
    if (blob.n < SEAL_EXTRA)
        return ERR_SEAL;
    unsigned char *at = buf_room(out, blob.n - SEAL_EXTRA);
    if (!at)
        return ERR_FULL;
    TRY(open_blob(key, place, blob, at));
    buf_grown(out, blob.n - SEAL_EXTRA);
    return OK;
}

enum status unseal_text(struct arena *a, const struct seal_key *key, struct seal_place place,
                        struct text blob, struct text *ret_clear)
{
    if (blob.n < SEAL_EXTRA)
        return ERR_SEAL;
    size_t n = blob.n - SEAL_EXTRA;
    char *at = arena_alloc(a, n + 1);
    TRY(open_blob(key, place, blob, (unsigned char *)at));
    *ret_clear = (struct text){at, n};
    return OK;
}
