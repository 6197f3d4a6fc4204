/* SPDX-License-Identifier: ISC
 *
 *     NEW ── watch ──▶ OPENING ──▶ LISTENING ◀──┐ watch_wait, again and again
 *                         ▲            │ ───────┘
 *                         └────────────┤ is over (half an hour), or others are to be watched
 *      failed: dropped,                │
 *      again after a while     ENDING ◀┘ nobody is: unwatch, then dropped
 *
 * One thread has all streams, and waits for their answers at once.
 */
#include "vault/watch.h"

#include <poll.h>

#include "os/clock.h"
#include "os/log.h"
#include "vault/fault.h"
#include "vault/wait.h"
#include "wire/codec.h"

enum { TURN_MS = 500, LOOK_EVERY_MS = 5000, LOOK_OFTEN_MS = 1000 };

/* ---- members ---- */

static bool is_in_use(const struct stream *s)
{
    return s->state != STREAM_FREE && s->state != STREAM_ENDING && !s->ends;
}

static bool is_wanted(const struct watcher *w, int64_t connection)
{
    for (size_t i = 0; i < w->n_wanted; i++)
        if (w->wanted[i].connection == connection)
            return true;
    return false;
}

static bool has_member(const struct stream *s, int64_t connection)
{
    for (size_t i = 0; i < s->n_members; i++)
        if (s->members[i] == connection)
            return true;
    return false;
}

static bool has_place(const struct watcher *w, int64_t connection)
{
    for (size_t i = 0; i < WATCH_STREAMS; i++)
        if (is_in_use(&w->streams[i]) && has_member(&w->streams[i], connection))
            return true;
    return false;
}

/* Let the follower know whom it has to poll again. */
static void let_go(struct watcher *w, struct stream *s)
{
    for (size_t i = 0; i < s->n_asked; i++)
        if (s->asked[i].is_watched)
            follower_watched(w->follower, s->asked[i].connection, false);
    s->n_asked = 0;
}

static void drop(struct watcher *w, struct stream *s, enum status status, struct error *err)
{
    let_go(w, s);
    stream_drop(w->v, s, status, err);
}

/* What never came to a courier is tried again with the next look, what the server would not have waits longer each
 * time. */
static void fail(struct watcher *w, struct stream *s, enum status status, struct error *err)
{
    bool was_asked = s->has_child;
    bool may_soon = !was_asked && (status == ERR_PAUSED || status == ERR_NOT_FOUND);
    if (was_asked) {
        METRIC_ADD(&w->v->metrics, streams_broken);
        log_error(LOG_NOTE, "a stream of changes broke, its calendars are polled", status, err);
    }
    if (!may_soon)
        backoff_failed(&w->backoff, s->sign_in, w->v->now());
    drop(w, s, status, err);
}

/* ---- who is to be watched ---- */

/* May anything be sent with this sign-in? */
static bool is_in_order(struct watcher *w, int64_t sign_in)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored c = {0};
    enum status status = store_connection_get(w->v->store, &a, sign_in, &c, NULL);
    bool in_order = status == OK && c.state == CONNECTION_OK;
    wire_wipe(server_shape, &c.server);
    return in_order;
}

/* Forget members that are not to be watched any more. A child that holds an old password, or one that is refused
 * now, ends at once: it must send nothing. */
static void keep_members(struct watcher *w, struct stream *s)
{
    size_t n = 0;
    struct error err = {0};
    for (size_t i = 0; i < s->n_members; i++)
        if (is_wanted(w, s->members[i]))
            s->members[n++] = s->members[i];
    s->renews |= n < s->n_members;
    s->n_members = n;
    s->ends = n == 0;
    bool is_outdated = s->has_child && s->state != STREAM_OPENING &&
                       s->version != gate_version(&w->v->calendar, s->sign_in);
    if (is_outdated ||
        (s->ends && (s->state != STREAM_LISTENING || !is_in_order(w, s->sign_in))))
        drop(w, s, ERR_CLOSED, &err);
}

