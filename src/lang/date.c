/* SPDX-License-Identifier: ISC */
#include "lang/date.h"

#include <stdlib.h>

static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

const char *date_day(struct arena *a, int64_t day)
{
    struct civil c = civil_from_days(day);
    return arena_printf(a, "%s, %d %s %d", weekdays[civil_weekday(day)], c.day,
                        months[c.month - 1], c.year);
}

const char *date_day_short(struct arena *a, int64_t day)
{
    struct civil c = civil_from_days(day);
    return arena_printf(a, "%s, %d %s", weekdays[civil_weekday(day)], c.day,
                        months[c.month - 1]);
}

const char *date_plain(struct arena *a, int64_t day)
{
    struct civil c = civil_from_days(day);
    return arena_printf(a, "%d %s %d", c.day, months[c.month - 1], c.year);
}

const char *date_month(struct arena *a, int year, int month)
{
    return arena_printf(a, "%s %d", months[month - 1], year);
}

const char *date_time(struct arena *a, struct civil c)
{
    return arena_printf(a, "%02d:%02d", c.hour, c.minute);
}

static const char *count(struct arena *a, int64_t n, const char *one, const char *many)
{
    return arena_printf(a, "%lld %s", (long long)n, n == 1 ? one : many);
}

const char *date_duration(struct arena *a, int64_t minutes)
{
    int64_t hours = minutes / 60, rest = minutes % 60;
    if (hours == 0)
        return count(a, rest, "minute", "minutes");
    if (rest == 0)
        return count(a, hours, "hour", "hours");
    return arena_printf(a, "%s %s", count(a, hours, "hour", "hours"),
                        count(a, rest, "minute", "minutes"));
}

const char *date_offset(struct arena *a, const struct zone *zone, struct instant t)
{
    int offset_min = zone_period_at(zone, t).offset_s / 60;
    if (offset_min == 0)
        return "UTC";
    int hours = abs(offset_min) / 60, minutes = abs(offset_min) % 60;
    char sign = offset_min < 0 ? '-' : '+';
    return minutes ? arena_printf(a, "UTC%c%d:%02d", sign, hours, minutes)
                   : arena_printf(a, "UTC%c%d", sign, hours);
}

const char *date_zone_city(struct arena *a, struct text zone_name)
{
    size_t from = zone_name.n;
    while (from > 0 && zone_name.at[from - 1] != '/')
        from--;
    char *city = arena_cstr(a, (struct text){zone_name.at + from, zone_name.n - from});
    for (char *c = city; *c; c++)
        if (*c == '_')
            *c = ' ';
    return city;
}

const char *date_zone(struct arena *a, const struct zone *zone, struct instant t)
{
    const char *city = date_zone_city(a, zone_name(zone));
    const char *offset = date_offset(a, zone, t);
    if (strcmp(city, offset) == 0)
        return city;
    return arena_printf(a, "%s, %s", city, offset);
}
