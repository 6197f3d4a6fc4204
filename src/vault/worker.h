/* SPDX-License-Identifier: ISC
 *
 * The threads that work: each takes a request from the queue, runs it from top to bottom and takes the
 * next.
 */
#ifndef VAULT_WORKER_H
#define VAULT_WORKER_H

#include "vault/vault.h"

struct workers {
    struct vault *v;
    pthread_t threads[VAULT_WORKERS_MAX];
    size_t n;
};

/* Start n threads. ERR_IO: the system gives none; those that started are stopped again. */
enum status workers_start(struct workers *workers, struct vault *v, size_t n,
                          struct error *err) MUST_CHECK;

/* Let each finish what it does, by deadline_ms of clock_ms, and free what waits in the queue. ERR_TIMEOUT:
 * some are still at work; the program may only end then. */
enum status workers_stop(struct workers *workers, int64_t deadline_ms) MUST_CHECK;

#endif
