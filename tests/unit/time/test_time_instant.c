/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "time/instant.h"

static void instants_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t s;
        const char *again;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-22T09:00:00Z", 1795338000, "2026-11-22T09:00:00Z"},
        {"2026-11-22T10:00:00+01:00", 1795338000, "2026-11-22T09:00:00Z"},
        {"2026-11-22T03:30:00-05:30", 1795338000, "2026-11-22T09:00:00Z"},
        {"2026-11-22T09:00:00-00:00", 1795338000, "2026-11-22T09:00:00Z"},
        {"2026-11-22T09:00:00.000Z", 1795338000, "2026-11-22T09:00:00Z"},
        {"2026-11-22T09:00:00.0+00:00", 1795338000, "2026-11-22T09:00:00Z"},
        {"1969-12-31T23:59:59Z", -1, "1969-12-31T23:59:59Z"},
        {"0001-01-01T00:00:00Z", -62135596800, "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", 253402300799, "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct instant t;
        char again[INSTANT_SIZE];
        assert_int_equal(instant_parse(text_from(rows[i].text), &t), OK);
        assert_int_equal(t.s, rows[i].s);
        instant_format(t, again);
        assert_string_equal(again, rows[i].again);
    }
}

static void what_is_not_exactly_an_instant_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T",
        "2026-11-22T09:00:00",
        "2026-11-22T09:00Z",
        "2026-11-22 09:00:00Z",
        "2026-11-22t09:00:00z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "2026-11-22T09:60:00Z",
        "2026-11-22T09:00:00.5Z",
        "2026-11-22T09:00:00.Z",
        "2026-11-22T09:00:00.0000000000Z",
        "2026-11-22T09:00:00,0Z",
        "2026-11-22T09:00:00+0100",
        "2026-11-22T09:00:00+01",
        "2026-11-22T09:00:00+24:00",
        "2026-11-22T09:00:00+01:60",
        "2026-11-22T09:00:00 01:00",
        "2026-11-22T09:00:00Z ",
        "2026-11-22T09:00:00ZZ",
        "2026-11-31T09:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1795338000",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct instant t = {42};
        if (instant_parse(text_from(bad[i]), &t) != ERR_INVALID || t.s != 42)
            fail_msg("taken for an instant: \"%s\"", bad[i]);
    }
}

static void every_cut_of_an_instant_is_refused(void **state)
{
    (void)state;
    struct text whole = TEXT("2026-11-22T10:00:00.00+01:00");
    struct instant t;
    for (size_t n = 0; n < whole.n; n++)
        assert_int_equal(instant_parse((struct text){whole.at, n}, &t), ERR_INVALID);
    assert_int_equal(instant_parse(whole, &t), OK);
}

static void what_lies_outside_the_range_is_the_nearest_inside(void **state)
{
    (void)state;
    char text[INSTANT_SIZE];
    instant_format((struct instant){INT64_MIN}, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
    instant_format((struct instant){INT64_MAX}, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_read_and_written),
        cmocka_unit_test(what_is_not_exactly_an_instant_is_refused),
        cmocka_unit_test(every_cut_of_an_instant_is_refused),
        cmocka_unit_test(what_lies_outside_the_range_is_the_nearest_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
