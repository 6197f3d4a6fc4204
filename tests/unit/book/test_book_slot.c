/* SPDX-License-Identifier: ISC
 *
 * What the case table and the oracle cannot say: extremes, windows to read, sizes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "book/rule.h"
#include "book/slot.h"
#include "time/instant.h"

static struct zones *zones;
static struct hours all_week[7];

static struct rule open_always(void)
{
    for (int64_t day = 0; day < 7; day++)
        all_week[day] = (struct hours){day, 0, CIVIL_DAY_MIN};
    return (struct rule){
        .zone = TEXT("Europe/Berlin"),
        .duration_min = 15,
        .increment_min = RULE_INCREMENT_MIN,
        .horizon_days = RULE_HORIZON_MAX,
        .blocking = RULE_BLOCKING_DEFAULT,
        .hours = all_week,
        .n_hours = 7,
    };
}

static struct slot_query query_of(const struct rule *rule, int64_t from_s, int64_t to_s)
{
    return (struct slot_query){
        .rule = rule,
        .zone = zone_find(zones, rule->zone),
        .now = {from_s > 0 ? from_s : 0},
        .from = {from_s},
        .to = {to_s},
    };
}

static size_t count(const struct slot_query *q)
{
    struct arena a = {0};
    struct slot *slots;
    size_t n = 0;
    assert_int_equal(slot_list(&a, q, &slots, &n, NULL), OK);
    for (size_t i = 1; i < n; i++)
        assert_true(slots[i - 1].start.s < slots[i].start.s);
    arena_done(&a);
    return n;
}

static void the_longest_question_fits_an_answer(void **state)
{
    (void)state;
    struct rule rule = open_always();
    /* 62 days with the 25 hours of 25 October 2026 among them. */
    struct slot_query q = query_of(&rule, 1790000000, 1790000000 + MAX_SLOT_DAYS * CIVIL_DAY_S);
    size_t n = count(&q);
    assert_true(n > 17800 && n <= MAX_SLOTS);
}

static void windows_from_the_ends_of_time_are_safe(void **state)
{
    (void)state;
    struct rule rule = open_always();
    rule.increment_min = 1440;
    struct slot_query q = query_of(&rule, INT64_MIN, INT64_MAX);
    q.now.s = 1790000000;
    assert_in_range(count(&q), RULE_HORIZON_MAX - 1, RULE_HORIZON_MAX + 1);
    static const int64_t nows[] = {INT64_MIN, -62135596800, 253402300799, INT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        q.now.s = nows[i];
        count(&q);
        assert_false(slot_is_offered(&q, (struct instant){INT64_MAX}));
        assert_false(slot_is_offered(&q, (struct instant){INT64_MIN}));
    }
    struct busy busy[] = {{{INT64_MIN}, {INT64_MIN}, BUSY_BUSY},
                          {{INT64_MAX}, {INT64_MIN}, BUSY_BUSY}};
    q.busy = busy;
    q.n_busy = 1;
    q.now.s = 1790000000;
    assert_true(count(&q) > 0);
    q.n_busy = 2;
    assert_int_equal(count(&q), 0);
}

static void a_rule_that_breaks_its_bounds_offers_nothing(void **state)
{
    (void)state;
    struct rule rule = open_always();
    rule.increment_min = 0;
    struct slot_query q = query_of(&rule, 1790000000, 1790000000 + CIVIL_DAY_S);
    struct arena a = {0};
    struct slot *slots = NULL;
    struct error err = {0};
    size_t n = 0;
    assert_int_equal(slot_list(&a, &q, &slots, &n, &err), ERR_INVALID);
    assert_non_null(strstr(err.what, "increment"));
    assert_false(slot_is_offered(&q, q.from));
    rule = open_always();
    q.zone = NULL;
    assert_int_equal(slot_list(&a, &q, &slots, &n, &err), ERR_INVALID);
    arena_done(&a);
}

