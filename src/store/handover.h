/* SPDX-License-Identifier: ISC
 *
 * Giving a leaver's pages and coming bookings to another host; within writes. Nobody outside the store includes it.
 */
#ifndef STORE_HANDOVER_H
#define STORE_HANDOVER_H

#include "store/db.h"

/* What there is to hand over. */
struct handed {
    int64_t pages, coming; /* bookings that are confirmed and not over */
    int64_t events;        /* of these, with an event in the leaver's calendar */
    int64_t in_flight;     /* bookings that are being written just now */
};

enum status handover_count(struct db *db, int64_t account, int64_t user, struct instant now,
                           struct handed *ret_handed) MUST_CHECK;

/* Hand everything over to the heir, whose address is told where their time is taken: ERR_CONFLICT then, and nothing
 * is handed over. Nothing may be in flight. Events stay where they are, as plain ones; the heir is told to enter them. */
enum status hand_over(struct db *db, int64_t account, int64_t user, int64_t heir,
                      struct text heir_email, struct instant now) MUST_CHECK;

/* Run a statement about a user: its values are the heir's number, where it is not 0, and the user's. */
enum status run_for(struct db *db, const char *sql, int64_t heir, int64_t user,
                    int64_t *ret_changed) MUST_CHECK;

#endif
