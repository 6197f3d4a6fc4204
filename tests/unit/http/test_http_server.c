/* SPDX-License-Identifier: ISC
 *
 * The server over real sockets, in one thread: the test is its own visitor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/inner.h"
#include "os/clock.h"
#include "os/socket.h"

enum { BODY_MAX = 1000, ANSWER_MAX = 64 * 1024, PATIENCE_MS = 5000 };

struct rig {
    struct loop loop;
    struct http_server *server;
    struct address address;
    struct http_request *waiting; /* of /wait: answered by the test */
    int handled, gone;
    char last_body[BODY_MAX + 1];
};

static void answer(struct http_request *request, unsigned status, const char *body)
{
    struct http_response response;
    http_response_init(&response, status, "text/plain");
    buf_add_cstr(&response.body, body);
    http_answer(request, &response);
}

static void handle(void *owner, struct http_request *request)
{
    struct rig *rig = owner;
    rig->handled++;
    snprintf(rig->last_body, sizeof rig->last_body, TEXT_FMT,
             TEXT_ARG(buf_text(&request->body)));
    if (text_equal(request->path, TEXT("/wait"))) {
        rig->waiting = request;
        return;
    }
    struct text echo = http_header(request, "X-Echo");
    char body[256];
    snprintf(body, sizeof body, TEXT_FMT "|" TEXT_FMT "|" TEXT_FMT, TEXT_ARG(request->path),
             TEXT_ARG(request->query), TEXT_ARG(echo));
    answer(request, 200, body);
}

static void on_gone(void *owner, struct http_request *request)
{
    (void)request;
    struct rig *rig = owner;
    rig->gone++;
    rig->waiting = NULL;
}

static void on_refuse(void *owner, unsigned status, struct http_response *response)
{
    (void)owner;
    http_response_init(response, status, "text/plain");
    buf_add_cstr(&response->body, "no");
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    int fd;
    assert_int_equal(loop_init(&rig->loop), OK);
    struct http_settings settings = {.loop = &rig->loop,
                                     .handle = handle,
                                     .gone = on_gone,
                                     .refuse = on_refuse,
                                     .owner = rig,
                                     .max_connections = 100,
                                     .max_body = BODY_MAX};
    assert_int_equal(http_server_new(&settings, &rig->server, NULL), OK);
    assert_int_equal(address_parse(TEXT("127.0.0.1:0"), &rig->address, NULL), OK);
    assert_int_equal(socket_listen(&rig->address, 0600, &fd, NULL), OK);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(http_server_listen(rig->server, fd), OK);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    http_server_free(rig->server);
    loop_done(&rig->loop);
    free(rig);
    return 0;
}

static void turn(struct rig *rig)
{
    int wait_ms = http_server_timeout_ms(rig->server);
    assert_int_equal(loop_turn(&rig->loop, wait_ms < 0 || wait_ms > 5 ? 5 : wait_ms), OK);
    http_server_turn(rig->server);
}

static int visit(struct rig *rig)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)connect(fd, &rig->address.any, rig->address.size);
    turn(rig);
    return fd;
}

static void say(int fd, const void *bytes, size_t n)
{
    assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), n);
}

static void say_text(int fd, const char *text)
{
    say(fd, text, strlen(text));
}

/* Turn until `wanted` answers came, or the server closed. Returns the bytes; *ret_closed says which. */
static const char *hear(struct rig *rig, int fd, int wanted, bool *ret_closed)
{
    static char bytes[ANSWER_MAX];
    size_t n = 0;
    *ret_closed = false;
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until && !*ret_closed;) {
        turn(rig);
        ssize_t got = recv(fd, bytes + n, sizeof bytes - 1 - n, 0);
        *ret_closed = got == 0;
        if (got > 0)
            n += (size_t)got;
        bytes[n] = 0;
        int seen = 0;
        for (const char *at = bytes; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
            seen++;
        if (wanted && seen >= wanted && strstr(bytes, "\r\n\r\n"))
            break;
    }
    return bytes;
}