static struct stream *find_room(struct watcher *w, int64_t sign_in)
{
    for (size_t i = 0; i < w->n_streams; i++) {
        struct stream *s = &w->streams[i];
        if (is_in_use(s) && s->is_shared && s->sign_in == sign_in && s->n_members < MAX_WATCHED)
            return s;
    }
    return NULL;
}

/* A free place for one stream more of a sign-in; NULL: there is none. */
static struct stream *find_free(struct watcher *w, int64_t sign_in)
{
    struct stream *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < w->n_streams; i++) {
        struct stream *s = &w->streams[i];
        n += s->state != STREAM_FREE && s->sign_in == sign_in;
        if (s->state == STREAM_FREE && !found)
            found = s;
    }
    return n < WATCH_PER_SIGN_IN ? found : NULL;
}

static void find_place(struct watcher *w, const struct watchable *row)
{
    bool is_shared = row->connection != row->sign_in;
    struct stream *s = is_shared ? find_room(w, row->sign_in) : NULL;
    bool may = backoff_may(&w->backoff, row->sign_in, (struct instant){0}, w->v->now());
    if (!s && may && (s = find_free(w, row->sign_in)))
        *s = (struct stream){
            .state = STREAM_NEW, .sign_in = row->sign_in, .is_shared = is_shared};
    if (!s)
        return;
    s->members[s->n_members++] = row->connection;
    s->renews = true;
}

static void open_stream(struct watcher *w, struct stream *s)
{
    struct error err = {0};
    let_go(w, s);
    enum status status = stream_open(w->v, s, &err);
    if (status != OK)
        fail(w, s, status, &err);
    fault_point("watch_after_ask");
}

static void count(struct watcher *w)
{
    int64_t n = 0, n_open = 0;
    for (size_t i = 0; i < WATCH_STREAMS; i++) {
        const struct stream *s = &w->streams[i];
        n_open += s->state == STREAM_LISTENING;
        for (size_t j = 0; s->state == STREAM_LISTENING && j < s->n_asked; j++)
            n += s->asked[j].is_watched;
    }
    atomic_store(&w->v->metrics.mailboxes_watched, n);
    atomic_store(&w->v->metrics.streams_open, n_open);
}

void watcher_plan(struct watcher *w)
{
    struct error err = {0};
    if (!w->n_streams || !couriers_attached(&w->v->couriers))
        return;
    enum status status =
        store_watchable_list(w->v->store, w->v->now(), w->wanted, &w->n_wanted, &err);
    if (status != OK)
        return log_error(LOG_ERROR, "whom to watch could not be read", status, &err);
    for (size_t i = 0; i < WATCH_STREAMS; i++)
        if (w->streams[i].state != STREAM_FREE && w->streams[i].state != STREAM_ENDING)
            keep_members(w, &w->streams[i]);
    for (size_t i = 0; i < w->n_wanted; i++)
        if (!has_place(w, w->wanted[i].connection))
            find_place(w, &w->wanted[i]);
    for (size_t i = 0; i < WATCH_STREAMS; i++)
        if (w->streams[i].state == STREAM_NEW)
            open_stream(w, &w->streams[i]);
    count(w);
}

/* ---- answers ---- */

static void pass_on(struct watcher *w, const struct stream *s, const bool *changed,
                    bool is_opened)
{
    for (size_t i = 0; i < s->n_asked; i++) {
        if (is_opened && s->asked[i].is_watched)
            follower_watched(w->follower, s->asked[i].connection, true);
        if (!changed[i])
            continue;
        METRIC_ADD(&w->v->metrics, hints);
        calendar_changed(&w->v->calendar, s->asked[i].connection);
        follower_hint(w->follower, s->asked[i].connection);
    }
}

