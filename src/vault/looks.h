/* SPDX-License-Identifier: ISC
 *
 * Which bookings' events were looked for and not found, and since when. In memory only: after a restart
 * the first look is simply taken again.
 */
#ifndef VAULT_LOOKS_H
#define VAULT_LOOKS_H

#include <pthread.h>

#include "base/instant.h"
#include "base/list.h"

enum { LOOKS_MAX = 1000 }; /* remembered at most; the oldest go first */

struct look {
    struct list node;
    int64_t booking;
    int64_t connection;
    struct instant first; /* not there then */
    struct instant until; /* given up: a late write is looked for until then; 0: not given up */
    struct instant
        moved_to; /* a move was given up: where its late write would put the event; else 0 */
};

struct looks {
    pthread_mutex_t lock;
    struct list all; /* struct look, oldest first */
    size_t n;
};

void looks_init(struct looks *looks);
void looks_done(struct looks *looks);

/* Note that a booking's event was not there now, and return when that was found for the first time. */
struct instant looks_note(struct looks *looks, int64_t booking, int64_t connection,
                          struct instant now);

/* A write is given up; it is to be looked for until an instant, in case it comes late. moved_to as above. */
void looks_give_up(struct looks *looks, int64_t booking, struct instant until,
                   struct instant moved_to);

/* Forget a booking; harmless where nothing is known of it. */
void looks_forget(struct looks *looks, int64_t booking);

/* Copy at most max of the given up ones; return how many. */
size_t looks_given_up(struct looks *looks, struct look *ret_looks, size_t max);

#endif
