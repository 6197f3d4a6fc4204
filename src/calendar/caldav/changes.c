/* SPDX-License-Identifier: ISC
 *
 * What became of our events since a state: by sync-collection (RFC 6578), or where the server has none by a list of
 * our objects' ETags. An object of ours is known by its name, so of others nothing is read, not even to be
 * dropped. The state that the vault keeps for us begins with a letter:
 *
 *   s TOKEN                  the server's token
 *   m HREF LF TOKEN          the same, but its answer held more of ours than fit: go on behind HREF
 *   e (LF HREF TAB HASH)*    our objects and what their ETags were
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "calendar/caldav/inner.h"
#include "format/xml.h"

struct mark {
    struct dav_place place;
    struct text href; /* as an id */
    char etag[17];    /* its hash, hexadecimal */
    bool is_gone;
};

struct tracking {
    struct calendar *c;
    struct dav_place calendar;
    int64_t deadline_ms;
    struct arena *a;
    struct changes_answer *answer;
    struct mark *marks; /* heap */
    size_t n_marks, size;
};

enum { MARKS_MAX = 20000 };

static void hash(struct text etag, char ret[static 17])
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < etag.n; i++)
        h = (h ^ (unsigned char)etag.at[i]) * 1099511628211u;
    snprintf(ret, 17, "%016" PRIx64, h);
}

static enum status on_response(void *owner, const struct dav_response *response,
                               struct error *err)
{
    struct tracking *t = owner;
    struct mark mark = {.is_gone = response->status == 404 || response->status == 410};
    if (response->is_collection || !caldav_is_our_name(response->href))
        return OK;
    if (!mark.is_gone && response->status && response->status / 100 != 2)
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "the server keeps a part of the calendar back (HTTP %d)",
                         response->status);
    TRY(dav_resolve(&t->c->dav, t->a, &t->calendar, response->href, &mark.place, err));
    mark.href = dav_id(&t->c->dav, t->a, &mark.place);
    hash(response->etag, mark.etag);
    if (t->n_marks == MARKS_MAX)
        return error_set(err, ERR_LIMIT, "caldav", "there are more than %d bookings",
                         MARKS_MAX);
    if (t->n_marks == t->size) {
        t->size = t->size ? t->size * 2 : 64;
        t->marks = reallocarray(t->marks, t->size, sizeof *t->marks);
        ENSURE(t->marks);
    }
    t->marks[t->n_marks++] = mark;
    return OK;
}

static int by_href(const void *one, const void *other)
{
    const struct mark *a = one, *b = other;
    size_t n = a->href.n < b->href.n ? a->href.n : b->href.n;
    int order = memcmp(a->href.at, b->href.at, n);
    return order ? order : (a->href.n > b->href.n) - (a->href.n < b->href.n);
}

static void sort(struct tracking *t)
{
    if (t->n_marks)
        qsort(t->marks, t->n_marks, sizeof *t->marks, by_href);
}

/* ---- the objects that changed ---- */

static void add_change(struct tracking *t, struct event_change change)
{
    ENSURE(t->answer->n_changes < MAX_CHANGES);
    t->answer->changes[t->answer->n_changes++] = change;
}

static enum status on_object(void *owner, const struct dav_place *place, struct text etag,
                             struct text data, struct error *err)
{
    struct tracking *t = owner;
    struct ical *ical;
    struct ical_occurrence o;
    struct instant start, end;
    TRY(ical_read(data, caldav_home_zone(t->c), &ical, err));
    ical_begin(ical, (struct instant){0}, (struct instant){4102444800}); /* until 2100 */
    const struct ical_item *item = NULL;
    while (!item && ical_next(ical, &o))
        item = caldav_is_our_uid(o.item->uid) ? o.item : NULL;
    if (item && ical_find(ical, item->uid, &start, &end) && t->answer->n_changes < MAX_CHANGES)
        add_change(t, (struct event_change){
                          .uid = arena_text(t->a, item->uid),
                          .ref = {.id = dav_id(&t->c->dav, t->a, place),
                                  .change_key = arena_text(t->a, text_first(etag, 255)),
                                  .start = start,
                                  .end = end}});
    else if (!item && t->answer->n_changes <
                          MAX_CHANGES) /* cancelled in the calendar: as good as gone */
        add_change(t, (struct event_change){.removed = true,
                                            .ref = {.id = dav_id(&t->c->dav, t->a, place)}});
    ical_free(ical);
    return OK;
}

