/* SPDX-License-Identifier: ISC
 *
 * The words of the audit. Their numbers stand in the database for years and under its chains: a number never
 * changes its meaning, new ones come at the end (doc/crypto.md says what an auditor reads).
 */
#ifndef WIRE_AUDIT_H
#define WIRE_AUDIT_H

#include "base/status.h"
#include "wire/types.h"

/* What happened, and what `subject` is then. */
#define AUDIT_KINDS(K)                                                                         \
    K(0, CHECKPOINT, "checkpoint") /* older rows ended; the last of them */                    \
    K(1, STARTED, "started")       /* a vault; - */                                            \
    K(2, LOST, "events lost") /* nobody waited for them, and there was no room; how many */    \
    K(3, SIGN_IN, "sign-in")  /* at a calendar server; connection */                           \
    K(4, BUSY, "busy")        /* start, end and status were read; connection */                \
    K(5, FIND, "find")        /* one of our events was looked for; connection */               \
    K(6, VIEW, "view")        /* a colleague's free/busy was read; the reader's connection */  \
    K(7, CALENDARS, "calendars") /* the names of calendars were read; connection */            \
    K(8, DETAILS, "details")     /* events as they stand were read; connection */              \
    K(9, CHECK, "check")         /* the doctor looked; connection, 0: not stored yet */        \
    K(10, PROBE, "probe")        /* the doctor wrote an event and removed it; connection */    \
    K(11, CREATE, "write")       /* an event was written; connection */                        \
    K(12, UPDATE, "change")      /* an event was changed; connection */                        \
    K(13, REMOVE, "remove")      /* an event was removed; connection */                        \
    K(14, DISCOVER, "discover")  /* a mailbox's server was looked for; - */                    \
    K(15, STOPPED, "stopped")    /* a vault, in good order; - */                               \
    K(20, ACCOUNT_ADDED, "account added")       /* account */                                  \
    K(21, ACCOUNT_CHANGED, "account changed")   /* account */                                  \
    K(22, ACCOUNT_ERASED, "account erased")     /* account */                                  \
    K(23, USER_ADDED, "user added")             /* user */                                     \
    K(24, USER_CHANGED, "user changed")         /* user */                                     \
    K(25, USER_REMOVED, "user removed")         /* user */                                     \
    K(26, CONNECTION_ADDED, "connection added") /* connection, here and below */               \
    K(27, CONNECTION_MOVED, "connection moved")                                                \
    K(28, CONNECTION_PASSWORD, "password replaced")                                            \
    K(29, CONNECTION_CALENDARS, "calendars chosen")                                            \
    K(30, CONNECTION_OK, "signed in again")                                                    \
    K(31, CONNECTION_REFUSED, "refused once")                                                  \
    K(32, CONNECTION_PAUSED, "paused")                                                         \
    K(33, CONNECTION_REMOVED, "connection removed")                                            \
    K(34, PAGE_PUT, "page put")               /* page */                                       \
    K(35, PAGE_REMOVED, "page removed")       /* page */                                       \
    K(40, BOOKING_MADE, "booking made")       /* booking, here and below */                    \
    K(41, BOOKING_DROPPED, "booking dropped") /* its write did not happen */                   \
    K(42, BOOKING_MOVE_ASKED, "move asked")                                                    \
    K(43, BOOKING_MOVED, "booking moved")                                                      \
    K(44, BOOKING_MOVE_DROPPED, "move dropped")                                                \
    K(45, BOOKING_CANCEL_ASKED, "cancellation asked")                                          \
    K(46, BOOKING_CANCELLED, "booking cancelled")                                              \
    K(47, BOOKING_CANCEL_DROPPED, "cancellation dropped")                                      \
    K(48, BOOKING_ANONYMISED, "booking anonymised")                                            \
    K(49, CUSTOMER_EXPORTED, "customer exported")       /* how many bookings */                \
    K(50, CUSTOMER_ERASED, "customer erased")           /* how many bookings */                \
    K(51, KEY_ROTATED, "key rotated")                   /* account */                          \
    K(52, KEY_REWRAPPED, "keys rewrapped")              /* - */                                \
    K(53, SEALING_CHANGED, "sealing changed")           /* account */                          \
    K(54, TOKEN_MADE, "token made")                     /* token */                            \
    K(55, TOKEN_REVOKED, "token revoked")               /* token */                            \
    K(56, PERSON_SIGN_IN, "person signed in")           /* user or token */                    \
    K(57, SESSION_ENDED, "session ended")               /* user */                             \
    K(58, PASSWORD_SET, "password set")                 /* user */                             \
    K(59, INVITED, "invited")                           /* user */                             \
    K(60, BOOKING_NO_SHOW, "no-show")                   /* booking */                          \
    K(61, BOOKING_NO_SHOW_UNDONE, "no-show taken back") /* booking */                          \
    K(62, PROVED_AGAIN, "password asked again")         /* user */                             \
    K(63, EVENT_RESTORED, "event restored")             /* booking */                          \
    K(64, WATCH,                                                                               \
      "watch") /* which events changed was asked, or to be told of it; connection */           \
    K(65, FACTOR_ON, "second factor on") /* user, here and below */                            \
    K(66, FACTOR_OFF, "second factor off")                                                     \
    K(67, RECOVERY_MADE, "recovery codes made")                                                \
    K(68, RECOVERY_USED, "recovery code used")                                                 \
    K(69, SETUP_LINK, "link to set up")   /* - */                                              \
    K(70, SETUP_DONE, "set up")           /* user */                                           \
    K(71, MAIL_SERVER, "mail server set") /* - */                                              \
    K(72, USER_DISABLED, "user disabled") /* user, here and below */                           \
    K(73, USER_ENABLED, "user enabled")                                                        \
    K(74, HANDED_OVER, "handed over")                                                          \
    K(75, BOOKING_REQUESTED, "booking requested") /* booking, here and below */                \
    K(76, BOOKING_DECLINED, "request declined")                                                \
    K(77, BOOKING_LAPSED, "request lapsed") /* or nobody confirmed it by mail */               \
    K(78, BOOKING_WITHDRAWN, "request withdrawn")                                              \
    K(79, BOOKING_UNVERIFIED, "confirmation by mail asked")                                    \
    K(80, REGISTRATION_PUT, "registration put") /* registration, here and below */             \
    K(81, REGISTRATION_REMOVED, "registration removed")                                        \
    K(82, SSO_PUT, "single sign-on set") /* account, here and below */                         \
    K(83, SSO_REMOVED, "single sign-on removed")                                               \
    K(84, IDENTITY_LINKED, "linked to a provider") /* user */
