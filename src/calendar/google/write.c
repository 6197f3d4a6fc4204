/* SPDX-License-Identifier: ISC
 *
 * Out of office is an event of a kind of its own at Google, which declines meetings by itself: an event that is to
 * show so is busy.
 */
#include "calendar/google/write.h"

#include "calendar/google/value.h"
#include "calendar/ical/ical.h"
#include "format/json.h"
#include "time/instant.h"

enum { REMINDER_MAX_MIN = 40320, HTML_MAX = 8 * MAX_DESCRIPTION };

static void put_time(struct json_writer *w, const char *name, struct instant t,
                     struct text zone)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    json_name(w, name);
    json_open(w, '{');
    json_put_text(w, "dateTime", text_from(text));
    json_put_text(w, "timeZone", ical_zone_named(zone) ? zone : TEXT("UTC"));
    json_close(w, '}');
}

static void put_times(struct json_writer *w, const struct event *event)
{
    put_time(w, "start", event->start, event->zone);
    put_time(w, "end", event->end, event->zone);
}

static void put_texts(struct json_writer *w, const struct event *event)
{
    CLEANUP(buf_wipe) struct buf html = BUF(HTML_MAX);
    google_html_write(&html, event->body);
    if (event->title.n)
        json_put_text(w, "summary", event->title);
    if (event->location.n)
        json_put_text(w, "location", event->location);
    if (event->body.n)
        json_put_text(w, "description", buf_text(&html));
}

static void put_uid(struct json_writer *w, struct text uid)
{
    json_name(w, "extendedProperties");
    json_open(w, '{');
    json_name(w, "private");
    json_open(w, '{');
    json_put_text(w, GOOGLE_UID, uid);
    json_close(w, '}');
    json_close(w, '}');
}

/* 0: as the calendar does, which is what an event does that says nothing. */
static void put_reminder(struct json_writer *w, int64_t minutes)
{
    if (minutes == 0)
        return;
    json_name(w, "reminders");
    json_open(w, '{');
    json_put_bool(w, "useDefault", false);
    json_name(w, "overrides");
    json_open(w, '[');
    if (minutes > 0) {
        json_open(w, '{');
        json_put_text(w, "method", TEXT("popup"));
        json_put_i64(w, "minutes", minutes < REMINDER_MAX_MIN ? minutes : REMINDER_MAX_MIN);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void put_attendee(struct json_writer *w, struct text name, struct text email,
                         bool is_room)
{
    if (!email.n)
        return;
    json_open(w, '{');
    json_put_text(w, "email", email);
    if (name.n)
        json_put_text(w, "displayName", name);
    if (is_room)
        json_put_bool(w, "resource", true);
    json_close(w, '}');
}

static void put_attendees(struct json_writer *w, const struct event *event)
{
    if (!event->invitee_email.n && !event->room.n)
        return;
    json_name(w, "attendees");
    json_open(w, '[');
    put_attendee(w, event->invitee_name, event->invitee_email, false);
    put_attendee(w, (struct text){0}, event->room, true);
    json_close(w, ']');
}

/* One name, one meeting: a request that comes again asks for the same one. */
static void put_meeting(struct json_writer *w, struct text id)
{
    json_name(w, "conferenceData");
    json_open(w, '{');
    json_name(w, "createRequest");
    json_open(w, '{');
    json_put_text(w, "requestId", id);
    json_name(w, "conferenceSolutionKey");
    json_open(w, '{');
    json_put_text(w, "type", TEXT("hangoutsMeet"));
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
}

void google_write_new(struct buf *out, const struct event *event, struct text id)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    json_put_text(&w, "id", id);
    put_times(&w, event);
    put_texts(&w, event);
    put_uid(&w, event->uid);
    put_reminder(&w, event->reminder_min);
    put_attendees(&w, event);
    if (event->online_meeting)
        put_meeting(&w, id);
    if (event->is_private)
        json_put_text(&w, "visibility", TEXT("private"));
    if (event->show_as == SHOW_FREE)
        json_put_text(&w, "transparency", TEXT("transparent"));
    if (event->show_as == SHOW_TENTATIVE)
        json_put_text(&w, "status", TEXT("tentative"));
    json_close(&w, '}');
}

void google_write_change(struct buf *out, const struct event *event)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    put_times(&w, event);
    put_texts(&w, event);
    if (event->show_as == SHOW_FREE) {
        json_put_text(&w, "transparency", TEXT("transparent"));
        put_reminder(&w, event->reminder_min < 0 ? event->reminder_min : 0);
    }
    json_close(&w, '}');
}
