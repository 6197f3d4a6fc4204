/* SPDX-License-Identifier: ISC
 *
 * OAuth 2: where hourgate is registered with a provider of calendars, how a person lets it in there, and the tokens that
 * come of it. The vault decides and keeps, a courier asks the provider, the edge sends the person there and takes them
 * back. Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_OAUTH_H
#define WIRE_OAUTH_H

#include "wire/types.h"

enum {
    MAX_GRANT_CODE = 4096, /* an authorization code (RFC 6749 4.1.2) */
    MAX_VERIFIER =
        43, /* of PKCE (RFC 7636): 256 random bits, base64url; its challenge has as many */
    MAX_REGISTRATIONS = 32,
    OAUTH_FLOW_S = 600, /* so long somebody may take at the provider */
};

/* ---- registrations: per installation, made by commands ---- */

#define ENDPOINT_FIELDS(F)                                                                     \
    F(TEXT, host, MAX_HOST, ) /* empty: there is none */                                       \
    F(I64, port, 0, )                                                                          \
    F(TEXT, path, MAX_PATH, )
SHAPE_STRUCT(endpoint, ENDPOINT_FIELDS)

#define REGISTRATION_FIELDS(F)                                                                 \
    F(TEXT, name, MAX_SLUG, )                                                                  \
    F(TEXT, label, MAX_NAME, )                        /* what its button says */               \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind) /* of the calendars it leads to */       \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(SECRET, secret, MAX_PASSWORD, )                                                          \
    F(TEXT, scope, MAX_PATH, )                                                                 \
    F(ONE, authorize, 0, endpoint)                                                             \
    F(ONE, token, 0, endpoint)                                                                 \
    F(ONE, revoke, 0, endpoint)   /* RFC 7009 */                                               \
    F(ONE, userinfo, 0, endpoint) /* says whose mailbox it is (OpenID Connect Core, 5.3) */    \
    F(ONE, server, 0, endpoint)   /* the calendar's */
SHAPE_STRUCT(registration, REGISTRATION_FIELDS)

/* Add one, or replace the one with that name. Connections that were let in by another client id must be let in anew. */
#define OAUTH_PUT_ASK_FIELDS(F) F(ONE, registration, 0, registration)
SHAPE_STRUCT(oauth_put_ask, OAUTH_PUT_ASK_FIELDS)
SHAPE_STRUCT(oauth_put_answer, NO_FIELDS)

SHAPE_STRUCT(oauth_list_ask, NO_FIELDS)
#define OAUTH_ROW_FIELDS(F)                                                                    \
    F(TEXT, name, MAX_SLUG, )                                                                  \
    F(TEXT, label, MAX_NAME, )                                                                 \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(TEXT, scope, MAX_PATH, )                                                                 \
    F(TEXT, host, MAX_HOST, ) /* that people are sent to */
SHAPE_STRUCT(oauth_row, OAUTH_ROW_FIELDS)
#define OAUTH_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_REGISTRATIONS, oauth_row)
SHAPE_STRUCT(oauth_list_answer, OAUTH_LIST_ANSWER_FIELDS)

#define OAUTH_REMOVE_ASK_FIELDS(F) F(TEXT, name, MAX_SLUG, )
SHAPE_STRUCT(oauth_remove_ask, OAUTH_REMOVE_ASK_FIELDS)
SHAPE_STRUCT(oauth_remove_answer, NO_FIELDS)

/* Which providers may somebody connect a calendar of? For the connect page. */
#define OAUTH_OFFERS_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(oauth_offers_ask, OAUTH_OFFERS_ASK_FIELDS)
#define OAUTH_OFFER_FIELDS(F)                                                                  \
    F(TEXT, name, MAX_SLUG, )                                                                  \
    F(TEXT, label, MAX_NAME, )                                                                 \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(TEXT, scope, MAX_PATH, )
SHAPE_STRUCT(oauth_offer, OAUTH_OFFER_FIELDS)
#define OAUTH_OFFERS_ANSWER_FIELDS(F) F(LIST, offers, MAX_REGISTRATIONS, oauth_offer)
SHAPE_STRUCT(oauth_offers_answer, OAUTH_OFFERS_ANSWER_FIELDS)

/* ---- a person's way to the provider and back ---- */

/* Begin. connection: one of their own that is to be let in anew, or leads elsewhere from now on; 0: a new one. The
 * answer is what the edge makes the provider's address of. The state belongs to this session, for OAUTH_FLOW_S, once.
 * Fails   ERR_AUTH       the session is none
 *         ERR_NOT_FOUND  no such registration, or connection of theirs
 *         ERR_CONFLICT   they have a calendar connected already */
#define OAUTH_BEGIN_ASK_FIELDS(F)                                                              \
    F(SECRET, token, MAX_TOKEN, ) /* the session's */                                          \
    F(TEXT, name, MAX_SLUG, )     /* empty: the one by which the connection was let in */      \
    F(I64, connection, 0, )                                                                    \
    F(TEXT, redirect, MAX_PATH, ) /* where the provider sends them back to */
