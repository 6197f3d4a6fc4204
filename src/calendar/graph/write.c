/* SPDX-License-Identifier: ISC
 *
 * Events of ours. Each carries the booking's uid in a named property; nothing is touched whose property is not the uid
 * at hand, so an id that went astray does no harm. Graph itself tells those who were invited: an event without
 * attendees tells nobody.
 */
#include <poll.h>

#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "calendar/graph/request.h"
#include "calendar/writing.h"
#include "fetch/server.h"
#include "os/clock.h"

/* ---- reading ---- */

/* ERR_NOT_FOUND from here on means one thing: the service was asked, and the event is not there. */

static struct event_ref ref_of(struct arena *a, const struct graph_event *event)
{
    return (struct event_ref){.id = arena_text(a, event->id),
                              .change_key = arena_text(a, event->etag),
                              .meeting = arena_text(a, event->meeting),
                              .start = event->start,
                              .end = event->end,
                              .room = event->room};
}

/* Take the event if it carries uid. */
static enum status pick(const struct json *item, struct text uid, struct arena *a,
                        struct event_ref *ret_ref, struct error *err)
{
    struct graph_event event;
    TRY(graph_event_read(item, &event, err));
    if (!text_equal_nocase(event.uid, uid))
        return error_set(err, ERR_NOT_FOUND, "graph", "the event there is not this booking's");
    if (event.etag.n > MAX_EXTERNAL_ID || event.is_vague)
        return error_set(err, ERR_UPSTREAM, "graph",
                         "an event of ours came with a version or times that do not fit");
    *ret_ref = ref_of(a, &event);
    return OK;
}

static enum status get(struct calendar *graph, struct text id, struct text uid,
                       int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                       struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    graph_write_event(graph, id, true, &target);
    struct graph_ask ask = {.where = "graph event",
                            .verb = "GET",
                            .target = buf_text(&target),
                            .names = graph_event_names};
    TRY(graph_call(graph, &ask, deadline_ms, &answer, err));
    return pick(answer.json, uid, a, ret_ref, err);
}

enum status graph_find(struct calendar *graph, const struct find_ask *find, int64_t deadline_ms,
                       struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    if (!find->uid.n)
        return error_set(err, ERR_INVALID, "find", "the uid is empty");
    graph_write_find(graph, find->calendar, find->uid, &target);
    struct graph_ask ask = {.where = "graph find",
                            .verb = "GET",
                            .target = buf_text(&target),
                            .names = graph_event_names};
    enum status status = graph_call(graph, &ask, deadline_ms, &answer, err);
    if (status ==
        ERR_NOT_FOUND) /* the mailbox or the calendar: that says nothing of the event */
        return ERR_UPSTREAM;
    TRY(status);
    const struct json *items = json_member(answer.json, "value");
    if (!json_is_a_list(items))
        return error_set(err, ERR_UPSTREAM, ask.where, "the answer holds no list");
    if (!json_count(items))
        return error_set(err, ERR_NOT_FOUND, "graph", "there is no event of this booking");
    status = pick(json_item(items, 0), find->uid, a, ret_ref, err);
    return status == ERR_NOT_FOUND ? error_set(err, ERR_UPSTREAM, ask.where,
                                               "the service does not search by our property")
                                   : status;
}

/* Find an event of ours by its id or, as ids change when a mailbox moves, by its uid. */
static enum status locate(struct calendar *graph, struct text calendar_id, struct text id,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct event_ref *ret_ref, struct error *err)
{
    enum status status = ERR_NOT_FOUND;
    if (!uid.n)
        return error_set(err, ERR_INVALID, "event", "the uid is empty");
    if (id.n)
        status = get(graph, id, uid, deadline_ms, a, ret_ref, err);
    if (status != ERR_NOT_FOUND)
        return status;
    struct find_ask ask = {.calendar = calendar_id, .uid = uid};
    return graph_find(graph, &ask, deadline_ms, a, ret_ref, err);
}

/* ---- writing ---- */

