/* SPDX-License-Identifier: ISC
 *
 * Seals and the keyring, and the vector of doc/crypto.md, which was computed by another implementation
 * (Python's cryptography).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "crypt/keyfile.h"
#include "crypt/keyring.h"

static const struct seal_place place = {
    .table = "bookings", .column = "customer_email", .row = 42};

struct keys {
    struct keyring *ring;
    const struct account_keys *all; /* of account 1 */
    const struct data_key *key;     /* its data key */
    struct buf wrapped;
};

/* Unwrap a data key that is an account's only one. */
static enum status unwrap(struct keyring *ring, int64_t account, const struct buf *wrapped,
                          const struct account_keys **ret_keys)
{
    struct wrapped_key row = {1, KEY_SEALS, buf_text(wrapped)};
    return keyring_take(ring, account, &row, 1, false, ret_keys);
}

static int set_up(void **state)
{
    static struct keys keys;
    struct secret master = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
    keys = (struct keys){.ring = keyring_new(&master), .wrapped = BUF(200)};
    secret_free(&master);
    assert_int_equal(keyring_wrap_new(keys.ring, 1, KEY_SEALS, &keys.wrapped), OK);
    assert_int_equal(unwrap(keys.ring, 1, &keys.wrapped, &keys.all), OK);
    keys.key = &keys.all->keys[0];
    *state = &keys;
    return 0;
}

static int tear_down(void **state)
{
    struct keys *keys = *state;
    keyring_free(keys->ring);
    buf_done(&keys->wrapped);
    return 0;
}

static void what_is_sealed_opens_in_its_place(void **state)
{
    const struct seal_key *key = &((struct keys *)*state)->key->seal;
    static char long_text[5000];
    memset(long_text, 'x', sizeof long_text);
    const struct text clear[] = {
        {0}, TEXT("a"), TEXT("ada@example.org"), {long_text, sizeof long_text}};
    for (size_t i = 0; i < sizeof clear / sizeof *clear; i++) {
        struct buf blob CLEANUP(buf_done) = BUF(6000), out CLEANUP(buf_done) = BUF(6000);
        struct arena a CLEANUP(arena_done) = {0};
        struct text text = {0};
        assert_int_equal(seal(&blob, key, place, clear[i]), OK);
        assert_int_equal(blob.n, clear[i].n + SEAL_EXTRA);
        assert_int_equal(unseal(&out, key, place, buf_text(&blob)), OK);
        assert_true(text_equal(buf_text(&out), clear[i]));
        assert_int_equal(unseal_text(&a, key, place, buf_text(&blob), &text), OK);
        assert_true(text_equal(text, clear[i]));
    }
}

static void the_same_text_never_looks_the_same(void **state)
{
    const struct seal_key *key = &((struct keys *)*state)->key->seal;
    struct buf one CLEANUP(buf_done) = BUF(100), two CLEANUP(buf_done) = BUF(100);
    assert_int_equal(seal(&one, key, place, TEXT("ada")), OK);
    assert_int_equal(seal(&two, key, place, TEXT("ada")), OK);
    assert_false(text_equal(buf_text(&one), buf_text(&two)));
}

static void assert_refused(const struct seal_key *key, struct seal_place where,
                           struct text blob)
{
    struct buf out CLEANUP(buf_done) = BUF(200);
    struct arena a CLEANUP(arena_done) = {0};
    struct text text = {0};
    buf_add_cstr(&out, "before");
    assert_int_equal(unseal(&out, key, where, blob), ERR_SEAL);
    assert_int_equal(out.n, 6);
    assert_int_equal(unseal_text(&a, key, where, blob, &text), ERR_SEAL);
    assert_null(text.at);
}

