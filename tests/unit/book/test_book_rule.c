/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "book/rule.h"

static struct zones *zones;
static struct hours hours[MAX_HOURS + 1];
static struct override overrides[MAX_OVERRIDES + 1];

static struct rule sound(void)
{
    hours[0] = (struct hours){0, 0, CIVIL_DAY_MIN};
    overrides[0] = (struct override){20000, 540, 720};
    overrides[1] = (struct override){20001, 0, 0};
    return (struct rule){
        .zone = TEXT("Europe/Berlin"),
        .duration_min = 30,
        .increment_min = 15,
        .blocking = RULE_BLOCKING_DEFAULT,
        .hours = hours,
        .n_hours = 1,
        .overrides = overrides,
        .n_overrides = 2,
    };
}

static void assert_refused(const struct rule *rule, const char *because)
{
    struct error err = {0};
    assert_int_equal(rule_check(rule, zone_find(zones, rule->zone), &err), ERR_INVALID);
    if (!strstr(err.what, because))
        fail_msg("\"%s\" does not say \"%s\"", err.what, because);
    assert_int_equal(rule_check(rule, zone_find(zones, rule->zone), NULL), ERR_INVALID);
}

static void a_sound_rule_passes(void **state)
{
    (void)state;
    struct rule rule = sound();
    assert_int_equal(rule_check(&rule, zone_find(zones, rule.zone), NULL), OK);
    rule.n_hours = rule.n_overrides = 0;
    assert_int_equal(rule_check(&rule, zone_find(zones, rule.zone), NULL), OK);
}

static void every_number_has_its_bounds_and_its_message(void **state)
{
    (void)state;
    struct rule rule;
    const struct {
        int64_t *field;
        int64_t least, most;
        const char *name;
    } rows[] = {
        {&rule.duration_min, 1, RULE_DURATION_MAX, "duration (minutes) must be 1 to 1440"},
        {&rule.increment_min, RULE_INCREMENT_MIN, RULE_INCREMENT_MAX, "increment"},
        {&rule.buffer_before_min, 0, RULE_BUFFER_MAX, "buffer before"},
        {&rule.buffer_after_min, 0, RULE_BUFFER_MAX, "buffer after"},
        {&rule.notice_min, 0, RULE_NOTICE_MAX, "notice"},
        {&rule.horizon_days, 0, RULE_HORIZON_MAX, "horizon"},
        {&rule.max_per_day, 0, RULE_PER_DAY_MAX, "bookings per day"},
        {&rule.blocking, 0, (1 << BUSY_STATUS_COUNT) - 1, "statuses that block"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int64_t bad[] = {rows[i].least - 1, rows[i].most + 1, INT64_MIN, INT64_MAX};
        for (size_t k = 0; k < 4; k++) {
            rule = sound();
            *rows[i].field = bad[k];
            assert_refused(&rule, rows[i].name);
        }
        rule = sound();
        *rows[i].field = rows[i].least;
        assert_int_equal(rule_check(&rule, zone_find(zones, rule.zone), NULL), OK);
        *rows[i].field = rows[i].most;
        assert_int_equal(rule_check(&rule, zone_find(zones, rule.zone), NULL), OK);
    }
}

static void hours_have_bounds(void **state)
{
    (void)state;
    struct rule rule = sound();
    static const struct hours bad[] = {
        {-1, 0, 60}, {7, 0, 60},   {0, -1, 60},     {0, 60, 60},
        {0, 61, 60}, {0, 0, 1441}, {0, 1440, 1440}, {0, INT64_MIN, INT64_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hours[0] = bad[i];
        assert_refused(&rule, i < 2 ? "weekday" : "hours (minutes");
    }
    rule = sound();
    rule.n_hours = MAX_HOURS + 1;
    assert_refused(&rule, "weekly spans");
}

static void dates_have_bounds(void **state)
{
    (void)state;
    struct rule rule = sound();
    static const struct override bad[] = {{20000, -1, 60}, {20000, 61, 60}, {20000, 0, 1441}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        overrides[0] = bad[i];
        assert_refused(&rule, "date's hours");
    }
    overrides[0] = (struct override){CIVIL_LAST_DAY + 1, 0, 60};
    assert_refused(&rule, "date (days");
    overrides[0] = (struct override){20001, 60, 120};
    assert_refused(&rule, "2024-10-05 is closed and has hours too");
    rule = sound();
    rule.n_overrides = MAX_OVERRIDES + 1;
    assert_refused(&rule, "dated spans");
}

static void spans_of_a_day_do_not_overlap(void **state)
{
    (void)state;
    struct error err = {0};
    struct hours week[] = {{0, 540, 720}, {0, 720, 780}, {1, 600, 700}};
    struct override dates[] = {{20000, 540, 720}, {20000, 720, 780}, {20001, 0, 0}};
    struct rule rule = {.hours = week, .n_hours = 3, .overrides = dates, .n_overrides = 3};
    assert_int_equal(rule_check_overlap(&rule, NULL), OK); /* touching is not overlapping */
    week[2] = (struct hours){0, 600, 700};
    assert_int_equal(rule_check_overlap(&rule, &err), ERR_INVALID);
    assert_string_equal(err.what, "Monday: 09:00-12:00 and 10:00-11:40 overlap");
    week[2] = week[1];
    assert_int_equal(rule_check_overlap(&rule, &err), ERR_INVALID);
    assert_string_equal(err.what, "Monday: 12:00-13:00 and 12:00-13:00 overlap");
    rule.n_hours = 2;
    dates[1].from_minute--;
    assert_int_equal(rule_check_overlap(&rule, &err), ERR_INVALID);
    assert_string_equal(err.what, "2024-10-04: 09:00-12:00 and 11:59-13:00 overlap");
    dates[0] = dates[1] = (struct override){20001, 0, 0};
    assert_int_equal(rule_check_overlap(&rule, &err), ERR_INVALID);
    assert_string_equal(err.what, "2024-10-05 is closed twice");
}

static void an_unknown_zone_is_named(void **state)
{
    (void)state;
    struct rule rule = sound();
    rule.zone = TEXT("Mars/Olympus");
    assert_refused(&rule, "Mars/Olympus");
}

static void what_is_not_known_blocks(void **state)
{
    (void)state;
    struct rule rule = sound();
    assert_false(rule_blocks(&rule, BUSY_FREE));
    assert_false(rule_blocks(&rule, BUSY_ELSEWHERE));
    assert_true(rule_blocks(&rule, BUSY_TENTATIVE));
    assert_true(rule_blocks(&rule, BUSY_BUSY));
    assert_true(rule_blocks(&rule, BUSY_OOF));
    rule.blocking = 0;
    assert_false(rule_blocks(&rule, BUSY_BUSY));
    assert_true(rule_blocks(&rule, BUSY_NO_DATA));
    assert_true(rule_blocks(&rule, BUSY_STATUS_COUNT));
    assert_true(rule_blocks(&rule, (enum busy_status) - 1));
}

int main(void)
{
    zones = zones_load("/usr/share/zoneinfo", NULL);
    if (!zones)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_rule_passes),
        cmocka_unit_test(every_number_has_its_bounds_and_its_message),
        cmocka_unit_test(hours_have_bounds),
        cmocka_unit_test(dates_have_bounds),
        cmocka_unit_test(spans_of_a_day_do_not_overlap),
        cmocka_unit_test(an_unknown_zone_is_named),
        cmocka_unit_test(what_is_not_known_blocks),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