static enum status delete_event(struct calendar *graph, struct text id, int64_t deadline_ms,
                                struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    graph_write_event(graph, id, false, &target);
    struct graph_ask ask = {.where = "graph delete",
                            .verb = "DELETE",
                            .target = buf_text(&target),
                            .names = graph_event_names};
    return graph_call(graph, &ask, deadline_ms, &answer, err);
}

/* Wait until the room has answered, as far as the deadline lets us; rooms take seconds. */
static enum status wait_for_room(struct calendar *graph, struct text uid, int64_t deadline_ms,
                                 struct arena *a, struct event_ref *ref, struct error *err)
{
    enum { EVERY_MS = 500, MARGIN_MS = 2000 };
    while (ref->room == ROOM_OPEN && clock_ms() + EVERY_MS + MARGIN_MS < deadline_ms) {
        poll(NULL, 0, EVERY_MS);
        TRY(get(graph, ref->id, uid, deadline_ms, a, ref, err));
    }
    if (ref->room == ROOM_OPEN)
        return error_set(err, ERR_TIMEOUT, "room", "the room has not answered yet");
    return OK;
}

/* A meeting may take a moment: read once more. Without one the booking stands all the same. */
static void wait_for_meeting(struct calendar *graph, struct text uid, int64_t deadline_ms,
                             struct arena *a, struct event_ref *ref)
{
    enum { AFTER_MS = 500, MARGIN_MS = 3000 };
    struct event_ref again;
    if (ref->meeting.n || clock_ms() + AFTER_MS + MARGIN_MS > deadline_ms)
        return;
    poll(NULL, 0, AFTER_MS);
    if (get(graph, ref->id, uid, deadline_ms, a, &again, NULL) == OK)
        *ref = again;
}

/* Read back what was written, and wait for its room. What cannot be read is uncertain. ERR_CONFLICT: it stands
 * wrongly, or its room declines; the caller must take it back. */
static enum status read_back(struct calendar *graph, struct text calendar_id, struct text id,
                             const struct event *event, bool has_room, int64_t deadline_ms,
                             struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    enum status status =
        locate(graph, calendar_id, id, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "graph", err);
    if (!writing_stands(ret_ref, event))
        return error_set(err, ERR_CONFLICT, "graph",
                         "the service wrote the event at another time than asked");
    if (!has_room)
        return OK;
    status = wait_for_room(graph, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "graph", err);
    return ret_ref->room == ROOM_ACCEPTED
               ? OK
               : error_set(err, ERR_CONFLICT, "room", "the room declines");
}

/* Post the event; *ret_id borrows from a. */
static enum status post(struct calendar *graph, const struct create_ask *create,
                        int64_t deadline_ms, struct arena *a, struct text *ret_id,
                        struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET), body = BUF(GRAPH_REQUEST_MAX);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    struct text id = {0};
    graph_write_calendar(graph, create->calendar, "/events", &target);
    graph_write_new(&create->event, &body);
    if (buf_failed(&body))
        return error_set(err, ERR_INVALID, "graph", "the request is too long");
    struct graph_ask ask = {.where = "graph create",
                            .verb = "POST",
                            .target = buf_text(&target),
                            .body = buf_text(&body),
                            .names = graph_event_names,
                            .once = true};
    enum status status = graph_call(graph, &ask, deadline_ms, &answer, err);
    if (status != OK)
        return answer.is_doubtful ? writing_uncertain(status, "graph", err) : status;
    json_get_text(json_member(answer.json, "id"), &id);
    *ret_id = arena_text(a, id);
    return OK;
}

