/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"
#include "wire/codec.h"
#include "wire/link.h"

static void frames_are_found_one_byte_at_a_time(void **state)
{
    (void)state;
    struct buf out = BUF(10000);
    struct page_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
    assert_int_equal(frame_ask(&out, WIRE_page, 42, 900, 1, &ask), OK);
    size_t first = out.n;
    assert_int_equal(frame_ask(&out, WIRE_page, 43, 0, 0, &ask), OK);
    struct frame frame;
    size_t size = 0;
    for (size_t n = 0; n < first; n++)
        assert_int_equal(frame_next((struct text){(char *)out.at, n}, &frame, &size),
                         ERR_NOT_FOUND);
    for (size_t n = first; n <= out.n; n++) {
        assert_int_equal(frame_next((struct text){(char *)out.at, n}, &frame, &size), OK);
        assert_int_equal(size, first);
        assert_int_equal(frame.number, 42);
        assert_int_equal(frame.timeout_ms, 900);
        assert_int_equal(frame.n_fds, 1);
    }
    struct arena a = {0};
    struct page_ask back;
    assert_int_equal(frame_read_ask(&a, &frame, &back), OK);
    assert_true(text_equal(back.page, TEXT("intro")));
    arena_done(&a);
    buf_done(&out);
}

static void a_head_that_cannot_be_one_is_refused_at_once(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned char value;
    } wrong[] = {
        {3, 0x7f},                  /* a body of two thousand million bytes */
        {4, 0},    {4, 63}, {4, 9}, /* no such message */
        {5, 1},                     /* nor such a number */
        {6, 3},                     /* neither question, answer nor a part of one */
        {7, 2},                     /* descriptors */
        {20, 1},   {23, 1},         /* only an answer has others */
    };
    struct health_ask ask = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf out = BUF(1000);
        struct frame frame;
        size_t size;
        assert_int_equal(frame_ask(&out, WIRE_health, 1, 0, 0, &ask), OK);
        out.at[wrong[i].at] = wrong[i].value;
        bool is_known = wrong[i].at == 4 && wire_message_of(wrong[i].value);
        assert_int_equal(frame_next((struct text){(char *)out.at, FRAME_HEAD}, &frame, &size),
                         is_known ? ERR_NOT_FOUND : ERR_INVALID);
        buf_done(&out);
    }
}

static void a_part_is_like_an_answer_but_alone(void **state)
{
    (void)state;
    struct buf out = BUF(1000);
    struct arena a = {0};
    struct frame frame;
    struct reply reply;
    size_t size;
    struct health_answer part = {.up_s = 7}, back;
    assert_int_equal(frame_part(&out, WIRE_health, 9, &part), OK);
    assert_int_equal(frame_next(buf_text(&out), &frame, &size), OK);
    assert_true(frame.kind == FRAME_PART && frame.number == 9 && size == out.n);
    assert_int_equal(frame_read_answer(&a, &frame, &reply, &back), OK);
    assert_true(reply.status == OK && reply.has_body && back.up_s == 7);
    out.at[7] = 1; /* it brings no descriptor */
    assert_int_equal(frame_next(buf_text(&out), &frame, &size), ERR_INVALID);
    out.at[7] = 0;
    out.at[20] = 1; /* and is for one question */
    assert_int_equal(frame_next(buf_text(&out), &frame, &size), ERR_INVALID);
    arena_done(&a);
    buf_done(&out);
}

static void an_answer_may_have_no_body(void **state)
{
    (void)state;
    struct buf out = BUF(10000);
    struct arena a = {0};
    struct error err = {0};
    struct frame frame;
    size_t size;
    error_set(&err, ERR_LIMIT, "ews", "busy");
    err.retry_s = 30;
    struct reply reply = reply_from(ERR_LIMIT, &err), back;
    struct busy_answer answer = {.n_busy = 9};
    assert_int_equal(frame_answer(&out, WIRE_busy, 5, 0, &reply, NULL), OK);
    assert_int_equal(frame_next(buf_text(&out), &frame, &size), OK);
    assert_int_equal(frame_read_answer(&a, &frame, &back, &answer), OK);
    assert_int_equal(answer.n_busy, 0);
    struct error told = {0};
    reply_to_error(&back, &told);
    assert_string_equal(told.where, "ews");
    assert_string_equal(told.what, "busy");
    assert_int_equal(told.retry_s, 30);
    for (size_t n = 0; n < frame.body.n; n++) {
        struct frame cut = frame;
        cut.body.n = n;
        assert_int_equal(frame_read_answer(&a, &cut, &back, &answer), ERR_INVALID);
    }
    arena_done(&a);
    buf_done(&out);
}

