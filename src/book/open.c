/* SPDX-License-Identifier: ISC
 *
 * Within one period of a zone, instants and the wall clock differ by a constant, so that dates
 * and hours are plain sums there. The window is cut into periods, each period into dates, each
 * date into its spans; what comes out is already in order. Gaps and overlaps of the clock need
 * no case of their own: times that are skipped lie in no period, times that come twice lie in
 * two.
 */
#include "book/open.h"

#include <stdlib.h>

/* Minutes of a date, [from, to). */
struct minutes {
    int32_t from;
    int32_t to;
};

/* A key to sort by and a date's or weekday's span. */
struct dated {
    int64_t day; /* overrides: the date; weekly hours: the weekday */
    struct minutes minutes;
};

struct hours_table {
    struct dated *weekly; /* sorted by weekday, then begin; none overlap */
    size_t n_weekly;
    size_t weekday_at[8]; /* where each weekday's spans begin in weekly, and the end */
    struct dated *dates;  /* the same by date; a closed date has an empty span */
    size_t n_dates;
    size_t next_date; /* where the last look-up ended: dates mostly come in order */
};

static int by_day(const void *one, const void *other)
{
    const struct dated *a = one, *b = other;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return (a->minutes.from > b->minutes.from) - (a->minutes.from < b->minutes.from);
}

/* Sort, and make one of spans of a day that overlap; those that only touch keep grids of their
 * own. */
static size_t tidy(struct dated *spans, size_t n)
{
    qsort(spans, n, sizeof *spans, by_day);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct dated *last = kept ? &spans[kept - 1] : NULL;
        if (!last || last->day != spans[i].day || last->minutes.to <= spans[i].minutes.from)
            spans[kept++] = spans[i];
        else if (last->minutes.to < spans[i].minutes.to)
            last->minutes.to = spans[i].minutes.to;
    }
    return kept;
}

static struct hours_table table_of(struct arena *a, const struct rule *rule)
{
    struct hours_table table = {
        .weekly = ARENA_ARRAY(a, rule->n_hours, struct dated),
        .dates = ARENA_ARRAY(a, rule->n_overrides, struct dated),
    };
    for (size_t i = 0; i < rule->n_hours; i++) {
        const struct hours *span = &rule->hours[i];
        table.weekly[i] = (struct dated){
            span->weekday, {(int32_t)span->from_minute, (int32_t)span->to_minute}};
    }
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *span = &rule->overrides[i];
        table.dates[i] =
            (struct dated){span->day, {(int32_t)span->from_minute, (int32_t)span->to_minute}};
    }
    table.n_weekly = tidy(table.weekly, rule->n_hours);
    table.n_dates = tidy(table.dates, rule->n_overrides);
    for (size_t day = 0, i = 0; day <= 7; day++) {
        while (i < table.n_weekly && table.weekly[i].day < (int64_t)day)
            i++;
        table.weekday_at[day] = i;
    }
    return table;
}

/* Return a date's spans: its own where it has any, else its weekday's. */
static const struct dated *spans_of(struct hours_table *table, int64_t day, size_t *ret_n)
{
    size_t i = table->next_date;
    while (i > 0 && table->dates[i - 1].day >= day) /* a clock set back over midnight */
        i--;
    while (i < table->n_dates && table->dates[i].day < day)
        i++;
    size_t end = i;
    while (end < table->n_dates && table->dates[end].day == day)
        end++;
    table->next_date = i;
    if (end > i) {
        *ret_n = end - i;
        return table->dates + i;
    }
    size_t weekday = (size_t)civil_weekday(day);
    *ret_n = table->weekday_at[weekday + 1] - table->weekday_at[weekday];
    return table->weekly + table->weekday_at[weekday];
}

static int64_t round_up(int64_t value, int64_t step)
{
    return (value + step - 1) / step * step;
}

struct opening {
    struct open *open;
    size_t n;
    size_t size;
};

static void add(struct arena *a, struct opening *list, struct open one)
{
    if (list->n == list->size) {
        size_t size = list->size ? list->size * 2 : 64;
        struct open *larger = ARENA_ARRAY(a, size, struct open);
        if (list->n)
            memcpy(larger, list->open, list->n * sizeof one);
        list->open = larger;
        list->size = size;
    }
    list->open[list->n++] = one;
}

/* Add the open time of a part of the window that lies within one period. */
static void add_period(struct arena *a, struct opening *list, struct hours_table *table,
                       struct interval part, int64_t offset_s, int64_t step_s)
{
    int64_t last = civil_day_of(part.end.s - 1 + offset_s);
    for (int64_t day = civil_day_of(part.start.s + offset_s); day <= last; day++) {
        int64_t midnight_s = day * CIVIL_DAY_S - offset_s;
        size_t n;
        const struct dated *spans = spans_of(table, day, &n);
        for (size_t i = 0; i < n; i++) {
            int64_t begin_s = midnight_s + spans[i].minutes.from * CIVIL_MINUTE_S;
            int64_t end_s = midnight_s + spans[i].minutes.to * CIVIL_MINUTE_S;
            int64_t start_s = begin_s < part.start.s ? part.start.s : begin_s;
            end_s = end_s > part.end.s ? part.end.s : end_s;
            if (start_s < end_s)
                add(a, list,
                    (struct open){start_s, end_s, begin_s + round_up(start_s - begin_s, step_s),
                                  end_s, day});
        }
    }
}

void open_list(struct arena *a, const struct rule *rule, const struct zone *zone,
               struct interval window, struct open **ret_open, size_t *ret_n)
{
    struct hours_table table = table_of(a, rule);
    struct opening list = {0};
    for (struct instant t = window.start; instant_before(t, window.end);) {
        struct zone_period period = zone_period_at(zone, t);
        struct instant until =
            instant_before(period.until, window.end) ? period.until : window.end;
        add_period(a, &list, &table, (struct interval){t, until}, period.offset_s,
                   rule->increment_min * CIVIL_MINUTE_S);
        t = until;
    }
    for (size_t i = list.n; i-- > 1;)
        if (list.open[i - 1].end_s == list.open[i].start_s)
            list.open[i - 1].until_s = list.open[i].until_s;
    *ret_open = list.open;
    *ret_n = list.n;
}
