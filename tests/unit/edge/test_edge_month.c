/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "edge/customer/month.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "time/instant.h"

static struct zones *zones;
static const struct month_links links = {.path = "/acme/intro"};

static struct instant at(const char *t)
{
    struct instant instant;
    assert_int_equal(instant_parse(text_from(t), &instant), OK);
    return instant;
}

static struct slot slot(const char *start)
{
    struct instant t = at(start);
    return (struct slot){t, instant_add_s(t, 1800)};
}

static const struct zone *zone(const char *name)
{
    return zone_find(zones, text_from(name));
}

static int64_t day(const char *date)
{
    int64_t d;
    assert_int_equal(civil_parse_date(text_from(date), &d), OK);
    return d;
}

static void a_month_is_asked_for_in_the_visitors_zone(void **state)
{
    (void)state;
    struct month_query query = {.has_month = true, .month = 2027 * 12 + 2};
    struct month_window window =
        month_ask(&query, zone("Europe/Zurich"), true, at("2026-11-22T01:00:00Z"));
    assert_int_equal(window.from.s, at("2027-02-28T23:00:00Z").s);
    assert_int_equal(window.to.s, at("2027-03-31T22:00:00Z").s);
}

static void without_a_month_two_are_asked_for_from_today(void **state)
{
    (void)state;
    struct month_query query = {0};
    struct month_window window =
        month_ask(&query, zone("UTC"), true, at("2026-11-22T13:00:00Z"));
    assert_int_equal(window.from.s, at("2026-11-22T00:00:00Z").s);
    assert_int_equal(window.to.s, at("2027-01-01T00:00:00Z").s);
    for (int64_t d = day("2026-01-01"); d < day("2027-01-01"); d++) {
        window = month_ask(&query, zone("UTC"), false, (struct instant){d * CIVIL_DAY_S});
        assert_in_range(window.to.s - window.from.s, 1, MAX_SLOT_DAYS * CIVIL_DAY_S);
    }
}

static void what_was_asked_is_brought_into_range(void **state)
{
    (void)state;
    struct instant now = at("2026-11-22T01:00:00Z");
    struct month_query past = {
        .has_month = true, .month = 1990 * 12, .has_day = true, .day = day("1990-01-01")};
    month_query_settle(&past, zone("UTC"), now);
    assert_int_equal(past.month, 2026 * 12 + 10);
    assert_false(past.has_day);
    struct month_query far = {.has_month = true, .month = 9999 * 12};
    month_query_settle(&far, zone("UTC"), now);
    assert_int_equal(far.month, 2026 * 12 + 10 + MONTHS_AHEAD);
    struct month_query start = {.has_start = true, .start = at("2026-12-31T23:30:00Z")};
    month_query_settle(&start, zone("Asia/Tokyo"), now);
    assert_int_equal(start.day, day("2027-01-01"));
    assert_int_equal(start.month, 2027 * 12);
}

/* Commas come and go with ICU's versions. */
static void is_said(const char *given, const char *wanted)
{
    char got[128];
    size_t n = 0;
    for (; *given && n + 1 < sizeof got; given++)
        if (*given != ',')
            got[n++] = *given;
    got[n] = 0;
    assert_string_equal(got, wanted);
}

static void days_and_parts_of_the_day_are_laid_out(void **state)
{
    (void)state;
    struct arena a = {0};
    struct slot slots[] = {slot("2026-11-24T08:00:00Z"), slot("2026-11-24T12:00:00Z"),
                           slot("2026-11-24T17:30:00Z"), slot("2026-11-30T23:30:00Z")};
    struct month_query query = {0};
    struct month_view view = month_lay_out(&a, slots, 4, &query, &links, zone("Europe/Zurich"),
                                           at("2026-11-22T01:00:00Z"));
    assert_string_equal(view.title, "November 2026");
    assert_null(view.earlier_href);
    assert_string_equal(view.later_href, "/acme/intro?month=2026-12");
    assert_int_equal(view.n_weeks, 6);
    is_said(view.day_title, "Tuesday 24 November");
    assert_int_equal(view.n_parts, 3);
    assert_string_equal(view.parts[0].slots[0].time, "09:00");
    assert_string_equal(view.parts[1].slots[0].time, "13:00");
    assert_string_equal(view.parts[2].name, "Evening");
    const struct day_view *tuesday = &view.weeks[4].days[1];
    assert_int_equal(tuesday->number, 24);
    assert_true(tuesday->is_selected);
    is_said(tuesday->label, "Tuesday 24 November 3 times");
    assert_string_equal(tuesday->href, "/acme/intro?month=2026-11&day=2026-11-24");
    assert_false(
        view.weeks[5].days[0].has_times); /* half past midnight on 1 December, in Zurich */
    assert_int_equal(view.weeks[0].days[0].number, 0);
    arena_done(&a);
}

