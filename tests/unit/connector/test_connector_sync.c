/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

static int begin(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_pair(&rig);
    rig_event(&rig, RIG_NOW + 3600, RIG_NOW + 7200, BUSY_BUSY);
    rig_event(&rig, RIG_NOW + 3600, RIG_NOW + 7200, BUSY_TENTATIVE);
    rig_event(&rig, RIG_NOW + 90000, RIG_NOW + 91000, BUSY_FREE);
    rig_start(&rig);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static void the_first_sync_is_whole(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    assert_true(rig_is_equal(&rig));
    assert_int_equal(rig.n_times, 2);
    assert_int_equal(rig.n_full, 1);
}

static void what_changes_is_all_that_is_sent(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    int changes = rig.n_changes;
    int one = rig_event(&rig, RIG_NOW + 9000, RIG_NOW + 9900, BUSY_OOF);
    rig_run(&rig, 61);
    assert_int_equal(rig.n_changes, changes + 1);
    assert_true(rig_is_equal(&rig));
    rig.events[one].busy.end.s += 60;
    rig_step(&rig, SIGNAL_CALENDAR, 2000);
    rig_run(&rig, 3); /* far below the interval: the hint counts */
    assert_int_equal(rig.n_changes, changes + 3);
    assert_true(rig_is_equal(&rig));
    int pushes = rig.n_push;
    rig_run(&rig, 300);
    assert_int_equal(rig.n_changes, changes + 3);
    assert_true(rig.n_push > pushes); /* the lease is renewed by pushes of nothing */
    assert_int_equal(rig.n_full, 1);
}

static void a_restart_goes_on(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    rig_stop(&rig);
    rig.events[0].is_there = false;
    rig_start(&rig);
    rig_run(&rig, 5);
    assert_int_equal(rig.n_full, 1);
    assert_true(rig_is_equal(&rig));
}

static void a_server_that_holds_something_else_is_told_all(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    rig.sequence++;
    rig_event(&rig, RIG_NOW + 9000, RIG_NOW + 9900, BUSY_OOF);
    rig_run(&rig, 70);
    assert_int_equal(rig.n_full, 2);
    assert_true(rig_is_equal(&rig));
    rig.epoch++; /* as after a restore of the server's database */
    rig_run(&rig, 130);
    assert_int_equal(rig.n_full, 3);
    assert_true(rig_is_equal(&rig));
}

static void a_calendar_that_cannot_be_read_is_not_pushed(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    int pushes = rig.n_push;
    rig.calendar_fails = ERR_NO_DATA;
    rig_run(&rig, 600);
    assert_int_equal(rig.n_push, pushes);
    assert_non_null(strstr(rig_status(&rig), "Problem with the calendar: calendar: Outlook"));
    rig.calendar_fails = OK;
    rig_run(&rig, 400);
    assert_true(rig.n_push > pushes);
    assert_null(strstr(rig_status(&rig), "Problem"));
}

static void many_times_go_in_parts(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    struct kept kept CLEANUP(kept_done) = {0};
    struct server_line line CLEANUP(server_line_done) = {0};
    struct secret token CLEANUP(secret_free) = secret_new(RIG_TOKEN, strlen(RIG_TOKEN));
    struct error err;
    struct sync_told told;
    enum { N = 2 * DESK_PUSH_MAX + 7 };
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    server_line_init(&line, &rig.platform, TEXT(RIG_URL), RIG_CONNECTION, &token);
    struct stretch *list = ARENA_ARRAY(&a, N, struct stretch);
    for (int i = 0; i < N; i++)
        list[i].busy = (struct busy){{RIG_NOW + i * 10}, {RIG_NOW + i * 10 + 5}, BUSY_BUSY};
    struct sync_window window = sync_window_at((struct instant){RIG_NOW}, 60);
    assert_int_equal(sync_push(&kept, &line, rig.epoch, window, list, N, &told, &err), OK);
    assert_int_equal(rig.n_push, 3);
    assert_int_equal(rig.n_times, N);
    assert_true(rig.is_whole && told.is_full);
    assert_int_equal(sync_push(&kept, &line, rig.epoch, window, list, 5, &told, &err), OK);
    assert_int_equal(rig.n_times, 5);
    assert_false(told.is_full);

    rig.broken = ERR_TIMEOUT; /* nobody knows whether it was taken */
    assert_int_equal(sync_push(&kept, &line, rig.epoch, window, list, 6, &told, &err),
                     ERR_TIMEOUT);
    assert_int_equal(kept.journal.sequence, 0);
    rig.broken = OK;
    assert_int_equal(sync_push(&kept, &line, rig.epoch, window, list, 6, &told, &err), OK);
    assert_true(told.is_full);
}

static void an_empty_calendar_is_told_too(void **state)
{
    (void)state;
    for (int i = 0; i < RIG_EVENTS; i++)
        rig.events[i].is_there = false;
    rig_run(&rig, 5);
    assert_true(rig.is_whole);
    assert_true(rig_is_equal(&rig));
}

static void the_window_has_whole_days(void **state)
{
    (void)state;
    struct sync_window window = sync_window_at((struct instant){86400 * 3 + 5}, 2);
    assert_int_equal(window.from.s, 86400 * 3);
    assert_int_equal(window.to.s, 86400 * 6);
    window = sync_window_at((struct instant){-1}, INT64_MAX);
    assert_int_equal(window.from.s, -86400);
    assert_true(window.to.s > window.from.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_sync_is_whole, begin, end),
        cmocka_unit_test_setup_teardown(what_changes_is_all_that_is_sent, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_holds_something_else_is_told_all, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_calendar_that_cannot_be_read_is_not_pushed, begin,
                                        end),
        cmocka_unit_test_setup_teardown(many_times_go_in_parts, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_calendar_is_told_too, begin, end),
        cmocka_unit_test(the_window_has_whole_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
