/* SPDX-License-Identifier: ISC
 *
 * What became of our events, by calendarView/delta: it tells of every event between two times, and gives none of the
 * properties that we ask for elsewhere. So it is taken for a hint: whatever it names is looked for among the events of
 * ours, which are asked for by our property; others' are dropped.
 *
 * The state is ours around theirs: "START PAGES TARGET". The window moves with time, so a state is given up after a
 * month; and a delta whose pages do not come to an end is given up too, as there are such.
 */
#include <inttypes.h>
#include <stdio.h>

#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/request.h"
#include "fetch/server.h"
#include "os/clock.h"

enum {
    DAY_S = 86400,
    BEFORE_DAYS = 2,
    AHEAD_DAYS = GRAPH_WINDOW_MAX_DAYS,
    STATE_DAYS = 30,
    PAGE = 200,
    ROUND_PAGES_MAX = 500, /* of one round, over as many questions */
};

struct state {
    int64_t began_s, pages;
    struct text target;
};

/* ---- the state ---- */

static bool state_parse(struct text t, struct state *ret_state)
{
    struct text began, pages;
    return text_cut(t, ' ', &began, &t) && text_cut(t, ' ', &pages, &ret_state->target) &&
           text_to_i64(began, &ret_state->began_s) && text_to_i64(pages, &ret_state->pages) &&
           server_is_target(ret_state->target);
}

static struct text state_format(struct arena *a, const struct state *state)
{
    return text_from(arena_printf(a, "%" PRId64 " %" PRId64 " " TEXT_FMT, state->began_s,
                                  state->pages, TEXT_ARG(state->target)));
}

/* Where to go on, or where to begin; false: what we were given is too old, or none of ours. */
static bool state_begin(const struct calendar *graph, const struct changes_ask *ask,
                        struct buf *target, struct state *ret_state)
{
    int64_t now_s = clock_now().s;
    if (ask->state.n)
        return state_parse(ask->state, ret_state) &&
               now_s - ret_state->began_s <= (int64_t)STATE_DAYS * DAY_S &&
               ret_state->pages <= ROUND_PAGES_MAX;
    graph_write_delta(graph, ask->calendar, (struct instant){now_s - BEFORE_DAYS * DAY_S},
                      (struct instant){now_s + (int64_t)AHEAD_DAYS * DAY_S}, target);
    *ret_state = (struct state){.began_s = now_s, .target = buf_text(target)};
    return true;
}

/* ---- ours among them ---- */

struct taking {
    struct calendar *graph;
    const struct changes_ask *ask;
    const struct json *changed;
    int64_t deadline_ms;
    struct arena *a;
    struct changes_answer *answer;
};

static bool is_changed(const struct taking *t, struct text id)
{
    struct text other;
    for (size_t i = 0; i < json_count(t->changed); i++)
        if (json_get_text(json_member(json_item(t->changed, i), "id"), &other) &&
            text_equal(other, id))
            return true;
    return false;
}

static void take(struct taking *t, const struct graph_event *event)
{
    struct changes_answer *answer = t->answer;
    if (answer->n_changes == MAX_CHANGES)
        return; /* pages are smaller than that */
    answer->changes[answer->n_changes++] = (struct event_change){
        .removed = event->is_removed,
        .uid = arena_text(t->a, event->uid.n <= MAX_UID ? event->uid : (struct text){0}),
        .ref = {.id = arena_text(t->a, event->id),
                .change_key = arena_text(t->a, text_first(event->etag, MAX_EXTERNAL_ID)),
                .start = event->start,
                .end = event->end}};
}

static enum status take_ours(struct taking *t, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_pages_done) struct graph_pages pages;
    graph_write_find(t->graph, t->ask->calendar, (struct text){0}, &target);
    struct graph_ask first = {.where = "graph events of ours",
                              .verb = "GET",
                              .target = buf_text(&target),
                              .names = graph_event_names};
    graph_pages_begin(&pages, t->graph, &first, t->deadline_ms);
    for (bool has;;) {
        struct graph_event event;
        TRY(graph_pages_next(&pages, &has, err));
        if (!has)
            return OK;
        for (size_t i = 0; i < json_count(pages.items); i++) {
            TRY(graph_event_read(json_item(pages.items, i), &event, err));
            if (event.uid.n && is_changed(t, event.id))
                take(t, &event);
        }
    }
}

static enum status take_removed(struct taking *t, bool *ret_has_others, struct error *err)
{
    for (size_t i = 0; i < json_count(t->changed); i++) {
        const struct json *item = json_item(t->changed, i);
        struct graph_event event;
        bool is_removed = json_is_an_object(json_member(item, "@removed"));
        *ret_has_others = *ret_has_others || !is_removed;
        if (!is_removed)
            continue;
        TRY(graph_event_read(item, &event, err));
        take(t, &event);
    }
    return OK;
}

/* ---- both ---- */

/* Where the next page, or the next round, is to be had. */
static enum status note_next(const struct calendar *graph, const struct json *answer,
                             struct state *state, bool *ret_more, struct error *err)
{
    struct text link;
    *ret_more = json_get_text(json_member(answer, "@odata.nextLink"), &link);
    state->pages = *ret_more ? state->pages + 1 : 0;
    if (!*ret_more && !json_get_text(json_member(answer, "@odata.deltaLink"), &link))
        return error_set(err, ERR_UPSTREAM, "graph delta",
                         "the answer holds no state to go on from");
    return graph_link(graph, link, &state->target, err);
}

enum status graph_changes(struct calendar *graph, const struct changes_ask *ask,
                          int64_t deadline_ms, struct arena *a,
                          struct changes_answer *ret_answer, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    struct state state;
    bool has_others = false;
    ret_answer->lost = !state_begin(graph, ask, &target, &state);
    if (ret_answer->lost)
        return OK;
    struct graph_ask delta = {.where = "graph delta",
                              .verb = "GET",
                              .target = state.target,
                              .names = graph_event_names,
                              .page = PAGE};
    enum status status = graph_call(graph, &delta, deadline_ms, &answer, err);
    ret_answer->lost = ask->state.n && answer.http_status == 410;
    if (ret_answer->lost)
        return OK;
    TRY(status);
    struct taking t = {graph,       ask, json_member(answer.json, "value"),
                       deadline_ms, a,   ret_answer};
    if (!json_is_a_list(t.changed) || json_count(t.changed) > MAX_CHANGES)
        return error_set(err, ERR_UPSTREAM, delta.where, "the answer holds no list that fits");
    TRY(note_next(graph, answer.json, &state, &ret_answer->more, err));
    ret_answer->changes = ARENA_ARRAY(a, MAX_CHANGES, struct event_change);
    TRY(take_removed(&t, &has_others, err));
    if (has_others)
        TRY(take_ours(&t, err));
    ret_answer->state = state_format(a, &state);
    return OK;
}
