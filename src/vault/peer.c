/* SPDX-License-Identifier: ISC
 *
 * Answers are encoded behind one another and go out together, from the worker's own thread, as far as the
 * socket takes them; the reader sends the rest when epoll says so. A worker that would pile up more than
 * PEER_PILE sends, and waits for the peer to read.
 */
#include "vault/peer.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "os/clock.h"
#include "vault/wait.h"
#include "wire/link.h"

enum {
    PEER_PILE = 1 << 20,
    PEER_FRAME_MAX = FRAME_HEAD + FRAME_BODY_MAX + 1024,
};

struct peer *peer_new(struct channel ch, enum wire_role role, int poll)
{
    struct peer *peer = calloc(1, sizeof *peer);
    ENSURE(peer);
    peer->ch = ch;
    peer->ch.out.max = PEER_PILE + PEER_FRAME_MAX;
    peer->role = role;
    peer->poll = poll;
    peer->open = true;
    atomic_init(&peer->n_holders, 1);
    list_init(&peer->node);
    pthread_mutex_init(&peer->lock, NULL);
    wait_init(&peer->drained);
    return peer;
}

struct peer *peer_hold(struct peer *peer)
{
    atomic_fetch_add(&peer->n_holders, 1);
    return peer;
}

void peer_release(struct peer *peer)
{
    if (!peer || atomic_fetch_sub(&peer->n_holders, 1) != 1)
        return;
    channel_done(&peer->ch);
    pthread_cond_destroy(&peer->drained);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

void peer_close(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    peer->open = false;
    channel_done(&peer->ch);
    pthread_cond_broadcast(&peer->drained);
    pthread_mutex_unlock(&peer->lock);
}

/* Have the reader see the end of a peer that broke or does not read. Lock held. */
static void cut_off(struct peer *peer)
{
    peer->open = false;
    shutdown(peer->ch.fd, SHUT_RDWR);
    pthread_cond_broadcast(&peer->drained);
}

static void watch(struct peer *peer, bool to_write)
{
    struct epoll_event event = {.events = to_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data.ptr = peer};
    epoll_ctl(peer->poll, EPOLL_CTL_MOD, peer->ch.fd, &event);
}

/* Send what waits, as far as the socket takes it; where it is full already, the reader does. Lock held. */
static void flush(struct peer *peer)
{
    if (!peer->open || peer->is_blocked || peer->ch.out.n == 0)
        return;
    enum status status = channel_flush(&peer->ch);
    peer->is_blocked = status == ERR_NOT_FOUND;
    if (peer->is_blocked)
        watch(peer, true);
    else if (status != OK)
        cut_off(peer);
}

/* Send, and wait until the peer took enough of what waits for it. Lock held. */
static void make_room(struct peer *peer)
{
    if (peer->ch.out.n <= PEER_PILE)
        return;
    int64_t deadline_ms = clock_ms() + PEER_PATIENCE_MS;
    flush(peer);
    while (peer->open && peer->ch.out.n > PEER_PILE) {
        if (!wait_until(&peer->drained, &peer->lock, deadline_ms) && peer->open &&
            peer->ch.out.n > PEER_PILE)
            cut_off(peer);
    }
}

void peer_flush(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    flush(peer);
    pthread_mutex_unlock(&peer->lock);
}

bool peer_drain(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    enum status status = peer->open ? channel_flush(&peer->ch) : ERR_CLOSED;
    if (status == OK) {
        peer->is_blocked = false;
        watch(peer, false);
    }
    if (peer->ch.out.n <= PEER_PILE / 2)
        pthread_cond_broadcast(&peer->drained);
    pthread_mutex_unlock(&peer->lock);
    return status == OK || status == ERR_NOT_FOUND;
}

/* Encode an answer behind what waits already. Lock held. */
static void put(struct peer *peer, enum wire_type type, const uint64_t *numbers, size_t n,
                enum status status, const struct error *err, const void *answer)
{
    struct buf *out = &peer->ch.out;
    struct reply reply = reply_from(status, err);
    if (!peer->open)
        return;
    if (peer->role == ROLE_EDGE)
        reply.where = reply.what = TEXT("");
    if (frame_answer_all(out, type, numbers, n, &reply, answer) == OK)
        return;
    if (!buf_failed(out)) {
        /* A value of ours breaks its own limits. The peer must hear something: a bare status. */
        reply = (struct reply){.status = ERR_IO};
        (void)!frame_answer_all(out, type, numbers, n, &reply, NULL);
    }
    if (buf_failed(out))
        cut_off(peer);
}

void peer_put_all(struct peer *peer, enum wire_type type, const uint64_t *numbers, size_t n,
                  enum status status, const struct error *err, const void *answer)
{
    pthread_mutex_lock(&peer->lock);
    make_room(peer);
    put(peer, type, numbers, n, status, err, answer);
    pthread_mutex_unlock(&peer->lock);
}

void peer_put(struct peer *peer, enum wire_type type, uint64_t number, enum status status,
              const struct error *err, const void *answer)
{
    peer_put_all(peer, type, &number, 1, status, err, answer);
}

void peer_part(struct peer *peer, enum wire_type type, uint64_t number, const void *part)
{
    pthread_mutex_lock(&peer->lock);
    if (peer->open && peer->ch.out.n <= PEER_PILE / 2 &&
        frame_part(&peer->ch.out, type, number, part) == OK)
        flush(peer);
    pthread_mutex_unlock(&peer->lock);
}

void peer_answer_now(struct peer *peer, enum wire_type type, uint64_t number,
                     enum status status, const struct error *err, const void *answer)
{
    pthread_mutex_lock(&peer->lock);
    put(peer, type, &number, 1, status, err, answer);
    flush(peer);
    pthread_mutex_unlock(&peer->lock);
}
