/* SPDX-License-Identifier: ISC
 *
 * The one thread that writes. It takes all writes that wait, runs them in one transaction, each in a
 * savepoint of its own, and answers them together once the commit is on the disk: one fsync for many. What the
 * audit noted goes with them, or alone when none came for a second.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <pthread.h>

#include "base/list.h"
#include "store/db.h"

struct writer {
    struct db *db; /* the writer's alone while it runs */
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct list waiting; /* struct write */
    int64_t
        flush_ms; /* of clock_ms: when what was noted is written at the latest; 0: nothing */
    bool stopping;
};

void writer_start(struct writer *w, struct db *db);
void writer_stop(struct writer *w); /* after the last waiting write */

/* Something was noted (store/trail.h): write it soon, with others or without. */
void writer_flush_soon(struct writer *w);

enum status writer_run(struct writer *w, write_function *function, void *arg,
                       struct error *err) MUST_CHECK;

#endif
