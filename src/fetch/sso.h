/* SPDX-License-Identifier: ISC
 *
 * What an OpenID Connect provider is asked (wire/sso.h): where it is to be asked, and who signed in there. No redirect is
 * followed; an ID token is believed once it is verified by the keys that the provider publishes (fetch/id_token.h).
 */
#ifndef FETCH_SSO_H
#define FETCH_SSO_H

#include "base/arena.h"
#include "fetch/client.h"
#include "wire/sso.h"

/* Ask. Texts of the answer live in a. client: its id and secret alone are used.
 *
 * Fails   ERR_DENIED    sso_exchange: the code is no good, or the token is not what it must be
 *         ERR_UPSTREAM  an answer that is of no use, or of another issuer
 *         ERR_AUTH, ERR_LIMIT (err->retry_s), or as fetch_send
 */
enum status sso_discover(const struct sso_discover_ask *ask,
                         const struct fetch_options *options, int64_t deadline_ms,
                         struct arena *a, struct sso_discover_answer *ret_found,
                         struct error *err) MUST_CHECK;
enum status sso_exchange(const struct registration *client, const struct sso_exchange_ask *ask,
                         const struct fetch_options *options, int64_t deadline_ms,
                         struct arena *a, struct sso_exchange_answer *ret_person,
                         struct error *err) MUST_CHECK;

/* Read a provider's configuration, for who fuzzes it. */
enum status sso_read_configuration(struct text body, struct text issuer, struct arena *a,
                                   struct sso_endpoints *ret_at, struct error *err) MUST_CHECK;

#endif
