/* SPDX-License-Identifier: ISC
 *
 * What a lost answer or a crash leaves in flight, and how it ends. A crash is made by writing to the store
 * what the vault would have written before it was killed, and starting another vault upon it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "os/clock.h"
#include "rig.h"
#include "wire/codec.h"

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

static size_t in_flight(struct rig *rig)
{
    struct unsettled_list list;
    struct error err;
    assert_int_equal(
        store_unsettled_list(rig->store, &rig->a, instant_add_s(rig_now(), 1), 0, &list, &err),
        OK);
    return list.n_rows;
}

static bool is_offered(struct rig *rig, struct instant start)
{
    struct slots_answer slots;
    rig_slots(rig, rig_tomorrow(0), &slots);
    return rig_has_slot(slots.slots, slots.n_slots, start);
}

/* Settle as the thread would, now. */
static void settle(struct rig *rig)
{
    settle_all(&rig->v, rig_now());
}

static enum booking_state state_of(struct rig *rig, const struct secret *token)
{
    struct booking_ask ask = {.token = *token};
    struct booking_answer answer;
    if (rig_ask(rig, WIRE_booking, &ask, &answer) != OK)
        return BOOKING_STATE_COUNT;
    return answer.booking.state;
}

/* Book so that the answer of the write is lost and the first look fails too. */
static struct secret book_uncertain(struct rig *rig, bool written)
{
    struct book_answer answer;
    SCRIPT_SET(&rig->script, rig->script.loses[WIRE_create] = written;
               rig->script.swallows[WIRE_create] = !written;
               rig->script.result[WIRE_find] = ERR_NETWORK);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "k", &answer),
                     OK);
    assert_int_equal(answer.booking.state, BOOKING_UNCERTAIN);
    assert_int_equal(in_flight(rig), 1);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_find] = OK);
    return answer.token;
}

static void an_uncertain_booking_that_stands_is_confirmed(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    assert_false(is_offered(rig, rig_tomorrow(10)));
    settle(rig);
    assert_int_equal(state_of(rig, &token), BOOKING_CONFIRMED);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(script_events(&rig->script), 1);
    secret_free(&token);
}

static void not_there_takes_two_looks(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, false);
    settle(rig);
    assert_int_equal(in_flight(rig), 1);
    rig_clock_set(5); /* not yet beyond the upstream's deadline */
    settle(rig);
    assert_int_equal(in_flight(rig), 1);
    assert_false(is_offered(rig, rig_tomorrow(10)));
    rig_clock_set(60);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(state_of(rig, &token), BOOKING_CANCELLED);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    secret_free(&token);
}

/* Change bookings behind the vault's back. */
static void change_bookings(struct rig *rig, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig->database, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Write a step down as begun by another node of the same database. */
static void give_to_another_node(struct rig *rig)
{
    change_bookings(rig, "UPDATE bookings SET step_node = 'another'");
}

/* Was the invitee to be told of the last removal? */
static bool told_removal(struct rig *rig)
{
    bool told;
    SCRIPT_SET(&rig->script, told = rig->script.told_removal);
    return told;
}

static void what_another_node_began_is_left_to_it_until_it_must_be_dead(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    give_to_another_node(rig);
    settle(rig);
    rig_clock_set(200);
    settle(rig);
    assert_int_equal(in_flight(rig), 1);
    assert_int_equal(script_calls(&rig->script, WIRE_find), 1); /* the request's own */
    rig_clock_set(400);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(state_of(rig, &token), BOOKING_CONFIRMED);
    secret_free(&token);
}

static void a_late_event_is_removed(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    SCRIPT_SET(&rig->script, rig->script.n_events = 0); /* not visible yet */
    settle(rig);
    rig_clock_set(60);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    SCRIPT_SET(&rig->script, rig->script.n_events = 1);
    rig_clock_set(70);
    settle(rig);
    assert_int_equal(script_events(&rig->script), 0);
    assert_false(told_removal(rig)); /* the booking says that nobody was invited */
    assert_true(is_offered(rig, rig_tomorrow(10)));
    secret_free(&token);
}

static void unreachable_is_no_look(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, false);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_find] = ERR_NETWORK);
    for (int hour = 1; hour < 4; hour++) {
        rig_clock_set(hour * 3600);
        settle(rig);
        assert_int_equal(in_flight(rig), 1);
    }
    secret_free(&token);
}

