/* SPDX-License-Identifier: ISC
 *
 * The connector as its host sees it: pairing, mode, how it does. What the program itself says: wire/desk.h.
 */
#ifndef WIRE_CONNECTOR_H
#define WIRE_CONNECTOR_H

#include "wire/desk.h"

/* How Auto-sync and Real-time go together, and how long what was pushed counts. */
#define CONNECTOR_MODE_FIELDS(F)                                                               \
    F(CODE, mode, DESK_MODE_COUNT, desk_mode)                                                  \
    F(FLAG, may_fall_back, 0, ) /* Real-time: what was pushed counts where the PC is silent */ \
    F(FLAG, only_here, 0, )     /* this PC alone changes the calendar: a week, not an hour */
SHAPE_STRUCT(connector_mode, CONNECTOR_MODE_FIELDS)

/* Pair a program with a user's account: a connection, whose token is told here once and kept as a hash. */
#define CONNECTOR_ADD_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(ONE, mode, 0, connector_mode)
SHAPE_STRUCT(connector_add_ask, CONNECTOR_ADD_ASK_FIELDS)
#define CONNECTOR_TOKEN_ANSWER_FIELDS(F)                                                       \
    F(I64, id, 0, )                                                                            \
    F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(connector_add_answer, CONNECTOR_TOKEN_ANSWER_FIELDS)

/* Replace the token: the earlier one opens nothing any more, and what was pushed is erased. */
#define CONNECTOR_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(connector_token_ask, CONNECTOR_ASK_FIELDS)
SHAPE_STRUCT(connector_token_answer, CONNECTOR_TOKEN_ANSWER_FIELDS)

/* Switch. What was pushed is erased, unless the new mode goes on with it. */
#define CONNECTOR_SWITCH_ASK_FIELDS(F)                                                         \
    CONNECTOR_ASK_FIELDS(F)                                                                    \
    F(ONE, mode, 0, connector_mode)
SHAPE_STRUCT(connector_switch_ask, CONNECTOR_SWITCH_ASK_FIELDS)
SHAPE_STRUCT(connector_switch_answer, NO_FIELDS)

#define CONNECTOR_LIST_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(I64, after, 0, )
SHAPE_STRUCT(connector_list_ask, CONNECTOR_LIST_ASK_FIELDS)
#define CONNECTOR_ROW_FIELDS(F)                                                                \
    F(I64, id, 0, )                                                                            \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(ONE, mode, 0, connector_mode)                                                            \
    F(INSTANT, heard_at, 0, )    /* its last contact, to the minute; 0: none yet */            \
    F(FLAG, is_synced, 0, )      /* a first full sync is complete */                           \
    F(INSTANT, lease_until, 0, ) /* so long what was pushed counts; 0: nothing was */          \
    F(I64, n_intervals, 0, )                                                                   \
    F(I64, n_orders, 0, )          /* bookings and changes that wait for it */                 \
    F(INSTANT, blocked_until, 0, ) /* after wrong tokens; 0: it is not */                      \
    F(ONE, said, 0, desk_hello)    /* by the program, last */
SHAPE_STRUCT(connector_row, CONNECTOR_ROW_FIELDS)
enum { CONNECTOR_ROWS_MAX = 64 };
#define CONNECTOR_LIST_ANSWER_FIELDS(F) F(LIST, rows, CONNECTOR_ROWS_MAX, connector_row)
SHAPE_STRUCT(connector_list_answer, CONNECTOR_LIST_ANSWER_FIELDS)

#endif