static void the_first_month_with_a_time_is_shown(void **state)
{
    (void)state;
    struct arena a = {0};
    struct slot slots[] = {slot("2026-12-03T08:00:00Z")};
    struct month_query query = {0};
    struct month_view view =
        month_lay_out(&a, slots, 1, &query, &links, zone("UTC"), at("2026-11-22T01:00:00Z"));
    assert_string_equal(view.month, "2026-12");
    assert_string_equal(view.earlier_href, "/acme/intro?month=2026-11");
    view = month_lay_out(&a, NULL, 0, &query, &links, zone("UTC"), at("2026-11-22T01:00:00Z"));
    assert_string_equal(view.month, "2026-11");
    assert_false(view.has_times);
    assert_null(view.day_title);
    arena_done(&a);
}

static void times_that_come_twice_are_told_apart(void **state)
{
    (void)state;
    struct arena a = {0};
    struct slot slots[] = {slot("2027-10-31T00:30:00Z"), slot("2027-10-31T01:30:00Z")};
    struct month_query query = {.has_month = true, .month = 2027 * 12 + 9};
    struct month_view view = month_lay_out(&a, slots, 2, &query, &links, zone("Europe/Zurich"),
                                           at("2026-11-22T01:00:00Z"));
    assert_string_equal(view.parts[0].slots[0].time, "02:30 UTC+2");
    assert_string_equal(view.parts[0].slots[1].time, "02:30 UTC+1");
    arena_done(&a);
}

static void neighbours_are_the_nearest_in_order(void **state)
{
    (void)state;
    struct arena a = {0};
    struct slot slots[] = {slot("2026-11-23T08:00:00Z"), slot("2026-11-24T08:00:00Z"),
                           slot("2026-11-24T09:00:00Z"), slot("2026-11-24T11:00:00Z"),
                           slot("2026-11-27T08:00:00Z")};
    struct slot_view *found;
    size_t n = month_neighbours(&a, slots, 5, at("2026-11-24T10:00:00Z"), 3, &links,
                                zone("UTC"), &found);
    assert_int_equal(n, 3);
    assert_string_equal(found[0].start, "2026-11-24T08:00:00Z");
    assert_string_equal(found[2].start, "2026-11-24T11:00:00Z");
    is_said(found[2].time, "Tuesday 24 November 11:00");
    assert_int_equal(month_neighbours(&a, slots, 5, at("2020-01-01T00:00:00Z"), 9, &links,
                                      zone("UTC"), &found),
                     5);
    assert_int_equal(month_neighbours(&a, NULL, 0, at("2020-01-01T00:00:00Z"), 9, &links,
                                      zone("UTC"), &found),
                     0);
    arena_done(&a);
}

static void both_zones_are_said_where_they_differ(void **state)
{
    (void)state;
    struct arena a = {0};
    struct when_view when = month_when(&a, LANGUAGE_EN, slot("2026-11-24T23:30:00Z"),
                                       zone("America/New_York"), zone("Europe/Zurich"));
    is_said(when.day, "Tuesday 24 November 2026");
    assert_string_equal(when.time, "18:30 \u2013 19:00");
    assert_string_equal(when.zone, "New York, UTC-5");
    is_said(when.other, "Wednesday 25 November 00:30 \u2013 01:00 (Zurich UTC+1)");
    when = month_when(&a, LANGUAGE_EN, slot("2026-11-24T23:30:00Z"), zone("Europe/Berlin"),
                      zone("Europe/Zurich"));
    assert_null(when.other);
    arena_done(&a);
}

static void links_keep_what_was_chosen(void **state)
{
    (void)state;
    struct arena a = {0};
    struct month_links all = {
        .path = "/b/t", .mode = "move", .zone_name = TEXT("Europe/Zurich")};
    struct month_query query = {.has_start = true, .start = at("2026-11-24T08:00:00Z")};
    assert_string_equal(month_href(&a, &all, &query),
                        "/b/t?move=1&start=2026-11-24T08:00:00Z&tz=Europe%2FZurich");
    query = (struct month_query){0};
    assert_string_equal(month_href(&a, &links, &query), "/acme/intro");
    arena_done(&a);
}

static int load(void **state)
{
    (void)state;
    zones = zones_load("/usr/share/zoneinfo", NULL);
    if (!zones || moment_init(NULL) != OK)
        return -1;
    place_init(zones);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    place_done();
    moment_done();
    zones_free(zones);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_asked_for_in_the_visitors_zone),
        cmocka_unit_test(without_a_month_two_are_asked_for_from_today),
        cmocka_unit_test(what_was_asked_is_brought_into_range),
        cmocka_unit_test(days_and_parts_of_the_day_are_laid_out),
        cmocka_unit_test(the_first_month_with_a_time_is_shown),
        cmocka_unit_test(times_that_come_twice_are_told_apart),
        cmocka_unit_test(neighbours_are_the_nearest_in_order),
        cmocka_unit_test(both_zones_are_said_where_they_differ),
        cmocka_unit_test(links_keep_what_was_chosen),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