/* The page as the store knows it, to write with. */
static struct page_stored page_of(struct rig *rig)
{
    struct page_stored page;
    struct error err;
    assert_int_equal(
        store_page_find(rig->store, &rig->a, TEXT("acme"), TEXT("intro"), &page, &err), OK);
    return page;
}

/* Write down a hold as handle_book does, and stop there. */
static struct booking_stored hold(struct rig *rig, struct secret *ret_token)
{
    struct page_stored page = page_of(rig);
    struct slot slot = {rig_tomorrow(10), instant_add_s(rig_tomorrow(10), 1800)};
    struct customer customer = {
        .name = TEXT("Cleo"), .email = TEXT("c@example.org"), .zone = TEXT("UTC")};
    struct booking_hold hold = {.page = &page,
                                .slot = slot,
                                .occupied = slot,
                                .day = {rig_tomorrow(0), rig_tomorrow(24)},
                                .customer = &customer,
                                .title = TEXT("Intro - Cleo"),
                                .description = TEXT("Cleo"),
                                .key = TEXT("k"),
                                .now = rig_now(),
                                .hold_s = STORE_HOLD_S};
    struct booking_stored booking;
    struct error err = {0};
    bool is_fresh;
    assert_int_equal(
        store_booking_hold(rig->store, &rig->a, &hold, &booking, ret_token, &is_fresh, &err),
        OK);
    return booking;
}

static void what_a_room_declines_is_taken_back(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    SCRIPT_SET(&rig->script, rig->script.room = ROOM_DECLINED);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(script_events(&rig->script), 0);
    assert_int_equal(state_of(rig, &token), BOOKING_CANCELLED);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    assert_false(told_removal(rig));
    secret_free(&token);
}

static void whom_exchange_invited_hears_of_what_is_taken_back(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    change_bookings(rig, "UPDATE bookings SET invited = 1");
    SCRIPT_SET(&rig->script, rig->script.room = ROOM_DECLINED);
    settle(rig);
    assert_int_equal(script_events(&rig->script), 0);
    assert_true(told_removal(rig));
    secret_free(&token);
}

static void a_silent_room_is_waited_for_and_then_given_up(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    SCRIPT_SET(&rig->script, rig->script.room = ROOM_OPEN);
    rig_clock_set(899);
    settle(rig);
    assert_int_equal(state_of(rig, &token), BOOKING_UNCERTAIN);
    assert_int_equal(script_events(&rig->script), 1);
    rig_clock_set(901);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(script_events(&rig->script), 0);
    secret_free(&token);
}

static void what_a_room_accepts_late_is_confirmed(void **state)
{
    struct rig *rig = *state;
    struct secret token = book_uncertain(rig, true);
    SCRIPT_SET(&rig->script, rig->script.room = ROOM_OPEN);
    settle(rig);
    assert_int_equal(state_of(rig, &token), BOOKING_UNCERTAIN);
    SCRIPT_SET(&rig->script, rig->script.room = ROOM_ACCEPTED);
    settle(rig);
    assert_int_equal(state_of(rig, &token), BOOKING_CONFIRMED);
    secret_free(&token);
}

/* Settle every 5 s for so long; return how often the server was asked. */
static int settle_for(struct rig *rig, int *seconds, int for_s)
{
    int before = script_calls(&rig->script, WIRE_find);
    for (int end = *seconds + for_s; *seconds < end; *seconds += 5) {
        rig_clock_set(*seconds);
        settle(rig);
    }
    return script_calls(&rig->script, WIRE_find) - before;
}

static void a_dead_server_is_asked_less_and_less(void **state)
{
    struct rig *rig = *state;
    struct slots_answer slots;
    int seconds = 0;
    struct secret token = book_uncertain(rig, true);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_find] = ERR_NETWORK);
    int first_minutes = settle_for(rig, &seconds, 300),
        an_hour = settle_for(rig, &seconds, 3600);
    assert_in_range(first_minutes, 5, 7);
    assert_in_range(an_hour, 9, 12);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_find] = OK);
    rig_slots(rig, rig_tomorrow(0), &slots); /* it answers a visitor: worth asking at once */
    assert_int_equal(settle_for(rig, &seconds, 5), 1);
    assert_int_equal(state_of(rig, &token), BOOKING_CONFIRMED);
    secret_free(&token);
}

