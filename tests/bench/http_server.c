/* SPDX-License-Identifier: ISC
 *
 * What row 8 measures: one thread that answers every request with 1 KiB of JSON.
 *
 *     http_server bare   libmicrohttpd alone, its smallest program with an external epoll loop
 *     http_server ours   src/http with its guard, its limits and the headers of every answer
 *
 * Prints its port; ends with its standard input, and then prints the CPU seconds that it took.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/server.h"
#include "os/socket.h"

enum { BODY = 1024 };

static char body[BODY + 1];
static bool ended;

static void fail(const char *what)
{
    fprintf(stderr, "http_server: %s\n", what);
    exit(1);
}

static int listener(void)
{
    struct address address;
    struct error err = {0};
    int fd = -1;
    if (address_parse(TEXT("127.0.0.1:0"), &address, &err) != OK ||
        socket_listen(&address, 0600, &fd, &err) != OK)
        fail(err.what);
    printf("%u\n", address_port(&address));
    fflush(stdout);
    return fd;
}

static void on_input(struct watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    ended = true;
}

static void add_input(struct loop *loop)
{
    static struct watch input = {.ready = on_input};
    if (loop_add(loop, STDIN_FILENO, EPOLLIN, &input) != OK)
        fail("standard input must be a pipe");
}

/* ---- bare ---- */

static enum MHD_Result on_bare(void *owner, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *n_upload, void **context)
{
    (void)owner, (void)url, (void)method, (void)version, (void)upload, (void)n_upload;
    if (!*context) {
        *context = body;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(BODY, body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static void on_bare_ready(struct watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
}

static void serve_bare(struct loop *loop)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_bare, NULL, MHD_OPTION_LISTEN_SOCKET, listener(),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)8192, MHD_OPTION_END);
    if (!daemon)
        fail("libmicrohttpd does not start");
    static struct watch watch = {.ready = on_bare_ready};
    int fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (loop_add(loop, fd, EPOLLIN, &watch) != OK)
        fail("epoll");
    while (!ended) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        int wait = MHD_get_timeout(daemon, &wait_ms) == MHD_YES ? (int)wait_ms : -1;
        if (loop_turn(loop, wait) != OK)
            fail("epoll");
        MHD_run(daemon);
    }
}

/* ---- ours ---- */

static void handle(void *owner, struct http_request *request)
{
    (void)owner;
    struct http_response response;
    http_response_init(&response, 200, "application/json");
    http_response_add_security(&response, HTTP_DATA, (struct text){0}, false);
    buf_add(&response.body, body, BODY);
    http_answer(request, &response);
}

static void on_gone(void *owner, struct http_request *request)
{
    (void)owner;
    (void)request;
}

static void on_refuse(void *owner, unsigned status, struct http_response *response)
{
    (void)owner;
    http_response_init(response, status, "text/plain");
}

static void serve_ours(struct loop *loop)
{
    struct http_server *server;
    struct http_settings settings = {.loop = loop,
                                     .handle = handle,
                                     .gone = on_gone,
                                     .refuse = on_refuse,
                                     .max_connections = 1000,
                                     .max_body = 65536};
    if (http_server_new(&settings, &server, NULL) != OK ||
        http_server_listen(server, listener()) != OK)
        fail("the server does not start");
    while (!ended) {
        if (loop_turn(loop, http_server_timeout_ms(server)) != OK)
            fail("epoll");
        http_server_turn(server);
    }
    http_server_free(server);
}

int main(int argc, char **argv)
{
    struct loop loop;
    struct rusage used;
    setenv("TZ", "UTC0", 1);
    memset(body, 'x', BODY);
    memcpy(body, "{\"slots\":\"", 10);
    memcpy(body + BODY - 2, "\"}", 2);
    if (argc != 2 || loop_init(&loop) != OK)
        fail("usage: http_server bare|ours");
    add_input(&loop);
    if (strcmp(argv[1], "bare") == 0)
        serve_bare(&loop);
    else
        serve_ours(&loop);
    getrusage(RUSAGE_SELF, &used);
    printf("%.6f\n", (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
                         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    return 0;
}
