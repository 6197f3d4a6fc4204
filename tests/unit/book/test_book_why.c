/* SPDX-License-Identifier: ISC
 *
 * What the host is told agrees with the engine on every minute of a month, the clock's change in it, and each
 * reason names what stands in the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "book/rule.h"
#include "book/why.h"
#include "time/instant.h"

enum {
    MONTH_START = 1790805600, /* 2026-10-01T00:00 in Berlin; its clock goes back on the 25th */
    MONTH_MINUTES = 31 * 1440 + 60,
    HOUR = CIVIL_HOUR_S,
};

static struct zones *zones;

/* A busy practice: two spans a day, a day closed, a day of its own, buffers, limits, a full calendar. */
struct practice {
    struct hours hours[10];
    struct override overrides[2];
    struct busy busy[60];
    struct slot taken[10];
    struct instant booked[12];
    struct rule rule;
    struct slot_query query;
};

static struct practice *practice(void)
{
    static struct practice p;
    int64_t day = civil_day_of(MONTH_START + 2 * HOUR);
    for (int64_t i = 0; i < 10; i++)
        p.hours[i] = (struct hours){i / 2, i % 2 ? 13 * 60 : 8 * 60 + 30, i % 2 ? 1050 : 720};
    p.overrides[0] = (struct override){day + 6, 0, 0};
    p.overrides[1] = (struct override){day + 24, 60, 240}; /* the night of the 25th */
    for (int i = 0; i < 60; i++)
        p.busy[i] = (struct busy){{MONTH_START + i * 41 * HOUR / 3},
                                  {MONTH_START + i * 41 * HOUR / 3 + (i % 5) * 25 * 60},
                                  (enum busy_status)(i % BUSY_STATUS_COUNT)};
    for (int i = 0; i < 10; i++)
        p.taken[i] = (struct slot){{MONTH_START + (50 * i + 9) * HOUR},
                                   {MONTH_START + (50 * i + 10) * HOUR}};
    for (int i = 0; i < 12; i++)
        p.booked[i] = (struct instant){MONTH_START + (i / 3 * 72 + 9 + i % 3) * HOUR};
    p.rule = (struct rule){
        .zone = TEXT("Europe/Berlin"),
        .duration_min = 40,
        .increment_min = 20,
        .buffer_before_min = 5,
        .buffer_after_min = 10,
        .notice_min = 600,
        .horizon_days = 27,
        .max_per_day = 3,
        .blocking = RULE_BLOCKING_DEFAULT,
        .hours = p.hours,
        .n_hours = 10,
        .overrides = p.overrides,
        .n_overrides = 2,
    };
    p.query = (struct slot_query){
        .rule = &p.rule,
        .zone = zone_find(zones, p.rule.zone),
        .now = {MONTH_START + 8 * HOUR},
        .from = {MONTH_START},
        .to = {MONTH_START + MONTH_MINUTES * CIVIL_MINUTE_S},
        .busy = p.busy,
        .n_busy = 60,
        .taken = p.taken,
        .n_taken = 10,
        .booked = p.booked,
        .n_booked = 12,
    };
    return &p;
}

static void it_agrees_with_the_engine_on_every_minute_of_a_month(void **state)
{
    (void)state;
    struct practice *p = practice();
    struct arena a = {0}, each = {0};
    struct slot *slots;
    size_t n, next = 0, seen[WHY_COUNT] = {0};
    assert_int_equal(slot_list(&a, &p->query, &slots, &n, NULL), OK);
    assert_true(n > 50);
    for (int64_t t = p->query.from.s; t < p->query.to.s; t += CIVIL_MINUTE_S) {
        struct reason *reasons;
        size_t n_reasons;
        assert_int_equal(
            why_list(&each, &p->query, (struct instant){t}, &reasons, &n_reasons, NULL), OK);
        bool offered = next < n && slots[next].start.s == t;
        if (offered != (n_reasons == 0))
            fail_msg("%lld: offered %d, %zu reasons", (long long)t, offered, n_reasons);
        for (size_t i = 0; i < n_reasons; i++)
            seen[reasons[i].why]++;
        next += offered;
        arena_done(&each);
        each = (struct arena){0};
    }
    assert_int_equal(next, n);
    for (int why = 0; why < WHY_UNKNOWN; why++)
        assert_true(seen[why] > 0);
    arena_done(&a);
}

static struct reason only_reason(struct arena *a, const struct slot_query *q, int64_t at)
{
    struct reason *reasons;
    size_t n;
    assert_int_equal(why_list(a, q, (struct instant){at}, &reasons, &n, NULL), OK);
    assert_int_equal(n, 1);
    return reasons[0];
}

static void a_reason_says_what_it_is(void **state)
{
    (void)state;
    struct practice *p = practice();
    struct arena a = {0};
    int64_t friday = MONTH_START + 24 * HOUR; /* 2026-10-02 */
    struct busy meeting = {{friday + 10 * HOUR}, {friday + 11 * HOUR}, BUSY_OOF};
    p->query.busy = &meeting;
    p->query.n_busy = 1;
    p->query.n_taken = p->query.n_booked = 0;

    struct reason reason = only_reason(&a, &p->query, friday + 10 * HOUR + 30 * 60);
    assert_int_equal(reason.why, WHY_BUSY);
    assert_int_equal(reason.status, BUSY_OOF);
    assert_int_equal(reason.from.s, meeting.start.s);
    assert_int_equal(reason.to.s, meeting.end.s);

    /* Ends meet: the buffer of five minutes decides. */
    assert_int_equal(only_reason(&a, &p->query, friday + 9 * HOUR + 30 * 60).why, WHY_BUSY);

    reason = only_reason(&a, &p->query, friday + 11 * HOUR + 30 * 60);
    assert_int_equal(reason.why, WHY_HOURS);
    assert_int_equal(reason.number, 0);
    assert_int_equal(reason.to.s, friday + 12 * HOUR);

    reason = only_reason(&a, &p->query, friday + 6 * 24 * HOUR - 24 * HOUR + 9 * HOUR);
    assert_int_equal(reason.why, WHY_HOURS); /* closed that date */
    assert_int_equal(reason.number, 1);
    assert_int_equal(reason.from.s, reason.to.s);
    arena_done(&a);
}

static int load(void **state)
{
    (void)state;
    zones = zones_load("/usr/share/zoneinfo", NULL);
    return zones ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    zones_free(zones);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_the_engine_on_every_minute_of_a_month),
        cmocka_unit_test(a_reason_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
