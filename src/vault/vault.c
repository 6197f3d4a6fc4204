/* SPDX-License-Identifier: ISC */
#include "vault/vault.h"

#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"

void vault_init(struct vault *v, size_t n_workers, int64_t upstream_timeout_ms)
{
    *v = (struct vault){
        .now = clock_now, .upstream_timeout_ms = upstream_timeout_ms, .started_ms = clock_ms()};
    queue_init(&v->queue, VAULT_QUEUE_MAX, n_workers > 1 ? n_workers - 1 : 1);
    flights_init(&v->flights, VAULT_PASSENGERS_MAX);
    couriers_init(&v->couriers);
    claims_init(&v->claims);
    quotas_init(&v->quotas);
    looks_init(&v->looks);
    pthread_mutex_init(&v->backing_up, NULL);
    pthread_mutex_init(&v->erasing, NULL);
    walker_init(&v->walker);
    v->calendar = (struct calendar){
        .couriers = &v->couriers, .metrics = &v->metrics, .timeout_ms = upstream_timeout_ms};
    calendar_init(&v->calendar);
    messenger_init(&v->messenger, &v->couriers);
    v->calendar.desks.wake = messenger_tell;
    v->calendar.desks.with = &v->messenger;
}

void vault_use(struct vault *v, struct store *store, struct zones *zones,
               struct instant (*now)(void))
{
    v->store = v->calendar.store = store;
    v->zones = zones;
    v->now = v->calendar.now = now;
}

void vault_leave_if_lost(struct vault *v)
{
    if (!store_is_lost(v->store))
        return;
    log_line(LOG_ERROR, "the connection to the database broke; the next vault makes another");
    _exit(1);
}

int64_t vault_patience_ms(const struct vault *v)
{
    return clock_ms() + v->upstream_timeout_ms + COURIER_GRACE_MS;
}

void vault_done(struct vault *v)
{
    calendar_done(&v->calendar);
    messenger_done(&v->messenger);
    pthread_mutex_destroy(&v->erasing);
    pthread_mutex_destroy(&v->backing_up);
    walker_done(&v->walker);
    looks_done(&v->looks);
    claims_done(&v->claims);
    quotas_done(&v->quotas);
    couriers_done(&v->couriers);
    flights_done(&v->flights);
    queue_done(&v->queue);
}
