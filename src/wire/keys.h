/* SPDX-License-Identifier: ISC
 *
 * Keys and sealing: what the operator's commands ask of the vault.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_KEYS_H
#define WIRE_KEYS_H

#include "wire/types.h"

enum { KEY_ID_MAX = 16 }; /* a key's id as people read it: hexadecimal */

/* The master key, and all data keys behind the one with the number `after`. */
#define KEY_LIST_ASK_FIELDS(F) F(I64, after, 0, )
SHAPE_STRUCT(key_list_ask, KEY_LIST_ASK_FIELDS)
#define KEY_ROW_FIELDS(F)                                                                      \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, number, 0, )                                                                        \
    F(TEXT, id, KEY_ID_MAX, )                                                                  \
    F(INSTANT, made_at, 0, ) /* 0: not known */                                                \
    F(FLAG, is_newest, 0, )  /* it seals what is written now */                                \
    F(FLAG, allows_plain, 0, )                                                                 \
    F(I64, sealed, 0, ) /* values under it */
SHAPE_STRUCT(key_row, KEY_ROW_FIELDS)
#define KEY_LIST_ANSWER_FIELDS(F)                                                              \
    F(TEXT, master, KEY_ID_MAX, )                                                              \
    F(INSTANT, master_since, 0, ) /* 0: not known */                                           \
    F(LIST, rows, MAX_ROWS, key_row)
SHAPE_STRUCT(key_list_answer, KEY_LIST_ANSWER_FIELDS)

/* Give an account a new data key. */
#define KEY_ROTATE_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(key_rotate_ask, KEY_ROTATE_ASK_FIELDS)
SHAPE_STRUCT(key_rotate_answer, NO_FIELDS)

/* Wrap all keys by another master key. */
#define KEY_REWRAP_ASK_FIELDS(F) F(SECRET, master_key, 64, )
SHAPE_STRUCT(key_rewrap_ask, KEY_REWRAP_ASK_FIELDS)
#define KEY_REWRAP_ANSWER_FIELDS(F)                                                            \
    F(TEXT, older, KEY_ID_MAX, )                                                               \
    F(TEXT, newer, KEY_ID_MAX, )                                                               \
    F(I64, keys, 0, ) /* that were wrapped anew */
SHAPE_STRUCT(key_rewrap_answer, KEY_REWRAP_ANSWER_FIELDS)

/* Write a backup to the open file whose descriptor rides on the frame. */
SHAPE_STRUCT(backup_ask, NO_FIELDS)
#define BACKUP_ANSWER_FIELDS(F)                                                                \
    F(I64, bytes, 0, )                                                                         \
    F(I64, keys, 0, )             /* accounts' keys in it */                                   \
    F(TEXT, master, KEY_ID_MAX, ) /* which wraps them */                                       \
    F(INSTANT, made_at, 0, )                                                                   \
    F(INSTANT, expires_at, 0, ) /* until then it may be kept */
SHAPE_STRUCT(backup_answer, BACKUP_ANSWER_FIELDS)

/* Say whether what follows an account's policy stands plain. */
#define SEAL_POLICY_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, plain, 0, )
SHAPE_STRUCT(seal_policy_ask, SEAL_POLICY_ASK_FIELDS)
SHAPE_STRUCT(seal_policy_answer, NO_FIELDS)

/* Count what is sealed and what is plain, column by column; of one account, or of all where it is empty. */
#define SEAL_STATUS_ASK_FIELDS(F) F(TEXT, account, MAX_SLUG, )
SHAPE_STRUCT(seal_status_ask, SEAL_STATUS_ASK_FIELDS)
#define SEAL_ROW_FIELDS(F)                                                                     \
    F(TEXT, table, 64, )                                                                       \
    F(TEXT, column, 64, )                                                                      \
    F(FLAG, by_policy, 0, ) /* it may stand plain where the operator says so */                \
    F(I64, sealed, 0, )                                                                        \
    F(I64, plain, 0, )
SHAPE_STRUCT(seal_row, SEAL_ROW_FIELDS)
#define SEAL_STATUS_ANSWER_FIELDS(F) F(LIST, rows, 300, seal_row)
SHAPE_STRUCT(seal_status_answer, SEAL_STATUS_ANSWER_FIELDS)

/* How far is the walk that seals anew after a rotation or a change of policy? */
SHAPE_STRUCT(seal_walk_ask, NO_FIELDS)
#define SEAL_WALK_ANSWER_FIELDS(F)                                                             \
    F(I64, accounts, 0, ) /* that it has not finished; 0: there is nothing to do */            \
    F(I64, account, 0, )  /* number of the present one; 0: none yet */                         \
    F(I64, seen, 0, )     /* rows of its present pass, of all its rows */                      \
    F(I64, rows, 0, )                                                                          \
    F(I64, failed, 0, )          /* values that no key opens: their keys are kept */           \
    F(TEXT, problem, MAX_WHAT, ) /* the last failure; empty: none */
SHAPE_STRUCT(seal_walk_answer, SEAL_WALK_ANSWER_FIELDS)

#endif
