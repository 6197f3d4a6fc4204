/* SPDX-License-Identifier: ISC
 *
 * What waits for a worker. It is bounded and never blocks the one who puts: a full queue is answered at
 * once. Four lanes share the workers: reads of a row or two, which take microseconds; other work that
 * only asks the database; work that waits for calendar servers; and work that hashes a password, which takes a
 * processor and much memory for a while (crypt/password.h). The third never takes all workers, so that no slow
 * server delays a page, and the last only QUEUE_HASHING of them: who tries passwords waits behind each other.
 *
 * The workers that wait for calendar servers are shared out among the accounts, in turn: whoever asks much waits
 * behind themselves. No account has more than three quarters of these workers, or of the places to wait: what
 * another asks begins within one job, also while the first one's servers do not answer.
 *
 * Waking a thread costs more than a read. So a worker takes all reads that wait, up to QUEUE_BATCH, and no
 * other is woken for reads until more wait than those at work will take next; and whoever wakes up wakes
 * the next one where there is more to start, so that one call is under way at a time.
 */
#ifndef VAULT_QUEUE_H
#define VAULT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/map.h"
#include "base/status.h"

enum lane { LANE_READ, LANE_LOCAL, LANE_UPSTREAM, LANE_HASH, LANE_COUNT };

enum {
    QUEUE_BATCH = 16,
    QUEUE_HASHING = 2,
    QUEUE_HASH_WAITING = 64, /* more would wait longer than a visitor does */
    QUEUE_KEPT = 4,          /* one in so many workers and places is kept from each account */
};

/* An account's part of LANE_UPSTREAM. It lives while something of it waits or runs. */
struct share;

/* What a worker has in hand. */
struct turn {
    enum lane lane;
    struct share *share; /* NULL: of another lane */
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct list waiting[LANE_COUNT]; /* of LANE_UPSTREAM: in its shares */
    struct map shares;               /* by their account */
    struct list ready;               /* shares that may start something, the next one first */
    size_t n_waiting[LANE_COUNT];
    size_t n_running[LANE_COUNT]; /* workers */
    size_t max_waiting;           /* per lane */
    size_t max_upstream;          /* running at once */
    size_t n_asleep;              /* workers */
    bool called;                  /* one of them was told to wake, and has not yet */
    bool closed;
};

void queue_init(struct queue *q, size_t max_waiting, size_t max_upstream);
void queue_done(struct queue *q); /* nothing may wait in it any more */

/* Add a node at the end of its lane. account may be empty: whoever is not known shares that one. ERR_FULL: it was
 * not added. Nobody is woken before queue_call. */
enum status queue_put(struct queue *q, enum lane lane, struct text account,
                      struct list *node) MUST_CHECK;

/* Wake a worker where there is something to start; after a number of queue_put. */
void queue_call(struct queue *q);

/* Wait for work and move it to the end of ret_nodes: several of LANE_READ, else one. The lane counts as
 * running until queue_finished. False once the queue is closed. */
bool queue_take(struct queue *q, struct list *ret_nodes, struct turn *ret_turn) MUST_CHECK;
void queue_finished(struct queue *q, const struct turn *turn);

/* Hand out nothing any more. What waits is for the owner to free: NULL when nothing is left. */
void queue_close(struct queue *q);
struct list *queue_drain(struct queue *q);

/* Count what waits in all lanes. */
size_t queue_depth(struct queue *q);

#endif
