/* SPDX-License-Identifier: ISC
 *
 * Whoever breaks the protocol loses their channel and nothing else happens: every message of the permission
 * table, for every role that can reach the vault, wrong in every way that its fields allow, against the program
 * itself. After each the neighbours are asked. Usage: test_vault_hostile HOURGATE-VAULT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../wire/random_value.h"
#include "os/clock.h"
#include "running.h"
#include "wire/codec.h"

enum {
    FRAME_MAX = FRAME_HEAD + FRAME_BODY_MAX,
    CLOSED_MS = 20000,
    FLOOD = 200000,
    STALLED = 20,
    VALUE_MAX = 4096
};

static const char *program;
static struct running run;
static struct link neighbour_edge, neighbour_command;

struct side {
    enum wire_role role;
    enum attach_role attach;
    const char *name;
};

static const struct side sides[] = {{ROLE_EDGE, ATTACH_EDGE, "edge"},
                                    {ROLE_COMMAND, ATTACH_COMMAND, "command"}};

static void connect_to(struct link *ret_link, enum attach_role role)
{
    int mine, theirs;
    assert_int_equal(channel_pair(&mine, &theirs), OK);
    link_init(ret_link, mine);
    running_attach(&run, role, theirs);
}

static enum status ask_health(struct link *link)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct health_ask ask = {0};
    struct health_answer answer;
    struct reply reply;
    return link_ask(link, WIRE_health, &ask, -1, clock_ms() + ASK_MS, &a, &reply, &answer,
                    NULL);
}

static void neighbours_are_served(void)
{
    assert_int_equal(ask_health(&neighbour_edge), OK);
    assert_int_equal(ask_health(&neighbour_command), OK);
}

static void send_bytes(int fd, const struct buf *bytes, int to_send)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {bytes->at, bytes->n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (to_send >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &to_send, sizeof to_send);
    }
    (void)!sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Send on a channel of its own, which the vault must close; what it answers before is of no interest. */
static void must_close(const struct side *side, const char *message, const char *what,
                       const struct buf *bytes, int to_send)
{
    struct link link;
    connect_to(&link, side->attach);
    send_bytes(link.ch.fd, bytes, to_send);
    int64_t deadline_ms = clock_ms() + CLOSED_MS;
    enum status status;
    do {
        status = channel_wait(&link.ch, false, deadline_ms);
        if (status == OK)
            status = channel_fill(&link.ch);
        buf_clear(&link.ch.in);
    } while (status == OK || status == ERR_NOT_FOUND);
    if (status != ERR_CLOSED)
        fail_msg("%s, %s: %s: %s", side->name, message, what, status_name(status));
    link_done(&link);
}

/* ---- wrong frames ---- */

static void put_head(struct buf *out, size_t n_body, unsigned type, unsigned kind,
                     unsigned n_fds)
{
    buf_add_u32(out, (uint32_t)n_body);
    buf_add_byte(out, (unsigned char)type);
    buf_add_byte(out, (unsigned char)(type >> 8));
    buf_add_byte(out, (unsigned char)kind);
    buf_add_byte(out, (unsigned char)n_fds);
    buf_add_u64(out, 1);
    buf_add_u32(out, 1000);
    buf_add_u32(out, 0);
}

static void must_close_body(const struct side *side, unsigned type, const char *what,
                            const struct buf *body)
{
    CLEANUP(buf_done) struct buf frame = BUF(FRAME_MAX);
    if (body->n > FRAME_BODY_MAX)
        return; /* the next test's */
    put_head(&frame, body->n, type, FRAME_ASK, 0);
    buf_add(&frame, body->at, body->n);
    assert_false(buf_failed(&frame));
    must_close(side, wire_message_of(type)->name, what, &frame, -1);
}

