/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar/ews/value.h"
#include "time/instant.h"

static void expect_time(const char *text, bool round_up, const char *wanted)
{
    struct instant t;
    char said[INSTANT_SIZE];
    if (ews_time_parse(text_from(text), round_up, &t) != OK)
        fail_msg("not read: %s", text);
    instant_format(t, said);
    assert_string_equal(said, wanted);
}

static void times_are_read_in_every_shape_that_servers_send(void **state)
{
    (void)state;
    expect_time("2026-11-23T08:00:00", false, "2026-11-23T08:00:00Z");
    expect_time("2026-11-23T08:00:00Z", false, "2026-11-23T08:00:00Z");
    expect_time("2026-11-23T08:00:00.0Z", true, "2026-11-23T08:00:00Z");
    expect_time("2026-11-23T08:00:00.1234567", false, "2026-11-23T08:00:00Z");
    expect_time("2026-11-23T08:00:00.000000001", true, "2026-11-23T08:00:01Z");
    expect_time("2026-11-23T08:00:00+01:00", false, "2026-11-23T07:00:00Z");
    expect_time("2026-11-23T08:00:00+0100", false, "2026-11-23T07:00:00Z");
    expect_time("2026-11-23T08:00:00-05:45", false, "2026-11-23T13:45:00Z");
    expect_time("2026-12-31T23:30:00-01:00", false, "2027-01-01T00:30:00Z");
    expect_time("\n  2026-11-23T08:00:00Z\r\n ", false, "2026-11-23T08:00:00Z");
    expect_time("0001-01-01T00:00:00+14:00", false, "0001-01-01T00:00:00Z");
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "2026-11-23",
        "2026-11-23T08:00",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:01Z",
        "2026-11-23T08:00:60Z",
        "2026-11-23 08:00:00Z",
        "2026-11-23T08:00:00z",
        "2026-11-23T08:00:00.Z",
        "2026-11-23T08:00:00.1234567890Z",
        "2026-11-23T08:00:00+1",
        "2026-11-23T08:00:00+15:00",
        "2026-11-23T08:00:00+01:60",
        "2026-11-23T08:00:00ZZ",
        "02026-11-23T08:00:00Z",
        "-2026-11-23T08:00:00Z",
        "+026-11-23T08:00:00Z",
    };
    struct instant t;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (ews_time_parse(text_from(wrong[i]), false, &t) != ERR_INVALID)
            fail_msg("read: %s", wrong[i]);
}

static void an_unknown_status_is_no_data(void **state)
{
    (void)state;
    assert_int_equal(ews_status_parse(TEXT("Free")), BUSY_FREE);
    assert_int_equal(ews_status_parse(TEXT("\n  OOF ")), BUSY_OOF);
    assert_int_equal(ews_status_parse(TEXT("WorkingElsewhere")), BUSY_ELSEWHERE);
    assert_int_equal(ews_status_parse(TEXT("NoData")), BUSY_NO_DATA);
    assert_int_equal(ews_status_parse(TEXT("free")), BUSY_NO_DATA);
    assert_int_equal(ews_status_parse(TEXT("")), BUSY_NO_DATA);
    assert_int_equal(ews_digit_status('0'), BUSY_FREE);
    assert_int_equal(ews_digit_status('3'), BUSY_OOF);
    assert_int_equal(ews_digit_status('4'), BUSY_NO_DATA);
    assert_int_equal(ews_digit_status('x'), BUSY_NO_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_every_shape_that_servers_send),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(an_unknown_status_is_no_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
