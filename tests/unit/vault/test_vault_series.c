/* SPDX-License-Identifier: ISC
 *
 * Series: all sessions or none, what clashes is said of each, and what was left in flight goes forward.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "time/civil.h"

enum { N = 5, WEEK_DAYS = 7 };

static int set_up(void **state)
{
    struct rig *rig = malloc(sizeof *rig);
    rig_start(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_stop(*state);
    free(*state);
    return 0;
}

static struct instant session(int hour, int week)
{
    return instant_add_s(rig_tomorrow(hour), week * WEEK_DAYS * CIVIL_DAY_S);
}

/* N weeks from tomorrow on, at ten. */
static enum status ask(struct rig *rig, bool skips, struct booking_series_answer *ret_answer)
{
    static struct series_time times[N];
    for (int i = 0; i < N; i++)
        times[i] = (struct series_time){session(10, i).s / CIVIL_DAY_S, 10 * 60};
    struct booking_series_ask ask = {
        .account = TEXT("acme"),
        .page = TEXT("intro"),
        .times = times,
        .n_times = N,
        .customer = {.name = TEXT("Cleo"), .email = TEXT("cleo@example.org")},
        .beyond_rules = true,
        .skip_clashes = skips,
    };
    *ret_answer = (struct booking_series_answer){0};
    return rig_command(rig, WIRE_booking_series, &ask, ret_answer);
}

static void all_sessions_are_written_and_read_back(void **state)
{
    struct rig *rig = *state;
    struct booking_series_answer series;
    assert_int_equal(ask(rig, false, &series), OK);
    assert_true(series.n_sessions == N && series.n_clashes == 0 && series.id.n == 16);
    assert_int_equal(script_events(&rig->script), N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(series.sessions[i].state, BOOKING_CONFIRMED);
        assert_int_equal(series.sessions[i].start.s, session(10, i).s);
    }
}

static void what_clashes_is_said_of_each_and_may_be_skipped(void **state)
{
    struct rig *rig = *state;
    struct booking_series_answer series;
    struct busy busy = {session(9, 1), session(12, 1), BUSY_BUSY};
    SCRIPT_SET(&rig->script, rig->script.busy[0] = busy; rig->script.n_busy = 1);
    assert_int_equal(ask(rig, false, &series), ERR_CONFLICT);
    assert_true(series.n_clashes == 1 && series.clashes[0].start.s == session(10, 1).s);
    assert_int_equal(series.clashes[0].reasons[0].why, WHY_BUSY);
    assert_int_equal(script_events(&rig->script), 0);
    assert_int_equal(ask(rig, true, &series), OK);
    assert_true(series.n_clashes == 1 && series.n_sessions == N - 1);
    assert_int_equal(ask(rig, true, &series), ERR_CONFLICT); /* nothing is left of it */
    assert_true(series.n_clashes == N && script_events(&rig->script) == N - 1);
}

static void an_unknown_calendar_books_nothing(void **state)
{
    struct rig *rig = *state;
    struct booking_series_answer series;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_NETWORK);
    assert_int_equal(ask(rig, true, &series), ERR_CONFLICT);
    assert_true(series.n_clashes == N && script_events(&rig->script) == 0);
}

static void a_refused_write_takes_all_of_it_back(void **state)
{
    struct rig *rig = *state;
    struct booking_series_answer series;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_create] = ERR_UPSTREAM);
    assert_int_equal(ask(rig, false, &series), ERR_CONFLICT);
    assert_true(series.n_sessions == 0 && script_events(&rig->script) == 0);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_create] = OK);
    assert_int_equal(ask(rig, false, &series), OK); /* its times are free */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(all_sessions_are_written_and_read_back),
        CASE(what_clashes_is_said_of_each_and_may_be_skipped),
        CASE(an_unknown_calendar_books_nothing),
        CASE(a_refused_write_takes_all_of_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
