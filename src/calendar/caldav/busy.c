/* SPDX-License-Identifier: ISC
 *
 * When the calendars are busy, and what is in one of them for its owner: both read objects and expand them here
 * (calendar/ical). An answer that is not whole fails the question: unknown is never free.
 */
#include <stdlib.h>

#include "calendar/caldav/inner.h"

enum { DAY_S = 86400 };

static enum status check_window(const char *where, struct instant from, struct instant to,
                                struct error *err)
{
    int64_t window_s = instant_until_s(from, to);
    if (window_s <= 0 || window_s > (int64_t)CALDAV_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, where, "the window is empty or longer than %d days",
                         CALDAV_WINDOW_MAX_DAYS);
    return OK;
}

/* ---- busy ---- */

struct busy_reading {
    struct calendar *c;
    const struct busy_ask *ask;
    struct busylist list;
    bool has_own;
    struct dav_place own;
};

static enum status on_busy_object(void *owner, const struct dav_place *place, struct text etag,
                                  struct text data, struct error *err)
{
    (void)etag;
    struct busy_reading *r = owner;
    struct ical *ical;
    struct ical_occurrence o;
    if (r->has_own && dav_is_same(&r->own, place))
        return OK;
    TRY(ical_read(data, caldav_home_zone(r->c), &ical, err));
    ical_begin(ical, r->ask->from, r->ask->to);
    while (ical_next(ical, &o))
        if (!r->ask->own_uid.n || !text_equal_nocase(o.item->uid, r->ask->own_uid))
            busylist_add(&r->list, (struct busy){o.start, o.end, o.status});
    ical_free(ical);
    if (r->list.is_full)
        return error_set(err, ERR_LIMIT, "caldav", "there are more than %d events", MAX_BUSY);
    return OK;
}

static enum status read_calendar(struct busy_reading *r, struct text id, int64_t deadline_ms,
                                 struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct caldav_objects objects = {.owner = r, .object = on_busy_object};
    struct dav_place place;
    TRY(caldav_place_of(r->c, id, deadline_ms, &a, &place, err));
    return caldav_read_window(r->c, &place, r->ask->from, r->ask->to, &objects, deadline_ms,
                              err);
}

static enum status read_all(struct busy_reading *r, int64_t deadline_ms, struct error *err)
{
    const struct busy_ask *ask = r->ask;
    TRY(read_calendar(r, ask->calendar, deadline_ms, err));
    for (size_t i = 0; i < ask->n_sources; i++)
        if (!text_equal(ask->sources[i].calendar, ask->calendar))
            TRY(read_calendar(r, ask->sources[i].calendar, deadline_ms, err));
    return OK;
}

enum status caldav_busy(struct calendar *c, const struct busy_ask *ask, int64_t deadline_ms,
                        struct arena *a, struct busy_answer *ret_answer, struct error *err)
{
    struct busy_reading r = {.c = c, .ask = ask};
    TRY(check_window("busy", ask->from, ask->to, err));
    if (ask->room.n)
        return error_set(err, ERR_UNSUPPORTED, "caldav",
                         "rooms are asked through Exchange alone");
    r.has_own = ask->own_id.n && dav_of_id(&c->dav, a, ask->own_id, &r.own, NULL) == OK;
    enum status status = read_all(&r, deadline_ms, err);
    if (status == OK)
        status = busylist_finish(&r.list, ask->from, ask->to, a, &ret_answer->busy,
                                 &ret_answer->n_busy);
    busylist_done(&r.list);
    return status;
}

/* ---- events, for their owner ---- */

struct sight {
    struct instant start, end;
    enum busy_status status;
    struct ical_item item; /* texts in the arena of the job */
};

struct sights {
    struct calendar *c;
    const struct events_ask *ask;
    struct arena *a;
    struct sight *at; /* in a */
    size_t n;
};

static void keep_sight(struct sights *s, const struct ical_occurrence *o)
{
    struct sight *sight = &s->at[s->n++];
    const struct ical_item *item = o->item;
    *sight = (struct sight){o->start, o->end, o->status, *item};
    sight->item.uid =
        caldav_is_our_uid(item->uid) ? arena_text(s->a, item->uid) : (struct text){0};
    sight->item.title = arena_text(s->a, text_first(item->title, MAX_EVENT_LINE));
    sight->item.place = arena_text(s->a, text_first(item->place, MAX_EVENT_LINE));
    sight->item.text = s->ask->with_text
                           ? arena_text(s->a, text_first(item->text, MAX_EVENT_TEXT))
                           : (struct text){0};
}

static enum status on_seen_object(void *owner, const struct dav_place *place, struct text etag,
                                  struct text data, struct error *err)
{
    (void)place, (void)etag;
    struct sights *s = owner;
    struct ical *ical;
    struct ical_occurrence o;
    enum status status = OK;
    TRY(ical_read(data, caldav_home_zone(s->c), &ical, err));
    ical_begin(ical, s->ask->from, s->ask->to);
    while (status == OK && ical_next(ical, &o)) {
        if (!instant_before(s->ask->from, o.end) && o.start.s != o.end.s)
            continue; /* it ends where the window begins */
        if (s->n == MAX_EVENTS)
            status = error_set(err, ERR_INVALID, "events",
                               "more than %d events lie in this time: look at a shorter one",
                               MAX_EVENTS);
        else
            keep_sight(s, &o);
    }
    ical_free(ical);
    return status;
}

static int by_start(const void *one, const void *other)
{
    const struct sight *a = one, *b = other;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (a->end.s > b->end.s) - (a->end.s < b->end.s);
}

static struct secret secret_of(struct text t)
{
    return t.n ? secret_new(t.at, t.n) : (struct secret){0};
}

static void tell(const struct sights *s, struct events_answer *ret_answer)
{
    ret_answer->n_events = s->n;
    ret_answer->events = ARENA_ARRAY(s->a, s->n, struct seen_event);
    for (size_t i = 0; i < s->n; i++) {
        const struct sight *sight = &s->at[i];
        ret_answer->events[i] = (struct seen_event){
            .start = sight->start,
            .end = sight->end,
            .status = sight->status,
            .all_day = sight->item.all_day,
            .is_private = sight->item.is_private,
            .uid = sight->item.uid,
            .title = secret_of(sight->item.title),
            .place = secret_of(sight->item.place),
            .text = secret_of(sight->item.text),
        };
    }
}

enum status caldav_events(struct calendar *c, const struct events_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct events_answer *ret_answer, struct error *err)
{
    struct sights s = {.c = c, .ask = ask, .a = a};
    struct caldav_objects objects = {.owner = &s, .object = on_seen_object};
    struct dav_place place;
    TRY(check_window("events", ask->from, ask->to, err));
    TRY(caldav_place_of(c, ask->calendar, deadline_ms, a, &place, err));
    s.at = ARENA_ARRAY(a, MAX_EVENTS, struct sight);
    TRY(caldav_read_window(c, &place, ask->from, ask->to, &objects, deadline_ms, err));
    if (s.n)
        qsort(s.at, s.n, sizeof *s.at, by_start);
    tell(&s, ret_answer);
    return OK;
}
