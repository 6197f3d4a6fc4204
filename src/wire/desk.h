/* SPDX-License-Identifier: ISC
 *
 * The connector's protocol: what the program on somebody's desk says to the server that it was paired with, and
 * hears from it. It is always the program that asks:
 *
 *     POST {base_url}/desk/v1/NAME
 *     Authorization: Hourgate ID.TOKEN         ID: the connection's number; TOKEN: 256 random bits, base64url
 *     Content-Type: application/octet-stream   struct desk_NAME in the wire encoding (wire/codec.h)
 *
 *     200   struct desk_NAME_answer in the wire encoding; with every other status there is no body
 *     401   id or token are not known                403   the connection was removed: stop for good
 *     409   the server does not hold what is assumed (its mode was changed, its journal begins anew):
 *           say hello, then act by its answer        400, 413   not a message of this version
 *     429   Retry-After seconds: too many wrong tokens, or too many requests
 *     503   Retry-After seconds
 *
 * What the program sends in Auto-sync are start, end and status, keyed by random numbers of its own; in Real-time sync
 * the same for the one span that was asked for. Titles, places, people, and Outlook's ids never leave the PC.
 *
 *     hello      at each start, after 409, and now and then; says what is to be done
 *     push       Auto-sync: what changed since the last one; renews the lease although nothing did
 *     question   Real-time: fetch what an XMPP message named, or wait for one where XMPP is blocked
 *     answer     Real-time: the answer to it
 *     pull, done orders to write, change and remove events of ours, and what became of each; in both modes
 *     ticket     the next short-lived password for XMPP
 *     leave      the program goes: intervals are erased; the pairing stays
 *
 * XMPP (server, address and ticket as said by hello) carries no calendar data. A message from the component holds
 * one decimal number as its body: of a question to fetch, or 0: pull orders, and say hello where that gives 409.
 */
#ifndef WIRE_DESK_H
#define WIRE_DESK_H

#include "wire/types.h"

/* The numbers stand in databases and go out to programs of other versions. */
enum desk_mode { DESK_AUTO, DESK_REALTIME, DESK_MODE_COUNT };
enum desk_order_kind { DESK_CREATE, DESK_UPDATE, DESK_REMOVE, DESK_ORDER_KIND_COUNT };
enum desk_outcome {
    DESK_WRITTEN, /* it is as ordered; also a removal of what was gone already */
    DESK_BUSY,    /* re-checked, and not free: nothing was written */
    DESK_GONE,    /* UPDATE: the event is not there any more */
    DESK_FAILED,  /* the calendar refused, and would again: nothing was written */
    DESK_OUTCOME_COUNT
};

enum {
    DESK_TOKEN_BYTES = 32,
    DESK_TOKEN_TEXT = 43,    /* the same as base64url */
    DESK_PROGRAM_MAX = 64,   /* texts that name the program */
    DESK_CALENDARS_MAX = 32, /* that a program tells of */
    DESK_PUSH_MAX = 1800,    /* intervals in one push; more go in several, with `more` */
    DESK_ANSWER_MAX = 3000,  /* intervals that answer one question; more: is_known is false */
    DESK_ORDERS_MAX = 16,    /* in one answer to pull; ask again where `more` */
    DESK_ID_MAX = 64,        /* the program's own id of an event: 16 random bytes in hex */
    DESK_TICKET_MAX = 128,
    DESK_JID_MAX = 320,
    DESK_WAIT_MAX_S = 25, /* a question is waited for */
};

/* A calendar on the PC. number: given by the program, for good; 0 is none. */
#define DESK_CALENDAR_FIELDS(F)                                                                \
    F(I64, number, 0, )                                                                        \
    F(TEXT, name, MAX_NAME, ) /* as its owner sees it there; shown to them alone, sealed */    \
    F(FLAG, is_read, 0, )     /* chosen on the PC: it makes its owner busy */                  \
    F(FLAG, is_booked, 0, )   /* bookings go into it: exactly one */
SHAPE_STRUCT(desk_calendar, DESK_CALENDAR_FIELDS)

#define DESK_HELLO_FIELDS(F)                                                                   \
    F(TEXT, program, DESK_PROGRAM_MAX, ) /* such as hourgate-connector */                      \
    F(TEXT, version, DESK_PROGRAM_MAX, )                                                       \
    F(TEXT, platform, DESK_PROGRAM_MAX, ) /* such as Windows 11, Outlook 16 */                 \
    F(LIST, calendars, DESK_CALENDARS_MAX, desk_calendar)                                      \
    F(FLAG, asks_mode, 0, ) /* the person at the PC switched: take this mode from now on */    \
    F(CODE, mode, DESK_MODE_COUNT, desk_mode)                                                  \
    F(FLAG, xmpp_blocked,                                                                      \
      0, ) /* neither of its ports could be reached lately: shown to the host */
