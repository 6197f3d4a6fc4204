/* SPDX-License-Identifier: ISC
 *
 * Single sign-on of people by OpenID Connect: an account's own provider, by which its people sign in and colleagues join.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_SSO_H
#define WIRE_SSO_H

#include "wire/oauth.h"

enum { MAX_ID_SUBJECT = 255, MAX_DOMAINS = 16 };

/* ---- an account's provider: made by commands ---- */

#define DOMAIN_FIELDS(F) F(TEXT, name, MAX_HOST, )
SHAPE_STRUCT(domain, DOMAIN_FIELDS)
#define IDENTITY_PROVIDER_FIELDS(F)                                                            \
    F(TEXT, issuer, MAX_PATH, ) /* as its tokens name it: https, no slash too many */          \
    F(TEXT, label, MAX_NAME, )  /* what the button says */                                     \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(SECRET, secret, MAX_PASSWORD, )                                                          \
    F(LIST, domains, MAX_DOMAINS, domain) /* of addresses that may be linked, or join */       \
    F(FLAG, joins, 0, ) /* who has such an address and is no user becomes one */               \
    F(CODE, role, USER_ROLE_COUNT, user_role)                                                  \
    F(TEXT, zone, MAX_ZONE, ) /* of who joins */
SHAPE_STRUCT(identity_provider, IDENTITY_PROVIDER_FIELDS)

/* Set an account's provider, instead of an earlier one. People who were linked by another issuer must be linked anew. */
#define SSO_PUT_ASK_FIELDS(F)                                                                  \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(ONE, provider, 0, identity_provider)
SHAPE_STRUCT(sso_put_ask, SSO_PUT_ASK_FIELDS)
SHAPE_STRUCT(sso_put_answer, NO_FIELDS)

/* List them by account. */
#define SSO_LIST_ASK_FIELDS(F) F(TEXT, after, MAX_SLUG, )
SHAPE_STRUCT(sso_list_ask, SSO_LIST_ASK_FIELDS)
#define SSO_ROW_FIELDS(F)                                                                      \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, issuer, MAX_PATH, )                                                                \
    F(TEXT, label, MAX_NAME, )                                                                 \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(LIST, domains, MAX_DOMAINS, domain)                                                      \
    F(FLAG, joins, 0, )                                                                        \
    F(I64, linked, 0, ) /* users */
SHAPE_STRUCT(sso_row, SSO_ROW_FIELDS)
#define SSO_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, sso_row)
SHAPE_STRUCT(sso_list_answer, SSO_LIST_ANSWER_FIELDS)

/* Nobody signs in by it any more; sessions that were begun by it end. */
#define SSO_REMOVE_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(sso_remove_ask, SSO_REMOVE_ASK_FIELDS)
SHAPE_STRUCT(sso_remove_answer, NO_FIELDS)

/* ---- signing in ---- */

/* Has an account one? Empty: the only account of this place, where there is one alone. OK with an empty label: no. */
#define SSO_OFFER_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(sso_offer_ask, SSO_OFFER_ASK_FIELDS)
#define SSO_OFFER_ANSWER_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, label, MAX_NAME, )
SHAPE_STRUCT(sso_offer_answer, SSO_OFFER_ANSWER_FIELDS)

/* Begin. The answer is what the edge makes the provider's address of, and a cookie without which nothing comes of it.
 * Fails   ERR_NOT_FOUND  the account has none
 *         ERR_LIMIT      too many are on their way there already
 *         ERR_UPSTREAM, ERR_NETWORK, ERR_TLS, ERR_TIMEOUT: the provider cannot be asked where people are sent */
#define SSO_BEGIN_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, redirect, MAX_PATH, )                                                              \
    F(TEXT, next, MAX_PATH, ) /* where to go then */                                           \
    F(FLAG, again, 0, )       /* they are to prove who they are now, whatever they did before */
SHAPE_STRUCT(sso_begin_ask, SSO_BEGIN_ASK_FIELDS)
#define SSO_BEGIN_ANSWER_FIELDS(F)                                                             \
    F(ONE, authorize, 0, endpoint)                                                             \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(TEXT, challenge, MAX_VERIFIER, )                                                         \
    F(TEXT, nonce, MAX_VERIFIER, )                                                             \
    F(SECRET, state, MAX_TOKEN, )                                                              \
    F(SECRET, cookie, MAX_TOKEN, )
