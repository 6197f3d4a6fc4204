/* SPDX-License-Identifier: ISC */
#include "vault/quota.h"

#include <stdlib.h>

#include "base/status.h"
#include "os/random.h"

enum {
    HOUR_S = 3600
}; /* a booking in the unit of the bucket: what an hour's rate gives each second */

struct quota {
    int64_t account;
    int64_t used; /* HOUR_S a booking */
    struct instant at;
};

void quotas_init(struct quotas *quotas)
{
    *quotas = (struct quotas){.all = MAP(random_u64())};
    pthread_mutex_init(&quotas->lock, NULL);
}

void quotas_done(struct quotas *quotas)
{
    size_t at = 0;
    for (struct quota *quota; (quota = map_next(&quotas->all, &at));)
        free(quota);
    map_done(&quotas->all);
    pthread_mutex_destroy(&quotas->lock);
}

static struct text key_of(const int64_t *account)
{
    return (struct text){(const char *)account, sizeof *account};
}

/* Find an account's bucket as it is now; NULL where nothing is used of it. Lock held. */
static struct quota *find(struct quotas *quotas, int64_t account, struct instant now)
{
    struct quota *quota = map_find(&quotas->all, key_of(&account));
    if (!quota)
        return NULL;
    int64_t passed_s = instant_until_s(quota->at, now);
    if (passed_s > 0) {
        quota->used = passed_s > HOUR_S ? 0 : quota->used - passed_s * quotas->per_hour;
        quota->at = now;
    }
    if (quota->used > 0)
        return quota;
    map_remove(&quotas->all, key_of(&account));
    free(quota);
    return NULL;
}

bool quota_has(struct quotas *quotas, int64_t account, struct instant now)
{
    if (quotas->per_hour == 0)
        return true;
    pthread_mutex_lock(&quotas->lock);
    const struct quota *quota = find(quotas, account, now);
    bool has = !quota || quota->used + HOUR_S <= quotas->per_hour * HOUR_S;
    pthread_mutex_unlock(&quotas->lock);
    return has;
}

void quota_take(struct quotas *quotas, int64_t account, struct instant now)
{
    if (quotas->per_hour == 0)
        return;
    pthread_mutex_lock(&quotas->lock);
    struct quota *quota = find(quotas, account, now);
    if (!quota) {
        quota = calloc(1, sizeof *quota);
        ENSURE(quota);
        quota->account = account;
        quota->at = now;
        map_put(&quotas->all, key_of(&quota->account), quota);
    }
    quota->used += HOUR_S;
    pthread_mutex_unlock(&quotas->lock);
}
