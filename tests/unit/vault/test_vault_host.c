/* SPDX-License-Identifier: ISC
 *
 * What hosts do to bookings by themselves: a start as customers have it, what is in the way, what may be set aside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "time/civil.h"

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

/* For Cleo, at an hour of tomorrow and so many minutes. The page's zone is UTC. */
static struct booking_add_ask asked(int hour, int minute)
{
    struct instant start = rig_tomorrow(hour);
    return (struct booking_add_ask){
        .account = TEXT("acme"),
        .page = TEXT("intro"),
        .day = start.s / CIVIL_DAY_S,
        .minute = start.s % CIVIL_DAY_S / CIVIL_MINUTE_S + minute,
        .customer = {.name = TEXT("Cleo"), .email = TEXT("cleo@example.org")},
    };
}

static enum status add(struct rig *rig, struct booking_add_ask ask,
                       struct booking_add_answer *ret_answer)
{
    *ret_answer = (struct booking_add_answer){0};
    enum status status = rig_command(rig, WIRE_booking_add, &ask, ret_answer);
    secret_free(&ret_answer->token);
    return status;
}

/* Is this the one thing that was said? */
static void assert_said(const struct booking_add_answer *answer, enum why why)
{
    assert_int_equal(answer->n_reasons, 1);
    assert_int_equal(answer->reasons[0].why, why);
}

static void set_busy(struct rig *rig, int hour)
{
    struct busy busy = {rig_tomorrow(hour), rig_tomorrow(hour + 1), BUSY_BUSY};
    SCRIPT_SET(&rig->script, rig->script.busy[0] = busy; rig->script.n_busy = 1);
}

static void a_host_enters_what_a_customer_could_book(void **state)
{
    struct rig *rig = *state;
    struct booking_add_ask ask = asked(10, 0);
    struct booking_add_answer answer;
    assert_int_equal(rig_command(rig, WIRE_booking_add, &ask, &answer), OK);
    assert_int_equal(answer.booking.state, BOOKING_CONFIRMED);
    assert_int_equal(answer.booking.start.s, rig_tomorrow(10).s);
    assert_true(text_equal(answer.booking.customer.zone, TEXT("UTC")));
    assert_int_equal(answer.n_reasons, 0);
    assert_int_equal(script_events(&rig->script), 1);
    struct booking_ask own = {.token = answer.token};
    struct booking_answer shown;
    assert_int_equal(rig_ask(rig, WIRE_booking, &own, &shown), OK); /* the link opens */
    secret_free(&answer.token);
    assert_int_equal(rig_ask(rig, WIRE_booking_add, &ask, &answer),
                     ERR_CLOSED); /* no edge may */
}

static void the_rules_are_set_aside_by_one_word(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(20, 0);
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_said(&answer, WHY_HOURS);
    assert_int_equal(script_events(&rig->script), 0);
    ask.beyond_rules = true;
    assert_int_equal(add(rig, ask, &answer), OK);
    assert_said(&answer, WHY_HOURS);
    ask = asked(10, 7);
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_said(&answer, WHY_GRID);
    ask.beyond_rules = true;
    assert_int_equal(add(rig, ask, &answer), OK);
    ask = asked(10, 0);
    ask.day += 300;
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_said(&answer, WHY_HORIZON);
    ask.beyond_rules = true;
    assert_int_equal(add(rig, ask, &answer), OK);
    assert_int_equal(script_events(&rig->script), 3);
}

/* Beyond the horizon too: there the calendar must be asked, and not be taken for empty. */
static void a_busy_calendar_takes_a_word_of_its_own(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(10, 0);
    set_busy(rig, 10);
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_said(&answer, WHY_BUSY);
    ask.beyond_rules = true;
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    ask.over_busy = true;
    assert_int_equal(add(rig, ask, &answer), OK);
    assert_said(&answer, WHY_BUSY);

    struct instant far = instant_add_s(rig_tomorrow(10), 300 * (int64_t)CIVIL_DAY_S);
    struct busy busy = {far, instant_add_s(far, 3600), BUSY_OOF};
    SCRIPT_SET(&rig->script, rig->script.busy[0] = busy);
    ask.day += 300;
    ask.over_busy = false;
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_int_equal(answer.n_reasons, 2);
}

static void another_booking_yields_to_no_word(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(10, 0);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Dora", "", &made),
                     OK);
    secret_free(&made.token);
    ask.beyond_rules = ask.over_busy = true;
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    bool is_told = false;
    for (size_t i = 0; i < answer.n_reasons; i++)
        is_told = is_told || answer.reasons[i].why == WHY_TAKEN;
    assert_true(is_told);
    assert_int_equal(script_events(&rig->script), 1);
}

static void neither_does_the_past_nor_a_silent_calendar(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(10, 0);
    ask.beyond_rules = ask.over_busy = true;
    ask.day -= 3;
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_int_equal(answer.reasons[0].why, WHY_PAST);
    ask.day += 3;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_UPSTREAM);
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_said(&answer, WHY_UNKNOWN);
    assert_int_equal(script_events(&rig->script), 0);
}

