/* SPDX-License-Identifier: ISC
 *
 * The door over a real socket pair: the test is the vault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/door.h"
#include "os/clock.h"
#include "os/log.h"
#include "wire/codec.h"

enum { PLACES = 3 };

struct rig {
    struct loop loop;
    struct door door;
    struct channel vault;
    struct arena a;
};

struct asker {
    struct door_question question;
    int answers, parts;
    enum status status;
    int64_t up_s;
};

static void answered(struct door_question *question, enum status status, int64_t retry_s,
                     void *answer)
{
    (void)retry_s;
    struct asker *asker = (struct asker *)question;
    asker->answers++;
    asker->status = status;
    asker->up_s = answer ? ((struct health_answer *)answer)->up_s : -1;
}

static void told(struct door_question *question, const void *part)
{
    struct asker *asker = (struct asker *)question;
    asker->parts++;
    asker->up_s = ((const struct health_answer *)part)->up_s;
}

static void attach(struct rig *rig)
{
    int ours, theirs;
    assert_int_equal(channel_pair(&ours, &theirs), OK);
    channel_init(&rig->vault, ours, FRAME_BODY_MAX, FRAME_BODY_MAX);
    door_attach(&rig->door, theirs);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    log_init("test", LOG_ERROR);
    assert_int_equal(loop_init(&rig->loop), OK);
    door_init(&rig->door, &rig->loop, PLACES);
    attach(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    door_done(&rig->door);
    channel_done(&rig->vault);
    loop_done(&rig->loop);
    arena_done(&rig->a);
    free(rig);
    return 0;
}

static enum status ask(struct rig *rig, struct asker *asker, enum door_patience patience)
{
    struct health_ask nothing = {0};
    asker->question.arena = &rig->a;
    asker->question.answered = answered;
    return door_ask(&rig->door, &asker->question, WIRE_health, &nothing, patience);
}

/* As the vault: take the next question's number. */
static uint64_t hear(struct rig *rig)
{
    door_turn(&rig->door, clock_ms());
    struct frame frame;
    size_t size;
    if (frame_next(buf_text(&rig->vault.in), &frame, &size) != OK) {
        assert_int_equal(channel_fill(&rig->vault), OK);
        assert_int_equal(frame_next(buf_text(&rig->vault.in), &frame, &size), OK);
    }
    uint64_t number = frame.number;
    channel_drop(&rig->vault, size);
    return number;
}

static void answer(struct rig *rig, uint64_t number, int64_t up_s)
{
    struct reply reply = {.status = OK};
    struct health_answer health = {.up_s = up_s};
    assert_int_equal(frame_answer(&rig->vault.out, WIRE_health, number, 0, &reply, &health),
                     OK);
    assert_int_equal(channel_flush(&rig->vault), OK);
    assert_int_equal(loop_turn(&rig->loop, 100), OK);
}

static void answers_find_their_asker_in_any_order(void **state)
{
    struct rig *rig = *state;
    struct asker one = {0}, two = {0};
    assert_int_equal(ask(rig, &one, DOOR_READ), OK);
    assert_int_equal(ask(rig, &two, DOOR_READ), OK);
    uint64_t first = hear(rig), second = hear(rig);
    answer(rig, second, 2);
    answer(rig, first, 1);
    assert_int_equal(one.up_s, 1);
    assert_int_equal(two.up_s, 2);
    assert_int_equal(rig->door.n_waiting, 0);
}

static void tell(struct rig *rig, uint64_t number, int64_t up_s)
{
    struct health_answer health = {.up_s = up_s};
    assert_int_equal(frame_part(&rig->vault.out, WIRE_health, number, &health), OK);
    assert_int_equal(channel_flush(&rig->vault), OK);
    assert_int_equal(loop_turn(&rig->loop, 100), OK);
}

static void parts_come_before_the_answer_to_who_wants_them(void **state)
{
    struct rig *rig = *state;
    struct asker one = {.question.part = told}, two = {0};
    assert_int_equal(ask(rig, &one, DOOR_READ), OK);
    assert_int_equal(ask(rig, &two, DOOR_READ), OK);
    uint64_t first = hear(rig), second = hear(rig);
    tell(rig, first, 1);
    tell(rig, second, 2);
    tell(rig, first, 3);
    assert_true(one.parts == 2 && one.up_s == 3 && one.answers == 0);
    assert_true(two.parts == 0 && two.up_s == 0);
    answer(rig, first, 4);
    answer(rig, second, 5);
    assert_true(one.answers == 1 && one.up_s == 4 && two.up_s == 5);
    tell(rig, first, 6);
    assert_true(one.parts == 2 && rig->door.open);
}