SHAPE_STRUCT(desk_hello, DESK_HELLO_FIELDS)

/* How to be woken. No host: this server has no XMPP; wait with `question` instead. */
#define DESK_XMPP_FIELDS(F)                                                                    \
    F(TEXT, host, MAX_HOST, ) /* to connect to, and the name in its certificate */             \
    F(I64, port, 0, )         /* STARTTLS */                                                   \
    F(I64, port_tls, 0, )     /* direct TLS */                                                 \
    F(TEXT, jid, DESK_JID_MAX, )                                                               \
    F(TEXT, component, DESK_JID_MAX, )   /* the only one whose messages count */               \
    F(SECRET, ticket, DESK_TICKET_MAX, ) /* the JID's password, SASL PLAIN within TLS */       \
    F(INSTANT, ends, 0, )                /* ask for the next ticket before */
SHAPE_STRUCT(desk_xmpp, DESK_XMPP_FIELDS)

#define DESK_HELLO_ANSWER_FIELDS(F)                                                            \
    F(CODE, mode, DESK_MODE_COUNT, desk_mode) /* that counts from now on */                    \
    F(FLAG, may_fall_back,                                                                     \
      0, ) /* Real-time, but its host wants pushes as well, for when it cannot answer */       \
    F(I64, interval_s,                                                                         \
      0, )               /* between two pushes; Real-time: between two pulls without a call */ \
    F(I64, lease_s, 0, ) /* so long after a push what was pushed counts */                     \
    F(I64, days_ahead, 0, ) /* how far from today a push is to reach */                        \
    F(I64, epoch, 0, )      /* names this journal; another one: begin with is_full */          \
    F(I64, sequence, 0, )   /* that the server holds; 0: nothing, begin with is_full */        \
    F(INSTANT, now, 0, )    /* the server's clock */                                           \
    F(ONE, xmpp, 0, desk_xmpp)
SHAPE_STRUCT(desk_hello_answer, DESK_HELLO_ANSWER_FIELDS)

SHAPE_STRUCT(desk_ticket, NO_FIELDS)
#define DESK_TICKET_ANSWER_FIELDS(F) F(ONE, xmpp, 0, desk_xmpp)
SHAPE_STRUCT(desk_ticket_answer, DESK_TICKET_ANSWER_FIELDS)

/* One change of the journal. A key that is there already is replaced. */
#define DESK_INTERVAL_FIELDS(F)                                                                \
    F(I64, key, 0, ) /* 64 random bits of the program's, kept beside the event on the PC */    \
    F(FLAG, is_removed, 0, ) /* then the rest is 0 */                                          \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(CODE, status, BUSY_STATUS_COUNT, busy_status) /* BUSY_FREE ones need not be sent */
SHAPE_STRUCT(desk_interval, DESK_INTERVAL_FIELDS)

/* The journal goes on from base to sequence. The first part of a full sync has base 0 and is_full: whatever the server
 * held is erased before it. What was pushed counts once a part with is_full and without more has come. Events of
 * ours are pushed like all others. */
#define DESK_PUSH_FIELDS(F)                                                                    \
    F(I64, epoch, 0, )                                                                         \
    F(I64, base, 0, )     /* what the server's last answer said; 409 where it holds another */ \
    F(I64, sequence, 0, ) /* greater than base; equal, and no intervals: nothing changed */    \
    F(FLAG, is_full, 0, ) /* on all parts of a full sync */                                    \
    F(FLAG, more, 0, )    /* further parts follow at once */                                   \
    F(INSTANT, from, 0, ) /* what was read whole: outside of it nothing is known */            \
    F(INSTANT, to, 0, )                                                                        \
    F(LIST, intervals, DESK_PUSH_MAX, desk_interval)
SHAPE_STRUCT(desk_push, DESK_PUSH_FIELDS)
#define DESK_PUSH_ANSWER_FIELDS(F)                                                             \
    F(I64, sequence, 0, ) /* that the server now holds */                                      \
    F(INSTANT, lease_until, 0, )                                                               \
    F(FLAG, has_orders, 0, ) /* pull now */
SHAPE_STRUCT(desk_push_answer, DESK_PUSH_ANSWER_FIELDS)

/* Something to be done in the calendar that bookings go into, once. CREATE and UPDATE: read [from, to) afresh first, our
 * own event left out; where an interval's status is in `blocking`, it is DESK_BUSY. An order that was seen before is
 * done again only where its outcome is not known on the PC; never after `until`. The PC keeps uid beside the event, so that
 * an order without an id is found by it. */
