/* SPDX-License-Identifier: ISC
 *
 * Write SQLite's log back into the database beside the writer, on a thread and a connection of its own. Done
 * by the writer, as SQLite does by itself, it would make all that wait for a commit wait for it too.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include <pthread.h>

#include "store/sqlite.h"

struct checkpointer {
    struct db db; /* the thread's alone while it runs */
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    int pages; /* of the log, after the last commit */
    int next;  /* length at which to start again */
    bool is_wanted;
    bool truncates; /* somebody waits for the log to be emptied */
    bool truncated; /* it was */
    pthread_cond_t answered;
    bool stopping;
};

/* Start, with c->db open, and watch the commits of another connection. */
void checkpointer_start(struct checkpointer *c, struct db *writer);

/* Stop; the watched connection commits no more. c->db stays open. */
void checkpointer_stop(struct checkpointer *c);

/* Write everything back and empty the log, so that no earlier content is in it. False: readers stood in the way. */
bool checkpointer_truncate(struct checkpointer *c);

#endif
