/* SPDX-License-Identifier: ISC
 *
 * Several keys of an account at one time, plain values, another master key; and the vectors of doc/crypto.md, which
 * were computed by another implementation (Python's cryptography).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "crypt/keyfile.h"
#include "crypt/keyring.h"

static const struct seal_place place = {
    .table = "bookings", .column = "customer_email", .row = 42};

static struct keyring *ring_of(const char *master)
{
    struct secret key = secret_new(master, MASTER_KEY_BYTES);
    struct keyring *ring = keyring_new(&key);
    secret_free(&key);
    return ring;
}

static void add_hex(struct buf *out, const char *hex)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_add_byte(out, (unsigned char)byte);
}

/* A keyring and an account's keys as the document has them: an older data key, one that allows plain values, and a
 * look-up key of its own. */
struct keys {
    struct keyring *ring;
    struct buf bytes[3];
    struct wrapped_key rows[3]; /* newest first */
};

static int set_up(void **state)
{
    static struct keys keys;
    static const char *const wrapped[] = {
        "0160dea8197708da82303132333435363738393a3bec775cc8ad5ed5f4ecadcdf410944b"
        "da8b041cb1c3995dcc8a5e9166ddf0182faad8ebed8f1974d1d06e6aa4b540a9de",
        "0160dea8197708da82505152535455565758595a5b92df4ac8aa2ad56daae36501ba247e"
        "c3ab7b6e2f78e7be8b9ca82347ee3e053ac343621efed8ccc401f387393a248b1a",
        "0160dea8197708da82101112131415161718191a1bf875b364d3f3e88e065d8289e05b9a"
        "fa246160c90203907d4f9048842ff229d97a59cff006ef1d1c75e89853b81d57f5",
    };
    static const enum key_purpose purposes[] = {KEY_ALLOWS_PLAIN, KEY_LOOKS_UP, KEY_SEALS};
    keys.ring = ring_of("0123456789abcdef0123456789abcdef");
    for (int i = 0; i < 3; i++) {
        keys.bytes[i] = BUF(100);
        add_hex(&keys.bytes[i], wrapped[i]);
        keys.rows[i] = (struct wrapped_key){3 - i, purposes[i], buf_text(&keys.bytes[i])};
    }
    *state = &keys;
    return 0;
}

static int tear_down(void **state)
{
    struct keys *keys = *state;
    keyring_free(keys->ring);
    for (int i = 0; i < 3; i++)
        buf_done(&keys->bytes[i]);
    return 0;
}

static const struct account_keys *take(struct keys *keys)
{
    const struct account_keys *taken = NULL;
    assert_int_equal(keyring_take(keys->ring, 1, keys->rows, 3, false, &taken), OK);
    return taken;
}

static void the_documented_vectors_hold(void **state)
{
    const struct account_keys *all = take(*state);
    struct buf blob CLEANUP(buf_done) = BUF(100), plain CLEANUP(buf_done) = BUF(100);
    struct buf hash CLEANUP(buf_done) = BUF(100), out CLEANUP(buf_done) = BUF(100);
    char id[KEY_ID_TEXT];
    add_hex(&blob, "015aa72e4756feafc5707172737475767778797a7b8c6de9dcd4313ac0007261e01ff671"
                   "0fa9dcf4de706e433f49426c598cf544");
    add_hex(&plain, "00616461406578616d706c652e6f7267");
    add_hex(&hash, "27a54423ebea305e8ed13156e7229f3204de485d59065ff36e51130731d32b2f");
    assert_string_equal(key_id_format(&all->keys[0].seal.id, id), "5aa72e4756feafc5");
    assert_string_equal(key_id_format(&all->keys[1].seal.id, id), "a3436c3edb4b1b13");
    assert_ptr_equal(keys_find(all, buf_text(&blob)), &all->keys[0]);
    assert_int_equal(unseal(&out, &all->keys[0].seal, place, buf_text(&blob)), OK);
    assert_true(text_equal(buf_text(&out), TEXT("ada@example.org")));
    buf_clear(&out);
    assert_int_equal(keys_plain(&out, TEXT("ada@example.org")), OK);
    assert_true(text_equal(buf_text(&out), buf_text(&plain)));
    buf_clear(&out);
    assert_int_equal(keys_open_plain(&out, all, buf_text(&plain)), OK);
    assert_true(text_equal(buf_text(&out), TEXT("ada@example.org")));
    struct hash found = keys_lookup(all, "email", TEXT("ada@example.org"));
    assert_true(text_equal(hash_text(&found), buf_text(&hash)));
    struct keyring *other = ring_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345");
    struct key_id other_id = keyring_id(other);
    assert_string_equal(key_id_format(&other_id, id), "d2f8e96d470e6da0");
    keyring_free(other);
}

