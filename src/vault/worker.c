/* SPDX-License-Identifier: ISC */
#include "vault/worker.h"

#include "os/clock.h"
#include "vault/request.h"
#include "vault/wait.h"

enum { STOP_MS = 1000 }; /* threads that found nothing to do yet */

/* Run what was taken together, and send its answers together. */
static void run_all(struct vault *v, struct list *batch)
{
    LIST_EACH (node, batch)
        request_run(v, LIST_OWNER(node, struct request, node));
    for (struct list *node; (node = list_first(batch));) {
        struct request *r = LIST_OWNER(node, struct request, node);
        list_remove(node);
        peer_flush(r->peer);
        request_free(v, r);
    }
}

static void *work(void *vault)
{
    struct vault *v = vault;
    struct turn turn;
    struct list batch;
    list_init(&batch);
    while (queue_take(&v->queue, &batch, &turn)) {
        run_all(v, &batch);
        vault_leave_if_lost(v); /* answered before: its asker waits no longer than it must */
        queue_finished(&v->queue, &turn);
    }
    return NULL;
}

enum status workers_start(struct workers *workers, struct vault *v, size_t n, struct error *err)
{
    *workers = (struct workers){.v = v};
    for (size_t i = 0; i < n && i < VAULT_WORKERS_MAX; i++) {
        if (pthread_create(&workers->threads[i], NULL, work, v) != 0) {
            TRY(workers_stop(workers, clock_ms() + STOP_MS));
            return error_set(err, ERR_IO, "worker", "the system gives no further thread");
        }
        workers->n++;
    }
    return OK;
}

enum status workers_stop(struct workers *workers, int64_t deadline_ms)
{
    struct vault *v = workers->v;
    queue_close(&v->queue);
    for (; workers->n > 0; workers->n--)
        TRY(wait_join(workers->threads[workers->n - 1], deadline_ms));
    for (struct list *node; (node = queue_drain(&v->queue));)
        request_free(v, LIST_OWNER(node, struct request, node));
    return OK;
}
