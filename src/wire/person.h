/* SPDX-License-Identifier: ISC
 *
 * Signing in, and asking as a person: what the edge asks of the vault for who signs in. The token of a session is
 * told once, to whoever began it; every answer that brings one ends what it replaces.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_PERSON_H
#define WIRE_PERSON_H

#include "wire/audit.h"
#include "wire/host.h"

#define SESSION_ANSWER_FIELDS(F) F(SECRET, token, MAX_TOKEN, )

/* A right password gives a session; or where a second factor is on, a step that session_code goes on with. */
#define SESSION_BEGUN_FIELDS(F)                                                                \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(FLAG, needs_code, 0, )

/* How somebody proved who they are. Numbers stand in databases. */
enum sign_in_means { MEANS_PASSWORD, MEANS_CODE, MEANS_PROVIDER, SIGN_IN_MEANS_COUNT };

enum factor_state { FACTOR_OFF, FACTOR_PENDING, FACTOR_ON, FACTOR_STATE_COUNT }; /* factor.h */

/* Begin a session with a password. Where the address is in several accounts, one must be named. ERR_AUTH: a wrong
 * password, nobody's address, or too many tries; which of them is not told. */
#define SESSION_BEGIN_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, ) /* empty: not said */                                         \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(session_begin_ask, SESSION_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(session_begin_answer, SESSION_BEGUN_FIELDS)

/* Begin one with an invitation, which sets a password and is used up.
 * Fails   ERR_NOT_FOUND  the link was used, replaced or is too old
 *         ERR_INVALID    the password is too short, or is their address */
#define INVITE_USE_ASK_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(invite_use_ask, INVITE_USE_ASK_FIELDS)
SHAPE_STRUCT(invite_use_answer, SESSION_BEGUN_FIELDS)

/* Replace the password, which ends all sessions and begins another. ERR_AUTH: the session is none. ERR_DENIED: the
 * old password is wrong, or was wrong too often. ERR_INVALID as above. */
#define PASSWORD_SET_ASK_FIELDS(F)                                                             \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, old, MAX_PASSWORD, )                                                             \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(password_set_ask, PASSWORD_SET_ASK_FIELDS)
SHAPE_STRUCT(password_set_answer, SESSION_ANSWER_FIELDS)

/* Say the password again, which dangerous changes ask for: a session counts as fresh for SESSION_FRESH_S from then
 * on, or from when it began. It goes on with the token that the answer brings. Fails as password_set. */
enum { SESSION_FRESH_S = 900 };
#define SESSION_PROVE_ASK_FIELDS(F)                                                            \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(session_prove_ask, SESSION_PROVE_ASK_FIELDS)
SHAPE_STRUCT(session_prove_answer, SESSION_ANSWER_FIELDS)

/* Whose is it, and what else is open? ERR_AUTH: it is none, or ended. */
enum { SESSIONS_MAX = 20, SESSION_FORM = 43 };
#define SESSION_SHOW_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
#define SESSION_ROW_FIELDS(F)                                                                  \
    F(I64, id, 0, )                                                                            \
    F(INSTANT, made, 0, )                                                                      \
    F(INSTANT, seen, 0, ) /* the ten minutes of its last use */                                \
    F(INSTANT, expires, 0, )
SHAPE_STRUCT(session_row, SESSION_ROW_FIELDS)
#define SESSION_SHOW_ANSWER_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, account_name, MAX_NAME, )                                                          \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(CODE, role, USER_ROLE_COUNT, user_role)                                                  \
    F(TEXT, form, SESSION_FORM, ) /* what its forms carry: made of the token, and proves it */ \
    F(I64, id, 0, )               /* its own row */                                            \
    F(CODE, means, SIGN_IN_MEANS_COUNT, sign_in_means)                                         \
    F(FLAG, has_factor, 0, )   /* signing in by password asks for a code */                    \
    F(FLAG, lacks_factor, 0, ) /* the account asks for one: nothing else is granted before */  \
    F(FLAG, is_linked, 0, )    /* the account's provider knows them: single sign-on */         \
    F(INSTANT, proved, 0, )    /* when the password was last said */                           \
    F(LIST, rows, SESSIONS_MAX, session_row)                                                   \
    F(I64, attentions, 0, ) /* notices that wait for them */                                   \
    F(I64, troubled, 0, )   /* connections of theirs that do not work */
SHAPE_STRUCT(session_show_ask, SESSION_SHOW_ASK_FIELDS)
SHAPE_STRUCT(session_show_answer, SESSION_SHOW_ANSWER_FIELDS)

/* End one of the user's sessions, or all others. ERR_AUTH: as above. ERR_NOT_FOUND: they have no such session. */
#define SESSION_END_ASK_FIELDS(F)                                                              \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(I64, id, 0, ) /* 0: all others */
SHAPE_STRUCT(session_end_ask, SESSION_END_ASK_FIELDS)
SHAPE_STRUCT(session_end_answer, NO_FIELDS)

/* ---- a person, through the edge ---- */

/* Ask something as whoever the bearer proves to be. The edge holds no right of its own: the vault finds the
 * person, looks in wire/grant.h whether they may ask this, and has the question's own handler answer it. The
 * reply to `as` says whether the bearer is good (ERR_AUTH: no); the one within how the question went. */
