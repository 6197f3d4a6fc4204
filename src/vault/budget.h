/* SPDX-License-Identifier: ISC
 *
 * What a calendar server can bear, as far as we know it: how many jobs may be out at once and how many go
 * out over time, for each mailbox and for each server. A quarter of both is kept for bookings, since the
 * mailbox's quota is shared with the person's own programs and visitors must not use it up. What is not
 * granted is not sent: the caller withholds slots.
 *
 * A bucket of calls is refilled all the time up to its burst. The figures follow Exchange's default policy:
 * EwsMaxBurst is 300 s and EwsRechargeRate 900 s an hour of the server's time, of which a call takes 50 to
 * 100 ms.
 */
#ifndef VAULT_BUDGET_H
#define VAULT_BUDGET_H

#include <pthread.h>

#include "base/error.h"
#include "base/instant.h"
#include "base/map.h"

enum {
    BUDGET_MAILBOX_AT_ONCE = 4,
    BUDGET_MAILBOX_BURST = 3000,
    BUDGET_MAILBOX_PER_MINUTE = 300,
    BUDGET_SERVER_AT_ONCE = 16,
    BUDGET_SERVER_BURST = 30000,
    BUDGET_SERVER_PER_MINUTE = 6000,
    BUDGET_KEPT = 4, /* one in so many is kept for bookings */
};

struct budget_limits {
    int64_t at_once;
    int64_t burst;
    int64_t per_minute;
};

struct budgets {
    struct budget_limits mailbox, server; /* tests set others */
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct map all; /* of struct budget, by name; they live as long as this does */
};

/* One job's share. */
struct budget_hold {
    struct budget *mailbox, *server; /* NULL: none taken */
};

void budgets_init(struct budgets *budgets);
void budgets_done(struct budgets *budgets);

/* Take a share for one job; it waits for jobs that are out, but for no refill.
 *
 * Fails   ERR_LIMIT  nothing is left, or the server asked us to wait; err->retry_s
 *         ERR_FULL   those that are out did not come back by the deadline, of clock_ms
 */
enum status budget_take(struct budgets *budgets, struct text host, struct text mailbox,
                        bool for_booking, struct instant now, int64_t deadline_ms,
                        struct budget_hold *ret_hold, struct error *err) MUST_CHECK;

/* What hourgate spends and may spend, and what the server said last, for the doctor. */
struct budget_state {
    int64_t sent; /* calls of the minute that is full, and of the one that runs */
    int64_t left, burst, per_minute;
    struct instant asked_at; /* when the server last asked to wait; 0: never since the start */
    int64_t asked_s;         /* for how long */
};
struct budget_state budget_state_of(struct budgets *budgets, struct text host,
                                    struct text mailbox, struct instant now);

/* Give it back. */
void budget_give(struct budgets *budgets, struct budget_hold *hold);

/* The server asked the holder to wait: nothing goes to that mailbox until then, whichever connection asks.
 * Where another mailbox of that server waits already, it is the server that is short: nothing goes there. */
void budget_withhold(struct budgets *budgets, const struct budget_hold *hold,
                     struct instant now, struct instant until);

#endif
