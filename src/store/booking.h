/* SPDX-License-Identifier: ISC
 *
 * What the files about bookings share: booking.c (take a slot), booking_step.c (everything that happens to
 * a booking afterwards), booking_read.c.
 */
#ifndef STORE_BOOKING_H
#define STORE_BOOKING_H

#include "store/db.h"

static inline struct seal_place booking_place(const char *column, int64_t id)
{
    return (struct seal_place){.table = "bookings", .column = column, .row = id};
}

static inline struct seal_place booking_calendar_place(int64_t id)
{
    return (struct seal_place){.table = "booking_calendars", .column = "calendar", .row = id};
}

/* A stretch of a host's time to be taken. */
struct occupancy {
    int64_t booking;
    int64_t host;
    int64_t page;
    bool target; /* of a move */
    struct slot slot;
    struct slot occupied;
    struct slot day;
    int64_t max_per_day; /* 0: no limit */
    struct instant now;
    struct instant expires; /* 0: never */
};

/* ERR_INVALID where its parts do not fit each other or the limits. */
enum status occupancy_check(const struct occupancy *o, struct error *err) MUST_CHECK;

/* Take it for a booking whose row exists. Holds that are over by now are in nobody's way and are deleted
 * where they would be. ERR_CONFLICT: the database found an overlap, or the page's day is full; the booking
 * itself is never in its own way. */
enum status occupancy_take(struct db *db, const struct occupancy *o) MUST_CHECK;

/* Whoever counts a page's bookings counts alone: no constraint would see two vaults pass a limit. */
enum status page_lock(struct db *db, int64_t page) MUST_CHECK;

/* Something that a host has to do by hand, in the write that makes it so. Its times are the booking's, as they
 * stand before that write changes them. */
struct attention {
    int64_t booking;
    enum attention_kind kind;
    struct instant at;
    struct instant moved_to; /* 0: not moved */
};
enum status attention_add(struct db *db, const struct attention *attention) MUST_CHECK;

/* Note in a write that a notice was seen to. */
enum status attention_done(struct db *db, int64_t id, struct instant now) MUST_CHECK;
/* For whose word a booking waits. In the database it is HELD meanwhile, whatever it is called elsewhere. */
enum waits { WAITS_FOR_NOBODY, WAITS_FOR_HOST, WAITS_FOR_CUSTOMER, WAITS_COUNT };

static inline enum booking_state booking_state_of(enum booking_state state, enum waits waits)
{
    return state != BOOKING_HELD || waits == WAITS_FOR_NOBODY ? state
           : waits == WAITS_FOR_HOST                          ? BOOKING_REQUESTED
                                                              : BOOKING_UNVERIFIED;
}

/* Where a booking stands. */
struct booking_standing {
    int64_t account, host, page;
    int64_t connection; /* 0: none */
    enum booking_state state;
    enum booking_step step;
    bool left_behind;
    int64_t sequence;
    struct instant move_to; /* where a move goes; else 0 */
    struct slot slot;
    enum waits waits;          /* as the row says, in every state */
    struct instant open_until; /* 0: it waits for no word */
};

/* Read that, and keep other writers off the booking until the commit. ERR_NOT_FOUND, with the line set. */
enum status booking_standing_get(struct db *db, int64_t id,
                                 struct booking_standing *ret_standing) MUST_CHECK;

/* Remember how a booking ends; NULL: nothing is said of it. */
enum status booking_write_end(struct db *db, int64_t id, int64_t account,
                              const struct booking_end *ending) MUST_CHECK;
enum status booking_check_end(const struct booking_end *ending, struct error *err) MUST_CHECK;

/* Confirm a booking that waited, or end its request; inside a write. As store_booking_confirm and store_booking_end. */
enum status booking_confirm(struct db *db, int64_t id, const struct event_ref *ref,
                            struct instant now) MUST_CHECK;
enum status booking_end_request(struct db *db, int64_t id, const struct booking_end *ending,
                                struct instant now) MUST_CHECK;

/* Begin the cancellation of a CONFIRMED booking with nothing in flight; who is told is the caller's to say. ERR_DENIED. */
enum status booking_cancel_begin(struct db *db, int64_t id, const struct booking_end *ending,
                                 struct instant now) MUST_CHECK;

/* Are all sessions of a series certain? Locks them: of two that become so at once one sees the other. */
enum status series_is_whole(struct db *db, int64_t series, bool *ret_is) MUST_CHECK;

/* Hash a customer's address for look-up: letters of any case are one. */
struct hash customer_hash(const struct account_keys *keys, struct text email);

/* Load a booking. ERR_NOT_FOUND, with the line set. */
enum status booking_load(struct db *db, struct arena *a, int64_t id,
                         struct booking_stored *ret_booking) MUST_CHECK;

#endif
