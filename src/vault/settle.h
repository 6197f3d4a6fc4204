/* SPDX-License-Identifier: ISC
 *
 * What a lost answer or a killed program left in flight is brought to an end: the calendar is asked for
 * the event by our uid. "Not there" holds only after two looks, the second beyond the time that the write
 * itself was given; an event that comes even later is removed.
 */
#ifndef VAULT_SETTLE_H
#define VAULT_SETTLE_H

#include "vault/booking.h"

/* Look once at a booking that the caller has claimed, and end what is in flight if that can be told.
 *
 * Fails   ERR_UNCERTAIN: it cannot be told yet; else why the calendar could not be asked
 */
enum status settle_look(struct vault *v, const struct booking_stored *booking,
                        int64_t deadline_ms, struct error *err) MUST_CHECK;

/* The same while whoever asked for it waits: a booking that does not come about is gone, and the answer says so. */
enum status settle_look_at_once(struct vault *v, const struct booking_stored *booking,
                                int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Settle everything in flight that nobody is at work on. began: what was in flight before this instant was
 * left by an earlier run. */
void settle_all(struct vault *v, struct instant began);

/* The thread that does so, at once and then every few seconds, and ends couriers that were idle for long. */
struct settler {
    struct vault *v;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ends;
};
enum status settler_start(struct settler *settler, struct vault *v,
                          struct error *err) MUST_CHECK;

/* Ask it to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where it is still at work. */
enum status settler_stop(struct settler *settler, int64_t deadline_ms) MUST_CHECK;

#endif
