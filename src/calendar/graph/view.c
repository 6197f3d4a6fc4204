/* SPDX-License-Identifier: ISC
 *
 * The free/busy pattern of several mailboxes by getSchedule, and by nothing but the right to see it. Each mailbox
 * has its own error inside a 200, and names itself; the answer may come in any order.
 */
#include "calendar/graph/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/request.h"
#include "fetch/server.h"

enum { DAY_S = 86400, SMALLEST_S = 3600, SPLITS_MAX = 64 };

/* ---- one question ---- */

struct schedules *schedules_new(struct calendar *graph, const struct mailbox *mailboxes,
                                size_t n, int64_t deadline_ms)
{
    struct schedules *s = calloc(1, sizeof *s);
    ENSURE(s && n <= MAX_MAILBOXES);
    s->graph = graph;
    s->mailboxes = mailboxes;
    s->n = n;
    s->deadline_ms = deadline_ms;
    return s;
}

void schedules_free(struct schedules *s)
{
    for (size_t i = 0; i < s->n; i++)
        busylist_done(&s->busy[i]);
    free(s);
}

/* Whose calendar is named in the address: an application asks as the first of those it asks about. */
static void write_target(const struct calendar *graph, const struct mailbox *first,
                         struct buf *out)
{
    graph_target(graph, graph->is_app ? first->address : (struct text){0}, out);
    buf_add_cstr(out, "calendar/getSchedule");
}

static const struct json *schedule_of(const struct json *list, struct text address, size_t i)
{
    struct text id;
    for (size_t k = 0; k < json_count(list); k++)
        if (json_get_text(json_member(json_item(list, k), "scheduleId"), &id) &&
            text_equal_nocase(id, address))
            return json_item(list, k);
    return json_item(list, i);
}

static enum status ask_once(struct schedules *s, size_t first, size_t n, struct instant from,
                            struct instant to, bool *ret_is_full, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET), body = BUF(GRAPH_REQUEST_MAX);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    const struct mailbox *mailboxes = s->mailboxes + first;
    write_target(s->graph, mailboxes, &target);
    graph_write_schedule(mailboxes, n, from, to, &body);
    if (buf_failed(&body))
        return error_set(err, ERR_INVALID, "graph", "the request is too long");
    struct graph_ask ask = {.where = "graph getSchedule",
                            .verb = "POST",
                            .target = buf_text(&target),
                            .body = buf_text(&body),
                            .names = graph_schedule_names};
    TRY(graph_call(s->graph, &ask, s->deadline_ms, &answer, err));
    const struct json *list = json_member(answer.json, "value");
    if (json_count(list) != n)
        return error_set(err, ERR_UPSTREAM, ask.where,
                         "the answer speaks of %zu mailboxes, not of %zu", json_count(list), n);
    for (size_t i = 0; i < n; i++) {
        enum status status = graph_schedule_read(schedule_of(list, mailboxes[i].address, i),
                                                 &s->busy[first + i], &s->why[first + i]);
        *ret_is_full = *ret_is_full || status == ERR_FULL;
        if (s->status[first + i] == OK)
            s->status[first + i] = status;
    }
    return OK;
}

/* Ask; where a mailbox has more in the window than is told at once, ask for its halves. */
static enum status ask_window(struct schedules *s, size_t first, size_t n, struct instant from,
                              struct instant to, struct error *err)
{
    bool is_full = false;
    TRY(ask_once(s, first, n, from, to, &is_full, err));
    if (!is_full)
        return OK;
    struct instant middle = instant_add_s(from, instant_until_s(from, to) / 2);
    for (size_t i = first; i < first + n; i++) {
        if (s->status[i] != ERR_FULL)
            continue;
        if (instant_until_s(from, middle) < SMALLEST_S || ++s->n_splits > SPLITS_MAX)
            return error_set(err, ERR_LIMIT, "graph getSchedule",
                             "more events lie in the window than the service tells");
        s->status[i] = OK;
        TRY(ask_window(s, i, 1, from, middle, err));
        TRY(ask_window(s, i, 1, middle, to, err));
    }
    return OK;
}

enum status schedules_read(struct schedules *s, struct instant from, struct instant until,
                           struct error *err)
{
    for (; instant_before(from, until);
         from = instant_add_s(from, (int64_t)GRAPH_WINDOW_DAYS * DAY_S)) {
        struct instant to = instant_add_s(from, (int64_t)GRAPH_WINDOW_DAYS * DAY_S);
        if (instant_before(until, to))
            to = until;
        for (size_t first = 0; first < s->n; first += GRAPH_SCHEDULES) {
            size_t n = s->n - first < GRAPH_SCHEDULES ? s->n - first : GRAPH_SCHEDULES;
            TRY(ask_window(s, first, n, from, to, err));
        }
    }
    return OK;
}

/* ---- many ---- */

/* Nothing at all is told of a mailbox that failed in any part of the window. */
static void answer_one(struct schedules *s, const struct view_ask *ask, size_t i,
                       struct arena *a, struct mailbox_view *ret)
{
    ret->status = s->status[i];
    if (ret->status == OK)
        ret->status =
            busylist_finish(&s->busy[i], ask->from, ask->to, a, &ret->busy, &ret->n_busy);
    if (ret->status == OK && ret->n_busy > MAX_VIEW_BUSY)
        ret->status = ERR_LIMIT;
    if (ret->status != OK)
        ret->n_busy = 0;
}

static enum status check_ask(const struct view_ask *ask, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GRAPH_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "view", "the window is empty or longer than %d days",
                         GRAPH_WINDOW_MAX_DAYS);
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        if (!memchr(ask->mailboxes[i].address.at ? ask->mailboxes[i].address.at : "", '@',
                    ask->mailboxes[i].address.n))
            return error_set(err, ERR_INVALID, "view", "a mailbox has no address");
    return ask->n_mailboxes ? OK : error_set(err, ERR_INVALID, "view", "no mailbox is named");
}

enum status graph_view(struct calendar *graph, const struct view_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct view_answer *ret_answer, struct error *err)
{
    TRY(check_ask(ask, err));
    struct schedules *s = schedules_new(graph, ask->mailboxes, ask->n_mailboxes, deadline_ms);
    enum status status = schedules_read(s, ask->from, ask->to, err);
    if (status == OK) {
        ret_answer->n_views = ask->n_mailboxes;
        ret_answer->views = ARENA_ARRAY(a, ask->n_mailboxes, struct mailbox_view);
        for (size_t i = 0; i < ask->n_mailboxes; i++)
            answer_one(s, ask, i, a, &ret_answer->views[i]);
    }
    schedules_free(s);
    return status;
}
