/* SPDX-License-Identifier: ISC
 *
 * Published vectors: FIPS 180-4's examples, RFC 4231's test cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "hash/hash.h"

static void assert_hex(struct hash hash, const char *expected)
{
    char hex[2 * HASH_BYTES + 1];
    for (int i = 0; i < HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash.at[i]);
    assert_string_equal(hex, expected);
}

static void sha256_of_known_texts(void **state)
{
    (void)state;
    assert_hex(sha256((struct text){0}),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hex(sha256(TEXT("abc")),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(sha256(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void hmac_of_known_texts(void **state)
{
    (void)state;
    char long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    assert_hex(hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?")),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_hex(hmac_sha256((struct text){long_key, sizeof long_key},
                           TEXT("Test Using Larger Than Block-Size Key - Hash Key First")),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hex(hmac_sha256((struct text){0}, (struct text){0}),
               "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void hashes_compare(void **state)
{
    (void)state;
    struct hash one = sha256(TEXT("abc")), other = one;
    assert_true(hash_equal(&one, &other));
    other.at[HASH_BYTES - 1] ^= 1;
    assert_false(hash_equal(&one, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(hmac_of_known_texts),
        cmocka_unit_test(hashes_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
