/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "hourgate/call.h"
#include "hourgate/question.h"

static void questions_are_read_and_written_alike(void **state)
{
    (void)state;
    static const char *const written[] = {
        "line: Company",
        "text!: What is it about?",
        "choice!: How? = By telephone / On site",
        "choice: Size = S / M / L",
        "consent!: I have read the notice: all of it.",
    };
    struct arena a = {0};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct question question;
        assert_int_equal(question_parse(text_from(written[i]), &a, &question, NULL), OK);
        assert_true(text_equal(questions_format(&question, 1, &a), text_from(written[i])));
    }
    struct question how;
    assert_int_equal(question_parse(TEXT("choice!:How?=By telephone/On site"), &a, &how, NULL),
                     OK);
    assert_true(how.required && how.kind == QUESTION_CHOICE);
    assert_true(text_equal(how.label, TEXT("How?")));
    assert_true(text_equal(how.choices, TEXT("By telephone\nOn site")));
    arena_done(&a);
}

static void what_is_no_question_is_named(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "Company", "colour: Red?", "line Company", "!: x"};
    struct arena a = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct question question;
        struct error err = {0};
        assert_int_equal(question_parse(text_from(wrong[i]), &a, &question, &err), ERR_INVALID);
        assert_non_null(strstr(err.what, "a question begins with"));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_read_and_written_alike),
        cmocka_unit_test(what_is_no_question_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

const struct command commands[] = {{0}};
