/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "time/interval.h"

static struct interval between(int64_t start, int64_t end)
{
    return (struct interval){{start}, {end}};
}

static void assert_merged(struct interval *intervals, size_t n, const struct interval *expected,
                          size_t n_expected)
{
    assert_int_equal(interval_merge(intervals, n), n_expected);
    for (size_t i = 0; i < n_expected; i++) {
        assert_int_equal(intervals[i].start.s, expected[i].start.s);
        assert_int_equal(intervals[i].end.s, expected[i].end.s);
    }
}

static void touching_overlapping_and_nested_ones_become_one(void **state)
{
    (void)state;
    struct interval list[] = {between(50, 60), between(10, 20), between(20, 30),
                              between(25, 40), between(26, 27), between(10, 11),
                              between(41, 42)};
    const struct interval expected[] = {between(10, 40), between(41, 42), between(50, 60)};
    assert_merged(list, 7, expected, 3);
}

static void empty_ones_vanish_and_reversed_ones_are_turned(void **state)
{
    (void)state;
    struct interval list[] = {between(5, 5), between(30, 20), between(25, 25), between(0, 1)};
    const struct interval expected[] = {between(0, 1), between(20, 30)};
    assert_merged(list, 4, expected, 2);
    assert_int_equal(interval_merge(list, 0), 0);
    assert_int_equal(interval_merge(NULL, 0), 0);
}

static void extremes_do_not_overflow(void **state)
{
    (void)state;
    struct interval list[] = {between(INT64_MAX - 1, INT64_MAX),
                              between(INT64_MIN, INT64_MIN + 1), between(INT64_MAX, INT64_MIN)};
    const struct interval expected[] = {between(INT64_MIN, INT64_MAX)};
    assert_merged(list, 3, expected, 1);
}

/* Random intervals on a short line, against a line of flags. */
static void random_ones_cover_the_same_points(void **state)
{
    (void)state;
    enum { LINE = 200, MOST = 40 };
    srand(7);
    for (int round = 0; round < 2000; round++) {
        struct interval list[MOST];
        bool before[LINE + 1] = {false}, after[LINE + 1] = {false};
        size_t n = (size_t)(rand() % MOST);
        for (size_t i = 0; i < n; i++) {
            int64_t start = rand() % LINE, length = rand() % 12;
            list[i] = between(start, start + length < LINE ? start + length : LINE);
            for (int64_t at = list[i].start.s; at < list[i].end.s; at++)
                before[at] = true;
        }
        n = interval_merge(list, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(list[i].start.s < list[i].end.s);
            assert_true(i == 0 || list[i - 1].end.s < list[i].start.s);
            for (int64_t at = list[i].start.s; at < list[i].end.s; at++)
                after[at] = true;
        }
        assert_memory_equal(before, after, sizeof before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touching_overlapping_and_nested_ones_become_one),
        cmocka_unit_test(empty_ones_vanish_and_reversed_ones_are_turned),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(random_ones_cover_the_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
