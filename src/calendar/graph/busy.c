/* SPDX-License-Identifier: ISC
 *
 * Two ways to read when a mailbox is busy:
 *
 *   getSchedule    for the default calendar of an organisation's mailbox: no ids, and times as they are
 *   calendarView   event by event: where an event of ours must be left out, for further calendars, where no address is
 *                  known, and where getSchedule is refused, as it is to personal accounts
 *
 * Both end in one busylist. An answer that is not whole, or says that it does not know, fails the question:
 * unknown is never free.
 */
#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/request.h"
#include "calendar/graph/schedule.h"
#include "fetch/server.h"

enum { DAY_S = 86400 };

/* ---- getSchedule ---- */

static void move_all(struct busylist *to, const struct busylist *from)
{
    for (size_t i = 0; i < from->n; i++)
        busylist_add(to, from->at[i]);
    to->is_full = to->is_full || from->is_full;
}

static enum status read_schedule(struct calendar *graph, struct text address,
                                 const struct busy_ask *ask, int64_t deadline_ms,
                                 struct busylist *busy, struct error *err)
{
    struct mailbox one = {.address = address};
    struct schedules *s = schedules_new(graph, &one, 1, deadline_ms);
    enum status status = schedules_read(s, ask->from, ask->to, err);
    if (status == OK && s->status[0] != OK) {
        status = s->status[0];
        if (err)
            *err = s->why[0];
    }
    if (status == OK)
        move_all(busy, &s->busy[0]);
    schedules_free(s);
    return status;
}

/* ---- calendarView ---- */

/* MAPI's times of an all-day event may lie a day beside what the service takes it for: look that far around. */
enum { AROUND_S = DAY_S };

static enum status add_event(const struct json *item, const struct busy_ask *ask,
                             struct busylist *busy, struct error *err)
{
    struct graph_event event;
    TRY(graph_event_read(item, &event, err));
    bool is_own = (ask->own_id.n && text_equal(event.id, ask->own_id)) ||
                  (ask->own_uid.n && text_equal_nocase(event.uid, ask->own_uid));
    if (!is_own)
        busylist_add(busy, (struct busy){event.start, event.end, event.status});
    return OK;
}

static enum status read_view(struct calendar *graph, const struct busy_ask *ask,
                             struct text calendar, struct instant from, struct instant to,
                             int64_t deadline_ms, struct busylist *busy, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_pages_done) struct graph_pages pages;
    graph_write_view(graph, calendar, instant_add_s(from, -AROUND_S),
                     instant_add_s(to, AROUND_S), NULL, &target);
    struct graph_ask first = {.where = "graph calendarView",
                              .verb = "GET",
                              .target = buf_text(&target),
                              .names = graph_event_names};
    graph_pages_begin(&pages, graph, &first, deadline_ms);
    for (bool has;;) {
        TRY(graph_pages_next(&pages, &has, err));
        if (!has)
            return OK;
        for (size_t i = 0; i < json_count(pages.items) && !busy->is_full; i++)
            TRY(add_event(json_item(pages.items, i), ask, busy, err));
    }
}

static enum status read_calendar(struct calendar *graph, const struct busy_ask *ask,
                                 struct text calendar, int64_t deadline_ms,
                                 struct busylist *busy, struct error *err)
{
    for (struct instant from = ask->from; instant_before(from, ask->to);) {
        struct instant to = instant_add_s(from, (int64_t)GRAPH_WINDOW_DAYS * DAY_S);
        if (instant_before(ask->to, to))
            to = ask->to;
        TRY(read_view(graph, ask, calendar, from, to, deadline_ms, busy, err));
        from = to;
    }
    return OK;
}

/* ---- both ---- */

/* What may mean that this account has no getSchedule at all; how it is said there is written nowhere. */
static bool is_no_schedule(const struct calendar *graph, enum status status)
{
    bool is_our_fault = fetch_facts_of(graph->fetch)->http_status / 100 == 4;
    return status == ERR_DENIED || status == ERR_UNSUPPORTED || status == ERR_NOT_FOUND ||
           (status == ERR_UPSTREAM && is_our_fault);
}

static enum status read_default(struct calendar *graph, const struct busy_ask *ask,
                                int64_t deadline_ms, struct busylist *busy, struct error *err)
{
    bool needs_items = ask->own_id.n || ask->own_uid.n || ask->calendar.n ||
                       !graph->address.n || graph->lacks_schedule;
    if (needs_items)
        return read_calendar(graph, ask, ask->calendar, deadline_ms, busy, err);
    struct error why = {0};
    enum status status = read_schedule(graph, graph->address, ask, deadline_ms, busy, &why);
    if (is_no_schedule(graph, status) &&
        !graph->mailbox.n) { /* one's own, which one may read */
        TRY(read_calendar(graph, ask, (struct text){0}, deadline_ms, busy, err));
        graph->lacks_schedule = true;
        return OK;
    }
    if (status != OK && err)
        *err = why;
    return status;
}

static enum status read_all(struct calendar *graph, const struct busy_ask *ask,
                            int64_t deadline_ms, struct busylist *busy, struct error *err)
{
    TRY(read_default(graph, ask, deadline_ms, busy, err));
    for (size_t i = 0; i < ask->n_sources; i++)
        TRY(read_calendar(graph, ask, ask->sources[i].calendar, deadline_ms, busy, err));
    return OK;
}

/* ---- a room ---- */

static enum status read_room(struct calendar *graph, const struct busy_ask *ask,
                             int64_t deadline_ms, struct busylist *busy, struct error *err)
{
    CLEANUP(busylist_done) struct busylist room = {0};
    enum status status = read_schedule(graph, ask->room, ask, deadline_ms, &room, err);
    if (status != OK)
        return error_set(err, status, "room",
                         "the service does not show when " TEXT_FMT " is free (%s)",
                         TEXT_ARG(ask->room), status_name(status));
    for (size_t i = 0; i < room.n; i++)
        busylist_add_around(busy, room.at[i], &ask->own_slot);
    busy->is_full = busy->is_full || room.is_full;
    return OK;
}

enum status graph_busy(struct calendar *graph, const struct busy_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct busy_answer *ret_answer, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GRAPH_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "busy", "the window is empty or longer than %d days",
                         GRAPH_WINDOW_MAX_DAYS);
    CLEANUP(busylist_done) struct busylist busy = {0};
    TRY(read_all(graph, ask, deadline_ms, &busy, err));
    if (ask->room.n)
        TRY(read_room(graph, ask, deadline_ms, &busy, err));
    if (busylist_finish(&busy, ask->from, ask->to, a, &ret_answer->busy, &ret_answer->n_busy) !=
        OK)
        return error_set(err, ERR_LIMIT, "busy", "more than %d events lie in the window",
                         MAX_BUSY);
    return OK;
}
