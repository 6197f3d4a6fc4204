/* SPDX-License-Identifier: ISC
 *
 * What the other table families write into the outbox, each inside its own write: so that a mail is there if,
 * and only if, what it tells of has happened. Nothing is written where the operator named no mail server.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/booking.h"

enum { OUTBOX_TRY_S = 48 * 3600 }; /* so long a mail is tried */

/* Where a sealed value of the table stands. */
struct seal_place outbox_place(const char *column, int64_t id);

/* A booking was confirmed: mails to customer and host, and its reminders. After the row was changed. */
enum status outbox_confirmed(struct db *db, int64_t booking, struct instant now) MUST_CHECK;

/* It has moved from `before`: mails, and its reminders anew. Its sequence grows here. A host who did it in the calendar
 * is not told of it. */
enum status outbox_moved(struct db *db, int64_t booking, struct slot before, bool by_host,
                         struct instant now) MUST_CHECK;

/* It is cancelled, which nothing can stop any more: mails, no reminders. Its sequence grows here. by_host
 * as above. */
enum status outbox_cancelled(struct db *db, int64_t booking, bool by_host,
                             struct instant now) MUST_CHECK;

/* A new time was being checked, and the calendar has not taken it: the booking stands as it was. */
enum status outbox_not_moved(struct db *db, int64_t booking, struct instant asked,
                             struct instant now) MUST_CHECK;

/* It waits for a word, BOOKING_REQUESTED of its host or BOOKING_UNVERIFIED of its customer, who is asked. */
enum status outbox_opened(struct db *db, int64_t booking, enum booking_state state,
                          struct instant until, struct instant now) MUST_CHECK;

/* It waits for the PC of its host: its customer is told that it is not confirmed yet. */
enum status outbox_at_desk(struct db *db, int64_t booking, struct instant now) MUST_CHECK;

/* A request has come to its end, or what was being checked did not come about: mails to whom that is news. */
enum status outbox_ended(struct db *db, int64_t booking, enum ended how,
                         struct instant now) MUST_CHECK;

/* Several of a series are, likewise: one mail about all, in the order given, MAX_SERIES at most. */
enum status outbox_sessions_cancelled(struct db *db, const int64_t *bookings, size_t n,
                                      struct instant now) MUST_CHECK;

/* Its calendar is being disconnected: no bookings of that connection are reminded of. */
enum status outbox_disconnected(struct db *db, int64_t account, int64_t connection) MUST_CHECK;

/* A host has something to do by hand. */
enum status outbox_attention(struct db *db, const struct attention *attention) MUST_CHECK;

/* A connection was paused: once for each pause. */
enum status outbox_paused(struct db *db, int64_t account, int64_t connection,
                          struct instant now) MUST_CHECK;

/* Nothing has come of it for long, and of one of which that was told something comes again: once for each outage.
 * since 0: nobody knows since when. */
enum status outbox_failing(struct db *db, int64_t account, int64_t connection,
                           struct instant since, struct instant now) MUST_CHECK;
enum status outbox_works(struct db *db, int64_t account, int64_t connection,
                         struct instant since, struct instant now) MUST_CHECK;

#endif
