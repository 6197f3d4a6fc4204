/* SPDX-License-Identifier: ISC
 *
 * Requests: what a host's word does, and what a calendar makes of it; what lapses, and what is asked twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "vault/approve.h"

enum { HOURS = 24 };

/* The page asks its host for each booking. */
static int set_up(void **state)
{
    struct rig *rig = malloc(sizeof *rig);
    struct page_show_ask show = {TEXT("acme"), TEXT("intro")};
    struct page_show_answer page;
    struct page_put_ask put = {0};
    struct page_put_answer done;
    rig_start(rig);
    assert_int_equal(rig_command(rig, WIRE_page_show, &show, &page), OK);
    put.account = TEXT("acme");
    put.email = page.page.email;
    put.page = page.page.page;
    put.title = page.page.title;
    put.synchronise = page.page.synchronise;
    put.rule = page.page.rule;
    put.policy = page.page.policy;
    put.policy.approve_hours = HOURS;
    assert_int_equal(rig_command(rig, WIRE_page_put, &put, &done), OK);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_clock_set(0);
    rig_stop(*state);
    free(*state);
    return 0;
}

static struct text request(struct rig *rig, int hour)
{
    struct book_answer answer;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(hour), "Cy", "", &answer),
                     OK);
    assert_int_equal(answer.booking.state, BOOKING_REQUESTED);
    secret_free(&answer.token);
    return answer.booking.id;
}

static enum status approve(struct rig *rig, struct text id, struct booking_public *ret_booking)
{
    struct booking_approve_ask ask = {.account = TEXT("acme"), .id = id};
    struct booking_approve_answer answer = {0};
    enum status status = rig_command(rig, WIRE_booking_approve, &ask, &answer);
    *ret_booking = answer.booking;
    return status;
}

static enum status decline(struct rig *rig, struct text id, struct booking_public *ret_booking)
{
    struct booking_decline_ask ask = {
        .account = TEXT("acme"), .id = id, .reason = TEXT("on leave")};
    struct booking_decline_answer answer = {0};
    enum status status = rig_command(rig, WIRE_booking_decline, &ask, &answer);
    *ret_booking = answer.booking;
    return status;
}

static struct booking_public shown(struct rig *rig, struct text id)
{
    struct booking_show_ask ask = {TEXT("acme"), id};
    struct booking_show_answer answer;
    assert_int_equal(rig_command(rig, WIRE_booking_show, &ask, &answer), OK);
    return answer.booking;
}

static void a_request_reaches_the_calendar_when_it_is_approved_and_not_before(void **state)
{
    struct rig *rig = *state;
    struct booking_public booking;
    struct text id = request(rig, 10);
    assert_int_equal(script_calls(&rig->script, WIRE_create), 0);
    assert_int_equal(approve(rig, id, &booking), OK);
    assert_int_equal(booking.state, BOOKING_CONFIRMED);
    assert_int_equal(script_calls(&rig->script, WIRE_create), 1);
    assert_int_equal(approve(rig, id, &booking), OK); /* said twice */
    assert_int_equal(script_calls(&rig->script, WIRE_create), 1);
    assert_int_equal(decline(rig, id, &booking), ERR_CONFLICT);
    assert_int_equal(shown(rig, id).state, BOOKING_CONFIRMED);
}

static void a_declined_request_frees_its_time_and_stays_declined(void **state)
{
    struct rig *rig = *state;
    struct booking_public booking;
    struct slots_answer slots;
    struct text id = request(rig, 10);
    rig_slots(rig, rig_now(), &slots);
    assert_false(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    assert_int_equal(decline(rig, id, &booking), OK);
    assert_true(booking.ended == ENDED_DECLINED &&
                text_equal(booking.reason, TEXT("on leave")));
    assert_int_equal(decline(rig, id, &booking), OK);
    assert_int_equal(approve(rig, id, &booking), ERR_CONFLICT);
    rig_slots(rig, rig_now(), &slots);
    assert_true(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    assert_int_equal(script_calls(&rig->script, WIRE_create), 0);
}

static void nobodys_word_ends_it_in_time(void **state)
{
    struct rig *rig = *state;
    struct booking_public booking;
    struct text id = request(rig, 16);
    rig_clock_set(HOURS * 3600 - 60);
    booking_lapse_all(&rig->v);
    assert_int_equal(shown(rig, id).state, BOOKING_REQUESTED);
    rig_clock_set(HOURS * 3600 + 60);
    booking_lapse_all(&rig->v);
    booking_lapse_all(&rig->v);
    booking = shown(rig, id);
    assert_true(booking.state == BOOKING_CANCELLED && booking.ended == ENDED_LAPSED);
    assert_int_equal(approve(rig, id, &booking), ERR_CONFLICT);
}

static void anothers_booking_and_none_are_no_requests(void **state)
{
    struct rig *rig = *state;
    struct booking_public booking;
    assert_int_equal(approve(rig, TEXT("0000000000000001"), &booking), ERR_NOT_FOUND);
    assert_int_equal(decline(rig, TEXT("no number"), &booking), ERR_NOT_FOUND);
}

#define TESTED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TESTED(a_request_reaches_the_calendar_when_it_is_approved_and_not_before),
        TESTED(a_declined_request_frees_its_time_and_stays_declined),
        TESTED(nobodys_word_ends_it_in_time),
        TESTED(anothers_booking_and_none_are_no_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
