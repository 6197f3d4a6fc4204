/* SPDX-License-Identifier: ISC
 *
 * freeBusy.query: so many calendars and days at a time as Google takes. A calendar that failed has `errors` and an
 * empty `busy` beside: the first counts, the second means nothing.
 */
#include <stdlib.h>

#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "time/instant.h"

enum { DAY_S = 86400, WINDOW_DAYS = 90, CALENDARS_AT_ONCE = 50 };

struct query {
    struct calendar *google;
    const struct text *ids;
    size_t n;
    struct instant from, to;
    int64_t deadline_ms;
    struct busylist *lists;
    enum status *statuses;
};

static void put_time(struct json_writer *w, const char *name, struct instant t)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    json_put_text(w, name, text_from(text));
}

static void write_query(struct buf *out, const struct query *q)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    put_time(&w, "timeMin", q->from);
    put_time(&w, "timeMax", q->to);
    json_name(&w, "items");
    json_open(&w, '[');
    for (size_t i = 0; i < q->n; i++) {
        json_open(&w, '{');
        json_put_text(&w, "id", q->ids[i]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
}

/* "notFound" is also what somebody hears who may not see it. */
static enum status status_of(const struct json *errors)
{
    struct text reason;
    bool is_missing = json_get_text(json_member(json_item(errors, 0), "reason"), &reason) &&
                      text_equal(reason, TEXT("notFound"));
    return is_missing ? ERR_NOT_FOUND : ERR_NO_DATA;
}

enum status google_free_busy_read(const struct json *calendar, struct busylist *list)
{
    const struct json *errors = json_member(calendar, "errors");
    const struct json *busy = json_member(calendar, "busy");
    if (json_count(errors))
        return status_of(errors);
    if (!json_is_a_list(busy))
        return ERR_NO_DATA;
    for (size_t i = 0; i < json_count(busy); i++) {
        const struct json *one = json_item(busy, i);
        struct text start, end;
        struct busy span = {.status = BUSY_BUSY};
        if (!json_get_text(json_member(one, "start"), &start) ||
            !json_get_text(json_member(one, "end"), &end) ||
            instant_parse(start, &span.start) != OK || instant_parse(end, &span.end) != OK)
            return ERR_NO_DATA;
        busylist_add(list, span);
    }
    return OK;
}

static enum status ask_once(const struct query *q, struct error *err)
{
    CLEANUP(google_call_done) struct google_call call;
    CLEANUP(arena_done) struct arena a = {0};
    google_call_init(&call, q->google, "POST");
    google_path(&call.target, "/freeBusy");
    write_query(&call.body, q);
    TRY(google_send(q->google, &call, q->deadline_ms, err));
    const struct json *calendars = json_member(call.json, "calendars");
    if (!json_is_an_object(calendars))
        return error_set(err, ERR_UPSTREAM, "google", "the answer holds no calendars");
    for (size_t i = 0; i < q->n; i++) {
        const char *id = arena_cstr(&a, q->ids[i]);
        enum status status = google_free_busy_read(json_member(calendars, id), &q->lists[i]);
        if (q->statuses[i] == OK)
            q->statuses[i] = status;
    }
    return OK;
}

static enum status ask_window(struct query *q, const struct text *ids, size_t n,
                              struct busylist *lists, enum status *statuses, struct error *err)
{
    for (size_t first = 0; first < n; first += CALENDARS_AT_ONCE) {
        q->ids = ids + first;
        q->n = n - first < CALENDARS_AT_ONCE ? n - first : CALENDARS_AT_ONCE;
        q->lists = lists + first;
        q->statuses = statuses + first;
        TRY(ask_once(q, err));
    }
    return OK;
}

enum status google_free_busy(struct calendar *google, const struct text *ids, size_t n,
                             struct instant from, struct instant to, int64_t deadline_ms,
                             struct busylist *lists, enum status *statuses, struct error *err)
{
    for (struct instant at = from; instant_before(at, to);) {
        struct instant end = instant_add_s(at, (int64_t)WINDOW_DAYS * DAY_S);
        if (instant_before(to, end))
            end = to;
        struct query q = {.google = google, .from = at, .to = end, .deadline_ms = deadline_ms};
        TRY(ask_window(&q, ids, n, lists, statuses, err));
        at = end;
    }
    return OK;
}

/* ---- colleagues ---- */

static enum status check_ask(const struct view_ask *ask, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GOOGLE_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "view", "the window is empty or longer than %d days",
                         GOOGLE_WINDOW_MAX_DAYS);
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        if (!text_is_address(ask->mailboxes[i].address))
            return error_set(err, ERR_INVALID, "view", "a mailbox has no address");
    return ask->n_mailboxes ? OK : error_set(err, ERR_INVALID, "view", "no mailbox is named");
}

/* Nothing at all is told of a mailbox that failed in any part of the window. */
static void answer_one(struct busylist *busy, enum status status, const struct view_ask *ask,
                       struct arena *a, struct mailbox_view *ret)
{
    ret->status = status;
    if (ret->status == OK)
        ret->status = busylist_finish(busy, ask->from, ask->to, a, &ret->busy, &ret->n_busy);
    if (ret->status == OK && ret->n_busy > MAX_VIEW_BUSY)
        ret->status = ERR_LIMIT;
    if (ret->status != OK)
        ret->n_busy = 0;
}

enum status google_view(struct calendar *google, const struct view_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct view_answer *ret_answer,
                        struct error *err)
{
    struct busylist lists[MAX_MAILBOXES] = {0};
    enum status statuses[MAX_MAILBOXES] = {OK};
    struct text ids[MAX_MAILBOXES];
    TRY(check_ask(ask, err));
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        ids[i] = ask->mailboxes[i].address;
    enum status status = google_free_busy(google, ids, ask->n_mailboxes, ask->from, ask->to,
                                          deadline_ms, lists, statuses, err);
    if (status == OK) {
        ret_answer->n_views = ask->n_mailboxes;
        ret_answer->views = ARENA_ARRAY(a, ask->n_mailboxes, struct mailbox_view);
        for (size_t i = 0; i < ask->n_mailboxes; i++)
            answer_one(&lists[i], statuses[i], ask, a, &ret_answer->views[i]);
    }
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        busylist_done(&lists[i]);
    return status;
}