/* Write a value of zeroes, but the field that is reached when *left comes to 0 in a wrong way. */
static void put_wrong(struct buf *out, const struct shape *shape, int *left, bool is_form)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        if (field->kind == FIELD_ONE) {
            put_wrong(out, field->of(), left, is_form);
            continue;
        }
        bool is_wrong = --*left == 0;
        switch (field->kind) {
        case FIELD_FLAG:
            buf_add_byte(out, is_wrong ? 2 : 0);
            break;
        case FIELD_CODE:
            buf_add_u32(out, is_wrong ? (uint32_t)field->max : 0);
            break;
        case FIELD_I64:
        case FIELD_INSTANT: /* any is well formed: wrong is one that is cut off */
            buf_add_u64(out, 0);
            if (is_wrong)
                out->n -= 3;
            break;
        case FIELD_TEXT:
        case FIELD_BYTES:
        case FIELD_SECRET:
            if (is_wrong && is_form && field->kind == FIELD_TEXT) {
                buf_add_u32(out, 2);
                buf_add(out, "\xff\x01", 2);
            } else {
                size_t n = is_wrong ? field->max + 1 : 0;
                buf_add_u32(out, (uint32_t)n);
                while (n-- > 0)
                    buf_add_byte(out, 'a');
            }
            break;
        case FIELD_LIST:
            buf_add_u32(out, is_wrong ? (uint32_t)field->max + 1 : 0);
            break;
        case FIELD_ONE:
            break;
        }
        if (is_wrong && (field->kind == FIELD_I64 || field->kind == FIELD_INSTANT))
            return;
    }
}

static void every_field_is_checked(const struct side *side, unsigned type)
{
    const struct wire_message *message = wire_message_of(type);
    for (int form = 0; form < 2; form++)
        for (int at = 1, left = 0; left <= 0; at++) {
            char what[64];
            CLEANUP(buf_done) struct buf body = BUF(FRAME_BODY_MAX * 2);
            left = at;
            put_wrong(&body, message->ask(), &left, form);
            if (left > 0)
                break;
            snprintf(what, sizeof what, "field %d", at);
            must_close_body(side, type, what, &body);
        }
}

static void bodies_are_exact(const struct side *side, unsigned type)
{
    static struct random random = {4711};
    const struct wire_message *message = wire_message_of(type);
    struct arena a CLEANUP(arena_done) = {0};
    _Alignas(max_align_t) char value[VALUE_MAX] = {0};
    CLEANUP(buf_done) struct buf body = BUF(FRAME_BODY_MAX * 2);
    random_value(&random, &a, message->ask(), value);
    assert_int_equal(wire_encode(&body, message->ask, value), OK);
    wire_wipe(message->ask, value);
    buf_add_byte(&body, 0);
    must_close_body(side, type, "a byte too many", &body);
    if (body.n < 2)
        return;
    body.n -= 2;
    must_close_body(side, type, "a byte too few", &body);
}

static void heads_are_checked(const struct side *side, unsigned type)
{
    static const struct {
        const char *what;
        unsigned kind, n_fds;
        bool sends;
    } wrong[] = {{"an answer", 1, 0, false},         {"no kind", 2, 0, false},
                 {"a descriptor said", 0, 1, false}, {"a descriptor brought", 0, 1, true},
                 {"one brought unsaid", 0, 0, true}, {"two said", 0, 2, false}};
    const struct wire_message *message = wire_message_of(type);
    _Alignas(max_align_t) char value[VALUE_MAX] = {0};
    CLEANUP(buf_done) struct buf body = BUF(FRAME_BODY_MAX);
    assert_int_equal(wire_encode(&body, message->ask, value), OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (type == WIRE_backup && wrong[i].n_fds == 1 && wrong[i].sends)
            continue; /* that is its file */
        CLEANUP(buf_done) struct buf frame = BUF(FRAME_MAX);
        put_head(&frame, body.n, type, wrong[i].kind, wrong[i].n_fds);
        buf_add(&frame, body.at, body.n);
        must_close(side, message->name, wrong[i].what, &frame,
                   wrong[i].sends ? STDERR_FILENO : -1);
    }
    CLEANUP(buf_done) struct buf huge = BUF(FRAME_HEAD);
    put_head(&huge, FRAME_BODY_MAX + 1, type, FRAME_ASK, 0);
    must_close(side, message->name, "a frame too large", &huge, -1);
}

