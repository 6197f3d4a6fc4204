/* SPDX-License-Identifier: ISC */
#include "edge/customer/month.h"

#include <stdlib.h>

#include "base/limits.h"
#include "format/url.h"
#include "lang/message.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "time/instant.h"

enum { DAYS_A_WEEK = 7, WEEKS_MAX = 6, HREF_MAX = 1024, NOON = 12, EVENING = 17 };

int64_t month_of_day(int64_t day)
{
    struct civil c = civil_from_days(day);
    return (int64_t)c.year * 12 + c.month - 1;
}

static struct civil first_of(int64_t month)
{
    return (struct civil){.year = (int)(month / 12), .month = (int)(month % 12) + 1, .day = 1};
}

int64_t month_first_day(int64_t month)
{
    return civil_days(first_of(month));
}

void month_query_settle(struct month_query *query, const struct zone *zone, struct instant now)
{
    int64_t today = zone_day(zone, now);
    if (query->has_start && !query->has_day) {
        query->has_day = true;
        query->day = zone_day(zone, query->start);
    }
    if (query->has_day && query->day < today)
        query->has_day = false;
    if (query->has_day && !query->has_month) {
        query->has_month = true;
        query->month = month_of_day(query->day);
    }
    int64_t first = month_of_day(today), last = first + MONTHS_AHEAD;
    if (query->has_month && query->month < first)
        query->month = first;
    if (query->has_month && query->month > last)
        query->month = last;
    if (query->has_day && month_of_day(query->day) != query->month)
        query->has_day = false;
}

struct month_window month_ask(const struct month_query *query, const struct zone *zone,
                              bool zone_is_known, struct instant now)
{
    int64_t today = zone_day(zone, now);
    int64_t month = query->has_month ? query->month : month_of_day(today);
    int64_t first = month_first_day(month);
    int64_t last = month_first_day(month + (query->has_month ? 1 : 2));
    int64_t margin_s = zone_is_known ? 0 : CIVIL_DAY_S;
    struct instant from = zone_day_start(zone, first > today ? first : today);
    struct instant to = zone_day_start(zone, last);
    from = instant_add_s(from, -margin_s);
    to = instant_add_s(to, margin_s);
    struct instant most = instant_add_s(from, (int64_t)MAX_SLOT_DAYS * CIVIL_DAY_S);
    return (struct month_window){from, instant_before(most, to) ? most : to};
}

const char *month_href(struct arena *a, const struct month_links *links,
                       const struct month_query *query)
{
    struct buf out CLEANUP(buf_done) = BUF(HREF_MAX);
    buf_add_cstr(&out, links->path);
    char separator = '?';
    if (links->mode) {
        buf_printf(&out, "%c%s=1", separator, links->mode);
        separator = '&';
    }
    if (query->has_month) {
        struct civil c = first_of(query->month);
        buf_printf(&out, "%cmonth=%04d-%02d", separator, c.year, c.month);
        separator = '&';
    }
    if (query->has_day) {
        char date[CIVIL_DATE_SIZE];
        civil_format_date(query->day, date);
        buf_printf(&out, "%cday=%s", separator, date);
        separator = '&';
    }
    if (query->has_start) {
        char start[INSTANT_SIZE];
        instant_format(query->start, start);
        buf_printf(&out, "%cstart=%s", separator, start);
        separator = '&';
    }
    if (links->zone_name.n > 0) {
        buf_printf(&out, "%ctz=", separator);
        url_encode(&out, links->zone_name);
        separator = '&';
    }
    if (links->lang.n > 0)
        buf_printf(&out, "%clang=" TEXT_FMT, separator, TEXT_ARG(links->lang));
    return arena_cstr(a, buf_text(&out));
}

static struct slot_view slot_view(struct arena *a, const struct slot *slot,
                                  const struct month_links *links, const struct zone *zone)
{
    int64_t day = zone_day(zone, slot->start);
    struct month_query query = {.has_month = true,
                                .month = month_of_day(day),
                                .has_day = true,
                                .day = day,
                                .has_start = true,
                                .start = slot->start};
    char start[INSTANT_SIZE];
    instant_format(slot->start, start);
    return (struct slot_view){
        .start = arena_cstr(a, text_from(start)),
        .time = moment_time(a, links->language, zone, slot->start).at,
        .href = month_href(a, links, &query),
        .label = moment_span_spoken(a, links->language, zone, *slot).at,
    };
}

/* Where the clock is turned back, a time of day comes twice: say which is meant. */
static void tell_twins_apart(struct arena *a, struct slot_view *views, const struct slot *slots,
                             size_t n, const struct zone *zone)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (strcmp(views[i].time, views[j].time) == 0) {
                views[i].time = arena_printf(a, "%s %s", views[i].time,
                                             place_offset(a, zone, slots[i].start));
                views[j].time = arena_printf(a, "%s %s", views[j].time,
                                             place_offset(a, zone, slots[j].start));
            }
}

