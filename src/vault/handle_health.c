/* SPDX-License-Identifier: ISC */
#include "os/clock.h"
#include "vault/request.h"

/* As many as are counted below: a new metric or question makes room for itself. */
enum {
    N_HERE = 6, /* the queue, flights, couriers */
#define ONE_MORE(...) +1
    N_COUNTERS = N_HERE METRICS(ONE_MORE) VAULT_HANDLERS(ONE_MORE),
#undef ONE_MORE
};
_Static_assert((int)N_COUNTERS <= (int)WIRE_COUNTERS_MAX,
               "a health answer has no room for all counters");

static void count(struct health_answer *answer, struct text name, int64_t value)
{
    ENSURE(answer->n_counters < N_COUNTERS);
    answer->counters[answer->n_counters++] = (struct counter){name, value};
}

static void count_flights(struct vault *v, struct health_answer *answer)
{
    pthread_mutex_lock(&v->flights.lock);
    count(answer, TEXT("flights_started"), (int64_t)v->flights.n_started);
    count(answer, TEXT("flights_joined"), (int64_t)v->flights.n_joined);
    count(answer, TEXT("passengers"), (int64_t)v->flights.n_passengers);
    pthread_mutex_unlock(&v->flights.lock);
}

static void count_couriers(struct vault *v, struct health_answer *answer)
{
    pthread_mutex_lock(&v->couriers.lock);
    count(answer, TEXT("couriers"), (int64_t)v->couriers.n_children);
    count(answer, TEXT("couriers_started"), (int64_t)v->couriers.n_spawned);
    pthread_mutex_unlock(&v->couriers.lock);
}

enum status handle_health(struct vault *v, struct request *r, const struct health_ask *ask,
                          struct health_answer *answer, struct error *err)
{
    (void)ask, (void)err;
    answer->ready = couriers_attached(&v->couriers);
    answer->jailed = v->jailed;
    answer->up_s = (clock_ms() - v->started_ms) / 1000;
    answer->counters = ARENA_ARRAY(&r->a, N_COUNTERS, struct counter);
#define METRIC_COUNT(name) count(answer, TEXT(#name), atomic_load(&v->metrics.name));
    METRICS(METRIC_COUNT)
#undef METRIC_COUNT
    count(answer, TEXT("queued"), (int64_t)queue_depth(&v->queue));
    count_flights(v, answer);
    count_couriers(v, answer);
#define ASKED_COUNT(name, lane)                                                                \
    count(answer, TEXT("asked_" #name), atomic_load(&v->metrics.asked[WIRE_##name]));
    VAULT_HANDLERS(ASKED_COUNT)
#undef ASKED_COUNT
    return OK;
}