#define DESK_ORDER_FIELDS(F)                                                                   \
    F(I64, number, 0, )                                                                        \
    F(CODE, kind, DESK_ORDER_KIND_COUNT, desk_order_kind)                                      \
    F(ONE, event, 0, event)    /* REMOVE: only uid, start and end count; it invites nobody */  \
    F(TEXT, id, DESK_ID_MAX, ) /* that the program gave it; empty: look for event.uid */       \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(I64, blocking, 0, ) /* bit set of enum busy_status; NO_DATA blocks anyway */             \
    F(INSTANT, until, 0, )
SHAPE_STRUCT(desk_order, DESK_ORDER_FIELDS)

SHAPE_STRUCT(desk_pull, NO_FIELDS)
#define DESK_PULL_ANSWER_FIELDS(F)                                                             \
    F(LIST, orders, DESK_ORDERS_MAX, desk_order)                                               \
    F(FLAG, more, 0, )
SHAPE_STRUCT(desk_pull_answer, DESK_PULL_ANSWER_FIELDS)

/* What became of an order. Said again it changes nothing; of one that is not known any more likewise. */
#define DESK_DONE_FIELDS(F)                                                                    \
    F(I64, number, 0, )                                                                        \
    F(CODE, outcome, DESK_OUTCOME_COUNT, desk_outcome)                                         \
    F(TEXT, id, DESK_ID_MAX, ) /* of the event, where WRITTEN */
SHAPE_STRUCT(desk_done, DESK_DONE_FIELDS)
SHAPE_STRUCT(desk_done_answer, NO_FIELDS)

/* number 0: whichever waits. Where none does: wait for one so long. */
#define DESK_QUESTION_FIELDS(F)                                                                \
    F(I64, number, 0, )                                                                        \
    F(I64, wait_s, 0, ) /* at most DESK_WAIT_MAX_S */
SHAPE_STRUCT(desk_question, DESK_QUESTION_FIELDS)
#define DESK_QUESTION_ANSWER_FIELDS(F)                                                         \
    F(I64, number, 0, )   /* 0: none waits (any more) */                                       \
    F(INSTANT, from, 0, ) /* when are the chosen calendars busy in [from, to)? */              \
    F(INSTANT, to, 0, )                                                                        \
    F(I64, within_ms, 0, )   /* an answer later than this is of no use */                      \
    F(FLAG, has_orders, 0, ) /* pull now */
SHAPE_STRUCT(desk_question_answer, DESK_QUESTION_ANSWER_FIELDS)

#define DESK_ANSWER_FIELDS(F)                                                                  \
    F(I64, number, 0, )                                                                        \
    F(FLAG, is_known, 0, ) /* false: Outlook could not be asked, or said too much */           \
    F(LIST, busy, DESK_ANSWER_MAX, busy)
SHAPE_STRUCT(desk_answer, DESK_ANSWER_FIELDS)
SHAPE_STRUCT(desk_answer_answer, NO_FIELDS)

SHAPE_STRUCT(desk_leave, NO_FIELDS)
SHAPE_STRUCT(desk_leave_answer, NO_FIELDS)

/* ---- what the edge makes of it for the vault: who says it, and what ---- */

#define DESK_BEARER_FIELDS(F)                                                                  \
    F(I64, connection, 0, )                                                                    \
    F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(desk_bearer, DESK_BEARER_FIELDS)

#define DESK_HELLO_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_hello)
SHAPE_STRUCT(desk_hello_ask, DESK_HELLO_ASK_FIELDS)
#define DESK_TICKET_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_ticket)
SHAPE_STRUCT(desk_ticket_ask, DESK_TICKET_ASK_FIELDS)
#define DESK_PUSH_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_push)
SHAPE_STRUCT(desk_push_ask, DESK_PUSH_ASK_FIELDS)
#define DESK_PULL_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_pull)
SHAPE_STRUCT(desk_pull_ask, DESK_PULL_ASK_FIELDS)
#define DESK_DONE_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_done)
SHAPE_STRUCT(desk_done_ask, DESK_DONE_ASK_FIELDS)
#define DESK_QUESTION_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_question)
SHAPE_STRUCT(desk_question_ask, DESK_QUESTION_ASK_FIELDS)
#define DESK_ANSWER_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_answer)
SHAPE_STRUCT(desk_answer_ask, DESK_ANSWER_ASK_FIELDS)
#define DESK_LEAVE_ASK_FIELDS(F) F(ONE, who, 0, desk_bearer) F(ONE, said, 0, desk_leave)
SHAPE_STRUCT(desk_leave_ask, DESK_LEAVE_ASK_FIELDS)

#endif
