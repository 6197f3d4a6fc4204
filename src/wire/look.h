/* SPDX-License-Identifier: ISC
 *
 * How an account's pages look: its colour and its logo.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_LOOK_H
#define WIRE_LOOK_H

#include "wire/types.h"

/* Set the colour of an account's pages, and its logo. The asker has read the picture (wire/image.h): the vault keeps
 * what it is told of it, and calls it by a hash of its bytes. */
#define ACCOUNT_LOOK_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, keeps_accent, 0, )    /* the colour stays as it is */                              \
    F(TEXT, accent, MAX_COLOUR, ) /* else: "1f6f5c"; empty: hourgate's own */                  \
    F(FLAG, keeps_logo, 0, )      /* the logo stays as it is; else: */                         \
    F(CODE, kind, IMAGE_KIND_COUNT, image_kind)                                                \
    F(I64, width, 0, )                                                                         \
    F(I64, height, 0, )                                                                        \
    F(BYTES, logo, MAX_LOGO, ) /* empty: none */
SHAPE_STRUCT(account_look_ask, ACCOUNT_LOOK_ASK_FIELDS)
SHAPE_STRUCT(account_look_answer, NO_FIELDS)

/* The picture itself, for whoever looks at a page. ERR_NOT_FOUND: the account has no logo of that mark (now). */
#define LOGO_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, mark, MAX_LOGO_MARK, )
SHAPE_STRUCT(logo_ask, LOGO_ASK_FIELDS)
#define LOGO_ANSWER_FIELDS(F)                                                                  \
    F(CODE, kind, IMAGE_KIND_COUNT, image_kind)                                                \
    F(BYTES, logo, MAX_LOGO, )
SHAPE_STRUCT(logo_answer, LOGO_ANSWER_FIELDS)

#endif
