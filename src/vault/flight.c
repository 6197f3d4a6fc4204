/* SPDX-License-Identifier: ISC */
#include "vault/flight.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/random.h"

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S, EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday */ };

void flights_init(struct flights *flights, size_t max_passengers)
{
    *flights = (struct flights){.open = MAP(random_u64()), .max_passengers = max_passengers};
    pthread_mutex_init(&flights->lock, NULL);
}

void flights_done(struct flights *flights)
{
    ENSURE(flights->open.n == 0);
    map_done(&flights->open);
    pthread_mutex_destroy(&flights->lock);
}

static int64_t monday_at_or_before(int64_t s)
{
    int64_t into = (s + EPOCH_WEEKDAY * DAY_S) % WEEK_S;
    return s - (into < 0 ? into + WEEK_S : into);
}

void flight_widen(struct instant *from, struct instant *to)
{
    from->s = monday_at_or_before(from->s);
    to->s = monday_at_or_before(to->s + WEEK_S - 1);
}

/* The key says everything that the result depends on: a slug holds no '/'. */
static struct flight *flight_new(struct text account, struct text page,
                                 const struct passenger *passenger)
{
    struct flight *flight = calloc(1, sizeof *flight);
    ENSURE(flight);
    flight->from = passenger->from;
    flight->to = passenger->to;
    flight_widen(&flight->from, &flight->to);
    int n =
        snprintf(flight->key, sizeof flight->key, TEXT_FMT "/" TEXT_FMT "/%" PRId64 "/%" PRId64,
                 TEXT_ARG(account), TEXT_ARG(page), flight->from.s, flight->to.s);
    ENSURE(n > 0 && (size_t)n < sizeof flight->key); /* the wire limits slugs to MAX_SLUG */
    flight->account = (struct text){flight->key, account.n};
    flight->page = (struct text){flight->key + account.n + 1, page.n};
    list_init(&flight->passengers);
    flight->open = true;
    return flight;
}

/* Lock held. */
static void add_passenger(struct flights *flights, struct flight *flight,
                          const struct passenger *passenger)
{
    struct passenger *aboard = malloc(sizeof *aboard);
    ENSURE(aboard);
    *aboard = *passenger;
    peer_hold(aboard->peer);
    list_add_last(&flight->passengers, &aboard->node);
    flight->n_passengers++;
    flights->n_passengers++;
}

enum status flight_board(struct flights *flights, struct text account, struct text page,
                         const struct passenger *passenger, struct flight **ret_led)
{
    struct flight *mine = flight_new(account, page, passenger);
    pthread_mutex_lock(&flights->lock);
    bool fits = flights->n_passengers < flights->max_passengers;
    struct flight *theirs = map_find(&flights->open, text_from(mine->key));
    if (fits && theirs) {
        add_passenger(flights, theirs, passenger);
        flights->n_joined++;
    } else if (fits) {
        add_passenger(flights, mine, passenger);
        flights->n_started++;
        map_put(&flights->open, text_from(mine->key), mine);
    }
    pthread_mutex_unlock(&flights->lock);
    if (!fits || theirs)
        free(mine);
    if (fits)
        *ret_led = theirs ? NULL : mine;
    return fits ? OK : ERR_FULL;
}

void flight_close(struct flights *flights, struct flight *flight)
{
    pthread_mutex_lock(&flights->lock);
    if (flight->open) {
        map_remove(&flights->open, text_from(flight->key));
        flights->n_passengers -= flight->n_passengers;
        flight->open = false;
    }
    pthread_mutex_unlock(&flights->lock);
}

void flight_free(struct flights *flights, struct flight *flight)
{
    if (!flight)
        return;
    flight_close(flights, flight);
    for (struct list *node; (node = list_first(&flight->passengers));) {
        struct passenger *passenger = LIST_OWNER(node, struct passenger, node);
        list_remove(node);
        peer_release(passenger->peer);
        free(passenger);
    }
    free(flight);
}
