/* SPDX-License-Identifier: ISC
 *
 * Events of ours at Exchange. Each carries the booking's uid in a named property; nothing is touched
 * whose property is not the uid at hand, so an id that went astray does no harm.
 */
#include "calendar/ews/ews.h"

#include <poll.h>
#include <stdlib.h>

#include "calendar/writing.h"
#include "os/clock.h"
#include "time/winzone.h"

static struct text or_else(struct text one, struct text other)
{
    return one.n ? one : other;
}

static bool is_address(struct text t)
{
    return t.n && memchr(t.at, '@', t.n);
}

static bool has_space_or_control(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] <= ' ' || t.at[i] == 0x7f)
            return true;
    return false;
}

/* ---- life ---- */

/* Who acts in a job for somebody; empty: not known. */
static struct text self_of(const struct server *server, struct text impersonate)
{
    return or_else(impersonate, is_address(server->user) ? server->user : (struct text){0});
}

enum status ews_check_mailbox(struct text impersonate, struct text mailbox, struct error *err)
{
    if (has_space_or_control(impersonate) || has_space_or_control(mailbox))
        return error_set(err, ERR_INVALID, "server", "a mailbox's address has spaces in it");
    return OK;
}

struct text ews_anchor_of(const struct server *server, struct text impersonate,
                          struct text mailbox)
{
    return or_else(or_else(impersonate, mailbox), self_of(server, impersonate));
}

struct ews_target ews_target_for(const struct server *server, struct text impersonate,
                                 struct text mailbox)
{
    bool is_own = text_equal_nocase(mailbox, self_of(server, impersonate));
    return (struct ews_target){.impersonate = impersonate,
                               .mailbox = is_own ? (struct text){0} : mailbox};
}

/* Take over from the server's description whom all jobs are for. */
static enum status ews_act(struct calendar *ews, struct error *err)
{
    const struct server *server = ews->server;
    TRY(ews_check_mailbox(server->impersonate, server->mailbox, err));
    struct text self = self_of(server, server->impersonate);
    ews->soap.anchor = ews_anchor_of(server, server->impersonate, server->mailbox);
    ews->impersonate = server->impersonate;
    ews->address = or_else(server->mailbox, self);
    ews->folder_of = ews_target_for(server, server->impersonate, server->mailbox).mailbox;
    return OK;
}

static void ews_close(struct calendar *ews)
{
    if (!ews)
        return;
    ews_watch_free(ews->watch);
    fetch_close(ews->soap.fetch);
    free(ews);
}

static enum status ews_open(const struct server *server, const struct fetch_options *options,
                            struct calendar **ret_calendar, struct error *err)
{
    struct calendar *ews = calloc(1, sizeof *ews);
    ENSURE(ews);
    *ews =
        (struct calendar){.server = server, .options = options, .soap.method = server->method};
    enum status status = ews_act(ews, err);
    if (status == OK && server->host.n) /* without one it is for ews_discover alone */
        status = fetch_open(server, options, FETCH_SIGNED_IN, &ews->soap.fetch, err);
    if (status == OK)
        *ret_calendar = ews;
    else
        ews_close(ews);
    return status;
}

struct ews_target ews_target_of(const struct calendar *ews, struct text calendar_id)
{
    return (struct ews_target){
        .impersonate = ews->impersonate, .mailbox = ews->folder_of, .calendar = calendar_id};
}

static const char *windows_zone_of(struct text iana)
{
    const char *name = winzone_find(iana);
    return name ? name
                : "UTC"; /* the times are right in any zone; the event shows in this one */
}

/* ---- reading ---- */

/* ERR_NOT_FOUND from here on means one thing: the server was asked, and the event is not there. */

/* A meeting that was found by search does not say whom it invites: an open answer means that it must be got. */
static struct event_ref ref_of(struct arena *a, const struct ews_item *item)
{
    return (struct event_ref){.id = arena_text(a, item->id),
                              .change_key = arena_text(a, item->change_key),
                              .start = item->start,
                              .end = item->end,
                              .room = item->is_meeting ? ROOM_OPEN : item->room};
}

/* Pick the item that carries uid, of all that came. */
static enum status pick(const struct ews_answer *answer, struct text uid, struct arena *a,
                        struct event_ref *ret_ref, struct error *err)
{
    size_t n = answer->n_items < EWS_ITEMS_MAX ? answer->n_items : EWS_ITEMS_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct ews_item *item = &answer->items[i];
        if (!text_equal_nocase(item->uid, uid))
            continue;
        if (!item->id.n || !item->has_start || !item->has_end)
            return error_set(err, ERR_UPSTREAM, "ews",
                             "an event of ours came without id or times");
        *ret_ref = ref_of(a, item);
        return OK;
    }
    return error_set(err, ERR_NOT_FOUND, "ews",
                     n ? "the event there is not this booking's"
                       : "there is no event of this booking");
}