enum status graph_create(struct calendar *graph, const struct create_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                         struct error *err)
{
    struct text id = {0};
    struct event_ref ref = {0};
    struct error why = {0};
    TRY(writing_check(&ask->event, err));
    TRY(post(graph, ask, deadline_ms, a, &id, err));
    enum status status = read_back(graph, ask->calendar, id, &ask->event, ask->event.room.n > 0,
                                   deadline_ms, a, &ref, &why);
    if (status == ERR_CONFLICT) {
        if (delete_event(graph, ref.id, deadline_ms, err) != OK)
            return writing_uncertain(ERR_UPSTREAM, "graph", err);
        return error_set(err, ERR_UPSTREAM, why.where, "%s; it was removed again", why.what);
    }
    if (status == OK && ask->event.online_meeting)
        wait_for_meeting(graph, ask->event.uid, deadline_ms, a, &ref);
    if (status == OK)
        *ret_ref = ref;
    else if (err)
        *err = why;
    return status;
}

/* How to join a meeting stands in the event's text as well: a text without that ends the meeting, so it stays. */
static enum status change(struct calendar *graph, const struct event *event,
                          const struct event_ref *ref, int64_t deadline_ms, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET), body = BUF(GRAPH_REQUEST_MAX);
    CLEANUP(graph_answer_done) struct graph_answer answer = {0};
    struct event changed = *event;
    if (ref->meeting.n)
        changed.body = (struct text){0};
    graph_write_event(graph, ref->id, false, &target);
    graph_write_change(&changed, &body);
    if (buf_failed(&body))
        return error_set(err, ERR_INVALID, "graph", "the request is too long");
    struct graph_ask ask = {.where = "graph update",
                            .verb = "PATCH",
                            .target = buf_text(&target),
                            .body = buf_text(&body),
                            .names = graph_event_names,
                            .if_match = ref->change_key,
                            .once = true};
    enum status status = graph_call(graph, &ask, deadline_ms, &answer, err);
    return status != OK && answer.is_doubtful ? writing_uncertain(status, "graph", err)
                                              : status;
}

/* Take a change back that did not come out right: texts stay, since an empty one changes nothing. */
static enum status put_back(struct calendar *graph, const struct update_ask *ask,
                            const struct event_ref *before, const struct event_ref *now,
                            int64_t deadline_ms, struct error *err)
{
    struct error why = err ? *err : (struct error){0};
    struct event old = {.uid = ask->event.uid, .start = before->start, .end = before->end};
    if (now->room != ROOM_NONE && change(graph, &old, now, deadline_ms, err) != OK)
        return writing_uncertain(ERR_UPSTREAM, "graph", err);
    return error_set(err, ERR_UPSTREAM, why.where, "%s%s", why.what,
                     now->room != ROOM_NONE ? "; the event was moved back" : "");
}

enum status graph_update(struct calendar *graph, const struct update_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                         struct error *err)
{
    struct event_ref ref = {0}, now = {0};
    TRY(writing_check(&ask->event, err));
    TRY(locate(graph, ask->calendar, ask->id, ask->event.uid, deadline_ms, a, &ref, err));
    enum status status = change(graph, &ask->event, &ref, deadline_ms, err);
    if (status == ERR_CONFLICT) { /* the host touched it in between: look again, once */
        TRY(locate(graph, ask->calendar, ref.id, ask->event.uid, deadline_ms, a, &ref, err));
        status = change(graph, &ask->event, &ref, deadline_ms, err);
    }
    TRY(status);
    bool has_room =
        ask->event.room.n && ref.room != ROOM_NONE; /* it may be older than the page's room */
    status = read_back(graph, ask->calendar, ref.id, &ask->event, has_room, deadline_ms, a,
                       &now, err);
    if (status == ERR_CONFLICT)
        return put_back(graph, ask, &ref, &now, deadline_ms, err);
    if (status == OK)
        *ret_ref = now;
    return status;
}

/* Whoever was invited is told by Graph, as of every event that has attendees: has_invitee is known to it. */
enum status graph_remove(struct calendar *graph, const struct remove_ask *ask,
                         int64_t deadline_ms, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct event_ref ref = {0};
    enum status status =
        locate(graph, ask->calendar, ask->id, ask->uid, deadline_ms, &a, &ref, err);
    if (status == OK)
        status = delete_event(graph, ref.id, deadline_ms, err);
    return status == ERR_NOT_FOUND ? OK : status;
}
