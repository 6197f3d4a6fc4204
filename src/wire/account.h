/* SPDX-License-Identifier: ISC
 *
 * Accounts, users and their tokens: what commands ask of the vault, and people through `as` (grant.h).
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_ACCOUNT_H
#define WIRE_ACCOUNT_H

#include "wire/types.h"

#define ACCOUNT_ADD_ASK_FIELDS(F)                                                              \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)
SHAPE_STRUCT(account_add_ask, ACCOUNT_ADD_ASK_FIELDS)
SHAPE_STRUCT(account_add_answer, NO_FIELDS)

/* Where the account's imprint and privacy notice stand: https addresses, shown below its pages; empty: none. */
#define ACCOUNT_LINKS_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, imprint, MAX_PATH, )                                                               \
    F(TEXT, privacy, MAX_PATH, )
SHAPE_STRUCT(account_links_ask, ACCOUNT_LINKS_ASK_FIELDS)
SHAPE_STRUCT(account_links_answer, NO_FIELDS)

/* Which sites may show the account's pages in a frame: origins, a space between them; empty: none. */
#define ACCOUNT_SITES_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, sites, MAX_PATH, )
SHAPE_STRUCT(account_sites_ask, ACCOUNT_SITES_ASK_FIELDS)
SHAPE_STRUCT(account_sites_answer, NO_FIELDS)

/* Lists answer at most MAX_ROWS rows behind `after`, the key of the last row seen; empty starts. */
#define ACCOUNT_LIST_ASK_FIELDS(F) F(TEXT, after, MAX_SLUG, )
SHAPE_STRUCT(account_list_ask, ACCOUNT_LIST_ASK_FIELDS)
#define ACCOUNT_ROW_FIELDS(F)                                                                  \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)                                            \
    F(I64, users, 0, )                                                                         \
    F(I64, pages, 0, )                                                                         \
    F(I64, bookings, 0, )
SHAPE_STRUCT(account_row, ACCOUNT_ROW_FIELDS)
#define ACCOUNT_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, account_row)
SHAPE_STRUCT(account_list_answer, ACCOUNT_LIST_ANSWER_FIELDS)

/* An account as one of its users sees it. */
#define ACCOUNT_SHOW_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
SHAPE_STRUCT(account_show_ask, ACCOUNT_SHOW_ASK_FIELDS)
#define ACCOUNT_SHOW_ANSWER_FIELDS(F)                                                          \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)                                            \
    F(ONE, user, 0, user_row)                                                                  \
    F(TEXT, imprint, MAX_PATH, ) /* as in account_links; empty: none */                        \
    F(TEXT, privacy, MAX_PATH, )                                                               \
    F(TEXT, sites, MAX_PATH, ) /* as in account_sites */                                       \
    F(ONE, look, 0, page_look)

#define USER_ADD_ASK_FIELDS(F)                                                                 \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )
SHAPE_STRUCT(user_add_ask, USER_ADD_ASK_FIELDS)
SHAPE_STRUCT(user_add_answer, NO_FIELDS)

#define USER_LIST_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* in this and other lists: of this user alone; empty: all */  \
    F(TEXT, after, MAX_EMAIL, )
SHAPE_STRUCT(user_list_ask, USER_LIST_ASK_FIELDS)
#define USER_ROW_FIELDS(F)                                                                     \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(CODE, role, USER_ROLE_COUNT, user_role)                                                  \
    F(I64, connections, 0, )                                                                   \
    F(I64, pages, 0, )                                                                         \
    F(FLAG, is_disabled, 0, )
SHAPE_STRUCT(user_row, USER_ROW_FIELDS)
#define USER_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, user_row)
SHAPE_STRUCT(user_list_answer, USER_LIST_ANSWER_FIELDS)

/* Give a user a role. ERR_CONFLICT: the account would be left without an owner. */
#define USER_ROLE_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(CODE, role, USER_ROLE_COUNT, user_role)
SHAPE_STRUCT(account_show_answer, ACCOUNT_SHOW_ANSWER_FIELDS)
SHAPE_STRUCT(user_role_ask, USER_ROLE_ASK_FIELDS)
SHAPE_STRUCT(user_role_answer, NO_FIELDS)

/* Let a user in no more, or again. Their sessions end, their tokens open nothing, and their pages are not there for
 * visitors; coming bookings stand. ERR_CONFLICT: the account's last owner stays. */
#define USER_DISABLE_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(FLAG, disabled, 0, )
SHAPE_STRUCT(user_disable_ask, USER_DISABLE_ASK_FIELDS)
SHAPE_STRUCT(user_disable_answer, NO_FIELDS)

/* Hand a user's pages and coming bookings over to another. Events stay in the calendar that they are in, as plain ones,
 * and the other is told to enter them. ERR_CONFLICT: the other's time is taken, or bookings are being written. */
#define USER_HANDOVER_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, to, MAX_EMAIL, )                                                                   \
    F(FLAG, forecast, 0, ) /* only count what it would be */
#define USER_HANDOVER_ANSWER_FIELDS(F)                                                         \
    F(I64, pages, 0, )                                                                         \
    F(I64, coming, 0, ) /* bookings */                                                         \
    F(I64, events, 0, ) /* of these, in the calendar of whom they are taken from */            \
    F(I64, in_flight, 0, )
SHAPE_STRUCT(user_handover_ask, USER_HANDOVER_ASK_FIELDS)
SHAPE_STRUCT(user_handover_answer, USER_HANDOVER_ANSWER_FIELDS)

/* Tokens, by which a program asks as a user (crypt/token.h). The token itself is told once, in token_add's
 * answer, and kept as a hash. */
#define TOKEN_ADD_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, ) /* what the user calls it */                                     \
    F(I64, scopes, 0, )       /* bit set of enum scope, wire/grant.h */                        \
    F(I64, days, 0, )         /* until it ends; 0: never */
SHAPE_STRUCT(token_add_ask, TOKEN_ADD_ASK_FIELDS)
#define TOKEN_ADD_ANSWER_FIELDS(F)                                                             \
    F(I64, id, 0, )                                                                            \
    F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(token_add_answer, TOKEN_ADD_ANSWER_FIELDS)

#define TOKEN_LIST_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(I64, after, 0, )
SHAPE_STRUCT(token_list_ask, TOKEN_LIST_ASK_FIELDS)
#define TOKEN_ROW_FIELDS(F)                                                                    \
    F(I64, id, 0, )                                                                            \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(I64, scopes, 0, )                                                                        \
    F(INSTANT, made, 0, )                                                                      \
    F(INSTANT, used, 0, )    /* the hour of its last use; 0: never */                          \
    F(INSTANT, expires, 0, ) /* 0: never */
SHAPE_STRUCT(token_row, TOKEN_ROW_FIELDS)
#define TOKEN_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, token_row)
SHAPE_STRUCT(token_list_answer, TOKEN_LIST_ANSWER_FIELDS)

/* Cut a token off, at once. */
#define TOKEN_REVOKE_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(token_revoke_ask, TOKEN_REVOKE_ASK_FIELDS)
SHAPE_STRUCT(token_revoke_answer, NO_FIELDS)

/* A one-time link by which a user sets a password, the first or another: /invite/ and the token. It replaces an
 * earlier one. */
#define INVITE_BEGIN_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
#define INVITE_BEGIN_ANSWER_FIELDS(F)                                                          \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, expires, 0, )
SHAPE_STRUCT(invite_begin_ask, INVITE_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(invite_begin_answer, INVITE_BEGIN_ANSWER_FIELDS)

#endif
