/* SPDX-License-Identifier: ISC */
#include "calendar/graph/request.h"

#include "calendar/graph/call.h"
#include "calendar/graph/property.h"
#include "format/url.h"
#include "time/instant.h"

#define SELECT_ALWAYS "id,start,end,isAllDay,showAs,type,originalStart"

enum { INTERVAL_MIN = 30 /* of availabilityView, which is not looked at */ };

static void add_value(struct buf *out, const char *value)
{
    url_encode(out, text_from(value));
}

static void add_instant(struct buf *out, struct instant at)
{
    char text[INSTANT_SIZE];
    instant_format(at, text);
    add_value(out, text);
}

/* ---- targets ---- */

void graph_write_calendar(const struct calendar *graph, struct text calendar_id,
                          const char *rest, struct buf *out)
{
    graph_target(graph, graph->mailbox, out);
    if (calendar_id.n) {
        buf_add_cstr(out, "calendars/");
        url_encode(out, calendar_id);
    } else {
        buf_add_cstr(out, "calendar");
    }
    buf_add_cstr(out, rest);
}

/* What each event says besides its members: our uid, and when it really is. */
static void add_expansion(struct buf *out)
{
    buf_add_cstr(out, "&$expand=");
    add_value(out, "singleValueExtendedProperties($filter=id eq '" GRAPH_UID
                   "' or id eq '" GRAPH_START_WHOLE "' or id eq '" GRAPH_END_WHOLE "')");
}

static void add_window(struct buf *out, struct instant from, struct instant to)
{
    buf_add_cstr(out, "?startDateTime=");
    add_instant(out, from);
    buf_add_cstr(out, "&endDateTime=");
    add_instant(out, to);
}

void graph_write_view(const struct calendar *graph, struct text calendar_id,
                      struct instant from, struct instant to, const char *select,
                      struct buf *out)
{
    graph_write_calendar(graph, calendar_id, "/calendarView", out);
    add_window(out, from, to);
    buf_add_cstr(out, "&$select=");
    add_value(out, SELECT_ALWAYS);
    if (select)
        add_value(out, select);
    add_expansion(out);
    buf_printf(out, "&$top=%d", GRAPH_PAGE);
}

void graph_write_delta(const struct calendar *graph, struct text calendar_id,
                       struct instant from, struct instant to, struct buf *out)
{
    graph_target(graph, graph->mailbox, out);
    if (calendar_id.n) {
        buf_add_cstr(out, "calendars/");
        url_encode(out, calendar_id);
        buf_add_cstr(out, "/");
    }
    buf_add_cstr(out, "calendarView/delta");
    add_window(out, from, to);
}

/* A literal of OData within its quotes. */
static void add_quoted(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] == '\'')
            url_encode(out, TEXT("'"));
        url_encode(out, (struct text){t.at + i, 1});
    }
}

void graph_write_find(const struct calendar *graph, struct text calendar_id, struct text uid,
                      struct buf *out)
{
    graph_write_calendar(graph, calendar_id, "/events?$filter=", out);
    add_value(out,
              "singleValueExtendedProperties/any(ep: ep/id eq '" GRAPH_UID "' and ep/value ");
    if (uid.n) {
        add_value(out, "eq '");
        add_quoted(out, uid);
        add_value(out, "')");
    } else {
        add_value(out, "ne null)");
    }
    buf_add_cstr(out, "&$select=");
    add_value(out, SELECT_ALWAYS ",attendees,onlineMeeting");
    add_expansion(out);
    buf_printf(out, "&$top=%d", uid.n ? 10 : GRAPH_PAGE);
}

void graph_write_event(const struct calendar *graph, struct text id, bool has_query,
                       struct buf *out)
{
    graph_target(graph, graph->mailbox, out);
    buf_add_cstr(out, "events/");
    url_encode(out, id);
    if (!has_query)
        return;
    buf_add_cstr(out, "?$select=");
    add_value(out, SELECT_ALWAYS ",attendees,onlineMeeting");
    add_expansion(out);
}

/* ---- bodies ---- */

static void put_time(struct json_writer *w, const char *name, struct instant at)
{
    char text[INSTANT_SIZE];
    instant_format(at, text);
    json_name(w, name);
    json_open(w, '{');
    json_put_text(w, "dateTime", (struct text){text, INSTANT_SIZE - 2}); /* less its Z */
    json_put_text(w, "timeZone", TEXT("UTC"));
    json_close(w, '}');
}

