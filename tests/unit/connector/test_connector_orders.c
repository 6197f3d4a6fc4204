/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rig.h"

enum { AT = RIG_NOW + 86400, HALF_HOUR = 1800 };

static struct rig rig;

static int begin(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_pair(&rig);
    rig_start(&rig);
    rig_run(&rig, 5);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(rig.n_wrong, 0);
    assert_null(strstr(buf_cstr(&rig.said), "Canary"));
    assert_null(strstr(rig_status(&rig), "Canary"));
    rig_done(&rig);
    return 0;
}

static enum desk_outcome outcome(struct rig_order *order)
{
    assert_true(order->is_done);
    assert_int_equal(order->n_outcomes, 1);
    return order->outcome;
}

static void a_booking_is_written_moved_and_removed(void **state)
{
    (void)state;
    struct rig_order *create = rig_order(&rig, DESK_CREATE, "b1", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(create), DESK_WRITTEN);
    assert_int_equal(rig_find(&rig, "b1")->busy.start.s, AT);
    assert_int_equal(strlen(create->id), 32);
    assert_true(rig_is_equal(&rig)); /* and it was pushed like all others */

    /* Half of the new time is taken by itself. */
    struct rig_order *move = rig_order(&rig, DESK_UPDATE, "b1", AT + 900, AT + 900 + HALF_HOUR);
    snprintf(move->id, sizeof move->id, "%s", create->id);
    rig_run(&rig, 125);
    assert_int_equal(outcome(move), DESK_WRITTEN);
    assert_int_equal(rig_find(&rig, "b1")->busy.start.s, AT + 900);
    assert_string_equal(move->id, create->id);

    struct rig_order *gone = rig_order(&rig, DESK_REMOVE, "b1", AT, AT); /* the uid is enough */
    rig_run(&rig, 125);
    assert_int_equal(outcome(gone), DESK_WRITTEN);
    assert_null(rig_find(&rig, "b1"));
    assert_int_equal(rig.connector.kept.written.n_events, 0);
}

static void a_taken_time_is_refused(void **state)
{
    (void)state;
    int own = rig_event(&rig, AT + 1700, AT + 3000, BUSY_TENTATIVE);
    struct rig_order *create = rig_order(&rig, DESK_CREATE, "b1", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(create), DESK_BUSY);
    assert_null(rig_find(&rig, "b1"));
    rig.events[own].busy.status = BUSY_ELSEWHERE; /* not in this page's blocking */
    struct rig_order *again = rig_order(&rig, DESK_CREATE, "b2", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(again), DESK_WRITTEN);
    rig.events[own].busy.status = BUSY_NO_DATA; /* always blocks */
    struct rig_order *third = rig_order(&rig, DESK_CREATE, "b3", AT + 2000, AT + 2500);
    rig_run(&rig, 125);
    assert_int_equal(outcome(third), DESK_BUSY);
}

static void an_event_that_its_owner_removed_is_gone(void **state)
{
    (void)state;
    struct rig_order *create = rig_order(&rig, DESK_CREATE, "b1", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(create), DESK_WRITTEN);
    rig_find(&rig, "b1")->is_there = false;
    struct rig_order *move = rig_order(&rig, DESK_UPDATE, "b1", AT + 900, AT + 2700);
    struct rig_order *removal = rig_order(&rig, DESK_REMOVE, "b1", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(move), DESK_GONE);
    assert_int_equal(outcome(removal), DESK_WRITTEN);
}

static void what_it_did_not_write_is_not_touched(void **state)
{
    (void)state;
    int own = rig_event(&rig, AT, AT + HALF_HOUR, BUSY_BUSY);
    struct rig_event before = rig.events[own];
    rig_order(&rig, DESK_REMOVE, "not-mine", AT, AT + HALF_HOUR);
    rig_order(&rig, DESK_UPDATE, "not-mine", AT + 60, AT + HALF_HOUR);
    struct rig_order *nameless = rig_order(&rig, DESK_REMOVE, "", AT, AT + HALF_HOUR);
    rig_run(&rig, 125);
    assert_int_equal(outcome(nameless), DESK_FAILED);
    assert_memory_equal(&before, &rig.events[own], sizeof before);
}

static void an_id_of_another_event_is_refused(void **state)
{
    (void)state;
    struct rig_order *one = rig_order(&rig, DESK_CREATE, "b1", AT, AT + HALF_HOUR);
    struct rig_order *other = rig_order(&rig, DESK_CREATE, "b2", AT + 3600, AT + 4600);
    rig_run(&rig, 125);
    assert_string_not_equal(one->id, other->id);
    struct rig_order *mixed = rig_order(&rig, DESK_REMOVE, "b2", AT + 3600, AT + 4600);
    snprintf(mixed->id, sizeof mixed->id, "%s", one->id);
    rig_run(&rig, 125);
    assert_int_equal(outcome(mixed), DESK_FAILED);
    assert_non_null(rig_find(&rig, "b1"));
    assert_non_null(rig_find(&rig, "b2"));
}

static void a_calendar_that_fails_leaves_it_for_later(void **state)
{
    (void)state;
    struct rig_order *create = rig_order(&rig, DESK_CREATE, "b1", AT, AT + HALF_HOUR);
    rig.calendar_fails = ERR_TIMEOUT;
    rig_run(&rig, 600);
    assert_false(create->is_done);
    rig.calendar_fails = OK;
    rig_run(&rig, 900);
    assert_int_equal(outcome(create), DESK_WRITTEN);
}

/* Kill the program at every call of a life that does one order, start it again, and look. */
static void killed_anywhere_it_is_written_once(void **state)
{
    (void)state;
    static const struct {
        enum desk_order_kind kind;
        int64_t start;
    } cases[] = {{DESK_CREATE, AT}, {DESK_UPDATE, AT + 900}, {DESK_REMOVE, AT + 900}};
    for (int call = 0; call < 120; call++) {
        rig_done(&rig);
        rig_init(&rig);
        rig_pair(&rig);
        rig.lives_for = call;
        rig_start(&rig);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct rig_order *order = rig_order(&rig, cases[i].kind, "b1", cases[i].start,
                                                cases[i].start + HALF_HOUR);
            for (int tries = 0; tries < 10 && !order->is_done; tries++) {
                rig_run(&rig, 300);
                if (rig.is_dead) {
                    rig_stop(&rig);
                    rig.lives_for = -1;
                    rig_start(&rig);
                }
            }
            assert_int_equal(outcome(order), DESK_WRITTEN);
            struct rig_event *event = rig_find(&rig, "b1");
            assert_true(cases[i].kind == DESK_REMOVE
                            ? !event
                            : event && event->busy.start.s == cases[i].start);
        }
        rig_run(&rig, 600);
        assert_int_equal(rig.n_wrong, 0);
        assert_true(rig_is_equal(&rig));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_booking_is_written_moved_and_removed, begin, end),
        cmocka_unit_test_setup_teardown(a_taken_time_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(an_event_that_its_owner_removed_is_gone, begin, end),
        cmocka_unit_test_setup_teardown(what_it_did_not_write_is_not_touched, begin, end),
        cmocka_unit_test_setup_teardown(an_id_of_another_event_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_calendar_that_fails_leaves_it_for_later, begin, end),
        cmocka_unit_test_setup_teardown(killed_anywhere_it_is_written_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
