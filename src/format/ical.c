/* SPDX-License-Identifier: ISC */
#include "format/ical.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/status.h"

enum { FOLD_AT = 75, LINE_MAX_BYTES = 40 * 1024 };

const char *ical_method_name(enum ical_method method)
{
    switch (method) {
    case ICAL_PLAIN:
        return "";
    case ICAL_REQUEST:
        return "REQUEST";
    case ICAL_CANCEL:
        return "CANCEL";
    }
    return "";
}

/* ---- lines ---- */

/* Write a line folded: those that go on begin with a space, which counts. */
static void add_line(struct buf *out, struct text line)
{
    size_t room = FOLD_AT;
    do {
        struct text part = text_first(line, room);
        buf_add_text(out, part);
        buf_add_cstr(out, "\r\n");
        line = (struct text){line.at + part.n, line.n - part.n};
        if (line.n)
            buf_add_byte(out, ' ');
        room = FOLD_AT - 1;
    } while (line.n);
}

static void add_cstr(struct buf *out, const char *line)
{
    add_line(out, text_from(line));
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A value of type TEXT (RFC 5545 3.3.11). */
static void add_text(struct buf *out, const char *name, struct text value)
{
    struct buf line CLEANUP(buf_done) = BUF(LINE_MAX_BYTES);
    if (!value.n)
        return;
    buf_add_cstr(&line, name);
    buf_add_byte(&line, ':');
    for (size_t i = 0; i < value.n; i++) {
        char c = value.at[i];
        if (c == '\n') {
            buf_add_cstr(&line, "\\n");
            continue;
        }
        if (c == '\\' || c == ';' || c == ',')
            buf_add_byte(&line, '\\');
        buf_add_byte(&line, is_control(c) ? ' ' : (unsigned char)c);
    }
    add_line(out, buf_text(&line));
}

static void add_instant(struct buf *out, const char *name, struct instant t)
{
    char text[64];
    struct tm tm;
    time_t s = (time_t)t.s;
    ENSURE(gmtime_r(&s, &tm));
    size_t n = (size_t)snprintf(text, sizeof text, "%s:", name);
    strftime(text + n, sizeof text - n, "%Y%m%dT%H%M%SZ", &tm);
    add_cstr(out, text);
}

/* A parameter in quotes: they cannot be escaped in there, so they become others. */
static void add_quoted(struct buf *line, struct text value)
{
    buf_add_byte(line, '"');
    for (size_t i = 0; i < value.n; i++) {
        char c = value.at[i];
        buf_add_byte(line, c == '"' ? '\'' : is_control(c) ? ' ' : (unsigned char)c);
    }
    buf_add_byte(line, '"');
}

/* An address as a mailto: URI (RFC 6068). */
static void add_mailto(struct buf *line, struct text email)
{
    static const char plain[] = "@.-_+'~=&";
    buf_add_cstr(line, ":mailto:");
    for (size_t i = 0; i < email.n; i++) {
        unsigned char c = (unsigned char)email.at[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || (c && strchr(plain, c));
        if (is_plain)
            buf_add_byte(line, c);
        else
            buf_printf(line, "%%%02X", c);
    }
}

static void add_person(struct buf *out, const char *name, struct text who, struct text email)
{
    struct buf line CLEANUP(buf_done) = BUF(LINE_MAX_BYTES);
    buf_add_cstr(&line, name);
    if (who.n) {
        buf_add_cstr(&line, ";CN=");
        add_quoted(&line, who);
    }
    add_mailto(&line, email);
    add_line(out, buf_text(&line));
}

/* A value of type URI (RFC 5545 3.3.13) is not escaped. */
static void add_uri(struct buf *out, const char *name, struct text uri)
{
    struct buf line CLEANUP(buf_done) = BUF(LINE_MAX_BYTES);
    if (!uri.n)
        return;
    buf_printf(&line, "%s:", name);
    buf_add_text(&line, uri);
    add_line(out, buf_text(&line));
}

/* Few programs know CONFERENCE (RFC 7986 5.11): where the place is another one, the text says the link as well. */
static void add_text_and_meeting(struct buf *out, const struct ical_event *e)
{
    struct buf text CLEANUP(buf_done) = BUF(LINE_MAX_BYTES);
    if (e->location.n && e->meeting.n) {
        buf_add_text(&text, e->meeting);
        buf_add_cstr(&text, e->text.n ? "\n\n" : "");
    }
    buf_add_text(&text, e->text);
    add_text(out, "DESCRIPTION", buf_text(&text));
}

/* ---- the object ---- */

void ical_write(struct buf *out, const struct ical_event *e)
{
    char line[64];
    add_cstr(out, "BEGIN:VCALENDAR");
    add_cstr(out, "VERSION:2.0");
    add_cstr(out, "PRODID:-//hourgate//hourgate//EN");
    add_cstr(out, "CALSCALE:GREGORIAN");
    if (e->method != ICAL_PLAIN) {
        snprintf(line, sizeof line, "METHOD:%s", ical_method_name(e->method));
        add_cstr(out, line);
    }
    add_cstr(out, "BEGIN:VEVENT");
    add_text(out, "UID", e->uid);
    snprintf(line, sizeof line, "SEQUENCE:%" PRId64, e->sequence);
    add_cstr(out, line);
    add_instant(out, "DTSTAMP", e->stamp);
    add_instant(out, "DTSTART", e->start);
    add_instant(out, "DTEND", e->end);
    add_text(out, "SUMMARY", e->title);
    add_text_and_meeting(out, e);
    add_text(out, "LOCATION", e->location.n ? e->location : e->meeting);
    add_uri(out, "CONFERENCE;VALUE=URI;FEATURE=VIDEO", e->meeting);
    if (e->method != ICAL_PLAIN) {
        add_person(out, "ORGANIZER", e->organizer_name, e->organizer_email);
        add_person(out, "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE",
                   e->attendee_name, e->attendee_email);
    }
    add_cstr(out, e->method == ICAL_CANCEL ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
    add_cstr(out, "TRANSP:OPAQUE");
    add_cstr(out, "END:VEVENT");
    add_cstr(out, "END:VCALENDAR");
}
