/* SPDX-License-Identifier: ISC
 *
 * When an event is within a window: its start, its rules' times and RDATEs, less EXDATEs, each replaced by the
 * exception that stands instead of it. An exception of this and all later ones moves them by as much as it
 * moved itself (RFC 5545 3.2.13). Exceptions stand for themselves as well, so that one that was moved into the window
 * from outside is seen.
 */
#include <stdlib.h>

#include "calendar/ical/inner.h"
#include "time/instant.h"

enum {
    STEPS_MAX = 1000000,
    MARGIN_S = 2 * CIVIL_DAY_S,             /* more than zones can differ */
    LONGEST_S = 400 * (int64_t)CIVIL_DAY_S, /* that is looked back for exactly */
    EAST_S = 14 * CIVIL_HOUR_S,             /* where clocks on Earth go first, and last */
    WEST_S = 12 * CIVIL_HOUR_S,
};

struct expansion {
    const struct ical_event *event;
    struct instant from, to;
    struct ical_spans *spans;
    size_t n_here; /* of this event */
    bool is_too_many;
};

static void add_span(struct expansion *x, struct ical_span span)
{
    struct ical_spans *spans = x->spans;
    if (!instant_before(span.start, x->to) || instant_before(span.end, x->from))
        return;
    if (x->n_here++ == ICAL_SPANS_MAX) {
        x->is_too_many = true;
        return;
    }
    if (spans->n == spans->size) {
        spans->size = spans->size ? spans->size * 2 : 32;
        spans->at = reallocarray(spans->at, spans->size, sizeof *spans->at);
        ENSURE(spans->at);
    }
    spans->at[spans->n++] = span;
}

/* Where the zone is not known, all instants that the wall clock could mean. */
static void add(struct expansion *x, const struct ical_event *says,
                const struct ical_time *start, struct ical_length length)
{
    struct ical_time end = ical_time_add(start, length.days, 0);
    struct ical_span span = {.start = ical_instant(start),
                             .end = instant_add_s(ical_instant(&end), length.seconds),
                             .is_unknown = !start->zone,
                             .event = says};
    if (!start->zone) {
        span.start = instant_add_s(span.start, -EAST_S);
        span.end = instant_add_s(span.end, WEST_S);
    }
    add_span(x, span);
}

static void add_open_end(struct expansion *x, struct instant start)
{
    x->n_here = 0;
    add_span(x, (struct ical_span){.start = instant_add_s(start, -EAST_S),
                                   .end = x->to,
                                   .is_unknown = true,
                                   .event = x->event});
}

static bool is_same_time(const struct ical_time *one, const struct ical_time *other)
{
    if (one->is_date != other->is_date) /* of a series by the hour, excepted by the day */
        return civil_days(one->civil) == civil_days(other->civil);
    return ical_instant(one).s == ical_instant(other).s;
}

static bool is_excepted(const struct ical_event *event, const struct ical_time *t)
{
    for (size_t i = 0; i < event->n_except; i++)
        if (is_same_time(&event->except[i], t))
            return true;
    return false;
}

/* Return the exception that stands instead of an occurrence, or the last one before it that also holds for all
 * later ones; NULL: none. */
static const struct ical_event *exception_of(const struct ical_event *event,
                                             const struct ical_time *t)
{
    const struct ical_event *found = NULL;
    for (const struct ical_event *e = event->next_exception; e; e = e->next_exception) {
        if (is_same_time(&e->instead_of, t))
            return e;
        if (e->and_later && instant_before(ical_instant(&e->instead_of), ical_instant(t)) &&
            (!found ||
             instant_before(ical_instant(&found->instead_of), ical_instant(&e->instead_of))))
            found = e;
    }
    return found;
}

static int64_t wall_shift(const struct ical_event *exception)
{
    return civil_seconds(exception->start.civil) - civil_seconds(exception->instead_of.civil);
}

