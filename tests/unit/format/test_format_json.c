/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/json.h"

static void values_are_read_by_kind(void **state)
{
    (void)state;
    struct json *root;
    assert_int_equal(
        json_parse(TEXT("{\"t\":\"a\\u00fc\",\"n\":-7,\"b\":true,\"l\":[1,2]}"), &root, NULL),
        OK);
    assert_true(json_is_an_object(root));
    struct text t = {0};
    int64_t n = 0;
    bool b = false;
    assert_true(json_get_text(json_member(root, "t"), &t));
    assert_true(text_equal(t, TEXT("a\xc3\xbc")));
    assert_true(json_get_i64(json_member(root, "n"), &n));
    assert_int_equal(n, -7);
    assert_true(json_get_bool(json_member(root, "b"), &b));
    assert_true(b);
    assert_int_equal(json_count(json_member(root, "l")), 2);
    assert_true(json_get_i64(json_item(json_member(root, "l"), 1), &n));
    assert_int_equal(n, 2);
    json_free(root);
}

static void another_kind_or_nothing_is_no_value(void **state)
{
    (void)state;
    struct json *root;
    assert_int_equal(json_parse(TEXT("{\"t\":1,\"n\":\"1\",\"f\":1.5}"), &root, NULL), OK);
    struct text t;
    int64_t n;
    bool b;
    assert_false(json_get_text(json_member(root, "t"), &t));
    assert_false(json_get_i64(json_member(root, "n"), &n));
    assert_false(json_get_i64(json_member(root, "f"), &n));
    assert_false(json_get_bool(json_member(root, "t"), &b));
    assert_false(json_get_text(json_member(root, "missing"), &t));
    assert_int_equal(json_count(json_member(root, "missing")), 0);
    assert_null(json_item(json_member(root, "t"), 0));
    json_free(root);
    json_free(NULL);
}

static void what_is_not_json_is_refused_without_repeating_it(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",    "{",           "{} x",        "{'a':1}",  "[1,]", "{\"a\":1,\"a\":2}",
        "nul", "\"\\u0000\"", "\"\\ud800\"", "\"\xff\"", "01",   "{\"secret\" 1}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct json *root = NULL;
        struct error err = {0};
        assert_int_equal(json_parse(text_from(wrong[i]), &root, &err), ERR_INVALID);
        assert_null(root);
        assert_null(strstr(err.what, "secret"));
    }
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    char deep[10001];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    struct json *root = NULL;
    assert_int_equal(json_parse(text_from(deep), &root, NULL), ERR_INVALID);
}

static void commas_come_by_themselves(void **state)
{
    (void)state;
    struct buf out = BUF(4096);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, '{');
    json_put_text(&w, "a", TEXT("x"));
    json_name(&w, "l");
    json_open(&w, '[');
    json_add_i64(&w, 1);
    json_open(&w, '{');
    json_close(&w, '}');
    json_add_bool(&w, false);
    json_close(&w, ']');
    json_put_i64(&w, "n", INT64_MIN);
    json_put_bool(&w, "b", true);
    json_close(&w, '}');
    assert_string_equal(
        buf_cstr(&out),
        "{\"a\":\"x\",\"l\":[1,{},false],\"n\":-9223372036854775808,\"b\":true}");
    buf_done(&out);
}

static void every_character_comes_back(void **state)
{
    (void)state;
    char all[127];
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    struct buf out = BUF(4096);
    struct json_writer w = JSON_WRITER(&out);
    json_add_text(&w, (struct text){all, sizeof all});
    assert_null(memchr(out.at, '<', out.n));
    struct json *root;
    struct text t;
    assert_int_equal(json_parse(buf_text(&out), &root, NULL), OK);
    assert_true(json_get_text(root, &t));
    assert_true(text_equal(t, (struct text){all, sizeof all}));
    json_free(root);
    buf_done(&out);
}

int main(void)
{
    json_prepare(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_by_kind),
        cmocka_unit_test(another_kind_or_nothing_is_no_value),
        cmocka_unit_test(what_is_not_json_is_refused_without_repeating_it),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(commas_come_by_themselves),
        cmocka_unit_test(every_character_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