static enum status read_marks(struct tracking *t, const struct mark *marks, size_t n,
                              struct error *err)
{
    struct caldav_objects objects = {.owner = t, .object = on_object};
    struct dav_place *changed = ARENA_ARRAY(t->a, n, struct dav_place);
    size_t n_changed = 0;
    for (size_t i = 0; i < n; i++) {
        if (marks[i].is_gone)
            add_change(t, (struct event_change){.removed = true, .ref = {.id = marks[i].href}});
        else
            changed[n_changed++] = marks[i].place;
    }
    return caldav_read_these(t->c, &t->calendar, changed, n_changed, &objects, t->deadline_ms,
                             err);
}

/* ---- by token ---- */

struct place_in_list {
    struct text behind; /* href; empty: from the start */
    struct text token;  /* empty: from the beginning of all */
};

static enum status ask_sync(struct tracking *t, struct text token, struct dav_reply *reply,
                            struct error *err)
{
    CLEANUP(buf_done) struct buf body = BUF(DAV_REQUEST_MAX);
    struct dav_sink sink = {.owner = t, .response = on_response};
    buf_add_cstr(&body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                        "<sync-collection xmlns=\"DAV:\">");
    xml_add_element(&body, "sync-token", token);
    buf_add_cstr(&body, "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>");
    struct dav_request request = {
        .verb = "REPORT", .body = buf_text(&body), .max_answer = DAV_ANSWER_MAX};
    return dav_ask(&t->c->dav, t->a, &t->calendar, &request, &sink, t->deadline_ms, reply, err);
}

static enum status tell_by_token(struct tracking *t, struct place_in_list at,
                                 const struct dav_reply *reply, struct error *err)
{
    size_t first = 0;
    sort(t);
    while (first < t->n_marks && at.behind.n) {
        const struct mark wanted = {.href = at.behind};
        if (by_href(&t->marks[first], &wanted) > 0)
            break;
        first++;
    }
    size_t n = t->n_marks - first < MAX_CHANGES ? t->n_marks - first : MAX_CHANGES;
    TRY(read_marks(t, t->marks + first, n, err));
    bool has_more = first + n < t->n_marks;
    t->answer->more = has_more || reply->answer.is_cut;
    if (has_more)
        t->answer->state =
            text_from(arena_printf(t->a, "m " TEXT_FMT "\n" TEXT_FMT,
                                   TEXT_ARG(t->marks[first + n - 1].href), TEXT_ARG(at.token)));
    else
        t->answer->state = text_from(arena_printf(t->a, "s %s", reply->answer.sync_token));
    return OK;
}

/* Does this refusal mean that the server does not know the token? Xandikos says so by a 500; beginning anew costs
 * little where it meant something else. */
static bool is_lost(const struct dav_reply *reply, enum status status)
{
    int http = reply->http_status;
    return reply->answer.token_is_wrong ||
           (status != OK &&
            (http == 400 || http == 403 || http == 409 || http == 410 || http == 500));
}

static bool has_no_report(const struct dav_reply *reply)
{
    int http = reply->http_status;
    return http == 400 || http == 403 || http == 405 || http == 415 || http == 501 ||
           (http / 100 == 2 && !*reply->answer.sync_token);
}

/* ERR_UNSUPPORTED: the server has no sync-collection. */
static enum status by_token(struct tracking *t, struct place_in_list at, struct error *err)
{
    struct dav_reply reply;
    enum status status = ask_sync(t, at.token, &reply, err);
    if (at.token.n && is_lost(&reply, status)) {
        t->answer->lost = true;
        return OK;
    }
    if (!at.token.n && has_no_report(&reply))
        return ERR_UNSUPPORTED;
    TRY(status);
    if (!*reply.answer.sync_token)
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "the answer holds no state to go on from");
    return tell_by_token(t, at, &reply, err);
}

/* ---- by ETags ---- */

static enum status list_etags(struct tracking *t, struct error *err)
{
    static const char body[] =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\"><prop><getetag/>"
        "<resourcetype/></prop></propfind>";
    struct dav_request request = {.verb = "PROPFIND",
                                  .depth = "1",
                                  .body = text_from(body),
                                  .max_answer = DAV_ANSWER_MAX};
    struct dav_sink sink = {.owner = t, .response = on_response};
    struct dav_reply reply;
    return dav_ask(&t->c->dav, t->a, &t->calendar, &request, &sink, t->deadline_ms, &reply,
                   err);
}