enum bearer_kind { BEARER_TOKEN, BEARER_SESSION, BEARER_KIND_COUNT };
enum { AS_QUESTION_MAX = 256 * 1024, AS_ANSWER_MAX = (4 << 20) - 4096 };
#define AS_ASK_FIELDS(F)                                                                       \
    F(CODE, kind, BEARER_KIND_COUNT, bearer_kind)                                              \
    F(SECRET, bearer, MAX_TOKEN, )                                                             \
    F(CODE, type, WIRE_TYPE_MAX, wire_type)                                                    \
    F(SECRET, question, AS_QUESTION_MAX, ) /* its x_ask, in the wire encoding */
#define AS_ANSWER_FIELDS(F)                                                                    \
    F(ONE, reply, 0, reply)                                                                    \
    F(BYTES, answer, AS_ANSWER_MAX, ) /* its x_answer; empty unless reply.has_body */

/* The audit (store/audit.h). A row of a chain as the log told it: */
#define AUDIT_HEAD_FIELDS(F)                                                                   \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, row, 0, ) /* its place in its chain */                                              \
    F(BYTES, hash, 32, )
SHAPE_STRUCT(audit_head, AUDIT_HEAD_FIELDS)

/* Go through a piece of the chains. heads: compared first, by the first question. */
#define AUDIT_VERIFY_ASK_FIELDS(F)                                                             \
    F(I64, after, 0, ) /* 0: from the beginning; else the last answer's next */                \
    F(LIST, heads, MAX_ROWS, audit_head)
SHAPE_STRUCT(audit_verify_ask, AUDIT_VERIFY_ASK_FIELDS)
#define AUDIT_VERIFY_ANSWER_FIELDS(F)                                                          \
    F(I64, rows, 0, )          /* gone through, all fitting */                                 \
    F(I64, next, 0, )          /* 0: that was all */                                           \
    F(ONE, end, 0, audit_head) /* of the chain; no node: it goes on */                         \
    F(TEXT, what, MAX_WHAT, )  /* does not fit; empty: all does. Then these say where: */      \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, row, 0, )
SHAPE_STRUCT(audit_verify_answer, AUDIT_VERIFY_ANSWER_FIELDS)

/* Hand out rows as they are stored. */
#define AUDIT_EXPORT_ASK_FIELDS(F)                                                             \
    F(I64, after, 0, )                                                                         \
    F(INSTANT, from, 0, ) /* each chain begins with its first row at or after this */
SHAPE_STRUCT(audit_export_ask, AUDIT_EXPORT_ASK_FIELDS)
#define AUDIT_ROW_FIELDS(F)                                                                    \
    F(I64, row, 0, )                                                                           \
    F(INSTANT, at, 0, )                                                                        \
    F(I64, kind, 0, )                                                                          \
    F(I64, actor, 0, )                                                                         \
    F(I64, account, 0, )                                                                       \
    F(I64, subject, 0, )                                                                       \
    F(I64, result, 0, )                                                                        \
    F(BYTES, details, 1024, )                                                                  \
    F(BYTES, hash, 32, )                                                                       \
    F(BYTES, code, 32, )
SHAPE_STRUCT(audit_row, AUDIT_ROW_FIELDS)
#define AUDIT_EXPORT_ANSWER_FIELDS(F)                                                          \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, number, 0, )      /* the node's */                                                  \
    F(BYTES, previous, 32, ) /* the hash before the first of them */                           \
    F(LIST, rows, MAX_ROWS, audit_row)                                                         \
    F(I64, next, 0, )
SHAPE_STRUCT(audit_export_answer, AUDIT_EXPORT_ANSWER_FIELDS)

/* Show what was done in an account, and who read which mailbox. */
#define AUDIT_SHOW_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, mailbox, MAX_EMAIL, ) /* empty: all */                                             \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(INSTANT, after_at, 0, ) /* as the last answer's next_at and next */                      \
    F(I64, after, 0, )
SHAPE_STRUCT(audit_show_ask, AUDIT_SHOW_ASK_FIELDS)
#define AUDIT_SHOWN_FIELDS(F)                                                                  \
    F(INSTANT, at, 0, )                                                                        \
    F(CODE, kind, AUDIT_KIND_COUNT, audit_kind)                                                \
    F(CODE, actor, AUDIT_ACTOR_COUNT, audit_actor)                                             \
    F(CODE, result, AUDIT_RESULT_COUNT, audit_result)                                          \
    F(I64, subject, 0, )                                                                       \
    F(TEXT, name, MAX_EMAIL, ) /* the actor's */                                               \
    F(TEXT, mailbox, MAX_EMAIL, )                                                              \
    F(TEXT, what, MAX_EMAIL, )
SHAPE_STRUCT(audit_shown, AUDIT_SHOWN_FIELDS)
#define AUDIT_SHOW_ANSWER_FIELDS(F)                                                            \
    F(LIST, rows, MAX_ROWS, audit_shown)                                                       \
    F(INSTANT, next_at, 0, )                                                                   \
    F(I64, next, 0, )                                                                          \
    F(FLAG, goes_on, 0, )
SHAPE_STRUCT(audit_show_answer, AUDIT_SHOW_ANSWER_FIELDS)

#endif
