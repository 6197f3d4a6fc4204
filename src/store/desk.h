/* SPDX-License-Identifier: ISC
 *
 * Connectors: their pairing, what they pushed, and what they are to write. All of it is one PC's word about its owner's
 * calendar: it counts as long as its lease, and is erased with the pairing, its token and its mode.
 */
#ifndef STORE_DESK_H
#define STORE_DESK_H

#include "store/store.h"
#include "wire/connector.h"

enum {
    DESK_LEASE_S = 3600,
    DESK_LEASE_LONG_S = 7 * 86400, /* only_here */
    DESK_HEARD_S = 60,             /* contacts are written down so often */
    DESK_WRONG_MAX = 6,            /* wrong tokens ... */
    DESK_WRONG_S = 600,            /* ... within this ... */
    DESK_BLOCK_S = 1800,           /* ... block for this */
    DESK_ORDER_S = 86400, /* a booking waits so long for its PC, and never beyond its start */
    DESK_REMOVE_S = 30 * 86400, /* a removal, beyond its event's end */
};

struct desk_stored {
    int64_t id;
    int64_t account;
    struct connector_mode mode;
    struct instant heard_at;
    int64_t epoch, sequence;
    bool is_synced;
    struct slot covered; /* what was pushed of the calendar */
    struct instant lease_until;
};

/* ---- pairing ---- */

/* Add a connection of kind CALENDAR_CONNECTOR with its token. Fails as store_connection_add. */
enum status store_desk_add(struct store *st, const struct connector_add_ask *ask,
                           int64_t *ret_id, struct secret *ret_token,
                           struct error *err) MUST_CHECK;

/* Give it another token; the journal begins anew. ERR_NOT_FOUND: the account has no such connector. */
enum status store_desk_token(struct store *st, struct text account, int64_t id,
                             struct secret *ret_token, struct error *err) MUST_CHECK;

/* Switch its mode; the journal begins anew where that changes anything. ERR_NOT_FOUND. */
enum status store_desk_switch(struct store *st, const struct connector_switch_ask *ask,
                              struct error *err) MUST_CHECK;

/* List an account's connectors, or those of one user. */
enum status store_desk_list(struct store *st, struct arena *a,
                            const struct connector_list_ask *ask, struct instant now,
                            struct connector_list_answer *ret_list,
                            struct error *err) MUST_CHECK;

/* Is it whoever it says? Also writes down that it was heard, now and then.
 *
 * Fails   ERR_AUTH    not known, or a wrong token
 *         ERR_DENIED  the token is right, and its connection was removed
 *         ERR_LIMIT   too many wrong ones: err->retry_s
 */
enum status store_desk_admit(struct store *st, const struct desk_bearer *who,
                             struct instant now, struct desk_stored *ret_desk,
                             struct error *err) MUST_CHECK;

/* ---- what it says ---- */

/* Keep what the program says of itself, and take its mode where it asks for one. */
enum status store_desk_hello(struct store *st, int64_t id, const struct desk_hello *said,
                             struct desk_stored *ret_desk, struct error *err) MUST_CHECK;

/* Read what it said of itself last; empty where it has not. ERR_NOT_FOUND. */
enum status store_desk_said(struct store *st, struct arena *a, int64_t id,
                            struct desk_hello *ret_said, struct error *err) MUST_CHECK;

/* Take a part of its journal and renew the lease. ERR_CONFLICT: another epoch, base or mode; say hello. */
enum status store_desk_push(struct store *st, int64_t id, const struct desk_push *push,
                            struct instant now, struct desk_push_answer *ret_answer,
                            struct error *err) MUST_CHECK;

/* Erase what was pushed; the journal begins anew. */
enum status store_desk_leave(struct store *st, int64_t id, struct error *err) MUST_CHECK;

/* Read how it stands. ERR_NOT_FOUND: there is no such connector any more. */
enum status store_desk_get(struct store *st, int64_t id, struct desk_stored *ret_desk,
                           struct error *err) MUST_CHECK;

/* When is the calendar busy in [from, to), by what was pushed? What was not covered is BUSY_NO_DATA. own: an interval of
 * exactly these times is left out; 0 to 0: none. Not sorted.
 * Fails   ERR_NO_DATA: no full sync, or its lease is over */
enum status store_desk_busy(struct store *st, struct arena *a, int64_t id, struct slot window,
                            struct slot own, struct instant now, struct busy_answer *ret_busy,
                            struct error *err) MUST_CHECK;

/* ---- orders ---- */

/* A booking's time is free by what we know: have the PC look, write and say so. The booking is REQUESTED until then, and
 * its customer told. OK also where that was done. ERR_NOT_FOUND: the hold was over; ERR_DENIED: it does not wait. */
enum status store_desk_create(struct store *st, int64_t booking, struct instant until,
                              struct instant now, struct error *err) MUST_CHECK;

/* What is to become of an event that stands, in a step that began before. */
struct desk_change {
    int64_t desk, booking;
    enum desk_order_kind kind; /* UPDATE or REMOVE */
    struct slot slot;
    struct instant until;
};

/* Order it, or see what became of it. Once it was refused or is over it stays so until another one is ordered.
 *
 * Owner   ret_ref->id lives in a
 * Fails   ERR_UNCERTAIN  not known yet
 *         ERR_CONFLICT   the PC found the time taken; ERR_NOT_FOUND the event is gone; ERR_UPSTREAM it was refused
 *         ERR_TIMEOUT    until is over: an UPDATE that may have been seen is taken back by an order of its own
 */
enum status store_desk_change(struct store *st, struct arena *a,
                              const struct desk_change *change, struct instant now,
                              struct event_ref *ret_ref, struct error *err) MUST_CHECK;

/* Say where a booking's event stands as far as its PC has said. ERR_NOT_FOUND none; ERR_UNCERTAIN an order is open. */
enum status store_desk_find(struct store *st, struct arena *a, int64_t booking,
                            struct instant now, struct event_ref *ret_ref,
                            struct error *err) MUST_CHECK;

/* One order as the store has it; event and window are the vault's to fill. */
struct desk_order_row {
    int64_t number, booking;
    enum desk_order_kind kind;
    struct slot slot;
    struct instant until;
};

/* Hand out what waits, the oldest first; *ret_more: ask again. They count as seen from now on. */
enum status store_desk_pull(struct store *st, int64_t desk, struct instant now,
                            struct desk_order_row ret_rows[static DESK_ORDERS_MAX],
                            size_t *ret_n, bool *ret_more, struct error *err) MUST_CHECK;

/* Take down what became of an order. Of a CREATE the booking follows here: confirmed, or it has not come about.
 * *ret_booking: whose step goes on now; 0: none. OK also for an order that is not known any more. */
enum status store_desk_done(struct store *st, int64_t desk, const struct desk_done *done,
                            struct instant now, int64_t *ret_booking,
                            struct error *err) MUST_CHECK;

/* Does any order wait? */
enum status store_desk_has_orders(struct store *st, int64_t desk, bool *ret_has,
                                  struct error *err) MUST_CHECK;

/* ---- within other writes ---- */

struct db;

/* Its connection is being removed: what was pushed, ordered and said is erased. OK where it is no connector. */
enum status desk_end(struct db *db, int64_t connection) MUST_CHECK;

/* A step of a booking has come to its end: what became of its order is not needed any more. */
enum status desk_settled(struct db *db, int64_t booking) MUST_CHECK;

/* A booking that waited for its PC ends otherwise: what may have been written is taken back. */
enum status desk_call_off(struct db *db, int64_t booking) MUST_CHECK;

#endif
