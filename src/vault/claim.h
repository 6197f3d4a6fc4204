/* SPDX-License-Identifier: ISC
 *
 * Who is at work on a booking: moving, cancelling and settling take turns, each seeing what the one before
 * left. Claims live in memory; what a restart finds in flight is nobody's.
 */
#ifndef VAULT_CLAIM_H
#define VAULT_CLAIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/status.h"

struct claims {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct list held;
};

/* One booking in one thread's hands; lives on its stack. */
struct claim {
    struct list node;
    struct claims *claims; /* NULL: holds nothing */
    int64_t booking;
};

void claims_init(struct claims *claims);
void claims_done(struct claims *claims);

/* Take a booking, waiting until deadline_ms of clock_ms for whoever has it: ERR_TIMEOUT. */
enum status claim_take(struct claims *claims, int64_t booking, int64_t deadline_ms,
                       struct claim *ret_claim) MUST_CHECK;

/* Give it back; for CLEANUP. Accepts a zeroed one. */
void claim_release(struct claim *claim);

#endif
