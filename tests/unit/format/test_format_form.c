/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "format/form.h"

static void fields_are_found_decoded(void **state)
{
    (void)state;
    struct arena a = {0};
    struct form form;
    assert_int_equal(
        form_parse(&a, TEXT("name=Ada+Keller&tz=Europe%2FZurich&&empty=&bare"), &form), OK);
    assert_int_equal(form.n_fields, 4);
    assert_true(text_equal(form_find(&form, "name"), TEXT("Ada Keller")));
    assert_true(text_equal(form_find(&form, "tz"), TEXT("Europe/Zurich")));
    assert_int_equal(form_find(&form, "empty").n, 0);
    assert_int_equal(form_find(&form, "bare").n, 0);
    assert_int_equal(form_find(&form, "nothing").n, 0);
    arena_done(&a);
}

static void line_ends_become_line_feeds(void **state)
{
    (void)state;
    struct arena a = {0};
    struct form form;
    assert_int_equal(form_parse(&a, TEXT("note=one%0D%0Atwo%0Dthree%0Afour%0D"), &form), OK);
    assert_true(text_equal(form_find(&form, "note"), TEXT("one\ntwo\nthree\nfour\n")));
    arena_done(&a);
}

static void what_is_not_plain_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "a=%",     "a=%zz", "a=%00", "a=%01",  "a=%7f",    "a=%c3",
        "a=1&a=2", "%00=1", "=1",    "a=\x01", "a=%C2%85",
    };
    struct arena a = {0};
    struct form form;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (form_parse(&a, text_from(wrong[i]), &form) != ERR_INVALID)
            fail_msg("accepted: %s", wrong[i]);
    arena_done(&a);
}

static void there_is_a_most_of_fields(void **state)
{
    (void)state;
    struct arena a = {0};
    struct form form;
    struct buf many = BUF(4096);
    for (int i = 0; i < FORM_FIELDS_MAX; i++)
        buf_printf(&many, "f%d=1&", i);
    assert_int_equal(form_parse(&a, buf_text(&many), &form), OK);
    buf_add_cstr(&many, "more=1");
    assert_int_equal(form_parse(&a, buf_text(&many), &form), ERR_INVALID);
    buf_done(&many);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_decoded),
        cmocka_unit_test(line_ends_become_line_feeds),
        cmocka_unit_test(what_is_not_plain_is_refused),
        cmocka_unit_test(there_is_a_most_of_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
