/* SPDX-License-Identifier: ISC
 *
 * What waits for a worker. It is bounded and never blocks the one who puts: a full queue is answered at
 * once. Two lanes share the workers: work that only asks the database, and work that waits for calendar
 * servers. The second never takes all of them, so that no slow server delays a page.
 */
#ifndef VAULT_QUEUE_H
#define VAULT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/status.h"

enum lane { LANE_LOCAL, LANE_UPSTREAM, LANE_COUNT };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct list waiting[LANE_COUNT];
    size_t n_waiting[LANE_COUNT];
    size_t n_running[LANE_COUNT];
    size_t max_waiting;  /* per lane */
    size_t max_upstream; /* running at once */
    bool closed;
};

void queue_init(struct queue *q, size_t max_waiting, size_t max_upstream);
void queue_done(struct queue *q); /* nothing may wait in it any more */

/* Add a node at the end of its lane. ERR_FULL: it was not added. */
enum status queue_put(struct queue *q, enum lane lane, struct list *node) MUST_CHECK;

/* Wait for the next node; NULL once the queue is closed. Its lane counts as running until queue_finished. */
struct list *queue_take(struct queue *q, enum lane *ret_lane);
void queue_finished(struct queue *q, enum lane lane);

/* Hand out nothing any more. What waits stays in the lanes, for the owner to free. */
void queue_close(struct queue *q);

/* Count what waits in both lanes. */
size_t queue_depth(struct queue *q);

#endif
