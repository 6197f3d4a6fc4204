/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "format/sieve.h"

static const char *const names[] = {"value", "start", "id", NULL};

/* Read in steps of so many bytes. */
static enum status sift(const char *text, size_t step, struct buf *out)
{
    struct sieve sieve = SIEVE(names, out);
    struct text rest = text_from(text);
    while (rest.n) {
        size_t n = rest.n < step ? rest.n : step;
        enum status status = sieve_read(&sieve, (struct text){rest.at, n});
        if (status != OK)
            return status;
        rest = (struct text){rest.at + n, rest.n - n};
    }
    return sieve_is_whole(&sieve) ? OK : ERR_UPSTREAM;
}

static void assert_passes(const char *text, const char *wanted)
{
    for (size_t step = 1; step < 60; step += 7) {
        CLEANUP(buf_done) struct buf out = BUF(4096);
        assert_int_equal(sift(text, step, &out), OK);
        assert_string_equal(buf_cstr(&out), wanted);
    }
}

static void test_named_members_pass_and_no_others(void **state)
{
    (void)state;
    assert_passes(
        "{\"id\":1,\"subject\":\"S\",\"start\":{\"id\":\"x\",\"body\":[1,{\"id\":2}]}}",
        "{\"id\":1,\"start\":{\"id\":\"x\"}}");
    assert_passes(" { \"subject\" : { \"id\" : 1 } , \"value\" : [ { \"x\" : 1 } , { \"id\" : "
                  "true } ] } ",
                  "{\"value\":[{},{\"id\":true}]}");
    assert_passes("{\"a\":1,\"b\":[[]],\"c\":{}}", "{}");
    assert_passes("[1,\"a,b\",[],{}]", "[1,\"a,b\",[],{}]");
    assert_passes("12", "12");
}

static void test_what_a_string_holds_is_no_structure(void **state)
{
    (void)state;
    assert_passes("{\"subject\":\"\\\"}],{\\\\\",\"id\":\"}],\\\"{\"}",
                  "{\"id\":\"}],\\\"{\"}");
    assert_passes("{\"x\\\"id\":1,\"id\":2}", "{\"id\":2}");
}

static void test_a_name_is_what_it_means(void **state)
{
    (void)state;
    assert_passes("{\"\\u0069d\":1,\"s\\u0074art\":2,\"sub\\u006aect\":3}",
                  "{\"id\":1,\"start\":2}");
    assert_passes("{\"\\u1069d\":1,\"i\\nd\":1,\"i\\u0000d\":3}", "{}");
    assert_passes("{\"idid456789012345678901234567890123456789012345678901234567890\":1}",
                  "{}");
}

static void test_what_is_no_json_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{{",
                                        "{]",
                                        "[}",
                                        "{\"id\"1}",
                                        "[,1]",
                                        "[1,]",
                                        "{,}",
                                        "{\"id\":}",
                                        "{} {}",
                                        "{\"id\":1,}",
                                        "{1:2}",
                                        "}",
                                        "{\"\\u00g9\":1}",
                                        "<html>",
                                        "{\"id\":T}",
                                        "[1 2]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CLEANUP(buf_done) struct buf out = BUF(4096);
        assert_int_equal(sift(wrong[i], 1, &out), ERR_INVALID);
    }
}

static void test_a_part_is_not_the_whole(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "", " ", "{", "{\"id\":1", "[1,2", "\"abc", "{\"subject\":{}", "{\"id\":\"x"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        CLEANUP(buf_done) struct buf out = BUF(4096);
        assert_int_equal(sift(parts[i], 3, &out), ERR_UPSTREAM);
    }
}

static void test_limits_hold(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = BUF(4096), small = BUF(4);
    char deep[SIEVE_DEPTH_MAX + 2] = "";
    for (size_t i = 0; i <= SIEVE_DEPTH_MAX; i++)
        deep[i] = '[';
    assert_int_equal(sift(deep, 1, &out), ERR_INVALID);
    assert_int_equal(sift("[\"long\"]", 1, &small), ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_members_pass_and_no_others),
        cmocka_unit_test(test_what_a_string_holds_is_no_structure),
        cmocka_unit_test(test_a_name_is_what_it_means),
        cmocka_unit_test(test_what_is_no_json_is_refused),
        cmocka_unit_test(test_a_part_is_not_the_whole),
        cmocka_unit_test(test_limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
