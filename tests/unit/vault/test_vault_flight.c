/* SPDX-License-Identifier: ISC
 *
 * A thousand equal questions, one call to the calendar; and who may not share a flight.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"
#include "vault/request.h"
#include "wire/codec.h"

static void windows_become_whole_weeks(void **state)
{
    (void)state;
    struct instant monday = {1803859200}; /* 2027-03-01T00:00:00Z */
    struct instant from = instant_add_s(monday, 5), to = instant_add_s(monday, 6);
    flight_widen(&from, &to);
    assert_int_equal(from.s, monday.s);
    assert_int_equal(to.s, monday.s + 7 * 86400);
    flight_widen(&from, &to); /* whole weeks stay */
    assert_int_equal(from.s, monday.s);
    assert_int_equal(to.s, monday.s + 7 * 86400);
    from.s = -1, to.s = 1; /* around the epoch, a Thursday */
    flight_widen(&from, &to);
    assert_int_equal(from.s, -3 * 86400);
    assert_int_equal(to.s, 4 * 86400);
}

static void one_leads_and_the_others_join(void **state)
{
    (void)state;
    struct flights flights;
    struct peer *peer;
    int one, two;
    struct channel ch;
    assert_int_equal(channel_pair(&one, &two), OK);
    channel_init(&ch, one, 1000, 1000);
    peer = peer_new(ch, ROLE_EDGE, -1);
    flights_init(&flights, 3);

    struct passenger p = {.peer = peer, .type = WIRE_slots, .from = {100}, .to = {200}};
    struct flight *led, *second, *other;
    assert_int_equal(flight_board(&flights, TEXT("a"), TEXT("p"), &p, &led), OK);
    assert_non_null(led);
    p.from.s = 50; /* another window of the same week */
    assert_int_equal(flight_board(&flights, TEXT("a"), TEXT("p"), &p, &second), OK);
    assert_null(second);
    assert_int_equal(flight_board(&flights, TEXT("a"), TEXT("q"), &p, &other), OK);
    assert_non_null(other);
    assert_int_equal(flight_board(&flights, TEXT("a"), TEXT("p"), &p, &second), ERR_FULL);

    assert_int_equal(led->n_passengers, 2);
    flight_close(&flights, led);
    assert_int_equal(flight_board(&flights, TEXT("a"), TEXT("p"), &p, &second), OK);
    assert_non_null(second); /* nobody joins a closed one */
    flight_free(&flights, led);
    flight_free(&flights, second);
    flight_free(&flights, other);
    flights_done(&flights);
    peer_close(peer);
    peer_release(peer);
    close(two);
}

enum { VISITORS = 1000, UPSTREAM_MS = 300 };

