/* SPDX-License-Identifier: ISC
 *
 * A calendar as its owner sees it. Nothing here is for anybody else, and nothing of it is kept.
 */
#include <stdlib.h>

#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/ical/ical.h"

enum { DAY_S = 86400 };

#define EVENTS_FIELDS_WANTED                                                                   \
    "timeZone,nextPageToken,items(id,status,start,end,transparency,eventType,visibility,"      \
    "summary,location,workingLocationProperties/type,attendees(self,responseStatus),"          \
    "extendedProperties/private/" GOOGLE_UID

struct reading {
    struct arena *a;
    struct events_answer *answer;
    bool with_text;
};

static struct secret line_of(const struct json *item, const char *name)
{
    struct text t = {0};
    json_get_text(json_member(item, name), &t);
    t = text_first(t, MAX_EVENT_LINE);
    return t.n ? secret_new(t.at, t.n) : (struct secret){0};
}

static struct secret description_of(const struct json *item)
{
    CLEANUP(buf_wipe) struct buf plain = BUF(GOOGLE_ANSWER_MAX);
    struct text html = {0};
    json_get_text(json_member(item, "description"), &html);
    google_html_read(&plain, html);
    struct text t = text_first(buf_text(&plain), MAX_EVENT_TEXT);
    return t.n ? secret_new(t.at, t.n) : (struct secret){0};
}

static bool is_private(const struct json *item)
{
    struct text t;
    return json_get_text(json_member(item, "visibility"), &t) &&
           (text_equal(t, TEXT("private")) || text_equal(t, TEXT("confidential")));
}

static enum status add(struct reading *r, const struct json *item, const struct zone *zone,
                       struct error *err)
{
    struct events_answer *answer = r->answer;
    struct google_event event;
    TRY(google_event_read(item, zone, &event, err));
    if (event.is_cancelled)
        return OK;
    if (answer->n_events == MAX_EVENTS)
        return error_set(err, ERR_INVALID, "events",
                         "more than %d events lie in this time: look at a shorter one",
                         MAX_EVENTS);
    answer->events[answer->n_events++] = (struct seen_event){
        .start = event.start,
        .end = event.end,
        .status = event.status,
        .all_day = event.all_day,
        .is_private = is_private(item),
        .uid = arena_text(r->a, text_first(event.uid, MAX_UID)),
        .title = line_of(item, "summary"),
        .place = line_of(item, "location"),
        .text = r->with_text ? description_of(item) : (struct secret){0},
    };
    return OK;
}

static enum status take_page(struct reading *r, const struct json *page, struct error *err)
{
    const struct json *items = json_member(page, "items");
    struct text name;
    bool has_zone = json_get_text(json_member(page, "timeZone"), &name);
    if (items ? !json_is_a_list(items) : !has_zone)
        return error_set(err, ERR_UPSTREAM, "google", "the answer holds no list of events");
    for (size_t i = 0; i < json_count(items); i++)
        TRY(add(r, json_item(items, i), has_zone ? ical_zone_named(name) : NULL, err));
    return OK;
}

static int by_start(const void *one, const void *other)
{
    const struct seen_event *a = one, *b = other;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (a->end.s > b->end.s) - (a->end.s < b->end.s);
}

/* A part is no answer: its secrets go. */
static void forget(struct events_answer *answer)
{
    for (size_t i = 0; i < answer->n_events; i++) {
        secret_free(&answer->events[i].title);
        secret_free(&answer->events[i].place);
        secret_free(&answer->events[i].text);
    }
    answer->n_events = 0;
}

enum status google_events(struct calendar *google, const struct events_ask *ask,
                          int64_t deadline_ms, struct arena *a,
                          struct events_answer *ret_answer, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GOOGLE_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "events",
                         "the window is empty or longer than %d days", GOOGLE_WINDOW_MAX_DAYS);
    CLEANUP(google_pages_done) struct google_pages pages;
    struct reading r = {a, ret_answer, ask->with_text};
    enum status status, taken = OK;
    google_pages_init(&pages, google, deadline_ms);
    google_path(&pages.target, "/calendars/");
    google_path_id(&pages.target, google_calendar_of(google, ask->calendar));
    google_path(&pages.target, "/events");
    google_param(&pages.target, "singleEvents", TEXT("true"));
    google_param(&pages.target, "maxResults", TEXT("500"));
    google_param(&pages.target, "maxAttendees", TEXT("1"));
    google_param_time(&pages.target, "timeMin", ask->from);
    google_param_time(&pages.target, "timeMax", ask->to);
    google_param(&pages.target, "fields",
                 ask->with_text ? TEXT(EVENTS_FIELDS_WANTED ",description)")
                                : TEXT(EVENTS_FIELDS_WANTED ")"));
    ret_answer->events = ARENA_ARRAY(a, MAX_EVENTS, struct seen_event);
    while (taken == OK && google_pages_next(&pages, &status, err))
        taken = take_page(&r, pages.call.json, err);
    if (taken == OK)
        taken = status;
    if (taken != OK) {
        forget(ret_answer);
        return taken;
    }
    if (ret_answer->n_events)
        qsort(ret_answer->events, ret_answer->n_events, sizeof *ret_answer->events, by_start);
    return OK;
}
