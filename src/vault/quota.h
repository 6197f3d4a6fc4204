/* SPDX-License-Identifier: ISC
 *
 * How many bookings an account may make in an hour: what keeps a stranger who has many addresses from filling the
 * calendars of a whole account before anybody looks. A bucket that is refilled all the time; it counts what was
 * confirmed, so that being refused uses nothing up. In memory, and so for each node by itself.
 *
 * An account whose bucket is empty looks like one whose calendars are full: no slots, and the one refusal. What
 * shows is thus that the account takes no more bookings now; neither whose they were nor when.
 */
#ifndef VAULT_QUOTA_H
#define VAULT_QUOTA_H

#include <pthread.h>

#include "base/instant.h"
#include "base/map.h"

struct quotas {
    int64_t per_hour; /* 0: no limit */
    pthread_mutex_t lock;
    struct map all; /* struct quota, by account; those that are full again are forgotten */
};

void quotas_init(struct quotas *quotas);
void quotas_done(struct quotas *quotas);

/* May the account make a booking now? */
bool quota_has(struct quotas *quotas, int64_t account, struct instant now);

/* It made one. Bookings that were under way together may go a little beyond. */
void quota_take(struct quotas *quotas, int64_t account, struct instant now);

#endif
