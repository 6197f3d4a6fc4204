/* SPDX-License-Identifier: ISC
 *
 * What an erasure finds in flight is settled first, as far as the calendars answer in time: a booking that is just
 * being written ends as one that stands or one that does not, and not as an event that nobody remembers.
 */
#include "vault/erase.h"

#include <poll.h>

#include "os/clock.h"
#include "vault/fault.h"
#include "vault/oauth.h"
#include "vault/settle.h"
#include "vault/wait.h"

enum {
    SETTLE_MORE_S =
        15, /* beyond the upstream deadline: then an event that is not there counts as not written */
    SETTLE_PAUSE_MS = 500,
};

/* Look at an account's bookings in flight once. Returns how many are. */
static size_t settle_once(struct vault *v, int64_t account, int64_t deadline_ms)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct unsettled_list list = {0};
    size_t n = 0;
    int64_t after = 0;
    do {
        if (store_unsettled_list(v->store, &a, v->now(), after, &list, NULL) != OK)
            return 0;
        for (size_t i = 0; i < list.n_rows; i++) {
            const struct booking_stored *b = &list.rows[i];
            struct claim claim CLEANUP(claim_release) = {0};
            after = b->id;
            if (b->account != account)
                continue;
            if (claim_take(&v->claims, b->id, clock_ms(), &claim) != OK ||
                settle_look(v, b, deadline_ms, NULL) != OK)
                n++;
        }
    } while (list.n_rows == STORE_UNSETTLED_MAX);
    return n;
}

static void settle_account(struct vault *v, int64_t account, int64_t deadline_ms)
{
    int64_t patience_ms = clock_ms() + v->upstream_timeout_ms + SETTLE_MORE_S * 1000;
    if (patience_ms < deadline_ms)
        deadline_ms = patience_ms;
    while (settle_once(v, account, deadline_ms) && clock_ms() + SETTLE_PAUSE_MS < deadline_ms)
        poll(NULL, 0, SETTLE_PAUSE_MS);
}

static enum status delete_rows(struct vault *v, int64_t id, int64_t deadline_ms,
                               struct error *err)
{
    for (bool more = true; more;) {
        if (clock_ms() >= deadline_ms)
            return error_set(err, ERR_TIMEOUT, "erasure", "it goes on in the background");
        TRY(store_erasure_rows(v->store, id, &more, err));
        fault_point("erase_between_rows");
    }
    return OK;
}

/* Settle what is in flight and take back what providers granted, both by what the keys open; then destroy the keys. */
static enum status close_account(struct vault *v, const struct erasure_open *open,
                                 int64_t deadline_ms, struct error *err)
{
    settle_account(v, open->account, deadline_ms);
    fault_point("erase_after_settle");
    grants_revoke(&v->calendar, open->account, deadline_ms);
    TRY(store_erasure_keys(v->store, open->id, err));
    fault_point("erase_after_keys");
    calendar_tidy(&v->calendar);
    return OK;
}

static enum status run(struct vault *v, const struct erasure_open *open, int64_t deadline_ms,
                       struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct erasure erasure;
    TRY(store_erasure_get(v->store, &a, open->id, &erasure, err));
    if (erasure.done_at.s)
        return OK;
    fault_point("erase_after_begin");
    if (open->kind == ERASURE_ACCOUNT)
        TRY(close_account(v, open, deadline_ms, err));
    TRY(delete_rows(v, open->id, deadline_ms, err));
    fault_point("erase_after_rows");
    TRY(store_scrub(v->store, err));
    fault_point("erase_after_scrub");
    TRY(store_erasure_get(v->store, &a, open->id, &erasure, err));
    erasure.done_at = v->now();
    TRY(store_erasure_finish(v->store, open->id, certificate_text(&a, &erasure),
                             erasure.done_at, err));
    fault_point("erase_after_finish");
    return OK;
}

enum status erase_run(struct vault *v, const struct erasure_open *open, int64_t deadline_ms,
                      struct error *err)
{
    pthread_mutex_lock(&v->erasing);
    enum status status = run(v, open, deadline_ms, err);
    pthread_mutex_unlock(&v->erasing);
    return status;
}
