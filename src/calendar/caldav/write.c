/* SPDX-License-Identifier: ISC
 *
 * Events of ours. An event's UID is our uid, and its object has a name made of it: one PUT with If-None-Match writes
 * it once, however often it is sent, and one GET tells whether it stands. Nothing is touched whose UID is
 * not the uid at hand. Nobody is named in an event as attendee: the server has nobody to mail.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calendar/caldav/inner.h"
#include "calendar/ical/write.h"
#include "calendar/writing.h"
#include "format/url.h"
#include "os/clock.h"

enum { OBJECT_MAX = 2 * DAV_OBJECT_MAX };

static const struct text our_end = {"@hourgate", 9};

bool caldav_is_our_uid(struct text uid)
{
    return text_ends(uid, our_end);
}

bool caldav_is_our_name(struct text href)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct text name;
    return url_decode(&a, text_trim(href), false, &name) == OK &&
           text_ends(name, TEXT("@hourgate.ics"));
}

/* An event of ours as it stands. */
struct stands {
    struct dav_place place;
    struct event_ref ref;
    struct text data;
    char etag[256];
};

static enum status take(struct calendar *c, struct text uid, struct arena *a,
                        struct stands *stands, struct error *err)
{
    struct ical *ical;
    struct instant start, end;
    TRY(ical_read(stands->data, caldav_home_zone(c), &ical, err));
    bool is_ours = ical_find(ical, uid, &start, &end);
    ical_free(ical);
    if (!is_ours)
        return error_set(err, ERR_NOT_FOUND, "caldav", "the event there is not this booking's");
    stands->ref = (struct event_ref){.id = dav_id(&c->dav, a, &stands->place),
                                     .change_key = arena_text(a, text_from(stands->etag)),
                                     .start = start,
                                     .end = end};
    return OK;
}

/* Read an object; ERR_NOT_FOUND also where it is not the one with this uid. */
static enum status get(struct calendar *c, const struct dav_place *place, struct text uid,
                       int64_t deadline_ms, struct arena *a, struct stands *ret,
                       struct error *err)
{
    struct stands stands = {.place = *place};
    TRY(caldav_get(c, place, deadline_ms, a, &stands.data, stands.etag, err));
    TRY(take(c, uid, a, &stands, err));
    *ret = stands;
    return OK;
}

static struct dav_place name_of(struct arena *a, const struct dav_place *calendar,
                                struct text uid)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_EXTERNAL_ID);
    struct dav_place place = *calendar;
    buf_add_text(&target, calendar->target);
    if (!text_ends(calendar->target, TEXT("/")))
        buf_add_byte(&target, '/');
    url_encode(&target, uid);
    buf_add_cstr(&target, ".ics");
    place.target = arena_text(a, buf_text(&target));
    return place;
}

/* ---- find ---- */

struct search {
    struct calendar *c;
    struct text uid;
    struct arena *a;
    struct stands *stands;
    bool has_found;
};

static enum status on_object(void *owner, const struct dav_place *place, struct text etag,
                             struct text data, struct error *err)
{
    struct search *s = owner;
    struct stands stands = {.place = *place, .data = data};
    if (s->has_found)
        return OK;
    text_print(etag, "", stands.etag, sizeof stands.etag);
    enum status status = take(s->c, s->uid, s->a, &stands, err);
    if (status == ERR_NOT_FOUND) /* the server matches more than we asked for */
        return OK;
    TRY(status);
    stands.data = arena_text(s->a, data);
    stands.place.host = arena_text(s->a, place->host);
    stands.place.target = arena_text(s->a, place->target);
    *s->stands = stands;
    s->has_found = true;
    return OK;
}

/* By the name that we gave it, else by its UID: a program may have given it another name. ERR_NOT_FOUND only where the
 * calendar was looked through. */