static void is_not_allowed(const struct side *side, unsigned type)
{
    const struct wire_message *message = wire_message_of(type);
    _Alignas(max_align_t) char value[VALUE_MAX] = {0};
    CLEANUP(buf_done) struct buf frame = BUF(FRAME_MAX);
    assert_int_equal(frame_ask(&frame, (enum wire_type)type, 1, 1000, 0, value), OK);
    must_close(side, message->name, "not for this role", &frame, -1);
}

static void a_wrong_message_closes_its_channel_alone(void **state)
{
    (void)state;
    int n_refused = 0, n_asked = 0;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
            const struct side *side = &sides[i];
            if (!wire_message_of(type)) {
                CLEANUP(buf_done) struct buf frame = BUF(FRAME_HEAD);
                put_head(&frame, 0, type, FRAME_ASK, 0);
                must_close(side, "no message", "no such number", &frame, -1);
            } else if (!wire_may_ask(type, side->role)) {
                is_not_allowed(side, type);
                n_refused++;
            } else {
                bodies_are_exact(side, type);
                every_field_is_checked(side, type);
                heads_are_checked(side, type);
                neighbours_are_served();
                n_asked++;
            }
        }
    neighbours_are_served();
    assert_true(n_refused > 30 && n_asked > 20); /* the table was walked */
}

/* ---- too much, and never enough ---- */

static void a_flood_of_questions_ends_with_its_channel(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf frame = BUF(FRAME_MAX);
    struct account_list_ask ask = {0};
    struct link flooding;
    assert_int_equal(frame_ask(&frame, WIRE_account_list, 1, 60000, 0, &ask), OK);
    connect_to(&flooding, ATTACH_COMMAND);
    struct timeval patience = {.tv_sec = 1};
    setsockopt(flooding.ch.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int sent = 0;
    ssize_t n = 1;
    for (; n > 0 && sent < FLOOD; sent++) {
        n = send(flooding.ch.fd, frame.at, frame.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && channel_wait(&flooding.ch, true, clock_ms() + CLOSED_MS) == OK)
            n = 1;
        if (sent % 5000 == 0)
            neighbours_are_served();
    }
    assert_true(n < 0 || sent == FLOOD);
    neighbours_are_served();
    link_done(&flooding);
    neighbours_are_served();
}

static void half_a_message_does_not_wait_for_ever(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf frame = BUF(FRAME_MAX);
    struct link stalled[STALLED];
    struct account_list_ask ask = {0};
    assert_int_equal(frame_ask(&frame, WIRE_account_list, 1, 1000, 0, &ask), OK);
    for (size_t i = 0; i < STALLED; i++) {
        connect_to(&stalled[i], ATTACH_COMMAND);
        size_t part = 1 + i % (frame.n - 1);
        assert_int_equal(write(stalled[i].ch.fd, frame.at, part), part);
    }
    neighbours_are_served();
    for (size_t i = 0; i < STALLED; i++) {
        assert_int_equal(channel_wait(&stalled[i].ch, false, clock_ms() + CLOSED_MS), OK);
        assert_int_equal(channel_fill(&stalled[i].ch), ERR_CLOSED);
        link_done(&stalled[i]);
    }
    neighbours_are_served();
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(running_start(&run, program, TEXT("0123456789abcdef0123456789abcdef")),
                     OK);
    connect_to(&neighbour_edge, ATTACH_EDGE);
    connect_to(&neighbour_command, ATTACH_COMMAND);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int code = running_stop(&run); /* a sanitizer's finding is an exit code too */
    link_done(&neighbour_edge);
    link_done(&neighbour_command);
    running_clean_up(&run);
    return code;
}

int main(int argc, char **argv)
{
    ENSURE(argc > 1);
    program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_message_closes_its_channel_alone),
        cmocka_unit_test(a_flood_of_questions_ends_with_its_channel),
        cmocka_unit_test(half_a_message_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