static void a_frame_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct buf out = BUF(10000);
    char slug[MAX_SLUG + 1];
    memset(slug, 'a', sizeof slug);
    struct page_ask too_long = {.account = {slug, sizeof slug}};
    buf_add_cstr(&out, "before");
    assert_int_equal(frame_ask(&out, WIRE_page, 1, 0, 0, &too_long), ERR_INVALID);
    assert_int_equal(out.n, 6);
    buf_done(&out);
}

/* ---- a conversation ---- */

struct pair {
    struct link asker, answerer;
};

static struct pair pair_new(void)
{
    int one, other;
    struct pair pair;
    assert_int_equal(channel_pair(&one, &other), OK);
    link_init(&pair.asker, one);
    link_init(&pair.answerer, other);
    return pair;
}

static void a_question_and_its_answer_carry_descriptors(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct arena a = {0};
    struct attach_ask ask = {.role = ATTACH_LISTEN}, got;
    struct frame question;
    int there[2], back[2];
    assert_int_equal(pipe(there) | pipe(back), 0);
    int64_t deadline = clock_ms() + 1000;
    assert_int_equal(link_send(&pair.asker, WIRE_attach, &ask, there[1], deadline), OK);
    assert_int_equal(link_next(&pair.answerer, deadline, &question), OK);
    assert_int_equal(frame_read_ask(&a, &question, &got), OK);
    assert_int_equal(got.role, ATTACH_LISTEN);
    int fd = channel_take_fd(&pair.answerer.ch);
    assert_int_equal(write(fd, "x", 1), 1);
    char byte = 0;
    assert_int_equal(read(there[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(fd);

    struct reply reply = {.status = OK};
    struct attach_answer answer;
    int received = -1;
    assert_int_equal(link_answer(&pair.answerer, &question, &reply, NULL, back[1], deadline),
                     OK);
    assert_int_equal(
        link_receive(&pair.asker, WIRE_attach, deadline, &a, &reply, &answer, &received), OK);
    assert_true(received >= 0);
    close(received);
    assert_int_equal(read(back[0], &byte, 1), 0); /* nobody holds the other end any more */
    close(there[0]);
    close(back[0]);
    link_done(&pair.asker);
    link_done(&pair.answerer);
    arena_done(&a);
}

static void waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct frame question;
    int64_t before = clock_ms();
    assert_int_equal(link_next(&pair.answerer, before + 30, &question), ERR_TIMEOUT);
    assert_true(clock_ms() - before >= 30 && clock_ms() - before < 1000);
    link_done(&pair.asker);
    assert_int_equal(link_next(&pair.answerer, clock_ms() + 1000, &question), ERR_CLOSED);
    link_done(&pair.answerer);
}

static void an_answer_to_another_question_breaks_the_link(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct arena a = {0};
    struct health_ask ask = {0};
    struct health_answer answer;
    struct reply reply = {0};
    struct frame question;
    int64_t deadline = clock_ms() + 1000;
    assert_int_equal(link_send(&pair.asker, WIRE_health, &ask, -1, deadline), OK);
    assert_int_equal(link_next(&pair.answerer, deadline, &question), OK);
    question.number++;
    assert_int_equal(link_answer(&pair.answerer, &question, &reply, NULL, -1, deadline), OK);
    assert_int_equal(
        link_receive(&pair.asker, WIRE_health, deadline, &a, &reply, &answer, NULL),
        ERR_INVALID);
    link_done(&pair.asker);
    link_done(&pair.answerer);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_found_one_byte_at_a_time),
        cmocka_unit_test(a_head_that_cannot_be_one_is_refused_at_once),
        cmocka_unit_test(a_part_is_like_an_answer_but_alone),
        cmocka_unit_test(an_answer_may_have_no_body),
        cmocka_unit_test(a_frame_that_fails_leaves_nothing),
        cmocka_unit_test(a_question_and_its_answer_carry_descriptors),
        cmocka_unit_test(waiting_ends_at_the_deadline),
        cmocka_unit_test(an_answer_to_another_question_breaks_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
