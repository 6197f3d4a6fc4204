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
static struct list *take(struct queue *q, struct turn *ret_turn)
{
    struct list taken;
    list_init(&taken);
    struct list *node = queue_take(q, &taken, ret_turn) ? list_first(&taken) : NULL;
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
    struct turn turn;
    queue_init(&q, 2, 1);
    for (int i = 0; i < 4; i++)
        list_init(&nodes[i]);
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &nodes[0]), OK);
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &nodes[1]), OK);
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &nodes[2]), ERR_FULL);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("acme"), &nodes[2]), OK);
    assert_int_equal(queue_depth(&q), 3);
    assert_ptr_equal(take(&q, &turn), &nodes[0]);
    assert_ptr_equal(take(&q, &turn), &nodes[1]);
    assert_ptr_equal(take(&q, &turn), &nodes[2]);
    assert_int_equal(turn.lane, LANE_UPSTREAM);
    queue_finished(&q, &turn);
    queue_close(&q);
    assert_null(take(&q, &turn));
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &nodes[3]), ERR_FULL);
    queue_done(&q);
}

static void slow_work_leaves_a_worker(void **state)
{
    (void)state;
    struct queue q;
    struct list slow[2], quick;
    struct turn turn, slow_turn;
    queue_init(&q, 10, 1);
    list_init(&slow[0]), list_init(&slow[1]), list_init(&quick);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("acme"), &slow[0]), OK);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("acme"), &slow[1]), OK);
    assert_ptr_equal(take(&q, &slow_turn), &slow[0]);
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &quick), OK);
    assert_ptr_equal(take(&q, &turn), &quick); /* not the second slow one */
    queue_finished(&q, &slow_turn);
    assert_ptr_equal(take(&q, &turn), &slow[1]);
    queue_finished(&q, &turn);
    queue_close(&q);
    queue_done(&q);
}

static void reads_are_taken_together(void **state)
{
    (void)state;
    enum { READS = QUEUE_BATCH + 2 };
    struct queue q;
    struct list reads[READS], local, taken;
    struct turn turn, reading;
    queue_init(&q, READS, 1);
    list_init(&local), list_init(&taken);
    assert_int_equal(queue_put(&q, LANE_LOCAL, TEXT("acme"), &local), OK);
    for (int i = 0; i < READS; i++)
        assert_int_equal(queue_put(&q, LANE_READ, TEXT("acme"), &reads[i]), OK);
    assert_true(queue_take(&q, &taken, &reading));
    assert_int_equal(reading.lane, LANE_READ);
    for (int i = 0; i < QUEUE_BATCH; i++) {
        assert_ptr_equal(list_first(&taken), &reads[i]);
        list_remove(&reads[i]);
    }
    assert_true(list_is_empty(&taken));
    assert_ptr_equal(take(&q, &turn),
                     &local); /* the last two reads are left to whom reads now */
    queue_finished(&q, &reading);
    assert_true(queue_take(&q, &taken, &turn));
    assert_ptr_equal(list_first(&taken), &reads[QUEUE_BATCH]);
    list_remove(&reads[QUEUE_BATCH]);
    list_remove(&reads[QUEUE_BATCH + 1]);
    assert_true(list_is_empty(&taken));
    queue_close(&q);
    queue_done(&q);
}

/* Whoever asked more waits longer, and never has all. */
static void accounts_take_turns(void **state)
{
    (void)state;
    enum { MANY = 12, UPSTREAM = 8, PART = 6 };
    struct queue q;
    struct list many[MANY], one, another;
    struct turn turns[UPSTREAM];
    queue_init(&q, 16, UPSTREAM);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("flooded"), &many[i]), OK);
    struct list beyond;
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("flooded"), &beyond), ERR_FULL);
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("other"), &one), OK);
    assert_ptr_equal(take(&q, &turns[0]), &many[0]);
    assert_ptr_equal(take(&q, &turns[1]), &one); /* not behind the twelve */
    for (int i = 1; i < PART; i++)
        assert_ptr_equal(take(&q, &turns[i + 1]), &many[i]);
    /* the flooded one has its part: the last worker is for others */
    assert_int_equal(queue_put(&q, LANE_UPSTREAM, TEXT("third"), &another), OK);
    assert_ptr_equal(take(&q, &turns[7]), &another);
    queue_finished(&q, &turns[0]);
    struct turn next;
    assert_ptr_equal(take(&q, &next),
                     &many[PART]); /* in order, as soon as one of its own ends */
    queue_finished(&q, &next);
    for (int i = 1; i < UPSTREAM; i++)
        queue_finished(&q, &turns[i]);
    queue_close(&q);
    for (int i = PART + 1; i < MANY; i++)
        assert_ptr_equal(queue_drain(&q), &many[i]);
    assert_null(queue_drain(&q));
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
    struct turn turn;
    struct list taken;
    list_init(&taken);
    while (queue_take(&crew->q, &taken, &turn)) {
        if (turn.lane == LANE_UPSTREAM) {
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
        queue_finished(&crew->q, &turn);
    }
    return NULL;
}

static void every_job_is_done_once(void **state)
{
    (void)state;
    enum { JOBS = 2000, THREADS = 4 };
    static const struct text accounts[] = {TEXT("acme"), TEXT("other"), {0}};
    static struct crew crew;
    static struct job jobs[JOBS];
    pthread_t threads[THREADS];
    queue_init(&crew.q, JOBS, 2);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &crew), 0);
    for (int i = 0; i < JOBS; i++) {
        enum lane lane = i % 10 == 0 ? LANE_UPSTREAM : i % 2 ? LANE_READ : LANE_LOCAL;
        assert_int_equal(queue_put(&crew.q, lane, accounts[i % 3], &jobs[i].node), OK);
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
        cmocka_unit_test(accounts_take_turns),
        cmocka_unit_test(every_job_is_done_once),
        cmocka_unit_test(a_claim_keeps_others_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
