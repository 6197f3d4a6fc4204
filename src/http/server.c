/* SPDX-License-Identifier: ISC
 *
 * libmicrohttpd without threads of its own, its epoll descriptor inside the owner's loop: turns and life.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/inner.h"
#include "os/clock.h"

enum {
    POOL = 8 * 1024, /* the library's memory for one connection: bounds the head of a request */
    INACTIVE_S = 30, /* no byte either way */
    IDLE_MS = 60 * 1000,    /* between requests, and for the first line of one */
    READING_MS = 20 * 1000, /* for the rest of a request */
    SWEEP_MS = 1000,
    MANY_WAITING =
        256, /* from here on resumed connections move together: each MHD_run looks at all */
    TOGETHER_MS = 2,
};

static void on_ready(struct watch *watch, uint32_t events)
{
    (void)events;
    LIST_OWNER(watch, struct http_server, watch)->ready = true;
}

static bool must_run(const struct http_server *server, int64_t now)
{
    if (server->ready || now >= server->run_ms)
        return true;
    return server->resumed &&
           (server->counts.waiting < MANY_WAITING || now >= server->resumed_ms + TOGETHER_MS);
}

void http_server_turn(struct http_server *server)
{
    int64_t now = clock_ms();
    if (server->paused_until_ms && now >= server->paused_until_ms)
        listeners_resume(server);
    if (now >= server->sweep_ms) {
        connections_end_slow(&server->idle, now - IDLE_MS);
        connections_end_slow(&server->reading, now - READING_MS);
        server->sweep_ms = now + SWEEP_MS;
    }
    if (!must_run(server, now))
        return;
    server->ready = server->resumed = false;
    MHD_run(server->mhd);
    MHD_UNSIGNED_LONG_LONG wait_ms;
    server->run_ms = INT64_MAX;
    if (MHD_get_timeout(server->mhd, &wait_ms) == MHD_YES)
        server->run_ms = now + (wait_ms < 60000 ? (int64_t)wait_ms : 60000);
}

int http_server_timeout_ms(struct http_server *server)
{
    if (server->ready)
        return 0;
    int64_t now = clock_ms();
    int64_t next = server->counts.connections ? server->sweep_ms : INT64_MAX;
    if (server->run_ms < next)
        next = server->run_ms;
    if (server->paused_until_ms && server->paused_until_ms < next)
        next = server->paused_until_ms;
    if (server->resumed) {
        int64_t together =
            server->counts.waiting < MANY_WAITING ? now : server->resumed_ms + TOGETHER_MS;
        next = together < next ? together : next;
    }
    if (next == INT64_MAX)
        return -1;
    return next > now ? (int)(next - now) : 0;
}

struct http_counts http_server_counts(const struct http_server *server)
{
    return server->counts;
}

/* ---- life ---- */

/* Targets are decoded by whoever knows what they mean. */
static size_t leave_escaped(void *owner, struct MHD_Connection *mhd, char *text)
{
    (void)owner;
    (void)mhd;
    return strlen(text);
}

static void init(struct http_server *server, const struct http_settings *settings)
{
    server->settings = *settings;
    server->watch.ready = on_ready;
    server->run_ms = INT64_MAX;
    list_init(&server->idle);
    list_init(&server->reading);
    list_init(&server->waiting);
    listeners_init(server);
}

enum status server_open(const struct http_settings *settings, enum library_way way,
                        struct http_server **ret_server, struct error *err)
{
    struct http_server *server = calloc(1, sizeof *server);
    ENSURE(server);
    init(server, settings);
    server->way = way;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_retrieve},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    server->mhd = MHD_start_daemon(
        settings->has_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, exchange_on_request,
        server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)INACTIVE_S, MHD_OPTION_CONNECTION_LIMIT, settings->max_connections + 1,
        MHD_OPTION_STRICT_FOR_CLIENT, way == LIBRARY_IS_STRICT ? 1 : 0,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_on_target, server, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_on_change, server, MHD_OPTION_ARRAY,
        settings->has_tls ? tls : &tls[2], MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->mhd ? MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info || loop_add(settings->loop, info->epoll_fd, EPOLLIN, &server->watch) != OK) {
        http_server_free(server);
        return error_set(err, ERR_IO, "http", "libmicrohttpd does not start");
    }
    *ret_server = server;
    return OK;
}

enum status http_server_new(const struct http_settings *settings,
                            struct http_server **ret_server, struct error *err)
{
    enum library_way way;
    TRY(library_find_way(&way, err));
    return server_open(settings, way, ret_server, err);
}

/* The library must not be stopped while a connection is suspended. */
static void abandon_waiting(struct http_server *server)
{
    for (struct list *node; (node = list_first(&server->waiting));) {
        struct exchange *x = LIST_OWNER(node, struct connection, node)->exchange;
        x->state = ABANDONED;
        x->goes_on = false;
        exchange_resume(x);
    }
    MHD_run(server->mhd);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (server->listeners[i].fd >= 0) {
            loop_remove(server->settings.loop, server->listeners[i].fd);
            close(server->listeners[i].fd);
        }
    if (server->mhd) {
        abandon_waiting(server);
        MHD_stop_daemon(server->mhd);
    }
    free(server);
}
