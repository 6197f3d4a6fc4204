/* SPDX-License-Identifier: ISC
 *
 * The log starts over only once all of it is in the database, and while commits come without a pause the
 * thread never quite gets there. So from LOG_PAGES_MAX on the writer writes back the rest itself: by then that
 * is little.
 */
#include "store/checkpoint.h"

#include <signal.h>

enum {
    CHECKPOINT_PAGES = 1000, /* new pages in the log that are worth a checkpoint */
    LOG_PAGES_MAX = 8000,    /* 32 MiB */
    TRUNCATE_TRIES = 5,
};

static void checkpoint(sqlite3 *handle)
{
    /* Passive: it waits for nobody. What it leaves, because a reader needs it or another one is at
     * it, the next one does. */
    sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* After each commit, in the writer's thread. */
static int after_commit(void *arg, sqlite3 *writer, const char *name, int pages)
{
    struct checkpointer *c = arg;
    (void)name;
    pthread_mutex_lock(&c->lock);
    if (pages < c->pages) /* the log has started over */
        c->next = CHECKPOINT_PAGES;
    c->pages = pages;
    if (pages >= c->next) {
        c->next = pages + CHECKPOINT_PAGES;
        c->is_wanted = true;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    if (pages >= LOG_PAGES_MAX)
        checkpoint(writer);
    return SQLITE_OK;
}

/* Each try waits for readers as long as the connection's busy timeout says. */
static bool truncate_log(sqlite3 *handle)
{
    for (int i = 0; i < TRUNCATE_TRIES; i++)
        if (sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
            SQLITE_OK)
            return true;
    return false;
}

/* Lock held. */
static void answer_truncate(struct checkpointer *c)
{
    pthread_mutex_unlock(&c->lock);
    bool done = truncate_log(sqlite_handle(&c->db));
    pthread_mutex_lock(&c->lock);
    c->truncated = done;
    c->truncates = false;
    pthread_cond_broadcast(&c->answered);
}

bool checkpointer_truncate(struct checkpointer *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->truncates) /* somebody else's: it may have begun before our writes */
        pthread_cond_wait(&c->answered, &c->lock);
    c->truncates = true;
    pthread_cond_signal(&c->wake);
    while (c->truncates)
        pthread_cond_wait(&c->answered, &c->lock);
    bool truncated = c->truncated;
    pthread_mutex_unlock(&c->lock);
    return truncated;
}

static void *checkpointer_main(void *arg)
{
    struct checkpointer *c = arg;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        if (c->truncates) {
            answer_truncate(c);
            continue;
        }
        if (!c->is_wanted) {
            pthread_cond_wait(&c->wake, &c->lock);
            continue;
        }
        c->is_wanted = false;
        pthread_mutex_unlock(&c->lock);
        checkpoint(sqlite_handle(&c->db));
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

void checkpointer_start(struct checkpointer *c, struct db *writer)
{
    sigset_t all, before;
    c->next = CHECKPOINT_PAGES;
    ENSURE(pthread_mutex_init(&c->lock, NULL) == 0 && pthread_cond_init(&c->wake, NULL) == 0 &&
           pthread_cond_init(&c->answered, NULL) == 0);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ENSURE(pthread_create(&c->thread, NULL, checkpointer_main, c) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sqlite3_wal_hook(sqlite_handle(writer), after_commit, c); /* replaces SQLite's own */
}

void checkpointer_stop(struct checkpointer *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->answered);
    pthread_mutex_destroy(&c->lock);
}
