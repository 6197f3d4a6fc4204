/* SPDX-License-Identifier: ISC
 *
 * Events of ours at Google. Each carries the booking's uid in a private extended property; nothing is touched whose
 * property is not the uid at hand. Its id is made of the uid (value.h), so that an event that was sent twice stands
 * once: the second insert is answered with 409.
 *
 * Who tells the customer is sendUpdates: "all" where the event names an invitee, so that Google invites; else
 * "none", and hourgate's own mail does. A room decides by itself either way.
 */
#include "calendar/google/google.h"

#include <poll.h>
#include <stdlib.h>

#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/google/write.h"
#include "calendar/writing.h"
#include "os/clock.h"

#define EVENT_FIELDS_WANTED                                                                    \
    "id,etag,status,start,end,attendees(resource,responseStatus),hangoutLink,"                 \
    "conferenceData/entryPoints(entryPointType,uri),"                                          \
    "extendedProperties/private/" GOOGLE_UID

/* ---- life ---- */

static bool has_space_or_control(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] <= ' ' || t.at[i] == 0x7f)
            return true;
    return false;
}

static enum status google_act(struct calendar *google, struct error *err)
{
    if (has_space_or_control(google->server->mailbox) ||
        has_space_or_control(google->server->impersonate))
        return error_set(err, ERR_INVALID, "server", "a mailbox's address has spaces in it");
    fetch_close(google->fetch); /* a token is for one user */
    google->fetch = NULL;
    return fetch_open(google->server, google->options, FETCH_SIGNED_IN, &google->fetch, err);
}

static void google_close(struct calendar *google)
{
    if (!google)
        return;
    fetch_close(google->fetch);
    free(google);
}

static enum status google_open(const struct server *server, const struct fetch_options *options,
                               struct calendar **ret_calendar, struct error *err)
{
    struct calendar *google = calloc(1, sizeof *google);
    ENSURE(google);
    *google = (struct calendar){.server = server, .options = options};
    enum status status = google_act(google, err);
    if (status == OK)
        *ret_calendar = google;
    else
        google_close(google);
    return status;
}

struct text google_calendar_of(const struct calendar *google, struct text calendar)
{
    const struct server *server = google->server;
    bool is_other = server->mailbox.n && server->method != AUTH_ASSERTION && server->user.n &&
                    !text_equal_nocase(server->mailbox, server->user);
    if (calendar.n)
        return calendar;
    return is_other ? server->mailbox : TEXT("primary");
}

/* ---- reading ---- */

static void begin(struct google_call *call, const struct calendar *google, const char *verb,
                  struct text calendar, struct text id)
{
    google_call_init(call, google, verb);
    google_path(&call->target, "/calendars/");
    google_path_id(&call->target, google_calendar_of(google, calendar));
    google_path(&call->target, "/events");
    if (id.n) {
        google_path(&call->target, "/");
        google_path_id(&call->target, id);
    }
}

/* ERR_NOT_FOUND: the event was removed, or is not the one with this uid. */
static enum status take_ref(const struct json *json, struct text uid, struct arena *a,
                            struct event_ref *ret_ref, struct error *err)
{
    struct google_event event;
    TRY(google_event_read(json, NULL, &event, err));
    if (event.is_cancelled)
        return error_set(err, ERR_NOT_FOUND, "google", "the event was removed");
    if (!text_equal_nocase(event.uid, uid))
        return error_set(err, ERR_NOT_FOUND, "google", "the event there is not this booking's");
    *ret_ref = (struct event_ref){.id = arena_text(a, event.id),
                                  .change_key = arena_text(a, event.etag),
                                  .meeting = arena_text(a, google_meeting(json)),
                                  .start = event.start,
                                  .end = event.end,
                                  .room = google_room(json)};
    return OK;
}

/* An id of another kind of server is none of Google's: 400 says the same as 404. */
static bool is_id(struct text id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!((id.at[i] >= 'a' && id.at[i] <= 'v') || (id.at[i] >= '0' && id.at[i] <= '9') ||
              id.at[i] == '_' || (id.at[i] >= 'A' && id.at[i] <= 'Z')))
            return false;
    return id.n >= 5 && id.n <= GOOGLE_ID_MAX;
}

