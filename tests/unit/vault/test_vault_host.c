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
    rig_clock_set(0);
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

/* Put the page anew, with a policy. */
static void put_policy(struct rig *rig, struct policy policy)
{
    struct hours hours[7];
    struct page_put_answer put;
    for (size_t i = 0; i < 7; i++)
        hours[i] = (struct hours){(int64_t)i, 9 * 60, 17 * 60};
    struct page_put_ask page = {.account = TEXT("acme"),
                                .email = TEXT("ann@acme.test"),
                                .page = TEXT("intro"),
                                .title = TEXT("Intro"),
                                .synchronise = true,
                                .policy = policy,
                                .rule = {.zone = TEXT("UTC"),
                                         .duration_min = 30,
                                         .increment_min = 30,
                                         .horizon_days = 60,
                                         .hours = hours,
                                         .n_hours = 7}};
    assert_int_equal(rig_command(rig, WIRE_page_put, &page, &put), OK);
}

static enum status book(struct rig *rig, int hour, const char *email)
{
    struct book_ask ask = {
        .account = TEXT("acme"),
        .page = TEXT("intro"),
        .start = rig_tomorrow(hour),
        .customer = {.name = TEXT("Cleo"), .email = text_from(email), .zone = TEXT("UTC")}};
    struct book_answer answer = {0};
    enum status status = rig_ask(rig, WIRE_book, &ask, &answer);
    secret_free(&answer.token);
    return status;
}

/* The visitor hears what anybody hears of a time that is not to be had; the host hears why. */
static void one_customer_has_so_many_coming_bookings(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_add_ask ask = asked(12, 0);
    put_policy(rig, (struct policy){.per_customer = 2});
    assert_int_equal(book(rig, 9, "cleo@example.org"), OK);
    assert_int_equal(book(rig, 10, "Cleo@Example.org"), OK);
    assert_int_equal(book(rig, 11, "CLEO@example.org"), ERR_CONFLICT);
    assert_int_equal(book(rig, 11, "dora@example.org"), OK);
    assert_int_equal(add(rig, ask, &answer), ERR_CONFLICT);
    assert_int_equal(answer.n_reasons, 0);
    ask.beyond_rules = true;
    assert_int_equal(add(rig, ask, &answer), OK);
    rig_clock_set(86400 + 4 * 3600); /* all of it is over */
    assert_int_equal(book(rig, 13, "cleo@example.org"), OK);
}

/* Cancelled ones are no coming ones. */
static void a_cancelled_booking_makes_room_for_another(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer answer;
    struct booking_cancel_answer cancelled;
    put_policy(rig, (struct policy){.per_customer = 1});
    assert_int_equal(add(rig, asked(9, 0), &answer), OK);
    assert_int_equal(book(rig, 10, "cleo@example.org"), ERR_CONFLICT);
    struct booking_cancel_ask ask = {.account = TEXT("acme"), .id = answer.booking.id};
    assert_int_equal(rig_command(rig, WIRE_booking_cancel, &ask, &cancelled), OK);
    assert_int_equal(book(rig, 10, "cleo@example.org"), OK);
}

static void near_the_start_customers_ask_their_host(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made;
    struct booking_add_ask ask = asked(12, 0);
    struct cancel_answer cancelled;
    struct move_answer moved;
    struct booking_move_answer moved_by_host;
    put_policy(rig, (struct policy){.cancel_hours = 24});
    assert_int_equal(rig_command(rig, WIRE_booking_add, &ask, &made), OK);
    assert_int_equal(made.booking.changes_until.s, rig_tomorrow(12 - 24).s);
    rig_clock_set(3600 * 4 + 60); /* a minute too late */
    struct move_ask move_it = {.token = made.token, .start = rig_tomorrow(14)};
    struct cancel_ask cancel_it = {.token = made.token};
    assert_int_equal(rig_ask(rig, WIRE_move, &move_it, &moved), ERR_CONFLICT);
    assert_int_equal(rig_ask(rig, WIRE_cancel, &cancel_it, &cancelled), ERR_CONFLICT);
    assert_int_equal(script_events(&rig->script), 1);
    struct booking_move_ask by_host = {.id = made.booking.id};
    assert_int_equal(move(rig, by_host, 14, &moved_by_host), OK);
    rig_clock_set(3600); /* and in time */
    assert_int_equal(rig_ask(rig, WIRE_cancel, &cancel_it, &cancelled), OK);
    secret_free(&made.token);
}

static enum status cancel_by_link(struct rig *rig, const struct secret *token, const char *why,
                                  struct cancel_answer *ret)
{
    struct cancel_ask ask = {.token = *token, .reason = text_from(why)};
    return rig_ask(rig, WIRE_cancel, &ask, ret);
}

