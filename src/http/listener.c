/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/inner.h"
#include "os/clock.h"

enum {
    ACCEPTS_A_TURN = 128,
    PAUSE_MS = 100, /* accept again after there were too many connections or descriptors */
};

static void pause_listeners(struct http_server *server)
{
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (server->listeners[i].fd >= 0)
            loop_remove(server->settings.loop, server->listeners[i].fd);
    server->paused_until_ms = clock_ms() + PAUSE_MS;
}

void listeners_resume(struct http_server *server)
{
    server->paused_until_ms = 0;
    for (int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *l = &server->listeners[i];
        if (l->fd >= 0 && loop_add(server->settings.loop, l->fd, EPOLLIN, &l->watch) != OK)
            server->paused_until_ms = clock_ms() + PAUSE_MS;
    }
}

static void on_listener(struct watch *watch, uint32_t events)
{
    (void)events;
    struct listener *l = (struct listener *)watch;
    struct http_server *server = l->server;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        if (server->counts.connections >= server->settings.max_connections) {
            pause_listeners(server);
            return;
        }
        union {
            struct sockaddr any;
            struct sockaddr_in6 in6;
            struct sockaddr_un un;
        } address = {0};
        socklen_t n_address = sizeof address;
        int fd = accept4(l->fd, &address.any, &n_address, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            connection_admit(server, fd, &address.any, n_address);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_listeners(server); /* it stays readable: waiting for it would spin */
        if (fd < 0)
            return;
    }
}

void listeners_init(struct http_server *server)
{
    for (int i = 0; i < LISTENERS_MAX; i++)
        server->listeners[i] =
            (struct listener){.watch.ready = on_listener, .server = server, .fd = -1};
}

enum status http_server_listen(struct http_server *server, int fd)
{
    for (int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *l = &server->listeners[i];
        if (l->fd >= 0)
            continue;
        l->fd = fd;
        return server->paused_until_ms
                   ? OK
                   : loop_add(server->settings.loop, fd, EPOLLIN, &l->watch);
    }
    close(fd);
    return ERR_FULL;
}
