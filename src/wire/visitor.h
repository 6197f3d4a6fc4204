/* SPDX-License-Identifier: ISC
 *
 * What the edge asks of the vault for visitors.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_VISITOR_H
#define WIRE_VISITOR_H

#include "wire/types.h"

#define PAGE_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )
SHAPE_STRUCT(page_ask, PAGE_ASK_FIELDS)
#define PAGE_ANSWER_FIELDS(F)                                                                  \
    F(ONE, page, 0, page_public)                                                               \
    F(LIST, questions, MAX_QUESTIONS, question)
SHAPE_STRUCT(page_answer, PAGE_ANSWER_FIELDS)

/* The free slots that start in [from, to). An unreachable calendar and a full one both give none. */
#define SLOTS_ASK_FIELDS(F)                                                                    \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )
SHAPE_STRUCT(slots_ask, SLOTS_ASK_FIELDS)
#define SLOTS_ANSWER_FIELDS(F)                                                                 \
    F(ONE, page, 0, page_public)                                                               \
    F(LIST, questions, MAX_QUESTIONS, question)                                                \
    F(LIST, slots, MAX_SLOTS, slot)
SHAPE_STRUCT(slots_answer, SLOTS_ANSWER_FIELDS)

/* ERR_CONFLICT for every start that cannot be had, whatever the reason, with the slots around it. */
#define BOOK_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(INSTANT, start, 0, )                                                                     \
    F(ONE, customer, 0, customer)                                                              \
    F(TEXT, key, MAX_KEY, ) /* idempotency: the same key and content, the same booking */
SHAPE_STRUCT(book_ask, BOOK_ASK_FIELDS)
enum mistake_kind {
    MISTAKE_MISSING, /* no answer, and one is required */
    MISTAKE_UNFIT,   /* none of the choices, or several lines for one */
    MISTAKE_UNASKED, /* the page asks no such question (any more) */
    MISTAKE_KIND_COUNT
};
#define MISTAKE_FIELDS(F)                                                                      \
    F(CODE, kind, MISTAKE_KIND_COUNT, mistake_kind)                                            \
    F(TEXT, question, MAX_QUESTION, )
SHAPE_STRUCT(mistake, MISTAKE_FIELDS)
#define BOOK_ANSWER_FIELDS(F)                                                                  \
    F(ONE, booking, 0, booking_public)                                                         \
    F(SECRET, token, MAX_TOKEN, )           /* of the private link; only with OK */            \
    F(LIST, slots, MAX_SLOTS, slot)         /* only with ERR_CONFLICT */                       \
    F(LIST, mistakes, MAX_ANSWERS, mistake) /* in the answers; only with ERR_INVALID */
SHAPE_STRUCT(book_answer, BOOK_ANSWER_FIELDS)

/* The customer's own booking, by the token of the private link. Unknown and expired look the same. */
#define BOOKING_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(booking_ask, BOOKING_ASK_FIELDS)
#define BOOKING_ANSWER_FIELDS(F) F(ONE, booking, 0, booking_public)
SHAPE_STRUCT(booking_answer, BOOKING_ANSWER_FIELDS)

/* The slots to which a booking could move: its own event does not count as busy. */
#define MOVE_SLOTS_ASK_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )
SHAPE_STRUCT(move_slots_ask, MOVE_SLOTS_ASK_FIELDS)
#define MOVE_SLOTS_ANSWER_FIELDS(F)                                                            \
    F(ONE, booking, 0, booking_public)                                                         \
    F(LIST, slots, MAX_SLOTS, slot)
SHAPE_STRUCT(move_slots_answer, MOVE_SLOTS_ANSWER_FIELDS)

#define MOVE_ASK_FIELDS(F)                                                                     \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, start, 0, )
SHAPE_STRUCT(move_ask, MOVE_ASK_FIELDS)
SHAPE_STRUCT(move_answer, MOVE_SLOTS_ANSWER_FIELDS)

/* The customer has opened the mail and says that it was them. OK again for one that is confirmed already;
 * ERR_CONFLICT with the booking: its time is not to be had just now; it stays as it is. */
SHAPE_STRUCT(confirm_ask, BOOKING_ASK_FIELDS)
SHAPE_STRUCT(confirm_answer, BOOKING_ANSWER_FIELDS)

/* ERR_INVALID with the booking: the page wants a reason, or this one cannot be read. */
#define CANCEL_ASK_FIELDS(F)                                                                   \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(TEXT, reason, MAX_REASON, ) /* empty: none is given */
SHAPE_STRUCT(cancel_ask, CANCEL_ASK_FIELDS)
SHAPE_STRUCT(cancel_answer, BOOKING_ANSWER_FIELDS)

/* Is everything there that a booking needs? For /readyz and /metrics. */
SHAPE_STRUCT(health_ask, NO_FIELDS)
#define COUNTER_FIELDS(F)                                                                      \
    F(TEXT, name, MAX_WHERE, )                                                                 \
    F(I64, value, 0, )
SHAPE_STRUCT(counter, COUNTER_FIELDS)
#define HEALTH_ANSWER_FIELDS(F)                                                                \
    F(FLAG, ready, 0, )                                                                        \
    F(FLAG, jailed, 0, )                                                                       \
    F(I64, up_s, 0, )                                                                          \
    F(LIST, counters, WIRE_COUNTERS_MAX, counter)
SHAPE_STRUCT(health_answer, HEALTH_ANSWER_FIELDS)

/* What the public may know of how data is kept. Days since 1970 in UTC, 0: not known. Nothing in it changes with
 * what a host or a customer does. */
enum trust_sealing {
    SEALING_ALL,       /* every account's */
    SEALING_BUT_PLAIN, /* but personal accounts that the operator keeps plain */
    TRUST_SEALING_COUNT
};
SHAPE_STRUCT(trust_ask, NO_FIELDS)
#define TRUST_ANSWER_FIELDS(F)                                                                 \
    F(FLAG, ready, 0, )  /* bookings can be made, as far as hourgate itself goes */            \
    F(FLAG, jailed, 0, ) /* the vault and its couriers */                                      \
    F(I64, since_day, 0, )                                                                     \
    F(CODE, sealing, TRUST_SEALING_COUNT, trust_sealing)                                       \
    F(I64, key_day, 0, )            /* since when the master key is in use */                  \
    F(I64, backup_day, 0, )         /* of the last one */                                      \
    F(I64, audit_day, 0, )          /* when it was verified last */                            \
    F(I64, keep_bookings_days, 0, ) /* where an account says nothing else; 0: for good */      \
    F(I64, keep_audit_days, 0, )    /* 0: for good */                                          \
    F(FLAG, audit_holds, 0, )                                                                  \
    F(TEXT, location, MAX_LOCATION, ) /* as it was said at set-up */
SHAPE_STRUCT(trust_answer, TRUST_ANSWER_FIELDS)

#endif
