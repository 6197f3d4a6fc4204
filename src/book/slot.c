/* SPDX-License-Identifier: ISC
 *
 * One sweep. What blocks is sorted and merged once; then the open spans and the blocked times
 * are walked together, each only forwards. A blocked [b, e) forbids exactly the starts s with
 *
 *     s - before < e  and  b < s + duration + after,   that is  b - duration - after < s < e +
 * before
 *
 * so that within an open span the starts come in unbroken runs, and a forbidden run is stepped
 * over by one division.
 */
#include "book/slot.h"

#include "book/open.h"
#include "book/rule.h"
#include "time/instant.h"

/* A query with everything in seconds, and within the range of instants. */
struct sweep {
    int64_t from_s; /* starts lie in [from_s, to_s) */
    int64_t to_s;
    int64_t duration_s;
    int64_t step_s;
    int64_t reach_before_s; /* a start this far behind a blocked time's end is free of it */
    int64_t reach_after_s;  /* a start this far before its begin too: duration and buffer */
    int64_t last_day;
    struct open *open;
    size_t n_open;
    struct interval *blocked; /* rising, apart */
    size_t n_blocked;
};

static int64_t larger(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

static int64_t smaller(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static struct sweep sweep_of(const struct slot_query *q)
{
    const struct rule *rule = q->rule;
    struct instant now = instant_clamp(q->now);
    struct sweep s = {
        .duration_s = rule->duration_min * CIVIL_MINUTE_S,
        .step_s = rule->increment_min * CIVIL_MINUTE_S,
        .reach_before_s = rule->buffer_before_min * CIVIL_MINUTE_S,
        .last_day = zone_day(q->zone, now) + rule->horizon_days,
    };
    s.reach_after_s = s.duration_s + rule->buffer_after_min * CIVIL_MINUTE_S;
    /* However odd the zone, no instant of the last day comes later than this. */
    int64_t end_s = (s.last_day + 1) * CIVIL_DAY_S + ZONE_OFFSET_MAX_S;
    s.from_s = larger(instant_clamp(q->from).s, now.s + rule->notice_min * CIVIL_MINUTE_S);
    s.to_s = smaller(instant_clamp(q->to).s, smaller(end_s, INSTANT_MAX.s - s.reach_after_s));
    return s;
}

/* Keep an interval that touches the window; the ends may come in either order. */
static void add_blocked(struct sweep *s, struct instant one, struct instant other)
{
    struct instant start = instant_clamp(instant_before(other, one) ? other : one);
    struct instant end = instant_clamp(instant_before(other, one) ? one : other);
    if (end.s + s->reach_before_s > s->from_s && start.s < s->to_s + s->reach_after_s)
        s->blocked[s->n_blocked++] = (struct interval){start, end};
}

static void find_blocked(struct arena *a, const struct slot_query *q, struct sweep *s)
{
    s->blocked = ARENA_ARRAY(a, q->n_busy + q->n_taken, struct interval);
    for (size_t i = 0; i < q->n_busy; i++)
        if (rule_blocks(q->rule, q->busy[i].status))
            add_blocked(s, q->busy[i].start, q->busy[i].end);
    for (size_t i = 0; i < q->n_taken; i++)
        add_blocked(s, q->taken[i].start, q->taken[i].end);
    s->n_blocked = interval_merge(s->blocked, s->n_blocked);
}

/* Return the last start that an open span allows: within it and the window, with room for the
 * slot. */
static int64_t last_start(const struct sweep *s, const struct open *open)
{
    return smaller(open->until_s - s->duration_s, smaller(open->end_s, s->to_s) - 1);
}

/* Take the starts from all open spans of dates that may not be booked: too late, or full
 * already. */
static void close_days(const struct slot_query *q, struct sweep *s, struct arena *a)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < s->n_open; i++) {
        first = smaller(first, s->open[i].day);
        last = larger(last, s->open[i].day);
    }
    if (s->n_open == 0)
        return;
    int64_t *n_booked = ARENA_ARRAY(a, (size_t)(last - first) + 1, int64_t);
    for (size_t i = 0; q->rule->max_per_day > 0 && i < q->n_booked; i++) {
        int64_t day = zone_day(q->zone, q->booked[i]);
        if (day >= first && day <= last)
            n_booked[day - first]++;
    }
    for (size_t i = 0; i < s->n_open; i++) {
        struct open *open = &s->open[i];
        bool is_full =
            q->rule->max_per_day > 0 && n_booked[open->day - first] >= q->rule->max_per_day;
        if (is_full || open->day > s->last_day)
            open->grid_s = open->end_s;
    }
}

