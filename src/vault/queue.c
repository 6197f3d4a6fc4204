/* SPDX-License-Identifier: ISC */
#include "vault/queue.h"

void queue_init(struct queue *q, size_t max_waiting, size_t max_upstream)
{
    *q = (struct queue){.max_waiting = max_waiting, .max_upstream = max_upstream};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        list_init(&q->waiting[lane]);
}

void queue_done(struct queue *q)
{
    ENSURE(list_is_empty(&q->waiting[LANE_LOCAL]) && list_is_empty(&q->waiting[LANE_UPSTREAM]));
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

enum status queue_put(struct queue *q, enum lane lane, struct list *node)
{
    pthread_mutex_lock(&q->lock);
    bool fits = !q->closed && q->n_waiting[lane] < q->max_waiting;
    if (fits) {
        list_add_last(&q->waiting[lane], node);
        q->n_waiting[lane]++;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return fits ? OK : ERR_FULL;
}

/* Which lane may start something now? LANE_COUNT: none. */
static enum lane ready_lane(const struct queue *q)
{
    if (q->n_waiting[LANE_LOCAL])
        return LANE_LOCAL;
    if (q->n_waiting[LANE_UPSTREAM] && q->n_running[LANE_UPSTREAM] < q->max_upstream)
        return LANE_UPSTREAM;
    return LANE_COUNT;
}

struct list *queue_take(struct queue *q, enum lane *ret_lane)
{
    struct list *node = NULL;
    pthread_mutex_lock(&q->lock);
    while (!q->closed && ready_lane(q) == LANE_COUNT)
        pthread_cond_wait(&q->changed, &q->lock);
    if (!q->closed) {
        enum lane lane = ready_lane(q);
        node = list_first(&q->waiting[lane]);
        list_remove(node);
        q->n_waiting[lane]--;
        q->n_running[lane]++;
        *ret_lane = lane;
    }
    pthread_mutex_unlock(&q->lock);
    return node;
}

void queue_finished(struct queue *q, enum lane lane)
{
    pthread_mutex_lock(&q->lock);
    q->n_running[lane]--;
    if (lane == LANE_UPSTREAM && q->n_waiting[lane])
        pthread_cond_signal(&q->changed); /* one that was held back may start */
    pthread_mutex_unlock(&q->lock);
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_depth(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->n_waiting[LANE_LOCAL] + q->n_waiting[LANE_UPSTREAM];
    pthread_mutex_unlock(&q->lock);
    return n;
}
