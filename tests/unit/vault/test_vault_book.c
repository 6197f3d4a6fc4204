/* SPDX-License-Identifier: ISC
 *
 * Booking, moving and cancelling as the edge asks for them, against a real store and a scripted calendar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

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

static void a_page_is_shown(void **state)
{
    struct rig *rig = *state;
    struct page_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
    struct page_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_page, &ask, &answer), OK);
    assert_true(text_equal(answer.page.title, TEXT("Intro")));
    assert_true(text_equal(answer.page.host_name, TEXT("Ann")));
    ask.page = TEXT("other");
    assert_int_equal(rig_ask(rig, WIRE_page, &ask, &answer), ERR_NOT_FOUND);
}

static void slots_leave_out_what_is_busy(void **state)
{
    struct rig *rig = *state;
    struct slots_answer slots;
    size_t all = rig_slots(rig, rig_tomorrow(0), &slots);
    assert_int_equal(all, 7 * 16);
    SCRIPT_SET(&rig->script, rig->script.n_busy = 1;
               rig->script.busy[0] =
                   ((struct busy){rig_tomorrow(10), rig_tomorrow(11), BUSY_TENTATIVE}));
    assert_int_equal(rig_slots(rig, rig_tomorrow(0), &slots), all - 2);
    assert_false(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    assert_true(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(11)));
}

static void a_booking_stands_in_the_calendar(void **state)
{
    struct rig *rig = *state;
    struct book_answer answer;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &answer),
                     OK);
    assert_int_equal(answer.booking.state, BOOKING_CONFIRMED);
    assert_int_equal(answer.booking.end.s - answer.booking.start.s, 1800);
    assert_int_equal(script_events(&rig->script), 1);
    assert_int_equal(script_event(&rig->script, 0).start.s, rig_tomorrow(10).s);

    struct booking_ask ask = {.token = answer.token};
    struct booking_answer mine;
    assert_int_equal(rig_ask(rig, WIRE_booking, &ask, &mine), OK);
    assert_true(text_equal(mine.booking.customer.name, TEXT("Cleo")));
    struct slots_answer slots;
    rig_slots(rig, rig_tomorrow(0), &slots);
    assert_false(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    secret_free(&answer.token);
}

/* Whatever the reason, the same status and the same list as a question for slots. */
static void expect_refusal(struct rig *rig, struct instant start, size_t n_slots)
{
    struct book_answer answer;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, start, "Cleo", "", &answer),
                     ERR_CONFLICT);
    assert_int_equal(answer.token.n, 0);
    assert_int_equal(answer.n_slots, n_slots);
}

static void every_refusal_is_the_same(void **state)
{
    struct rig *rig = *state;
    struct instant monday = {rig_tomorrow(0).s - 86400};
    struct slots_answer slots;
    struct book_answer first;
    SCRIPT_SET(&rig->script, rig->script.n_busy = 1;
               rig->script.busy[0] =
                   ((struct busy){rig_tomorrow(14), rig_tomorrow(15), BUSY_OOF}));
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(9), "Ada", "", &first),
                     OK);
    secret_free(&first.token);
    size_t n = rig_slots(rig, monday, &slots);

    expect_refusal(rig, rig_tomorrow(9), n);                       /* taken */
    expect_refusal(rig, rig_tomorrow(14), n);                      /* busy in the calendar */
    expect_refusal(rig, instant_add_s(rig_tomorrow(10), 60), n);   /* not on the grid */
    expect_refusal(rig, rig_tomorrow(20), n);                      /* outside the hours */
    expect_refusal(rig, instant_add_s(rig_now(), -1800), n);       /* past */
    expect_refusal(rig, instant_add_s(rig_now(), 400 * 86400), 0); /* beyond the horizon */
    expect_refusal(rig, (struct instant){INT64_MAX / 2}, 0);
    expect_refusal(rig, (struct instant){INT64_MIN / 2}, 0);
    assert_int_equal(script_events(&rig->script), 1);
}

static void an_unreachable_calendar_looks_full(void **state)
{
    struct rig *rig = *state;
    static const enum status failures[] = {ERR_NETWORK, ERR_TLS,     ERR_UPSTREAM,
                                           ERR_NO_DATA, ERR_TIMEOUT, ERR_DENIED};
    struct slots_answer slots;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = failures[i]);
        assert_int_equal(rig_slots(rig, rig_tomorrow(0), &slots), 0);
        expect_refusal(rig, rig_tomorrow(10), 0);
    }
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = OK);
    assert_int_equal(rig_slots(rig, rig_tomorrow(0), &slots), 7 * 16);
    assert_int_equal(script_events(&rig->script), 0);
}