static int by_value(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

/* Send many questions over one channel at once, then take all the answers; fills how long each took. */
static void ask_together(struct rig *rig, int64_t *took_us)
{
    struct channel *ch = &rig->edge.ch;
    struct slots_ask ask = {
        .account = TEXT("acme"), .page = TEXT("intro"), .from = rig_tomorrow(0)};
    int64_t start_us = clock_us();
    for (uint64_t i = 0; i < VISITORS; i++) {
        ask.to = instant_add_s(ask.from, (i % 2 ? 5 : 4) * 86400); /* visitors in two zones */
        assert_int_equal(frame_ask(&ch->out, WIRE_slots, i, 20000, 0, &ask), OK);
    }
    size_t got = 0;
    while (got < VISITORS) {
        enum status status = channel_flush(ch);
        assert_true(status == OK || status == ERR_NOT_FOUND);
        status = channel_fill(ch);
        assert_true(status == OK || status == ERR_NOT_FOUND);
        struct frame frame;
        size_t size;
        while (frame_next(buf_text(&ch->in), &frame, &size) == OK) {
            struct arena a = {0};
            struct reply reply;
            struct slots_answer answer;
            assert_int_equal(frame_read_answer(&a, &frame, &reply, &answer), OK);
            assert_int_equal(reply.status, OK);
            assert_int_equal(answer.n_slots, (frame.number % 2 ? 5 : 4) * 16);
            arena_done(&a);
            for (uint32_t i = 0; i < frame.n_others; i++) {
                assert_int_equal(frame_other(&frame, i) % 2, frame.number % 2);
                took_us[got++] = clock_us() - start_us;
            }
            channel_drop(ch, size);
            took_us[got++] = clock_us() - start_us;
        }
        if (got < VISITORS && status == ERR_NOT_FOUND)
            assert_int_equal(channel_wait(ch, false, clock_ms() + 20000), OK);
    }
    qsort(took_us, VISITORS, sizeof *took_us, by_value);
}

static void a_thousand_visitors_are_one_call(void **state)
{
    (void)state;
    static struct rig rig;
    static int64_t took_us[VISITORS];
    rig_start(&rig);
    SCRIPT_SET(&rig.script, rig.script.delay_ms = UPSTREAM_MS);
    ask_together(&rig, took_us);
    assert_int_equal(script_calls(&rig.script, WIRE_busy), 1);
    printf("# %d visitors, upstream %d ms: p50 %+.1f ms, p99 %+.1f ms, calls %d\n", VISITORS,
           UPSTREAM_MS, (double)took_us[VISITORS / 2] / 1000 - UPSTREAM_MS,
           (double)took_us[VISITORS * 99 / 100] / 1000 - UPSTREAM_MS,
           script_calls(&rig.script, WIRE_busy));
    ask_together(&rig, took_us); /* nothing was kept */
    assert_int_equal(script_calls(&rig.script, WIRE_busy), 2);
    rig_stop(&rig);
}

/* While a flight with old news is in the air, somebody books; whoever asks then must not be offered it. */
static void a_flight_never_offers_what_was_booked_before_it_closed(void **state)
{
    (void)state;
    static struct rig rig;
    rig_start(&rig);
    struct link other;
    struct arena a = {0};
    struct book_answer booked;
    struct slots_answer slots;
    struct reply reply;
    struct slots_ask ask = {.account = TEXT("acme"),
                            .page = TEXT("intro"),
                            .from = rig_tomorrow(0),
                            .to = rig_tomorrow(24)};
    rig_attach_edge(&rig, &other);
    SCRIPT_SET(&rig.script, rig.script.delay_ms = 600);
    assert_int_equal(link_send(&rig.edge, WIRE_slots, &ask, -1, clock_ms() + 5000), OK);
    while (script_calls(&rig.script, WIRE_busy) == 0)
        poll(NULL, 0, 5);
    SCRIPT_SET(&rig.script, rig.script.delay_ms = 0);
    assert_int_equal(rig_book(&rig, &other, &a, rig_tomorrow(10), "Cleo", "", &booked), OK);
    assert_int_equal(script_calls(&rig.script, WIRE_busy), 2); /* a read of its own */
    assert_int_equal(
        link_receive(&rig.edge, WIRE_slots, clock_ms() + 5000, &a, &reply, &slots, NULL), OK);
    assert_false(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    assert_true(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(11)));
    secret_free(&booked.token);
    link_done(&other);
    arena_done(&a);
    rig_stop(&rig);
}

/* An edge that asks and never reads must cost no more than itself. */
static void a_peer_that_does_not_read_is_cut_off(void **state)
{
    (void)state;
    static struct rig rig;
    rig_start(&rig);
    struct link deaf;
    struct slots_answer slots;
    struct slots_ask ask = {
        .account = TEXT("acme"), .page = TEXT("intro"), .from = rig_tomorrow(0)};
    rig_attach_edge(&rig, &deaf);
    for (uint64_t i = 0; i < VISITORS; i++) {
        ask.to = instant_add_s(ask.from, 58 * 86400 + (int64_t)i); /* no two are equal */
        assert_int_equal(frame_ask(&deaf.ch.out, WIRE_slots, i, 20000, 0, &ask), OK);
    }
    assert_int_equal(channel_flush(&deaf.ch), OK);
    int64_t start_ms = clock_ms();
    struct pollfd end = {.fd = deaf.ch.fd, .events = POLLRDHUP};
    while (poll(&end, 1, 50) == 0 && clock_ms() < start_ms + 20000)
        assert_true(rig_slots(&rig, rig_tomorrow(0), &slots) >
                    0); /* others are served meanwhile */
    int64_t took_ms = clock_ms() - start_ms;
    printf("# cut off after %d ms\n", (int)took_ms);
    assert_true(took_ms > 4000 && took_ms < 10000);
    link_done(&deaf);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_become_whole_weeks),
        cmocka_unit_test(one_leads_and_the_others_join),
        cmocka_unit_test(a_thousand_visitors_are_one_call),
        cmocka_unit_test(a_flight_never_offers_what_was_booked_before_it_closed),
        cmocka_unit_test(a_peer_that_does_not_read_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
