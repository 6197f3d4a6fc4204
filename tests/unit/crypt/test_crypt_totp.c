/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/totp.h"

static struct secret rfc_secret(void)
{
    return secret_new("12345678901234567890", TOTP_SECRET);
}

/* RFC 6238, appendix B, SHA-1: the last six of its eight figures. */
static void the_vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        unsigned code;
    } vectors[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                   {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    struct secret secret = rfc_secret();
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_int_equal(totp_code(&secret, vectors[i].at / TOTP_STEP_S), vectors[i].code);
    secret_free(&secret);
}

static void a_code_is_good_for_one_step_around_and_once(void **state)
{
    (void)state;
    struct secret secret = rfc_secret();
    int64_t step = 0;
    struct text code = TEXT("005924"); /* of 1234567890, step 41152263 */
    static const int64_t good[] = {1234567890, 1234567890 - 30, 1234567890 + 30};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(totp_check(&secret, code, (struct instant){good[i]}, 0, &step));
        assert_true(step == 1234567890 / 30);
    }
    assert_true(totp_check(&secret, TEXT("005 924"), (struct instant){good[0]}, 0, &step));
    assert_false(totp_check(&secret, code, (struct instant){good[0]}, step, &step));
    assert_false(totp_check(&secret, code, (struct instant){good[0] - 60}, 0, &step));
    assert_false(totp_check(&secret, code, (struct instant){good[0] + 60}, 0, &step));
    secret_free(&secret);
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "5924", "0005924", "00592a", "-05924", "005925"};
    struct secret secret = rfc_secret();
    int64_t step = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(
            totp_check(&secret, text_from(bad[i]), (struct instant){1234567890}, 0, &step));
    assert_true(step == 7);
    secret_free(&secret);
}

static void a_secret_is_written_as_base32(void **state)
{
    (void)state;
    struct secret secret = rfc_secret();
    struct secret text = totp_secret_format(&secret);
    assert_int_equal(text.n, TOTP_SECRET_TEXT);
    assert_memory_equal(text.at, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", TOTP_SECRET_TEXT);
    secret_free(&secret);
    secret_free(&text);
    struct secret one = totp_secret_new(), other = totp_secret_new();
    assert_true(one.n == TOTP_SECRET && !secret_equal(&one, &other));
    secret_free(&one);
    secret_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold),
        cmocka_unit_test(a_code_is_good_for_one_step_around_and_once),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(a_secret_is_written_as_base32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