/* One occurrence that the series calls for. */
static void add_occurrence(struct expansion *x, const struct ical_time *t,
                           struct ical_length length)
{
    const struct ical_event *event = x->event;
    if (is_excepted(event, t))
        return;
    const struct ical_event *exception = exception_of(event, t);
    if (!exception) {
        if (!event->is_cancelled)
            add(x, event, t, length);
        return;
    }
    if (is_same_time(&exception->instead_of, t) || exception->is_cancelled)
        return; /* it is added for itself, or there is none */
    struct ical_time moved = ical_time_add(t, 0, wall_shift(exception));
    moved.zone = exception->start.zone;
    add(x, exception, &moved, exception->length);
}

static int64_t reach_of(const struct ical_event *event)
{
    int64_t reach = event->length.days * CIVIL_DAY_S + event->length.seconds;
    for (const struct ical_event *e = event->next_exception; e; e = e->next_exception) {
        int64_t shift = wall_shift(e);
        int64_t length = e->length.days * CIVIL_DAY_S + e->length.seconds;
        if (e->and_later && (shift < 0 ? -shift : shift) + length > reach)
            reach = (shift < 0 ? -shift : shift) + length;
    }
    return reach;
}

/* Wall clocks of any zone that matter for the window lie between these. */
static void add_rule(struct expansion *x, const struct icalrecurrencetype *rule)
{
    const struct ical_time *start = &x->event->start;
    int64_t reach = reach_of(x->event);
    bool is_long = reach > LONGEST_S;
    int64_t first = is_long ? civil_seconds(start->civil) : x->from.s - reach - MARGIN_S;
    int64_t last = x->to.s + (is_long ? 2 * LONGEST_S : reach) + MARGIN_S;
    struct ical_rule *counted =
        ical_rule_new(rule, start, civil_from_seconds(first), &x->spans->steps_left);
    enum status status = counted ? OK : ERR_LIMIT;
    struct ical_time t = *start;
    while (status == OK && !x->is_too_many) {
        status = ical_rule_next(counted, &t.civil);
        if (status == OK && civil_seconds(t.civil) > last)
            break;
        bool is_start = civil_seconds(t.civil) == civil_seconds(start->civil);
        if (status == OK && !is_start && civil_seconds(t.civil) >= first)
            add_occurrence(x, &t, x->event->length);
    }
    ical_rule_free(counted);
    if (status == ERR_LIMIT)
        x->is_too_many = true;
}

static void add_series(struct expansion *x)
{
    const struct ical_event *event = x->event;
    add_occurrence(x, &event->start, event->length);
    for (size_t i = 0; i < event->n_rules; i++)
        add_rule(x, &event->rules[i]);
    for (size_t i = 0; i < event->n_extras; i++)
        add_occurrence(x, &event->extras[i].start,
                       event->extras[i].has_length ? event->extras[i].length : event->length);
}

void ical_expand(const struct ical_event *event, struct instant from, struct instant to,
                 struct ical_spans *spans)
{
    struct expansion x = {.event = event, .from = from, .to = to, .spans = spans};
    size_t before = spans->n;
    if (event->is_exception) {
        if (!event->is_cancelled)
            add(&x, event, &event->start, event->length);
    } else if (!event->is_open_ended) {
        add_series(&x);
    }
    if (event->is_cancelled || !(event->is_open_ended || x.is_too_many))
        return;
    spans->n = before;
    add_open_end(&x, ical_instant(&event->start));
}

/* ---- the walk ---- */

void ical_begin(struct ical *ical, struct instant from, struct instant to)
{
    ical->from = from;
    ical->to = to;
    ical->at_event = ical->at_span = ical->spans.n = 0;
    ical->spans.steps_left = STEPS_MAX;
}

bool ical_next(struct ical *ical, struct ical_occurrence *ret_occurrence)
{
    while (ical->at_span == ical->spans.n) {
        if (ical->at_event == ical->n_events)
            return false;
        ical->at_span = ical->spans.n = 0;
        ical_expand(&ical->events[ical->at_event++], ical->from, ical->to, &ical->spans);
    }
    const struct ical_span *span = &ical->spans.at[ical->at_span++];
    enum busy_status status = span->event->item.status; /* what is free is so whenever it is */
    *ret_occurrence = (struct ical_occurrence){
        .start = instant_clamp(span->start),
        .end = instant_clamp(span->end),
        .item = &span->event->item,
        .status = span->is_unknown && status != BUSY_FREE ? BUSY_NO_DATA : status};
    return true;
}
