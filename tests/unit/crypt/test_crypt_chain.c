/* SPDX-License-Identifier: ISC
 *
 * The vectors of doc/crypto.md, and that nothing of a row is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/chain.h"

static const struct chain_row first = {.id = (1LL << 40) + 1, .at = 1800000000, .kind = 1};
static const struct chain_row second = {.id = (1LL << 40) + 2,
                                        .at = 1800000005,
                                        .kind = 4,
                                        .actor = 2,
                                        .account = 3,
                                        .subject = 7,
                                        .details = TEXT("\xc0\xff\xee")};

static void assert_hex(const struct hash *hash, const char *hex)
{
    char is[2 * HASH_BYTES + 1];
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(is + 2 * i, 3, "%02x", hash->at[i]);
    assert_string_equal(is, hex);
}

static void the_documented_chain_holds(void **state)
{
    (void)state;
    unsigned char key[KEY_BYTES];
    for (size_t i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(0x60 + i);
    struct hash none = {0};
    struct hash one = chain_hash(&none, &first), code_one = chain_code(key, &one);
    struct hash two = chain_hash(&one, &second), code_two = chain_code(key, &two);
    assert_hex(&one, "7308bb0f1631fffc3621cf8244ba176b48a9d9d1fecc776700d29f0594b1185e");
    assert_hex(&code_one, "5ee9d2fe26be029d50c26e814acfa6d12ebf85f62385ac1d4371fb41004f4add");
    assert_hex(&two, "b6ef13159e3fc5def7d05361d09cda9da4f0adb66a62e7de60d2954cbf0264a4");
    assert_hex(&code_two, "545d28ebd2e34538b3c70bdd92b4c57020e96e2a62bd6aa1fbe7e25b9050aa97");
}

static void the_documented_sealing_key_holds(void **state)
{
    (void)state;
    static const unsigned char id[] = {0xcb, 0xaa, 0x8f, 0x1f, 0x23, 0x47, 0xc8, 0xa5};
    unsigned char key[KEY_BYTES];
    for (size_t i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(0x40 + i);
    struct seal_key seal = keyring_audit_seal(key);
    assert_memory_equal(seal.id.at, id, sizeof id);
}

static void every_field_counts(void **state)
{
    (void)state;
    struct hash none = {0}, other = {{1}}, was = chain_hash(&none, &second);
    struct chain_row rows[8];
    for (size_t i = 0; i < 8; i++)
        rows[i] = second;
    rows[0].id++, rows[1].at++, rows[2].kind++, rows[3].actor++, rows[4].account++;
    rows[5].subject++, rows[6].result++, rows[7].details = TEXT("\xc0\xff");
    for (size_t i = 0; i < 8; i++) {
        struct hash is = chain_hash(&none, &rows[i]);
        assert_false(hash_equal(&is, &was));
    }
    struct hash behind_another = chain_hash(&other, &second);
    assert_false(hash_equal(&behind_another, &was));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_chain_holds),
        cmocka_unit_test(the_documented_sealing_key_holds),
        cmocka_unit_test(every_field_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