/* Read an event by its id; ERR_NOT_FOUND also where it is not the one with this uid. */
static enum status get(struct calendar *ews, struct text id, struct text uid,
                       int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                       struct error *err)
{
    struct ews_target target = ews_target_of(ews, (struct text){0});
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_GET_ITEM);
    ews_write_get(&request, &target, id);
    TRY(soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err));
    return pick(&answer, uid, a, ret_ref, err);
}

static enum status ews_find(struct calendar *ews, const struct find_ask *ask,
                            int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                            struct error *err)
{
    struct ews_target target = ews_target_of(ews, ask->calendar);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    if (!ask->uid.n)
        return error_set(err, ERR_INVALID, "find", "the uid is empty");
    ews_answer_init(&answer, EWS_FIND_ITEM);
    ews_write_find(&request, &target, ask->uid);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err);
    if (status ==
        ERR_NOT_FOUND) /* the mailbox or the calendar: that says nothing of the event */
        return ERR_UPSTREAM;
    TRY(status);
    if (!answer.has_root)
        return error_set(err, ERR_UPSTREAM, "ews FindItem", "the answer holds no folder");
    status = pick(&answer, ask->uid, a, ret_ref, err);
    if (status == ERR_NOT_FOUND && answer.n_items > 0)
        return error_set(err, ERR_UPSTREAM, "ews FindItem",
                         "the server does not search by our property");
    if (status == OK && ret_ref->room == ROOM_OPEN)
        return get(ews, ret_ref->id, ask->uid, deadline_ms, a, ret_ref, err);
    return status;
}

/* Find an event of ours by its id or, as ids change when a mailbox moves, by its uid. */
static enum status locate(struct calendar *ews, struct text calendar_id, struct text id,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct event_ref *ret_ref, struct error *err)
{
    if (!uid.n)
        return error_set(err, ERR_INVALID, "event", "the uid is empty");
    enum status status = ERR_NOT_FOUND;
    if (id.n)
        status = get(ews, id, uid, deadline_ms, a, ret_ref, err);
    if (status != ERR_NOT_FOUND)
        return status;
    struct find_ask ask = {.calendar = calendar_id, .uid = uid};
    return ews_find(ews, &ask, deadline_ms, a, ret_ref, err);
}

/* ---- writing ---- */

/* A room that takes part hears of every change; the invitee, where there is one, hears with it. */
static enum ews_tells tells_of(const struct event_ref *ref, bool has_invitee)
{
    if (has_invitee)
        return EWS_TELLS_CUSTOMER;
    return ref->room != ROOM_NONE ? EWS_TELLS_ROOM : EWS_TELLS_NOBODY;
}

static enum status delete_item(struct calendar *ews, const struct event_ref *ref,
                               bool has_invitee, int64_t deadline_ms, struct error *err)
{
    struct ews_target target = ews_target_of(ews, (struct text){0});
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_DELETE_ITEM);
    ews_write_delete(&request, &target, ref->id, tells_of(ref, has_invitee));
    return soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err);
}

/* Wait until the room has answered, as far as the deadline lets us; rooms that decide by themselves take
 * seconds. */
static enum status wait_for_room(struct calendar *ews, struct text uid, int64_t deadline_ms,
                                 struct arena *a, struct event_ref *ref, struct error *err)
{
    enum { EVERY_MS = 500, MARGIN_MS = 2000 };
    while (ref->room == ROOM_OPEN && clock_ms() + EVERY_MS + MARGIN_MS < deadline_ms) {
        poll(NULL, 0, EVERY_MS);
        TRY(get(ews, ref->id, uid, deadline_ms, a, ref, err));
    }
    if (ref->room == ROOM_OPEN)
        return error_set(err, ERR_TIMEOUT, "room", "the room has not answered yet");
    return OK;
}

/* Read back what was written, and wait for its room. What cannot be read is uncertain, and so is what a room is
 * silent about. ERR_CONFLICT: it stands wrongly, or its room declines; the caller must take it back. */
static enum status read_back(struct calendar *ews, struct text calendar_id, struct text id,
                             const struct event *event, bool has_room, int64_t deadline_ms,
                             struct arena *a, struct event_ref *ret_ref, struct error *err)
{
    enum status status = locate(ews, calendar_id, id, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "ews", err);
    if (!writing_stands(ret_ref, event))
        return error_set(err, ERR_CONFLICT, "ews",
                         "the server wrote the event at another time than asked");
    if (!has_room)
        return OK;
    status = wait_for_room(ews, event->uid, deadline_ms, a, ret_ref, err);
    if (status != OK)
        return writing_uncertain(status, "ews", err);
    return ret_ref->room == ROOM_ACCEPTED
               ? OK
               : error_set(err, ERR_CONFLICT, "room", "the room declines");
}

