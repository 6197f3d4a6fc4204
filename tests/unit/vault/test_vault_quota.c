/* SPDX-License-Identifier: ISC
 *
 * Bookings of an account in an hour: the bucket, and what visitors see of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"

static void a_bucket_refills_all_the_time(void **state)
{
    (void)state;
    struct quotas quotas;
    struct instant now = {1000000};
    quotas_init(&quotas);
    assert_true(quota_has(&quotas, 1, now)); /* no limit */
    quotas.per_hour = 4;
    for (int i = 0; i < 4; i++) {
        assert_true(quota_has(&quotas, 1, now));
        quota_take(&quotas, 1, now);
    }
    assert_false(quota_has(&quotas, 1, now));
    assert_true(quota_has(&quotas, 2, now)); /* another account's */
    assert_false(quota_has(&quotas, 1, instant_add_s(now, 899)));
    assert_true(quota_has(&quotas, 1, instant_add_s(now, 900)));
    quota_take(&quotas, 1, instant_add_s(now, 900));
    assert_false(quota_has(&quotas, 1, instant_add_s(now, 1799)));
    assert_false(quota_has(&quotas, 1, now)); /* a clock that goes back gives nothing */
    assert_true(quota_has(&quotas, 1, instant_add_s(now, 100000)));
    assert_int_equal(quotas.all.n, 0); /* what is full again is forgotten */
    quotas_done(&quotas);
}

static enum status book(struct rig *rig, int hour)
{
    struct book_answer booked = {0};
    enum status status =
        rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(hour), "Carla", "", &booked);
    assert_true(status == OK || booked.n_slots == 0);
    secret_free(&booked.token);
    return status;
}

static void an_empty_bucket_looks_like_a_full_calendar(void **state)
{
    (void)state;
    static struct rig rig;
    struct slots_answer slots;
    rig_start_with(&rig, (struct rig_options){.bookings_per_hour = 2});
    assert_true(rig_slots(&rig, rig_now(), &slots) > 0);
    for (int hour = 9; hour < 11; hour++)
        assert_int_equal(book(&rig, hour), OK);
    assert_int_equal(book(&rig, 12), ERR_CONFLICT);
    assert_int_equal(rig_slots(&rig, rig_now(), &slots), 0);
    assert_int_equal(script_events(&rig.script), 2);
    rig_clock_set(1800);
    assert_true(rig_slots(&rig, rig_now(), &slots) > 0);
    assert_int_equal(book(&rig, 12), OK);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_refills_all_the_time),
        cmocka_unit_test(an_empty_bucket_looks_like_a_full_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
