/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "book/question.h"

static const struct question asked[] = {
    {TEXT("Company"), QUESTION_LINE, false, TEXT("")},
    {TEXT("What is it about?"), QUESTION_TEXT, true, TEXT("")},
    {TEXT("How?"), QUESTION_CHOICE, true, TEXT("By telephone\nOn site")},
    {TEXT("I agree"), QUESTION_CONSENT, true, TEXT("")},
};

static enum status check(struct question question, const char *words)
{
    struct question two[] = {{TEXT("First"), QUESTION_LINE, false, TEXT("")}, question};
    struct error err = {0};
    enum status status = question_check(two, 2, &err);
    assert_true(status == OK || strstr(err.what, words));
    return status;
}

static void what_cannot_be_asked_is_refused(void **state)
{
    (void)state;
    assert_int_equal(question_check(asked, 4, NULL), OK);
    assert_int_equal(question_check(NULL, 0, NULL), OK);
    assert_int_equal(
        check((struct question){TEXT("First"), QUESTION_TEXT, false, TEXT("")}, "asked twice"),
        ERR_INVALID);
    assert_int_equal(check((struct question){TEXT(""), QUESTION_TEXT, false, TEXT("")}, "line"),
                     ERR_INVALID);
    assert_int_equal(
        check((struct question){TEXT("a\nb"), QUESTION_TEXT, false, TEXT("")}, "line"),
        ERR_INVALID);
    assert_int_equal(
        check((struct question){TEXT("One"), QUESTION_CHOICE, false, TEXT("Only")}, "choice"),
        ERR_INVALID);
    assert_int_equal(
        check((struct question){TEXT("One"), QUESTION_CHOICE, false, TEXT("a\n\nb")}, "choice"),
        ERR_INVALID);
    assert_int_equal(check((struct question){TEXT("One"), QUESTION_LINE, false, TEXT("a\nb")},
                           "only a choice"),
                     ERR_INVALID);
}

static struct mistake mistakes[MAX_ANSWERS];

static size_t mistakes_of(const struct answer *answers, size_t n)
{
    struct customer customer = {.answers = (struct answer *)answers, .n_answers = n};
    return question_mistakes(asked, 4, &customer, mistakes);
}

static void right_answers_are_taken(void **state)
{
    (void)state;
    const struct answer answers[] = {
        {TEXT("I agree"), TEXT("yes")},
        {TEXT("How?"), TEXT("On site")},
        {TEXT("What is it about?"), TEXT("Two\nlines")},
    };
    assert_int_equal(mistakes_of(answers, 3), 0);
    struct customer customer = {.answers = (struct answer *)answers, .n_answers = 3};
    assert_int_equal(question_mistakes(NULL, 0, &customer, mistakes), 0);
}

static void each_mistake_names_its_question(void **state)
{
    (void)state;
    const struct answer answers[] = {
        {TEXT("Company"), TEXT("Two\nlines")},    {TEXT("What is it about?"), TEXT("  ")},
        {TEXT("How?"), TEXT("By telephone\nOn")}, {TEXT("I agree"), TEXT("no")},
        {TEXT("Shoe size"), TEXT("42")},          {TEXT("I agree"), TEXT("yes")},
    };
    static const enum mistake_kind kinds[] = {MISTAKE_UNFIT, MISTAKE_MISSING, MISTAKE_UNFIT,
                                              MISTAKE_UNFIT, MISTAKE_UNASKED, MISTAKE_UNASKED};
    assert_int_equal(mistakes_of(answers, 6), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(mistakes[i].kind, kinds[i]);
        assert_true(text_equal(mistakes[i].question, answers[i].question));
    }
    assert_int_equal(mistakes_of(NULL, 0), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(right_answers_are_taken),
        cmocka_unit_test(each_mistake_names_its_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