static void put_texts(struct json_writer *w, const struct event *event)
{
    if (event->title.n)
        json_put_text(w, "subject", event->title);
    if (event->body.n) {
        json_name(w, "body");
        json_open(w, '{');
        json_put_text(w, "contentType", TEXT("text"));
        json_put_text(w, "content", event->body);
        json_close(w, '}');
    }
    if (event->location.n) {
        json_name(w, "location");
        json_open(w, '{');
        json_put_text(w, "displayName", event->location);
        json_close(w, '}');
    }
}

static void put_attendee(struct json_writer *w, struct text address, struct text name,
                         const char *type)
{
    json_open(w, '{');
    json_name(w, "emailAddress");
    json_open(w, '{');
    json_put_text(w, "address", address);
    json_put_text(w, "name", name.n ? name : address);
    json_close(w, '}');
    json_put_text(w, "type", text_from(type));
    json_close(w, '}');
}

static void put_attendees(struct json_writer *w, const struct event *event)
{
    if (!event->invitee_email.n && !event->room.n)
        return;
    json_name(w, "attendees");
    json_open(w, '[');
    if (event->invitee_email.n)
        put_attendee(w, event->invitee_email, event->invitee_name, "required");
    if (event->room.n)
        put_attendee(w, event->room, (struct text){0}, "resource");
    json_close(w, ']');
}

static void put_reminder(struct json_writer *w, int64_t minutes)
{
    if (minutes < 0)
        json_put_bool(w, "isReminderOn", false);
    if (minutes <= 0)
        return; /* 0: as the calendar does */
    json_put_bool(w, "isReminderOn", true);
    json_put_i64(w, "reminderMinutesBeforeStart", minutes);
}

static void put_uid(struct json_writer *w, struct text uid)
{
    json_name(w, "singleValueExtendedProperties");
    json_open(w, '[');
    json_open(w, '{');
    json_put_text(w, "id", TEXT(GRAPH_UID));
    json_put_text(w, "value", uid);
    json_close(w, '}');
    json_close(w, ']');
}

/* The service knows a request that comes again by its transaction, and does it once. */
static void put_transaction(struct json_writer *w, const struct event *event)
{
    CLEANUP(buf_done) struct buf name = BUF(MAX_UID + 32);
    buf_add_text(&name, event->uid);
    buf_printf(&name, "/%lld", (long long)event->start.s);
    json_put_text(w, "transactionId", buf_text(&name));
}

void graph_write_new(const struct event *event, struct buf *out)
{
    static const char *const show[SHOW_AS_COUNT] = {[SHOW_BUSY] = "busy",
                                                    [SHOW_TENTATIVE] = "tentative",
                                                    [SHOW_OOF] = "oof",
                                                    [SHOW_FREE] = "free"};
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    put_texts(&w, event);
    put_time(&w, "start", event->start);
    put_time(&w, "end", event->end);
    json_put_text(&w, "showAs", text_from(show[event->show_as]));
    if (event->is_private)
        json_put_text(&w, "sensitivity", TEXT("private"));
    put_reminder(&w, event->reminder_min);
    put_attendees(&w, event);
    if (event->online_meeting) /* by whom is the tenant's own choice */
        json_put_bool(&w, "isOnlineMeeting", true);
    put_transaction(&w, event);
    put_uid(&w, event->uid);
    json_close(&w, '}');
}

void graph_write_change(const struct event *event, struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    put_texts(&w, event);
    put_time(&w, "start", event->start);
    put_time(&w, "end", event->end);
    if (event->show_as == SHOW_FREE)
        json_put_text(&w, "showAs", TEXT("free"));
    json_close(&w, '}');
}

void graph_write_schedule(const struct mailbox *mailboxes, size_t n, struct instant from,
                          struct instant to, struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    json_name(&w, "schedules");
    json_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        json_add_text(&w, mailboxes[i].address);
    json_close(&w, ']');
    put_time(&w, "startTime", from);
    put_time(&w, "endTime", to);
    json_put_i64(&w, "availabilityViewInterval", INTERVAL_MIN);
    json_close(&w, '}');
}