static enum status find(struct calendar *c, struct text calendar_id, struct text uid,
                        int64_t deadline_ms, struct arena *a, struct stands *ret,
                        struct error *err)
{
    struct dav_place calendar;
    struct search search = {.c = c, .uid = uid, .a = a, .stands = ret};
    struct caldav_objects objects = {.owner = &search, .object = on_object};
    if (!uid.n)
        return error_set(err, ERR_INVALID, "find", "the uid is empty");
    enum status status = caldav_place_of(c, calendar_id, deadline_ms, a, &calendar, err);
    if (status == OK) {
        struct dav_place named = name_of(a, &calendar, uid);
        status = get(c, &named, uid, deadline_ms, a, ret, err);
        if (status != ERR_NOT_FOUND)
            return status;
        status = caldav_read_uid(c, &calendar, uid, &objects, deadline_ms, err);
    }
    if (status == ERR_NOT_FOUND) /* the calendar: that says nothing of the event */
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "the calendar that bookings are written into is not there");
    TRY(status);
    if (search.has_found)
        return OK;
    return error_set(err, ERR_NOT_FOUND, "caldav", "there is no event of this booking");
}

/* By its id or, as programs may move it, by its uid. */
static enum status locate(struct calendar *c, struct text calendar_id, struct text id,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct stands *ret, struct error *err)
{
    struct dav_place place;
    if (!uid.n)
        return error_set(err, ERR_INVALID, "event", "the uid is empty");
    enum status status = id.n ? dav_of_id(&c->dav, a, id, &place, err) : ERR_NOT_FOUND;
    if (status == OK)
        status = get(c, &place, uid, deadline_ms, a, ret, err);
    if (status != ERR_NOT_FOUND)
        return status;
    return find(c, calendar_id, uid, deadline_ms, a, ret, err);
}

enum status caldav_find_event(struct calendar *c, const struct find_ask *ask,
                              int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                              struct error *err)
{
    struct stands stands;
    TRY(find(c, ask->calendar, ask->uid, deadline_ms, a, &stands, err));
    *ret_ref = stands.ref;
    return OK;
}

/* ---- writing ---- */

static enum status check_event(const struct event *event, struct error *err)
{
    TRY(writing_check(event, err));
    if (event->room.n || event->invitee_email.n)
        return error_set(
            err, ERR_UNSUPPORTED, "caldav",
            "nobody is invited through this calendar: rooms and invitations by the "
            "server need Exchange; let hourgate's mail carry the invitation");
    return OK;
}

/* A weak one (RFC 9110 8.8.1) matches nothing; what stands there was read a moment ago. */
static bool is_strong(const char *etag)
{
    return etag && *etag && strncmp(etag, "W/", 2) != 0;
}

/* PUT an object. etag: NULL where it must not be there yet. ERR_CONFLICT: it is, or is another one by now. */
static enum status put(struct calendar *c, const struct dav_place *place, const char *etag,
                       const struct buf *object, int64_t deadline_ms, struct arena *a,
                       bool *ret_doubt, struct error *err)
{
    struct dav_request request = {.verb = "PUT",
                                  .body = buf_text(object),
                                  .type = "text/calendar; charset=utf-8",
                                  .if_match = is_strong(etag) ? etag : NULL,
                                  .if_none_match = !etag,
                                  .once = true};
    struct dav_reply reply;
    if (buf_failed(object))
        return error_set(err, ERR_INVALID, "event", "the event is too long to be written");
    enum status status =
        dav_call(&c->dav, a, place, &request, NULL, NULL, deadline_ms, &reply, err);
    *ret_doubt = reply.doubt && status != OK;
    if (status == OK && reply.http_status != 200 && reply.http_status != 201 &&
        reply.http_status != 204) {
        *ret_doubt = true; /* a page for people, most likely */
        return error_set(err, ERR_UPSTREAM, "http", "the server answered a write by HTTP %d",
                         reply.http_status);
    }
    if (status != OK && reply.answer.uid_is_taken)
        return error_set(err, ERR_CONFLICT, "caldav",
                         "an event of this booking is there already");
    return status;
}

static enum status take_away(struct calendar *c, const struct stands *stands,
                             int64_t deadline_ms, struct arena *a, struct error *err)
{
    struct dav_request request = {.verb = "DELETE",
                                  .if_match = is_strong(stands->etag) ? stands->etag : NULL};
    struct dav_reply reply;
    return dav_call(&c->dav, a, &stands->place, &request, NULL, NULL, deadline_ms, &reply, err);
}