static void the_most_busy_intervals_in_the_worst_order(void **state)
{
    (void)state;
    struct rule rule = open_always();
    struct slot_query q = query_of(&rule, 1790000000, 1790000000 + MAX_SLOT_DAYS * CIVIL_DAY_S);
    struct busy *busy = calloc(MAX_BUSY, sizeof *busy);
    assert_non_null(busy);
    srand(5);
    for (int64_t i = 0; i < MAX_BUSY; i++) {
        int64_t start = 1790000000 + rand() % (80 * CIVIL_DAY_S) - 9 * CIVIL_DAY_S;
        busy[MAX_BUSY - 1 - i] = (struct busy){{start}, {start + rand() % 600}, BUSY_BUSY};
    }
    q.busy = busy;
    q.n_busy = MAX_BUSY;
    struct arena a = {0};
    struct slot *slots;
    size_t n;
    assert_int_equal(slot_list(&a, &q, &slots, &n, NULL), OK);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MAX_BUSY; k++)
            assert_false(busy[k].start.s < slots[i].end.s && busy[k].end.s > slots[i].start.s &&
                         busy[k].start.s != busy[k].end.s);
    assert_true(n > 10);
    arena_done(&a);
    free(busy);
}

/* Whatever is busy outside slot_busy_window changes nothing; a second inside its ends may. */
static void the_busy_window_is_exact(void **state)
{
    (void)state;
    struct rule rule = open_always();
    rule.increment_min = 15;
    rule.buffer_before_min = 20;
    rule.buffer_after_min = 40;
    int64_t midnight = 20000 * (int64_t)CIVIL_DAY_S;
    struct slot_query q = query_of(&rule, midnight, midnight + 1);
    q.now.s = midnight - CIVIL_DAY_S;
    struct interval w = slot_busy_window(&rule, q.from, q.to);
    assert_int_equal(w.start.s, midnight - 20 * 60);
    assert_int_equal(w.end.s, midnight + 1 + 55 * 60);
    struct busy busy[] = {{{w.start.s - 9999}, w.start, BUSY_BUSY},
                          {w.end, {w.end.s + 9999}, BUSY_BUSY}};
    q.busy = busy;
    q.n_busy = 2;
    assert_int_equal(count(&q), 1);
    busy[0].end.s++;
    assert_int_equal(count(&q), 0);
    busy[0].end.s--;
    busy[1].start.s -= 2;
    assert_int_equal(count(&q), 0);
    struct interval all = slot_booked_window(q.from, q.to);
    assert_true(all.start.s <= w.start.s && all.end.s >= w.end.s);
}

static void the_booked_window_holds_whole_dates(void **state)
{
    (void)state;
    static const char *const names[] = {"Pacific/Apia", "Pacific/Kwajalein", "America/Havana",
                                        "Asia/Manila", "America/Juneau"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct zone *zone = zone_find(zones, text_from(names[i]));
        assert_non_null(zone);
        struct zone_period p = zone_period_at(zone, INSTANT_MIN);
        for (; p.until.s < 2000000000; p = zone_period_at(zone, p.until))
            for (int64_t s = -2 * CIVIL_DAY_S; s < 2 * CIVIL_DAY_S; s += 1800) {
                struct instant at = instant_add_s(p.until, s);
                struct interval w = slot_booked_window(at, instant_add_s(at, 1));
                int64_t day = zone_day(zone, at);
                assert_true(zone_day(zone, w.start) < day && zone_day(zone, w.end) > day);
            }
    }
}

int main(void)
{
    zones = zones_load("/usr/share/zoneinfo", NULL);
    if (!zones)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_question_fits_an_answer),
        cmocka_unit_test(windows_from_the_ends_of_time_are_safe),
        cmocka_unit_test(a_rule_that_breaks_its_bounds_offers_nothing),
        cmocka_unit_test(the_most_busy_intervals_in_the_worst_order),
        cmocka_unit_test(the_busy_window_is_exact),
        cmocka_unit_test(the_booked_window_holds_whole_dates),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
