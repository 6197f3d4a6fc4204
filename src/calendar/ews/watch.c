/* SPDX-License-Identifier: ISC
 *
 * Streaming notifications. Each mailbox is subscribed to for itself; one GetStreamingEvents then tells of all of them
 * for half an hour at most, over a connection of its own. What is read of an event is which subscription it
 * is about: it is a hint to ask SyncFolderItems, and nothing rests on it.
 *
 * Subscriptions live on one of the servers behind the address. So that all calls get there, the first mailbox is
 * everybody's anchor, X-PreferServerAffinity asks for a cookie that names the server, and the cookie
 * goes with every further call (Microsoft: "Maintain affinity between a group of subscriptions and the
 * Mailbox server"). A mailbox that lives elsewhere all the same shows as a subscription that is lost as soon as
 * the stream is opened; a second time, it is left out.
 */
#include <stdlib.h>

#include "calendar/ews/code.h"
#include "calendar/ews/ews.h"
#include "calendar/ews/stream.h"
#include "fetch/stream.h"
#include "os/clock.h"

enum {
    STREAM_MINUTES = 30,         /* Exchange takes no more */
    STREAM_BYTES_MAX = 64 << 20, /* in that time */
    ROUNDS_MAX = 3,              /* to open a stream: lost, lost again, without those */
    UNSUBSCRIBE_MS = 2000,       /* of each; what is not given up expires */
};

struct mailbox_watched {
    struct watched what;      /* in the watch's arena, as is: */
    struct text subscription; /* empty: none */
    enum status status;       /* why there is none */
    bool has_changed;
    bool is_lost; /* told by the stream that is open */
};

struct ews_watch {
    struct arena life;
    struct mailbox_watched mailboxes[MAX_WATCHED];
    size_t n;
    int64_t silence_ms;

    /* the stream */
    struct fetch *fetch;         /* its own: a connection that nothing else uses */
    struct fetch_stream *stream; /* NULL: none is open */
    struct ews_stream *documents;
    struct buf request;
    struct soap_headers headers;
    struct fetch_request post;
    struct fetch_sink sink;
    int64_t heard_ms; /* the last whole document */
    bool is_heard;    /* there was one */
    bool is_over;     /* the server said so, or hung up */
    enum status failed;
    struct error why;
};

/* ---- what the stream says ---- */

static void take_subscription(struct ews_watch *w, const struct ews_subscription *named)
{
    for (size_t i = 0; i < w->n; i++) {
        struct mailbox_watched *mailbox = &w->mailboxes[i];
        if (!mailbox->subscription.n || !text_equal(mailbox->subscription, named->id))
            continue;
        mailbox->has_changed = true; /* what was lost may have been a change */
        mailbox->is_lost |= named->is_lost;
    }
}

static void lose_all(struct ews_watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        w->mailboxes[i].is_lost = w->mailboxes[i].subscription.n > 0;
}

/* A failing document ends the stream. One that speaks of no subscription in particular, but of one that is not
 * there, may mean any. */
static void take_document(void *owner, const struct ews_answer *document)
{
    struct ews_watch *w = owner;
    bool names_lost = false;
    w->is_heard = true;
    w->heard_ms = clock_ms();
    w->is_over |= document->is_closed;
    for (size_t i = 0; i < document->n_subscriptions; i++) {
        take_subscription(w, &document->subscriptions[i]);
        names_lost |= document->subscriptions[i].is_lost;
    }
    enum status status = ews_code_judge(document, &w->why);
    if (status == OK)
        return;
    w->is_over = true;
    if (status == ERR_NOT_FOUND && !names_lost)
        lose_all(w);
    if (status != ERR_NOT_FOUND && !names_lost)
        w->failed =
            strcmp(document->code, "ErrorExceededConnectionCount") == 0 ? ERR_FULL : status;
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    struct ews_watch *w = owner;
    return soap_is_likely(facts) ? ews_stream_read(w->documents, bytes, err) : OK;
}

/* ---- the stream ---- */

static void hang_up(struct ews_watch *w)
{
    fetch_stream_close(w->stream);
    ews_stream_free(w->documents);
    buf_done(&w->request);
    w->stream = NULL;
    w->documents = NULL;
    w->is_over = w->is_heard = false;
    w->failed = OK;
}

