/* SPDX-License-Identifier: ISC
 *
 * What each form must look like was written by Python's base64, quopri, urllib, json and html.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/needle.h"
#include "base/secret.h"
#include "hourgate/canary.h"

static bool has(const struct canary_form *forms, size_t n, const char *encoding,
                struct text bytes)
{
    for (size_t i = 0; i < n; i++)
        if (text_equal(forms[i].bytes, bytes) &&
            text_equal(text_from(forms[i].encoding), text_from(encoding)))
            return true;
    return false;
}

static void every_format_has_its_form(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct canary_form forms[CANARY_FORMS];
    size_t n = canary_forms(&a, TEXT("Caf\xc3\xa9 & <\"x=1\">"), 3, forms);
    assert_int_equal(forms[0].canary, 3);
    assert_true(has(forms, n, "utf-8", TEXT("Caf\xc3\xa9 & <\"x=1\">")));
    assert_true(has(forms, n, "utf-16le",
                    TEXT("C\0a\0f\0\xe9\0 \0&\0 \0<\0\"\0x\0=\0"
                         "1\0\"\0>\0")));
    assert_true(has(forms, n, "base64", TEXT("Q2Fmw6kgJiA8Ing9MSI+")));
    assert_true(has(forms, n, "base64url", TEXT("Q2Fmw6kgJiA8Ing9MSI-")));
    assert_true(has(forms, n, "percent", TEXT("Caf%C3%A9%20%26%20%3C%22x%3D1%22%3E")));
    assert_true(has(forms, n, "percent", TEXT("Caf%c3%a9+%26+%3c%22x%3d1%22%3e")));
    assert_true(has(forms, n, "quoted-printable", TEXT("Caf=C3=A9 & <\"x=3D1\">")));
    assert_true(has(forms, n, "json", TEXT("Caf\\u00e9 & <\\\"x=1\\\">")));
    assert_true(has(forms, n, "json", TEXT("Caf\xc3\xa9 & <\\\"x=1\\\">")));
    assert_true(has(forms, n, "xml", TEXT("Caf\xc3\xa9 &amp; &lt;&quot;x=1&quot;&gt;")));
    assert_true(has(forms, n, "xml", TEXT("Caf&#233; &amp; &lt;\"x=1\"&gt;")));
}

static void characters_beyond_the_first_plane_are_pairs(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct canary_form forms[CANARY_FORMS];
    size_t n = canary_forms(&a, TEXT("\xf0\x9f\x90\xa4 chick"), 1, forms);
    assert_true(has(forms, n, "utf-16le", TEXT("\x3d\xd8\x24\xdc \0c\0h\0i\0c\0k\0")));
    assert_true(has(forms, n, "json", TEXT("\\ud83d\\udc24 chick")));
    assert_true(has(forms, n, "json", TEXT("\\uD83D\\uDC24 chick")));
    assert_true(has(forms, n, "xml", TEXT("&#128036; chick")));
}

static void equal_forms_are_one(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct canary_form forms[CANARY_FORMS];
    /* utf-8, utf-16le and three of base64: all that differs for plain letters */
    assert_int_equal(canary_forms(&a, TEXT("PlantedCanary"), 1, forms), 5);
}

/* Wherever it stands in what is encoded, one of the three forms is found in it. */
static void base64_is_found_at_every_alignment(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct canary_form forms[CANARY_FORMS];
    struct text texts[CANARY_FORMS];
    size_t n = canary_forms(&a, TEXT("Canary?>~42"), 1, forms);
    for (size_t i = 0; i < n; i++)
        texts[i] = forms[i].bytes;
    struct needles *needles = needles_new(texts, n);
    for (int before = 0; before < 7; before++)
        for (int behind = 0; behind < 7; behind++) {
            struct buf clear CLEANUP(buf_done) = BUF(100), out CLEANUP(buf_done) = BUF(200);
            buf_printf(&clear, "%.*sCanary?>~42%.*s", before, "\x01\xff\x7f\x80z\x03", behind,
                       "\xfe\x02\x90q\xaa\x55");
            base64_format(&out, clear.at, clear.n);
            struct needle_walk walk = {0};
            assert_true(needles_next(needles, buf_text(&out), &walk));
        }
    needles_free(needles);
}

static void a_canary_has_limits(void **state)
{
    (void)state;
    char longest[CANARY_MAX + 1];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(canary_check(TEXT("12345678"), NULL), OK);
    assert_int_equal(canary_check(TEXT("1234567"), NULL), ERR_INVALID);
    assert_int_equal(canary_check((struct text){longest, CANARY_MAX}, NULL), OK);
    assert_int_equal(canary_check((struct text){longest, CANARY_MAX + 1}, NULL), ERR_INVALID);
    assert_int_equal(canary_check(TEXT("two\nlines of it"), NULL), ERR_INVALID);
    assert_int_equal(canary_check(TEXT("not utf-8 \xff\xfe"), NULL), ERR_INVALID);
}

/* The longest that there may be, of characters that every format writes at length. */
static void the_longest_canary_fits(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct canary_form forms[CANARY_FORMS];
    char quotes[CANARY_MAX];
    memset(quotes, '"', sizeof quotes);
    size_t n = canary_forms(&a, (struct text){quotes, sizeof quotes}, 1, forms);
    for (size_t i = 0; i < n; i++)
        assert_true(forms[i].bytes.n >= NEEDLE_MIN && forms[i].bytes.n <= NEEDLE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_has_its_form),
        cmocka_unit_test(characters_beyond_the_first_plane_are_pairs),
        cmocka_unit_test(equal_forms_are_one),
        cmocka_unit_test(base64_is_found_at_every_alignment),
        cmocka_unit_test(a_canary_has_limits),
        cmocka_unit_test(the_longest_canary_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
