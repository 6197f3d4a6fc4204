/* SPDX-License-Identifier: ISC
 *
 * Erasing, what a host has to do by hand, and mail: what commands ask of the vault.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_ERASURE_H
#define WIRE_ERASURE_H

#include "wire/account.h"
#include "wire/visitor.h"

/* How much was erased, which keys were destroyed, and what is left. */
#define ERASED_FIELDS(F)                                                                       \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )
SHAPE_STRUCT(erased, ERASED_FIELDS)
#define ERASURE_FACTS_FIELDS(F)                                                                \
    F(LIST, tables, MAX_ERASED, erased)                                                        \
    F(TEXT, keys, MAX_ERASED_KEYS, ) /* their ids in hexadecimal, by spaces */                 \
    F(I64, coming, 0, )   /* bookings still to come, whose events stay in calendars */         \
    F(I64, in_doubt, 0, ) /* bookings in flight: nobody knows whether their event stands */    \
    F(INSTANT, backups_until, 0, ) /* the last backup that may hold a key; 0: none known */
SHAPE_STRUCT(erasure_facts, ERASURE_FACTS_FIELDS)
#define ERASURE_FIELDS(F)                                                                      \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, ERASURE_KIND_COUNT, erasure_kind)                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, subject, 64, ) /* a person: a keyed hash of their address; else empty */           \
    F(INSTANT, begun_at, 0, )                                                                  \
    F(INSTANT, done_at, 0, ) /* 0: not finished */                                             \
    F(ONE, facts, 0, erasure_facts)                                                            \
    F(TEXT, certificate, MAX_CERTIFICATE, )                                                    \
    F(TEXT, signature, 64, ) /* hexadecimal */
SHAPE_STRUCT(erasure, ERASURE_FIELDS)

/* Erase an account with everything that is kept for it. */
#define ACCOUNT_REMOVE_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(account_remove_ask, ACCOUNT_REMOVE_ASK_FIELDS)
#define ERASURE_ANSWER_FIELDS(F) F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(account_remove_answer, ERASURE_ANSWER_FIELDS)

/* Remove a user. Without somebody to hand them over to, pages and bookings still to come refuse it: ERR_CONFLICT. */
#define USER_REMOVE_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, hand_over_to, MAX_EMAIL, ) /* another user; empty: nobody */                       \
    F(FLAG, forecast, 0, )             /* only count what it would be */
SHAPE_STRUCT(user_remove_ask, USER_REMOVE_ASK_FIELDS)
#define USER_REMOVE_ANSWER_FIELDS(F)                                                           \
    F(I64, pages, 0, )                                                                         \
    F(I64, coming, 0, ) /* bookings */                                                         \
    F(I64, in_flight, 0, )                                                                     \
    F(I64, connections, 0, )                                                                   \
    F(FLAG, is_last_owner, 0, ) /* who stays */                                                \
    F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(user_remove_answer, USER_REMOVE_ANSWER_FIELDS)

/* How long an account's past bookings keep their customer. */
#define ACCOUNT_KEEP_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, days, 0, ) /* 0: for good; -1: as configured */
SHAPE_STRUCT(account_keep_ask, ACCOUNT_KEEP_ASK_FIELDS)
SHAPE_STRUCT(account_keep_answer, NO_FIELDS)

/* Everything kept of a customer, behind the booking `after`. */
#define CUSTOMER_EXPORT_ASK_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, after, MAX_TOKEN, )
SHAPE_STRUCT(customer_export_ask, CUSTOMER_EXPORT_ASK_FIELDS)
#define CUSTOMER_ROW_FIELDS(F)                                                                 \
    F(ONE, booking, 0, booking_public)                                                         \
    F(TEXT, title, MAX_TITLE, ) /* of the event, as it was written */                          \
    F(TEXT, description, MAX_DESCRIPTION, )                                                    \
    F(INSTANT, made_at, 0, )                                                                   \
    F(FLAG, in_calendar, 0, ) /* its event is kept up in the host's calendar */                \
    F(FLAG, left_behind, 0, ) /* its event was left in a calendar that was disconnected */
