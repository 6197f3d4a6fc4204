/* SPDX-License-Identifier: ISC */
#include "hourgate/question.h"

#include "base/buf.h"

enum { FORMAT_MAX = 32 * 1024 };

static const char *const kinds[QUESTION_KIND_COUNT] = {
    [QUESTION_LINE] = "line",
    [QUESTION_TEXT] = "text",
    [QUESTION_CHOICE] = "choice",
    [QUESTION_CONSENT] = "consent",
};

static bool find_kind(struct text name, enum question_kind *ret_kind)
{
    for (int i = 0; i < QUESTION_KIND_COUNT; i++)
        if (text_equal(name, text_from(kinds[i]))) {
            *ret_kind = (enum question_kind)i;
            return true;
        }
    return false;
}

/* "One / Two" becomes lines. */
static struct text choices_of(struct text t, struct arena *a)
{
    struct buf lines CLEANUP(buf_done) = BUF(FORMAT_MAX);
    struct text choice, rest = t;
    while (text_cut(rest, '/', &choice, &rest)) {
        buf_add_text(&lines, text_trim(choice));
        buf_add_cstr(&lines, "\n");
    }
    buf_add_text(&lines, text_trim(rest));
    return arena_text(a, buf_text(&lines));
}

enum status question_parse(struct text t, struct arena *a, struct question *ret_question,
                           struct error *err)
{
    struct question question = {0};
    struct text kind = {0}, label = {0}, choices;
    bool is_whole = text_cut(t, ':', &kind, &label);
    kind = text_trim(kind);
    if (text_ends(kind, TEXT("!"))) {
        question.required = true;
        kind.n--;
    }
    if (!is_whole || !find_kind(kind, &question.kind))
        return error_set(err, ERR_INVALID, "question",
                         "\"" TEXT_FMT "\": a question begins with line:, text:, choice: or "
                         "consent:, with a ! before the colon where it must be answered",
                         TEXT_ARG(t));
    if (question.kind == QUESTION_CHOICE && text_cut(label, '=', &label, &choices))
        question.choices = choices_of(choices, a);
    question.label = text_trim(label);
    *ret_question = question;
    return OK;
}

struct text questions_format(const struct question *questions, size_t n, struct arena *a)
{
    struct buf out CLEANUP(buf_done) = BUF(FORMAT_MAX);
    for (size_t i = 0; i < n; i++) {
        struct text choice, rest = questions[i].choices;
        buf_printf(&out, "%s%s%s: ", i ? "; " : "", kinds[questions[i].kind],
                   questions[i].required ? "!" : "");
        buf_add_text(&out, questions[i].label);
        for (const char *between = " = "; rest.n; between = " / ") {
            if (!text_cut(rest, '\n', &choice, &rest)) {
                choice = rest;
                rest = (struct text){0};
            }
            buf_add_cstr(&out, between);
            buf_add_text(&out, choice);
        }
    }
    return arena_text(a, buf_text(&out));
}
