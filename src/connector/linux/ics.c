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
