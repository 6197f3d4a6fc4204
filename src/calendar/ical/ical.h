/* SPDX-License-Identifier: ISC
 *
 * Calendar objects from strangers (RFC 5545), as CalDAV servers and feeds hand them out: when is what in them,
 * within a window? One engine for all kinds that speak iCalendar. libical takes the text apart and counts rules
 * out; what a time means is decided here, by our own zones (time/zone.h) and never by libical's.
 *
 * Unknown is never free. A time whose zone cannot be known (no IANA or Windows name and no definition that
 * makes sense; a floating time where nobody said whose) covers every instant that it could mean, as
 * BUSY_NO_DATA. A rule that cannot be counted out (unreadable, another calendar's, too many steps) is
 * BUSY_NO_DATA from the event's start on. A start that cannot be read fails the object.
 */
#ifndef CALENDAR_ICAL_ICAL_H
#define CALENDAR_ICAL_ICAL_H

#include "base/error.h"
#include "base/text.h"
#include "time/zone.h"
#include "wire/types.h"

enum {
    ICAL_TEXT_MAX = 16 * 1024 * 1024, /* bytes of one object */
    ICAL_ITEMS_MAX = 20000,           /* VEVENTs in it */
    ICAL_DEPTH_MAX = 6,               /* components in components */
    ICAL_SPANS_MAX = 5000, /* occurrences of one event in one window; more is unknown */
};

/* Tell this program its zones, and let libical open what it opens at first use: once, before the jail. */
void ical_init(const struct zones *zones);

/* Return the zone that a TZID names by itself: an IANA name (with or without a vendor's prefix) or a Windows
 * name; NULL where it is neither. */
const struct zone *ical_zone_named(struct text tzid);

/* One VEVENT's texts and marks, borrowed from the object. */
struct ical_item {
    struct text uid;
    struct text title, place, text;
    enum busy_status status;
    bool all_day, is_private;
    bool repeats; /* it has a rule, or stands among others of its uid */
};

struct ical_occurrence {
    struct instant start, end; /* not clipped; end may equal start */
    enum busy_status status;   /* BUSY_NO_DATA where the time or the rule is not known */
    const struct ical_item *item;
};

struct ical;

/* Read an object. home: the zone of floating times and dates, unless the object says one (X-WR-TIMEZONE); NULL: not
 * known.
 *
 * Owner   ical_free; text may go, home may not
 * Fails   ERR_UPSTREAM: it is none, too long, too deep, has too many events; ERR_NO_DATA: an event's start cannot be
 *         read
 */
enum status ical_read(struct text text, const struct zone *home, struct ical **ret_ical,
                      struct error *err) MUST_CHECK;
void ical_free(struct ical *ical); /* accepts NULL; what it held is wiped */

/* Wipe all texts but uids: for an object that is kept for its times. */
void ical_forget_texts(struct ical *ical);

/* Walk all that lies in [from, to), cancelled ones left out, in no order: begin, then next until it says false. */
void ical_begin(struct ical *ical, struct instant from, struct instant to);
bool ical_next(struct ical *ical, struct ical_occurrence *ret_occurrence);

/* Return the first VEVENT with this uid (in any letter case) that is no exception of a series, NULL where there is
 * none; its own times are ret_start and ret_end. */
const struct ical_item *ical_find(const struct ical *ical, struct text uid,
                                  struct instant *ret_start, struct instant *ret_end);

#endif
