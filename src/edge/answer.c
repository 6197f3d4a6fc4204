/* SPDX-License-Identifier: ISC */
#include "edge/answer.h"

#include <stdio.h>

#include "edge/route.h"
#include "edge/web.h"
#include "time/instant.h"

enum { RETRY_S = 5 };

void answer_problem_members(struct json_writer *w, const struct failure *failure)
{
    char type[64];
    snprintf(type, sizeof type, "/problems/%s", failure->type);
    json_put_text(w, "type", text_from(type));
    json_put_text(w, "title", text_from(failure->title.one));
    json_put_i64(w, "status", failure->http);
    json_put_text(w, "detail", text_from(failure->detail.one));
}

static void add_problem(struct buf *out, const struct failure *failure)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    answer_problem_members(&w, failure);
    json_close(&w, '}');
}

static bool is_api(const struct visit *visit)
{
    return visit->route ? visit->route->is_api
                        : visit->n_parts > 0 && text_equal(visit->parts[0], TEXT("api"));
}

void answer_failure(struct visit *visit, struct http_response *ret_response,
                    const struct failure *failure)
{
    if (is_api(visit)) {
        visit_response(visit, ret_response, failure->http, "application/problem+json");
        add_problem(&ret_response->body, failure);
    } else {
        visit_response(visit, ret_response, failure->http, "text/html; charset=utf-8");
        struct failure_view view = {
            .head = visit_head_said(visit, failure->title),
            .title = visit_say(visit, failure->title),
            .detail = visit_say(visit, failure->detail),
        };
        web_failure(&ret_response->body, &view);
    }
    if (failure->is_temporary) {
        char seconds[24];
        snprintf(seconds, sizeof seconds, "%lld",
                 (long long)(visit->retry_s > 0 ? visit->retry_s : RETRY_S));
        http_response_add(ret_response, "Retry-After", text_from(seconds));
    }
}

void answer_refusal(void *owner, unsigned status, struct http_response *ret_response)
{
    const struct edge *edge = owner;
    const struct failure *failure = failure_of_http(status);
    http_response_init(ret_response, failure->http, "text/plain; charset=utf-8");
    http_response_add_security(ret_response, HTTP_DATA, (struct text){0},
                               edge->config.is_https);
    buf_printf(&ret_response->body, "%s.\n", failure->title.one);
}

void answer_slots(struct json_writer *w, const struct slot *slots, size_t n_slots)
{
    json_name(w, "slots");
    json_open(w, '[');
    for (size_t i = 0; i < n_slots; i++) {
        char start[INSTANT_SIZE], finish[INSTANT_SIZE];
        instant_format(slots[i].start, start);
        instant_format(slots[i].end, finish);
        json_open(w, '{');
        json_put_text(w, "start", text_from(start));
        json_put_text(w, "end", text_from(finish));
        json_close(w, '}');
    }
    json_close(w, ']');
}

const char *const answer_question_kinds[QUESTION_KIND_COUNT] = {[QUESTION_LINE] = "line",
                                                                [QUESTION_TEXT] = "text",
                                                                [QUESTION_CHOICE] = "choice",
                                                                [QUESTION_CONSENT] = "consent"};

static void put_choices(struct json_writer *w, struct text choices)
{
    json_name(w, "choices");
    json_open(w, '[');
    while (choices.n) {
        struct text choice = choices, rest = {0};
        (void)text_cut(choices, '\n', &choice, &rest);
        json_add_text(w, choice);
        choices = rest;
    }
    json_close(w, ']');
}

void answer_questions(struct json_writer *w, const struct question *questions, size_t n)
{
    json_name(w, "questions");
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, '{');
        json_put_text(w, "question", questions[i].label);
        json_put_text(w, "kind", text_from(answer_question_kinds[questions[i].kind]));
        json_put_bool(w, "required", questions[i].required);
        if (questions[i].kind == QUESTION_CHOICE)
            put_choices(w, questions[i].choices);
        json_close(w, '}');
    }
    json_close(w, ']');
}
