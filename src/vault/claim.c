/* SPDX-License-Identifier: ISC */
#include "vault/claim.h"

#include "vault/wait.h"

void claims_init(struct claims *claims)
{
    pthread_mutex_init(&claims->lock, NULL);
    wait_init(&claims->freed);
    list_init(&claims->held);
}

void claims_done(struct claims *claims)
{
    ENSURE(list_is_empty(&claims->held));
    pthread_cond_destroy(&claims->freed);
    pthread_mutex_destroy(&claims->lock);
}

/* Lock held. */
static bool is_held(const struct claims *claims, int64_t booking)
{
    LIST_EACH (node, &claims->held) {
        if (LIST_OWNER(node, struct claim, node)->booking == booking)
            return true;
    }
    return false;
}

enum status claim_take(struct claims *claims, int64_t booking, int64_t deadline_ms,
                       struct claim *ret_claim)
{
    bool in_time = true;
    pthread_mutex_lock(&claims->lock);
    while (is_held(claims, booking) && in_time)
        in_time = wait_until(&claims->freed, &claims->lock, deadline_ms);
    bool taken = !is_held(claims, booking);
    if (taken) {
        ret_claim->claims = claims;
        ret_claim->booking = booking;
        list_add_last(&claims->held, &ret_claim->node);
    }
    pthread_mutex_unlock(&claims->lock);
    return taken ? OK : ERR_TIMEOUT;
}

void claim_release(struct claim *claim)
{
    struct claims *claims = claim->claims;
    if (!claims)
        return;
    pthread_mutex_lock(&claims->lock);
    list_remove(&claim->node);
    claim->claims = NULL;
    pthread_cond_broadcast(&claims->freed);
    pthread_mutex_unlock(&claims->lock);
}