SHAPE_STRUCT(sso_begin_answer, SSO_BEGIN_ANSWER_FIELDS)

/* End: a session, for who is linked, may be linked, or may join.
 * Fails   ERR_AUTH    it was begun in another browser, used already, or too long ago
 *         ERR_DENIED  the provider does not say who they are, or they may not come in
 *         others as sso_begin */
#define SSO_END_ASK_FIELDS(F)                                                                  \
    F(SECRET, state, MAX_TOKEN, )                                                              \
    F(SECRET, cookie, MAX_TOKEN, )                                                             \
    F(SECRET, code, MAX_GRANT_CODE, ) /* empty: it was declined */                             \
    F(TEXT, issuer, MAX_PATH, )       /* as the answer names it (RFC 9207); empty: not said */
SHAPE_STRUCT(sso_end_ask, SSO_END_ASK_FIELDS)
#define SSO_END_ANSWER_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(TEXT, next, MAX_PATH, )
SHAPE_STRUCT(sso_end_answer, SSO_END_ANSWER_FIELDS)

/* Where a provider is to be asked, as it says itself (OpenID Connect Discovery 1.0). */
#define SSO_ENDPOINTS_FIELDS(F)                                                                \
    F(ONE, authorize, 0, endpoint)                                                             \
    F(ONE, token, 0, endpoint)                                                                 \
    F(ONE, keys, 0, endpoint)                                                                  \
    F(FLAG, takes_post, 0, ) /* the client's secret within the form; else Basic */
SHAPE_STRUCT(sso_endpoints, SSO_ENDPOINTS_FIELDS)

/* What is kept meanwhile, sealed. */
#define SSO_FLOW_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, issuer, MAX_PATH, )                                                                \
    F(ONE, at, 0, sso_endpoints)                                                               \
    F(TEXT, redirect, MAX_PATH, )                                                              \
    F(TEXT, next, MAX_PATH, )                                                                  \
    F(SECRET, verifier, MAX_VERIFIER, )                                                        \
    F(TEXT, nonce, MAX_VERIFIER, )
SHAPE_STRUCT(sso_flow, SSO_FLOW_FIELDS)

/* ---- what a courier's child does, opened by oauth_open with client id and secret ---- */

#define SSO_DISCOVER_ASK_FIELDS(F) F(TEXT, issuer, MAX_PATH, )
SHAPE_STRUCT(sso_discover_ask, SSO_DISCOVER_ASK_FIELDS)
#define SSO_DISCOVER_ANSWER_FIELDS(F) F(ONE, at, 0, sso_endpoints)
SHAPE_STRUCT(sso_discover_answer, SSO_DISCOVER_ANSWER_FIELDS)

/* Trade the code, fetch the provider's keys, and verify the ID token by them: what is answered is signed.
 * Fails   ERR_DENIED  the code or the token is no good */
#define SSO_EXCHANGE_ASK_FIELDS(F)                                                             \
    F(TEXT, issuer, MAX_PATH, )                                                                \
    F(ONE, at, 0, sso_endpoints)                                                               \
    F(SECRET, code, MAX_GRANT_CODE, )                                                          \
    F(SECRET, verifier, MAX_VERIFIER, )                                                        \
    F(TEXT, redirect, MAX_PATH, )                                                              \
    F(TEXT, nonce, MAX_VERIFIER, )
SHAPE_STRUCT(sso_exchange_ask, SSO_EXCHANGE_ASK_FIELDS)
#define SSO_EXCHANGE_ANSWER_FIELDS(F)                                                          \
    F(TEXT, subject, MAX_ID_SUBJECT, )                                                         \
    F(TEXT, email, MAX_EMAIL, ) /* empty: not said */                                          \
    F(FLAG, verified, 0, )      /* by the provider's word */                                   \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(INSTANT, proved, 0, ) /* when they proved who they are; 0: not said */
SHAPE_STRUCT(sso_exchange_answer, SSO_EXCHANGE_ANSWER_FIELDS)

#endif
