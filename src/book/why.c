/* SPDX-License-Identifier: ISC */
#include "book/why.h"

#include "book/open.h"
#include "book/rule.h"
#include "time/instant.h"

struct reasons {
    struct reason *at; /* MAX_REASONS */
    size_t n;
};

static void add(struct reasons *list, struct reason reason)
{
    if (list->n < MAX_REASONS)
        list->at[list->n++] = reason;
}

static void look_at_limits(const struct slot_query *q, struct instant start,
                           struct reasons *list)
{
    const struct rule *rule = q->rule;
    struct instant now = instant_clamp(q->now);
    struct instant first = instant_add_s(now, rule->notice_min * CIVIL_MINUTE_S);
    if (instant_before(start, now))
        add(list, (struct reason){.why = WHY_PAST});
    else if (instant_before(start, first))
        add(list,
            (struct reason){.why = WHY_NOTICE, .number = rule->notice_min, .from = first});
    if (zone_day(q->zone, start) > zone_day(q->zone, now) + rule->horizon_days)
        add(list, (struct reason){.why = WHY_HORIZON, .number = rule->horizon_days});
}

static bool has_override(const struct rule *rule, int64_t day)
{
    for (size_t i = 0; i < rule->n_overrides; i++)
        if (rule->overrides[i].day == day)
            return true;
    return false;
}

/* The open time that a start lies in; NULL: in none. */
static const struct open *open_at(const struct open *open, size_t n, struct instant start)
{
    for (size_t i = 0; i < n; i++)
        if (open[i].start_s <= start.s && start.s < open[i].end_s)
            return &open[i];
    return NULL;
}

static void look_at_hours(struct arena *a, const struct slot_query *q, struct instant start,
                          struct reasons *list)
{
    int64_t duration_s = q->rule->duration_min * CIVIL_MINUTE_S;
    int64_t step_s = q->rule->increment_min * CIVIL_MINUTE_S;
    struct interval window = {start, instant_add_s(start, duration_s)};
    struct open *all;
    size_t n;
    open_list(a, q->rule, q->zone, window, &all, &n);
    const struct open *open = open_at(all, n, start);
    if (!open || open->until_s < window.end.s)
        add(list, (struct reason){.why = WHY_HOURS,
                                  .number = has_override(q->rule, zone_day(q->zone, start)),
                                  .from = start,
                                  .to = {open ? open->until_s : start.s}});
    if (open && (open->grid_s - start.s) % step_s != 0)
        add(list, (struct reason){.why = WHY_GRID, .number = q->rule->increment_min});
}

static void look_at_day(const struct slot_query *q, struct instant start, struct reasons *list)
{
    int64_t day = zone_day(q->zone, start), n = 0;
    for (size_t i = 0; i < q->n_booked; i++)
        n += zone_day(q->zone, q->booked[i]) == day;
    if (q->rule->max_per_day > 0 && n >= q->rule->max_per_day)
        add(list, (struct reason){.why = WHY_FULL, .number = q->rule->max_per_day});
}

/* Add a time that touches the slot with its buffers; its ends may come in either order. */
static void add_touching(const struct slot_query *q, struct instant start, struct instant one,
                         struct instant other, struct reason reason, struct reasons *list)
{
    int64_t before_s = q->rule->buffer_before_min * CIVIL_MINUTE_S;
    int64_t behind_s =
        (q->rule->duration_min + q->rule->buffer_after_min) * (int64_t)CIVIL_MINUTE_S;
    bool turned = instant_before(other, one);
    reason.from = instant_clamp(turned ? other : one);
    reason.to = instant_clamp(turned ? one : other);
    if (instant_before(reason.from, reason.to) && reason.to.s > start.s - before_s &&
        reason.from.s < start.s + behind_s)
        add(list, reason);
}

enum status why_list(struct arena *a, const struct slot_query *q, struct instant start,
                     struct reason **ret_reasons, size_t *ret_n, struct error *err)
{
    struct reasons list = {.at = ARENA_ARRAY(a, MAX_REASONS, struct reason)};
    TRY(rule_check(q->rule, q->zone, err));
    start = instant_clamp(start);
    look_at_limits(q, start, &list);
    look_at_hours(a, q, start, &list);
    look_at_day(q, start, &list);
    for (size_t i = 0; i < q->n_busy; i++)
        if (rule_blocks(q->rule, q->busy[i].status))
            add_touching(q, start, q->busy[i].start, q->busy[i].end,
                         (struct reason){.why = WHY_BUSY, .status = q->busy[i].status}, &list);
    for (size_t i = 0; i < q->n_taken; i++)
        add_touching(q, start, q->taken[i].start, q->taken[i].end,
                     (struct reason){.why = WHY_TAKEN}, &list);
    *ret_reasons = list.at;
    *ret_n = list.n;
    return OK;
}