/* Somebody who is subscribed to acts: the first of all may not even exist. */
static void write_request(struct calendar *ews)
{
    struct ews_watch *w = ews->watch;
    struct text ids[MAX_WATCHED];
    size_t n = 0;
    const struct watched *first = &w->mailboxes[0].what;
    for (size_t i = w->n; i-- > 0;)
        if (w->mailboxes[i].subscription.n)
            first = &w->mailboxes[i].what;
    for (size_t i = 0; i < w->n; i++)
        if (w->mailboxes[i].subscription.n)
            ids[n++] = w->mailboxes[i].subscription;
    struct ews_target target = ews_target_for(ews->server, first->impersonate, first->mailbox);
    w->request = BUF(EWS_REQUEST_MAX);
    ews_write_stream(&w->request, &target, ids, n, STREAM_MINUTES);
}

static enum status begin(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    hang_up(w);
    for (size_t i = 0; i < w->n; i++)
        w->mailboxes[i].is_lost = false;
    if (!w->fetch)
        TRY(fetch_open(ews->server, ews->options, FETCH_SIGNED_IN, &w->fetch, err));
    write_request(ews);
    soap_headers_make(&ews->soap, EWS_GET_STREAMING_EVENTS, &w->headers);
    w->documents = ews_stream_new(take_document, w);
    w->sink = (struct fetch_sink){.owner = w, .bytes = on_bytes};
    w->post = (struct fetch_request){.body = buf_text(&w->request),
                                     .headers = w->headers.list,
                                     .max_answer = STREAM_BYTES_MAX};
    return fetch_stream_open(w->fetch, &w->post, &w->sink, deadline_ms, &w->stream, err);
}

/* Read once more. An answer that has ended is judged here: it may never have been a stream. */
static enum status go_on(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    const struct fetch_facts *facts = fetch_facts_of(w->fetch);
    bool has_ended;
    enum status status = fetch_stream_read(w->stream, deadline_ms, &has_ended, err);
    if (w->failed != OK) { /* said in words, before it hung up */
        *err = w->why;
        return w->failed;
    }
    TRY(status);
    if (!has_ended)
        return OK;
    if (!soap_is_likely(facts))
        return soap_judge_http(ews->soap.method, facts, err);
    TRY(ews_stream_end(w->documents, err));
    if (!w->is_heard)
        return error_set(err, ERR_UPSTREAM, "ews GetStreamingEvents",
                         "the server ended the stream before it said anything");
    w->is_over = true;
    return OK;
}

/* Open it, and wait until the server says that it is. */
static enum status open_stream(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    TRY(begin(ews, deadline_ms, err));
    while (!w->is_heard) {
        TRY(go_on(ews, deadline_ms, err));
        if (!w->is_heard && clock_ms() >= deadline_ms)
            return error_set(err, ERR_TIMEOUT, "ews GetStreamingEvents",
                             "the server took the question and began no stream in time");
    }
    return OK;
}

/* ---- subscriptions ---- */

/* Did the server answer for this mailbox alone, so that the others may do better? */
static bool is_of_mailbox(const struct ews_answer *answer, enum status status)
{
    return status != ERR_LIMIT && (answer->n_messages > 0 || answer->is_fault);
}

static enum status subscribe(struct calendar *ews, struct mailbox_watched *mailbox,
                             int64_t deadline_ms, struct error *err)
{
    const struct watched *what = &mailbox->what;
    struct ews_target target = ews_target_for(ews->server, what->impersonate, what->mailbox);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_SUBSCRIBE);
    ews_write_subscribe(&request, &target, what->calendars, what->n_calendars);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err);
    if (status != OK && !is_of_mailbox(&answer, status))
        return status;
    if (status == OK && answer.n_subscriptions != 1)
        return error_set(err, ERR_UPSTREAM, "ews Subscribe",
                         "the answer names no subscription");
    mailbox->status = status;
    if (status == OK)
        mailbox->subscription = arena_text(&ews->watch->life, answer.subscriptions[0].id);
    return OK;
}

