/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "time/civil.h"

static void every_day_of_ten_thousand_years_follows_the_one_before(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = CIVIL_FIRST_DAY;
    int weekday = 0; /* 0001-01-01 was a Monday */
    for (int year = 1; year <= 9999; year++) {
        int leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        for (int month = 1; month <= 12; month++)
            for (int of_month = 1; of_month <= lengths[month - 1] + (month == 2 && leap);
                 of_month++) {
                struct civil c = civil_from_days(day);
                assert_true(c.year == year && c.month == month && c.day == of_month);
                assert_true(civil_days(c) == day && civil_weekday(day) == weekday);
                day++;
                weekday = (weekday + 1) % 7;
            }
    }
    assert_int_equal(day, CIVIL_LAST_DAY + 1);
}

static void seconds_before_1970_round_down(void **state)
{
    (void)state;
    struct civil c = civil_from_seconds(-1);
    assert_int_equal(c.year, 1969);
    assert_int_equal(c.month * 100 + c.day, 1231);
    assert_int_equal(c.hour * 10000 + c.minute * 100 + c.second, 235959);
    assert_int_equal(civil_seconds(c), -1);
    assert_int_equal(civil_day_of(-1), -1);
    assert_int_equal(civil_day_of(-CIVIL_DAY_S), -1);
    assert_int_equal(civil_day_of(-CIVIL_DAY_S - 1), -2);
}

static void what_lies_outside_the_years_is_the_nearest_inside(void **state)
{
    (void)state;
    assert_int_equal(civil_from_days(INT64_MIN).year, 1);
    assert_int_equal(civil_from_days(INT64_MAX).year, 9999);
    assert_int_equal(civil_from_seconds(INT64_MIN).second, 0);
    assert_int_equal(civil_from_seconds(INT64_MAX).second, 59);
}

static void no_such_dates(void **state)
{
    (void)state;
    struct civil good = {2024, 2, 29, 23, 59, 59};
    assert_true(civil_is_valid(good));
    static const struct civil bad[] = {
        {2023, 2, 29, 0, 0, 0}, {1900, 2, 29, 0, 0, 0}, {2024, 4, 31, 0, 0, 0},
        {2024, 0, 1, 0, 0, 0},  {2024, 13, 1, 0, 0, 0}, {2024, 1, 0, 0, 0, 0},
        {2024, 1, 1, 24, 0, 0}, {2024, 1, 1, 0, 60, 0}, {2024, 1, 1, 0, 0, 60},
        {0, 1, 1, 0, 0, 0},     {10000, 1, 1, 0, 0, 0}, {2024, 1, 1, -1, 0, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(civil_is_valid(bad[i]));
}

static void dates_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const char *const good[] = {"0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t day;
        char again[CIVIL_DATE_SIZE];
        assert_int_equal(civil_parse_date(text_from(good[i]), &day), OK);
        civil_format_date(day, again);
        assert_string_equal(again, good[i]);
    }
}

static void what_is_not_exactly_a_date_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2024",        "2024-1-01",   "2024-02-30", "2023-02-29",
        "0000-01-01", "2024-01-01 ", " 2024-01-01", "2024/01/01", "+024-01-01",
        "2024-01-0x", "20240101",    "2024-13-01",  "2024-00-10", "2024-01-00",
        "-001-01-01", "12024-01-01", "2024-01-01T",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t day = 42;
        assert_int_equal(civil_parse_date(text_from(bad[i]), &day), ERR_INVALID);
        assert_int_equal(day, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_ten_thousand_years_follows_the_one_before),
        cmocka_unit_test(seconds_before_1970_round_down),
        cmocka_unit_test(what_lies_outside_the_years_is_the_nearest_inside),
        cmocka_unit_test(no_such_dates),
        cmocka_unit_test(dates_are_read_as_they_are_written),
        cmocka_unit_test(what_is_not_exactly_a_date_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
