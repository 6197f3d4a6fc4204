/* SPDX-License-Identifier: ISC
 *
 * What is sent to a server and what is withheld: refused sign-ins, throttling, replaced passwords, couriers
 * that die or hang.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"

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

static struct connection_row connection_of(struct rig *rig)
{
    struct connection_list_ask ask = {.account = TEXT("acme")};
    struct connection_list_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_list, &ask, &answer), OK);
    assert_int_equal(answer.n_rows, 1);
    return answer.rows[0];
}

/* Ask for slots and expect so many more calls to the calendar, and slots or none. */
static void look(struct rig *rig, int n_calls, bool has_slots)
{
    struct slots_answer slots;
    int before = script_calls(&rig->script, WIRE_busy);
    size_t n = rig_slots(rig, rig_tomorrow(0), &slots);
    assert_int_equal(script_calls(&rig->script, WIRE_busy) - before, n_calls);
    assert_int_equal(n > 0, has_slots);
}

static void refuse_sign_ins(struct rig *rig, bool refuses)
{
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = refuses ? ERR_AUTH : OK);
}

static void a_refused_sign_in_is_tried_once_more_then_paused(void **state)
{
    struct rig *rig = *state;
    refuse_sign_ins(rig, true);
    look(rig, 1, false);
    assert_int_equal(connection_of(rig).state, CONNECTION_REFUSED_ONCE);
    look(rig, 0, false);
    rig_clock_set(899);
    look(rig, 0, false);
    rig_clock_set(900);
    look(rig, 1, false);
    assert_int_equal(connection_of(rig).state, CONNECTION_PAUSED);
    rig_clock_set(7 * 86400);
    refuse_sign_ins(rig, false);
    look(rig, 0, false); /* nothing is ever sent until somebody acts */
    rig_clock_set(900);

    struct connection_password_ask ask = {.account = TEXT("acme"),
                                          .id = connection_of(rig).id,
                                          .password = secret_new("second", 6)};
    struct connection_password_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_password, &ask, &answer), OK);
    secret_free(&ask.password);
    look(rig, 1, true);
    SCRIPT_SAYS(&rig->script, password, "second");
    assert_int_equal(connection_of(rig).state, CONNECTION_OK);
}

static void a_retry_that_goes_well_ends_the_doubt(void **state)
{
    struct rig *rig = *state;
    refuse_sign_ins(rig, true);
    look(rig, 1, false);
    refuse_sign_ins(rig, false);
    look(rig, 0, false);
    rig_clock_set(900);
    look(rig, 1, true);
    assert_int_equal(connection_of(rig).state, CONNECTION_OK);
    assert_int_equal(connection_of(rig).problem.n, 0);
}

static void the_doctor_ends_a_pause(void **state)
{
    struct rig *rig = *state;
    refuse_sign_ins(rig, true);
    look(rig, 1, false);
    rig_clock_set(900);
    look(rig, 1, false);
    refuse_sign_ins(rig, false);
    struct connection_check_ask ask = {.account = TEXT("acme"), .id = connection_of(rig).id};
    struct connection_check_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_check, &ask, &answer), OK);
    assert_int_equal(answer.n_layers, 1);
    look(rig, 1, true);
}

/* Ask through several edges at once, each for another page or week, so that no flight is shared. */
static void look_in_parallel(struct rig *rig, size_t n)
{
    struct link links[8];
    struct arena a = {0};
    for (size_t i = 0; i < n; i++) {
        rig_attach_edge(rig, &links[i]);
        struct slots_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
        ask.from = instant_add_s(rig_tomorrow(0), (int64_t)i * 7 * 86400);
        ask.to = instant_add_s(ask.from, 86400);
        assert_int_equal(link_send(&links[i], WIRE_slots, &ask, -1, clock_ms() + 20000), OK);
    }
    for (size_t i = 0; i < n; i++) {
        struct reply reply;
        struct slots_answer slots;
        assert_int_equal(
            link_receive(&links[i], WIRE_slots, clock_ms() + 20000, &a, &reply, &slots, NULL),
            OK);
        assert_int_equal(reply.status, OK);
        link_done(&links[i]);
    }
    arena_done(&a);
}

static void an_unproved_password_goes_out_once(void **state)
{
    struct rig *rig = *state;
    refuse_sign_ins(rig, true);
    SCRIPT_SET(&rig->script, rig->script.delay_ms = 50);
    look_in_parallel(rig, 6);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), 1);
    assert_int_equal(connection_of(rig).state, CONNECTION_REFUSED_ONCE);
}