static int part_of(const struct zone *zone, struct instant start)
{
    int hour = zone_civil(zone, start).hour;
    return hour < NOON ? 0 : hour < EVENING ? 1 : 2;
}

/* A day's slots, by part of the day. */
static void lay_out_parts(struct arena *a, const struct slot *slots, size_t n,
                          const struct month_query *query, const struct month_links *links,
                          const struct zone *zone, struct month_view *view)
{
    const struct message names[] = {MESSAGE("Morning"), MESSAGE("Afternoon"),
                                    MESSAGE("Evening")};
    struct slot_view *views = ARENA_ARRAY(a, n, struct slot_view);
    for (size_t i = 0; i < n; i++) {
        views[i] = slot_view(a, &slots[i], links, zone);
        views[i].is_chosen = query->has_start && query->start.s == slots[i].start.s;
    }
    tell_twins_apart(a, views, slots, n, zone);
    view->parts = ARENA_ARRAY(a, 3, struct part_view);
    for (size_t i = 0; i < n;) {
        int part = part_of(zone, slots[i].start);
        struct part_view *to = &view->parts[view->n_parts++];
        *to = (struct part_view){.name = message_in(links->language, names[part]),
                                 .slots = &views[i]};
        for (; i < n && part_of(zone, slots[i].start) == part; i++)
            to->n_slots++;
    }
}

/* Two digits. A month has hundreds of times, and printf would be half of a page's cost. */
static void add_two(struct buf *out, int value)
{
    buf_add_byte(out, (unsigned char)('0' + value / 10));
    buf_add_byte(out, (unsigned char)('0' + value % 10));
}

static void add_number(struct buf *out, int64_t value)
{
    char digits[20];
    size_t n = 0;
    for (; value > 0 || n == 0; value /= 10)
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
    buf_add(out, digits + sizeof digits - n, n);
}

static void add_clock(struct buf *out, struct civil c)
{
    add_two(out, c.hour);
    add_two(out, c.minute);
}

/* For the script: a day's slots, so that choosing a day needs no further question. Not for a day on which
 * the clock changes, whose times need more words. */
static const char *times_of(struct arena *a, const struct slot *slots, size_t n,
                            const struct zone *zone)
{
    struct buf out CLEANUP(buf_done) = BUF(64 * 1024);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_byte(&out, ' ');
        add_clock(&out, zone_civil(zone, slots[i].start));
        buf_add_byte(&out, '-');
        add_clock(&out, zone_civil(zone, slots[i].end));
        buf_add_byte(&out, '=');
        add_number(&out, slots[i].start.s / CIVIL_MINUTE_S);
    }
    return arena_cstr(a, buf_text(&out));
}

static struct day_view lay_out_day(struct arena *a, int64_t day, const struct slot *slots,
                                   size_t n, const struct month_links *links,
                                   const struct zone *zone)
{
    struct month_query query = {
        .has_month = true, .month = month_of_day(day), .has_day = true, .day = day};
    char date[CIVIL_DATE_SIZE];
    civil_format_date(day, date);
    struct day_view view = {
        .number = civil_from_days(day).day,
        .has_times = n > 0,
        .date = arena_cstr(a, text_from(date)),
    };
    if (n == 0)
        return view;
    view.href = month_href(a, links, &query);
    view.title = moment_date(a, links->language, MOMENT_DAY_OF_YEAR, day).at;
    struct text times =
        message_count(a, links->language, MESSAGES("{n} time", "{n} times"), (int64_t)n);
    view.label = message_join(a, links->language, text_from(view.title), times).at;
    if (zone_period_at(zone, slots[0].start).offset_s ==
        zone_period_at(zone, slots[n - 1].end).offset_s)
        view.times = times_of(a, slots, n, zone);
    return view;
}

/* Count the slots of one day from the front of a list. */
static size_t count_day(const struct slot *slots, size_t n, const struct zone *zone,
                        int64_t day)
{
    size_t count = 0;
    while (count < n && zone_day(zone, slots[count].start) == day)
        count++;
    return count;
}

struct layout {
    struct arena *a;
    const struct month_query *query;
    const struct month_links *links;
    const struct zone *zone;
    struct instant now;
};

static void lay_out_weeks(const struct layout *l, const struct slot *slots, size_t n_slots,
                          int64_t month, int64_t selected, struct month_view *view)
{
    int64_t first = month_first_day(month), end = month_first_day(month + 1);
    int64_t today = zone_day(l->zone, l->now);
    view->weeks = ARENA_ARRAY(l->a, WEEKS_MAX, struct week_view);
    size_t at = 0;
    for (int64_t monday = first - civil_weekday(first); monday < end; monday += DAYS_A_WEEK) {
        struct week_view *week = &view->weeks[view->n_weeks++];
        week->days = ARENA_ARRAY(l->a, DAYS_A_WEEK, struct day_view);
        week->n_days = DAYS_A_WEEK;
        for (int64_t day = monday; day < monday + DAYS_A_WEEK; day++) {
            if (day < first || day >= end)
                continue;
            size_t n = count_day(slots + at, n_slots - at, l->zone, day);
            struct day_view *to = &week->days[day - monday];
            *to = lay_out_day(l->a, day, slots + at, n, l->links, l->zone);
            to->is_today = day == today;
            to->is_selected = n > 0 && day == selected;
            view->has_times |= n > 0;
            if (to->is_selected) {
                view->day_title = to->title;
                lay_out_parts(l->a, slots + at, n, l->query, l->links, l->zone, view);
            }
            at += n;
        }
    }
}