/* Read an event by its id; ERR_NOT_FOUND also where it is not the one with this uid. */
static enum status get(struct calendar *google, struct text calendar, struct text id,
                       struct text uid, int64_t deadline_ms, struct arena *a,
                       struct event_ref *ret_ref, struct error *err)
{
    if (!is_id(id))
        return ERR_NOT_FOUND;
    CLEANUP(google_call_done) struct google_call call;
    begin(&call, google, "GET", calendar, id);
    google_param(&call.target, "fields", TEXT(EVENT_FIELDS_WANTED));
    TRY(google_send(google, &call, deadline_ms, err));
    return take_ref(call.json, uid, a, ret_ref, err);
}

/* Look through a page of what a search found; ERR_NOT_FOUND: it is not among that. */
static enum status find_in_page(const struct json *page, struct text uid, struct arena *a,
                                struct event_ref *ret_ref, struct error *err)
{
    const struct json *items = json_member(page, "items");
    if (items ? !json_is_a_list(items) : !json_member(page, "timeZone"))
        return error_set(err, ERR_UPSTREAM, "google", "the answer holds no list of events");
    for (size_t i = 0; i < json_count(items); i++) {
        enum status status = take_ref(json_item(items, i), uid, a, ret_ref, err);
        if (status != ERR_NOT_FOUND)
            return status;
    }
    return ERR_NOT_FOUND;
}

/* A page may be empty although a later one is not: "not there" is what the last one says. */
static enum status google_find(struct calendar *google, const struct find_ask *ask,
                               int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                               struct error *err)
{
    if (!ask->uid.n)
        return error_set(err, ERR_INVALID, "find", "the uid is empty");
    CLEANUP(google_pages_done) struct google_pages pages;
    CLEANUP(arena_done) struct arena local = {0};
    char *wanted = arena_printf(&local, GOOGLE_UID "=" TEXT_FMT, TEXT_ARG(ask->uid));
    enum status status, found = ERR_NOT_FOUND;
    google_pages_init(&pages, google, deadline_ms);
    google_path(&pages.target, "/calendars/");
    google_path_id(&pages.target, google_calendar_of(google, ask->calendar));
    google_path(&pages.target, "/events");
    google_param(&pages.target, "privateExtendedProperty", text_from(wanted));
    google_param(&pages.target, "fields",
                 TEXT("timeZone,nextPageToken,items(" EVENT_FIELDS_WANTED ")"));
    while (found == ERR_NOT_FOUND && google_pages_next(&pages, &status, err))
        found = find_in_page(pages.call.json, ask->uid, a, ret_ref, err);
    if (found != ERR_NOT_FOUND)
        return found;
    if (status == ERR_NOT_FOUND) /* the calendar: that says nothing of the event */
        return ERR_UPSTREAM;
    TRY(status);
    return error_set(err, ERR_NOT_FOUND, "google", "there is no event of this booking");
}

/* Find an event of ours by its id or, where it is another one by now, by its uid. */
static enum status locate(struct calendar *google, struct text calendar, struct text id,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct event_ref *ret_ref, struct error *err)
{
    if (!uid.n)
        return error_set(err, ERR_INVALID, "event", "the uid is empty");
    enum status status = get(google, calendar, id, uid, deadline_ms, a, ret_ref, err);
    if (status != ERR_NOT_FOUND)
        return status;
    struct find_ask ask = {.calendar = calendar, .uid = uid};
    return google_find(google, &ask, deadline_ms, a, ret_ref, err);
}

/* ---- writing ---- */

static void tell(struct google_call *call, bool has_invitee)
{
    google_param(&call->target, "sendUpdates", has_invitee ? TEXT("all") : TEXT("none"));
}

