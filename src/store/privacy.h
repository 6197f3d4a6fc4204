/* SPDX-License-Identifier: ISC
 *
 * What a person may know of what is kept about them, and what an account's administrators of how its part of the
 * installation is.
 *
 * The same of all functions is said in store.h.
 */
#ifndef STORE_PRIVACY_H
#define STORE_PRIVACY_H

#include "store/store.h"

/* List who read or wrote the calendars of a user, by the mailboxes of their connections and by their address, the
 * newest first. Rows that tell the same of one hour are one. ERR_NOT_FOUND: there is no such user. */
enum status store_readings(struct store *st, struct arena *a, const struct readings_ask *ask,
                           struct readings_answer *ret_readings, struct error *err) MUST_CHECK;

/* Count what is kept about a user. How long it is kept is not filled in but for bookings; keep_bookings_days: where
 * the account says nothing else. ERR_NOT_FOUND. */
enum status store_holdings(struct store *st, const struct holdings_ask *ask, struct instant now,
                           int64_t keep_bookings_days, struct holdings_answer *ret_holdings,
                           struct error *err) MUST_CHECK;

/* Count what an account waits for: its mails, its bookings in flight, its calendars; and the size of the database
 * with its last backup. ERR_NOT_FOUND. */
enum status store_condition(struct store *st, struct text account, struct instant now,
                            struct condition_answer *ret_condition,
                            struct error *err) MUST_CHECK;

#endif