SHAPE_STRUCT(customer_row, CUSTOMER_ROW_FIELDS)
#define CUSTOMER_EXPORT_ANSWER_FIELDS(F) F(LIST, rows, MAX_CUSTOMER_ROWS, customer_row)
SHAPE_STRUCT(customer_export_answer, CUSTOMER_EXPORT_ANSWER_FIELDS)

/* Make a customer's bookings anonymous. Those still to come are cancelled first, or refused: ERR_CONFLICT. */
#define CUSTOMER_ERASE_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(FLAG, cancel, 0, )   /* what is still to come */                                         \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(customer_erase_ask, CUSTOMER_ERASE_ASK_FIELDS)
#define CUSTOMER_ERASE_ANSWER_FIELDS(F)                                                        \
    F(I64, bookings, 0, )                                                                      \
    F(I64, coming, 0, ) /* of them */                                                          \
    F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(customer_erase_answer, CUSTOMER_ERASE_ANSWER_FIELDS)

/* The records of what was erased. */
#define ERASURE_LIST_ASK_FIELDS(F) F(I64, after, 0, )
SHAPE_STRUCT(erasure_list_ask, ERASURE_LIST_ASK_FIELDS)
#define ERASURE_ROW_FIELDS(F)                                                                  \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, ERASURE_KIND_COUNT, erasure_kind)                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, subject, 64, )                                                                     \
    F(INSTANT, begun_at, 0, )                                                                  \
    F(INSTANT, done_at, 0, )
SHAPE_STRUCT(erasure_row, ERASURE_ROW_FIELDS)
#define ERASURE_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, erasure_row)
SHAPE_STRUCT(erasure_list_answer, ERASURE_LIST_ANSWER_FIELDS)

#define ERASURE_SHOW_ASK_FIELDS(F) F(I64, id, 0, )
SHAPE_STRUCT(erasure_show_ask, ERASURE_SHOW_ASK_FIELDS)
SHAPE_STRUCT(erasure_show_answer, ERASURE_ANSWER_FIELDS)

/* Did this installation sign that certificate? */
#define ERASURE_VERIFY_ASK_FIELDS(F)                                                           \
    F(TEXT, certificate, MAX_CERTIFICATE, )                                                    \
    F(TEXT, signature, 64, )
SHAPE_STRUCT(erasure_verify_ask, ERASURE_VERIFY_ASK_FIELDS)
#define ERASURE_VERIFY_ANSWER_FIELDS(F) F(FLAG, is_ours, 0, )
SHAPE_STRUCT(erasure_verify_answer, ERASURE_VERIFY_ANSWER_FIELDS)

/* What hosts have to do by hand. */
#define ATTENTION_LIST_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the host */                                                 \
    F(FLAG, all, 0, )           /* also what is done */                                        \
    F(I64, after, 0, )
SHAPE_STRUCT(attention_list_ask, ATTENTION_LIST_ASK_FIELDS)
#define ATTENTION_ROW_FIELDS(F)                                                                \
    F(I64, id, 0, )                                                                            \
    F(TEXT, host, MAX_EMAIL, )                                                                 \
    F(CODE, kind, ATTENTION_KIND_COUNT, attention_kind)                                        \
    F(INSTANT, at, 0, )                                                                        \
    F(TEXT, booking, MAX_TOKEN, )                                                              \
    F(TEXT, title, MAX_TITLE, ) /* of the event */                                             \
    F(INSTANT, start, 0, )      /* where it stands */                                          \
    F(INSTANT, end, 0, )                                                                       \
    F(INSTANT, moved_to, 0, ) /* 0: not moved */                                               \
    F(INSTANT, done_at, 0, )  /* 0: still to do */
SHAPE_STRUCT(attention_row, ATTENTION_ROW_FIELDS)
#define ATTENTION_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, attention_row)
SHAPE_STRUCT(attention_list_answer, ATTENTION_LIST_ANSWER_FIELDS)