static void another_place_is_refused(void **state)
{
    const struct seal_key *key = &((struct keys *)*state)->key->seal;
    struct buf blob CLEANUP(buf_done) = BUF(200);
    assert_int_equal(seal(&blob, key, place, TEXT("ada@example.org")), OK);
    const struct seal_place wrong[] = {
        {.table = "bookings", .column = "customer_email", .row = 43},
        {.table = "bookings", .column = "customer_name", .row = 42},
        {.table = "users", .column = "customer_email", .row = 42},
        {.table = "bookingscustomer", .column = "_email", .row = 42},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(key, wrong[i], buf_text(&blob));
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
    const struct seal_key *key = &((struct keys *)*state)->key->seal;
    struct buf blob CLEANUP(buf_done) = BUF(200);
    assert_int_equal(seal(&blob, key, place, TEXT("ada@example.org")), OK);
    for (size_t bit = 0; bit < 8 * blob.n; bit++) {
        blob.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_refused(key, place, buf_text(&blob));
        blob.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t n = 0; n < blob.n; n++)
        assert_refused(key, place, (struct text){(const char *)blob.at, n});
}

static void another_key_is_refused(void **state)
{
    struct keys *keys = *state;
    struct buf wrapped CLEANUP(buf_done) = BUF(200), blob CLEANUP(buf_done) = BUF(200);
    const struct account_keys *other;
    assert_int_equal(keyring_wrap_new(keys->ring, 2, KEY_SEALS, &wrapped), OK);
    assert_int_equal(unwrap(keys->ring, 2, &wrapped, &other), OK);
    assert_int_equal(seal(&blob, &keys->key->seal, place, TEXT("ada@example.org")), OK);
    assert_refused(&other->keys[0].seal, place, buf_text(&blob));
    /* Even where the key's name is made to fit. */
    struct seal_key renamed = other->keys[0].seal;
    renamed.id = keys->key->seal.id;
    assert_refused(&renamed, place, buf_text(&blob));
}

static void a_wrapped_key_is_bound_to_master_key_and_account(void **state)
{
    struct keys *keys = *state;
    const struct account_keys *key = NULL;
    assert_int_equal(unwrap(keys->ring, 2, &keys->wrapped, &key), ERR_SEAL);
    struct secret master = secret_new("0123456789abcdef0123456789abcdeX", MASTER_KEY_BYTES);
    struct keyring *other = keyring_new(&master);
    assert_int_equal(unwrap(other, 1, &keys->wrapped, &key), ERR_SEAL);
    struct key_id one = keyring_id(keys->ring), two = keyring_id(other);
    assert_memory_not_equal(one.at, two.at, KEY_ID_BYTES);
    keyring_free(other);
    secret_free(&master);
}

static void a_keyring_remembers_what_it_unwrapped(void **state)
{
    struct keys *keys = *state;
    const struct account_keys *again = NULL;
    assert_ptr_equal(keyring_find(keys->ring, 1), keys->all);
    assert_null(keyring_find(keys->ring, 2));
    assert_int_equal(unwrap(keys->ring, 1, &keys->wrapped, &again), OK);
    assert_ptr_equal(keyring_find(keys->ring, 1), keys->all);
}

static void look_up_hashes_differ_by_account_and_domain(void **state)
{
    struct keys *keys = *state;
    struct buf wrapped CLEANUP(buf_done) = BUF(200);
    const struct account_keys *other;
    assert_int_equal(keyring_wrap_new(keys->ring, 2, KEY_SEALS, &wrapped), OK);
    assert_int_equal(unwrap(keys->ring, 2, &wrapped, &other), OK);
    struct hash hash = keys_lookup(keys->all, "email", TEXT("ada"));
    struct hash same = keys_lookup(keys->all, "email", TEXT("ada"));
    struct hash account = keys_lookup(other, "email", TEXT("ada"));
    struct hash domain = keys_lookup(keys->all, "key", TEXT("ada"));
    struct hash shifted = keys_lookup(keys->all, "emailad", TEXT("a"));
    assert_true(hash_equal(&hash, &same));
    assert_false(hash_equal(&hash, &account));
    assert_false(hash_equal(&hash, &domain));
    assert_false(hash_equal(&hash, &shifted));
}

static void add_hex(struct buf *out, const char *hex)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_add_byte(out, (unsigned char)byte);
}

