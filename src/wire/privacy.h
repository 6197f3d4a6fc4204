/* SPDX-License-Identifier: ISC
 *
 * What a signed-in person is told of themselves and of the installation: who read their calendar, what is kept about
 * them, how things are. Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_PRIVACY_H
#define WIRE_PRIVACY_H

#include "wire/audit.h"

/* Who read or wrote a person's calendar, the newest first, from the audit. What the same actor did in the same way
 * within an hour is one row. The next ones stand before (next_at, next). */
#define READINGS_ASK_FIELDS(F)                                                                 \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(INSTANT, before_at, 0, ) /* 0: from the newest on */                                     \
    F(I64, before, 0, )
SHAPE_STRUCT(readings_ask, READINGS_ASK_FIELDS)
#define READING_ROW_FIELDS(F)                                                                  \
    F(INSTANT, at, 0, ) /* the last one */                                                     \
    F(INSTANT, since, 0, )                                                                     \
    F(I64, times, 0, )                                                                         \
    F(CODE, kind, AUDIT_KIND_COUNT, audit_kind)                                                \
    F(CODE, actor, AUDIT_ACTOR_COUNT, audit_actor)                                             \
    F(CODE, result, AUDIT_RESULT_COUNT, audit_result)                                          \
    F(TEXT, name, MAX_EMAIL, ) /* of the actor; empty: none */
SHAPE_STRUCT(reading_row, READING_ROW_FIELDS)
#define READINGS_ANSWER_FIELDS(F)                                                              \
    F(LIST, rows, MAX_ROWS, reading_row)                                                       \
    F(FLAG, goes_on, 0, )                                                                      \
    F(INSTANT, next_at, 0, )                                                                   \
    F(I64, next, 0, )
SHAPE_STRUCT(readings_answer, READINGS_ANSWER_FIELDS)

/* How much is kept about a person, and for how long. */
#define HOLDINGS_ASK_FIELDS(F)                                                                 \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
SHAPE_STRUCT(holdings_ask, HOLDINGS_ASK_FIELDS)
#define HOLDINGS_ANSWER_FIELDS(F)                                                              \
    F(I64, sessions, 0, )                                                                      \
    F(I64, tokens, 0, )                                                                        \
    F(I64, connections, 0, )                                                                   \
    F(I64, pages, 0, )                                                                         \
    F(I64, bookings, 0, ) /* with them, that still name a customer */                          \
    F(I64, coming, 0, )   /* of them */                                                        \
    F(I64, nameless, 0, ) /* with them, made anonymous */                                      \
    F(I64, notices, 0, )                                                                       \
    F(I64, mails, 0, )              /* that wait, or were refused */                           \
    F(I64, keep_bookings_days, 0, ) /* 0: for good, here and below */                          \
    F(I64, keep_audit_days, 0, )                                                               \
    F(I64, keep_backups_days, 0, )
SHAPE_STRUCT(holdings_answer, HOLDINGS_ANSWER_FIELDS)

/* How the installation and an account's part of it are, for those who look after it. Nothing of anybody. */
#define CONDITION_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(condition_ask, CONDITION_ASK_FIELDS)
#define CONDITION_ANSWER_FIELDS(F)                                                             \
    F(FLAG, ready, 0, ) /* couriers run */                                                     \
    F(FLAG, jailed, 0, )                                                                       \
    F(INSTANT, since, 0, ) /* of this vault */                                                 \
    F(I64, queued, 0, )    /* questions that wait */                                           \
    F(I64, couriers, 0, )  /* at work */                                                       \
    F(I64, calls, 0, )     /* of calendar servers since then, and of them: */                  \
    F(I64, calls_failed, 0, )                                                                  \
    F(I64, calls_throttled, 0, )                                                               \
    F(FLAG, mails, 0, )          /* a mail server is configured */                             \
    F(I64, mails_waiting, 0, )   /* of the account, due already */                             \
    F(INSTANT, mails_since, 0, ) /* the oldest of them; 0: none */                             \
    F(I64, mails_refused, 0, )                                                                 \
    F(I64, in_flight, 0, )        /* bookings whose calendar has not answered yet */           \
    F(FLAG, follows, 0, )         /* calendars are asked for changes */                        \
    F(INSTANT, follow_since, 0, ) /* the one that waits longest to be asked; 0: none is due */ \
    F(INSTANT, backup_at, 0, )    /* the last one; 0: there is none */                         \
    F(I64, database_bytes, 0, )
SHAPE_STRUCT(condition_answer, CONDITION_ANSWER_FIELDS)

#endif