static enum status subscribe_all(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    for (size_t i = 0; i < w->n; i++)
        if (!w->mailboxes[i].subscription.n && w->mailboxes[i].status == OK)
            TRY(subscribe(ews, &w->mailboxes[i], deadline_ms, err));
    return OK;
}

static void unsubscribe(struct calendar *ews, struct mailbox_watched *mailbox,
                        int64_t deadline_ms)
{
    const struct watched *what = &mailbox->what;
    struct ews_target target = ews_target_for(ews->server, what->impersonate, what->mailbox);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    struct error why;
    bool doubt;
    int64_t soon_ms = clock_ms() + UNSUBSCRIBE_MS;
    ews_answer_init(&answer, EWS_UNSUBSCRIBE);
    ews_write_unsubscribe(&request, &target, mailbox->subscription);
    /* However it goes: what the server still holds ends half an hour later. */
    (void)!soap_call(&ews->soap, &request, false, &answer,
                     soon_ms < deadline_ms ? soon_ms : deadline_ms, &doubt, &why);
    mailbox->subscription = (struct text){0};
}

/* Drop those that the open stream has called lost. Returns whether there were any. */
static bool drop_lost(struct ews_watch *w, bool for_good)
{
    bool any = false;
    for (size_t i = 0; i < w->n; i++) {
        struct mailbox_watched *mailbox = &w->mailboxes[i];
        if (!mailbox->is_lost)
            continue;
        any = true;
        mailbox->is_lost = false;
        mailbox->subscription = (struct text){0};
        mailbox->status = for_good ? ERR_UNSUPPORTED : OK;
    }
    return any;
}

/* ---- whom to watch ---- */

static bool is_same(const struct watched *one, const struct watched *other)
{
    bool same = text_equal_nocase(one->impersonate, other->impersonate) &&
                text_equal_nocase(one->mailbox, other->mailbox) &&
                one->n_calendars == other->n_calendars;
    for (size_t i = 0; same && i < one->n_calendars; i++)
        same = text_equal(one->calendars[i].calendar, other->calendars[i].calendar);
    return same;
}

static struct watched copy_watched(struct arena *a, const struct watched *from)
{
    struct watched to = {.impersonate = arena_text(a, from->impersonate),
                         .mailbox = arena_text(a, from->mailbox),
                         .calendars = ARENA_ARRAY(a, from->n_calendars, struct source),
                         .n_calendars = from->n_calendars};
    for (size_t i = 0; i < from->n_calendars; i++)
        to.calendars[i].calendar = arena_text(a, from->calendars[i].calendar);
    return to;
}

static struct mailbox_watched *find(struct ews_watch *w, const struct watched *what)
{
    for (size_t i = 0; i < w->n; i++)
        if (is_same(&w->mailboxes[i].what, what))
            return &w->mailboxes[i];
    return NULL;
}

/* Take the list over: what is subscribed to already stays so, what is not named any more is given up. */
static enum status adopt(struct calendar *ews, const struct watch_ask *ask, int64_t deadline_ms,
                         struct error *err)
{
    struct ews_watch *w = ews->watch;
    struct ews_watch renewed = {.n = ask->n_mailboxes};
    for (size_t i = 0; i < ask->n_mailboxes; i++) {
        const struct watched *what = &ask->mailboxes[i];
        if (!what->n_calendars)
            return error_set(err, ERR_INVALID, "watch", "a mailbox comes without a calendar");
        TRY(ews_check_mailbox(what->impersonate, what->mailbox, err));
    }
    for (size_t i = 0; i < ask->n_mailboxes; i++) {
        struct mailbox_watched *known = find(w, &ask->mailboxes[i]);
        struct mailbox_watched *to = &renewed.mailboxes[i];
        to->what = copy_watched(&renewed.life, &ask->mailboxes[i]);
        if (!known)
            continue;
        to->subscription = arena_text(&renewed.life, known->subscription);
        known->subscription = (struct text){0};
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->mailboxes[i].subscription.n)
            unsubscribe(ews, &w->mailboxes[i], deadline_ms);
    arena_wipe(&w->life);
    w->life = renewed.life;
    memcpy(w->mailboxes, renewed.mailboxes, sizeof w->mailboxes);
    w->n = renewed.n;
    return OK;
}

