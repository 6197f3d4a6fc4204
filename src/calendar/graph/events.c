/* SPDX-License-Identifier: ISC
 *
 * A calendar as its owner sees it. Nothing here is for anybody else, and nothing of it is kept.
 */
#include <stdlib.h>

#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/request.h"
#include "fetch/server.h"

enum { DAY_S = 86400 };

struct reading {
    const struct events_ask *ask;
    struct arena *a;
    struct events_answer *answer;
};

static struct secret secret_of(struct text t, size_t most)
{
    t = text_first(t, most);
    return t.n ? secret_new(t.at, t.n) : (struct secret){0};
}

static bool is_within(const struct graph_event *event, const struct events_ask *ask)
{
    return instant_before(event->start, ask->to) &&
           (instant_before(ask->from, event->end) ||
            (event->start.s == event->end.s && event->start.s >= ask->from.s));
}

static enum status take(struct reading *r, const struct json *item, struct error *err)
{
    struct events_answer *answer = r->answer;
    struct graph_event event;
    TRY(graph_event_read(item, &event, err));
    if (!is_within(&event, r->ask))
        return OK;
    if (answer->n_events == MAX_EVENTS)
        return error_set(err, ERR_INVALID, "events",
                         "more than %d events lie in this time: look at a shorter one",
                         MAX_EVENTS);
    bool is_ours = event.uid.n && event.uid.n <= MAX_UID;
    answer->events[answer->n_events++] = (struct seen_event){
        .start = event.start,
        .end = event.end,
        .status = event.status,
        .all_day = event.all_day,
        .is_private = event.is_private,
        .uid = is_ours ? arena_text(r->a, event.uid) : (struct text){0},
        .title = secret_of(event.title, MAX_EVENT_LINE),
        .place = secret_of(event.place, MAX_EVENT_LINE),
        .text = r->ask->with_text ? secret_of(event.text, MAX_EVENT_TEXT) : (struct secret){0},
    };
    return OK;
}

static enum status read_pages(struct reading *r, struct calendar *graph, int64_t deadline_ms,
                              struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_pages_done) struct graph_pages pages;
    graph_write_view(graph, r->ask->calendar, instant_add_s(r->ask->from, -DAY_S),
                     instant_add_s(r->ask->to, DAY_S),
                     r->ask->with_text ? ",subject,location,sensitivity,body"
                                       : ",subject,location,sensitivity",
                     &target);
    struct graph_ask first = {.where = "graph calendarView",
                              .verb = "GET",
                              .target = buf_text(&target),
                              .names = graph_sight_names};
    graph_pages_begin(&pages, graph, &first, deadline_ms);
    for (bool has;;) {
        TRY(graph_pages_next(&pages, &has, err));
        if (!has)
            return OK;
        for (size_t i = 0; i < json_count(pages.items); i++)
            TRY(take(r, json_item(pages.items, i), err));
    }
}

static int by_start(const void *one, const void *other)
{
    const struct seen_event *a = one, *b = other;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (a->end.s > b->end.s) - (a->end.s < b->end.s);
}

static void forget(struct events_answer *answer)
{
    for (size_t i = 0; i < answer->n_events; i++) {
        secret_free(&answer->events[i].title);
        secret_free(&answer->events[i].place);
        secret_free(&answer->events[i].text);
    }
    answer->n_events = 0;
}

enum status graph_events(struct calendar *graph, const struct events_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct events_answer *ret_answer,
                         struct error *err)
{
    struct reading r = {ask, a, ret_answer};
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GRAPH_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "events",
                         "the window is empty or longer than %d days", GRAPH_WINDOW_MAX_DAYS);
    ret_answer->events = ARENA_ARRAY(a, MAX_EVENTS, struct seen_event);
    enum status status = read_pages(&r, graph, deadline_ms, err);
    if (status != OK) {
        forget(ret_answer);
        return status;
    }
    if (ret_answer->n_events)
        qsort(ret_answer->events, ret_answer->n_events, sizeof *ret_answer->events, by_start);
    return OK;
}
