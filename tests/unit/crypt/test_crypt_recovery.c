/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/recovery.h"

static void a_code_reads_as_it_is_written(void **state)
{
    (void)state;
    struct secret one = recovery_new(), other = recovery_new();
    char letters[RECOVERY_LETTERS], again[RECOVERY_LETTERS];
    assert_int_equal(one.n, RECOVERY_TEXT);
    assert_true(one.at[4] == '-' && one.at[9] == '-' && one.at[14] == '-');
    assert_true(recovery_fold((struct text){(const char *)one.at, one.n}, letters));
    assert_true(recovery_fold((struct text){(const char *)other.at, other.n}, again));
    assert_memory_not_equal(letters, again, RECOVERY_LETTERS);
    secret_free(&one);
    secret_free(&other);
}

static void how_it_is_typed_does_not_matter(void **state)
{
    (void)state;
    static const char *const same[] = {"abcd-efgh-2345-wxyz", "ABCD EFGH 2345 WXYZ",
                                       "abcdefgh2345wxyz", " aBcD-eFgH-2345--wxyz "};
    char letters[RECOVERY_LETTERS];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(recovery_fold(text_from(same[i]), letters));
        assert_memory_equal(letters, "abcdefgh2345wxyz", RECOVERY_LETTERS);
    }
    static const char *const none[] = {"",       "abcd-efgh-2345-wxy",  "abcd-efgh-2345-wxyza",
                                       "123456", "abcd-efgh-2341-wxyz", "abcd_efgh_2345_wxyz"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(recovery_fold(text_from(none[i]), letters));
    assert_false(recovery_fold((struct text){"abcdefgh2345wxy\0", 16}, letters));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_reads_as_it_is_written),
        cmocka_unit_test(how_it_is_typed_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
