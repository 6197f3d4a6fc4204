/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/url.h"

static void encoding_leaves_only_unreserved_characters(void **state)
{
    (void)state;
    struct buf out = BUF(4096);
    url_encode(&out, TEXT("Europe/Zurich a-b_c.d~e&f=g%\xc3\xbc"));
    assert_string_equal(buf_cstr(&out), "Europe%2FZurich%20a-b_c.d~e%26f%3Dg%25%C3%BC");
    buf_done(&out);
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    struct arena a = {0};
    for (unsigned c = 1; c < 128; c++) {
        char byte = (char)c;
        struct buf out = BUF(16);
        url_encode(&out, (struct text){&byte, 1});
        struct text back;
        assert_int_equal(url_decode(&a, buf_text(&out), false, &back), OK);
        assert_int_equal(back.n, 1);
        assert_int_equal(back.at[0], byte);
        buf_done(&out);
    }
    arena_done(&a);
}

static void broken_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"%",    "%4",   "a%",  "a%4", "%g0", "%0g",
                                         "%%41", "% 41", "%+1", "%C3", "%ff"};
    struct arena a = {0};
    struct text t;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(url_decode(&a, text_from(broken[i]), true, &t), ERR_INVALID);
    assert_int_equal(url_decode(&a, TEXT("\xff"), true, &t), ERR_INVALID);
    arena_done(&a);
}

static void plus_is_a_space_only_in_forms(void **state)
{
    (void)state;
    struct arena a = {0};
    struct text t;
    assert_int_equal(url_decode(&a, TEXT("a+b%2B"), true, &t), OK);
    assert_true(text_equal(t, TEXT("a b+")));
    assert_int_equal(url_decode(&a, TEXT("a+b%2B"), false, &t), OK);
    assert_true(text_equal(t, TEXT("a+b+")));
    arena_done(&a);
}

static void what_needs_no_decoding_takes_no_memory(void **state)
{
    (void)state;
    struct arena a = {0};
    struct text t;
    assert_int_equal(url_decode(&a, TEXT("2026-11-24"), true, &t), OK);
    assert_int_equal(a.used, 0);
}

static void addresses_are_split(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_split(TEXT("https://book.example:8443/base"), &url), OK);
    assert_true(text_equal(url.scheme, TEXT("https")));
    assert_true(text_equal(url.authority, TEXT("book.example:8443")));
    assert_true(text_equal(url.path, TEXT("/base")));
    assert_int_equal(url_split(TEXT("http://[::1]:80"), &url), OK);
    assert_true(text_equal(url.authority, TEXT("[::1]:80")));
    static const char *const wrong[] = {"",
                                        "book.example",
                                        "ftp://x",
                                        "http://",
                                        "http:///x",
                                        "https://a@b",
                                        "https://a b",
                                        "https://a/?q",
                                        "https://a/#f",
                                        "HTTPS://a"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(url_split(text_from(wrong[i]), &url), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_leaves_only_unreserved_characters),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(broken_escapes_are_refused),
        cmocka_unit_test(plus_is_a_space_only_in_forms),
        cmocka_unit_test(what_needs_no_decoding_takes_no_memory),
        cmocka_unit_test(addresses_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
