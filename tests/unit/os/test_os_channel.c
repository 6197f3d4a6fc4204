/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/channel.h"
#include "os/clock.h"

struct pair {
    struct channel one, other;
};

static struct pair pair_new(size_t max)
{
    struct pair p;
    int one, other;
    assert_int_equal(channel_pair(&one, &other), OK);
    channel_init(&p.one, one, max, max);
    channel_init(&p.other, other, max, max);
    return p;
}

static void pair_done(struct pair *p)
{
    channel_done(&p->one);
    channel_done(&p->other);
}

static void bytes_arrive_in_order(void **state)
{
    (void)state;
    struct pair p = pair_new(1000);
    assert_int_equal(channel_fill(&p.other), ERR_NOT_FOUND);
    buf_add_cstr(&p.one.out, "hello ");
    assert_int_equal(channel_flush(&p.one), OK);
    buf_add_cstr(&p.one.out, "there");
    assert_int_equal(channel_flush(&p.one), OK);
    assert_int_equal(channel_wait(&p.other, false, clock_ms() + 1000), OK);
    while (channel_fill(&p.other) == OK)
        ;
    assert_string_equal(buf_cstr(&p.other.in), "hello there");
    channel_drop(&p.other, 6);
    assert_string_equal(buf_cstr(&p.other.in), "there");
    pair_done(&p);
}

/* What was handled may have been a secret: it must not stay behind in the buffer. */
static void handled_bytes_are_overwritten(void **state)
{
    (void)state;
    struct pair p = pair_new(1000);
    buf_add_cstr(&p.one.out, "secret-tail");
    assert_int_equal(channel_flush(&p.one), OK);
    assert_int_equal(channel_fill(&p.other), OK);
    channel_drop(&p.other, 7);
    for (size_t i = 4; i < 11; i++)
        assert_int_equal(p.other.in.at[i], 0);
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(p.one.out.at[i], 0);
    pair_done(&p);
}

static void a_full_peer_makes_the_sender_wait(void **state)
{
    (void)state;
    struct pair p = pair_new(4 << 20);
    static char large[4 << 20];
    memset(large, 'x', sizeof large);
    buf_add(&p.one.out, large, sizeof large);
    enum status status;
    while ((status = channel_flush(&p.one)) == ERR_NOT_FOUND) {
        assert_int_equal(channel_wait(&p.one, true, clock_ms() + 10), ERR_TIMEOUT);
        while (channel_fill(&p.other) == OK)
            ;
    }
    assert_int_equal(status, OK);
    while (channel_fill(&p.other) == OK)
        ;
    assert_int_equal(p.other.in.n, sizeof large);
    buf_add_byte(&p.one.out, 1);
    assert_int_equal(channel_flush(&p.one), OK);
    assert_int_equal(channel_fill(&p.other), ERR_FULL);
    pair_done(&p);
}

/* Each descriptor is the reading end of a pipe that holds its number. */
static int numbered_fd(int number)
{
    int ends[2];
    char digit = (char)('0' + number);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], &digit, 1), 1);
    close(ends[1]);
    return ends[0];
}

static void check_number(int fd, int number)
{
    char digit = 0;
    assert_int_equal(read(fd, &digit, 1), 1);
    assert_int_equal(digit, '0' + number);
    close(fd);
}

static void descriptors_keep_their_order(void **state)
{
    (void)state;
    struct pair p = pair_new(1000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(channel_put_fd(&p.one, numbered_fd(i)), OK);
    buf_add_cstr(&p.one.out, "ab");
    assert_int_equal(channel_flush(&p.one), OK);
    assert_int_equal(channel_put_fd(&p.one, numbered_fd(2)), OK);
    buf_add_cstr(&p.one.out, "c");
    assert_int_equal(channel_flush(&p.one), OK);
    while (channel_fill(&p.other) == OK)
        ;
    assert_string_equal(buf_cstr(&p.other.in), "abc");
    for (int i = 0; i < 3; i++)
        check_number(channel_take_fd(&p.other), i);
    assert_int_equal(channel_take_fd(&p.other), -1);
    pair_done(&p);
}

static void too_many_descriptors_break_the_channel(void **state)
{
    (void)state;
    struct pair p = pair_new(1000);
    enum status status = OK;
    for (int i = 0; i < CHANNEL_FDS; i++)
        assert_int_equal(channel_put_fd(&p.one, numbered_fd(i)), OK);
    assert_int_equal(channel_put_fd(&p.one, numbered_fd(9)), ERR_FULL);
    buf_add_cstr(&p.one.out, "a");
    assert_int_equal(channel_flush(&p.one), OK);
    assert_int_equal(channel_put_fd(&p.one, numbered_fd(5)), OK);
    buf_add_cstr(&p.one.out, "b");
    assert_int_equal(channel_flush(&p.one), OK);
    while (status == OK)
        status = channel_fill(&p.other);
    assert_int_equal(status, ERR_FULL);
    pair_done(&p);
}

static void the_peers_end_is_seen(void **state)
{
    (void)state;
    struct pair p = pair_new(1000);
    buf_add_cstr(&p.one.out, "last");
    assert_int_equal(channel_flush(&p.one), OK);
    channel_done(&p.one);
    assert_int_equal(channel_fill(&p.other), OK);
    assert_string_equal(buf_cstr(&p.other.in), "last");
    assert_int_equal(channel_fill(&p.other), ERR_CLOSED);
    buf_add_cstr(&p.other.out, "x");
    assert_int_equal(channel_flush(&p.other), ERR_CLOSED);
    channel_done(&p.other);
    channel_done(&p.other); /* harmless */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_arrive_in_order),
        cmocka_unit_test(handled_bytes_are_overwritten),
        cmocka_unit_test(a_full_peer_makes_the_sender_wait),
        cmocka_unit_test(descriptors_keep_their_order),
        cmocka_unit_test(too_many_descriptors_break_the_channel),
        cmocka_unit_test(the_peers_end_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