static void a_page_may_want_to_know_why(void **state)
{
    struct rig *rig = *state;
    struct booking_add_ask ask = asked(10, 0);
    struct booking_add_answer made;
    struct cancel_answer cancelled = {0};
    struct booking_show_answer shown;
    put_policy(rig, (struct policy){.ask_reason = ASK_REASON_REQUIRED});
    assert_int_equal(rig_command(rig, WIRE_booking_add, &ask, &made), OK);
    assert_int_equal(made.booking.page.ask_reason, ASK_REASON_REQUIRED);
    assert_int_equal(cancel_by_link(rig, &made.token, "  ", &cancelled), ERR_INVALID);
    assert_true(text_equal(cancelled.booking.id, made.booking.id)); /* to ask once more */
    assert_int_equal(cancel_by_link(rig, &made.token, "hidden \xe2\x80\xae words", &cancelled),
                     ERR_INVALID);
    assert_int_equal(script_events(&rig->script), 1);
    for (int i = 0; i < 2;
         i++) /* the second time nothing needs to be said, and nothing counts */
        assert_int_equal(cancel_by_link(rig, &made.token, i ? "" : " I am ill ", &cancelled),
                         OK);
    struct booking_show_ask show = {.account = TEXT("acme"), .id = made.booking.id};
    assert_int_equal(rig_command(rig, WIRE_booking_show, &show, &shown), OK);
    assert_int_equal(shown.booking.ended, ENDED_BY_CUSTOMER);
    assert_true(text_equal(shown.booking.reason, TEXT("I am ill")));
    secret_free(&made.token);
}

static void a_host_may_say_why_and_need_not(void **state)
{
    struct rig *rig = *state;
    put_policy(rig, (struct policy){.ask_reason = ASK_REASON_REQUIRED});
    for (int hour = 10; hour < 12; hour++) {
        struct booking_add_answer made;
        struct booking_cancel_answer cancelled;
        assert_int_equal(add(rig, asked(hour, 0), &made), OK);
        struct booking_cancel_ask ask = {.account = TEXT("acme"), .id = made.booking.id};
        if (hour == 10)
            ask.reason = TEXT("The doctor is ill");
        assert_int_equal(rig_command(rig, WIRE_booking_cancel, &ask, &cancelled), OK);
        assert_int_equal(cancelled.booking.ended, ENDED_BY_HOST);
        assert_true(text_equal(cancelled.booking.reason, ask.reason));
    }
}

static void who_did_not_come_is_noted(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made;
    struct booking_noshow_answer none;
    struct booking_show_answer shown;
    assert_int_equal(add(rig, asked(10, 0), &made), OK);
    struct booking_noshow_ask ask = {.account = TEXT("acme"), .id = made.booking.id};
    struct booking_show_ask show = {.account = TEXT("acme"), .id = made.booking.id};
    assert_int_equal(rig_command(rig, WIRE_booking_noshow, &ask, &none), ERR_CONFLICT);
    rig_clock_set(2 * 86400);
    for (int i = 0; i < 2; i++)
        assert_int_equal(rig_command(rig, WIRE_booking_noshow, &ask, &none), OK);
    assert_int_equal(rig_command(rig, WIRE_booking_show, &show, &shown), OK);
    assert_true(shown.booking.no_show);
    ask.undo = true;
    assert_int_equal(rig_command(rig, WIRE_booking_noshow, &ask, &none), OK);
    assert_int_equal(rig_command(rig, WIRE_booking_show, &show, &shown), OK);
    assert_false(shown.booking.no_show);
    ask.id = TEXT("0000000000000000");
    assert_int_equal(rig_command(rig, WIRE_booking_noshow, &ask, &none), ERR_NOT_FOUND);
}

static void a_cancelled_booking_has_no_no_show(void **state)
{
    struct rig *rig = *state;
    struct booking_add_answer made;
    struct booking_cancel_answer cancelled;
    struct booking_noshow_answer none;
    assert_int_equal(add(rig, asked(10, 0), &made), OK);
    struct booking_cancel_ask cancel_it = {.account = TEXT("acme"), .id = made.booking.id};
    assert_int_equal(rig_command(rig, WIRE_booking_cancel, &cancel_it, &cancelled), OK);
    rig_clock_set(2 * 86400);
    struct booking_noshow_ask ask = {.account = TEXT("acme"), .id = made.booking.id};
    assert_int_equal(rig_command(rig, WIRE_booking_noshow, &ask, &none), ERR_CONFLICT);
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
        TEST_OF(one_customer_has_so_many_coming_bookings),
        TEST_OF(a_cancelled_booking_makes_room_for_another),
        TEST_OF(near_the_start_customers_ask_their_host),
        TEST_OF(a_page_may_want_to_know_why),
        TEST_OF(a_host_may_say_why_and_need_not),
        TEST_OF(who_did_not_come_is_noted),
        TEST_OF(a_cancelled_booking_has_no_no_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
