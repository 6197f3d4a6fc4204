/* SPDX-License-Identifier: ISC */
#include "vault/keeper.h"

#include "os/clock.h"
#include "os/log.h"
#include "store/person.h"
#include "vault/erase.h"
#include "vault/fault.h"
#include "vault/wait.h"

enum { KEEPER_EVERY_MS = 5000, ERASE_MS = 60000, FORGET_BATCHES = 100 };

static void complain(const char *what, enum status status, const struct error *err)
{
    if (status == ERR_IO || status == ERR_SEAL)
        log_error(LOG_ERROR, what, status, err);
}

/* Another node may have destroyed keys that we still remember. */
static void forget_erased(struct vault *v, int64_t *seen)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct erasure_list_answer list = {0};
    do {
        if (store_erasure_list(v->store, &a, *seen, &list, NULL) != OK)
            return;
        for (size_t i = 0; i < list.n_rows; i++) {
            const struct erasure_row *row = &list.rows[i];
            if (row->kind == ERASURE_ACCOUNT &&
                store_erasure_forget(v->store, row->id, NULL) != OK)
                return;
            if (!row->done_at.s) /* again, until it is: a key may have been read meanwhile */
                return;
            *seen = row->id;
        }
    } while (list.n_rows == MAX_ROWS);
}

static void go_on_erasing(struct vault *v)
{
    struct erasure_open open = {0};
    struct error err = {0};
    while (store_erasure_next(v->store, open.id, &open, &err) == OK) {
        enum status status = erase_run(v, &open, clock_ms() + ERASE_MS, &err);
        complain("an erasure did not come to its end", status, &err);
    }
}

/* Past bookings lose their customers in time; few at a time, since others write meanwhile. */
static void forget_bookings(struct vault *v)
{
    struct error err = {0};
    size_t n = 1;
    enum status status = store_customers_hash(v->store, &err);
    for (int i = 0; i < FORGET_BATCHES && n && status == OK; i++) {
        status = store_bookings_forget(v->store, v->now(), v->keep_bookings_days, &n, &err);
        fault_point("keeper_between_batches");
    }
    complain("past bookings could not be made anonymous", status, &err);
}

void keeper_look(struct vault *v, int64_t *seen)
{
    go_on_erasing(v);
    forget_erased(v, seen);
    calendar_tidy(&v->calendar);
    forget_bookings(v);
}

static void *keep_on(void *at)
{
    struct keeper *keeper = at;
    int64_t seen = 0;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->ends) {
        pthread_mutex_unlock(&keeper->lock);
        keeper_look(keeper->v, &seen);
        vault_leave_if_lost(keeper->v);
        pthread_mutex_lock(&keeper->lock);
        int64_t next_ms = clock_ms() + KEEPER_EVERY_MS;
        while (!keeper->ends && wait_until(&keeper->changed, &keeper->lock, next_ms))
            continue;
    }
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

enum status keeper_start(struct keeper *keeper, struct vault *v, struct error *err)
{
    *keeper = (struct keeper){.v = v};
    pthread_mutex_init(&keeper->lock, NULL);
    wait_init(&keeper->changed);
    if (pthread_create(&keeper->thread, NULL, keep_on, keeper) != 0)
        return error_set(err, ERR_IO, "keeper", "the system gives no further thread");
    return OK;
}

enum status keeper_stop(struct keeper *keeper, int64_t deadline_ms)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->ends = true;
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    TRY(wait_join(keeper->thread, deadline_ms));
    pthread_cond_destroy(&keeper->changed);
    pthread_mutex_destroy(&keeper->lock);
    return OK;
}
