/* SPDX-License-Identifier: ISC
 *
 * What stands sealed in the database, the wrapped keys and the tokens of links. The first byte says how far the
 * input is genuine: it is taken as a blob as it is, or sealed first and then changed at the place that the
 * second byte names. Whatever is not exactly what was sealed is refused.
 */
#include "crypt/keyfile.h"
#include "crypt/keyring.h"
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

/* What a database gives out as an account's keys. */
static void try_wrapped(struct keyring *ring, struct text wrapped)
{
    unsigned char key[KEY_BYTES];
    const struct account_keys *keys;
    struct wrapped_key rows[] = {{1, KEY_SEALS, wrapped}, {2, KEY_LOOKS_UP, wrapped}};
    ENSURE(keyring_open(ring, place, wrapped, key) == ERR_SEAL);
    ENSURE(keyring_take(ring, 1, rows, 2, true, &keys) == ERR_SEAL);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static struct keyring *ring;
    static const struct seal_key key = {{"fuzzing"}, "0123456789abcdef0123456789abcde"};
    if (!ring) {
        struct secret master = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
        ring = keyring_new(&master);
        secret_free(&master);
    }
    if (n < 3)
        return 0;
    struct text rest = {(const char *)at + 3, n - 3};
    if (at[0] & 1)
        try_changed(&key, rest, at[1], at[2]);
    else
        try_blob(&key, rest);
    try_wrapped(ring, rest);
    try_token(rest);
    return 0;
}
