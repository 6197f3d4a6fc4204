/* SPDX-License-Identifier: ISC
 *
 * The second factor of people who sign in by password: one-time codes (crypt/totp.h), and recovery codes for when
 * those are lost. What the edge asks for whoever holds a session; a code is a SECRET, as they are typed.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_FACTOR_H
#define WIRE_FACTOR_H

#include "wire/person.h"

enum { FACTOR_CODE_MAX = 64, FACTOR_RECOVERY_CODES = 10 };

#define FACTOR_RECOVERY_FIELDS(F) F(SECRET, code, FACTOR_CODE_MAX, )
SHAPE_STRUCT(factor_recovery, FACTOR_RECOVERY_FIELDS)

/* The second step of signing in: a code, for the token that session_begin or invite_use gave. A code is good once.
 * Fails   ERR_AUTH    the step is none, or took too long: begin again
 *         ERR_DENIED  the code is wrong, was used before, or comes too soon after too many */
#define SESSION_CODE_ASK_FIELDS(F)                                                             \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, code, FACTOR_CODE_MAX, )
SHAPE_STRUCT(session_code_ask, SESSION_CODE_ASK_FIELDS)
SHAPE_STRUCT(session_code_answer, SESSION_ANSWER_FIELDS)

/* How does it stand? Common to all that follow: ERR_AUTH where the session is none. */
#define FACTOR_SHOW_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
#define FACTOR_SHOW_ANSWER_FIELDS(F)                                                           \
    F(CODE, state, FACTOR_STATE_COUNT, factor_state)                                           \
    F(INSTANT, since, 0, )         /* FACTOR_ON */                                             \
    F(I64, codes, 0, )             /* recovery codes that are left */                          \
    F(FLAG, is_required, 0, )      /* by the account */                                        \
    F(SECRET, secret, MAX_TOKEN, ) /* as apps take it; FACTOR_PENDING and a fresh session */
SHAPE_STRUCT(factor_show_ask, FACTOR_SHOW_ASK_FIELDS)
SHAPE_STRUCT(factor_show_answer, FACTOR_SHOW_ANSWER_FIELDS)

/* Draw a secret, which does not count before a code of it was seen. ERR_DENIED: the session is not fresh (also
 * below). ERR_CONFLICT: it is on already. */
#define FACTOR_BEGIN_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(factor_begin_ask, FACTOR_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(factor_begin_answer, NO_FIELDS)

/* Turn it on with a code of the secret, which ends all other sessions. ERR_INVALID: the code is wrong. ERR_CONFLICT:
 * no secret waits for one. */
#define FACTOR_CONFIRM_ASK_FIELDS(F)                                                           \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, code, FACTOR_CODE_MAX, )
#define FACTOR_CONFIRM_ANSWER_FIELDS(F)                                                        \
    F(SECRET, token, MAX_TOKEN, ) /* with which the session goes on */                         \
    F(LIST, codes, FACTOR_RECOVERY_CODES, factor_recovery)
SHAPE_STRUCT(factor_confirm_ask, FACTOR_CONFIRM_ASK_FIELDS)
SHAPE_STRUCT(factor_confirm_answer, FACTOR_CONFIRM_ANSWER_FIELDS)

/* Make the recovery codes anew; those before open nothing any more. ERR_CONFLICT: it is not on. */
#define FACTOR_CODES_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
#define FACTOR_CODES_ANSWER_FIELDS(F) F(LIST, codes, FACTOR_RECOVERY_CODES, factor_recovery)
SHAPE_STRUCT(factor_codes_ask, FACTOR_CODES_ASK_FIELDS)
SHAPE_STRUCT(factor_codes_answer, FACTOR_CODES_ANSWER_FIELDS)

/* Turn it off. ERR_DENIED: the password or the code is wrong, or one was wrong too often. */
#define FACTOR_OFF_ASK_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, password, MAX_PASSWORD, )                                                        \
    F(SECRET, code, FACTOR_CODE_MAX, )
SHAPE_STRUCT(factor_off_ask, FACTOR_OFF_ASK_FIELDS)
SHAPE_STRUCT(factor_off_answer, SESSION_ANSWER_FIELDS)

/* Turn a user's off for them, which ends their sessions. ERR_NOT_FOUND: there is no such user, or nothing is on. */
#define FACTOR_CLEAR_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
SHAPE_STRUCT(factor_clear_ask, FACTOR_CLEAR_ASK_FIELDS)
SHAPE_STRUCT(factor_clear_answer, NO_FIELDS)

/* Say whether an account's users must have it on: who has not can do nothing else before. */
#define ACCOUNT_REQUIRE_ASK_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, totp, 0, )
SHAPE_STRUCT(account_require_ask, ACCOUNT_REQUIRE_ASK_FIELDS)
SHAPE_STRUCT(account_require_answer, NO_FIELDS)

#endif
