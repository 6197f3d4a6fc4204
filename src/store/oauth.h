/* SPDX-License-Identifier: ISC
 *
 * Registrations with providers, people on their way to one, and the refresh tokens of connections (wire/oauth.h). The
 * same of all functions is said in store.h.
 */
#ifndef STORE_OAUTH_H
#define STORE_OAUTH_H

#include "store/store.h"

enum {
    FLOWS_MAX = 5, /* of one person at a time; the oldest gives way */
    GRANT_CLAIM_S =
        60, /* a refresh token in use is free again after this, whatever became of who used it */
};

/* ---- registrations (oauth.c) ---- */

/* Add one, or replace the one with that name. ERR_FULL: there are MAX_REGISTRATIONS. */
enum status store_registration_put(struct store *st, const struct registration *registration,
                                   struct error *err) MUST_CHECK;

/* Get one, by its name or, where that is empty, by its client id. Its secret is the caller's: wire_wipe. ERR_NOT_FOUND */
enum status store_registration_get(struct store *st, struct arena *a, struct text name,
                                   struct text client_id, struct registration *ret_registration,
                                   struct error *err) MUST_CHECK;

/* List all by name, without their secrets. */
enum status store_registration_list(struct store *st, struct arena *a,
                                    struct registration **ret_list, size_t *ret_n,
                                    struct error *err) MUST_CHECK;

/* ERR_NOT_FOUND */
enum status store_registration_remove(struct store *st, struct text name,
                                      struct error *err) MUST_CHECK;

/* ---- people on their way (oauth_flow.c) ---- */

/* Note that a person is sent to a provider; ret_state is told to nobody but them. */
enum status store_flow_add(struct store *st, const struct principal_stored *whose,
                           const struct oauth_flow *flow, struct instant now,
                           struct secret *ret_state, struct error *err) MUST_CHECK;

/* They are back: take what was begun, which is gone with that. ERR_NOT_FOUND: it is no state, was taken, is too old, or
 * belongs to another session. The verifier is the caller's: wire_wipe. */
enum status store_flow_take(struct store *st, struct arena *a,
                            const struct principal_stored *whose, const struct secret *state,
                            struct instant now, struct oauth_flow *ret_flow,
                            struct error *err) MUST_CHECK;

/* ---- refresh tokens (grant.c) ---- */

/* Take a connection's refresh token to use it: nobody else does, on any node, until it is kept or GRANT_CLAIM_S passed.
 * Fails   ERR_FULL       another has it in use
 *         ERR_NOT_FOUND  the connection was removed, or signs in otherwise by now */
enum status store_grant_claim(struct store *st, int64_t connection, struct instant now,
                              struct secret *ret_refresh, struct error *err) MUST_CHECK;

/* Give it back: `next` instead of the one that was used; empty: that one goes on. What was replaced meanwhile, as by
 * letting hourgate in anew, stays. */
enum status store_grant_keep(struct store *st, int64_t connection, const struct secret *used,
                             const struct secret *next, struct error *err) MUST_CHECK;

/* Find an account's first connection behind `after` that has a refresh token of its own. account is a row, which may be
 * on its way to be erased. ERR_NOT_FOUND: there are no more. */
enum status store_grant_next(struct store *st, int64_t account, int64_t after,
                             int64_t *ret_connection, struct error *err) MUST_CHECK;

#endif