/* What a key is for, and whose, is part of its wrapping. */
static void another_purpose_or_account_is_refused(void **state)
{
    struct keys *keys = *state;
    const struct account_keys *taken = NULL;
    for (int i = 0; i < 3; i++)
        for (int purpose = 0; purpose < KEY_PURPOSE_COUNT; purpose++) {
            struct wrapped_key rows[3] = {keys->rows[0], keys->rows[1], keys->rows[2]};
            enum status expected = rows[i].purpose == (enum key_purpose)purpose ? OK : ERR_SEAL;
            rows[i].purpose = (enum key_purpose)purpose;
            assert_int_equal(keyring_take(keys->ring, 1, rows, 3, true, &taken), expected);
        }
    assert_int_equal(keyring_take(keys->ring, 2, keys->rows, 3, false, &taken), ERR_SEAL);
    assert_int_equal(keyring_take(keys->ring, 1, &keys->rows[1], 1, false, &taken), ERR_SEAL);
    for (size_t bit = 0; bit < 8 * keys->bytes[0].n; bit++) {
        keys->bytes[0].at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(keyring_take(keys->ring, 1, keys->rows, 3, true, &taken), ERR_SEAL);
        keys->bytes[0].at[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static void plain_is_refused_without_a_key_that_allows_it(void **state)
{
    struct keys *keys = *state;
    struct buf out CLEANUP(buf_done) = BUF(100);
    const struct account_keys *sealed = NULL;
    assert_true(keys_write_plain(take(keys)) && keys_accept_plain(take(keys)));
    assert_int_equal(keyring_take(keys->ring, 1, &keys->rows[1], 2, true, &sealed), OK);
    assert_false(keys_write_plain(sealed) || keys_accept_plain(sealed));
    assert_int_equal(keys_open_plain(&out, sealed, (struct text){"\0ada", 4}), ERR_SEAL);
    assert_int_equal(keys_open_plain(&out, take(keys), TEXT("ada")), ERR_SEAL);
    assert_int_equal(out.n, 0);
    assert_null(keys_find(sealed, (struct text){"\0ada", 4}));
}

/* A read in an older snapshot does not bring a destroyed key back. */
static void what_is_remembered_only_gets_newer(void **state)
{
    struct keys *keys = *state;
    const struct account_keys *both = take(keys), *older = NULL, *newest = NULL;
    struct wrapped_key after[2] = {keys->rows[0], keys->rows[1]};
    assert_int_equal(keyring_take(keys->ring, 1, &keys->rows[1], 2, false, &older), OK);
    assert_int_equal(older->n, 1);
    assert_ptr_equal(keyring_find(keys->ring, 1), both);
    assert_int_equal(keyring_take(keys->ring, 1, after, 2, false, &newest), OK);
    assert_ptr_equal(keyring_find(keys->ring, 1), newest);
    (void)take(keys);
    assert_ptr_equal(keyring_find(keys->ring, 1), newest);
    keyring_tidy(keys->ring, 0); /* too early: nobody's keys go away under them */
    assert_int_equal(both->n, 2);
    keyring_forget(keys->ring, 1);
    assert_null(keyring_find(keys->ring, 1));
}

static void another_master_key_wraps_the_same_keys(void **state)
{
    struct keys *keys = *state;
    struct keyring *next = ring_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345");
    struct buf wrapped CLEANUP(buf_done) = BUF(100);
    const struct account_keys *taken = NULL;
    struct seal_place where = keyring_place(1, KEY_ALLOWS_PLAIN);
    struct key_id id = take(keys)->keys[0].seal.id;
    assert_int_equal(keyring_rewrap(keys->ring, next, where, keys->rows[0].wrapped, &wrapped),
                     OK);
    struct wrapped_key row = {1, KEY_ALLOWS_PLAIN, buf_text(&wrapped)};
    assert_int_equal(keyring_take(next, 1, &row, 1, false, &taken), OK);
    assert_memory_equal(taken->keys[0].seal.id.at, id.at, KEY_ID_BYTES);
    assert_int_equal(keyring_take(keys->ring, 1, &row, 1, false, &taken), ERR_SEAL);
    buf_clear(&wrapped);
    assert_int_equal(keyring_rewrap(next, keys->ring, where, keys->rows[0].wrapped, &wrapped),
                     ERR_SEAL);
    keyring_swap(keys->ring, next);
    assert_int_equal(keyring_take(next, 1, keys->rows, 3, true, &taken), OK);
    keyring_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_documented_vectors_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_purpose_or_account_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(plain_is_refused_without_a_key_that_allows_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_remembered_only_gets_newer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_master_key_wraps_the_same_keys, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
