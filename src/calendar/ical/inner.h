/* SPDX-License-Identifier: ISC
 *
 * How an object is kept between reading and expanding it. Internal to calendar/ical.
 */
#ifndef CALENDAR_ICAL_INNER_H
#define CALENDAR_ICAL_INNER_H

#include <libical/ical.h>

#include "base/arena.h"
#include "calendar/ical/ical.h"

/* A time as it is written: a wall clock, and where it hangs. */
struct ical_time {
    struct civil civil;
    const struct zone *zone; /* NULL: not known */
    bool is_date;
};

/* A length: days go by the wall clock, seconds by themselves (RFC 5545 3.8.5.3). */
struct ical_length {
    int64_t days;
    int64_t seconds;
};

struct ical_extra { /* RDATE */
    struct ical_time start;
    bool has_length;
    struct ical_length length;
};

enum { ICAL_RULES_MAX = 8, ICAL_DATES_MAX = 4000, ICAL_EXCEPTIONS_MAX = 1000 };

struct ical_event {
    struct ical_item item;
    struct ical_time start;
    struct ical_length length;
    bool is_cancelled;
    bool is_open_ended; /* its rule, dates or end could not be read */
    bool is_exception, and_later;
    struct ical_time instead_of; /* RECURRENCE-ID */
    size_t n_rules;
    struct icalrecurrencetype *rules;
    struct ical_extra *extras; /* heap while read, then in the arena */
    size_t n_extras;
    struct ical_time *except; /* EXDATE */
    size_t n_except;
    struct ical_event *next_exception; /* of a series */
    size_t n_exceptions;
};

struct ical_span {
    struct instant start, end;
    bool is_unknown;
    const struct ical_event *event;
};

struct ical_spans {
    struct ical_span *at; /* heap */
    size_t n, size;
    unsigned steps_left; /* of rules, for one walk */
};

struct ical_own_zone {
    struct text tzid;
    const struct zone *said; /* by its IANA name; NULL: by its definition */
    struct zone *defined;    /* NULL: that makes no sense */
    struct ical_own_zone *next;
};

struct ical {
    struct arena a;
    const struct zone *home;
    struct ical_own_zone *zones;
    struct ical_event *events;
    size_t n_events;
    /* of the walk */
    struct instant from, to;
    size_t at_event;
    struct ical_spans spans;
    size_t at_span;
};

/* Take a text apart: unfolded, without control characters, checked for depth. NULL and err: it is no object. The
 * result is libical's to free. */
icalcomponent *ical_parse(struct text text, struct error *err);

/* Return the zone that a TZID means in this object, by its name or by its VTIMEZONE; NULL: not known. */
const struct zone *ical_zone_find(const struct ical *ical, struct text tzid);
/* Return the zone that a feed says is its own (X-WR-TIMEZONE); NULL where it says none. */
const struct zone *ical_zone_of(icalcomponent *object);
void ical_zones_read(struct ical *ical, icalcomponent *object);
void ical_zones_done(struct ical *ical);

bool ical_civil(struct icaltimetype t, struct civil *ret_civil);

/* Return the instant of a time; without a zone, as if it were UTC. */
struct instant ical_instant(const struct ical_time *t);
/* Return the same wall clock, so many seconds of it later. */
struct ical_time ical_time_add(const struct ical_time *t, int64_t days, int64_t seconds);

/* Count a rule out, wall clocks from a start on, or from near it where that can be. It takes its steps from
 * *steps_left, whatever the rule is. NULL: it cannot be counted out. */
struct ical_rule;
struct ical_rule *ical_rule_new(const struct icalrecurrencetype *rule,
                                const struct ical_time *start, struct civil near,
                                unsigned *steps_left);
/* OK and the next wall clock; ERR_NOT_FOUND: there are no more; ERR_LIMIT: too many steps. */
enum status ical_rule_next(struct ical_rule *rule, struct civil *ret_civil) MUST_CHECK;
void ical_rule_free(struct ical_rule *rule); /* accepts NULL */

/* Add all that one event, with its exceptions, has within the window. */
void ical_expand(const struct ical_event *event, struct instant from, struct instant to,
                 struct ical_spans *spans);

#endif
