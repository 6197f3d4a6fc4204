/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/epoll.h>

#include "http/inner.h"
#include "os/clock.h"

bool connection_watch(struct connection *c)
{
    if (!c->watched)
        c->watched =
            loop_add(c->server->settings.loop, c->fd, EPOLLRDHUP | EPOLLET, &c->watch) == OK;
    return c->watched && !c->left;
}

static void on_left(struct watch *watch, uint32_t events)
{
    (void)events;
    struct connection *c = (struct connection *)watch;
    c->left = true;
    struct exchange *x = c->exchange;
    if (!x || (x->state != WAITING && x->state != PAUSED))
        return;
    if (x->state == PAUSED)
        exchange_lose(x);
    else
        c->server->settings.gone(c->server->settings.owner, &x->request);
    x->state = ABANDONED;
    exchange_resume(x);
}

void connection_on_change(void *owner, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)mhd;
    struct http_server *server = owner;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = server->accepting;
        server->accepting = NULL;
        server->counts.connections++;
        *context = c;
        return;
    }
    struct connection *c = *context;
    list_remove(&c->node);
    if (c->watched)
        loop_remove(server->settings.loop, c->fd);
    server->counts.connections--;
    free(c);
}

void connection_admit(struct http_server *server, int fd, const struct sockaddr *address,
                      socklen_t n_address)
{
    struct connection *c = calloc(1, sizeof *c);
    ENSURE(c);
    *c = (struct connection){.watch.ready = on_left,
                             .server = server,
                             .fd = fd,
                             .peer = peer_of(address),
                             .since_ms = clock_ms()};
    list_init(&c->node);
    server->accepting = c;
    server->counts.accepted++;
    if (MHD_add_connection(server->mhd, fd, address, n_address) != MHD_YES) {
        if (server->accepting)
            free(server->accepting);
        server->accepting = NULL;
        return;
    }
    server->ready = true;
    list_add_last(&server->idle, &c->node);
}

void connections_end_slow(struct list *list, int64_t before_ms)
{
    for (struct list *node; (node = list_first(list));) {
        struct connection *c = LIST_OWNER(node, struct connection, node);
        if (c->since_ms > before_ms)
            return;
        list_remove(node);
        shutdown(c->fd, SHUT_RDWR); /* the library sees the end and tidies up */
    }
}
