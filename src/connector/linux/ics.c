/* SPDX-License-Identifier: ISC */
#include "connector/linux/ics.h"

#include <stdio.h>

#include "format/ical.h"

#define MARK "\nX-HOURGATE-BOOKING:"
#define END "TRANSP:OPAQUE\r\nEND:VEVENT\r\n"

static void add_properties(struct buf *out, const struct event *event)
{
    buf_add_cstr(out, "X-HOURGATE-BOOKING:1\r\n");
    if (event->is_private)
        buf_add_cstr(out, "CLASS:PRIVATE\r\n");
    buf_add_cstr(out,
                 event->show_as == SHOW_FREE ? "TRANSP:TRANSPARENT\r\n" : "TRANSP:OPAQUE\r\n");
    if (event->show_as == SHOW_TENTATIVE)
        buf_add_cstr(out, "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\n");
    if (event->show_as == SHOW_OOF)
        buf_add_cstr(out, "X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n");
    if (event->reminder_min > 0)
        buf_printf(out,
                   "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n"
                   "TRIGGER:-PT%lldM\r\nEND:VALARM\r\n",
                   (long long)event->reminder_min);
}

void ics_write(struct buf *out, const struct event *event, int64_t sequence,
               struct instant stamp)
{
    struct buf plain CLEANUP(buf_wipe) = BUF(ICAL_MAX);
    ical_write(&plain, &(struct ical_event){.method = ICAL_PLAIN,
                                            .uid = event->uid,
                                            .sequence = sequence,
                                            .stamp = stamp,
                                            .start = event->start,
                                            .end = event->end,
                                            .title = event->title,
                                            .text = event->body,
                                            .location = event->location});
    const char *end = buf_failed(&plain) ? NULL : memmem(plain.at, plain.n, END, strlen(END));
    ENSURE(end); /* ical_write ends so, and every event within our limits fits */
    buf_add(out, plain.at, (size_t)(end - (const char *)plain.at));
    add_properties(out, event);
    buf_add_cstr(out, "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

/* ---- changing one ---- */

/* Cut the first logical line off, the ones that continue it included (RFC 5545, 3.1). */
static struct text take_line(struct text *rest)
{
    size_t n = 0;
    do {
        const char *end = memchr(rest->at + n, '\n', rest->n - n);
        n = end ? (size_t)(end - rest->at) + 1 : rest->n;
    } while (n < rest->n && (rest->at[n] == ' ' || rest->at[n] == '\t'));
    struct text line = {rest->at, n};
    *rest = (struct text){rest->at + n, rest->n - n};
    return line;
}

static bool is_line(struct text line, const char *name)
{
    size_t n = strlen(name);
    struct text front = {line.at, n};
    return line.n > n && text_equal_nocase(front, text_from(name)) &&
           memchr(":;\r\n", line.at[n], 4);
}

/* Is it this and nothing more, ended by a line's end? */
static bool is_whole(struct text line, const char *text)
{
    return line.n && line.at[line.n - 1] == '\n' &&
           text_equal_nocase(text_trim(line), text_from(text));
}

static bool is_edge(struct text line, const char *begin_or_end)
{
    struct text front = {line.at, strlen(begin_or_end)};
    return line.n >= front.n && text_equal_nocase(front, text_from(begin_or_end));
}

/* What the event says of these is said anew. */
static bool is_replaced(struct text line)
{
    static const char *const names[] = {"UID",
                                        "SEQUENCE",
                                        "DTSTAMP",
                                        "DTSTART",
                                        "DTEND",
                                        "DURATION",
                                        "SUMMARY",
                                        "LOCATION",
                                        "TRANSP",
                                        "DESCRIPTION",
                                        "STATUS",
                                        "LAST-MODIFIED",
                                        "CLASS",
                                        "X-HOURGATE-BOOKING",
                                        "X-MICROSOFT-CDO-BUSYSTATUS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_line(line, names[i]))
            return true;
    return false;
}

static size_t count_events(struct text object)
{
    size_t n = 0;
    while (object.n)
        n += is_whole(take_line(&object), "BEGIN:VEVENT");
    return n;
}

/* Append what stands between BEGIN:VEVENT and the first thing within it. */
static void add_own_lines(struct buf *out, struct text fresh)
{
    bool is_inside = false;
    while (fresh.n) {
        struct text line = take_line(&fresh);
        if (is_inside && (is_whole(line, "BEGIN:VALARM") || is_whole(line, "END:VEVENT")))
            return;
        if (is_inside)
            buf_add_text(out, line);
        is_inside = is_inside || is_whole(line, "BEGIN:VEVENT");
    }
}

void ics_change(struct buf *out, struct text object, const struct event *event,
                int64_t sequence, struct instant stamp)
{
    struct buf fresh CLEANUP(buf_wipe) = BUF(ICS_MAX);
    ics_write(&fresh, event, sequence, stamp);
    if (count_events(object) != 1) {
        buf_add_text(out, buf_text(&fresh));
        return;
    }
    int depth = 0; /* of components, counted from the event's own lines */
    bool is_inside = false;
    while (object.n) {
        struct text line = take_line(&object);
        bool begins = is_whole(line, "BEGIN:VEVENT");
        if (is_inside && depth == 0 && is_whole(line, "END:VEVENT"))
            is_inside = false;
        if (!is_inside || depth > 0 || !is_replaced(line))
            buf_add_text(out, line);
        if (is_inside && !begins)
            depth += is_edge(line, "BEGIN:") - is_edge(line, "END:");
        if (begins) {
            is_inside = true;
            add_own_lines(out, buf_text(&fresh));
        }
    }
}

bool ics_is_ours(struct text object)
{
    return object.n && memmem(object.at, object.n, MARK, strlen(MARK));
}

int64_t ics_sequence(struct text object)
{
    static const char name[] = "\nSEQUENCE:";
    const char *at = object.n ? memmem(object.at, object.n, name, strlen(name)) : NULL;
    if (!at)
        return 0;
    struct text rest = {at + strlen(name), object.n - (size_t)(at - object.at) - strlen(name)};
    struct text line = rest, behind;
    int64_t sequence;
    text_cut(rest, '\n', &line, &behind);
    return text_to_i64(text_trim(line), &sequence) && sequence >= 0 && sequence < INT32_MAX
               ? sequence
               : 0;
}

static bool is_harmless(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '@' || c == '.';
}

void ics_name(struct text uid, char ret_name[static ICS_NAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < uid.n && n < MAX_UID; i++)
        ret_name[n++] = is_harmless(uid.at[i]) && (i > 0 || uid.at[i] != '.') ? uid.at[i] : '_';
    snprintf(ret_name + n, ICS_NAME_MAX - n, ".ics");
}
