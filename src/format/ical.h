/* SPDX-License-Identifier: ISC
 *
 * One appointment as iCalendar (RFC 5545), and as an invitation that updates (iTIP, RFC 5546). Times are
 * written in UTC and there is no VTIMEZONE: an appointment happens once, so a zone's rules say nothing of
 * it, and every client shows UTC in its owner's zone, whereas Outlook maps a VTIMEZONE by its name to one of
 * its own and now and then to a wrong one.
 *
 * What makes one entry change instead of a second one appear: the same UID, the same ORGANIZER, a SEQUENCE
 * that grows.
 */
#ifndef FORMAT_ICAL_H
#define FORMAT_ICAL_H

#include "base/buf.h"
#include "base/instant.h"

enum ical_method {
    ICAL_PLAIN,   /* a file to be imported: no method, no organizer, no attendee */
    ICAL_REQUEST, /* an invitation, or the same one changed */
    ICAL_CANCEL,
};

struct ical_event {
    enum ical_method method;
    struct text uid;
    int64_t sequence;
    struct instant stamp; /* when this version was made */
    struct instant start;
    struct instant end;
    struct text title;
    struct text text; /* may have lines; empty: none */
    struct text location;
    struct text meeting; /* the link of an online meeting (text_is_link); empty: none */
    struct text organizer_name;
    struct text organizer_email;
    struct text attendee_name;
    struct text attendee_email;
};

enum { ICAL_MAX = 64 * 1024 }; /* of any event within our limits, for buffers */

/* Append the whole calendar object. Lines are folded at 75 bytes, no character cut in two; what would end a
 * line or a parameter is escaped, control characters become spaces. */
void ical_write(struct buf *out, const struct ical_event *event);

/* "REQUEST", "CANCEL"; "" for ICAL_PLAIN. */
const char *ical_method_name(enum ical_method method);

#endif
