/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/status.h"
#include "book/form.h"

static struct answer answers[] = {{TEXT("Reason?"), TEXT("A secret reason")},
                                  {TEXT("First visit?"), TEXT("yes")}};
static const struct customer customer = {.name = TEXT("Carla {email}"),
                                         .email = TEXT("carla@customer.example"),
                                         .answers = answers,
                                         .n_answers = 2};
static const struct page_public page = {.title = TEXT("Consultation"),
                                        .account_name = TEXT("Practice"),
                                        .host_name = TEXT("Anna"),
                                        .location = TEXT("Room 1")};
static const struct event_form open_form;

static void fills(struct text text, const struct event_form *form, const char *wanted)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct text got = form_fill(&a, text, form, &page, &customer, 4000);
    if (!text_equal(got, text_from(wanted)))
        fail_msg("\"" TEXT_FMT "\" instead of \"%s\"", TEXT_ARG(got), wanted);
}

static void names_are_filled_once(void **state)
{
    (void)state;
    fills(FORM_TITLE, &open_form, "Consultation - Carla {email}");
    fills(TEXT("{host}, {account}: {location}"), &open_form, "Anna, Practice: Room 1");
    fills(TEXT("plain"), &open_form, "plain");
    fills(TEXT(""), &open_form, "");
    fills(FORM_TEXT, &open_form,
          "Carla {email}\ncarla@customer.example\n\nReason?\nA secret reason\n\nFirst "
          "visit?\nyes\n");
}

static void what_is_kept_out_is_empty_whatever_a_text_asks(void **state)
{
    (void)state;
    const struct event_form form = {.hides_answers = true, .hides_email = true};
    fills(FORM_TEXT, &form, "Carla {email}");
    fills(TEXT("{answers}\n{email}{answers}\n\nEnd"), &form, "\nEnd");
    fills(TEXT("Mail: {email}"), &form, "Mail: ");
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct customer long_name = customer;
    long_name.name = TEXT("\u00e4\u00e4\u00e4");
    struct text got = form_fill(&a, TEXT("{customer}"), &open_form, &page, &long_name, 5);
    assert_true(text_equal(got, TEXT("\u00e4\u00e4")));
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    struct error err;
    static const char *const wrong[] = {
        "{",       "}",          "{}",           "{customer",       "customer}",
        "{phone}", "{Customer}", "{{customer}}", "a {page} b {x} c"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct event_form form = {.text = text_from(wrong[i])};
        if (form_check(&form, &err) != ERR_INVALID)
            fail_msg("accepted: %s", wrong[i]);
    }
    struct event_form form = {
        .title = FORM_TITLE, .text = FORM_TEXT, .location = FORM_LOCATION};
    assert_int_equal(form_check(&form, &err), OK);
    form.title = TEXT("two\nlines");
    assert_int_equal(form_check(&form, &err), ERR_INVALID);
    form.title = TEXT("");
    form.reminder_min = -2;
    assert_int_equal(form_check(&form, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_filled_once),
        cmocka_unit_test(what_is_kept_out_is_empty_whatever_a_text_asks),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
