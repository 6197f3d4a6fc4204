/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar/busylist.h"

static void add(struct busylist *list, int64_t start, int64_t end, enum busy_status status)
{
    busylist_add(list, (struct busy){{start}, {end}, status});
}

static void expect(const struct busy *busy, int64_t start, int64_t end, enum busy_status status)
{
    assert_int_equal(busy->start.s, start);
    assert_int_equal(busy->end.s, end);
    assert_int_equal(busy->status, status);
}

static void what_touches_or_overlaps_is_merged_per_status(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(busylist_done) struct busylist list = {0};
    struct busy *busy;
    size_t n;
    add(&list, 50, 60, BUSY_BUSY);
    add(&list, 10, 20, BUSY_BUSY);
    add(&list, 15, 30, BUSY_OOF);
    add(&list, 20, 25, BUSY_BUSY);
    add(&list, 12, 14, BUSY_BUSY);
    assert_int_equal(
        busylist_finish(&list, (struct instant){0}, (struct instant){100}, &a, &busy, &n), OK);
    assert_int_equal(n, 3);
    expect(&busy[0], 10, 25, BUSY_BUSY);
    expect(&busy[1], 15, 30, BUSY_OOF);
    expect(&busy[2], 50, 60, BUSY_BUSY);
}

static void the_window_clips(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(busylist_done) struct busylist list = {0};
    struct busy *busy;
    size_t n;
    add(&list, -5, 10, BUSY_BUSY);  /* ends where the window begins */
    add(&list, -50, 15, BUSY_BUSY); /* begins before it */
    add(&list, 90, 200, BUSY_BUSY);
    add(&list, 100, 200, BUSY_BUSY); /* begins where it ends */
    add(&list, 30, 30, BUSY_BUSY);   /* holds no time */
    add(&list, 40, 35, BUSY_BUSY);   /* ends before it starts */
    assert_int_equal(
        busylist_finish(&list, (struct instant){10}, (struct instant){100}, &a, &busy, &n), OK);
    assert_int_equal(n, 2);
    expect(&busy[0], 10, 15, BUSY_BUSY);
    expect(&busy[1], 90, 100, BUSY_BUSY);
}

static void too_many_are_never_a_part(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(busylist_done) struct busylist list = {0};
    struct busy *busy;
    size_t n;
    for (int64_t i = 0; i < MAX_BUSY; i++)
        add(&list, i * 10, i * 10 + 5, BUSY_BUSY);
    assert_int_equal(
        busylist_finish(&list, (struct instant){0}, (struct instant){1000000}, &a, &busy, &n),
        OK);
    assert_int_equal(n, MAX_BUSY);
    add(&list, 1, 2, BUSY_BUSY);
    assert_int_equal(
        busylist_finish(&list, (struct instant){0}, (struct instant){1000000}, &a, &busy, &n),
        ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_touches_or_overlaps_is_merged_per_status),
        cmocka_unit_test(the_window_clips),
        cmocka_unit_test(too_many_are_never_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