#define AUDIT_KIND_NUMBER(number, name, words) AUDIT_##name = number,
enum audit_kind { AUDIT_KINDS(AUDIT_KIND_NUMBER) AUDIT_KIND_COUNT };

/* Who made it happen. */
#define AUDIT_ACTORS(A)                                                                        \
    A(0, SYSTEM, "hourgate")   /* by itself */                                                 \
    A(1, COMMAND, "command")   /* at the command line */                                       \
    A(2, VISITOR, "visitor")   /* who looks at a page */                                       \
    A(3, CUSTOMER, "customer") /* who books, or holds a booking's private link */              \
    A(4, HOST, "host")         /* a user who signed in */                                      \
    A(5, TOKEN, "token")       /* a program that a user let in */
#define AUDIT_ACTOR_NUMBER(number, name, words) AUDIT_BY_##name = number,
enum audit_actor { AUDIT_ACTORS(AUDIT_ACTOR_NUMBER) AUDIT_ACTOR_COUNT };

/* How it went. */
#define AUDIT_RESULTS(R)                                                                       \
    R(0, OK, "ok")                                                                             \
    R(1, REFUSED, "sign-in refused")                                                           \
    R(2, DENIED, "denied")                                                                     \
    R(3, NOT_FOUND, "not found")                                                               \
    R(4, CONFLICT, "conflict")                                                                 \
    R(5, THROTTLED, "throttled")                                                               \
    R(6, TIMEOUT, "no answer in time")                                                         \
    R(7, UNREACHABLE, "unreachable")                                                           \
    R(8, UNTRUSTED, "certificate refused")                                                     \
    R(9, FAILED, "failed")                                                                     \
    R(10, NO_DATA, "the server does not know")                                                 \
    R(11, UNCERTAIN, "uncertain")                                                              \
    R(12, UNSENT, "nothing was sent")
#define AUDIT_RESULT_NUMBER(number, name, words) AUDIT_WENT_##name = number,
enum audit_result { AUDIT_RESULTS(AUDIT_RESULT_NUMBER) AUDIT_RESULT_COUNT };

/* Name a number in a word or two; "?" for one that this program does not know. */
const char *audit_kind_name(enum audit_kind kind);
const char *audit_actor_name(enum audit_actor actor);
const char *audit_result_name(enum audit_result result);

enum audit_result audit_result_of(enum status status);

/* What is sealed of a row, as one value of the database. Nothing of an event, ever. */
#define AUDIT_DETAILS_FIELDS(F)                                                                \
    F(TEXT, mailbox, MAX_EMAIL, ) /* whose calendar; empty: none */                            \
    F(TEXT, actor, MAX_EMAIL, )   /* the actor's name; empty: none */                          \
    F(TEXT, what, MAX_EMAIL, )    /* what else tells it apart: a page's name, a sign-in name */
SHAPE_STRUCT(audit_details, AUDIT_DETAILS_FIELDS)

#endif
