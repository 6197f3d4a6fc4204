/* SPDX-License-Identifier: ISC
 *
 * What people are told of themselves and of the installation (wire/privacy.h).
 */
#include "os/clock.h"
#include "store/privacy.h"
#include "vault/request.h"

enum status handle_readings(struct vault *v, struct request *r, const struct readings_ask *ask,
                            struct readings_answer *answer, struct error *err)
{
    return store_readings(v->store, &r->a, ask, answer, err);
}

enum status handle_holdings(struct vault *v, struct request *r, const struct holdings_ask *ask,
                            struct holdings_answer *answer, struct error *err)
{
    (void)r;
    TRY(store_holdings(v->store, ask, v->now(), v->keep_bookings_days, answer, err));
    answer->keep_audit_days = v->audit.keep_days;
    answer->keep_backups_days = v->backup_keep_days;
    return OK;
}

static int64_t couriers_at_work(struct couriers *couriers)
{
    pthread_mutex_lock(&couriers->lock);
    int64_t n = (int64_t)couriers->n_children;
    pthread_mutex_unlock(&couriers->lock);
    return n;
}

enum status handle_condition(struct vault *v, struct request *r,
                             const struct condition_ask *ask, struct condition_answer *answer,
                             struct error *err)
{
    (void)r;
    TRY(store_condition(v->store, ask->account, v->now(), answer, err));
    answer->ready = couriers_attached(&v->couriers);
    answer->jailed = v->jailed;
    answer->since = instant_add_s(v->now(), -(clock_ms() - v->started_ms) / 1000);
    answer->queued = (int64_t)queue_depth(&v->queue);
    answer->couriers = couriers_at_work(&v->couriers);
    answer->calls = atomic_load(&v->metrics.upstream_calls);
    answer->calls_failed = atomic_load(&v->metrics.upstream_failures);
    answer->calls_throttled = atomic_load(&v->metrics.upstream_throttled);
    answer->mails = v->mail.server.host.n > 0;
    answer->follows = v->follows;
    return OK;
}