static void killed_after_the_hold_frees_the_slot(void **state)
{
    struct rig *rig = *state;
    struct secret token;
    hold(rig, &token);
    assert_false(is_offered(rig, rig_tomorrow(10)));
    rig_clock_set(3);
    rig_restart(rig);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    assert_int_equal(script_calls(&rig->script, WIRE_find), 0);
    secret_free(&token);
}

static void killed_after_the_write_confirms(void **state)
{
    struct rig *rig = *state;
    struct secret token;
    struct error err;
    struct booking_stored booking = hold(rig, &token);
    assert_int_equal(store_booking_begin(rig->store, booking.id, rig_now(), &err), OK);
    struct text uid = booking_uid(&rig->a, booking.id);
    SCRIPT_SET(&rig->script, rig->script.n_events = 1;
               memcpy(rig->script.events[0].uid, uid.at, uid.n + 1);
               rig->script.events[0].start = booking.slot.start;
               rig->script.events[0].end = booking.slot.end);
    rig_clock_set(3);
    rig_restart(rig);
    settle(rig);
    assert_int_equal(state_of(rig, &token), BOOKING_CONFIRMED);
    assert_int_equal(script_events(&rig->script), 1);

    struct book_answer again; /* the customer's program tries once more */
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "k", &again),
                     OK);
    assert_true(secret_equal(&again.token, &token));
    secret_free(&again.token);
    secret_free(&token);
}

static void killed_before_the_write_takes_the_booking_back(void **state)
{
    struct rig *rig = *state;
    struct secret token;
    struct error err;
    struct booking_stored booking = hold(rig, &token);
    assert_int_equal(store_booking_begin(rig->store, booking.id, rig_now(), &err), OK);
    rig_clock_set(3);
    rig_restart(rig);
    settle(rig);
    rig_clock_set(60);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    secret_free(&token);
}

/* Begin a move as handle_move does; the event stands at the old or at the new time when we die. */
static void killed_while_moving(struct rig *rig, bool event_moved)
{
    struct book_answer made;
    struct error err;
    int64_t id;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    assert_int_equal(booking_id_parse(made.booking.id, &id), OK);
    struct slot to = {rig_tomorrow(12), instant_add_s(rig_tomorrow(12), 1800)};
    struct booking_move move = {.id = id,
                                .slot = to,
                                .occupied = to,
                                .day = {rig_tomorrow(0), rig_tomorrow(24)},
                                .now = rig_now()};
    assert_int_equal(store_booking_move_hold(rig->store, &move, &err), OK);
    if (event_moved)
        SCRIPT_SET(&rig->script, rig->script.events[0].start = to.start;
                   rig->script.events[0].end = to.end);
    rig_clock_set(3);
    rig_restart(rig);
    settle(rig);
    rig_clock_set(60);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_int_equal(is_offered(rig, rig_tomorrow(10)), event_moved);
    assert_int_equal(is_offered(rig, rig_tomorrow(12)), !event_moved);
    struct booking_ask ask = {.token = made.token};
    struct booking_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_booking, &ask, &answer), OK);
    assert_int_equal(answer.booking.start.s, event_moved ? to.start.s : rig_tomorrow(10).s);
    secret_free(&made.token);
}

static void killed_after_the_event_moved_follows_it(void **state)
{
    killed_while_moving(*state, true);
}

static void killed_before_the_event_moved_stays(void **state)
{
    killed_while_moving(*state, false);
}

/* The server does the move after it was given up: the event goes back to its booking's time. */
static void a_late_move_is_moved_back(void **state)
{
    struct rig *rig = *state;
    struct slot to = {rig_tomorrow(12), instant_add_s(rig_tomorrow(12), 1800)};
    killed_while_moving(rig, false);
    SCRIPT_SET(&rig->script, rig->script.events[0].start = to.start;
               rig->script.events[0].end = to.end);
    rig_clock_set(70);
    settle(rig);
    struct instant stands;
    SCRIPT_SET(&rig->script, stands = rig->script.events[0].start);
    assert_int_equal(stands.s, rig_tomorrow(10).s);
    assert_int_equal(script_events(&rig->script), 1);
    assert_true(is_offered(rig, to.start));
}

