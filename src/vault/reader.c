/* SPDX-License-Identifier: ISC
 *
 *     bytes ─▶ frame ─▶ may this role ask this? ─▶ decode ─▶ board a flight ─▶ queue
 *                 └─ malformed or not allowed: the channel is closed, nothing else
 *
 * Malformed is also what is never finished, and a descriptor that no frame speaks of.
 */
#include "vault/reader.h"
#include "vault/audit.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"
#include "vault/audit.h"
#include "vault/request.h"
#include "vault/slots.h"

enum { EVENTS_MAX = 32, PEER_IN_MAX = FRAME_BODY_MAX + FRAME_HEAD };

static struct peer *add_channel(struct reader *reader, enum wire_role role, struct channel ch)
{
    struct peer *peer = peer_new(ch, role, reader->poll);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    ENSURE(epoll_ctl(reader->poll, EPOLL_CTL_ADD, ch.fd, &event) == 0);
    list_add_last(&reader->peers, &peer->node);
    reader->n_peers++;
    return peer;
}

static void drop_peer(struct reader *reader, struct peer *peer)
{
    list_remove(&peer->node);
    reader->n_peers--;
    peer_close(peer);
    peer_release(peer);
}

enum status reader_init(struct reader *reader, struct vault *v, struct link *control,
                        struct error *err)
{
    *reader = (struct reader){.v = v, .listener = -1, .poll = epoll_create1(EPOLL_CLOEXEC)};
    list_init(&reader->peers);
    if (reader->poll < 0)
        return error_set(err, ERR_IO, "reader", "the system gives no epoll instance");
    channel_drop(&control->ch, control->to_drop);
    add_channel(reader, ROLE_PARENT, control->ch);
    control->ch = (struct channel){.fd = -1};
    return OK;
}

void reader_done(struct reader *reader)
{
    for (struct list *node; (node = list_first(&reader->peers));)
        drop_peer(reader, LIST_OWNER(node, struct peer, node));
    if (reader->listener >= 0)
        close(reader->listener);
    close(reader->poll);
}

enum status reader_add(struct reader *reader, enum wire_role role, int fd)
{
    if (reader->n_peers == READER_PEERS_MAX) {
        close(fd);
        return ERR_FULL;
    }
    struct channel ch;
    channel_init(&ch, fd, PEER_IN_MAX, PEER_IN_MAX);
    add_channel(reader, role, ch);
    return OK;
}

