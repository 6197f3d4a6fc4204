/* SPDX-License-Identifier: ISC */
#include "time/posix_tz.h"

#include "time/civil.h"

static bool next_is(struct text t, char byte)
{
    return t.n && t.at[0] == byte;
}

static bool take(struct text *t, char byte)
{
    if (!next_is(*t, byte))
        return false;
    *t = (struct text){t->at + 1, t->n - 1};
    return true;
}

static bool take_number(struct text *t, int least, int most, int *ret_value)
{
    int value = 0;
    size_t n = 0;
    for (; n < t->n && t->at[n] >= '0' && t->at[n] <= '9'; n++) {
        value = value * 10 + (t->at[n] - '0');
        if (value > most)
            return false;
    }
    if (n == 0 || value < least)
        return false;
    *ret_value = value;
    *t = (struct text){t->at + n, t->n - n};
    return true;
}

/* Pass an abbreviation: letters, or letters, digits and signs in angle brackets. */
static bool take_name(struct text *t)
{
    bool quoted = take(t, '<');
    size_t n = 0;
    for (; n < t->n; n++) {
        char c = t->at[n];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')))
            break;
    }
    *t = (struct text){t->at + n, t->n - n};
    return n >= 3 && (!quoted || take(t, '>'));
}

/* Read [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(struct text *t, int most_hours, int *ret_seconds)
{
    int sign = take(t, '-') ? -1 : 1;
    if (sign > 0)
        take(t, '+');
    int hours, minutes = 0, seconds = 0;
    if (!take_number(t, 0, most_hours, &hours) ||
        (take(t, ':') && (!take_number(t, 0, 59, &minutes) ||
                          (take(t, ':') && !take_number(t, 0, 59, &seconds)))))
        return false;
    *ret_seconds = sign * (hours * CIVIL_HOUR_S + minutes * CIVIL_MINUTE_S + seconds);
    return true;
}

static bool take_offset(struct text *t, int32_t *ret_offset_s)
{
    int west_s;
    if (!take_time(t, 24, &west_s))
        return false;
    *ret_offset_s = -west_s;
    return true;
}

/* Read "M3.5.0", "J60" or "59", then an optional "/3:00". */
static bool take_date(struct text *t, struct posix_tz_date *ret_date)
{
    struct posix_tz_date date = {.time_s = 2 * CIVIL_HOUR_S};
    bool ok;
    if (take(t, 'M')) {
        int from_sunday = 0;
        date.kind = POSIX_TZ_WEEK;
        ok = take_number(t, 1, 12, &date.month) && take(t, '.') &&
             take_number(t, 1, 5, &date.week) && take(t, '.') &&
             take_number(t, 0, 6, &from_sunday);
        date.weekday = (from_sunday + 6) % 7;
    } else if (take(t, 'J')) {
        date.kind = POSIX_TZ_JULIAN;
        ok = take_number(t, 1, 365, &date.day);
    } else {
        date.kind = POSIX_TZ_DAY;
        ok = take_number(t, 0, 365, &date.day);
    }
    if (!ok || (take(t, '/') && !take_time(t, 167, &date.time_s)))
        return false;
    *ret_date = date;
    return true;
}

enum status posix_tz_parse(struct text t, struct posix_tz *ret_tz)
{
    struct posix_tz tz = {0};
    if (!take_name(&t) || !take_offset(&t, &tz.standard_s))
        return ERR_INVALID;
    if (t.n) {
        tz.has_daylight = true;
        tz.daylight_s = tz.standard_s + CIVIL_HOUR_S;
        if (!take_name(&t) || (t.n && !next_is(t, ',') && !take_offset(&t, &tz.daylight_s)) ||
            !take(&t, ',') || !take_date(&t, &tz.to_daylight) || !take(&t, ',') ||
            !take_date(&t, &tz.to_standard) || t.n)
            return ERR_INVALID;
    }
    *ret_tz = tz;
    return OK;
}

static int64_t day_of(const struct posix_tz_date *date, int year)
{
    int64_t new_year = civil_days((struct civil){.year = year, .month = 1, .day = 1});
    if (date->kind == POSIX_TZ_DAY)
        return new_year + date->day;
    if (date->kind == POSIX_TZ_JULIAN) {
        int64_t march = civil_days((struct civil){.year = year, .month = 3, .day = 1});
        return date->day < 60 ? new_year + date->day - 1 : march + date->day - 60;
    }
    bool is_last = date->week == 5;
    int month = date->month + is_last; /* the last week is counted back from the next month */
    struct civil first = {.year = year + month / 13, .month = month > 12 ? 1 : month, .day = 1};
    int64_t day = civil_days(first) - (is_last ? 7 : 0);
    int64_t to_weekday = (date->weekday - civil_weekday(day) + 7) % 7;
    return day + to_weekday + (is_last ? 0 : (date->week - 1) * 7);
}

struct change {
    int64_t at;
    int32_t offset_s; /* from then on */
};

/* The changes of one year, in the order in which the rule has them. */
static void changes_of(const struct posix_tz *tz, int year, struct change ret_changes[static 2])
{
    struct change daylight = {day_of(&tz->to_daylight, year) * CIVIL_DAY_S +
                                  tz->to_daylight.time_s - tz->standard_s,
                              tz->daylight_s};
    struct change standard = {day_of(&tz->to_standard, year) * CIVIL_DAY_S +
                                  tz->to_standard.time_s - tz->daylight_s,
                              tz->standard_s};
    bool is_north = daylight.at <= standard.at;
    ret_changes[0] = is_north ? daylight : standard;
    ret_changes[1] = is_north ? standard : daylight;
}

int32_t posix_tz_offset(const struct posix_tz *tz, int64_t t, int64_t *ret_from,
                        int64_t *ret_until)
{
    if (!tz->has_daylight)
        return tz->standard_s;
    /* Two years either side hold a change before t and one behind it, whatever the rule's times
     * of day. Of changes at one instant the later one of the rule counts (a rule can say
     * "daylight all year"). */
    enum { YEARS = 5 };
    struct change changes[2 * YEARS];
    int first = civil_from_seconds(t).year - YEARS / 2;
    for (int i = 0; i < YEARS; i++)
        changes_of(tz, first + i, changes + i * 2);
    for (int i = 1; i < 2 * YEARS; i++) /* a week's overlap of neighbouring years at most */
        for (int k = i; k > 0 && changes[k].at < changes[k - 1].at; k--) {
            struct change swapped = changes[k];
            changes[k] = changes[k - 1];
            changes[k - 1] = swapped;
        }
    int i = 2 * YEARS - 2;
    while (i > 0 && changes[i].at > t)
        i--;
    *ret_from = changes[i].at;
    *ret_until = changes[i + 1].at;
    return changes[i].offset_s;
}
