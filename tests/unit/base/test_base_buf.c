/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"

static void it_grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    struct buf b = BUF(1000);
    for (int i = 0; i < 1000; i++)
        buf_add_byte(&b, (unsigned char)i);
    assert_false(buf_failed(&b));
    assert_int_equal(b.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(b.at[i], (unsigned char)i);
    buf_add_byte(&b, 0);
    assert_true(buf_failed(&b));
    assert_int_equal(b.n, 1000);
    buf_done(&b);
}

static void a_failure_sticks_until_cleared(void **state)
{
    (void)state;
    struct buf b = BUF(4);
    buf_add_cstr(&b, "12345");
    assert_true(buf_failed(&b));
    buf_add_cstr(&b, "1");
    assert_int_equal(b.n, 0);
    assert_string_equal(buf_cstr(&b), "");
    assert_null(buf_room(&b, 0));
    buf_clear(&b);
    buf_add_cstr(&b, "1234");
    assert_string_equal(buf_cstr(&b), "1234");
    buf_done(&b);
}

static void a_size_near_the_end_of_memory_fails(void **state)
{
    (void)state;
    struct buf b = BUF(SIZE_MAX);
    buf_add_byte(&b, 1);
    b.max = 100;
    assert_null(buf_room(&b, SIZE_MAX));
    assert_true(buf_failed(&b));
    buf_done(&b);
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    struct buf b = BUF(12);
    buf_add_u32(&b, 0x04030201);
    buf_add_u64(&b, 0x0c0b0a0908070605);
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(b.at[i], i + 1);
    buf_done(&b);
}

static void dropping_keeps_the_rest(void **state)
{
    (void)state;
    struct buf b = BUF(100);
    buf_printf(&b, "%s%d", "hello ", 42);
    buf_drop(&b, 0);
    buf_drop(&b, 6);
    assert_string_equal(buf_cstr(&b), "42");
    buf_drop(&b, 2);
    assert_int_equal(b.n, 0);
    buf_wipe(&b);
    assert_null(b.at);
    assert_int_equal(b.max, 100);
}

static void base64_goes_there_and_back(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct buf coded = BUF(64), plain = BUF(64);
        base64_format(&coded, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buf_cstr(&coded), pairs[i][1]);
        assert_int_equal(base64_parse(&plain, text_from(pairs[i][1])), OK);
        assert_string_equal(buf_cstr(&plain), pairs[i][0]);
        buf_done(&coded);
        buf_done(&plain);
    }
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Zg",    "Zg=",      "Zg===", "Z",    "Zm9v\n",
                                        " Zm9v", "Zh==",     "Zm9=",  "Zm-v", "=",
                                        "====",  "Zg==Zg==", "Zm9v*"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf out = BUF(64);
        assert_int_equal(base64_parse(&out, text_from(wrong[i])), ERR_INVALID);
        buf_done(&out);
    }
}

static void base64url_has_no_padding(void **state)
{
    (void)state;
    struct buf coded = BUF(64), plain = BUF(64);
    base64url_format(&coded, "\xfb\xff\xfe", 3);
    base64url_format(&coded, "f", 1);
    assert_string_equal(buf_cstr(&coded), "-__-Zg");
    assert_int_equal(base64url_parse(&plain, buf_text(&coded)), OK);
    assert_int_equal(plain.n, 4);
    assert_int_equal(base64url_parse(&plain, TEXT("Zg==")), ERR_INVALID);
    assert_int_equal(base64url_parse(&plain, TEXT("Zh")), ERR_INVALID);
    assert_int_equal(base64url_parse(&plain, TEXT("+/+/")), ERR_INVALID);
    buf_done(&coded);
    buf_done(&plain);
}

static void an_error_holds_one_clean_line(void **state)
{
    (void)state;
    struct error err = {.retry_s = 9};
    assert_int_equal(error_set(&err, ERR_IO, "disk\n", "%s", "one\ntwo\033[2J"), ERR_IO);
    assert_string_equal(err.where, "disk?");
    assert_string_equal(err.what, "one?two?[2J");
    assert_int_equal(err.retry_s, 0);
    assert_int_equal(error_set(NULL, ERR_FULL, "x", "y"), ERR_FULL);
}

static void a_long_error_is_cut_to_valid_text(void **state)
{
    (void)state;
    struct error err = {0};
    char umlauts[1001];
    for (int i = 0; i < 1000; i += 2)
        memcpy(umlauts + i, "\xc3\xbc", 2);
    umlauts[1000] = 0;
    error_set(&err, ERR_IO, umlauts, "x%s", umlauts);
    assert_true(text_is_clean(text_from(err.what)));
    assert_true(text_is_clean(text_from(err.where)));
    assert_true(strlen(err.what) < ERROR_WHAT_MAX);
}

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned one = 0; one < STATUS_COUNT; one++) {
        assert_non_null(status_name((enum status)one));
        for (unsigned other = 0; other < one; other++)
            assert_string_not_equal(status_name((enum status)one),
                                    status_name((enum status)other));
    }
    assert_non_null(status_name((enum status)999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_to_its_maximum_and_no_further),
        cmocka_unit_test(a_failure_sticks_until_cleared),
        cmocka_unit_test(a_size_near_the_end_of_memory_fails),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(dropping_keeps_the_rest),
        cmocka_unit_test(base64_goes_there_and_back),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(base64url_has_no_padding),
        cmocka_unit_test(an_error_holds_one_clean_line),
        cmocka_unit_test(a_long_error_is_cut_to_valid_text),
        cmocka_unit_test(every_status_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
