/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lang/moment.h"

static struct zones *zones;
static const struct instant morning = {1795507200}; /* 2026-11-24T08:00:00Z, 09:00 in Zurich */

static const struct zone *zone(const char *name)
{
    const struct zone *found = zone_find(zones, text_from(name));
    assert_non_null(found);
    return found;
}

/* Commas come and go with ICU's versions. */
static void is(struct text given, const char *wanted)
{
    char without[128];
    struct text got = {without, 0};
    assert_true(given.n < sizeof without);
    for (size_t i = 0; i < given.n; i++)
        if (given.at[i] != ',')
            without[got.n++] = given.at[i];
    if (!text_equal(got, text_from(wanted)))
        fail_msg(TEXT_FMT " instead of %s", TEXT_ARG(got), wanted);
}

static int start(void **state)
{
    (void)state;
    struct error err;
    zones = zones_load("/usr/share/zoneinfo", &err);
    if (zones && moment_init(&err) == OK)
        return 0;
    print_error("%s: %s\n", err.where, err.what);
    return -1;
}

static int end(void **state)
{
    (void)state;
    moment_done();
    zones_free(zones);
    return 0;
}

static void days_are_written_as_the_language_does(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    const struct zone *zurich = zone("Europe/Zurich");
    is(moment_day(&a, LANGUAGE_EN, zurich, morning), "Tuesday 24 November 2026");
    is(moment_day(&a, LANGUAGE_DE, zurich, morning), "Dienstag 24. November 2026");
    is(moment_day(&a, LANGUAGE_FR, zurich, morning), "mardi 24 novembre 2026");
    is(moment_day(&a, LANGUAGE_IT, zurich, morning), "marted\u00ec 24 novembre 2026");
    is(moment_time(&a, LANGUAGE_DE, zurich, morning), "09:00");
}

/* Every zone, each hour of a day on which many change their clocks: what ICU writes is our wall clock. */
static void the_clock_is_ours(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    size_t pos = 0;
    for (const struct zone *z; (z = zones_next(zones, &pos));)
        for (int64_t s = 1774746000; s < 1774746000 + 86400; s += 3600) {
            struct civil c = zone_civil(z, (struct instant){s});
            char wanted[16];
            snprintf(wanted, sizeof wanted, "%02d:%02d", c.hour, c.minute);
            is(moment_time(&a, LANGUAGE_DE, z, (struct instant){s}), wanted);
        }
}

static void a_span_over_midnight_says_so(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct slot slot = {morning, {morning.s + 1800}};
    is(moment_span(&a, LANGUAGE_EN, zone("Europe/Zurich"), slot), "09:00 \u2013 09:30");
    slot.end.s = morning.s + 86400;
    is(moment_span(&a, LANGUAGE_EN, zone("Europe/Zurich"), slot),
       "09:00 \u2013 Wed 25 Nov 09:00");
}

static void durations_are_counted(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    is(moment_duration(&a, LANGUAGE_EN, 1), "1 minute");
    is(moment_duration(&a, LANGUAGE_DE, 60), "1 Stunde");
    is(moment_duration(&a, LANGUAGE_FR, 90), "1 heure 30 minutes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_written_as_the_language_does),
        cmocka_unit_test(the_clock_is_ours),
        cmocka_unit_test(a_span_over_midnight_says_so),
        cmocka_unit_test(durations_are_counted),
    };
    return cmocka_run_group_tests(tests, start, end);
}
