/* SPDX-License-Identifier: ISC
 *
 * What following the hosts' calendars remembers: whose turn it is, how far each calendar's changes are known, and
 * what becomes of a booking whose event its host has moved or deleted. Whose turn it is stands in the database, so
 * that of several vaults one asks; should two do so, it comes to the same, since a booking changes only as the
 * caller has seen it.
 *
 * The same of all functions is said in store.h.
 */
#ifndef STORE_FOLLOW_H
#define STORE_FOLLOW_H

#include "store/store.h"

enum {
    STORE_FOLLOW_DUE_MAX = 64, /* connections in one answer */
    STORE_FOLLOW_MAX =
        4096, /* bookings of one connection that are followed: those that end first */
    STORE_WATCHABLE_MAX = 1024,
    STORE_SYNC_STATES_MAX = 16, /* calendars of one connection whose changes are known */
};

/* List connections that are due and have something to follow (coming bookings with an event, on pages that do not
 * ignore it) or pages that offer times. The longest due come first; at most STORE_FOLLOW_DUE_MAX. */
enum status store_follow_due(struct store *st, struct instant now,
                             int64_t ret_ids[static STORE_FOLLOW_DUE_MAX], size_t *ret_n,
                             struct error *err) MUST_CHECK;

/* Take a connection's turn: nobody else has it before `until`. ERR_NOT_FOUND: it is not due any more, or gone. */
enum status store_follow_take(struct store *st, int64_t connection, struct instant now,
                              struct instant until, struct error *err) MUST_CHECK;

/* Say when it is due again: to keep a turn, or at its end. */
enum status store_follow_put_off(struct store *st, int64_t connection, struct instant due,
                                 struct error *err) MUST_CHECK;

/* A connection whose calendar may be watched for changes. */
struct watchable {
    int64_t connection;
    int64_t sign_in; /* itself, or its service account */
};

/* List all connections that have something to follow and whose sign-in is in order, by sign-in; at most
 * STORE_WATCHABLE_MAX. */
enum status store_watchable_list(struct store *st, struct instant now,
                                 struct watchable ret_list[static STORE_WATCHABLE_MAX],
                                 size_t *ret_n, struct error *err) MUST_CHECK;

/* A booking to follow, in flight or not. */
struct follow_row {
    int64_t booking;
    struct slot slot;
    enum booking_step step;
    struct text event_id; /* empty: not known */
    struct text calendar; /* empty: the default one */
};
struct follow_list {
    struct follow_row *rows;
    size_t n_rows;
};

/* List what a connection has to follow, by end. */
enum status store_follow_list(struct store *st, struct arena *a, int64_t connection,
                              struct instant now, struct follow_list *ret_list,
                              struct error *err) MUST_CHECK;

/* Get how far a calendar's changes are known; empty: not at all. ERR_NOT_FOUND: the connection is gone. */
enum status store_sync_state_get(struct store *st, struct arena *a, int64_t connection,
                                 struct text calendar, struct text *ret_state,
                                 struct error *err) MUST_CHECK;

/* Remember it; empty forgets it. ERR_NOT_FOUND as above. */
enum status store_sync_state_set(struct store *st, int64_t connection, struct text calendar,
                                 struct text state, struct instant now,
                                 struct error *err) MUST_CHECK;

/* What was found of the event of a CONFIRMED booking with nothing in flight. */
struct found_event {
    int64_t booking;
    int64_t sequence; /* of the booking as it was when the event was looked for */
    struct slot slot; /* of the booking then */
    struct event_ref ref;
    bool is_gone;
    struct slot occupied; /* the event's time with the page's buffers */
    struct instant now;
    int64_t notice; /* that this answers, and which is done with it; 0: none */
};

/* Follow the host: the booking moves to where the event stands, whatever the page's rules, or is cancelled where it
 * is gone; the customer is told. Where another booking of the host has that time, or it is over or longer than an
 * occupancy may be, the booking stays, and a notice for the host is written.
 *
 * Fails   ERR_DENIED: the booking has changed meanwhile; nothing was done
 *         ERR_CONFLICT: it cannot have that time, which a host who answers a notice hears at once */
enum status store_event_follow(struct store *st, const struct found_event *found,
                               struct error *err) MUST_CHECK;

/* Write a notice for the host instead, once for what was found. Fails as above. */
enum status store_event_ask(struct store *st, const struct found_event *found,
                            struct error *err) MUST_CHECK;

/* The event of a booking is about to be written anew: what is known of where it stands counts no more, and it is found
 * by its uid. ERR_DENIED as above. */
enum status store_event_forget(struct store *st, const struct found_event *found,
                               struct error *err) MUST_CHECK;

/* The event stands where its booking is again; the notice is done. ERR_DENIED as above. */
enum status store_event_restored(struct store *st, const struct found_event *found,
                                 struct error *err) MUST_CHECK;

#endif