static void the_documented_vectors_hold(void **state)
{
    struct keys *keys = *state; /* its master key is the document's; here a fresh ring */
    struct secret master = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
    struct keyring *ring = keyring_new(&master);
    struct buf wrapped CLEANUP(buf_done) = BUF(200), blob CLEANUP(buf_done) = BUF(200);
    struct buf expected CLEANUP(buf_done) = BUF(200), clear CLEANUP(buf_done) = BUF(200);
    const struct account_keys *key = NULL;
    add_hex(&wrapped, "0160dea8197708da82101112131415161718191a1bf875b364d3f3e88e065d8289e05b9a"
                      "fa246160c90203907d4f9048842ff229d97a59cff006ef1d1c75e89853b81d57f5");
    add_hex(&blob, "01a3436c3edb4b1b13202122232425262728292a2b6e9cff72bc22194d39f5005e05f5ad"
                   "0c7d3ac224872e3b1a00c794a943fd82");
    add_hex(&expected, "3ffe7c914ff5c999e1a73789c5640f1c69fb8990b15a306d7be54bbf5e8ab4c0");
    assert_int_equal(unwrap(ring, 1, &wrapped, &key), OK);
    assert_int_equal(unseal(&clear, &key->keys[0].seal, place, buf_text(&blob)), OK);
    assert_true(text_equal(buf_text(&clear), TEXT("ada@example.org")));
    struct hash hash = keys_lookup(key, "email", TEXT("ada@example.org"));
    assert_true(text_equal(hash_text(&hash), buf_text(&expected)));
    struct key_id one = keyring_id(ring), two = keyring_id(keys->ring);
    assert_memory_equal(one.at, two.at, KEY_ID_BYTES);
    keyring_free(ring);
    secret_free(&master);
}

static void *seal_many(void *arg)
{
    const struct keys *keys = arg;
    for (int i = 0; i < 2000; i++) {
        struct buf blob CLEANUP(buf_done) = BUF(200), out CLEANUP(buf_done) = BUF(200);
        ENSURE(seal(&blob, &keys->key->seal, place, TEXT("ada@example.org")) == OK);
        ENSURE(unseal(&out, &keys->key->seal, place, buf_text(&blob)) == OK);
        ENSURE(keyring_find(keys->ring, 1) == keys->all);
    }
    return NULL;
}

static void threads_seal_at_once(void **state)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, seal_many, *state), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

/* Whoever still holds destroyed keys writes nothing that could ever be opened, and reads nothing. */
static void destroyed_keys_are_of_no_use_to_who_holds_them(void **state)
{
    struct keys *keys = *state;
    struct buf before CLEANUP(buf_done) = BUF(200), after CLEANUP(buf_done) = BUF(200),
                      clear CLEANUP(buf_done) = BUF(200);
    unsigned char lookup[KEY_BYTES];
    memcpy(lookup, keys->all->lookup, sizeof lookup);
    assert_int_equal(seal(&before, &keys->key->seal, place, TEXT("secret")), OK);
    keyring_destroy(keys->ring, 1);
    assert_null(keyring_find(keys->ring, 1));
    assert_int_equal(unseal(&clear, &keys->key->seal, place, buf_text(&before)), ERR_SEAL);
    assert_memory_not_equal(lookup, keys->all->lookup, sizeof lookup);
    assert_int_equal(seal(&after, &keys->key->seal, place, TEXT("secret")), OK);
    const struct account_keys *again;
    assert_int_equal(unwrap(keys->ring, 1, &keys->wrapped, &again), OK);
    assert_int_equal(unseal(&clear, &again->keys[0].seal, place, buf_text(&after)), ERR_SEAL);
    assert_int_equal(unseal(&clear, &again->keys[0].seal, place, buf_text(&before)), OK);
    keyring_destroy(keys->ring, 1);
    keyring_destroy(keys->ring, 1); /* again, and of an account that is not here */
    keyring_destroy(keys->ring, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sealed_opens_in_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_text_never_looks_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_place_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_bit_and_every_cut_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrapped_key_is_bound_to_master_key_and_account,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_keyring_remembers_what_it_unwrapped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(look_up_hashes_differ_by_account_and_domain, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_documented_vectors_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(destroyed_keys_are_of_no_use_to_who_holds_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(threads_seal_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
