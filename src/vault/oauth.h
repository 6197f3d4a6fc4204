/* SPDX-License-Identifier: ISC
 *
 * Connections that their owner let in by OAuth 2. What is stored is a refresh token; jobs go out with an access token,
 * which is got by it ahead of need, kept in memory, and shared by all jobs of the sign-in:
 *
 *     no token, or it ends soon ─▶ one thread claims the refresh token (on all nodes), and asks the provider
 *                                  ─▶ another refresh token is sealed first ─▶ the access token is used
 *     a server refuses it       ─▶ it is dropped, and another one is tried, once
 *     invalid_grant             ─▶ the connection is paused at once: nobody but its owner can mend that
 *
 * A connection without a client id has an access token instead, given by a command: it is used until it is refused.
 */
#ifndef VAULT_OAUTH_H
#define VAULT_OAUTH_H

#include "base/map.h"
#include "store/store.h"
#include "vault/courier.h"

struct calendar;

enum {
    GRANT_EARLY_S =
        300, /* an access token that ends sooner is replaced; a short one in its last quarter */
    GRANT_LATE_MS = 10000,  /* so long a provider may take to take a token back */
    GRANTS_LATE_MS = 30000, /* and so long all of an account together */
};

struct grants {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct map by_sign_in; /* of struct grant; they live as long as the calendar */
    uint64_t n_tokens; /* since the start: each token is another version of its courier's key */
};

void grants_init(struct grants *grants);
void grants_done(struct grants *grants);

/* Do a job of a connection with an access token in the place of c's refresh token; job->server is c's.
 *
 * Fails   as courier_do, and as oauth_refresh (fetch/oauth.h) where no token could be got: *ret_was_sent is false then.
 *         ERR_DENIED with *ret_is_over: the grant has ended */
enum status grant_do(struct calendar *cal, struct connection_stored *c, struct courier_job *job,
                     struct arena *a, void *ret_answer, bool *ret_was_sent, bool *ret_is_over,
                     struct error *err) MUST_CHECK;

/* Remember an access token that just came with a refresh token. */
void grant_remember(struct calendar *cal, int64_t sign_in, const struct secret *access,
                    int64_t life_s);

/* Forget the access token: it is not to be used any more. */
void grant_forget(struct calendar *cal, int64_t sign_in);

/* Ask a provider something, in a child of its own. Fails as courier_do. */
enum status provider_ask(struct calendar *cal, const struct registration *registration,
                         enum wire_type type, const void *ask, int64_t deadline_ms,
                         struct arena *a, void *ret_answer, struct error *err) MUST_CHECK;

/* Take a grant back at the provider, as far as it takes part; server: with the refresh token. A failure is logged. */
void grant_revoke(struct calendar *cal, const struct server *server, int64_t deadline_ms);

/* Take back all grants of an account (its row), one after the other, as long as their tokens can still be read and there is
 * time. Nothing else waits for what did not work: that is logged. */
void grants_revoke(struct calendar *cal, int64_t account, int64_t deadline_ms);

#endif
