/* SPDX-License-Identifier: ISC
 *
 * Dates and times as texts: ours (RFC 3339) and those of Exchange. What is read is within the range that all
 * code works with, and reads the same when it is written.
 */
#include "calendar/ews/value.h"
#include "time/civil.h"
#include "time/instant.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void check_instant(struct instant t)
{
    char written[INSTANT_SIZE];
    struct instant same;
    instant_format(t, written);
    ENSURE(instant_parse(text_from(written), &same) == OK && same.s == t.s);
    ENSURE(instant_clamp(t).s == t.s);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct text t = {(const char *)at, n};
    struct instant ours, down, up;
    int64_t day;
    if (instant_parse(t, &ours) == OK)
        check_instant(ours);
    if (civil_parse_date(t, &day) == OK) {
        char written[CIVIL_DATE_SIZE];
        civil_format_date(day, written);
        ENSURE(text_equal(text_from(written), t));
    }
    bool has_down = ews_time_parse(t, false, &down) == OK;
    bool has_up = ews_time_parse(t, true, &up) == OK;
    if (has_down && has_up)
        ENSURE(down.s <= up.s && up.s <= down.s + 1);
    if (has_down)
        check_instant(down);
    ENSURE((unsigned)ews_status_parse(t) < BUSY_STATUS_COUNT);
    for (size_t i = 0; i < n; i++)
        ENSURE((unsigned)ews_digit_status(t.at[i]) < BUSY_STATUS_COUNT);
    return 0;
}