static void a_late_answer_finds_nobody(void **state)
{
    struct rig *rig = *state;
    struct asker gone = {0}, next = {0};
    assert_int_equal(ask(rig, &gone, DOOR_READ), OK);
    uint64_t number = hear(rig);
    door_forget(&rig->door, &gone.question);
    assert_int_equal(ask(rig, &next, DOOR_READ), OK); /* in the same place */
    answer(rig, number, 1);
    assert_int_equal(gone.answers + next.answers, 0);
    assert_int_equal(rig->door.late, 1);
    answer(rig, hear(rig), 2);
    assert_int_equal(next.up_s, 2);
}

static void places_are_counted(void **state)
{
    struct rig *rig = *state;
    struct asker askers[PLACES + 1] = {0};
    for (int i = 0; i < PLACES; i++)
        assert_int_equal(ask(rig, &askers[i], DOOR_READ), OK);
    assert_int_equal(ask(rig, &askers[PLACES], DOOR_READ), ERR_FULL);
    door_forget(&rig->door, &askers[0].question);
    assert_int_equal(ask(rig, &askers[PLACES], DOOR_READ), OK);
    for (int i = 1; i <= PLACES; i++)
        door_forget(&rig->door, &askers[i].question);
}

static void waiting_ends_at_the_deadline(void **state)
{
    struct rig *rig = *state;
    struct asker reader = {0}, writer = {0};
    assert_int_equal(ask(rig, &reader, DOOR_READ), OK);
    assert_int_equal(ask(rig, &writer, DOOR_WRITE), OK);
    door_turn(&rig->door, clock_ms());
    assert_int_equal(reader.answers + writer.answers, 0);
    assert_in_range(door_timeout_ms(&rig->door, clock_ms()), 1, 40000);
    door_turn(&rig->door, clock_ms() + 41000);
    assert_int_equal(reader.status, ERR_CLOSED);
    assert_int_equal(writer.answers, 0);
    door_turn(&rig->door, clock_ms() + 60000);
    assert_int_equal(writer.status, ERR_UNCERTAIN); /* what was to be written may have been */
    assert_int_equal(door_timeout_ms(&rig->door, clock_ms()), -1);
}

static void a_vault_that_goes_fails_its_askers_and_another_may_come(void **state)
{
    struct rig *rig = *state;
    struct asker asker = {0};
    assert_int_equal(ask(rig, &asker, DOOR_READ), OK);
    door_turn(&rig->door, clock_ms());
    channel_done(&rig->vault);
    assert_int_equal(loop_turn(&rig->loop, 100), OK);
    assert_int_equal(asker.status, ERR_CLOSED);
    assert_int_equal(ask(rig, &asker, DOOR_READ), ERR_CLOSED);
    attach(rig);
    assert_int_equal(ask(rig, &asker, DOOR_READ), OK);
    answer(rig, hear(rig), 7);
    assert_int_equal(asker.up_s, 7);
}

/* The parent brings a new vault within moments; where it brings none, a new edge is the way to a channel. */
static void a_closed_door_is_lost_after_a_while(void **state)
{
    struct rig *rig = *state;
    channel_done(&rig->vault);
    assert_int_equal(loop_turn(&rig->loop, 100), OK);
    int64_t now_ms = clock_ms();
    int wait_ms = door_timeout_ms(&rig->door, now_ms);
    assert_true(wait_ms > 1000);
    assert_false(door_is_lost(&rig->door, now_ms));
    assert_true(door_is_lost(&rig->door, now_ms + wait_ms));
    attach(rig);
    assert_false(door_is_lost(&rig->door, now_ms + wait_ms));
    assert_int_equal(door_timeout_ms(&rig->door, now_ms), -1);
}

static void nonsense_closes_the_channel(void **state)
{
    struct rig *rig = *state;
    struct asker asker = {0};
    assert_int_equal(ask(rig, &asker, DOOR_READ), OK);
    door_turn(&rig->door, clock_ms());
    unsigned char nonsense[64];
    memset(nonsense, 0xee, sizeof nonsense);
    assert_int_equal(write(rig->vault.fd, nonsense, sizeof nonsense), sizeof nonsense);
    assert_int_equal(loop_turn(&rig->loop, 100), OK);
    assert_false(rig->door.open);
    assert_int_equal(asker.status, ERR_CLOSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(answers_find_their_asker_in_any_order),
        TEST(parts_come_before_the_answer_to_who_wants_them),
        TEST(a_late_answer_finds_nobody),
        TEST(places_are_counted),
        TEST(waiting_ends_at_the_deadline),
        TEST(a_vault_that_goes_fails_its_askers_and_another_may_come),
        TEST(a_closed_door_is_lost_after_a_while),
        TEST(nonsense_closes_the_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
