/* SPDX-License-Identifier: ISC
 *
 * Equal reads of calendars share one flight. A request that waits is a record on it, a passenger; only
 * the leader, who found no flight to join, holds a worker. One result answers all who are aboard when the
 * flight closes, and nothing is kept after it: the next request starts the next flight.
 *
 * Windows are widened to whole UTC weeks, so that visitors in different zones share a flight; each still
 * gets the slots of their own window.
 */
#ifndef VAULT_FLIGHT_H
#define VAULT_FLIGHT_H

#include "base/map.h"
#include "vault/peer.h"

/* Where the answer goes. */
struct passenger {
    struct list node;
    struct peer *peer; /* held */
    enum wire_type
        type; /* slots; or book, refused: its answer lists the slots that there are */
    uint64_t number;
    int64_t deadline_ms; /* of clock_ms: whoever asked has given up then */
    struct instant from; /* slots that start in [from, to) */
    struct instant to;
    bool answered; /* for the leader */
};

struct flight {
    struct text account; /* both in key */
    struct text page;
    struct instant from; /* whole weeks around every passenger's window */
    struct instant to;
    struct list passengers;
    size_t n_passengers;
    bool open;
    char key[2 * MAX_SLUG + 64];
};

struct flights {
    pthread_mutex_t lock;
    struct map open;     /* of struct flight, by key */
    size_t n_passengers; /* on all flights */
    size_t max_passengers;
    uint64_t n_joined; /* since the start */
    uint64_t n_started;
};

void flights_init(struct flights *flights, size_t max_passengers);
void flights_done(struct flights *flights); /* no flight may be open */

/* Widen to whole weeks: from Monday 00:00 UTC at or before, to Monday 00:00 UTC at or after. */
void flight_widen(struct instant *from, struct instant *to);

/* Put a passenger on the open flight to a page and week, or start one. Its peer is held once more.
 *
 * Owner   *ret_led is NULL where it joined; else the caller leads: it must close, answer and free
 * Fails   ERR_FULL: too many wait already
 */
enum status flight_board(struct flights *flights, struct text account, struct text page,
                         const struct passenger *passenger, struct flight **ret_led) MUST_CHECK;

/* Let nobody join any more; harmless when closed already. Passengers then belong to the leader. */
void flight_close(struct flights *flights, struct flight *flight);

/* Free a flight and its passengers, closing it where that was not done; accepts NULL. */
void flight_free(struct flights *flights, struct flight *flight);

#endif