/* A write that the server refuses leaves nothing, one whose answer is lost is looked for. */
static void a_failing_write_leaves_no_half_booking(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_create] = ERR_UPSTREAM);
    assert_int_equal(add(rig, asked(10, 0), &answer), ERR_CONFLICT);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_create] = OK);
    SCRIPT_SET(&rig->script, rig->script.loses[WIRE_create] = true);
    assert_int_equal(add(rig, asked(10, 0), &answer), OK);
    assert_int_equal(answer.booking.state, BOOKING_CONFIRMED);
    assert_int_equal(script_events(&rig->script), 1);
}

static void said_twice_with_one_key_it_is_entered_once(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer one, other;
    struct booking_add_ask ask = asked(10, 0);
    ask.key = TEXT("call-17");
    assert_int_equal(add(rig, ask, &one), OK);
    assert_int_equal(add(rig, ask, &other), OK);
    assert_true(text_equal(one.booking.id, other.booking.id));
    assert_int_equal(script_events(&rig->script), 1);
}

static void what_is_not_fit_is_refused(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(10, 0);
    ask.customer.email = TEXT("cleo");
    assert_int_equal(add(rig, ask, &answer), ERR_INVALID);
    ask = asked(10, 0);
    ask.customer.name = TEXT("Cleo\nBcc: x");
    assert_int_equal(add(rig, ask, &answer), ERR_INVALID);
    ask = asked(10, 0);
    ask.customer.zone = TEXT("Europe/Nowhere");
    assert_int_equal(add(rig, ask, &answer), ERR_INVALID);
    ask = asked(0, 0);
    ask.minute = 1440;
    assert_int_equal(add(rig, ask, &answer), ERR_INVALID);
    ask = asked(10, 0);
    ask.page = TEXT("nothing");
    assert_int_equal(add(rig, ask, &answer), ERR_NOT_FOUND);
}

/* Enter a booking at an hour, then ask to move it. */
static enum status move(struct rig *rig, struct booking_move_ask ask, int hour,
                        struct booking_move_answer *ret_answer)
{
    struct booking_add_ask to = asked(hour, 0);
    ask.account = TEXT("acme");
    ask.day = to.day;
    ask.minute = to.minute;
    *ret_answer = (struct booking_move_answer){0};
    return rig_command(rig, WIRE_booking_move, &ask, ret_answer);
}

static void a_host_moves_a_booking(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made;
    struct booking_move_answer moved;
    assert_int_equal(add(rig, asked(10, 0), &made), OK);
    struct booking_move_ask ask = {.id = made.booking.id};
    assert_int_equal(move(rig, ask, 12, &moved), OK);
    assert_int_equal(moved.booking.start.s, rig_tomorrow(12).s);
    assert_int_equal(script_event(&rig->script, 0).start.s, rig_tomorrow(12).s);
    assert_int_equal(move(rig, ask, 12, &moved), OK); /* said twice, done once */
    assert_int_equal(script_calls(&rig->script, WIRE_update), 1);
    ask.id = TEXT("0000000000000000");
    assert_int_equal(move(rig, ask, 12, &moved), ERR_NOT_FOUND);
}

static void a_move_sets_aside_what_it_is_told_to(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made;
    struct booking_move_answer moved;
    assert_int_equal(add(rig, asked(10, 0), &made), OK);
    struct booking_move_ask ask = {.id = made.booking.id};
    assert_int_equal(move(rig, ask, 20, &moved), ERR_CONFLICT);
    assert_int_equal(moved.n_reasons, 1);
    assert_int_equal(moved.reasons[0].why, WHY_HOURS);
    assert_int_equal(moved.booking.start.s, rig_tomorrow(10).s);
    ask.beyond_rules = true;
    assert_int_equal(move(rig, ask, 20, &moved), OK);
    set_busy(rig, 14);
    assert_int_equal(move(rig, ask, 14, &moved), ERR_CONFLICT);
    assert_int_equal(moved.reasons[0].why, WHY_BUSY);
    ask.over_busy = true;
    assert_int_equal(move(rig, ask, 14, &moved), OK);
    assert_int_equal(moved.n_reasons, 1);
}

static void a_move_goes_over_no_other_booking_and_fails_whole(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made, other;
    struct booking_move_answer moved;
    assert_int_equal(add(rig, asked(10, 0), &made), OK);
    assert_int_equal(add(rig, asked(12, 0), &other), OK);
    struct booking_move_ask ask = {
        .id = made.booking.id, .beyond_rules = true, .over_busy = true};
    assert_int_equal(move(rig, ask, 12, &moved), ERR_CONFLICT);
    assert_true(moved.n_reasons > 0);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_update] = ERR_UPSTREAM);
    assert_int_equal(move(rig, ask, 14, &moved), ERR_CONFLICT);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_update] = OK);
    assert_int_equal(move(rig, ask, 14, &moved), OK); /* nothing was left in flight */
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_host_enters_what_a_customer_could_book),
        TEST_OF(the_rules_are_set_aside_by_one_word),
        TEST_OF(a_busy_calendar_takes_a_word_of_its_own),
        TEST_OF(another_booking_yields_to_no_word),
        TEST_OF(neither_does_the_past_nor_a_silent_calendar),
        TEST_OF(a_failing_write_leaves_no_half_booking),
        TEST_OF(said_twice_with_one_key_it_is_entered_once),
        TEST_OF(what_is_not_fit_is_refused),
        TEST_OF(a_host_moves_a_booking),
        TEST_OF(a_move_sets_aside_what_it_is_told_to),
        TEST_OF(a_move_goes_over_no_other_booking_and_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
