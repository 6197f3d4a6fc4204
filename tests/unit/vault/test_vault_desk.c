/* SPDX-License-Identifier: ISC
 *
 * PCs that wait for a question: who is answered, who is woken, and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "vault/desk.h"
#include "wire/link.h"

enum { DESK = 7, OTHER = 8, LONG_MS = 60000, SOON_MS = 2000 };

struct bench {
    struct desks desks;
    struct link pc; /* the edge's end, which asks for a PC */
    struct peer *peer;
    struct arena a;
    int n_woken;
    int64_t woken_desk, woken_number;
};

static void wake(void *with, int64_t desk, int64_t number)
{
    struct bench *b = with;
    b->n_woken++;
    b->woken_desk = desk;
    b->woken_number = number;
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct channel ch;
    int ours, theirs;
    if (!b || channel_pair(&ours, &theirs) != OK)
        return -1;
    desks_init(&b->desks);
    b->desks.wake = wake;
    b->desks.with = b;
    channel_init(&ch, ours, FRAME_BODY_MAX, FRAME_BODY_MAX);
    b->peer = peer_new(ch, ROLE_EDGE, -1);
    link_init(&b->pc, theirs);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    desks_done(&b->desks);
    peer_close(b->peer);
    peer_release(b->peer);
    link_done(&b->pc);
    arena_done(&b->a);
    free(b);
    return 0;
}

static bool wait_for(struct bench *b, int64_t desk, int64_t wait_ms)
{
    const struct desk_question_ask ask = {.said = {.number = 0}};
    assert_int_equal(link_send(&b->pc, WIRE_desk_question, &ask, -1, clock_ms() + SOON_MS), OK);
    return desk_wait(&b->desks, desk, b->peer, b->pc.last_number, clock_ms() + wait_ms);
}

static enum status hear(struct bench *b, struct desk_question_answer *ret_answer)
{
    struct reply reply;
    assert_int_equal(link_receive(&b->pc, WIRE_desk_question, clock_ms() + SOON_MS, &b->a,
                                  &reply, ret_answer, NULL),
                     OK);
    return reply.status;
}

static void who_waits_is_answered_and_who_does_not_is_woken(void **state)
{
    struct bench *b = *state;
    struct desk_question_answer answer;
    desk_wake(&b->desks, DESK, 0);
    assert_int_equal(b->n_woken, 1);
    assert_true(b->woken_desk == DESK && b->woken_number == 0);
    assert_true(wait_for(b, DESK, LONG_MS));
    desk_wake(&b->desks, OTHER, 5); /* another's */
    assert_true(b->n_woken == 2 && b->woken_desk == OTHER && b->woken_number == 5);
    desk_wake(&b->desks, DESK, 0);
    assert_int_equal(b->n_woken, 2);
    assert_int_equal(hear(b, &answer), OK);
    assert_true(answer.has_orders && !answer.number);
    assert_int_equal(b->desks.n_waiters, 0);
}

static void one_waits_for_a_desk(void **state)
{
    struct bench *b = *state;
    assert_true(wait_for(b, DESK, LONG_MS));
    assert_true(wait_for(b, OTHER, LONG_MS));
    assert_true(wait_for(b, DESK, LONG_MS)); /* as after a PC's network was away */
    assert_int_equal(b->desks.n_waiters, 2);
}

static void waiting_ends_with_none(void **state)
{
    struct bench *b = *state;
    struct desk_question_answer answer;
    assert_true(wait_for(b, OTHER, LONG_MS));
    assert_true(wait_for(b, DESK, -1));
    desk_tend(&b->desks);
    assert_int_equal(hear(b, &answer), OK);
    assert_true(!answer.number && !answer.has_orders);
    assert_int_equal(b->desks.n_waiters, 1); /* whose time is not over */
}

static void a_pairing_that_is_ended_sends_its_pc_away(void **state)
{
    struct bench *b = *state;
    struct desk_question_answer answer;
    assert_true(wait_for(b, DESK, LONG_MS));
    desk_dismiss(&b->desks, OTHER);
    assert_int_equal(b->desks.n_waiters, 1);
    desk_dismiss(&b->desks, DESK);
    assert_int_equal(hear(b, &answer), ERR_CONFLICT);
}

static void nobody_answers_what_nobody_asked(void **state)
{
    struct bench *b = *state;
    struct desk_question_answer question;
    struct busy busy = {.start = {100}, .end = {200}};
    const struct desk_answer answer = {
        .number = 42, .is_known = true, .busy = &busy, .n_busy = 1};
    assert_false(desk_question_find(&b->desks, DESK, 0, &question));
    assert_false(desk_question_find(&b->desks, DESK, 42, &question));
    assert_false(desk_question_answer(&b->desks, DESK, &answer));
    assert_false(desk_question_answer(&b->desks, DESK, &(struct desk_answer){.number = 0}));
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(who_waits_is_answered_and_who_does_not_is_woken),
        BENCH_TEST(one_waits_for_a_desk),
        BENCH_TEST(waiting_ends_with_none),
        BENCH_TEST(a_pairing_that_is_ended_sends_its_pc_away),
        BENCH_TEST(nobody_answers_what_nobody_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