/* Return the hash that a state has for an href; the empty text where it has none. */
static struct text known(struct text state, struct text href)
{
    struct text line, rest = state, name, etag;
    while (rest.n) {
        if (!text_cut(rest, '\n', &line, &rest)) {
            line = rest;
            rest.n = 0;
        }
        if (text_cut(line, '\t', &name, &etag) && text_equal(name, href))
            return etag;
    }
    return (struct text){0};
}

static bool is_listed(const struct tracking *t, struct text href)
{
    const struct mark wanted = {.href = href};
    return t->n_marks && bsearch(&wanted, t->marks, t->n_marks, sizeof *t->marks, by_href);
}

/* Those of the old state that are there no more. What does not fit waits: it stays in the new state. */
static void tell_gone(struct tracking *t, struct text state, struct buf *next)
{
    struct text line, rest = state, name, etag;
    while (rest.n) {
        if (!text_cut(rest, '\n', &line, &rest)) {
            line = rest;
            rest.n = 0;
        }
        if (!text_cut(line, '\t', &name, &etag) || is_listed(t, name))
            continue;
        if (t->answer->n_changes == MAX_CHANGES) {
            t->answer->more = true;
            buf_printf(next, "\n" TEXT_FMT, TEXT_ARG(line));
        } else {
            add_change(t, (struct event_change){.removed = true,
                                                .ref = {.id = arena_text(t->a, name)}});
        }
    }
}

static enum status by_etags(struct tracking *t, struct text state, struct error *err)
{
    CLEANUP(buf_done) struct buf next = BUF(MAX_SYNC_STATE);
    size_t n_changed = 0;
    TRY(list_etags(t, err));
    sort(t);
    struct mark *changed = ARENA_ARRAY(t->a, t->n_marks, struct mark);
    buf_add_byte(&next, 'e');
    tell_gone(t, state, &next);
    for (size_t i = 0; i < t->n_marks; i++) {
        const struct mark *mark = &t->marks[i];
        struct text before = known(state, mark->href), now = text_from(mark->etag);
        bool is_new = !text_equal(before, now);
        if (is_new && n_changed + t->answer->n_changes == MAX_CHANGES) {
            t->answer->more = true;
            now = before; /* the next time */
        } else if (is_new) {
            changed[n_changed++] = *mark;
        }
        if (now.n)
            buf_printf(&next, "\n" TEXT_FMT "\t" TEXT_FMT, TEXT_ARG(mark->href), TEXT_ARG(now));
    }
    if (buf_failed(&next))
        return error_set(err, ERR_LIMIT, "caldav",
                         "there are too many bookings in this calendar to follow them");
    TRY(read_marks(t, changed, n_changed, err));
    t->answer->state = arena_text(t->a, buf_text(&next));
    return OK;
}

/* ---- both ---- */

static enum status track(struct tracking *t, struct text state, struct error *err)
{
    struct text rest = {state.at + 2, state.n > 2 ? state.n - 2 : 0};
    struct place_in_list at = {.token = rest};
    if (!state.n) {
        at.token = (struct text){0};
        enum status status = by_token(t, at, err);
        return status == ERR_UNSUPPORTED ? by_etags(t, (struct text){0}, err) : status;
    }
    switch (state.at[0]) {
    case 's':
        return by_token(t, at, err);
    case 'm':
        if (!text_cut(rest, '\n', &at.behind, &at.token))
            break;
        return by_token(t, at, err);
    case 'e':
        return by_etags(t, rest, err);
    default:
        break;
    }
    t->answer->lost = true; /* of another kind of server, before a move */
    return OK;
}

enum status caldav_changes(struct calendar *c, const struct changes_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct changes_answer *ret_answer, struct error *err)
{
    struct tracking t = {.c = c, .deadline_ms = deadline_ms, .a = a, .answer = ret_answer};
    TRY(caldav_place_of(c, ask->calendar, deadline_ms, a, &t.calendar, err));
    ret_answer->changes = ARENA_ARRAY(a, MAX_CHANGES, struct event_change);
    enum status status = track(&t, ask->state, err);
    free(t.marks);
    return status;
}
