/* SPDX-License-Identifier: ISC
 *
 * Setting a new installation up from a browser. Until it has a user, a one-time link that the operator was given at the
 * command line lets somebody make the first account and its owner; that owner's session then says how mail is sent and
 * where the data stands, for an hour or until they are done.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_SETUP_H
#define WIRE_SETUP_H

#include "wire/account.h"
#include "wire/courier.h"

/* Make the link, instead of an earlier one. ERR_CONFLICT: there is a user already. */
#define SETUP_LINK_ANSWER_FIELDS(F)                                                            \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, expires, 0, )
SHAPE_STRUCT(setup_link_ask, NO_FIELDS)
SHAPE_STRUCT(setup_link_answer, SETUP_LINK_ANSWER_FIELDS)

/* How far is it, and may whoever asks go on? */
enum setup_stage {
    SETUP_WAITS,   /* there is no user: nothing is served but this */
    SETUP_GOES_ON, /* an owner is at it; everything is served */
    SETUP_DONE,
    SETUP_STAGE_COUNT
};
enum { MAX_PLACE = 256 };
#define SETUP_SHOW_ASK_FIELDS(F)                                                               \
    F(SECRET, link, MAX_TOKEN, )    /* counts while it waits; empty: none */                   \
    F(SECRET, session, MAX_TOKEN, ) /* counts while it goes on; empty: none */
#define SETUP_SHOW_ANSWER_FIELDS(F)                                                            \
    F(CODE, stage, SETUP_STAGE_COUNT, setup_stage)                                             \
    F(FLAG, is_good, 0, )       /* that link, or session; without it the rest is empty */      \
    F(TEXT, place, MAX_PLACE, ) /* where the database is */                                    \
    F(FLAG, jailed, 0, )                                                                       \
    F(I64, keep_bookings_days, 0, )                                                            \
    F(FLAG, mail_is_configured, 0, ) /* in the file, which counts alone then */                \
    F(TEXT, mail_host, MAX_HOST, )   /* that is in use; empty: none */                         \
    F(TEXT, mail_from, MAX_EMAIL, )                                                            \
    F(TEXT, location, MAX_LOCATION, )
SHAPE_STRUCT(setup_show_ask, SETUP_SHOW_ASK_FIELDS)
SHAPE_STRUCT(setup_show_answer, SETUP_SHOW_ANSWER_FIELDS)

/* Make the account, its owner and their session: all of it, and the link is used up, or nothing.
 * Fails   ERR_NOT_FOUND  the link was used, replaced or is too old
 *         ERR_INVALID    what `where` names: account, email, zone, password */
#define SETUP_BEGIN_ASK_FIELDS(F)                                                              \
    F(SECRET, link, MAX_TOKEN, )                                                               \
    F(ONE, account, 0, account_add_ask)                                                        \
    F(ONE, user, 0, user_add_ask) /* its account is that one, whatever stands here */          \
    F(SECRET, password, MAX_PASSWORD, )
#define SETUP_BEGIN_ANSWER_FIELDS(F)                                                           \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(CODE, wrong, SETUP_WRONG_COUNT, setup_wrong) /* what ERR_INVALID is about */
enum setup_wrong {
    SETUP_WRONG_NONE,
    SETUP_WRONG_ACCOUNT,
    SETUP_WRONG_EMAIL,
    SETUP_WRONG_ZONE,
    SETUP_WRONG_PASSWORD,
    SETUP_WRONG_COUNT
};
SHAPE_STRUCT(setup_begin_ask, SETUP_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(setup_begin_answer, SETUP_BEGIN_ANSWER_FIELDS)

/* Try a mail server by sending a mail to the owner, and use it from now on where every layer is in order. ERR_NOT_FOUND:
 * this session does not set up. ERR_CONFLICT: the configuration names a server. */
#define SETUP_MAIL_ASK_FIELDS(F)                                                               \
    F(SECRET, session, MAX_TOKEN, )                                                            \
    F(ONE, server, 0, mail_server)
#define SETUP_MAIL_ANSWER_FIELDS(F)                                                            \
    F(FLAG, is_used, 0, )                                                                      \
    F(TEXT, to, MAX_EMAIL, ) /* where the mail went */                                         \
    F(LIST, layers, MAX_LAYERS, layer)
SHAPE_STRUCT(setup_mail_ask, SETUP_MAIL_ASK_FIELDS)
SHAPE_STRUCT(setup_mail_answer, SETUP_MAIL_ANSWER_FIELDS)

/* Be done, saying where the data stands. ERR_NOT_FOUND as above. */
#define SETUP_END_ASK_FIELDS(F)                                                                \
    F(SECRET, session, MAX_TOKEN, )                                                            \
    F(TEXT, location, MAX_LOCATION, ) /* for /trust; empty: not stated */
SHAPE_STRUCT(setup_end_ask, SETUP_END_ASK_FIELDS)
SHAPE_STRUCT(setup_end_answer, NO_FIELDS)

#endif
