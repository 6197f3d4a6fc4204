/* SPDX-License-Identifier: ISC
 *
 * The times that a preview shows: those of the page's hours, its dates and its notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "edge/place/preview.h"

enum { MONDAY = 20787, HOUR = 3600, DAY = 86400 }; /* 2026-11-30 */

static struct zone *zone;
static struct arena a;
static struct hours hours[] = {{0, 9 * 60, 12 * 60}, {2, 10 * 60, 11 * 60}};
static struct override dates[] = {{MONDAY, 14 * 60, 15 * 60}, {MONDAY + 2, 0, 0}};
static struct slot *slots;

static struct rule rule_of(void)
{
    return (struct rule){.duration_min = 60,
                         .increment_min = 30,
                         .horizon_days = 6,
                         .hours = hours,
                         .n_hours = 2,
                         .overrides = dates};
}

static size_t count(const struct rule *rule, int64_t now)
{
    return preview_slots(&a, rule, zone, (struct instant){now}, &slots);
}

static void hours_become_starts(void **state)
{
    (void)state;
    struct rule rule = rule_of();
    assert_int_equal(count(&rule, INT64_C(1) * MONDAY * DAY), 6); /* 9:00 to 11:00, and 10:00 */
    assert_int_equal(slots[0].start.s, INT64_C(1) * MONDAY * DAY + 9 * HOUR);
    assert_int_equal(slots[0].end.s, slots[0].start.s + HOUR);
    assert_int_equal(slots[4].start.s, INT64_C(1) * MONDAY * DAY + 11 * HOUR);
    assert_int_equal(slots[5].start.s, INT64_C(1) * (MONDAY + 2) * DAY + 10 * HOUR);
}

static void dates_replace_hours(void **state)
{
    (void)state;
    struct rule rule = rule_of();
    rule.n_overrides = 2;
    assert_int_equal(count(&rule, INT64_C(1) * MONDAY * DAY), 1);
    assert_int_equal(slots[0].start.s, INT64_C(1) * MONDAY * DAY + 14 * HOUR);
}

static void notice_and_horizon_hold(void **state)
{
    (void)state;
    struct rule rule = rule_of();
    rule.notice_min = 60;
    assert_int_equal(count(&rule, INT64_C(1) * MONDAY * DAY + 9 * HOUR), 4);
    rule.horizon_days = 1;
    assert_int_equal(count(&rule, INT64_C(1) * MONDAY * DAY + 9 * HOUR), 3);
}

static void what_makes_no_sense_offers_nothing(void **state)
{
    (void)state;
    struct rule rule = rule_of();
    rule.increment_min = 0;
    assert_int_equal(count(&rule, INT64_C(1) * MONDAY * DAY), 0);
    rule = rule_of();
    rule.duration_min = 1;
    rule.increment_min = 1;
    rule.horizon_days = 730;
    hours[0].to_minute = 24 * 60;
    assert_true(count(&rule, INT64_C(1) * MONDAY * DAY) <= 2000);
    hours[0].to_minute = 12 * 60;
}

static int make(void **state)
{
    (void)state;
    return zone_make(TEXT("Here"), 0, NULL, 0, &zone) == OK ? 0 : 1;
}

static int drop(void **state)
{
    (void)state;
    zone_free(zone);
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_become_starts),
        cmocka_unit_test(dates_replace_hours),
        cmocka_unit_test(notice_and_horizon_hold),
        cmocka_unit_test(what_makes_no_sense_offers_nothing),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
