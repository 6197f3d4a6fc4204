/* SPDX-License-Identifier: ISC */
#include "vault/walker.h"

#include "os/clock.h"
#include "os/log.h"
#include "store/walk.h"
#include "vault/fault.h"
#include "vault/wait.h"

enum {
    LOOK_EVERY_MS =
        60000, /* another vault may have left something, or a value cannot be opened */
    REST_MAX_MS = 50,
};

void walker_init(struct walker *walker)
{
    *walker = (struct walker){0};
    pthread_mutex_init(&walker->lock, NULL);
    wait_init(&walker->changed);
}

void walker_done(struct walker *walker)
{
    pthread_cond_destroy(&walker->changed);
    pthread_mutex_destroy(&walker->lock);
}

/* Rest until a time of clock_ms, or until called where that counts. False: it is to end. */
static bool rest(struct walker *walker, int64_t until_ms, bool may_be_called)
{
    pthread_mutex_lock(&walker->lock);
    while (!walker->ends && !(may_be_called && walker->is_called) &&
           wait_until(&walker->changed, &walker->lock, until_ms))
        continue;
    if (may_be_called)
        walker->is_called = false;
    bool goes_on = !walker->ends;
    pthread_mutex_unlock(&walker->lock);
    return goes_on;
}

static void tell(struct walker *walker, const struct store_walk *walk)
{
    pthread_mutex_lock(&walker->lock);
    walker->progress.account = walk->account;
    walker->progress.n_seen = walk->n_seen;
    walker->progress.n_rows = walk->n_rows;
    walker->progress.n_failed = walk->n_failed;
    pthread_mutex_unlock(&walker->lock);
}

static void tell_end(struct walker *walker, enum status status, const struct error *err)
{
    pthread_mutex_lock(&walker->lock);
    walker->progress.account = 0;
    walker->progress.problem = status == OK ? (struct error){0} : *err;
    pthread_mutex_unlock(&walker->lock);
}

/* Walk to the end. ERR_CLOSED: the vault ends. */
static enum status walk_all(struct walker *walker, struct store_walk *walk, struct error *err)
{
    bool done = false;
    while (!done) {
        int64_t began_ms = clock_ms();
        TRY(store_walk_step(walker->store, walk, &done, err));
        fault_point("walk_step");
        tell(walker, walk);
        int64_t now_ms = clock_ms(), took_ms = now_ms - began_ms;
        if (!rest(walker, now_ms + (took_ms < REST_MAX_MS ? took_ms : REST_MAX_MS), false))
            return ERR_CLOSED;
    }
    fault_point("walk_before_end");
    TRY(store_walk_end(walker->store, walk, err));
    fault_point("walk_after_end");
    return OK;
}

/* Do what there is. False: it is to end. */
static bool walk_accounts(struct walker *walker)
{
    struct store_walk walk = {0};
    struct error err = {0};
    enum status status;
    while ((status = store_walk_find(walker->store, walk.account, &walk, &err)) == OK) {
        int64_t account = walk.account;
        status = walk_all(walker, &walk, &err);
        if (status == ERR_CLOSED)
            return false;
        if (status == ERR_CONFLICT) { /* another key meanwhile: the same account again */
            walk.account = account - 1;
            continue;
        }
        tell_end(walker, status, &err);
        if (status == OK)
            log_line(LOG_NOTE, "account %lld: all values stand under its newest key",
                     (long long)account);
        else
            log_error(LOG_ERROR, "sealing anew", status, &err);
        if (store_is_lost(walker->store))
            return true;
    }
    if (status != ERR_NOT_FOUND)
        log_error(LOG_ERROR, "sealing anew", status, &err);
    return true;
}

static void *walk_on(void *at)
{
    struct walker *walker = at;
    do {
        if (!walk_accounts(walker))
            break;
        store_tidy(walker->store);
    } while (rest(walker, clock_ms() + LOOK_EVERY_MS, true));
    return NULL;
}

enum status walker_start(struct walker *walker, struct store *store, struct error *err)
{
    walker->store = store;
    if (pthread_create(&walker->thread, NULL, walk_on, walker) != 0)
        return error_set(err, ERR_IO, "walker", "the system gives no further thread");
    return OK;
}

void walker_call(struct walker *walker)
{
    pthread_mutex_lock(&walker->lock);
    walker->is_called = true;
    pthread_cond_broadcast(&walker->changed);
    pthread_mutex_unlock(&walker->lock);
}

struct walker_progress walker_look(struct walker *walker)
{
    pthread_mutex_lock(&walker->lock);
    struct walker_progress progress = walker->progress;
    pthread_mutex_unlock(&walker->lock);
    return progress;
}

enum status walker_stop(struct walker *walker, int64_t deadline_ms)
{
    pthread_mutex_lock(&walker->lock);
    walker->ends = true;
    pthread_cond_broadcast(&walker->changed);
    pthread_mutex_unlock(&walker->lock);
    return walker->store ? wait_join(walker->thread, deadline_ms) : OK;
}