static void listen_for_commands(struct reader *reader, int fd)
{
    if (reader->listener >= 0)
        close(reader->listener);
    reader->listener = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    ENSURE(epoll_ctl(reader->poll, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void accept_command(struct reader *reader)
{
    int fd = accept4(reader->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0 && reader_add(reader, ROLE_COMMAND, fd) != OK)
        log_line(LOG_WARN, "a command was turned away: %d are connected", READER_PEERS_MAX);
}

/* The parent gives a channel to somebody. */
static enum status attach(struct reader *reader, struct peer *parent, const struct frame *frame)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct attach_ask ask;
    int fd = frame->n_fds ? channel_take_fd(&parent->ch) : -1;
    if (fd < 0)
        return ERR_INVALID;
    enum status status = frame_read_ask(&a, frame, &ask);
    if (status == OK && ask.role == ATTACH_EDGE) {
        audit_start(reader->v);
        status = reader_add(reader, ROLE_EDGE, fd);
    } else if (status == OK && ask.role == ATTACH_COMMAND)
        status = reader_add(reader, ROLE_COMMAND, fd);
    else if (status == OK && ask.role == ATTACH_COMMANDS)
        listen_for_commands(reader, fd);
    else if (status == OK && ask.role == ATTACH_COURIER)
        couriers_attach(&reader->v->couriers, fd);
    else {
        close(fd);
        return ERR_INVALID;
    }
    struct attach_answer answer = {0};
    peer_answer_now(parent, WIRE_attach, frame->number, status, NULL,
                    status == OK ? &answer : NULL);
    return OK;
}

/* Hand a decoded question on. */
static void hand_on(struct vault *v, struct request *r)
{
    struct error err = {.retry_s = VAULT_RETRY_S};
    enum status status = r->type == WIRE_slots ? slots_board(v, r) : OK;
    if (status == OK && r->answered) {
        request_free(v, r);
        return;
    }
    if (status == OK)
        status = queue_put(&v->queue, request_own_lane(r), request_account(r), &r->node);
    if (status == OK)
        return;
    if (status == ERR_FULL)
        METRIC_ADD(&v->metrics, refused_full);
    if (r->led)
        slots_turn_away(v, r->led, status, &err);
    else
        peer_answer_now(r->peer, r->type, r->number, status, &err, NULL);
    request_free(v, r);
}

/* Handle one frame. Anything but OK closes the channel. */
static enum status take_frame(struct reader *reader, struct peer *peer,
                              const struct frame *frame)
{
    enum lane lane;
    if (frame->kind != FRAME_ASK || !wire_may_ask(frame->type, peer->role))
        return ERR_DENIED;
    atomic_fetch_add_explicit(&reader->v->metrics.asked[frame->type], 1, memory_order_relaxed);
    if (frame->type == WIRE_attach)
        return attach(reader, peer, frame);
    bool wants_fd = frame->type == WIRE_backup;
    if (frame->n_fds != (wants_fd ? 1 : 0) || !request_lane(frame->type, &lane))
        return ERR_INVALID;
    struct request *r;
    TRY(request_new(peer, frame, &r));
    if (wants_fd && (r->fd = channel_take_fd(&peer->ch)) < 0) { /* said, and not brought */
        request_free(reader->v, r);
        return ERR_INVALID;
    }
    hand_on(reader->v, r);
    return OK;
}

/* Handle what a peer sent. Anything but OK closes the channel. */
static enum status read_peer(struct reader *reader, struct peer *peer)
{
    enum status status = channel_fill(&peer->ch);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    size_t handled = 0;
    do {
        struct frame frame;
        size_t size;
        struct text rest = buf_text(&peer->ch.in);
        rest.at += handled;
        rest.n -= handled;
        status = frame_next(rest, &frame, &size);
        if (status == OK) {
            handled += size;
            status = take_frame(reader, peer, &frame);
        }
    } while (status == OK);
    channel_drop(&peer->ch, handled);
    queue_call(&reader->v->queue); /* once for all that came together */
    if (peer->ch.in.n == 0)
        peer->half_since_ms = 0;
    else if (handled || !peer->half_since_ms)
        peer->half_since_ms = clock_ms();
    if (status == ERR_NOT_FOUND)
        return peer->role != ROLE_PARENT && peer->ch.n_fds_in ? ERR_INVALID : OK;
    return status;
}

static void drop_malformed(struct reader *reader, struct peer *peer, const char *why)
{
    METRIC_ADD(&reader->v->metrics, malformed);
    log_line(LOG_WARN, "a channel broke the protocol (%s) and was closed", why);
    drop_peer(reader, peer);
}

/* Close those who began a frame and do not end it. Return how long the next look may wait, -1 for ever. */
static int drop_stalled(struct reader *reader)
{
    int64_t now_ms = clock_ms(), next_ms = -1;
    for (struct list *node = reader->peers.next, *next; node != &reader->peers; node = next) {
        struct peer *peer = LIST_OWNER(node, struct peer, node);
        next = node->next;
        if (!peer->half_since_ms || peer->role == ROLE_PARENT)
            continue;
        int64_t left_ms = peer->half_since_ms + PEER_PATIENCE_MS - now_ms;
        if (left_ms <= 0)
            drop_malformed(reader, peer, "half a message");
        else if (next_ms < 0 || left_ms < next_ms)
            next_ms = left_ms;
    }
    return (int)next_ms;
}

/* Serve one ready peer. False: the control channel ended. */
static bool serve(struct reader *reader, struct peer *peer, uint32_t events)
{
    enum status status = OK;
    if (events & EPOLLOUT && !peer_drain(peer))
        status = ERR_CLOSED;
    if (status == OK && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        status = read_peer(reader, peer);
    if (status == OK)
        return true;
    bool is_control = peer->role == ROLE_PARENT;
    if (status == ERR_CLOSED)
        drop_peer(reader, peer);
    else
        drop_malformed(reader, peer, status_name(status));
    return !is_control;
}

void reader_run(struct reader *reader)
{
    /* The parent's first attachments may have come together with the start. */
    struct peer *control = LIST_OWNER(list_first(&reader->peers), struct peer, node);
    bool serving = control->ch.in.n == 0 || serve(reader, control, EPOLLIN);
    while (serving) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(reader->poll, events, EVENTS_MAX, drop_stalled(reader));
        ENSURE(n >= 0 || errno == EINTR);
        for (int i = 0; serving && i < n; i++) {
            struct peer *peer = events[i].data.ptr;
            if (peer)
                serving = serve(reader, peer, events[i].events);
            else
                accept_command(reader);
        }
    }
}
