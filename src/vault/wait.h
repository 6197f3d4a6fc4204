/* SPDX-License-Identifier: ISC
 *
 * Waiting, never without a deadline. Deadlines are counted in clock_ms, so that setting the wall clock
 * wakes nobody early.
 */
#ifndef VAULT_WAIT_H
#define VAULT_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Make a condition for wait_until. */
void wait_init(pthread_cond_t *cond);

/* Wait for a signal until deadline_ms of clock_ms, with lock held; false once it has passed. */
bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ms);

/* Wait until a thread has ended: ERR_TIMEOUT where deadline_ms of clock_ms passed before. */
enum status wait_join(pthread_t thread, int64_t deadline_ms) MUST_CHECK;

#endif
