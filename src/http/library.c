/* SPDX-License-Identifier: ISC
 *
 * What is between the wire and us is libmicrohttpd, whose versions differ in what they let through and in
 * how they leave their buffer. Where a request ends is too grave a question to believe a version number: each
 * server that starts puts heads of both kinds through the library first, at once and byte by byte, and serves
 * only in a way in which all of them went as they must.
 */
#include <string.h>
#include <unistd.h>

#include "http/inner.h"

enum { TURNS = 4, BODY_MAX = 64 };

struct probe {
    struct loop loop;
    struct http_server *server;
    unsigned handled;
    bool is_plain; /* the last one was understood */
};

struct sent {
    const char *bytes;
    size_t n;
    bool is_plain; /* else it must be refused */
};

#define PLAIN(bytes)                                                                           \
    {                                                                                          \
        bytes, sizeof(bytes) - 1, true                                                         \
    }
#define DOUBTFUL(bytes)                                                                        \
    {                                                                                          \
        bytes, sizeof(bytes) - 1, false                                                        \
    }
#define LINE "POST /probe?q HTTP/1.1\r\n"

/* The plain ones have X: ab and the body "cd". */
static const struct sent sent[] = {
    PLAIN(LINE "Host: h\r\nX: ab\r\nContent-Length: 2\r\n\r\ncd"),
    PLAIN(LINE "X:ab\r\nContent-Length: 2\r\nEmpty:\r\nhost:h\r\n\r\ncd"),
    PLAIN(LINE "Content-Length: 2\r\nHost: h\r\nX: ab \r\n\r\ncd"),
    PLAIN(LINE "Host: h\r\nTransfer-Encoding: chunked\r\nX: ab\r\n\r\n2\r\ncd\r\n0\r\n\r\n"),
    DOUBTFUL(LINE "\r\n"),
    DOUBTFUL(LINE "Host: a\r\nHost: b\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
    DOUBTFUL(LINE
             "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\r\n c\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\r\n\tc\r\nY: d\r\n\r\n"),
    DOUBTFUL(LINE " Host: a\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\0c\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\0\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\0\r\nX: b\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX\0Y: b\r\n\r\n"),
    DOUBTFUL("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\x01\r\n\r\n"),
    DOUBTFUL("GET / HTTP/1.1\nHost: a\n\n"),
    DOUBTFUL("GET / HTTP/1.1\nHost: a\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\nX: b\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\n\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\r\n\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\nTransfer-Encoding: chunked\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\rY: c\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nX: b\r\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nContent-Length : 0\r\n\r\n"),
    DOUBTFUL(LINE "Host: a\r\nwithout colon\r\n\r\n"),
};

static void handle(void *owner, struct http_request *request)
{
    struct probe *probe = owner;
    struct http_response response;
    probe->handled++;
    probe->is_plain = request->method == HTTP_POST &&
                      text_equal(request->path, TEXT("/probe")) &&
                      text_equal(request->query, TEXT("q")) &&
                      text_equal(http_header(request, "X"), TEXT("ab")) &&
                      text_equal(buf_text(&request->body), TEXT("cd"));
    http_response_init(&response, 200, "text/plain");
    http_answer(request, &response);
}

static void on_gone(void *owner, struct http_request *request)
{
    (void)owner, (void)request;
}

static void write_refusal(void *owner, unsigned status, struct http_response *response)
{
    (void)owner;
    http_response_init(response, status, "text/plain");
}

static void turn(struct probe *probe)
{
    for (int i = 0; i < TURNS; i++)
        MHD_run(probe->server->mhd);
}

/* Send in pieces; false where the socket is closed, or something went wrong. */
static bool send_pieces(struct probe *probe, int fd, const struct sent *s, size_t piece)
{
    for (size_t at = 0; at < s->n; at += piece) {
        size_t n = s->n - at < piece ? s->n - at : piece;
        if (send(fd, s->bytes + at, n, MSG_NOSIGNAL) != (ssize_t)n)
            return false;
        turn(probe);
    }
    return true;
}

/* Does it go as it must, sent in pieces of so many bytes? */
static bool goes_well(struct probe *probe, const struct sent *s, size_t piece)
{
    int pair[2];
    const struct sockaddr local = {.sa_family = AF_UNIX};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    probe->handled = 0;
    connection_admit(probe->server, pair[0], &local, sizeof local);
    bool is_sent = send_pieces(probe, pair[1], s, piece);
    close(pair[1]);
    turn(probe);
    if (s->is_plain)
        return is_sent && probe->handled == 1 && probe->is_plain;
    return probe->handled == 0;
}

bool library_is_safe(enum library_way way)
{
    struct probe probe = {.loop.epoll_fd = -1};
    struct http_settings settings = {.loop = &probe.loop,
                                     .handle = handle,
                                     .gone = on_gone,
                                     .refuse = write_refusal,
                                     .owner = &probe,
                                     .max_connections = sizeof sent / sizeof *sent,
                                     .max_body = BODY_MAX};
    bool is_safe =
        loop_init(&probe.loop) == OK && server_open(&settings, way, &probe.server, NULL) == OK;
    for (size_t i = 0; is_safe && i < sizeof sent / sizeof *sent; i++)
        is_safe = goes_well(&probe, &sent[i], sent[i].n) && goes_well(&probe, &sent[i], 1);
    http_server_free(probe.server);
    loop_done(&probe.loop);
    return is_safe;
}

enum status library_find_way(enum library_way *ret_way, struct error *err)
{
    for (enum library_way way = 0; way < LIBRARY_WAYS; way++)
        if (library_is_safe(way)) {
            *ret_way = way;
            return OK;
        }
    return error_set(err, ERR_IO, "http",
                     "libmicrohttpd %s lets requests through that can be read two ways; "
                     "0.9.75 and 1.0 are known to be good",
                     MHD_get_version());
}