/* Read back what was written, where it was written. */
static enum status read_back(struct calendar *c, struct text calendar_id,
                             const struct dav_place *place, const struct event *event,
                             int64_t deadline_ms, struct arena *a, struct stands *ret,
                             struct error *err)
{
    enum status status = get(c, place, event->uid, deadline_ms, a, ret, err);
    if (status == ERR_NOT_FOUND) /* a server may give names of its own */
        status = find(c, calendar_id, event->uid, deadline_ms, a, ret, err);
    if (status != OK)
        return writing_uncertain(status, "caldav", err);
    if (writing_stands(&ret->ref, event))
        return OK;
    return error_set(err, ERR_CONFLICT, "caldav",
                     "the server wrote the event at another time than asked");
}

enum status caldav_create(struct calendar *c, const struct create_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    struct dav_place calendar;
    struct stands stands;
    bool doubt;
    CLEANUP(buf_wipe) struct buf object = BUF(OBJECT_MAX);
    TRY(check_event(&ask->event, err));
    TRY(caldav_place_of(c, ask->calendar, deadline_ms, a, &calendar, err));
    struct dav_place place = name_of(a, &calendar, ask->event.uid);
    ical_object_new(&object, &ask->event, clock_now());
    enum status status = put(c, &place, NULL, &object, deadline_ms, a, &doubt, err);
    if (status == ERR_CONFLICT) { /* one that was sent before and whose answer was lost */
        TRY(find(c, ask->calendar, ask->event.uid, deadline_ms, a, &stands, err));
        if (!writing_stands(&stands.ref, &ask->event))
            return error_set(err, ERR_CONFLICT, "caldav",
                             "an event of this booking is there already, at another time");
        *ret_ref = stands.ref;
        return OK;
    }
    if (status != OK)
        return doubt ? writing_uncertain(status, "caldav", err) : status;
    struct error why = {0};
    status = read_back(c, ask->calendar, &place, &ask->event, deadline_ms, a, &stands, &why);
    if (status == ERR_CONFLICT) {
        if (take_away(c, &stands, deadline_ms, a, err) != OK)
            return writing_uncertain(ERR_UPSTREAM, "caldav", err);
        return error_set(err, ERR_UPSTREAM, why.where, "%s; it was removed again", why.what);
    }
    if (status == OK)
        *ret_ref = stands.ref;
    else if (err)
        *err = why;
    return status;
}

static enum status change(struct calendar *c, const struct event *event,
                          const struct stands *stands, int64_t deadline_ms, struct arena *a,
                          struct error *err)
{
    CLEANUP(buf_wipe) struct buf object = BUF(OBJECT_MAX);
    bool doubt;
    TRY(ical_object_change(&object, stands->data, event, clock_now(), err));
    enum status status =
        put(c, &stands->place, stands->etag, &object, deadline_ms, a, &doubt, err);
    return status != OK && doubt ? writing_uncertain(status, "caldav", err) : status;
}

enum status caldav_update(struct calendar *c, const struct update_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    const struct event *event = &ask->event;
    struct stands stands, now;
    TRY(check_event(event, err));
    TRY(locate(c, ask->calendar, ask->id, event->uid, deadline_ms, a, &stands, err));
    enum status status = change(c, event, &stands, deadline_ms, a, err);
    if (status == ERR_CONFLICT) { /* the host touched it in between: look again, once */
        TRY(locate(c, ask->calendar, ask->id, event->uid, deadline_ms, a, &stands, err));
        status = change(c, event, &stands, deadline_ms, a, err);
    }
    TRY(status);
    status = read_back(c, ask->calendar, &stands.place, event, deadline_ms, a, &now, err);
    if (status == ERR_CONFLICT)
        return ERR_UPSTREAM;
    if (status == OK)
        *ret_ref = now.ref;
    return status;
}

enum status caldav_remove(struct calendar *c, const struct remove_ask *ask, int64_t deadline_ms,
                          struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct stands stands;
    enum status status =
        locate(c, ask->calendar, ask->id, ask->uid, deadline_ms, &a, &stands, err);
    if (status == OK)
        status = take_away(c, &stands, deadline_ms, &a, err);
    if (status == ERR_CONFLICT) { /* touched in between; it is ours all the same */
        status = locate(c, ask->calendar, ask->id, ask->uid, deadline_ms, &a, &stands, err);
        if (status == OK)
            status = take_away(c, &stands, deadline_ms, &a, err);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}