static void a_calendar_that_refuses_the_event_frees_the_slot(void **state)
{
    struct rig *rig = *state;
    struct slots_answer slots;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_create] = ERR_DENIED);
    struct book_answer answer;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &answer),
                     ERR_CONFLICT);
    rig_slots(rig, rig_tomorrow(0), &slots);
    assert_true(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
}

struct racer {
    struct rig *rig;
    struct link link;
    enum status status;
    size_t n_slots;
};

static void *race(void *at)
{
    struct racer *racer = at;
    struct arena a = {0};
    struct book_answer answer = {0};
    racer->status =
        rig_book(racer->rig, &racer->link, &a, rig_tomorrow(10), "Racer", "", &answer);
    racer->n_slots = answer.n_slots;
    secret_free(&answer.token);
    arena_done(&a);
    return NULL;
}

static void of_a_hundred_one_wins(void **state)
{
    enum { EDGES = 50 }; /* two rounds of fifty threads: as many as may be attached */
    struct rig *rig = *state;
    static struct racer racers[EDGES];
    pthread_t threads[EDGES];
    size_t won = 0, refused = 0;
    for (size_t i = 0; i < EDGES; i++) {
        racers[i] = (struct racer){.rig = rig};
        rig_attach_edge(rig, &racers[i].link);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < EDGES; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        for (size_t i = 0; i < EDGES; i++) {
            pthread_join(threads[i], NULL);
            won += racers[i].status == OK;
            refused += racers[i].status == ERR_CONFLICT;
            if (racers[i].status == ERR_CONFLICT)
                assert_int_equal(racers[i].n_slots, 7 * 16 - 1);
        }
    }
    assert_int_equal(won, 1);
    assert_int_equal(refused, 2 * EDGES - 1);
    assert_int_equal(script_events(&rig->script), 1);
    for (size_t i = 0; i < EDGES; i++)
        link_done(&racers[i].link);
}

static void the_same_key_makes_one_booking(void **state)
{
    struct rig *rig = *state;
    struct book_answer one, two, other;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "k1", &one),
                     OK);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "k1", &two),
                     OK);
    assert_true(text_equal(one.booking.id, two.booking.id));
    assert_true(secret_equal(&one.token, &two.token));
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(11), "Cleo", "k1", &other),
                     ERR_CONFLICT);
    assert_int_equal(script_events(&rig->script), 1);
    secret_free(&one.token);
    secret_free(&two.token);
}

static void a_lost_answer_is_looked_for_at_once(void **state)
{
    struct rig *rig = *state;
    struct book_answer answer;
    SCRIPT_SET(&rig->script, rig->script.loses[WIRE_create] = true);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &answer),
                     OK);
    assert_int_equal(answer.booking.state, BOOKING_CONFIRMED);
    assert_int_equal(script_calls(&rig->script, WIRE_create), 1);
    assert_int_equal(script_events(&rig->script), 1);
    secret_free(&answer.token);
}

static enum status move(struct rig *rig, const struct secret *token, struct instant start,
                        struct move_answer *answer)
{
    struct move_ask ask = {.token = *token, .start = start};
    return rig_ask(rig, WIRE_move, &ask, answer);
}

static void a_booking_moves_over_its_own_event(void **state)
{
    struct rig *rig = *state;
    struct book_answer made, other;
    struct move_answer moved;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(12), "Dora", "", &other),
                     OK);

    struct move_slots_ask ask = {
        .token = made.token, .from = rig_tomorrow(0), .to = rig_tomorrow(24)};
    struct move_slots_answer around;
    assert_int_equal(rig_ask(rig, WIRE_move_slots, &ask, &around), OK);
    assert_true(rig_has_slot(around.slots, around.n_slots, rig_tomorrow(10)));
    assert_false(rig_has_slot(around.slots, around.n_slots, rig_tomorrow(12)));

    assert_int_equal(move(rig, &made.token, instant_add_s(rig_tomorrow(10), 1800), &moved), OK);
    assert_int_equal(moved.booking.start.s, rig_tomorrow(10).s + 1800);
    assert_int_equal(script_event(&rig->script, 0).start.s, rig_tomorrow(10).s + 1800);
    assert_int_equal(move(rig, &made.token, rig_tomorrow(12), &moved), ERR_CONFLICT);
    assert_true(moved.n_slots > 0);
    assert_int_equal(moved.booking.start.s, rig_tomorrow(10).s + 1800);

    struct slots_answer slots;
    rig_slots(rig, rig_tomorrow(0), &slots);
    assert_true(rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(10)));
    secret_free(&made.token);
    secret_free(&other.token);
}

