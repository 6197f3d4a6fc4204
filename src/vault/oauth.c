/* SPDX-License-Identifier: ISC
 *
 * Times are by our own clock, from when a token was asked for: what the token says of itself is for others to read.
 */
#include "vault/oauth.h"

#include <stdlib.h>

#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"
#include "store/oauth.h"
#include "vault/calendar.h"
#include "vault/fault.h"
#include "vault/wait.h"
#include "wire/codec.h"

enum { CLAIM_AGAIN_MS = 100 };

/* Versions of tokens are none of passwords. */
static const uint64_t first_token = UINT64_C(1) << 32;

struct grant {
    int64_t sign_in;
    struct secret access; /* empty: there is none */
    struct instant early, end;
    uint64_t version; /* of access; it changes with each */
    uint64_t n_forgotten;
    bool refreshing; /* by one thread, for all */
};

void grants_init(struct grants *grants)
{
    *grants = (struct grants){.by_sign_in = MAP(random_u64())};
    pthread_mutex_init(&grants->lock, NULL);
    wait_init(&grants->changed);
}

void grants_done(struct grants *grants)
{
    size_t at = 0;
    for (struct grant *grant; (grant = map_next(&grants->by_sign_in, &at));) {
        secret_free(&grant->access);
        free(grant);
    }
    map_done(&grants->by_sign_in);
    pthread_cond_destroy(&grants->changed);
    pthread_mutex_destroy(&grants->lock);
}

/* Lock held. */
static struct grant *grant_of(struct grants *grants, int64_t sign_in)
{
    struct grant *grant =
        map_find(&grants->by_sign_in, (struct text){(char *)&sign_in, sizeof sign_in});
    if (grant)
        return grant;
    grant = calloc(1, sizeof *grant);
    ENSURE(grant);
    grant->sign_in = sign_in;
    map_put(&grants->by_sign_in, (struct text){(char *)&grant->sign_in, sizeof grant->sign_in},
            grant);
    return grant;
}

/* Lock held. */
static void remember(struct grants *grants, struct grant *grant, const struct secret *access,
                     struct instant asked, int64_t life_s)
{
    int64_t early_s = life_s / 4 < GRANT_EARLY_S ? life_s / 4 : GRANT_EARLY_S;
    secret_free(&grant->access);
    grant->access = secret_copy(access);
    grant->version = first_token + grants->n_tokens++;
    grant->end = instant_add_s(asked, life_s);
    grant->early = instant_add_s(grant->end, -early_s);
}

void grant_remember(struct calendar *cal, int64_t sign_in, const struct secret *access,
                    int64_t life_s)
{
    struct grants *grants = &cal->grants;
    pthread_mutex_lock(&grants->lock);
    remember(grants, grant_of(grants, sign_in), access, cal->now(), life_s);
    pthread_mutex_unlock(&grants->lock);
}

void grant_forget(struct calendar *cal, int64_t sign_in)
{
    struct grants *grants = &cal->grants;
    pthread_mutex_lock(&grants->lock);
    struct grant *grant = grant_of(grants, sign_in);
    secret_free(&grant->access);
    grant->n_forgotten++;
    pthread_mutex_unlock(&grants->lock);
}

/* Forget one that a server refused, unless there is another by now; version 0: whichever there is. */
static void drop(struct calendar *cal, int64_t sign_in, uint64_t version)
{
    struct grants *grants = &cal->grants;
    pthread_mutex_lock(&grants->lock);
    struct grant *grant = grant_of(grants, sign_in);
    if (!version || grant->version == version)
        secret_free(&grant->access);
    pthread_mutex_unlock(&grants->lock);
}

/* ---- asking the provider ---- */

enum status provider_ask(struct calendar *cal, const struct registration *registration,
                         enum wire_type type, const void *ask, int64_t deadline_ms,
                         struct arena *a, void *ret_answer, struct error *err)
{
    struct courier_job job = {
        .registration = registration, .type = type, .ask = ask, .deadline_ms = deadline_ms};
    METRIC_ADD(cal->metrics, upstream_calls);
    enum status status = courier_do(cal->couriers, &job, a, ret_answer, err);
    return status == ERR_UNCERTAIN
               ? error_set(err, ERR_TIMEOUT, "provider", "no answer in time")
               : status;
}

