/* SPDX-License-Identifier: ISC
 *
 * Waking connectors by XMPP: what the vault asks of the courier's child that holds the component's link. No calendar
 * data: addresses, passwords that live for hours, and numbers.
 */
#ifndef WIRE_XMPP_H
#define WIRE_XMPP_H

#include "wire/desk.h"

/* The operator's XMPP server. Connectors reach it at host by TLS; we reach it on this machine, as a component (XEP-0114),
 * which has no TLS of its own. */
#define XMPP_SERVER_FIELDS(F)                                                                  \
    F(TEXT, host, MAX_HOST, ) /* also the domain of all addresses; empty: there is none */     \
    F(I64, port, 0, )         /* STARTTLS */                                                   \
    F(I64, port_tls, 0, )                                                                      \
    F(TEXT, component, MAX_HOST, ) /* our own address */                                       \
    F(I64, link_port, 0, )         /* on 127.0.0.1 */                                          \
    F(SECRET, secret, MAX_PASSWORD, )
SHAPE_STRUCT(xmpp_server, XMPP_SERVER_FIELDS)

enum { XMPP_USER_MAX = 64 };

#define XMPP_OPEN_ASK_FIELDS(F) F(ONE, server, 0, xmpp_server)
SHAPE_STRUCT(xmpp_open_ask, XMPP_OPEN_ASK_FIELDS)
SHAPE_STRUCT(xmpp_open_answer, NO_FIELDS)

/* Tell a connector a number. OK: the server has it; nobody knows more. */
#define XMPP_TELL_ASK_FIELDS(F)                                                                \
    F(TEXT, user, XMPP_USER_MAX, )                                                             \
    F(I64, number, 0, )
SHAPE_STRUCT(xmpp_tell_ask, XMPP_TELL_ASK_FIELDS)
SHAPE_STRUCT(xmpp_tell_answer, NO_FIELDS)

/* Give an account this password; it is made where it is not there (XEP-0133). */
#define XMPP_ACCOUNT_ASK_FIELDS(F)                                                             \
    F(TEXT, user, XMPP_USER_MAX, )                                                             \
    F(SECRET, ticket, DESK_TICKET_MAX, )
SHAPE_STRUCT(xmpp_account_ask, XMPP_ACCOUNT_ASK_FIELDS)
SHAPE_STRUCT(xmpp_account_answer, NO_FIELDS)

/* Delete an account, which ends its live session. OK also where there is none. */
#define XMPP_FORGET_ASK_FIELDS(F) F(TEXT, user, XMPP_USER_MAX, )
SHAPE_STRUCT(xmpp_forget_ask, XMPP_FORGET_ASK_FIELDS)
SHAPE_STRUCT(xmpp_forget_answer, NO_FIELDS)

#endif