/* But an event that its host has put elsewhere is left there. */
static void a_host_who_moves_the_event_meanwhile_is_left_alone(void **state)
{
    struct rig *rig = *state;
    struct instant elsewhere = rig_tomorrow(15);
    killed_while_moving(rig, false);
    SCRIPT_SET(&rig->script, rig->script.events[0].start = elsewhere;
               rig->script.events[0].end = instant_add_s(elsewhere, 1800));
    rig_clock_set(70);
    settle(rig);
    struct instant stands;
    SCRIPT_SET(&rig->script, stands = rig->script.events[0].start);
    assert_int_equal(stands.s, elsewhere.s);
}

static void a_lost_answer_of_a_move_is_looked_for_at_once(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    struct move_answer moved;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    SCRIPT_SET(&rig->script, rig->script.loses[WIRE_update] = true);
    struct move_ask ask = {.token = made.token, .start = rig_tomorrow(12)};
    assert_int_equal(rig_ask(rig, WIRE_move, &ask, &moved), OK);
    assert_int_equal(moved.booking.start.s, rig_tomorrow(12).s);
    assert_int_equal(in_flight(rig), 0);
    secret_free(&made.token);
}

static void a_move_that_cannot_be_told_keeps_both_times(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    struct move_answer moved;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    SCRIPT_SET(&rig->script, rig->script.loses[WIRE_update] = true;
               rig->script.result[WIRE_find] = ERR_NETWORK);
    struct move_ask ask = {.token = made.token, .start = rig_tomorrow(12)};
    assert_int_equal(rig_ask(rig, WIRE_move, &ask, &moved), ERR_UNCERTAIN);
    assert_false(is_offered(rig, rig_tomorrow(10)));
    assert_false(is_offered(rig, rig_tomorrow(12)));
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_find] = OK);
    settle(rig);
    assert_int_equal(in_flight(rig), 0);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    assert_false(is_offered(rig, rig_tomorrow(12)));
    secret_free(&made.token);
}

static void killed_while_cancelling_goes_on(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    struct error err;
    int64_t id;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    assert_int_equal(booking_id_parse(made.booking.id, &id), OK);
    assert_int_equal(store_booking_cancel_begin(rig->store, id,
                                                &(struct booking_end){ENDED_BY_HOST, {0}},
                                                rig_now(), &err),
                     OK);
    rig_clock_set(3);
    rig_restart(rig);
    assert_int_equal(state_of(rig, &made.token), BOOKING_CANCELLED);
    settle(rig);
    assert_int_equal(script_events(&rig->script), 0);
    assert_int_equal(in_flight(rig), 0);
    assert_true(is_offered(rig, rig_tomorrow(10)));
    secret_free(&made.token);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_uncertain_booking_that_stands_is_confirmed),
        CASE(not_there_takes_two_looks),
        CASE(what_another_node_began_is_left_to_it_until_it_must_be_dead),
        CASE(a_late_event_is_removed),
        CASE(unreachable_is_no_look),
        CASE(what_a_room_declines_is_taken_back),
        CASE(whom_exchange_invited_hears_of_what_is_taken_back),
        CASE(a_silent_room_is_waited_for_and_then_given_up),
        CASE(what_a_room_accepts_late_is_confirmed),
        CASE(a_dead_server_is_asked_less_and_less),
        CASE(killed_after_the_hold_frees_the_slot),
        CASE(killed_after_the_write_confirms),
        CASE(killed_before_the_write_takes_the_booking_back),
        CASE(killed_after_the_event_moved_follows_it),
        CASE(killed_before_the_event_moved_stays),
        CASE(a_late_move_is_moved_back),
        CASE(a_host_who_moves_the_event_meanwhile_is_left_alone),
        CASE(a_lost_answer_of_a_move_is_looked_for_at_once),
        CASE(a_move_that_cannot_be_told_keeps_both_times),
        CASE(killed_while_cancelling_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
