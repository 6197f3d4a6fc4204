/* SPDX-License-Identifier: ISC
 *
 * What a provider that hourgate is registered with is asked (wire/oauth.h): tokens for a code or a refresh token, whose
 * they are, and to take one back. Over the same strict HTTPS as everything; one question is one try.
 */
#ifndef FETCH_OAUTH_H
#define FETCH_OAUTH_H

#include "base/arena.h"
#include "fetch/client.h"
#include "wire/oauth.h"

/* Ask. Texts of the answer live in a, its secrets are the caller's: wire_wipe. err never quotes what the provider said of a failure.
 *
 * Fails   ERR_DENIED  invalid_grant: the code or the refresh token is no good (any more)
 *         ERR_AUTH    the provider refuses hourgate itself, or the scope
 *         ERR_LIMIT (err->retry_s), ERR_UPSTREAM, or as fetch_send
 */
enum status oauth_exchange(const struct registration *at, const struct fetch_options *options,
                           const struct oauth_exchange_ask *ask, int64_t deadline_ms,
                           struct arena *a, struct oauth_exchange_answer *ret_tokens,
                           struct error *err) MUST_CHECK;
enum status oauth_refresh(const struct registration *at, const struct fetch_options *options,
                          const struct oauth_refresh_ask *ask, int64_t deadline_ms,
                          struct oauth_refresh_answer *ret_tokens,
                          struct error *err) MUST_CHECK;
enum status oauth_revoke(const struct registration *at, const struct fetch_options *options,
                         const struct oauth_revoke_ask *ask, int64_t deadline_ms,
                         struct error *err) MUST_CHECK;

/* ---- readers, for who fuzzes them ---- */

/* Read a token endpoint's answer. OK: access and life_s, and refresh where there is one. */
enum status oauth_read_tokens(const struct fetch_facts *facts, struct text body,
                              struct oauth_refresh_answer *ret_tokens,
                              struct error *err) MUST_CHECK;

/* Read whose mailbox it is from a userinfo answer; empty where it does not say. */
struct text oauth_read_mailbox(struct text body, struct arena *a);

#endif
