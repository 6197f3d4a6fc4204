/* SPDX-License-Identifier: ISC
 *
 * What stands sealed in the database, the wrapped keys and the tokens of links. The first byte says how far the
 * input is genuine: it is taken as a blob as it is, or sealed first and then changed at the place that the
 * second byte names. Whatever is not exactly what was sealed is refused.
 */
#include "crypt/keyfile.h"
#include "crypt/seal.h"
#include "crypt/token.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static const struct seal_place place = {"bookings", "customer_name", 7};

static void try_blob(const struct seal_key *key, struct text blob)
{
    struct arena a CLEANUP(arena_done) = {0};
    CLEANUP(buf_done) struct buf out = BUF(1 << 20);
    struct text clear;
    ENSURE(unseal(&out, key, place, blob) == ERR_SEAL && out.n == 0);
    ENSURE(unseal_text(&a, key, place, blob, &clear) == ERR_SEAL);
}

static void try_changed(const struct seal_key *key, struct text clear, unsigned char where,
                        unsigned char how)
{
    struct arena a CLEANUP(arena_done) = {0};
    CLEANUP(buf_done) struct buf blob = BUF(1 << 20);
    struct text same;
    if (seal(&blob, key, place, clear) != OK)
        return;
    ENSURE(blob.n == clear.n + SEAL_EXTRA);
    ENSURE(unseal_text(&a, key, place, buf_text(&blob), &same) == OK);
    ENSURE(text_equal(same, clear));
    struct seal_place other = place;
    other.row += 1 + how;
    ENSURE(unseal_text(&a, key, other, buf_text(&blob), &same) == ERR_SEAL);
    try_blob(key, (struct text){(char *)blob.at, blob.n - 1 - where % blob.n});
    blob.at[where % blob.n] ^= how ? how : 1;
    try_blob(key, buf_text(&blob));
}

static void try_token(struct text t)
{
    struct secret token = t.n ? secret_new(t.at, t.n) : (struct secret){0};
    int64_t row;
    if (token_row(&token, &row) == OK)
        ENSURE(token.n == TOKEN_TEXT);
    secret_free(&token);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static struct keyring *ring;
    static const struct data_key *key;
    if (!ring) {
        struct secret master = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
        struct buf wrapped CLEANUP(buf_wipe) = BUF(256);
        ring = keyring_new(&master);
        secret_free(&master);
        ENSURE(keyring_wrap_new(ring, 1, &wrapped) == OK);
        ENSURE(keyring_unwrap(ring, 1, buf_text(&wrapped), &key) == OK);
    }
    if (n < 3)
        return 0;
    struct text rest = {(const char *)at + 3, n - 3};
    const struct data_key *unwrapped;
    if (at[0] & 1)
        try_changed(&key->seal, rest, at[1], at[2]);
    else
        try_blob(&key->seal, rest);
    ENSURE(keyring_unwrap(ring, 2, rest, &unwrapped) == ERR_SEAL);
    try_token(rest);
    return 0;
}
