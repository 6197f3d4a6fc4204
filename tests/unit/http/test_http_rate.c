/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/rate.h"

static const unsigned char ann[16] = "ann", bob[16] = "bob";

static int take_all(struct rate *rate, const unsigned char *key, int64_t now_ms,
                    int64_t *ret_retry_s)
{
    int taken = 0;
    while (taken < 100000 && rate_take(rate, key, now_ms, ret_retry_s))
        taken++;
    return taken;
}

static void a_burst_then_one_at_a_time(void **state)
{
    (void)state;
    struct rate *rate = rate_new(60, 10, 42);
    int64_t retry_s = 0;
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 10);
    assert_in_range(retry_s, 1, 2);
    assert_int_equal(take_all(rate, ann, 1900, &retry_s), 0);
    assert_int_equal(take_all(rate, ann, 2000, &retry_s), 1);
    assert_int_equal(take_all(rate, ann, 7000, &retry_s), 5);
    assert_int_equal(take_all(rate, ann, 10000000, &retry_s), 10);
    rate_free(rate);
}

static void addresses_do_not_share(void **state)
{
    (void)state;
    struct rate *rate = rate_new(60, 10, 42);
    int64_t retry_s;
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 10);
    assert_int_equal(take_all(rate, bob, 1000, &retry_s), 10);
    rate_free(rate);
}

static void retry_is_when_it_may(void **state)
{
    (void)state;
    struct rate *rate = rate_new(6, 1, 42);
    int64_t retry_s;
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 1);
    assert_in_range(retry_s, 10, 11);
    assert_true(rate_take(rate, ann, 1000 + retry_s * 1000, &retry_s));
    rate_free(rate);
}

static void a_flood_of_addresses_does_not_free_the_one_that_asked_most(void **state)
{
    (void)state;
    struct rate *rate = rate_new(60, 10, 42);
    int64_t retry_s;
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 10);
    for (uint32_t i = 0; i < 200000; i++) {
        unsigned char key[16] = "flood";
        memcpy(key + 8, &i, sizeof i);
        rate_take(rate, key, 1000, &retry_s);
    }
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 0);
    rate_free(rate);
}

static void looking_takes_nothing(void **state)
{
    (void)state;
    struct rate *rate = rate_new(60, 2, 42);
    int64_t retry_s = 0;
    for (int i = 0; i < 10; i++)
        assert_true(rate_has(rate, ann, 1000, &retry_s));
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 2);
    retry_s = 0;
    assert_false(rate_has(rate, ann, 1000, &retry_s));
    assert_true(retry_s >= 1);
    assert_true(rate_has(rate, ann, 1000 + retry_s * 1000, &retry_s));
    rate_free(rate);
}

static void zero_allows_everything(void **state)
{
    (void)state;
    struct rate *rate = rate_new(0, 10, 42);
    int64_t retry_s;
    assert_int_equal(take_all(rate, ann, 1000, &retry_s), 100000);
    rate_free(rate);
    rate_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_one_at_a_time),
        cmocka_unit_test(addresses_do_not_share),
        cmocka_unit_test(retry_is_when_it_may),
        cmocka_unit_test(a_flood_of_addresses_does_not_free_the_one_that_asked_most),
        cmocka_unit_test(looking_takes_nothing),
        cmocka_unit_test(zero_allows_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
