/* SPDX-License-Identifier: ISC
 *
 * The queue's lanes, and taking turns at a booking.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "vault/claim.h"
#include "vault/queue.h"

/* Take one node as the only one. */
static struct list *take(struct queue *q, enum lane *ret_lane)
{
    struct list taken;
    list_init(&taken);
    struct list *node = queue_take(q, &taken, ret_lane) ? list_first(&taken) : NULL;
    if (node)
        list_remove(node);
    assert_true(list_is_empty(&taken));
    return node;
}

static void a_full_lane_refuses_at_once(void **state)
{
    (void)state;
    struct queue q;
    struct list nodes[4];
    enum lane lane;
    queue_init(&q, 2, 1);
    for (int i = 0; i < 4; i++)
        list_init(&nodes[i]);
    assert_int_equal(queue_put(&q, LANE_LOCAL, &nodes[0]), OK);
    assert_int_equal(queue_put(&q, LANE_LOCAL, &nodes[1]), OK);
    assert_int_equal(queue_put(&q, LANE_LOCAL, &nodes[2]), ERR_FULL);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, &nodes[2]), OK);
    assert_int_equal(queue_depth(&q), 3);
    assert_ptr_equal(take(&q, &lane), &nodes[0]);
    assert_ptr_equal(take(&q, &lane), &nodes[1]);
    assert_ptr_equal(take(&q, &lane), &nodes[2]);
    assert_int_equal(lane, LANE_UPSTREAM);
    queue_close(&q);
    assert_null(take(&q, &lane));
    assert_int_equal(queue_put(&q, LANE_LOCAL, &nodes[3]), ERR_FULL);
    queue_done(&q);
}

static void slow_work_leaves_a_worker(void **state)
{
    (void)state;
    struct queue q;
    struct list slow[2], quick;
    enum lane lane;
    queue_init(&q, 10, 1);
    list_init(&slow[0]), list_init(&slow[1]), list_init(&quick);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, &slow[0]), OK);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, &slow[1]), OK);
    assert_ptr_equal(take(&q, &lane), &slow[0]);
    assert_int_equal(queue_put(&q, LANE_LOCAL, &quick), OK);
    assert_ptr_equal(take(&q, &lane), &quick); /* not the second slow one */
    queue_finished(&q, LANE_UPSTREAM);
    assert_ptr_equal(take(&q, &lane), &slow[1]);
    queue_close(&q);
    queue_done(&q);
}

static void reads_are_taken_together(void **state)
{
    (void)state;
    enum { READS = QUEUE_BATCH + 2 };
    struct queue q;
    struct list reads[READS], local, taken;
    enum lane lane;
    queue_init(&q, READS, 1);
    list_init(&local), list_init(&taken);
    assert_int_equal(queue_put(&q, LANE_LOCAL, &local), OK);
    for (int i = 0; i < READS; i++)
        assert_int_equal(queue_put(&q, LANE_READ, &reads[i]), OK);
    assert_true(queue_take(&q, &taken, &lane));
    assert_int_equal(lane, LANE_READ);
    for (int i = 0; i < QUEUE_BATCH; i++) {
        assert_ptr_equal(list_first(&taken), &reads[i]);
        list_remove(&reads[i]);
    }
    assert_true(list_is_empty(&taken));
    assert_ptr_equal(take(&q, &lane),
                     &local); /* the last two reads are left to whom reads now */
    queue_finished(&q, LANE_READ);
    assert_true(queue_take(&q, &taken, &lane));
    assert_ptr_equal(list_first(&taken), &reads[QUEUE_BATCH]);
    list_remove(&reads[QUEUE_BATCH]);
    list_remove(&reads[QUEUE_BATCH + 1]);
    assert_true(list_is_empty(&taken));
    queue_close(&q);
    queue_done(&q);
}

struct job {
    struct list node;
    int times;
};

struct crew {
    struct queue q;
    atomic_int done;
    atomic_int slow_now;
    atomic_int slow_most;
};

static void *work(void *at)
{
    struct crew *crew = at;
    enum lane lane;
    struct list taken;
    list_init(&taken);
    while (queue_take(&crew->q, &taken, &lane)) {
        if (lane == LANE_UPSTREAM) {
            int now = atomic_fetch_add(&crew->slow_now, 1) + 1;
            int most = atomic_load(&crew->slow_most);
            while (now > most && !atomic_compare_exchange_weak(&crew->slow_most, &most, now))
                continue;
            poll(NULL, 0, 1);
            atomic_fetch_sub(&crew->slow_now, 1);
        }
        for (struct list *node; (node = list_first(&taken));) {
            list_remove(node);
            LIST_OWNER(node, struct job, node)->times++;
            atomic_fetch_add(&crew->done, 1);
        }
        queue_finished(&crew->q, lane);
    }
    return NULL;
}

static void every_job_is_done_once(void **state)
{
    (void)state;
    enum { JOBS = 2000, THREADS = 4 };
    static struct crew crew;
    static struct job jobs[JOBS];
    pthread_t threads[THREADS];
    queue_init(&crew.q, JOBS, 2);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &crew), 0);
    for (int i = 0; i < JOBS; i++) {
        enum lane lane = i % 10 == 0 ? LANE_UPSTREAM : i % 2 ? LANE_READ : LANE_LOCAL;
        assert_int_equal(queue_put(&crew.q, lane, &jobs[i].node), OK);
        if (i % 3 == 0 || i == JOBS - 1)
            queue_call(&crew.q);
    }
    int64_t deadline_ms = clock_ms() + 20000;
    while (atomic_load(&crew.done) < JOBS && clock_ms() < deadline_ms)
        poll(NULL, 0, 1);
    queue_close(&crew.q);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(jobs[i].times, 1);
    assert_true(atomic_load(&crew.slow_most) <= 2);
    queue_done(&crew.q);
}

static void a_claim_keeps_others_out(void **state)
{
    (void)state;
    struct claims claims;
    struct claim one = {0}, two = {0}, other = {0};
    claims_init(&claims);
    assert_int_equal(claim_take(&claims, 7, clock_ms() + 10, &one), OK);
    assert_int_equal(claim_take(&claims, 7, clock_ms() + 10, &two), ERR_TIMEOUT);
    assert_int_equal(claim_take(&claims, 8, clock_ms() + 10, &other), OK);
    claim_release(&two); /* held nothing */
    claim_release(&one);
    assert_int_equal(claim_take(&claims, 7, clock_ms() + 10, &two), OK);
    claim_release(&two);
    claim_release(&other);
    claims_done(&claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_lane_refuses_at_once),
        cmocka_unit_test(slow_work_leaves_a_worker),
        cmocka_unit_test(reads_are_taken_together),
        cmocka_unit_test(every_job_is_done_once),
        cmocka_unit_test(a_claim_keeps_others_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
