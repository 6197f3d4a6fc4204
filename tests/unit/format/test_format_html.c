/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/html.h"

static void check(struct text t, const char *expected)
{
    struct buf out = BUF(4096);
    HTML_ADD(&out, t);
    assert_string_equal(buf_cstr(&out), expected);
    buf_done(&out);
}

static void text_cannot_become_markup(void **state)
{
    (void)state;
    check(TEXT("plain"), "plain");
    check(TEXT(""), "");
    check((struct text){0}, "");
    check(TEXT("<script>alert('x')</script>"),
          "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    check(TEXT("\" onload=\"x"), "&quot; onload=&quot;x");
    check(TEXT("&lt;"), "&amp;lt;");
    check(TEXT("Z\xc3\xbcrich"), "Z\xc3\xbcrich");
}

static void values_are_told_apart_by_type(void **state)
{
    (void)state;
    struct buf out = BUF(4096);
    int64_t many = -5;
    size_t count = 7;
    HTML_ADD(&out, many);
    HTML_ADD(&out, count);
    HTML_ADD(&out, (const char *)"<");
    HTML_ADD(&out, (const char *)NULL);
    HTML_ADD(&out, 3);
    assert_string_equal(buf_cstr(&out), "-57&lt;3");
    buf_done(&out);
    assert_true(HTML_TRUE(TEXT("x")));
    assert_false(HTML_TRUE(TEXT("")));
    assert_false(HTML_TRUE((const char *)NULL));
    assert_false(HTML_TRUE((const char *)""));
    assert_true(HTML_TRUE(many));
    assert_false(HTML_TRUE(false));
}

static void a_full_buffer_fails_and_never_shows_half_an_escape_as_whole(void **state)
{
    (void)state;
    struct buf out = BUF(3);
    HTML_ADD(&out, TEXT("<<<<"));
    assert_true(buf_failed(&out));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_become_markup),
        cmocka_unit_test(values_are_told_apart_by_type),
        cmocka_unit_test(a_full_buffer_fails_and_never_shows_half_an_escape_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