/* Return how many starts there would be if nothing were blocked. */
static size_t count_starts(const struct sweep *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_open; i++) {
        int64_t last = last_start(s, &s->open[i]);
        if (s->open[i].grid_s <= last)
            n += (size_t)((last - s->open[i].grid_s) / s->step_s) + 1;
    }
    return n;
}

/* Write the free starts; returns how many. */
static size_t list_starts(const struct sweep *s, struct slot *slots)
{
    size_t n = 0, b = 0;
    for (size_t i = 0; i < s->n_open; i++) {
        int64_t last = last_start(s, &s->open[i]);
        int64_t start = s->open[i].grid_s;
        while (start <= last) {
            while (b < s->n_blocked && s->blocked[b].end.s + s->reach_before_s <= start)
                b++;
            /* The first forbidden start at or after this one; its run ends where the blocked
             * time is over. */
            int64_t forbidden =
                b < s->n_blocked ? s->blocked[b].start.s - s->reach_after_s + 1 : INT64_MAX;
            for (int64_t free_until = smaller(last, forbidden - 1); start <= free_until;
                 start += s->step_s)
                slots[n++] = (struct slot){{start}, {start + s->duration_s}};
            if (start <= last) {
                int64_t left = s->blocked[b].end.s + s->reach_before_s - start;
                start += larger(0, (left + s->step_s - 1) / s->step_s) * s->step_s;
            }
        }
    }
    return n;
}

enum status slot_list(struct arena *a, const struct slot_query *query, struct slot **ret_slots,
                      size_t *ret_n, struct error *err)
{
    TRY(rule_check(query->rule, query->zone, err));
    struct sweep s = sweep_of(query);
    *ret_slots = NULL;
    *ret_n = 0;
    if (s.from_s >= s.to_s)
        return OK;
    struct interval window = {{s.from_s}, {s.to_s - 1 + s.duration_s}};
    open_list(a, query->rule, query->zone, window, &s.open, &s.n_open);
    close_days(query, &s, a);
    size_t most = count_starts(&s);
    if (most == 0)
        return OK;
    find_blocked(a, query, &s);
    *ret_slots = ARENA_ARRAY(a, most, struct slot);
    *ret_n = list_starts(&s, *ret_slots);
    return OK;
}

bool slot_is_offered(const struct slot_query *query, struct instant start)
{
    struct slot_query one = *query;
    one.from = start;
    one.to = instant_add_s(instant_clamp(start), 1);
    struct arena a = {0};
    struct slot *slots;
    size_t n;
    bool is_offered = instant_clamp(start).s == start.s &&
                      slot_list(&a, &one, &slots, &n, NULL) == OK && n == 1;
    arena_done(&a);
    return is_offered;
}

struct interval slot_busy_window(const struct rule *rule, struct instant from,
                                 struct instant to)
{
    int64_t before_s = rule->buffer_before_min * CIVIL_MINUTE_S;
    int64_t after_s = (rule->duration_min + rule->buffer_after_min) * CIVIL_MINUTE_S;
    return (struct interval){{instant_clamp(from).s - before_s},
                             {instant_clamp(to).s + after_s}};
}

struct interval slot_booked_window(struct instant from, struct instant to)
{
    /* No zone's date lasts two days, and a slot with its buffer ends within two days. */
    int64_t two_days_s = 2 * CIVIL_DAY_S;
    return (struct interval){{instant_clamp(from).s - two_days_s},
                             {instant_clamp(to).s + two_days_s}};
}
