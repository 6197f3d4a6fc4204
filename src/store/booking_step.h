/* SPDX-License-Identifier: ISC
 *
 * What the files about a booking's steps share, within writes: booking_step.c, booking_event.c.
 */
#ifndef STORE_BOOKING_STEP_H
#define STORE_BOOKING_STEP_H

#include "store/booking.h"
#include "store/trail.h"

/* What a step needs to know; arg of the writes. */
struct change {
    int64_t id;
    struct instant now;
    const struct event_ref *ref;      /* NULL: none */
    const struct booking_end *ending; /* NULL: none */
};

/* Say that the diagram in store.h has no such arrow: ERR_DENIED. */
enum status step_denied(struct db *db);

/* Is it confirmed, with nothing in flight? */
bool step_is_settled(const struct booking_standing *s);

enum status step_audit(struct db *db, enum audit_kind kind, const struct booking_standing *s,
                       int64_t id) MUST_CHECK;

/* Run a statement whose only value is a booking's id. */
enum status step_run_for(struct db *db, const char *sql, int64_t id) MUST_CHECK;

/* ERR_INVALID where a reference is none that can be kept. */
enum status step_check_ref(const struct event_ref *ref, struct error *err) MUST_CHECK;

/* Remember where the event stands; nothing of a calendar whose connection was removed meanwhile. */
enum status step_write_ref(struct db *db, const struct change *change,
                           const struct booking_standing *s) MUST_CHECK;

/* Have the booking occupy the time that it held for a move, and no other. */
enum status step_occupy_target(struct db *db, int64_t id) MUST_CHECK;

/* Cancel it, whatever it was. */
enum status step_write_cancelled(struct db *db, const struct change *change) MUST_CHECK;

#endif
