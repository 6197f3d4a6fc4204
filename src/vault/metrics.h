/* SPDX-License-Identifier: ISC
 *
 * What the vault counts, for the health answer. Names say how much, never who.
 */
#ifndef VAULT_METRICS_H
#define VAULT_METRICS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "wire/messages.h"

#define METRICS(M)                                                                             \
    M(malformed)          /* channels closed because of what came over them */                 \
    M(refused_full)       /* questions that found the queue or the flights full */             \
    M(expired)            /* questions whose asker had given up before a worker was free */    \
    M(bookings_made)      /* confirmed at once */                                              \
    M(bookings_uncertain) /* left to be settled */                                             \
    M(bookings_refused)                                                                        \
    M(moves)                                                                                   \
    M(cancellations)                                                                           \
    M(mails_sent)                                                                              \
    M(mails_failed)  /* tries that did not get through, refusals included */                   \
    M(mails_refused) /* given up: the host sees them in the outbox */                          \
    M(followed)      /* events that hosts moved or deleted, and their bookings with them */    \
    M(mailboxes_watched) /* now, by streams of notifications; the others are polled */         \
    M(streams_open)      /* now */                                                             \
    M(streams_broken)                                                                          \
    M(hints)   /* that something may have changed in a mailbox */                              \
    M(settled) /* things in flight that came to an end by settling */                          \
    M(upstream_calls)                                                                          \
    M(upstream_failures)                                                                       \
    M(upstream_throttled) /* answers by which a server asked us to wait */                     \
    M(upstream_withheld)  /* calls not made: paused, throttled, or no budget left */

struct metrics {
#define METRIC_MEMBER(name) atomic_int_fast64_t name;
    METRICS(METRIC_MEMBER)
#undef METRIC_MEMBER
    atomic_int_fast64_t asked[WIRE_TYPE_MAX]; /* questions by type */
};

#define METRIC_ADD(metrics, name)                                                              \
    ((void)atomic_fetch_add_explicit(&(metrics)->name, 1, memory_order_relaxed))

#endif