static void a_connection_serves_many_requests(void **state)
{
    struct rig *rig = *state;
    bool closed;
    int fd = visit(rig);
    for (int i = 0; i < 3; i++) {
        say_text(fd,
                 "GET /a%20b?x=%31 HTTP/1.1\r\nHost: h\r\nX-Echo: one\r\nX-Echo: two\r\n\r\n");
        const char *heard = hear(rig, fd, 1, &closed);
        assert_non_null(strstr(heard, "200 OK"));
        assert_non_null(strstr(heard, "/a%20b|x=%31|two"));
        assert_false(closed);
    }
    assert_int_equal(http_server_counts(rig->server).accepted, 1);
    close(fd);
}

static void requests_in_one_packet_are_answered_in_order(void **state)
{
    struct rig *rig = *state;
    bool closed;
    int fd = visit(rig);
    say_text(fd, "GET /one HTTP/1.1\r\nHost: h\r\n\r\nPOST /two HTTP/1.1\r\nHost: "
                 "h\r\nContent-Length: 3\r\n\r\nabc"
                 "GET /three HTTP/1.1\r\nHost: h\r\n\r\n");
    const char *heard = hear(rig, fd, 3, &closed);
    assert_true(strstr(heard, "/one") < strstr(heard, "/two"));
    assert_true(strstr(heard, "/two") < strstr(heard, "/three"));
    close(fd);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct rig *rig = *state;
    bool closed;
    int fd = visit(rig);
    const char *request = "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (const char *c = request; *c; c++) {
        say(fd, c, 1);
        turn(rig);
    }
    assert_non_null(strstr(hear(rig, fd, 1, &closed), "/slow"));
    assert_string_equal(rig->last_body, "abcde");
    close(fd);
}

static void an_answer_may_come_later(void **state)
{
    struct rig *rig = *state;
    bool closed;
    int fd = visit(rig);
    say_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 50 && !rig->waiting; i++)
        turn(rig);
    assert_non_null(rig->waiting);
    assert_int_equal(http_server_counts(rig->server).waiting, 1);
    answer(rig->waiting, 200, "at last");
    assert_non_null(strstr(hear(rig, fd, 1, &closed), "at last"));
    say_text(fd, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_non_null(strstr(hear(rig, fd, 1, &closed), "/next"));
    assert_int_equal(http_server_counts(rig->server).waiting, 0);
    close(fd);
}

static void a_visitor_who_leaves_is_noticed_while_waiting(void **state)
{
    struct rig *rig = *state;
    int fd = visit(rig);
    say_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 50 && !rig->waiting; i++)
        turn(rig);
    assert_non_null(rig->waiting);
    close(fd);
    for (int i = 0; i < 50 && http_server_counts(rig->server).connections; i++)
        turn(rig);
    assert_int_equal(rig->gone, 1);
    assert_int_equal(http_server_counts(rig->server).connections, 0);
    assert_int_equal(http_server_counts(rig->server).waiting, 0);
}

static void it_can_stop_while_somebody_waits(void **state)
{
    struct rig *rig = *state;
    int fd = visit(rig);
    say_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 50 && !rig->waiting; i++)
        turn(rig);
    http_server_free(rig->server);
    rig->server = NULL;
    assert_int_equal(rig->gone, 0);
    close(fd);
}

/* Ask for what waits, and let its answer begin. */
static int begin_pieces(struct rig *rig)
{
    struct http_response response;
    int fd = visit(rig);
    say_text(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 50 && !rig->waiting; i++)
        turn(rig);
    assert_non_null(rig->waiting);
    http_response_init(&response, 200, "text/plain");
    buf_add_cstr(&response.body, "first,");
    http_answer_begin(rig->waiting, &response);
    return fd;
}

/* Turn until the bytes that came end with these. */
static void hear_until(struct rig *rig, int fd, const char *end)
{
    static char bytes[ANSWER_MAX];
    size_t n = 0, length = strlen(end);
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until;) {
        turn(rig);
        ssize_t got = recv(fd, bytes + n, sizeof bytes - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
        bytes[n] = 0;
        if (n >= length && strcmp(bytes + n - length, end) == 0)
            return;
    }
    fail_msg("%s", bytes);
}

