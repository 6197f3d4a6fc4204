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
    for (int lane = 0; lane < LANE_COUNT; lane++)
        ENSURE(list_is_empty(&q->waiting[lane]));
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
    }
    pthread_mutex_unlock(&q->lock);
    return fits ? OK : ERR_FULL;
}

/* Which lane may start something now? LANE_COUNT: none. */
static enum lane ready_lane(const struct queue *q)
{
    if (q->n_waiting[LANE_READ] > q->n_running[LANE_READ] * QUEUE_BATCH)
        return LANE_READ;
    if (q->n_waiting[LANE_LOCAL])
        return LANE_LOCAL;
    if (q->n_waiting[LANE_UPSTREAM] && q->n_running[LANE_UPSTREAM] < q->max_upstream)
        return LANE_UPSTREAM;
    return LANE_COUNT;
}

/* Is somebody to be woken? Whoever was told already will ask this again. Lock held. */
static bool must_call(struct queue *q)
{
    if (q->n_asleep == 0 || q->called || ready_lane(q) == LANE_COUNT)
        return false;
    q->called = true;
    return true;
}

/* Let go of the lock, and wake somebody where that helps. */
static void unlock_and_call(struct queue *q)
{
    bool call = must_call(q);
    pthread_mutex_unlock(&q->lock);
    if (call)
        pthread_cond_signal(&q->changed);
}

void queue_call(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    unlock_and_call(q);
}

bool queue_take(struct queue *q, struct list *ret_nodes, enum lane *ret_lane)
{
    pthread_mutex_lock(&q->lock);
    while (!q->closed && ready_lane(q) == LANE_COUNT) {
        q->n_asleep++;
        pthread_cond_wait(&q->changed, &q->lock);
        q->n_asleep--;
        q->called = false;
    }
    bool open = !q->closed;
    if (open) {
        enum lane lane = *ret_lane = ready_lane(q);
        size_t most = lane == LANE_READ ? QUEUE_BATCH : 1;
        for (; most > 0 && q->n_waiting[lane] > 0; most--, q->n_waiting[lane]--) {
            struct list *node = list_first(&q->waiting[lane]);
            list_remove(node);
            list_add_last(ret_nodes, node);
        }
        q->n_running[lane]++;
    }
    unlock_and_call(q);
    return open;
}

void queue_finished(struct queue *q, enum lane lane)
{
    pthread_mutex_lock(&q->lock);
    q->n_running[lane]--;
    pthread_mutex_unlock(&q->lock); /* the worker itself takes what is ready now */
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
    size_t n = 0;
    pthread_mutex_lock(&q->lock);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        n += q->n_waiting[lane];
    pthread_mutex_unlock(&q->lock);
    return n;
}