static void take_answer(struct watcher *w, struct stream *s)
{
    struct error err = {0};
    bool changed[MAX_WATCHED] = {0}, is_over = false, is_opened = s->state == STREAM_OPENING;
    if (s->state == STREAM_ENDING)
        return drop(w, s, ERR_CLOSED, &err);
    enum status status = stream_answered(w->v, s, changed, &is_over, &err);
    if (status != OK)
        return fail(w, s, status, &err);
    pass_on(w, s, changed, is_opened);
    bool is_short = is_over && clock_ms() < s->opened_ms + WATCH_SOUND_MS;
    if (is_short)
        return fail(w, s, error_set(&err, ERR_UPSTREAM, "watch", "the server ended it at once"),
                    &err);
    if (!is_opened && !is_over)
        backoff_worked(&w->backoff, s->sign_in);
    if (!s->ends && (is_over || s->renews))
        return open_stream(w, s);
    if (s->ends && !is_in_order(w, s->sign_in))
        return drop(w, s, ERR_CLOSED, &err);
    status = s->ends ? stream_end(s, &err) : stream_listen(s, &err);
    if (status != OK)
        fail(w, s, status, &err);
}

static bool has_question(const struct stream *s)
{
    return s->state == STREAM_OPENING || s->state == STREAM_LISTENING ||
           s->state == STREAM_ENDING;
}

void watcher_turn(struct watcher *w, int64_t deadline_ms)
{
    struct pollfd polled[WATCH_STREAMS];
    struct error err = {0};
    for (size_t i = 0; i < WATCH_STREAMS; i++)
        polled[i] =
            (struct pollfd){.fd = has_question(&w->streams[i]) ? w->streams[i].link.ch.fd : -1,
                            .events = POLLIN};
    int64_t left_ms = deadline_ms - clock_ms();
    if (poll(polled, WATCH_STREAMS, left_ms > 0 ? (int)left_ms : 0) < 0)
        return;
    for (size_t i = 0; i < WATCH_STREAMS; i++) {
        struct stream *s = &w->streams[i];
        if (polled[i].fd < 0)
            continue;
        if (polled[i].revents)
            take_answer(w, s);
        else if (clock_ms() > s->deadline_ms + COURIER_GRACE_MS)
            fail(w, s, error_set(&err, ERR_TIMEOUT, "courier", "no answer in time"), &err);
    }
    count(w);
}

/* ---- life ---- */

void watcher_init(struct watcher *w, struct follower *follower, size_t n_streams)
{
    *w = (struct watcher){.v = follower->v,
                          .follower = follower,
                          .n_streams = !follower->poll_s           ? 0
                                       : n_streams > WATCH_STREAMS ? WATCH_STREAMS
                                                                   : n_streams,
                          .every_ms = follower->poll_s < LOOK_EVERY_MS / 1000 ? LOOK_OFTEN_MS
                                                                              : LOOK_EVERY_MS};
}

void watcher_done(struct watcher *w)
{
    struct error err = {0};
    for (size_t i = 0; i < WATCH_STREAMS; i++)
        if (w->streams[i].state != STREAM_FREE)
            stream_drop(w->v, &w->streams[i], ERR_CLOSED, &err);
}

static void *watch_on(void *at)
{
    struct watcher *w = at;
    int64_t plan_ms = 0;
    while (!w->ends) {
        if (clock_ms() >= plan_ms) {
            watcher_plan(w);
            plan_ms = clock_ms() + w->every_ms;
        }
        watcher_turn(w, clock_ms() + TURN_MS);
    }
    return NULL;
}

enum status watcher_start(struct watcher *w, struct follower *follower, size_t n_streams,
                          struct error *err)
{
    watcher_init(w, follower, n_streams);
    if (w->n_streams && pthread_create(&w->thread, NULL, watch_on, w) != 0)
        return error_set(err, ERR_IO, "watch", "the system gives no further thread");
    return OK;
}

enum status watcher_stop(struct watcher *w, int64_t deadline_ms)
{
    w->ends = true;
    if (w->n_streams)
        TRY(wait_join(w->thread, deadline_ms));
    watcher_done(w);
    return OK;
}
