/* SPDX-License-Identifier: ISC
 *
 * Who is watched, what a hint leads to, and what becomes of a stream that breaks or that nobody wants any more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"
#include "vault/watch.h"

enum { POLL_S = 180, TURNS_MS = 5000, FIRST = 1 };

struct scene {
    struct rig rig;
    struct follower follower;
    struct watcher watcher;
    struct book_answer booked;
    int64_t clock_s;
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    rig_start(&s->rig);
    follower_init(&s->follower, &s->rig.v, POLL_S);
    watcher_init(&s->watcher, &s->follower, WATCH_STREAMS);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    secret_free(&s->booked.token);
    watcher_done(&s->watcher);
    follower_done(&s->follower);
    rig_stop(&s->rig);
    free(s);
    return 0;
}

static void book(struct scene *s, int hour)
{
    secret_free(&s->booked.token);
    assert_int_equal(
        rig_book(&s->rig, &s->rig.edge, &s->rig.a, rig_tomorrow(hour), "Cleo", "", &s->booked),
        OK);
}

static int64_t gauge(struct scene *s)
{
    return atomic_load(&s->rig.v.metrics.mailboxes_watched);
}

static bool is_quiet(const struct scene *s, enum stream_state state)
{
    return s->watcher.streams[0].state == state;
}

/* Turn until the first place is in that state. */
static void turn_until(struct scene *s, enum stream_state state)
{
    int64_t end_ms = clock_ms() + TURNS_MS;
    while (!is_quiet(s, state) && clock_ms() < end_ms)
        watcher_turn(&s->watcher, clock_ms() + 50);
    assert_int_equal(s->watcher.streams[0].state, state);
}

static void turn_for_hints(struct scene *s, int64_t n)
{
    int64_t end_ms = clock_ms() + TURNS_MS;
    while (atomic_load(&s->rig.v.metrics.hints) < n && clock_ms() < end_ms)
        watcher_turn(&s->watcher, clock_ms() + 50);
    assert_true(atomic_load(&s->rig.v.metrics.hints) >= n);
}

static void open_stream(struct scene *s)
{
    watcher_plan(&s->watcher);
    turn_until(s, STREAM_LISTENING);
    assert_int_equal(gauge(s), 1);
}

static void wait_s(struct scene *s, int64_t seconds)
{
    s->clock_s += seconds;
    rig_clock_set(s->clock_s);
}

/* ---- tests ---- */

static void who_has_nothing_coming_is_not_watched(void **state)
{
    struct scene *s = *state;
    watcher_plan(&s->watcher);
    assert_true(is_quiet(s, STREAM_FREE));
    book(s, 10);
    open_stream(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_watch), 1);
}

static void a_hint_leads_to_one_question(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    follow_hinted(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1); /* before the stream */
    follow_hinted(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1);

    script_move(&s->rig.script, 0, rig_tomorrow(14), instant_add_s(rig_tomorrow(14), 1800));
    SCRIPT_SET(&s->rig.script, s->rig.script.hints++);
    turn_for_hints(s, 2);
    follow_hinted(&s->follower);
    struct booking_ask ask = {.token = s->booked.token};
    struct booking_answer answer;
    assert_int_equal(rig_ask(&s->rig, WIRE_booking, &ask, &answer), OK);
    assert_int_equal(answer.booking.start.s, rig_tomorrow(14).s);
}

static void what_is_watched_is_polled_less_often(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    follow_hinted(&s->follower);
    int before = script_calls(&s->rig.script, WIRE_changes);
    wait_s(s, POLL_S * 3 / 2);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), before);
    wait_s(s, POLL_S * FOLLOW_SLOWER);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), before + 1);
}

static void a_stream_that_breaks_is_a_gap_and_polled(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    follow_hinted(&s->follower);
    int before = script_calls(&s->rig.script, WIRE_changes);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_watch_wait] = ERR_UPSTREAM);
    turn_until(s, STREAM_FREE);
    follow_hinted(&s->follower); /* what was lost with it */
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), before + 1);
    wait_s(s, POLL_S * 3 / 2);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), before + 2);
    assert_int_equal(gauge(s), 0);
}

static void it_is_opened_again_after_a_while(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    SCRIPT_SET(&s->rig.script, s->rig.script.loses[WIRE_watch_wait] = true);
    turn_until(s, STREAM_FREE);
    SCRIPT_SET(&s->rig.script, s->rig.script.loses[WIRE_watch_wait] = false);
    watcher_plan(&s->watcher);
    assert_true(is_quiet(s, STREAM_FREE));
    wait_s(s, 2 * BACKOFF_FIRST_S);
    open_stream(s);
}

