/* SPDX-License-Identifier: ISC
 *
 * What hosts do to booked events in their own calendars: every few minutes, or when a stream says that something has
 * changed (vault/watch.h), each calendar with coming bookings is asked what, and a booking whose event stands elsewhere, or nowhere any more, does as its page says.
 *
 * A change only says where to look: what then happens depends on what the calendar answers to a look by uid and on
 * the booking as it stands, so that hourgate's own writes, answers that come late and changes that are told twice
 * mean nothing. How far the changes are known is written down after all of them were dealt with: killed in between,
 * the next vault is told of them again. What a server has forgotten is made up for by a look at every booking.
 *
 * A calendar that has pages and nothing to follow is asked for a day's free/busy where nobody else has read it for a
 * while, so that one that fails is known before a customer meets it.
 */
#ifndef VAULT_FOLLOW_H
#define VAULT_FOLLOW_H

#include "vault/booking.h"

enum {
    FOLLOW_LOOK_S = 2,       /* between the two looks that make an event gone */
    FOLLOW_ANSWERS_MAX = 64, /* of one calendar in one round: the rest comes in the next */
    FOLLOW_FIRST_MAX = 1024, /* the first time, when all that stands there is told */
    FOLLOW_PROBE_S = 300, /* a calendar with pages is asked at least so often: is it there? */
    FOLLOW_PROBE_WINDOW_S = 86400, /* for so much of its free/busy */
    FOLLOW_SLOWER = 3,             /* so much less often where a stream tells of changes */
    FOLLOW_GATHER_MS = 300,        /* a change comes as several events */
    FOLLOW_HOUSES = 64,
};

/* What is known of a connection from elsewhere. */
struct follow_hint {
    int64_t connection;
    bool is_watched; /* hints come: it is asked without one only now and then */
    bool is_due;     /* there was one */
};

struct follower {
    struct vault *v;
    int64_t
        poll_s; /* between two questions to one calendar, an eighth more or less by chance */
    struct looks looks;     /* for events that were not there */
    struct backoff backoff; /* this and looks: the thread's own */
    struct house_seen {
        int64_t connection;
        struct instant at;
    } houses
        [FOLLOW_HOUSES]; /* where it was looked for one that moved (vault/house.h); the thread's own */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct follow_hint *hints; /* of those that are watched or due; under the lock */
    size_t n_hints;
    bool is_hinted;  /* one of them is due */
    bool looks_soon; /* something was held back: the thread's own */
    atomic_bool ends;
};

/* Make one without a thread: for follow_due alone. poll_s 0: nothing is ever followed. */
void follower_init(struct follower *follower, struct vault *v, int64_t poll_s);
void follower_done(struct follower *follower);

/* Ask for all connections that are due, once. */
void follow_due(struct follower *follower);

/* Something may have changed in a connection's calendars: it is asked as soon as possible. From any thread. */
void follower_hint(struct follower *follower, int64_t connection);

/* Hints come for a connection from now on, or none any more: then it is asked at once, too. */
void follower_watched(struct follower *follower, int64_t connection, bool is_watched);

/* Ask for those for which there were hints, whether they are due or not. */
void follow_hinted(struct follower *follower);

/* The thread that does both. */
enum status follower_start(struct follower *follower, struct vault *v, int64_t poll_s,
                           struct error *err) MUST_CHECK;

/* Ask it to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where it is still at work. */
enum status follower_stop(struct follower *follower, int64_t deadline_ms) MUST_CHECK;

#endif