static enum status delete_event(struct calendar *google, struct text calendar, struct text id,
                                bool has_invitee, int64_t deadline_ms, struct error *err)
{
    CLEANUP(google_call_done) struct google_call call;
    begin(&call, google, "DELETE", calendar, id);
    tell(&call, has_invitee);
    enum status status = google_send(google, &call, deadline_ms, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Wait until the room has answered, as far as the deadline lets us. */
static enum status wait_for_room(struct calendar *google, struct text calendar, struct text uid,
                                 int64_t deadline_ms, struct arena *a, struct event_ref *ref,
                                 struct error *err)
{
    enum { EVERY_MS = 1000, MARGIN_MS = 2000 };
    while (ref->room == ROOM_OPEN && clock_ms() + EVERY_MS + MARGIN_MS < deadline_ms) {
        poll(NULL, 0, EVERY_MS);
        TRY(get(google, calendar, ref->id, uid, deadline_ms, a, ref, err));
    }
    if (ref->room == ROOM_OPEN)
        return error_set(err, ERR_TIMEOUT, "room", "the room has not answered yet");
    return OK;
}

/* A meeting may be pending: read once more. Without one the booking stands all the same. */
static void wait_for_meeting(struct calendar *google, struct text calendar, struct text uid,
                             int64_t deadline_ms, struct arena *a, struct event_ref *ref)
{
    enum { AFTER_MS = 1000, MARGIN_MS = 3000 };
    struct event_ref again;
    if (ref->meeting.n || clock_ms() + AFTER_MS + MARGIN_MS > deadline_ms)
        return;
    poll(NULL, 0, AFTER_MS);
    if (get(google, calendar, ref->id, uid, deadline_ms, a, &again, NULL) == OK)
        *ref = again;
}

/* Read back what was written, and wait for its room. What cannot be read is uncertain, and so is what a room is silent
 * about. ERR_CONFLICT: it stands wrongly, or its room declines; the caller must take it back. */
static enum status read_back(struct calendar *google, struct text calendar, struct text id,
                             const struct event *event, bool has_room, int64_t deadline_ms,
                             struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    enum status status = locate(google, calendar, id, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "google", err);
    if (!writing_stands(ret_ref, event))
        return error_set(err, ERR_CONFLICT, "google",
                         "the event stands at another time than asked");
    if (!has_room)
        return OK;
    status = wait_for_room(google, calendar, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "google", err);
    return ret_ref->room == ROOM_ACCEPTED
               ? OK
               : error_set(err, ERR_CONFLICT, "room", "the room declines");
}

static enum status post(struct calendar *google, struct text calendar,
                        const struct event *event, struct text id, int64_t deadline_ms,
                        bool *ret_doubt, struct error *err)
{
    CLEANUP(google_call_done) struct google_call call;
    begin(&call, google, "POST", calendar, (struct text){0});
    tell(&call, event->invitee_email.n > 0);
    google_param(&call.target, "fields", TEXT("id"));
    if (event->online_meeting)
        google_param(&call.target, "conferenceDataVersion", TEXT("1"));
    google_write_new(&call.body, event, id);
    call.once = true;
    enum status status = google_send(google, &call, deadline_ms, err);
    *ret_doubt = call.doubt;
    return status;
}

/* Insert under the uid's id, or the next one where that was used up by an event that is gone. *ret_stands: nothing was
 * written, since an event of this booking stands already. */
static enum status insert(struct calendar *google, const struct create_ask *ask,
                          int64_t deadline_ms, struct arena *a, struct buf *id,
                          bool *ret_stands, struct error *err)
{
    struct event event = ask->event;
    for (unsigned generation = 0; generation < GOOGLE_GENERATIONS; generation++) {
        struct event_ref ref;
        bool doubt = false;
        buf_clear(id);
        google_id_write(id, ask->event.uid, generation);
        enum status status =
            post(google, ask->calendar, &event, buf_text(id), deadline_ms, &doubt, err);
        if (status == ERR_UPSTREAM && !doubt && event.online_meeting) {
            event.online_meeting =
                false; /* a calendar that makes none refuses the whole event */
            status =
                post(google, ask->calendar, &event, buf_text(id), deadline_ms, &doubt, err);
        }
        if (status != ERR_CONFLICT)
            return status != OK && doubt ? writing_uncertain(status, "google", err) : status;
        status =
            get(google, ask->calendar, buf_text(id), ask->event.uid, deadline_ms, a, &ref, err);
        *ret_stands = status == OK;
        if (status != ERR_NOT_FOUND)
            return status == OK ? OK : writing_uncertain(status, "google", err);
    }
    return error_set(err, ERR_UPSTREAM, "google",
                     "the event was removed and written too often: no id is left for it");
}

static enum status google_create(struct calendar *google, const struct create_ask *ask,
                                 int64_t deadline_ms, struct arena *a,
                                 struct event_ref *ret_ref, struct error *err)
{
    CLEANUP(buf_done) struct buf id = BUF(GOOGLE_ID_MAX);
    struct event_ref ref = {0};
    struct error why = {0};
    bool stands = false;
    TRY(writing_check(&ask->event, err));
    TRY(insert(google, ask, deadline_ms, a, &id, &stands, err));
    enum status status = read_back(google, ask->calendar, buf_text(&id), &ask->event,
                                   ask->event.room.n > 0, deadline_ms, a, &ref, &why);
    if (status == ERR_CONFLICT && stands) {
        if (err)
            *err = why;
        return writing_uncertain(status, "google", err);
    }
    if (status == ERR_CONFLICT) {
        if (delete_event(google, ask->calendar, ref.id, ask->event.invitee_email.n > 0,
                         deadline_ms, err) != OK)
            return writing_uncertain(ERR_UPSTREAM, "google", err);
        return error_set(err, ERR_UPSTREAM, why.where, "%s; it was removed again", why.what);
    }
    if (status == OK && ask->event.online_meeting)
        wait_for_meeting(google, ask->calendar, ask->event.uid, deadline_ms, a, &ref);
    if (status == OK)
        *ret_ref = ref;
    else if (err)
        *err = why;
    return status;
}

/* PATCH leaves what it does not name; If-Match lets nobody's change in between be overwritten. */
static enum status change(struct calendar *google, struct text calendar,
                          const struct event *event, const struct event_ref *ref,
                          int64_t deadline_ms, struct error *err)
{
    CLEANUP(google_call_done) struct google_call call;
    CLEANUP(arena_done) struct arena a = {0};
    begin(&call, google, "PATCH", calendar, ref->id);
    tell(&call, event->invitee_email.n > 0);
    google_param(&call.target, "fields", TEXT("id"));
    google_write_change(&call.body, event);
    call.if_match = ref->change_key.n ? arena_cstr(&a, ref->change_key) : NULL;
    call.once = true;
    enum status status = google_send(google, &call, deadline_ms, err);
    return status != OK && call.doubt ? writing_uncertain(status, "google", err) : status;
}

/* Take a change back that did not come out right: texts stay, since an empty one changes nothing. */
static enum status put_back(struct calendar *google, const struct update_ask *ask,
                            const struct event_ref *before, const struct event_ref *now,
                            int64_t deadline_ms, struct error *err)
{
    struct error why = err ? *err : (struct error){0};
    struct event old = {.uid = ask->event.uid,
                        .start = before->start,
                        .end = before->end,
                        .zone = ask->event.zone,
                        .invitee_email = ask->event.invitee_email};
    if (now->room != ROOM_NONE &&
        change(google, ask->calendar, &old, now, deadline_ms, err) != OK)
        return writing_uncertain(ERR_UPSTREAM, "google", err);
    return error_set(err, ERR_UPSTREAM, why.where, "%s%s", why.what,
                     now->room != ROOM_NONE ? "; the event was moved back" : "");
}

static enum status google_update(struct calendar *google, const struct update_ask *ask,
                                 int64_t deadline_ms, struct arena *a,
                                 struct event_ref *ret_ref, struct error *err)
{
    const struct event *event = &ask->event;
    struct event_ref ref = {0}, now = {0};
    TRY(writing_check(event, err));
    TRY(locate(google, ask->calendar, ask->id, event->uid, deadline_ms, a, &ref, err));
    enum status status = change(google, ask->calendar, event, &ref, deadline_ms, err);
    if (status == ERR_CONFLICT) { /* the host touched it in between: look again, once */
        TRY(locate(google, ask->calendar, ref.id, event->uid, deadline_ms, a, &ref, err));
        status = change(google, ask->calendar, event, &ref, deadline_ms, err);
    }
    TRY(status);
    bool has_room = event->room.n && ref.room != ROOM_NONE; /* it may be older than the room */
    status =
        read_back(google, ask->calendar, ref.id, event, has_room, deadline_ms, a, &now, err);
    if (status == ERR_CONFLICT)
        return put_back(google, ask, &ref, &now, deadline_ms, err);
    if (status == OK)
        *ret_ref = now;
    return status;
}

static enum status google_remove(struct calendar *google, const struct remove_ask *ask,
                                 int64_t deadline_ms, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct event_ref ref = {0};
    enum status status =
        locate(google, ask->calendar, ask->id, ask->uid, deadline_ms, &a, &ref, err);
    if (status == OK)
        status =
            delete_event(google, ask->calendar, ref.id, ask->has_invitee, deadline_ms, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

const struct calendar_ops google_ops = {
    .name = "google",
    .open = google_open,
    .close = google_close,
    .act = google_act,
    .busy = google_busy,
    .create = google_create,
    .find = google_find,
    .update = google_update,
    .remove = google_remove,
    .view = google_view,
    .calendars = google_calendars,
    .changes = google_changes,
    .events = google_events,
    .check = google_check,
};
