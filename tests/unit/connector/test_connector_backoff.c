/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/backoff.h"

static void doubles_up_to_the_limit(void **state)
{
    (void)state;
    struct backoff backoff = {0};
    int64_t least_ms = 0;
    for (int i = 0; i < 40; i++) {
        int64_t ms = backoff_failed_ms(&backoff, 900, 0);
        assert_true(ms >= least_ms && ms <= 900 * 500);
        least_ms = ms;
    }
    assert_int_equal(least_ms, 900 * 500);
}

static void spreads(void **state)
{
    (void)state;
    for (uint64_t chance = 0; chance < 100000; chance += 977) {
        struct backoff backoff = {.n_failures = 3};
        int64_t ms = backoff_failed_ms(&backoff, 900, chance);
        assert_true(ms >= 20000 && ms < 50000);
    }
    struct backoff one = {.n_failures = 3}, other = {.n_failures = 3};
    assert_int_not_equal(backoff_failed_ms(&one, 900, 1), backoff_failed_ms(&other, 900, 2));
}

static void takes_any_number(void **state)
{
    (void)state;
    struct backoff backoff = {.n_failures = UINT32_MAX};
    assert_true(backoff_failed_ms(&backoff, 900, UINT64_MAX) <= 900 * 1250);
    assert_int_equal(backoff_failed_ms(&backoff, 0, UINT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_up_to_the_limit),
        cmocka_unit_test(spreads),
        cmocka_unit_test(takes_any_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