static enum status ews_create(struct calendar *ews, const struct create_ask *ask,
                              int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                              struct error *err)
{
    struct ews_target target = ews_target_of(ews, ask->calendar);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    TRY(writing_check(&ask->event, err));
    ews_answer_init(&answer, EWS_CREATE_ITEM);
    ews_write_create(&request, &target, &ask->event, windows_zone_of(ask->event.zone));
    enum status status =
        soap_call(&ews->soap, &request, true, &answer, deadline_ms, &doubt, err);
    if (status != OK)
        return doubt ? writing_uncertain(status, "ews", err) : status;
    struct text id = answer.n_items ? answer.items[0].id : (struct text){0};
    struct event_ref ref = {0};
    struct error why = {0};
    status = read_back(ews, ask->calendar, id, &ask->event, ask->event.room.n > 0, deadline_ms,
                       a, &ref, &why);
    if (status == ERR_CONFLICT) {
        if (delete_item(ews, &ref, ask->event.invitee_email.n > 0, deadline_ms, err) != OK)
            return writing_uncertain(ERR_UPSTREAM, "ews", err);
        return error_set(err, ERR_UPSTREAM, why.where, "%s; it was removed again", why.what);
    }
    if (status == OK)
        *ret_ref = ref;
    else if (err)
        *err = why;
    return status;
}

static enum status change(struct calendar *ews, struct text calendar_id,
                          const struct event *event, const struct event_ref *ref,
                          int64_t deadline_ms, struct error *err)
{
    struct ews_target target = ews_target_of(ews, calendar_id);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_UPDATE_ITEM);
    ews_write_update(&request, &target, ref->id, ref->change_key, event,
                     windows_zone_of(event->zone), tells_of(ref, event->invitee_email.n > 0));
    enum status status =
        soap_call(&ews->soap, &request, true, &answer, deadline_ms, &doubt, err);
    return doubt ? writing_uncertain(status, "ews", err) : status;
}

/* Take a change back that did not come out right: texts stay, since an empty one changes nothing. */
static enum status put_back(struct calendar *ews, const struct update_ask *ask,
                            const struct event_ref *before, const struct event_ref *now,
                            int64_t deadline_ms, struct error *err)
{
    struct error why = err ? *err : (struct error){0};
    struct event old = {.uid = ask->event.uid,
                        .start = before->start,
                        .end = before->end,
                        .zone = ask->event.zone,
                        .invitee_email = ask->event.invitee_email};
    if (now->room != ROOM_NONE && change(ews, ask->calendar, &old, now, deadline_ms, err) != OK)
        return writing_uncertain(ERR_UPSTREAM, "ews", err);
    return error_set(err, ERR_UPSTREAM, why.where, "%s%s", why.what,
                     now->room != ROOM_NONE ? "; the event was moved back" : "");
}

static enum status ews_update(struct calendar *ews, const struct update_ask *ask,
                              int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                              struct error *err)
{
    struct event_ref ref = {0};
    TRY(writing_check(&ask->event, err));
    TRY(locate(ews, ask->calendar, ask->id, ask->event.uid, deadline_ms, a, &ref, err));
    enum status status = change(ews, ask->calendar, &ask->event, &ref, deadline_ms, err);
    if (status == ERR_CONFLICT) { /* the host touched it in between: look again, once */
        TRY(locate(ews, ask->calendar, ref.id, ask->event.uid, deadline_ms, a, &ref, err));
        status = change(ews, ask->calendar, &ask->event, &ref, deadline_ms, err);
    }
    TRY(status);
    bool has_room =
        ask->event.room.n && ref.room != ROOM_NONE; /* it may be older than the page's room */
    struct event_ref now = {0};
    status =
        read_back(ews, ask->calendar, ref.id, &ask->event, has_room, deadline_ms, a, &now, err);
    if (status == ERR_CONFLICT)
        return put_back(ews, ask, &ref, &now, deadline_ms, err);
    if (status == OK)
        *ret_ref = now;
    return status;
}

static enum status ews_remove(struct calendar *ews, const struct remove_ask *ask,
                              int64_t deadline_ms, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct event_ref ref = {0};
    enum status status =
        locate(ews, ask->calendar, ask->id, ask->uid, deadline_ms, &a, &ref, err);
    if (status == OK)
        status = delete_item(ews, &ref, ask->has_invitee, deadline_ms, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

const struct calendar_ops ews_ops = {
    .name = "ews",
    .open = ews_open,
    .close = ews_close,
    .act = ews_act,
    .busy = ews_busy,
    .create = ews_create,
    .find = ews_find,
    .update = ews_update,
    .remove = ews_remove,
    .view = ews_view,
    .calendars = ews_calendars,
    .changes = ews_changes,
    .events = ews_events,
    .watch = ews_watch_open,
    .watch_wait = ews_watch_wait,
    .unwatch = ews_watch_end,
    .discover = ews_discover,
    .check = ews_check,
};