static enum status find_registration(struct calendar *cal, const struct server *server,
                                     struct arena *a, struct registration *ret_registration,
                                     struct error *err)
{
    enum status status = store_registration_get(
        cal->store, a, (struct text){0}, server->token_server.client_id, ret_registration, err);
    return status == ERR_NOT_FOUND
               ? error_set(err, ERR_UPSTREAM, "grant",
                           "hourgate's registration with the provider was removed or replaced: "
                           "hourgate oauth list; then connect again")
               : status;
}

/* Claim the refresh token, waiting for another node that has it in use. */
static enum status claim(struct calendar *cal, int64_t sign_in, int64_t deadline_ms,
                         struct secret *ret_refresh, struct error *err)
{
    struct grants *grants = &cal->grants;
    enum status status;
    while ((status = store_grant_claim(cal->store, sign_in, cal->now(), ret_refresh, err)) ==
               ERR_FULL &&
           clock_ms() < deadline_ms) {
        pthread_mutex_lock(&grants->lock);
        (void)wait_until(&grants->changed, &grants->lock, clock_ms() + CLAIM_AGAIN_MS);
        pthread_mutex_unlock(&grants->lock);
    }
    return status == ERR_NOT_FOUND ? ERR_CLOSED : status; /* nothing was sent, nothing failed */
}

/* Get an access token. What replaces the refresh token is on the disk before anybody sees the other. */
static enum status refresh(struct calendar *cal, const struct connection_stored *c,
                           int64_t deadline_ms, struct oauth_refresh_answer *ret_tokens,
                           struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct registration registration = {0};
    struct oauth_refresh_answer tokens = {0};
    struct oauth_refresh_ask ask = {0};
    struct error kept = {0};
    TRY(find_registration(cal, &c->server, &a, &registration, err));
    enum status status = claim(cal, c->sign_in, deadline_ms, &ask.refresh, err);
    if (status == OK) {
        status = provider_ask(cal, &registration, WIRE_oauth_refresh, &ask, deadline_ms, &a,
                              &tokens, err);
        fault_point("oauth_before_keep");
        enum status keeping =
            store_grant_keep(cal->store, c->sign_in, &ask.refresh, &tokens.refresh, &kept);
        if (keeping != OK && keeping != ERR_NOT_FOUND)
            log_error(LOG_ERROR, "a refresh token was not kept", keeping, &kept);
        if (status == OK && keeping != OK)
            status = error_set(err, ERR_CLOSED, "grant", "it could not be kept");
    }
    wire_wipe(registration_shape, &registration);
    wire_wipe(oauth_refresh_ask_shape, &ask);
    if (status == OK)
        *ret_tokens = tokens;
    else
        wire_wipe(oauth_refresh_answer_shape, &tokens);
    return status;
}

/* ---- tokens for jobs ---- */

/* Have one thread refresh, where that is due; lock held, and given up meanwhile. */
static enum status renew(struct calendar *cal, const struct connection_stored *c,
                         struct grant *grant, int64_t deadline_ms, struct error *err)
{
    struct grants *grants = &cal->grants;
    struct oauth_refresh_answer tokens = {0};
    struct instant asked = cal->now();
    uint64_t n_forgotten = grant->n_forgotten;
    grant->refreshing = true;
    pthread_mutex_unlock(&grants->lock);
    enum status status = refresh(cal, c, deadline_ms, &tokens, err);
    pthread_mutex_lock(&grants->lock);
    grant->refreshing = false;
    if (status == OK && grant->n_forgotten == n_forgotten)
        remember(grants, grant, &tokens.access, asked, tokens.life_s);
    else if (status == OK)
        status = error_set(err, ERR_CLOSED, "grant", "it was replaced at the same time");
    wire_wipe(oauth_refresh_answer_shape, &tokens);
    pthread_cond_broadcast(&grants->changed);
    return status;
}

/* Copy a token that is good for a while. One that still lasts serves while it is being replaced, or the provider is away.
 */
