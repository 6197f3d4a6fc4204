/* SPDX-License-Identifier: ISC
 *
 * A write lives on its caller's stack; the caller sleeps on a semaphore of its own, so that a commit wakes
 * exactly those whose writes it held. That wait has no deadline of its own: only the disk can prolong it,
 * and a caller that left early would not know what stands.
 */
#include "store/writer.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>

#include "os/clock.h"
#include "store/driver.h"
#include "store/trail.h"

enum { RETRIES_MAX = 5 };

struct write {
    struct list node;
    write_function *function;
    void *arg;
    struct error *err;
    const struct trail_actor *actor; /* the caller's */
    enum status status;
    unsigned n_retries;
    bool again; /* undone: to be run in a later group */
    sem_t done;
};

#define WRITE_OF(node_) LIST_OWNER(node_, struct write, node)

/* Run one write. Its own failure undoes it; only where even that fails is the whole group lost. */
static enum status run_one(struct db *db, struct write *write)
{
    struct trail_mark end = db->trail->at;
    db->err = write->err;
    db->actor = write->actor;
    TRY(db_exec(db, "SAVEPOINT one"));
    db->must_retry = false;
    write->status = write->function(db, write->arg);
    write->again = db->must_retry && write->status != OK && write->n_retries++ < RETRIES_MAX;
    if (!db_in_transaction(db)) /* the database rolled everything back by itself */
        return ERR_IO;
    if (write->status != OK) {
        trail_return(db->trail, &end);
        TRY(db_exec(db, "ROLLBACK TO one"));
    }
    return db_exec(db, "RELEASE one");
}

/* Write what the audit noted. What fails stays noted and is tried again. */
static enum status write_noted(struct db *db, void *arg)
{
    (void)arg;
    return trail_flush(db);
}

static enum status run_group(struct db *db, struct list *group, bool *ret_is_noted)
{
    struct error why = {0};
    struct write noted = {.function = write_noted, .actor = trail_actor(), .err = &why};
    db->err = NULL;
    TRY(db_exec(db, db->driver->begin_write));
    LIST_EACH (node, group)
        TRY(run_one(db, WRITE_OF(node)));
    bool is_noted = trail_waits(db->trail);
    if (is_noted)
        TRY(run_one(db, &noted));
    db->err = NULL;
    TRY(db_exec(db, "COMMIT"));
    trail_committed(db->trail);
    if (noted.status != OK)
        trail_stuck(db->trail, noted.status, &why);
    else if (is_noted)
        trail_flushed(db->trail);
    *ret_is_noted = noted.status == OK;
    return OK;
}

static void fail_group(struct db *db, struct list *group)
{
    if (db_in_transaction(db))
        (void)!db_exec(db, "ROLLBACK");
    trail_forget(db->trail);
    keyring_forget_all(db->ring); /* what was read in this transaction may never have been */
    LIST_EACH (node, group) {
        struct write *write = WRITE_OF(node);
        write->again = false;
        write->status = error_set(write->err, ERR_IO, "store",
                                  "the database could not commit; nothing was written");
    }
}

/* A write that another vault's got into the way of runs again in the next group, not in this one: what the
 * other waits for, this group has let go only with its commit. */
static void answer_group(struct writer *w, struct list *group)
{
    while (!list_is_empty(group)) {
        struct list *node = list_first(group);
        list_remove(node); /* before the post: afterwards the write is its caller's again */
        if (!WRITE_OF(node)->again) {
            sem_post(&WRITE_OF(node)->done);
            continue;
        }
        pthread_mutex_lock(&w->lock);
        list_add_last(&w->waiting, node);
        pthread_mutex_unlock(&w->lock);
    }
}

/* Sleep until there is a write, or it is time for what was noted. Lock held. */
static void wait_for_work(struct writer *w)
{
    while (list_is_empty(&w->waiting) && !w->stopping) {
        struct timespec until = {.tv_sec = w->flush_ms / 1000,
                                 .tv_nsec = w->flush_ms % 1000 * 1000000};
        if (!w->flush_ms)
            pthread_cond_wait(&w->wake, &w->lock);
        else if (pthread_cond_clockwait(&w->wake, &w->lock, CLOCK_MONOTONIC, &until) ==
                 ETIMEDOUT)
            return;
    }
}

/* Move at most STORE_GROUP_MAX waiting writes into group; sleep while there is nothing to do. False: stop. */
static bool next_group(struct writer *w, struct list *group)
{
    pthread_mutex_lock(&w->lock);
    wait_for_work(w);
    for (unsigned n = 0; n < STORE_GROUP_MAX && !list_is_empty(&w->waiting); n++) {
        struct list *node = list_first(&w->waiting);
        list_remove(node);
        list_add_last(group, node);
    }
    bool goes_on = !list_is_empty(group) || w->flush_ms != 0;
    w->flush_ms = 0;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

/* What was noted meanwhile, or could not be written, is for the next group. At the end one failure is enough. */
static void flush_later(struct writer *w, bool is_noted)
{
    if (!trail_waits(w->db->trail))
        return;
    pthread_mutex_lock(&w->lock);
    if (!w->flush_ms && (is_noted || !w->stopping))
        w->flush_ms = clock_ms() + AUDIT_NOTE_MS;
    pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    struct list group;
    list_init(&group);
    while (next_group(w, &group)) {
        bool is_noted = false;
        if (run_group(w->db, &group, &is_noted) != OK)
            fail_group(w->db, &group);
        w->db->err = NULL;
        answer_group(w, &group);
        flush_later(w, is_noted);
    }
    return NULL;
}

void writer_start(struct writer *w, struct db *db)
{
    sigset_t all, before;
    *w = (struct writer){.db = db};
    list_init(&w->waiting);
    ENSURE(pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->wake, NULL) == 0);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ENSURE(pthread_create(&w->thread, NULL, writer_main, w) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void writer_stop(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
}

void writer_flush_soon(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    if (!w->flush_ms) {
        w->flush_ms = clock_ms() + AUDIT_NOTE_MS;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
}

enum status writer_run(struct writer *w, write_function *function, void *arg, struct error *err)
{
    struct write write = {
        .function = function, .arg = arg, .err = err, .actor = trail_actor(), .status = ERR_IO};
    ENSURE(sem_init(&write.done, 0, 0) == 0);
    pthread_mutex_lock(&w->lock);
    ENSURE(!w->stopping);
    bool was_empty = list_is_empty(&w->waiting);
    list_add_last(&w->waiting, &write.node);
    if (was_empty)
        pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    while (sem_wait(&write.done) != 0)
        ENSURE(errno == EINTR);
    sem_destroy(&write.done);
    return write.status;
}
