/* SPDX-License-Identifier: ISC
 *
 * An answer goes out from the worker's own thread as far as the socket takes it; the reader sends the
 * rest when epoll says so. A worker that would pile up more than PEER_PILE waits for the peer to read:
 * a thousand answers to one landed flight are larger than any buffer we want to keep.
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
    PEER_PATIENCE_MS = 5000,
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

/* Wait until the peer took enough of what waits for it. Lock held. */
static void wait_for_room(struct peer *peer)
{
    int64_t deadline_ms = clock_ms() + PEER_PATIENCE_MS;
    while (peer->open && peer->ch.out.n > PEER_PILE) {
        if (!wait_until(&peer->drained, &peer->lock, deadline_ms) && peer->open &&
            peer->ch.out.n > PEER_PILE)
            cut_off(peer);
    }
}

/* Lock held. */
static void send_frame(struct peer *peer, struct text frame)
{
    bool was_waiting = peer->ch.out.n > 0;
    buf_add_text(&peer->ch.out, frame);
    enum status status = buf_failed(&peer->ch.out) ? ERR_FULL
                         : was_waiting             ? OK
                                                   : channel_flush(&peer->ch);
    if (status == ERR_NOT_FOUND)
        watch(peer, true);
    else if (status != OK)
        cut_off(peer);
}

void peer_send(struct peer *peer, struct text frame)
{
    pthread_mutex_lock(&peer->lock);
    wait_for_room(peer);
    if (peer->open)
        send_frame(peer, frame);
    pthread_mutex_unlock(&peer->lock);
}

bool peer_drain(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    enum status status = peer->open ? channel_flush(&peer->ch) : ERR_CLOSED;
    if (status == OK)
        watch(peer, false);
    if (peer->ch.out.n <= PEER_PILE / 2)
        pthread_cond_broadcast(&peer->drained);
    pthread_mutex_unlock(&peer->lock);
    return status == OK || status == ERR_NOT_FOUND;
}

void peer_encode(struct buf *out, enum wire_role role, enum wire_type type, uint64_t number,
                 enum status status, const struct error *err, const void *answer)
{
    struct reply reply = reply_from(status, err);
    if (role == ROLE_EDGE)
        reply.where = reply.what = TEXT("");
    enum status encoded = frame_answer(out, type, number, 0, &reply, answer);
    if (encoded == OK)
        return;
    /* A value of ours breaks its own limits. The peer must hear something; a bare status always fits. */
    reply = (struct reply){.status = ERR_IO};
    buf_clear(out);
    ENSURE(frame_answer(out, type, number, 0, &reply, NULL) == OK);
}

void peer_answer(struct peer *peer, enum wire_type type, uint64_t number, enum status status,
                 const struct error *err, const void *answer)
{
    struct buf frame CLEANUP(buf_wipe) = BUF(PEER_FRAME_MAX);
    peer_encode(&frame, peer->role, type, number, status, err, answer);
    peer_send(peer, buf_text(&frame));
}

void peer_answer_now(struct peer *peer, enum wire_type type, uint64_t number,
                     enum status status, const struct error *err, const void *answer)
{
    struct buf frame CLEANUP(buf_wipe) = BUF(PEER_FRAME_MAX);
    peer_encode(&frame, peer->role, type, number, status, err, answer);
    pthread_mutex_lock(&peer->lock);
    if (peer->open)
        send_frame(peer, buf_text(&frame));
    pthread_mutex_unlock(&peer->lock);
}