SHAPE_STRUCT(oauth_begin_ask, OAUTH_BEGIN_ASK_FIELDS)
#define OAUTH_BEGIN_ANSWER_FIELDS(F)                                                           \
    F(TEXT, label, MAX_NAME, )                                                                 \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(ONE, authorize, 0, endpoint)                                                             \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(TEXT, scope, MAX_PATH, )                                                                 \
    F(TEXT, challenge, MAX_VERIFIER, )                                                         \
    F(SECRET, state, MAX_TOKEN, )                                                              \
    F(TEXT, hint, MAX_EMAIL, ) /* who is expected */
SHAPE_STRUCT(oauth_begin_answer, OAUTH_BEGIN_ANSWER_FIELDS)

/* What came of it. */
enum oauth_outcome {
    OAUTH_CONNECTED,
    OAUTH_STALE,    /* another session's, used already, or too late */
    OAUTH_DECLINED, /* by the person, or by whoever administers their mailbox */
    OAUTH_FAILED,   /* the provider refuses the code, or hourgate */
    OAUTH_SHORT,    /* nothing was given that lasts beyond an hour */
    OAUTH_UNSOUND,  /* the doctor found fault: layers */
    OAUTH_OTHER,    /* another mailbox than the connection's */
    OAUTH_TAKEN,    /* a calendar was connected meanwhile */
    OAUTH_OUTCOME_COUNT
};

/* End: trade the code for tokens, have the doctor look, and keep the connection. ERR_AUTH: the session is none. */
#define OAUTH_END_ASK_FIELDS(F)                                                                \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, state, MAX_TOKEN, )                                                              \
    F(SECRET, code, MAX_GRANT_CODE, ) /* empty: the provider says that it was declined */
SHAPE_STRUCT(oauth_end_ask, OAUTH_END_ASK_FIELDS)
#define OAUTH_END_ANSWER_FIELDS(F)                                                             \
    F(CODE, outcome, OAUTH_OUTCOME_COUNT, oauth_outcome)                                       \
    F(I64, connection, 0, )                                                                    \
    F(TEXT, mailbox, MAX_EMAIL, ) /* of what was let in; empty: not known */                   \
    F(LIST, layers, MAX_LAYERS, layer)
SHAPE_STRUCT(oauth_end_answer, OAUTH_END_ANSWER_FIELDS)

/* What is kept of it meanwhile, sealed. */
#define OAUTH_FLOW_FIELDS(F)                                                                   \
    F(TEXT, name, MAX_SLUG, )                                                                  \
    F(I64, connection, 0, )                                                                    \
    F(TEXT, redirect, MAX_PATH, )                                                              \
    F(SECRET, verifier, MAX_VERIFIER, )
SHAPE_STRUCT(oauth_flow, OAUTH_FLOW_FIELDS)

/* ---- what a courier's child does ---- */

/* First message to a child that speaks to a provider, instead of open. */
#define OAUTH_OPEN_ASK_FIELDS(F) F(ONE, registration, 0, registration)
SHAPE_STRUCT(oauth_open_ask, OAUTH_OPEN_ASK_FIELDS)
SHAPE_STRUCT(oauth_open_answer, NO_FIELDS)

#define OAUTH_TOKENS_FIELDS(F)                                                                 \
    F(SECRET, access, MAX_CREDENTIAL, )                                                        \
    F(I64, life_s, 0, )                                                                        \
    F(SECRET, refresh, MAX_CREDENTIAL, ) /* empty: none, or the old one goes on */             \
    F(TEXT, mailbox, MAX_EMAIL, ) /* exchange: whose it is, by userinfo; empty: not said */

/* Trade a code (RFC 6749 4.1.3), and a refresh token (6).
 * Fails   ERR_DENIED  invalid_grant: the code, or the grant itself, is no good any more
 *         ERR_AUTH    the provider refuses hourgate, its secret or the scope */
#define OAUTH_EXCHANGE_ASK_FIELDS(F)                                                           \
    F(SECRET, code, MAX_GRANT_CODE, )                                                          \
    F(SECRET, verifier, MAX_VERIFIER, )                                                        \
    F(TEXT, redirect, MAX_PATH, )
SHAPE_STRUCT(oauth_exchange_ask, OAUTH_EXCHANGE_ASK_FIELDS)
SHAPE_STRUCT(oauth_exchange_answer, OAUTH_TOKENS_FIELDS)

#define OAUTH_REFRESH_ASK_FIELDS(F) F(SECRET, refresh, MAX_CREDENTIAL, )
SHAPE_STRUCT(oauth_refresh_ask, OAUTH_REFRESH_ASK_FIELDS)
SHAPE_STRUCT(oauth_refresh_answer, OAUTH_TOKENS_FIELDS)

/* Take a token back (RFC 7009). OK also where the provider has no such thing. */
#define OAUTH_REVOKE_ASK_FIELDS(F) F(SECRET, token, MAX_CREDENTIAL, )
SHAPE_STRUCT(oauth_revoke_ask, OAUTH_REVOKE_ASK_FIELDS)
SHAPE_STRUCT(oauth_revoke_answer, NO_FIELDS)

#endif
