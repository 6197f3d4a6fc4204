/* SPDX-License-Identifier: ISC
 *
 * libical counts rules out on a wall clock without a zone. Measured: a rule that never matches (30 February, by the
 * hour) keeps it for half a minute within one call, since it steps until the year 2582. So a rule finer than
 * a day that is also filtered by days is not given to it; every other one either steps by days at least or matches
 * at each step. It cannot begin in the middle of a rule that counts: those are walked from their start.
 *
 * Measured too (tests/case/rules.txt): with every second week it takes the wrong ones unless the start is the first
 * day of its week and that day is in BYDAY. So that is what it is given, and what the rule does not say
 * is passed over here; COUNT is counted here.
 */
#include <stdlib.h>

#include "calendar/ical/inner.h"

struct ical_rule {
    icalrecur_iterator *iterator;
    unsigned *steps_left;
    int64_t start;      /* wall clock; what comes before it is not counted */
    int64_t count_left; /* -1: without end */
    unsigned weekdays;  /* bit set, 0 is Monday; 0: any */
};

static bool is_set(const short *list)
{
    return list[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

static bool is_countable(const struct icalrecurrencetype *rule)
{
    bool by_days = is_set(rule->by_day) || is_set(rule->by_month_day) ||
                   is_set(rule->by_year_day) || is_set(rule->by_week_no) ||
                   is_set(rule->by_month) || is_set(rule->by_set_pos);
    bool is_gregorian = !rule->rscale || !*rule->rscale ||
                        text_equal_nocase(text_from(rule->rscale), TEXT("GREGORIAN"));
    if (rule->freq == ICAL_NO_RECURRENCE || rule->interval < 1 || !is_gregorian)
        return false;
    if (rule->freq == ICAL_SECONDLY_RECURRENCE || rule->freq == ICAL_MINUTELY_RECURRENCE ||
        rule->freq == ICAL_HOURLY_RECURRENCE)
        return !by_days && !is_set(rule->by_hour) && !is_set(rule->by_minute) &&
               !is_set(rule->by_second);
    /* Several weeks apart a position within the week would count what is added below. */
    if (rule->freq == ICAL_WEEKLY_RECURRENCE && rule->interval > 1)
        return !is_set(rule->by_set_pos) && !is_set(rule->by_year_day);
    return true;
}

static struct icaltimetype icaltime_of(struct civil c)
{
    return (struct icaltimetype){.year = c.year,
                                 .month = c.month,
                                 .day = c.day,
                                 .hour = c.hour,
                                 .minute = c.minute,
                                 .second = c.second};
}

static short weekday_of(int civil_weekday) /* 0: Monday */
{
    return (short)(civil_weekday == 6 ? ICAL_SUNDAY_WEEKDAY
                                      : ICAL_MONDAY_WEEKDAY + civil_weekday);
}

/* Return the first day of the start's week, add it to BYDAY, and tell which days the rule means. */
static struct civil week_begin(struct icalrecurrencetype *rule, struct civil start,
                               unsigned *ret_weekdays)
{
    int64_t day = civil_days(start);
    int first = (int)rule->week_start - ICAL_MONDAY_WEEKDAY; /* Sunday: -1 */
    int64_t into = (civil_weekday(day) - first + 7) % 7;
    size_t n = 0;
    unsigned mask = 0;
    for (; n < 7 && rule->by_day[n] != ICAL_RECURRENCE_ARRAY_MAX; n++)
        mask |= 1u << (icalrecurrencetype_day_day_of_week(rule->by_day[n]) + 5) % 7;
    if (!n)
        mask = 1u << civil_weekday(day);
    n = 0;
    for (int i = 0; i < 7;
         i++) { /* in the order of that week, as libical sorts them when it reads */
        int weekday = (first + 7 + i) % 7;
        if (mask & 1u << weekday || i == 0)
            rule->by_day[n++] = weekday_of(weekday);
    }
    rule->by_day[n] = ICAL_RECURRENCE_ARRAY_MAX;
    *ret_weekdays = mask;
    return civil_from_seconds(civil_seconds(start) - into * CIVIL_DAY_S);
}

/* Return the last one before `near` that is a whole number of steps behind start. */
static struct civil go_near(struct civil start, struct civil near, int64_t step_s)
{
    int64_t from = civil_seconds(start), to = civil_seconds(near);
    return to <= from ? start : civil_from_seconds(from + (to - from) / step_s * step_s);
}

struct ical_rule *ical_rule_new(const struct icalrecurrencetype *rule,
                                const struct ical_time *start, struct civil near,
                                unsigned *steps_left)
{
    if (!is_countable(rule))
        return NULL;
    struct icalrecurrencetype mine = *rule;
    struct civil first = start->civil;
    mine.rscale = NULL;
    mine.count = 0;
    unsigned weekdays = 0;
    bool by_weeks = rule->freq == ICAL_WEEKLY_RECURRENCE && rule->interval > 1;
    if (by_weeks)
        first = week_begin(&mine, first, &weekdays);
    if (by_weeks && !rule->count)
        first = go_near(first, near, (int64_t)rule->interval * 7 * CIVIL_DAY_S);
    icalrecur_iterator *iterator = icalrecur_iterator_new(mine, icaltime_of(first));
    if (!iterator)
        return NULL;
    if (!by_weeks && !rule->count && civil_seconds(near) > civil_seconds(start->civil))
        icalrecur_iterator_set_start(iterator, icaltime_of(near));
    struct ical_rule *counted = calloc(1, sizeof *counted);
    ENSURE(counted);
    *counted = (struct ical_rule){.iterator = iterator,
                                  .steps_left = steps_left,
                                  .start = civil_seconds(start->civil),
                                  .count_left = rule->count ? rule->count : -1,
                                  .weekdays = weekdays};
    return counted;
}

static bool is_of_rule(const struct ical_rule *rule, struct civil civil)
{
    bool is_meant = !rule->weekdays || rule->weekdays & 1u << civil_weekday(civil_days(civil));
    return is_meant && civil_seconds(civil) >= rule->start;
}

enum status ical_rule_next(struct ical_rule *rule, struct civil *ret_civil)
{
    struct civil civil;
    if (rule->count_left == 0)
        return ERR_NOT_FOUND;
    do {
        if (*rule->steps_left == 0)
            return ERR_LIMIT;
        --*rule->steps_left;
        if (!ical_civil(icalrecur_iterator_next(rule->iterator), &civil))
            return ERR_NOT_FOUND;
    } while (!is_of_rule(rule, civil));
    if (rule->count_left > 0)
        rule->count_left--;
    *ret_civil = civil;
    return OK;
}

void ical_rule_free(struct ical_rule *rule)
{
    if (!rule)
        return;
    icalrecur_iterator_free(rule->iterator);
    free(rule);
}