static void a_move_that_the_server_refuses_changes_nothing(void **state)
{
    struct rig *rig = *state;
    static const enum status refusals[] = {ERR_DENIED, ERR_UPSTREAM, ERR_NOT_FOUND,
                                           ERR_NETWORK};
    struct book_answer made;
    struct move_answer moved;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        SCRIPT_SET(&rig->script, rig->script.result[WIRE_update] = refusals[i]);
        assert_int_equal(move(rig, &made.token, rig_tomorrow(12), &moved), ERR_CONFLICT);
        assert_int_equal(moved.booking.start.s, rig_tomorrow(10).s);
    }
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_update] = OK);
    assert_int_equal(move(rig, &made.token, rig_tomorrow(12), &moved), OK);
    assert_int_equal(script_event(&rig->script, 0).start.s, rig_tomorrow(12).s);
    secret_free(&made.token);
}

static void a_cancelled_booking_leaves_the_calendar(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    struct cancel_ask ask = {.token = made.token};
    struct cancel_answer answer;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(rig_ask(rig, WIRE_cancel, &ask, &answer), OK);
        assert_int_equal(answer.booking.state, BOOKING_CANCELLED);
    }
    assert_int_equal(script_events(&rig->script), 0);
    assert_int_equal(script_calls(&rig->script, WIRE_remove), 1);
    struct slots_answer slots;
    assert_int_equal(rig_slots(rig, rig_tomorrow(0), &slots), 7 * 16);
    struct move_answer moved;
    assert_int_equal(move(rig, &made.token, rig_tomorrow(12), &moved), ERR_CONFLICT);
    secret_free(&made.token);
}

static void a_cancellation_outlives_an_unreachable_calendar(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_remove] = ERR_NETWORK);
    struct cancel_ask ask = {.token = made.token};
    struct cancel_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_cancel, &ask, &answer), OK);
    assert_int_equal(answer.booking.state, BOOKING_CANCELLED);
    assert_int_equal(script_events(&rig->script), 1);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_remove] = OK);
    settle_all(&rig->v, rig_now());
    assert_int_equal(script_events(&rig->script), 0);
    struct slots_answer slots;
    assert_int_equal(rig_slots(rig, rig_tomorrow(0), &slots), 7 * 16);
    secret_free(&made.token);
}

static void an_unknown_token_opens_nothing(void **state)
{
    struct rig *rig = *state;
    struct booking_ask ask = {
        .token = secret_new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 43)};
    struct booking_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_booking, &ask, &answer), ERR_NOT_FOUND);
    secret_free(&ask.token);
}

static void what_an_edge_may_not_ask_closes_its_channel(void **state)
{
    struct rig *rig = *state;
    struct link bad;
    struct arena a = {0};
    struct reply reply;
    struct account_list_ask ask = {0};
    struct account_list_answer answer;
    rig_attach_edge(rig, &bad);
    assert_int_equal(link_ask(&bad, WIRE_account_list, &ask, -1, clock_ms() + 5000, &a, &reply,
                              &answer, NULL),
                     ERR_CLOSED);
    link_done(&bad);
    struct page_ask page = {.account = TEXT("acme"), .page = TEXT("intro")};
    struct page_answer shown;
    assert_int_equal(rig_ask(rig, WIRE_page, &page, &shown), OK);
    arena_done(&a);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_page_is_shown),
        CASE(slots_leave_out_what_is_busy),
        CASE(a_booking_stands_in_the_calendar),
        CASE(every_refusal_is_the_same),
        CASE(an_unreachable_calendar_looks_full),
        CASE(a_calendar_that_refuses_the_event_frees_the_slot),
        CASE(of_a_hundred_one_wins),
        CASE(the_same_key_makes_one_booking),
        CASE(a_lost_answer_is_looked_for_at_once),
        CASE(a_booking_moves_over_its_own_event),
        CASE(a_move_that_the_server_refuses_changes_nothing),
        CASE(a_cancelled_booking_leaves_the_calendar),
        CASE(a_cancellation_outlives_an_unreachable_calendar),
        CASE(an_unknown_token_opens_nothing),
        CASE(what_an_edge_may_not_ask_closes_its_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
