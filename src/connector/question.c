/* SPDX-License-Identifier: ISC */
#include "connector/question.h"

#include "connector/delta.h"
#include "time/instant.h"

/* What the server asked about and not a second more. */
static struct busy clipped(struct busy busy, const struct desk_question_answer *question)
{
    if (busy.start.s < question->from.s)
        busy.start = question->from;
    if (busy.end.s > question->to.s)
        busy.end = question->to;
    return busy;
}

static void read_calendars(const struct platform *at,
                           const struct desk_question_answer *question, struct arena *a,
                           struct desk_answer *answer, struct error *err)
{
    const struct calendar_adapter *calendar = &at->calendar;
    struct stretch *list = NULL;
    size_t n = 0;
    if (question->from.s >= question->to.s ||
        calendar->read(calendar->self, question->from, question->to, a, &list, &n, err) != OK)
        return;
    size_t inside = 0;
    for (size_t i = 0; i < n; i++) {
        list[i].busy = clipped(list[i].busy, question);
        if (list[i].busy.start.s < list[i].busy.end.s)
            list[inside++] = list[i];
    }
    inside = delta_normalise(list, inside);
    if (inside > DESK_ANSWER_MAX)
        return;
    answer->is_known = true;
    answer->n_busy = inside;
    answer->busy = ARENA_ARRAY(a, inside, struct busy);
    for (size_t i = 0; i < inside; i++)
        answer->busy[i] = list[i].busy;
}

enum status question_answer(const struct server_line *line, int64_t number, int64_t wait_s,
                            struct question_seen *ret_seen, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct desk_question ask = {.number = number, .wait_s = wait_s};
    struct desk_question_answer question;
    TRY(server_ask(line, "question", desk_question_shape, &ask, desk_question_answer_shape,
                   &question, &a, wait_s * 1000, err));
    question.from = instant_clamp(question.from);
    question.to = instant_clamp(question.to);
    struct question_seen seen = {
        .was_one = question.number != 0, .has_orders = question.has_orders, .is_known = true};
    if (seen.was_one) {
        struct desk_answer answer = {.number = question.number};
        struct desk_answer_answer heard;
        read_calendars(line->at, &question, &a, &answer, err);
        seen.is_known = answer.is_known;
        TRY(server_ask(line, "answer", desk_answer_shape, &answer, desk_answer_answer_shape,
                       &heard, &a, 0, err));
    }
    *ret_seen = seen;
    return OK;
}