#define ATTENTION_OF_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(attention_done_ask, ATTENTION_OF_ASK_FIELDS)
SHAPE_STRUCT(attention_done_answer, NO_FIELDS)

/* Answer a notice that a booked event was moved or deleted: let the booking follow, and tell its customer. The notice is
 * done then; one that was is left as it is, and the answer says where its booking stands.
 * Fails   ERR_CONFLICT  the calendar says something else now, the time is another booking's, or the notice is of
 *                       another kind */
SHAPE_STRUCT(attention_accept_ask, ATTENTION_OF_ASK_FIELDS)
SHAPE_STRUCT(attention_accept_answer, BOOKING_ANSWER_FIELDS)

/* Answer it by writing the event back as it was booked; the customer hears nothing. ERR_CONFLICT: the time is over, or the
 * calendar has something else there. */
#define ATTENTION_RESTORE_ASK_FIELDS(F)                                                        \
    ATTENTION_OF_ASK_FIELDS(F)                                                                 \
    F(FLAG, over_busy, 0, )
SHAPE_STRUCT(attention_restore_ask, ATTENTION_RESTORE_ASK_FIELDS)
SHAPE_STRUCT(attention_restore_answer, BOOKING_ANSWER_FIELDS)

/* What was not sent yet, or was refused for good; rows behind `after`. */
#define OUTBOX_LIST_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the host whom it is about */                                \
    F(I64, after, 0, )
SHAPE_STRUCT(outbox_list_ask, OUTBOX_LIST_ASK_FIELDS)
#define OUTBOX_ROW_FIELDS(F)                                                                   \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind)                                                  \
    F(CODE, state, OUTBOX_STATE_COUNT, outbox_state)                                           \
    F(TEXT, booking, MAX_TOKEN, ) /* its number; empty: it is about a connection */            \
    F(TEXT, to, MAX_EMAIL, )                                                                   \
    F(INSTANT, due, 0, ) /* the next try */                                                    \
    F(I64, tries, 0, )                                                                         \
    F(TEXT, problem, MAX_WHAT, ) /* of the last try */
SHAPE_STRUCT(outbox_row, OUTBOX_ROW_FIELDS)
#define OUTBOX_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, outbox_row)
SHAPE_STRUCT(outbox_list_answer, OUTBOX_LIST_ANSWER_FIELDS)

/* Try a mail again now, for another two days. */
#define OUTBOX_RETRY_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(outbox_retry_ask, OUTBOX_RETRY_ASK_FIELDS)
SHAPE_STRUCT(outbox_retry_answer, NO_FIELDS)

/* How an account's mails present themselves; first change that, where a flag says so. */
#define ACCOUNT_MAIL_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, sets_from, 0, )                                                                    \
    F(TEXT, from, MAX_EMAIL, ) /* empty: the operator's */                                     \
    F(FLAG, sets_reply_to, 0, )                                                                \
    F(TEXT, reply_to, MAX_EMAIL, ) /* empty: none */                                           \
    F(FLAG, sets_text, 0, )                                                                    \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind) /* of that text */                               \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(TEXT, text, MAX_NOTE, ) /* empty: none any more */
SHAPE_STRUCT(account_mail_ask, ACCOUNT_MAIL_ASK_FIELDS)
#define MAIL_TEXT_FIELDS(F)                                                                    \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind)                                                  \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(TEXT, text, MAX_NOTE, )
SHAPE_STRUCT(mail_text, MAIL_TEXT_FIELDS)
#define ACCOUNT_MAIL_ANSWER_FIELDS(F)                                                          \
    F(TEXT, from, MAX_EMAIL, )                                                                 \
    F(TEXT, reply_to, MAX_EMAIL, )                                                             \
    F(LIST, texts, MAIL_KIND_COUNT *LANGUAGE_COUNT, mail_text)
SHAPE_STRUCT(account_mail_answer, ACCOUNT_MAIL_ANSWER_FIELDS)

#endif