static bool has_subscription(const struct ews_watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->mailboxes[i].subscription.n)
            return true;
    return false;
}

/* ---- jobs ---- */

static enum status open_rounds(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    for (int round = 1; round <= ROUNDS_MAX; round++) {
        TRY(subscribe_all(ews, deadline_ms, err));
        if (!has_subscription(w))
            return OK;
        TRY(open_stream(ews, deadline_ms, err));
        if (!drop_lost(w, round > 1))
            return OK;
    }
    return error_set(err, ERR_UPSTREAM, "ews GetStreamingEvents",
                     "the server loses every subscription that it gives");
}

enum status ews_watch_open(struct calendar *ews, const struct watch_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct watch_answer *ret_answer, struct error *err)
{
    if (!ask->n_mailboxes || ask->silence_s < 1 || ask->silence_s > 600)
        return error_set(err, ERR_INVALID, "watch", "there is nothing to watch");
    if (!ews->watch) {
        ews->watch = calloc(1, sizeof *ews->watch);
        ENSURE(ews->watch);
    }
    struct ews_watch *w = ews->watch;
    hang_up(w);
    w->silence_ms = ask->silence_s * 1000;
    ews->soap.keeps_server = true;
    TRY(adopt(ews, ask, deadline_ms, err));
    const struct watched *first = &w->mailboxes[0].what;
    ews->soap.anchor = ews_anchor_of(ews->server, first->impersonate, first->mailbox);
    enum status status = open_rounds(ews, deadline_ms, err);
    if (status != OK) {
        hang_up(w);
        return status;
    }
    ret_answer->states = ARENA_ARRAY(a, w->n, struct watch_state);
    ret_answer->n_states = w->n;
    for (size_t i = 0; i < w->n; i++)
        ret_answer->states[i].status = w->mailboxes[i].status;
    return OK;
}

static bool has_hint(const struct ews_watch *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->mailboxes[i].has_changed)
            return true;
    return false;
}

static enum status listen_until(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    struct ews_watch *w = ews->watch;
    while (!has_hint(w) && !w->is_over && clock_ms() < deadline_ms) {
        int64_t dead_ms = w->heard_ms + w->silence_ms;
        TRY(go_on(ews, dead_ms < deadline_ms ? dead_ms : deadline_ms, err));
        if (clock_ms() >= w->heard_ms + w->silence_ms)
            return error_set(err, ERR_TIMEOUT, "ews GetStreamingEvents",
                             "the stream gave no sign of life for %d seconds",
                             (int)(w->silence_ms / 1000));
    }
    return OK;
}

enum status ews_watch_wait(struct calendar *ews, int64_t deadline_ms, struct arena *a,
                           struct watch_wait_answer *ret_answer, struct error *err)
{
    struct ews_watch *w = ews->watch;
    bool is_open = w && w->stream;
    enum status status = is_open ? listen_until(ews, deadline_ms, err) : OK;
    if (status != OK) {
        hang_up(w);
        return status;
    }
    ret_answer->is_over = !is_open || w->is_over;
    if (!is_open)
        return OK;
    ret_answer->hints = ARENA_ARRAY(a, w->n, struct watch_hint);
    ret_answer->n_hints = w->n;
    for (size_t i = 0; i < w->n; i++) {
        ret_answer->hints[i].has_changed = w->mailboxes[i].has_changed;
        w->mailboxes[i].has_changed = false;
    }
    if (w->is_over) {
        drop_lost(w, false);
        hang_up(w);
    }
    return OK;
}

enum status ews_watch_end(struct calendar *ews, int64_t deadline_ms, struct error *err)
{
    (void)err;
    struct ews_watch *w = ews->watch;
    hang_up(w);
    for (size_t i = 0; i < w->n; i++)
        if (w->mailboxes[i].subscription.n)
            unsubscribe(ews, &w->mailboxes[i], deadline_ms);
    return OK;
}

void ews_watch_free(struct ews_watch *w)
{
    if (!w)
        return;
    hang_up(w);
    fetch_close(w->fetch);
    arena_wipe(&w->life);
    free(w);
}
