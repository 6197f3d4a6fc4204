/* SPDX-License-Identifier: ISC */
#include "vault/queue.h"

#include <stdlib.h>
#include <string.h>

#include "os/random.h"

struct share {
    struct list node; /* in the queue's ready ones, or in none */
    struct list waiting;
    size_t n_waiting, n_running;
    struct text account; /* points behind this */
};

void queue_init(struct queue *q, size_t max_waiting, size_t max_upstream)
{
    *q = (struct queue){
        .max_waiting = max_waiting, .max_upstream = max_upstream, .shares = MAP(random_u64())};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    list_init(&q->ready);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        list_init(&q->waiting[lane]);
}

/* ---- shares; lock held ---- */

/* What one account may have of n. */
static size_t part_of(size_t n)
{
    size_t kept = (n + QUEUE_KEPT - 1) / QUEUE_KEPT;
    return n > 1 ? n - kept : n;
}

static struct share *share_of(struct queue *q, struct text account)
{
    struct share *share = map_find(&q->shares, account);
    if (share)
        return share;
    share = calloc(1, sizeof *share + account.n + 1);
    ENSURE(share);
    char *name = (char *)(share + 1);
    if (account.n)
        memcpy(name, account.at, account.n);
    share->account = (struct text){name, account.n};
    list_init(&share->node);
    list_init(&share->waiting);
    map_put(&q->shares, share->account, share);
    return share;
}

/* Put a share where it belongs now: among the ready ones, at the end, out of them, or away. */
static void settle(struct queue *q, struct share *share)
{
    bool may_start = share->n_waiting && share->n_running < part_of(q->max_upstream);
    if (!may_start)
        list_remove(&share->node);
    else if (list_is_empty(&share->node))
        list_add_last(&q->ready, &share->node);
    if (share->n_waiting || share->n_running)
        return;
    map_remove(&q->shares, share->account);
    free(share);
}

static bool put_upstream(struct queue *q, struct text account, struct list *node)
{
    struct share *share = share_of(q, account);
    bool fits = share->n_waiting < part_of(q->max_waiting);
    if (fits) {
        list_add_last(&share->waiting, node);
        share->n_waiting++;
    }
    settle(q, share);
    return fits;
}

static struct list *take_upstream(struct queue *q, struct share **ret_share)
{
    struct share *share = LIST_OWNER(list_first(&q->ready), struct share, node);
    struct list *node = list_first(&share->waiting);
    list_remove(node);
    list_remove(&share->node); /* to the end, where more of it may start */
    share->n_waiting--;
    share->n_running++;
    settle(q, share);
    *ret_share = share;
    return node;
}

/* ---- lanes ---- */

void queue_done(struct queue *q)
{
    for (int lane = 0; lane < LANE_COUNT; lane++)
        ENSURE(q->n_waiting[lane] == 0);
    ENSURE(q->shares.n == 0);
    map_done(&q->shares);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

/* How many may wait in a lane. */
static size_t most_waiting(const struct queue *q, enum lane lane)
{
    bool is_short = lane == LANE_HASH && q->max_waiting > QUEUE_HASH_WAITING;
    return is_short ? QUEUE_HASH_WAITING : q->max_waiting;
}

enum status queue_put(struct queue *q, enum lane lane, struct text account, struct list *node)
{
    pthread_mutex_lock(&q->lock);
    bool fits = !q->closed && q->n_waiting[lane] < most_waiting(q, lane);
    if (fits && lane == LANE_UPSTREAM)
        fits = put_upstream(q, account, node);
    else if (fits)
        list_add_last(&q->waiting[lane], node);
    if (fits)
        q->n_waiting[lane]++;
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
    if (!list_is_empty(&q->ready) && q->n_running[LANE_UPSTREAM] < q->max_upstream)
        return LANE_UPSTREAM;
    if (q->n_waiting[LANE_HASH] && q->n_running[LANE_HASH] < QUEUE_HASHING)
        return LANE_HASH;
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

/* Take what is next in a lane. Lock held. */
static struct list *take_one(struct queue *q, struct turn *turn)
{
    struct list *node;
    if (turn->lane == LANE_UPSTREAM) {
        node = take_upstream(q, &turn->share);
    } else {
        node = list_first(&q->waiting[turn->lane]);
        list_remove(node);
    }
    q->n_waiting[turn->lane]--;
    return node;
}

bool queue_take(struct queue *q, struct list *ret_nodes, struct turn *ret_turn)
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
        *ret_turn = (struct turn){.lane = ready_lane(q)};
        size_t most = ret_turn->lane == LANE_READ ? QUEUE_BATCH : 1;
        for (; most > 0 && q->n_waiting[ret_turn->lane] > 0; most--)
            list_add_last(ret_nodes, take_one(q, ret_turn));
        q->n_running[ret_turn->lane]++;
    }
    unlock_and_call(q);
    return open;
}

void queue_finished(struct queue *q, const struct turn *turn)
{
    pthread_mutex_lock(&q->lock);
    q->n_running[turn->lane]--;
    if (turn->share) {
        turn->share->n_running--;
        settle(q, turn->share);
    }
    pthread_mutex_unlock(&q->lock); /* the worker itself takes what is ready now */
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

struct list *queue_drain(struct queue *q)
{
    size_t at = 0;
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        struct list *node = list_first(&q->waiting[lane]);
        if (!node)
            continue;
        list_remove(node);
        q->n_waiting[lane]--;
        return node;
    }
    struct share *share = map_next(&q->shares, &at);
    struct list *node = share ? list_first(&share->waiting) : NULL;
    if (!node)
        return NULL;
    list_remove(node);
    share->n_waiting--;
    q->n_waiting[LANE_UPSTREAM]--;
    settle(q, share);
    return node;
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
