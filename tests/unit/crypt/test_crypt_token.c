/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "crypt/token.h"

static void a_token_names_its_row_and_fits(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 0x7fffffffffffffff, 1234567890123456789};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct secret token = token_new(rows[i]);
        int64_t row = 0;
        assert_int_equal(token.n, TOKEN_TEXT);
        assert_true(token.n <= MAX_TOKEN);
        assert_int_equal(token_row(&token, &row), OK);
        assert_true(row == rows[i]);
        secret_free(&token);
    }
}

static void the_documented_vector_holds(void **state)
{
    (void)state;
    static const unsigned char expected[] = {0xbd, 0xc2, 0x1e, 0xfc, 0xd8, 0x3a, 0x49, 0xbd};
    const char *text = "KgAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw";
    struct secret token = secret_new(text, TOKEN_TEXT);
    struct hash hash = token_hash(&token);
    int64_t row = 0;
    assert_int_equal(token_row(&token, &row), OK);
    assert_int_equal(row, 42);
    assert_memory_equal(hash.at, expected, sizeof expected);
    secret_free(&token);
}

static void two_tokens_of_a_row_differ(void **state)
{
    (void)state;
    struct secret one = token_new(7), two = token_new(7);
    struct hash hash_one = token_hash(&one), hash_two = token_hash(&two);
    assert_false(secret_equal(&one, &two));
    assert_false(hash_equal(&hash_one, &hash_two));
    secret_free(&one);
    secret_free(&two);
}

static void what_is_no_token_names_no_row(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "short",
        "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct secret token = secret_new(bad[i], strlen(bad[i]));
        int64_t row = 99;
        assert_int_equal(token_row(&token, &row), ERR_NOT_FOUND);
        assert_true(row == 99);
        secret_free(&token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_names_its_row_and_fits),
        cmocka_unit_test(the_documented_vector_holds),
        cmocka_unit_test(two_tokens_of_a_row_differ),
        cmocka_unit_test(what_is_no_token_names_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
