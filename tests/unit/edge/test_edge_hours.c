/* SPDX-License-Identifier: ISC
 *
 * What a person types of hours, dates and reminders: read leniently, written so that it reads the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "edge/place/hours.h"

static const char *round_trip(struct arena *a, const char *typed)
{
    struct rule rule = {.hours = ARENA_ARRAY(a, MAX_HOURS, struct hours)};
    if (!hours_read(text_from(typed), 3, &rule))
        return NULL;
    return arena_cstr(a, hours_write(&rule, 3, a));
}

static void hours_are_read_as_people_write_them(void **state)
{
    static const char *const right[][2] = {
        {"", ""},
        {"9-12", "09:00-12:00"},
        {"9:15 - 12.30, 13:30\xe2\x80\x93"
         "17",
         "09:15-12:30, 13:30-17:00"},
        {"9-12 13-17", "09:00-12:00, 13:00-17:00"},
        {"0-24:00", "00:00-24:00"},
    };
    static const char *const wrong[] = {"9",     "9-",      "9-9",     "12-9",  "9 to 5",
                                        "25-26", "9:60-10", "9-24:01", "-9-12", "9-12x"};
    struct arena a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_string_equal(round_trip(&a, right[i][0]), right[i][1]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(round_trip(&a, wrong[i]));
    arena_done(&a);
}

static void dates_are_a_line_each(void **state)
{
    struct arena a = {0};
    struct rule rule = {0};
    int64_t line = 0;
    (void)state;
    const char *typed = "2026-12-24 closed\n\n2026-12-31 9-12, 14-16\n2027-01-02\n";
    assert_true(hours_read_dates(text_from(typed), &a, &rule, &line));
    assert_int_equal(rule.n_overrides, 4);
    struct text written = hours_write_dates(&rule, &a);
    assert_true(text_equal(written, TEXT("2026-12-24 closed\n2026-12-31 09:00-12:00, "
                                         "14:00-16:00\n2027-01-02 closed")));
    assert_false(hours_read_dates(TEXT("2026-12-24 closed\n24.12.2026"), &a, &rule, &line));
    assert_int_equal(line, 2);
    arena_done(&a);
}

static void reminders_have_a_unit(void **state)
{
    struct arena a = {0};
    struct reminder reminders[MAX_REMINDERS];
    size_t n = 9;
    (void)state;
    assert_true(hours_read_reminders(TEXT("1d, 2 h,30 min 45"), reminders, &n));
    assert_int_equal(n, 4);
    assert_true(
        text_equal(hours_write_reminders(reminders, n, &a), TEXT("1 d, 2 h, 30 min, 45 min")));
    assert_true(hours_read_reminders(TEXT(""), reminders, &n) && n == 0);
    assert_false(hours_read_reminders(TEXT("1 week"), reminders, &n));
    assert_false(hours_read_reminders(TEXT("1d 1d 1d 1d 1d 1d"), reminders, &n));
    arena_done(&a);
}

static void there_is_room_for_so_many(void **state)
{
    struct arena a = {0};
    struct rule rule = {.hours = ARENA_ARRAY(&a, MAX_HOURS, struct hours),
                        .n_hours = MAX_HOURS - 1};
    (void)state;
    assert_true(hours_read(TEXT("9-10"), 0, &rule));
    assert_false(hours_read(TEXT("11-12"), 0, &rule));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_read_as_people_write_them),
        cmocka_unit_test(dates_are_a_line_each),
        cmocka_unit_test(reminders_have_a_unit),
        cmocka_unit_test(there_is_room_for_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
