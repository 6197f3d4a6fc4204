/* SPDX-License-Identifier: ISC
 *
 * The thread that seals anew what a rotation or a change of policy left to do (store/walk.h), while everything else
 * goes on: a few rows at a time, and as long a rest as they took. A vault that was killed takes it up at its start.
 */
#ifndef VAULT_WALKER_H
#define VAULT_WALKER_H

#include <pthread.h>

#include "base/error.h"
#include "store/store.h"

struct walker {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool ends;
    bool is_called;
    struct walker_progress {
        int64_t account; /* at which it is; 0: at none */
        int64_t n_seen, n_rows;
        int64_t n_failed;
        struct error problem; /* the last failure; empty: none */
    } progress;
};

void walker_init(struct walker *walker);
void walker_done(struct walker *walker);

enum status walker_start(struct walker *walker, struct store *store,
                         struct error *err) MUST_CHECK;

/* Tell it that there is something to do. */
void walker_call(struct walker *walker);

struct walker_progress walker_look(struct walker *walker);

/* Ask it to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where it is still at work. */
enum status walker_stop(struct walker *walker, int64_t deadline_ms) MUST_CHECK;

#endif
