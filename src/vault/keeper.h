/* SPDX-License-Identifier: ISC
 *
 * What has to be done in time though nobody asks: erasures that were interrupted, keys and couriers of what another
 * node erased, past bookings whose customers are to be forgotten. Every node has one; two that meet at one row do it once.
 */
#ifndef VAULT_KEEPER_H
#define VAULT_KEEPER_H

#include "vault/vault.h"

struct keeper {
    struct vault *v;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ends;
};

/* Start the thread that looks at once and then every few seconds. */
enum status keeper_start(struct keeper *keeper, struct vault *v, struct error *err) MUST_CHECK;

/* Ask it to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where it is still at work. */
enum status keeper_stop(struct keeper *keeper, int64_t deadline_ms) MUST_CHECK;

/* Go through all of it once. seen: the last erasure that was forgotten here, moved on. */
void keeper_look(struct vault *v, int64_t *seen);

#endif
