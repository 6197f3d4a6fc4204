/* SPDX-License-Identifier: ISC */
#include "book/question.h"

bool question_next_choice(struct text *rest, struct text *ret_choice)
{
    if (!rest->n)
        return false;
    if (!text_cut(*rest, '\n', ret_choice, rest)) {
        *ret_choice = *rest;
        *rest = (struct text){0};
    }
    return true;
}

static bool is_choice(const struct question *question, struct text answer)
{
    struct text rest = question->choices, choice;
    while (question_next_choice(&rest, &choice))
        if (text_equal(choice, answer))
            return true;
    return false;
}

static enum status check_choices(const struct question *question, struct error *err)
{
    struct text rest = question->choices, choice;
    size_t n = 0;
    for (; question_next_choice(&rest, &choice); n++)
        if (!text_is_line(choice))
            return error_set(err, ERR_INVALID, "question",
                             "\"" TEXT_FMT "\": a choice is a line of text",
                             TEXT_ARG(question->label));
    if (question->kind == QUESTION_CHOICE ? n >= 2 : n == 0)
        return OK;
    return error_set(err, ERR_INVALID, "question", "\"" TEXT_FMT "\": %s",
                     TEXT_ARG(question->label),
                     question->kind == QUESTION_CHOICE ? "a choice needs two choices at least"
                                                       : "only a choice has choices");
}

enum status question_check(const struct question *questions, size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!text_is_line(questions[i].label))
            return error_set(err, ERR_INVALID, "question", "a question is a line of text");
        for (size_t k = 0; k < i; k++)
            if (text_equal(questions[k].label, questions[i].label))
                return error_set(err, ERR_INVALID, "question",
                                 "\"" TEXT_FMT "\" is asked twice",
                                 TEXT_ARG(questions[i].label));
        TRY(check_choices(&questions[i], err));
    }
    return OK;
}

static struct text answer_to(const struct customer *customer, struct text label)
{
    for (size_t i = 0; i < customer->n_answers; i++)
        if (text_equal(customer->answers[i].question, label))
            return text_trim(customer->answers[i].answer);
    return (struct text){0};
}

static bool fits(const struct question *question, struct text answer)
{
    switch (question->kind) {
    case QUESTION_LINE:
        return text_is_line(answer);
    case QUESTION_CHOICE:
        return is_choice(question, answer);
    case QUESTION_CONSENT:
        return text_equal(answer, QUESTION_CONSENTED);
    case QUESTION_TEXT:
    case QUESTION_KIND_COUNT:
        break;
    }
    return true;
}

/* An answer to no question, or a second one to a question. */
static bool is_unasked(const struct question *questions, size_t n,
                       const struct customer *customer, size_t at)
{
    struct text label = customer->answers[at].question;
    for (size_t i = 0; i < at; i++)
        if (text_equal(customer->answers[i].question, label))
            return true;
    for (size_t i = 0; i < n; i++)
        if (text_equal(questions[i].label, label))
            return false;
    return true;
}

size_t question_mistakes(const struct question *questions, size_t n,
                         const struct customer *customer,
                         struct mistake ret_mistakes[static MAX_ANSWERS])
{
    size_t n_mistakes = 0;
    for (size_t i = 0; i < n && n_mistakes < MAX_ANSWERS; i++) {
        struct text label = questions[i].label, answer = answer_to(customer, label);
        if (answer.n ? !fits(&questions[i], answer) : questions[i].required)
            ret_mistakes[n_mistakes++] =
                (struct mistake){answer.n ? MISTAKE_UNFIT : MISTAKE_MISSING, label};
    }
    for (size_t i = 0; n && i < customer->n_answers && n_mistakes < MAX_ANSWERS; i++)
        if (is_unasked(questions, n, customer, i))
            ret_mistakes[n_mistakes++] =
                (struct mistake){MISTAKE_UNASKED, customer->answers[i].question};
    return n_mistakes;
}
