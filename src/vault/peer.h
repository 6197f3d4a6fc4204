/* SPDX-License-Identifier: ISC
 *
 * One channel with somebody who asks: the edge, a command, the parent. The reader's thread alone reads
 * from it and closes it; any worker may answer. Requests hold it; when it is closed answers to it are
 * dropped.
 */
#ifndef VAULT_PEER_H
#define VAULT_PEER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/list.h"
#include "os/channel.h"
#include "wire/frame.h"

enum { PEER_PATIENCE_MS = 5000 }; /* with one who does not read, or does not end what it says */

struct peer {
    struct list node;  /* in the reader's list */
    struct channel ch; /* what came in belongs to the reader; the rest is under lock */
    enum wire_role role;
    pthread_mutex_t lock;
    pthread_cond_t drained; /* out became short, or the peer closed */
    int poll;               /* the reader's epoll: told when there is more to send */
    bool is_blocked;        /* the socket is full: the reader sends on */
    bool open;
    int64_t half_since_ms; /* the reader's: a part of a frame is here since then; 0: none is */
    atomic_uint n_holders;
};

/* Take over a channel, which the epoll instance poll watches. The caller holds it. */
struct peer *peer_new(struct channel ch, enum wire_role role, int poll);

struct peer *peer_hold(struct peer *peer);
void peer_release(struct peer *peer); /* the last one frees it; accepts NULL */

/* Stop: close the descriptor, drop what waits. For the reader's thread. */
void peer_close(struct peer *peer);

/* Put an answer behind those that wait to be sent; peer_flush sends them. Towards the edge where and what
 * stay empty. A peer that does not read within five seconds is cut off. answer NULL: the reply alone. */
void peer_put(struct peer *peer, enum wire_type type, uint64_t number, enum status status,
              const struct error *err, const void *answer);
void peer_flush(struct peer *peer);

/* Send a part of an answer at once; where the peer does not read, it is dropped. */
void peer_part(struct peer *peer, enum wire_type type, uint64_t number, const void *part);

/* Put one answer to n equal questions. */
void peer_put_all(struct peer *peer, enum wire_type type, const uint64_t *numbers, size_t n,
                  enum status status, const struct error *err, const void *answer);

/* Both at once, for the reader's thread: it is the one who sends on, and so must not wait for that. */
void peer_answer_now(struct peer *peer, enum wire_type type, uint64_t number,
                     enum status status, const struct error *err, const void *answer);

/* Send on what waits, now that the socket takes it. For the reader's thread; false: close the peer. */
bool peer_drain(struct peer *peer);

#endif