static void lay_out_weekdays(const struct layout *l, struct month_view *view)
{
    enum language language = l->links->language;
    int64_t monday = -civil_weekday(0);
    view->weekdays = ARENA_ARRAY(l->a, DAYS_A_WEEK, struct weekday_view);
    view->n_weekdays = DAYS_A_WEEK;
    for (int64_t i = 0; i < DAYS_A_WEEK; i++)
        view->weekdays[i] = (struct weekday_view){
            .name = moment_date(l->a, language, MOMENT_WEEKDAY_SHORT, monday + i).at,
            .whole = moment_date(l->a, language, MOMENT_WEEKDAY, monday + i).at};
}

static const char *month_link(const struct layout *l, int64_t month)
{
    struct month_query query = {.has_month = true, .month = month};
    return month_href(l->a, l->links, &query);
}

struct month_view month_lay_out(struct arena *a, const struct slot *slots, size_t n_slots,
                                const struct month_query *query,
                                const struct month_links *links, const struct zone *zone,
                                struct instant now)
{
    struct layout l = {a, query, links, zone, now};
    int64_t this_month = month_of_day(zone_day(zone, now));
    int64_t month = query->has_month ? query->month : this_month;
    if (!query->has_month && n_slots > 0)
        month = month_of_day(zone_day(zone, slots[0].start));
    /* What lies outside the month came with a window that was wider than needed. */
    int64_t first = month_first_day(month), end = month_first_day(month + 1);
    while (n_slots > 0 && zone_day(zone, slots[0].start) < first)
        slots++, n_slots--;
    while (n_slots > 0 && zone_day(zone, slots[n_slots - 1].start) >= end)
        n_slots--;
    int64_t selected = query->has_day ? query->day
                       : n_slots > 0  ? zone_day(zone, slots[0].start)
                                      : 0;
    struct civil c = first_of(month);
    struct month_view view = {
        .title = moment_date(a, links->language, MOMENT_MONTH, first).at,
        .month = arena_printf(a, "%04d-%02d", c.year, c.month),
        .earlier_href = month > this_month ? month_link(&l, month - 1) : NULL,
        .later_href = month < this_month + MONTHS_AHEAD ? month_link(&l, month + 1) : NULL,
    };
    lay_out_weekdays(&l, &view);
    lay_out_weeks(&l, slots, n_slots, month, selected, &view);
    return view;
}

size_t month_neighbours(struct arena *a, const struct slot *slots, size_t n_slots,
                        struct instant start, size_t n, const struct month_links *links,
                        const struct zone *zone, struct slot_view **ret_neighbours)
{
    /* [from, to) grows around the start, each time towards the nearer side. */
    size_t to = 0;
    while (to < n_slots && instant_before(slots[to].start, start))
        to++;
    size_t from = to;
    while (to - from < n && (from > 0 || to < n_slots)) {
        int64_t before = from > 0 ? start.s - slots[from - 1].start.s : INT64_MAX;
        int64_t after = to < n_slots ? slots[to].start.s - start.s : INT64_MAX;
        if (before < after)
            from--;
        else
            to++;
    }
    struct slot_view *views = ARENA_ARRAY(a, to - from + 1, struct slot_view);
    for (size_t i = from; i < to; i++) {
        views[i - from] = slot_view(a, &slots[i], links, zone);
        struct text day =
            moment_date(a, links->language, MOMENT_DAY_OF_YEAR, zone_day(zone, slots[i].start));
        views[i - from].time =
            message_join(a, links->language, day, text_from(views[i - from].time)).at;
    }
    *ret_neighbours = views;
    return to - from;
}

struct when_view month_when(struct arena *a, enum language language, struct slot slot,
                            const struct zone *zone, const struct zone *other)
{
    char start[INSTANT_SIZE];
    instant_format(slot.start, start);
    struct when_view view = {
        .day = moment_day(a, language, zone, slot.start).at,
        .time = moment_span(a, language, zone, slot).at,
        .zone = place_zone(a, language, zone, slot.start),
        .datetime = arena_cstr(a, text_from(start)),
    };
    if (other && zone_period_at(other, slot.start).offset_s !=
                     zone_period_at(zone, slot.start).offset_s) {
        struct text day =
            moment_date(a, language, MOMENT_DAY_OF_YEAR, zone_day(other, slot.start));
        struct text there =
            message_join(a, language, day, moment_span(a, language, other, slot));
        view.other =
            arena_printf(a, "%s (%s)", there.at, place_zone(a, language, other, slot.start));
    }
    return view;
}
