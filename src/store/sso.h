/* SPDX-License-Identifier: ISC
 *
 * Single sign-on: an account's provider, people on their way to it, and who is known by what it says (wire/sso.h). The
 * same of all functions is said in store.h.
 *
 * A user is linked to a subject of an issuer by their first sign-in, when the provider says that their address is
 * verified and its domain is one of those that were allowed. From then on the address counts for nothing: who gets
 * another one stays who they are, and who gets a leaver's address does not become them.
 */
#ifndef STORE_SSO_H
#define STORE_SSO_H

#include "store/session.h"
#include "wire/sso.h"

enum { SSO_FLOWS_MAX = 1000 /* of an account that are open at a time */ };

/* Set an account's provider. ERR_NOT_FOUND: no such account. */
enum status store_provider_put(struct store *st, const struct sso_put_ask *ask,
                               struct error *err) MUST_CHECK;

/* Get it, with the account's row; its secret is the caller's: wire_wipe. ERR_NOT_FOUND: there is none. */
enum status store_provider_get(struct store *st, struct arena *a, struct text account,
                               int64_t *ret_account, struct identity_provider *ret_provider,
                               struct error *err) MUST_CHECK;

/* List them by account, behind `after`. */
enum status store_provider_list(struct store *st, struct arena *a, struct text after,
                                struct sso_list_answer *ret_list, struct error *err) MUST_CHECK;

/* Say which account is the only one here; empty where there are several, or none. */
enum status store_only_account(struct store *st, struct arena *a, struct text *ret_account,
                               struct error *err) MUST_CHECK;

/* ERR_NOT_FOUND. Sessions that were begun by it end; who is linked stays so, for when it comes back. */
enum status store_provider_remove(struct store *st, struct text account,
                                  struct error *err) MUST_CHECK;

/* Note that somebody is sent to an account's provider. ERR_LIMIT: SSO_FLOWS_MAX are. */
enum status store_sign_flow_add(struct store *st, int64_t account, const struct sso_flow *flow,
                                struct instant now, struct secret *ret_state,
                                struct secret *ret_cookie, struct error *err) MUST_CHECK;

/* They are back: take what was begun. ERR_NOT_FOUND: it is no state, was taken, is too old, or the cookie is not the one
 * that was given with it. */
enum status store_sign_flow_take(struct store *st, struct arena *a, const struct secret *state,
                                 const struct secret *cookie, struct instant now,
                                 int64_t *ret_account, struct sso_flow *ret_flow,
                                 struct error *err) MUST_CHECK;

/* Begin a session for who is linked, may be linked, or may join.
 * Fails   ERR_DENIED  nobody: not linked and may not be, disabled, or linked to another subject */
enum status store_sso_begin(struct store *st, int64_t account, struct text slug,
                            const struct identity_provider *provider,
                            const struct sso_exchange_answer *person, struct instant now,
                            struct secret *ret_token, struct error *err) MUST_CHECK;

#endif