/* Restart, and let six edges ask at once of a server that refuses; expect so many sign-ins. */
static void restart_and_look(struct rig *rig, int seconds, int n_calls)
{
    rig_restart(rig);
    rig_clock_set(seconds);
    refuse_sign_ins(rig, true);
    SCRIPT_SET(&rig->script, rig->script.delay_ms = 20);
    look_in_parallel(rig, 6);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), n_calls);
    look_in_parallel(rig, 6);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), n_calls);
}

static void a_refused_sign_in_waits_across_restarts_whoever_asks(void **state)
{
    struct rig *rig = *state;
    restart_and_look(rig, 0, 1);
    restart_and_look(rig, 1, 0);
    restart_and_look(rig, 450, 0);
    restart_and_look(rig, 899, 0);
    restart_and_look(rig, 900, 1);
    assert_int_equal(connection_of(rig).state, CONNECTION_PAUSED);
    restart_and_look(rig, 86400, 0);
}

static void reads_leave_a_courier_for_bookings(void **state)
{
    struct rig *rig = *state;
    look(rig, 1, true);
    SCRIPT_SET(&rig->script, rig->script.delay_ms = 50);
    look_in_parallel(rig, 6);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), 7);
    assert_int_equal(rig->script.most_at_once, COURIER_READS);
}

static void a_throttled_server_is_left_alone(void **state)
{
    struct rig *rig = *state;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_LIMIT;
               rig->script.retry_s = 60);
    look(rig, 1, false);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = OK);
    look(rig, 0, false);
    rig_clock_set(59);
    look(rig, 0, false);
    rig_clock_set(60);
    look(rig, 1, true);
    assert_int_equal(connection_of(rig).state, CONNECTION_OK);
}

static void a_dead_courier_costs_nothing(void **state)
{
    struct rig *rig = *state;
    look(rig, 1, true);
    SCRIPT_SET(&rig->script, rig->script.swallows[WIRE_busy] = true);
    look(rig, 1, false); /* died at work: unknown is never free */
    SCRIPT_SET(&rig->script, rig->script.swallows[WIRE_busy] = false);
    int spawned = script_calls(&rig->script, WIRE_open);
    look(rig, 1, true);
    assert_int_equal(script_calls(&rig->script, WIRE_open), spawned + 1);
}

static void a_hanging_courier_is_given_up(void **state)
{
    struct rig *rig = *state;
    SCRIPT_SET(&rig->script, rig->script.delay_ms = 4000);
    int64_t start_ms = clock_ms();
    look(rig, 1, false);
    assert_true(clock_ms() - start_ms < 3500);
    SCRIPT_SET(&rig->script, rig->script.delay_ms = 0);
    look(rig, 1, true);
}

static void a_problem_is_written_down_and_goes(void **state)
{
    struct rig *rig = *state;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_TLS);
    look(rig, 1, false);
    assert_true(text_equal(connection_of(rig).problem, TEXT("script: as the test wanted")));
    assert_int_equal(connection_of(rig).state, CONNECTION_OK);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = OK);
    look(rig, 1, true);
    assert_int_equal(connection_of(rig).problem.n, 0);
}

static void a_calendar_that_is_gone_is_told(void **state)
{
    struct rig *rig = *state;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_NOT_FOUND);
    look(rig, 1, false);
    assert_true(connection_of(rig).problem.n > 0);
    assert_int_equal(connection_of(rig).state, CONNECTION_OK);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = OK);
    look(rig, 1, true);
    assert_int_equal(connection_of(rig).problem.n, 0);
}

static void removing_a_connection_ends_its_couriers(void **state)
{
    struct rig *rig = *state;
    look(rig, 1, true);
    struct connection_remove_ask ask = {.account = TEXT("acme"), .id = connection_of(rig).id};
    struct connection_remove_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_remove, &ask, &answer), OK);
    look(rig, 0, true); /* bookings in hourgate only */
    pthread_mutex_lock(&rig->v.couriers.lock);
    size_t n_children = rig->v.couriers.n_children;
    pthread_mutex_unlock(&rig->v.couriers.lock);
    assert_int_equal(n_children, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_refused_sign_in_is_tried_once_more_then_paused),
        CASE(a_retry_that_goes_well_ends_the_doubt),
        CASE(the_doctor_ends_a_pause),
        CASE(an_unproved_password_goes_out_once),
        CASE(a_refused_sign_in_waits_across_restarts_whoever_asks),
        CASE(reads_leave_a_courier_for_bookings),
        CASE(a_throttled_server_is_left_alone),
        CASE(a_dead_courier_costs_nothing),
        CASE(a_hanging_courier_is_given_up),
        CASE(a_problem_is_written_down_and_goes),
        CASE(a_calendar_that_is_gone_is_told),
        CASE(removing_a_connection_ends_its_couriers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