static void a_refused_sign_in_is_one_for_jobs_too(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_watch] = ERR_AUTH);
    watcher_plan(&s->watcher);
    turn_until(s, STREAM_FREE);
    assert_int_equal(script_calls(&s->rig.script, WIRE_watch), 1);
    wait_s(s, 60);
    watcher_plan(&s->watcher);
    watcher_turn(&s->watcher, clock_ms() + 50);
    assert_int_equal(script_calls(&s->rig.script, WIRE_watch), 1);
    struct arena a = {0};
    struct busy_answer busy;
    struct error err = {0};
    const struct busy_ask ask = {.from = rig_tomorrow(8), .to = rig_tomorrow(20)};
    assert_int_equal(calendar_busy(&s->rig.v.calendar, FIRST, &ask, true, clock_ms() + 2000, &a,
                                   &busy, &err),
                     ERR_PAUSED);
    arena_done(&a);
}

/* ERR_FULL: the server lets nobody hold one stream more. */
static void a_limit_of_streams_holds_no_job_back(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_watch] = ERR_FULL);
    watcher_plan(&s->watcher);
    turn_until(s, STREAM_FREE);
    book(s, 11);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_watch] = ERR_LIMIT;
               s->rig.script.retry_s = 60);
    wait_s(s, 2 * BACKOFF_FIRST_S);
    watcher_plan(&s->watcher);
    turn_until(s, STREAM_FREE);
    secret_free(&s->booked.token);
    assert_int_not_equal(
        rig_book(&s->rig, &s->rig.edge, &s->rig.a, rig_tomorrow(12), "Cleo", "", &s->booked),
        OK); /* but one that is throttled does */
}

static void a_replaced_password_ends_the_stream_at_once(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    struct secret other = secret_new("second", 6);
    struct error err = {0};
    assert_int_equal(calendar_password_set(&s->rig.v.calendar, FIRST, &other, &err), OK);
    secret_free(&other);
    watcher_plan(&s->watcher); /* ends it, and opens the next with the new one */
    turn_until(s, STREAM_LISTENING);
    SCRIPT_SAYS(&s->rig.script, password, "second");
    assert_int_equal(script_calls(&s->rig.script, WIRE_unwatch), 0);
    assert_int_equal(script_calls(&s->rig.script, WIRE_watch), 2);
}

static void nobody_wants_it_any_more(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    open_stream(s);
    struct cancel_ask ask = {.token = s->booked.token};
    struct cancel_answer answer;
    assert_int_equal(rig_ask(&s->rig, WIRE_cancel, &ask, &answer), OK);
    watcher_plan(&s->watcher);
    turn_until(s, STREAM_FREE);
    assert_int_equal(script_calls(&s->rig.script, WIRE_unwatch), 1);
    assert_int_equal(gauge(s), 0);
}

static size_t children(struct scene *s)
{
    struct couriers *couriers = &s->rig.v.couriers;
    pthread_mutex_lock(&couriers->lock);
    size_t n = couriers->n_children;
    pthread_mutex_unlock(&couriers->lock);
    return n;
}

static void a_stream_holds_no_place_of_a_job(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    size_t before = children(s);
    open_stream(s);
    assert_int_equal(children(s), before);
    book(s, 11);
}

static void none_are_opened_where_there_may_be_none(void **state)
{
    struct scene *s = *state;
    watcher_init(&s->watcher, &s->follower, 0);
    book(s, 10);
    watcher_plan(&s->watcher);
    assert_int_equal(script_calls(&s->rig.script, WIRE_watch), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_has_nothing_coming_is_not_watched),
        TEST(a_hint_leads_to_one_question),
        TEST(what_is_watched_is_polled_less_often),
        TEST(a_stream_that_breaks_is_a_gap_and_polled),
        TEST(it_is_opened_again_after_a_while),
        TEST(a_refused_sign_in_is_one_for_jobs_too),
        TEST(a_limit_of_streams_holds_no_job_back),
        TEST(a_replaced_password_ends_the_stream_at_once),
        TEST(nobody_wants_it_any_more),
        TEST(a_stream_holds_no_place_of_a_job),
        TEST(none_are_opened_where_there_may_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