static void an_answer_may_come_in_pieces(void **state)
{
    struct rig *rig = *state;
    bool closed;
    int fd = begin_pieces(rig);
    hear_until(rig, fd, "first,\r\n");
    for (int i = 0; i < 10; i++)
        turn(rig);
    http_answer_more(rig->waiting, TEXT("second,"));
    http_answer_more(rig->waiting, TEXT("third,"));
    hear_until(rig, fd, "second,third,\r\n");
    http_answer_more(rig->waiting, TEXT("last"));
    http_answer_end(rig->waiting);
    hear_until(rig, fd, "last\r\n0\r\n\r\n");
    say_text(fd, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_non_null(strstr(hear(rig, fd, 1, &closed), "/next"));
    assert_int_equal(http_server_counts(rig->server).waiting, 0);
    assert_int_equal(rig->gone, 0);
    close(fd);
}

static void who_leaves_between_pieces_is_noticed_once(void **state)
{
    struct rig *rig = *state;
    int fd = begin_pieces(rig);
    hear_until(rig, fd, "first,\r\n");
    close(fd);
    for (int i = 0; i < 50 && http_server_counts(rig->server).connections; i++)
        turn(rig);
    assert_int_equal(rig->gone, 1);
    assert_int_equal(http_server_counts(rig->server).connections, 0);
    assert_int_equal(http_server_counts(rig->server).waiting, 0);
}

static void who_leaves_before_the_first_piece_is_noticed_once(void **state)
{
    struct rig *rig = *state;
    close(begin_pieces(rig));
    for (int i = 0; i < 50 && http_server_counts(rig->server).connections; i++)
        turn(rig);
    assert_int_equal(rig->gone, 1);
    assert_int_equal(http_server_counts(rig->server).waiting, 0);
}

static void it_can_stop_between_pieces(void **state)
{
    struct rig *rig = *state;
    int fd = begin_pieces(rig);
    hear_until(rig, fd, "first,\r\n");
    http_server_free(rig->server);
    rig->server = NULL;
    assert_int_equal(rig->gone, 0);
    close(fd);
}

#define HEAD "GET / HTTP/1.1\r\n"

static void what_can_be_read_two_ways_ends_the_connection(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *what, *bytes;
        size_t n;
    } doubtful[] = {
#define CASE(what, bytes) {what, bytes, sizeof(bytes) - 1}
        CASE("no Host", HEAD "\r\n"),
        CASE("two Hosts", HEAD "Host: a\r\nHost: b\r\n\r\n"),
        CASE("length and coding", HEAD
             "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        CASE("two lengths", HEAD "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        CASE("signed length", HEAD "Host: a\r\nContent-Length: +0\r\n\r\n"),
        CASE("other coding", HEAD "Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n"),
        CASE("folded", HEAD "Host: a\r\nX: b\r\n c\r\n\r\n"),
        CASE("folded by tab", HEAD "Host: a\r\nX: b\r\n\tc\r\n\r\n"),
        CASE("folded Host", HEAD "Host: a\r\n b\r\n\r\n"),
        CASE("NUL", HEAD "Host: a\r\nX: b\0c\r\n\r\n"),
        CASE("NUL at the end", HEAD "Host: a\r\nX: b\0\r\n\r\n"),
        CASE("NUL in name", HEAD "Host: a\r\nX\0Y: b\r\n\r\n"),
        CASE("NUL in target", "GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("control", HEAD "Host: a\r\nX: b\x01\r\n\r\n"),
        CASE("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n"),
        CASE("bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        CASE("bare LF after a field", HEAD "Host: a\nX: b\r\n\r\n"),
        CASE("bare LF after the last field", HEAD "Host: a\n\r\n"),
        CASE("bare LF as the empty line", HEAD "Host: a\r\n\n"),
        CASE("bare LF hides a field",
             HEAD "Host: a\r\nX: b\nTransfer-Encoding: chunked\r\n\r\n"),
        CASE("bare CR", HEAD "Host: a\r\nX: b\rY: c\r\n\r\n"),
        CASE("space before colon", HEAD "Host: a\r\nContent-Length : 0\r\n\r\n"),
        CASE("absolute target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        CASE("odd version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        bool closed;
        int fd = visit(rig);
        say(fd, doubtful[i].bytes, doubtful[i].n);
        say_text(fd, "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        const char *heard = hear(rig, fd, 0, &closed);
        if (!closed || (*heard && strncmp(heard, "HTTP/1.1 4", 10) != 0 &&
                        strncmp(heard, "HTTP/1.1 505", 12) != 0))
            fail_msg("%s: %s", doubtful[i].what, heard);
        if (strstr(heard, "smuggled") || rig->handled)
            fail_msg("%s: went on", doubtful[i].what);
        close(fd);
    }
}

static void too_much_is_refused_by_name(void **state)
{
    struct rig *rig = *state;
    bool closed;
    char big[10000];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = 0;
    int fd = visit(rig);
    dprintf(fd, "GET /%.5000s HTTP/1.1\r\nHost: h\r\n\r\n", big);
    assert_non_null(strstr(hear(rig, fd, 0, &closed), " 414 "));
    close(fd);
    fd = visit(rig);
    dprintf(fd, "GET / HTTP/1.1\r\nHost: h\r\nX: %s\r\n\r\n", big);
    const char *heard = hear(rig, fd, 0, &closed);
    assert_true(strstr(heard, " 431 ") || strstr(heard, " 413 "));
    close(fd);
    fd = visit(rig);
    dprintf(fd, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", BODY_MAX + 1);
    assert_non_null(strstr(hear(rig, fd, 0, &closed), " 413 "));
    close(fd);
    fd = visit(rig);
    dprintf(fd,
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
            "chunked\r\n\r\n%x\r\n%.1100s\r\n0\r\n\r\n",
            1100, big);
    assert_non_null(strstr(hear(rig, fd, 0, &closed), " 413 "));
    close(fd);
    assert_int_equal(rig->handled, 0);
}

static void connections_beyond_the_most_wait_their_turn(void **state)
{
    struct rig *rig = *state;
    int fds[120];
    for (int i = 0; i < 120; i++)
        fds[i] = visit(rig);
    for (int i = 0; i < 20; i++)
        turn(rig);
    assert_int_equal(http_server_counts(rig->server).connections, 100);
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    bool closed;
    say_text(fds[119], "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_non_null(strstr(hear(rig, fds[119], 1, &closed), "/late"));
    for (int i = 100; i < 120; i++)
        close(fds[i]);
}

/* What 0.9.75 needs is not what 1.0 needs; one of them is always right. */
static void a_library_that_reads_otherwise_is_noticed(void **state)
{
    (void)state;
    enum library_way way;
    assert_int_equal(library_find_way(&way, NULL), OK);
    assert_true(library_is_safe(way));
    if (strncmp(MHD_get_version(), "0.9.75", 6) == 0) {
        assert_int_equal(way, LIBRARY_LEAVES_TRACES);
        assert_false(library_is_safe(LIBRARY_IS_STRICT)); /* it is not */
    }
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_connection_serves_many_requests),
        TEST(requests_in_one_packet_are_answered_in_order),
        TEST(a_request_may_come_byte_by_byte),
        TEST(an_answer_may_come_later),
        TEST(a_visitor_who_leaves_is_noticed_while_waiting),
        TEST(it_can_stop_while_somebody_waits),
        TEST(an_answer_may_come_in_pieces),
        TEST(who_leaves_between_pieces_is_noticed_once),
        TEST(who_leaves_before_the_first_piece_is_noticed_once),
        TEST(it_can_stop_between_pieces),
        TEST(what_can_be_read_two_ways_ends_the_connection),
        cmocka_unit_test(a_library_that_reads_otherwise_is_noticed),
        TEST(too_much_is_refused_by_name),
        TEST(connections_beyond_the_most_wait_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