static enum status ready(struct calendar *cal, const struct connection_stored *c,
                         int64_t deadline_ms, struct secret *ret_access, uint64_t *ret_version,
                         struct error *err)
{
    struct grants *grants = &cal->grants;
    enum status status = OK;
    bool in_time = true;
    pthread_mutex_lock(&grants->lock);
    struct grant *grant = grant_of(grants, c->sign_in);
    while (!grant->access.n && grant->refreshing && in_time)
        in_time = wait_until(&grants->changed, &grants->lock, deadline_ms);
    bool is_due = !grant->access.n || !instant_before(cal->now(), grant->early);
    if (is_due && !grant->refreshing)
        status = renew(cal, c, grant, deadline_ms, err);
    bool lasts = grant->access.n && instant_before(cal->now(), grant->end);
    if (lasts) {
        *ret_access = secret_copy(&grant->access);
        *ret_version = grant->version;
        status = OK;
    } else if (status == OK) {
        status = error_set(err, ERR_FULL, "grant", "another is getting a token just now");
    }
    pthread_mutex_unlock(&grants->lock);
    return status;
}

/* Do a job with the token that is at hand. */
static enum status try_once(struct calendar *cal, struct connection_stored *c,
                            struct courier_job *job, struct arena *a, void *ret_answer,
                            bool *ret_was_sent, bool *ret_is_over, struct error *err)
{
    struct secret access = {0};
    enum status status = ready(cal, c, job->deadline_ms, &access, &job->key.version, err);
    *ret_is_over = status == ERR_DENIED;
    TRY(status);
    secret_free(&c->server.password);
    c->server.password = access;
    *ret_was_sent = true;
    return courier_do(cal->couriers, job, a, ret_answer, err);
}

enum status grant_do(struct calendar *cal, struct connection_stored *c, struct courier_job *job,
                     struct arena *a, void *ret_answer, bool *ret_was_sent, bool *ret_is_over,
                     struct error *err)
{
    *ret_was_sent = *ret_is_over = false;
    if (!c->server.token_server.client_id.n) {
        *ret_was_sent = true;
        return courier_do(cal->couriers, job, a, ret_answer, err);
    }
    if (job->type == WIRE_check) /* the doctor sees whether the grant itself is good */
        drop(cal, c->sign_in, 0);
    enum status status = try_once(cal, c, job, a, ret_answer, ret_was_sent, ret_is_over, err);
    if (status != ERR_AUTH || !*ret_was_sent)
        return status;
    drop(cal, c->sign_in, job->key.version);
    return try_once(cal, c, job, a, ret_answer, ret_was_sent, ret_is_over, err);
}

/* ---- taking back ---- */

void grant_revoke(struct calendar *cal, const struct server *server, int64_t deadline_ms)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct registration registration = {0};
    struct oauth_revoke_answer answer;
    struct error err = {0};
    struct oauth_revoke_ask ask = {server->password};
    int64_t latest_ms = clock_ms() + GRANT_LATE_MS;
    if (server->method != AUTH_OAUTH || !server->token_server.client_id.n)
        return;
    enum status status = find_registration(cal, server, &a, &registration, &err);
    if (status == OK && registration.revoke.host.n)
        status =
            provider_ask(cal, &registration, WIRE_oauth_revoke, &ask,
                         deadline_ms < latest_ms ? deadline_ms : latest_ms, &a, &answer, &err);
    wire_wipe(registration_shape, &registration);
    if (status != OK)
        log_error(LOG_WARN, "a grant was not taken back at its provider", status, &err);
}

static enum status revoke_stored(struct calendar *cal, int64_t connection, int64_t deadline_ms,
                                 struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored c = {0};
    enum status status = store_connection_get(cal->store, &a, connection, &c, err);
    if (status == OK)
        grant_revoke(cal, &c.server, deadline_ms);
    wire_wipe(server_shape, &c.server);
    grant_forget(cal, connection);
    return status;
}

void grants_revoke(struct calendar *cal, int64_t account, int64_t deadline_ms)
{
    struct error err = {0};
    int64_t latest_ms = clock_ms() + GRANTS_LATE_MS, connection = 0;
    enum status status;
    if (latest_ms < deadline_ms)
        deadline_ms = latest_ms;
    while ((status = store_grant_next(cal->store, account, connection, &connection, &err)) ==
           OK) {
        status = clock_ms() < deadline_ms
                     ? revoke_stored(cal, connection, deadline_ms, &err)
                     : error_set(&err, ERR_TIMEOUT, "grant", "there was no time for all");
        if (status == ERR_TIMEOUT)
            break;
        if (status != OK)
            log_error(LOG_WARN, "a grant could not be read to take it back", status, &err);
    }
    if (status != ERR_NOT_FOUND)
        log_error(LOG_WARN, "grants were not taken back at their provider", status, &err);
}
