/* SPDX-License-Identifier: ISC
 *
 * The values that all programs share, each declared once (see shape.h for the columns).
 */
#ifndef WIRE_TYPES_H
#define WIRE_TYPES_H

#include "base/limits.h"
#include "wire/shape.h"

/* What a calendar says of an interval. The order is the order of weight: of two that overlap, the later
 * one counts (EWS LegacyFreeBusyType, MS-OXWSCDATA 2.2.3.19). */
enum busy_status {
    BUSY_FREE,
    BUSY_ELSEWHERE, /* working elsewhere */
    BUSY_TENTATIVE,
    BUSY_BUSY,
    BUSY_OOF,     /* out of office */
    BUSY_NO_DATA, /* the server does not know: always blocks */
    BUSY_STATUS_COUNT
};

/* What a connection speaks. The numbers stand in databases. */
enum calendar_kind {
    CALENDAR_EWS,
    CALENDAR_GRAPH, /* Microsoft 365 */
    CALENDAR_GOOGLE,
    CALENDAR_CALDAV,    /* iCloud, Nextcloud, Radicale and the like */
    CALENDAR_ICS,       /* a feed: busy only */
    CALENDAR_CONNECTOR, /* a program on the host's own desk */
    CALENDAR_KIND_COUNT
};

/* How a connection signs in: exactly one, never a weaker one because a server asks. The numbers stand in databases. */
enum auth_method {
    AUTH_NTLM,
    AUTH_BASIC,
    AUTH_NEGOTIATE, /* Kerberos: a ticket by password or keytab */
    AUTH_BEARER,    /* OAuth 2: a token from token_server by the client's secret */
    AUTH_OAUTH, /* OAuth 2: what its owner has granted. To a courier the password is an access token, in the store
                       the refresh token that the vault gets one by */
    AUTH_ASSERTION, /* OAuth 2: a token from token_server by what the client's key signs (RFC 7523); keytab is the key */
    AUTH_NONE,      /* nothing is sent: the address is the secret */
    AUTH_METHOD_COUNT
};

/* How the outbound proxy wants us to sign in. */
enum proxy_method { PROXY_ANONYMOUS, PROXY_BASIC, PROXY_DIGEST, PROXY_METHOD_COUNT };

/* What pages and mails are written in; English is the source (lang/message.h). Arabic is for what customers read. */
enum language {
    LANGUAGE_EN,
    LANGUAGE_DE,
    LANGUAGE_FR,
    LANGUAGE_IT,
    LANGUAGE_AR,
    LANGUAGE_COUNT
};

/* What a logo may be. */
enum image_kind { IMAGE_PNG, IMAGE_WEBP, IMAGE_KIND_COUNT };

/* What a mail is about. The first ones go to the customer. */
enum mail_kind {
    MAIL_CONFIRMED,
    MAIL_MOVED,
    MAIL_CANCELLED,
    MAIL_REMINDER,
    MAIL_HOST_BOOKED,
    MAIL_HOST_MOVED,
    MAIL_HOST_CANCELLED,
    MAIL_HOST_ATTENTION, /* something to do by hand */
    MAIL_HOST_PAUSED,    /* a connection, not a booking */
    MAIL_TEST,
    MAIL_HOST_FAILING, /* a connection, as below */
    MAIL_HOST_WORKS,   /* again, after that */
    MAIL_REQUESTED,    /* to the customer, as the next three */
    MAIL_DECLINED,
    MAIL_LAPSED,
    MAIL_WITHDRAWN,
    MAIL_HOST_REQUESTED,
    MAIL_HOST_LAPSED,
    MAIL_HOST_WITHDRAWN,
    MAIL_CONFIRM,  /* to the customer: was it them? */
    MAIL_NOT_MADE, /* likewise: what was being checked did not come about */
    MAIL_HOST_NOT_MADE,
    MAIL_NOT_MOVED, /* to the customer: a new time that was being checked did not come about */
    MAIL_HOST_NOT_MOVED,
    MAIL_KIND_COUNT
};

static inline bool mail_is_for_customer(enum mail_kind kind)
{
    switch (kind) {
    case MAIL_CONFIRMED:
    case MAIL_MOVED:
    case MAIL_CANCELLED:
    case MAIL_REMINDER:
    case MAIL_CONFIRM:
    case MAIL_REQUESTED:
    case MAIL_DECLINED:
    case MAIL_LAPSED:
    case MAIL_WITHDRAWN:
    case MAIL_NOT_MADE:
    case MAIL_NOT_MOVED:
        return true;
    default:
        return false;
    }
}

/* About a connection, not a booking? */
static inline bool mail_is_of_connection(enum mail_kind kind)
{
    return kind == MAIL_HOST_PAUSED || kind == MAIL_HOST_FAILING || kind == MAIL_HOST_WORKS;
}

/* Why nothing comes of asking a calendar. */
enum outage {
    OUTAGE_NONE,
    OUTAGE_SIGN_IN,     /* refused: enum connection_state says how often */
    OUTAGE_UNREACHABLE, /* no address, or nobody answers there */
    OUTAGE_CERTIFICATE,
    OUTAGE_SILENT, /* no answer in time */
    OUTAGE_THROTTLED,
    OUTAGE_MAILBOX, /* this mailbox alone: not there, not allowed, no data */
    OUTAGE_BROKEN,  /* an answer that is of no use */
    OUTAGE_MOVED,   /* the mailbox lives in Microsoft 365 now */
    OUTAGE_GRANT,   /* what its owner has granted at the provider has ended */
    OUTAGE_COUNT
};

enum mail_security {
    MAIL_TLS,
    MAIL_STARTTLS,
    MAIL_SECURITY_COUNT
}; /* there is no mail without */

enum outbox_state {
    OUTBOX_WAITING, /* for its time, for another try, or for the courier that has it */
    OUTBOX_REFUSED, /* for good: the host looks at it */
    OUTBOX_STATE_COUNT
};

/* Who gives the customer a calendar entry: never two of them. */
enum invite {
    INVITE_MAIL, /* hourgate's mail, with an .ics */
    INVITE_EXCHANGE, /* Exchange, which knows the customer as an attendee; hourgate's mail has no .ics */
    INVITE_NONE,
    INVITE_COUNT
};

/* How the event shows in the host's calendar. */
enum show_as { SHOW_BUSY, SHOW_TENTATIVE, SHOW_OOF, SHOW_FREE, SHOW_AS_COUNT };

enum account_kind { ACCOUNT_CORPORATE, ACCOUNT_PERSONAL, ACCOUNT_KIND_COUNT };

/* What a user may do in the account, in the order of weight: each may what the one before may. The numbers
 * stand in databases. */
enum user_role {
    USER_MEMBER,        /* what is their own: calendar, pages, bookings */
    USER_ADMINISTRATOR, /* everything in the account but roles */
    USER_OWNER,         /* everything; an account always has one */
    USER_ROLE_COUNT
};

enum connection_state {
    CONNECTION_OK,
    CONNECTION_REFUSED_ONCE, /* sign-in refused; tried again once, 15 minutes later */
    CONNECTION_PAUSED,       /* refused twice: nothing is sent until the password is replaced */
    CONNECTION_STATE_COUNT
};

enum booking_state {
    BOOKING_HELD,      /* a slot is taken while the calendar is asked; ends by itself */
    BOOKING_UNCERTAIN, /* the calendar write may or may not have happened; settled by find */
    BOOKING_CONFIRMED, /* stands in the calendar (or the page does not synchronise) */
    BOOKING_CANCELLED,
    BOOKING_REQUESTED,  /* its time is taken; its host says yes or no, or it ends by itself */
    BOOKING_UNVERIFIED, /* its time is taken until its customer has confirmed by mail */
    BOOKING_STATE_COUNT
};

/* How a booking came to its end. The numbers stand in the database. */
enum ended {
    ENDED_NOT, /* or before this was written down */
    ENDED_BY_CUSTOMER,
    ENDED_BY_HOST,
    ENDED_DECLINED, /* a request; its host said no */
    ENDED_LAPSED,   /* a request; its host said nothing */
    ENDED_NOT_MADE, /* it was being checked; the calendar has not taken it */
    ENDED_COUNT
};

/* Are customers who cancel asked why? The numbers stand in the database. */
enum ask_reason { ASK_REASON_NO, ASK_REASON_OPTIONAL, ASK_REASON_REQUIRED, ASK_REASON_COUNT };

/* What a booking does when its host changes its event in the calendar. The numbers stand in the database. */
enum follow {
    FOLLOW_FOLLOW, /* it moves or is cancelled as well, and its customer is told */
    FOLLOW_ASK,    /* its host is asked; nothing else happens */
    FOLLOW_IGNORE,
    FOLLOW_COUNT
};

/* What becomes of the event of a cancelled booking. The numbers stand in the database. */
enum cancelled {
    CANCELLED_REMOVE,
    CANCELLED_KEEP, /* it says so in its title and is free; not where a room or an invited customer must hear of it */
    CANCELLED_COUNT
};

/* What a host has to do by hand, because hourgate cannot (the event stands in a calendar that was disconnected)
 * or may not. The numbers stand in the database. */
enum attention_kind {
    ATTENTION_CANCELLED,   /* the booking was cancelled: remove the event */
    ATTENTION_MOVED,       /* the booking was moved: move the event */
    ATTENTION_UNSURE,      /* the event was being written or changed then: look at it */
    ATTENTION_HANDED_OVER, /* the booking's host was removed: enter it into one's own calendar */
    ATTENTION_EVENT_MOVED,  /* in the calendar, and the page says to ask first */
    ATTENTION_EVENT_GONE,   /* from the calendar, likewise */
    ATTENTION_EVENT_UNFIT,  /* in the calendar, to where the booking cannot follow */
    ATTENTION_NOT_APPROVED, /* the approval of a request could not be written: it waits again */
    ATTENTION_KIND_COUNT
};

/* What was erased. */
enum erasure_kind { ERASURE_ACCOUNT, ERASURE_USER, ERASURE_CUSTOMER, ERASURE_KIND_COUNT };

/* What the room has said that an event of ours invited. */
enum room_answer {
    ROOM_NONE, /* none is invited */
    ROOM_OPEN, /* nothing yet */
    ROOM_ACCEPTED,
    ROOM_DECLINED,
    ROOM_ANSWER_COUNT
};

enum layer_state {
    LAYER_OK,
    LAYER_WARN,
    LAYER_REFUSED,
    LAYER_SKIPPED, /* a layer below failed */
    LAYER_STATE_COUNT
};

/* Which of book/slot.h's conditions a start does not meet. */
enum why {
    WHY_PAST,
    WHY_NOTICE,  /* number: minutes; from: the earliest start */
    WHY_HORIZON, /* number: days */
    WHY_HOURS,   /* from, to: the open time that it does not fit into; equal: it is in none.
                    number: 1 where the date has hours of its own */
    WHY_GRID,    /* number: minutes between starts */
    WHY_FULL,    /* number: bookings a day */
    WHY_BUSY,    /* from, to, status: what the calendar says */
    WHY_TAKEN,   /* from, to: of a booking of the host, with its buffers */
    WHY_UNKNOWN, /* the calendar did not answer */
    WHY_COUNT
};

#define SLOT_FIELDS(F)                                                                         \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )
SHAPE_STRUCT(slot, SLOT_FIELDS)

#define BUSY_FIELDS(F)                                                                         \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(CODE, status, BUSY_STATUS_COUNT, busy_status)
SHAPE_STRUCT(busy, BUSY_FIELDS)

/* One thing that stands in the way of a start; what the other fields say is at enum why. Hosts see it, customers
 * never do. */
#define REASON_FIELDS(F)                                                                       \
    F(CODE, why, WHY_COUNT, why)                                                               \
    F(I64, number, 0, )                                                                        \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(CODE, status, BUSY_STATUS_COUNT, busy_status)
SHAPE_STRUCT(reason, REASON_FIELDS)

/* A weekly span in the page's zone; 0 is Monday; minutes since midnight, to_minute at most 1440. */
#define HOURS_FIELDS(F)                                                                        \
    F(I64, weekday, 0, )                                                                       \
    F(I64, from_minute, 0, )                                                                   \
    F(I64, to_minute, 0, )
SHAPE_STRUCT(hours, HOURS_FIELDS)

/* Replaces the weekly hours of one date; several rows of a date add up; from == to: closed that day. */
#define OVERRIDE_FIELDS(F)                                                                     \
    F(I64, day, 0, ) /* days since 1970-01-01, in the page's zone */                           \
    F(I64, from_minute, 0, )                                                                   \
    F(I64, to_minute, 0, )
SHAPE_STRUCT(override, OVERRIDE_FIELDS)

/* The rules of a page. Never sent to the edge. Bounds: book/rule.h, rule_check. */
#define RULE_FIELDS(F)                                                                         \
    F(TEXT, zone, MAX_ZONE, ) /* the hours' zone */                                            \
    F(I64, duration_min, 0, )                                                                  \
    F(I64, increment_min, 0, )     /* starts lie on this grid, from each span's begin */       \
    F(I64, buffer_before_min, 0, ) /* must be free before a booking, may lie outside hours */  \
    F(I64, buffer_after_min, 0, )                                                              \
    F(I64, notice_min, 0, )   /* earliest start from now */                                    \
    F(I64, horizon_days, 0, ) /* last bookable day from today, in the page's zone */           \
    F(I64, max_per_day, 0, )  /* bookings a day in the page's zone; 0 is no limit */           \
    F(I64, blocking, 0, )     /* bit set of enum busy_status; NO_DATA blocks anyway */         \
    F(LIST, hours, MAX_HOURS, hours)                                                           \
    F(LIST, overrides, MAX_OVERRIDES, override)
SHAPE_STRUCT(rule, RULE_FIELDS)

/* How an account's pages look, as far as a page says it: its logo is asked for by its mark (wire/look.h). */
#define PAGE_LOOK_FIELDS(F)                                                                    \
    F(TEXT, accent, MAX_COLOUR, )  /* "1f6f5c"; empty: hourgate's own */                       \
    F(TEXT, logo, MAX_LOGO_MARK, ) /* a name of its content; empty: none */                    \
    F(I64, width, 0, )             /* of the logo, in pixels; 0: none */                       \
    F(I64, height, 0, )
SHAPE_STRUCT(page_look, PAGE_LOOK_FIELDS)

/* What a visitor may know of a page before booking. */
#define PAGE_PUBLIC_FIELDS(F)                                                                  \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(TEXT, account_name, MAX_NAME, )                                                          \
    F(TEXT, imprint, MAX_PATH, ) /* addresses of the account's own pages; empty: none */       \
    F(TEXT, privacy, MAX_PATH, )                                                               \
    F(TEXT, sites, MAX_PATH, ) /* that may frame it; empty: none */                            \
    F(ONE, look, 0, page_look)                                                                 \
    F(TEXT, title, MAX_NAME, )                                                                 \
    F(TEXT, description, MAX_DESCRIPTION, )                                                    \
    F(TEXT, host_name, MAX_NAME, )                                                             \
    F(TEXT, location, MAX_LOCATION, )                                                          \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(I64, duration_min, 0, )                                                                  \
    F(CODE, language, LANGUAGE_COUNT, language) /* for those who do not say theirs */          \
    F(CODE, ask_reason, ASK_REASON_COUNT, ask_reason)                                          \
    F(FLAG, approves, 0, ) /* its host confirms each booking */                                \
    F(FLAG, by_mail, 0, )  /* its customers confirm each booking by mail first */
SHAPE_STRUCT(page_public, PAGE_PUBLIC_FIELDS)

/* What a page asks besides name and address. */
enum question_kind {
    QUESTION_LINE,
    QUESTION_TEXT,    /* several lines */
    QUESTION_CHOICE,  /* one of its choices */
    QUESTION_CONSENT, /* a box to tick */
    QUESTION_KIND_COUNT
};
#define QUESTION_FIELDS(F)                                                                     \
    F(TEXT, label, MAX_QUESTION, ) /* names it: no two of a page are equal */                  \
    F(CODE, kind, QUESTION_KIND_COUNT, question_kind)                                          \
    F(FLAG, required, 0, )                                                                     \
    F(TEXT, choices, MAX_CHOICES, ) /* one a line; empty but for QUESTION_CHOICE */
SHAPE_STRUCT(question, QUESTION_FIELDS)

/* The questions alone, as one value of the database. */
#define QUESTION_LIST_FIELDS(F) F(LIST, questions, MAX_QUESTIONS, question)
SHAPE_STRUCT(question_list, QUESTION_LIST_FIELDS)

#define ANSWER_FIELDS(F)                                                                       \
    F(TEXT, question, MAX_QUESTION, )                                                          \
    F(TEXT, answer, MAX_ANSWER, )
SHAPE_STRUCT(answer, ANSWER_FIELDS)

/* The answers alone, as one value of the database. */
#define ANSWER_LIST_FIELDS(F) F(LIST, answers, MAX_ANSWERS, answer)
SHAPE_STRUCT(answer_list, ANSWER_LIST_FIELDS)

/* What a customer says of themselves. */
#define CUSTOMER_FIELDS(F)                                                                     \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, zone, MAX_ZONE, )  /* their own clock, for confirmations */                        \
    F(FLAG, has_language, 0, ) /* they said in which language they read; else the page's */    \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(LIST, answers, MAX_ANSWERS, answer)
SHAPE_STRUCT(customer, CUSTOMER_FIELDS)

/* A booking as its customer may see it. */
#define BOOKING_PUBLIC_FIELDS(F)                                                               \
    F(TEXT, id, MAX_TOKEN, )                                                                   \
    F(CODE, state, BOOKING_STATE_COUNT, booking_state)                                         \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(I64, sequence, 0, )       /* of its calendar entry: grows with every change */           \
    F(FLAG, invited, 0, )       /* the calendar's server gives its customer that entry */      \
    F(INSTANT, open_until, 0, ) /* REQUESTED, UNVERIFIED: then it ends by itself; else 0 */    \
    F(FLAG, at_desk,                                                                           \
      0, ) /* REQUESTED: its host's PC is to enter it, no word of theirs is asked */           \
    F(INSTANT, changes_until, 0, ) /* its customer may move or cancel; 0: until it is over */  \
    F(FLAG, no_show, 0, )          /* the host said so, and hosts alone are told */            \
    F(TEXT, series, MAX_TOKEN, )   /* that it belongs to; empty: none */                       \
    F(CODE, ended, ENDED_COUNT, ended)                                                         \
    F(TEXT, reason, MAX_REASON, ) /* that whoever ended it gave; empty: none */                \
    F(TEXT, meeting, MAX_LINK, )  /* its online meeting, https; empty: none */                 \
    F(ONE, customer, 0, customer)                                                              \
    F(ONE, page, 0, page_public)
SHAPE_STRUCT(booking_public, BOOKING_PUBLIC_FIELDS)

/* An event that hourgate writes. uid is ours and goes into a named property that can be searched. */
#define EVENT_FIELDS(F)                                                                        \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(TEXT, zone, MAX_ZONE, ) /* the host's, IANA; the event shows in it */                    \
    F(TEXT, title, MAX_TITLE, )                                                                \
    F(TEXT, body, MAX_DESCRIPTION, )                                                           \
    F(TEXT, location, MAX_LOCATION, )                                                          \
    F(TEXT, room, MAX_EMAIL, ) /* invited as a resource; empty: none */                        \
    F(FLAG, is_private, 0, )                                                                   \
    F(I64, reminder_min, 0, ) /* before the start; 0: as the calendar does, -1: none */        \
    F(CODE, show_as, SHOW_AS_COUNT, show_as)                                                   \
    F(TEXT, invitee_name, MAX_NAME, )   /* whom the server invites and tells of changes */     \
    F(TEXT, invitee_email, MAX_EMAIL, ) /* empty: nobody */                                    \
    F(FLAG, online_meeting, 0, )        /* the server is asked for one with a new event */
SHAPE_STRUCT(event, EVENT_FIELDS)

/* What the events of a page say: texts with {names} (book/form.h), empty ones for the usual text. */
#define EVENT_FORM_FIELDS(F)                                                                   \
    F(TEXT, title, MAX_TITLE, )                                                                \
    F(TEXT, text, MAX_DESCRIPTION, )                                                           \
    F(TEXT, location, MAX_LOCATION, )                                                          \
    F(FLAG, is_private, 0, )                                                                   \
    F(I64, reminder_min, 0, ) /* as in an event */                                             \
    F(CODE, show_as, SHOW_AS_COUNT, show_as)                                                   \
    F(FLAG, hides_answers, 0, ) /* they never reach the calendar, nor the host's mail */       \
    F(FLAG, hides_email, 0, )   /* the customer's address, likewise */
SHAPE_STRUCT(event_form, EVENT_FORM_FIELDS)

/* What a page's customers may do besides its rule. */
enum {
    POLICY_PER_CUSTOMER_MAX = 1000,
    POLICY_CANCEL_HOURS_MAX = 8760,
    POLICY_APPROVE_HOURS_MAX = 720,
    POLICY_CONFIRM_MIN_MAX = 1440,
};
#define POLICY_FIELDS(F)                                                                       \
    F(I64, per_customer, 0, ) /* coming bookings of one address on the page; 0 is no limit */  \
    F(I64, cancel_hours,                                                                       \
      0, ) /* before the start they can no longer move or cancel; 0: until the end */          \
    F(CODE, ask_reason, ASK_REASON_COUNT, ask_reason)                                          \
    F(I64, approve_hours, 0, ) /* so long a request waits for its host; 0: none is needed */   \
    F(I64, confirm_min, 0, )   /* so long customers have to confirm by mail; 0: they need not */
SHAPE_STRUCT(policy, POLICY_FIELDS)

/* So long before the start a customer is reminded. */
#define REMINDER_FIELDS(F) F(I64, minutes, 0, )
SHAPE_STRUCT(reminder, REMINDER_FIELDS)
#define REMINDER_LIST_FIELDS(F) F(LIST, reminders, MAX_REMINDERS, reminder)
SHAPE_STRUCT(reminder_list, REMINDER_LIST_FIELDS)

/* A session of a series, in a mail about several. */
#define OUTBOX_SESSION_FIELDS(F)                                                               \
    F(I64, booking, 0, )                                                                       \
    F(I64, sequence, 0, )                                                                      \
    F(ONE, slot, 0, slot)
SHAPE_STRUCT(outbox_session, OUTBOX_SESSION_FIELDS)

/* What a row of the outbox holds besides its kind, as one value of the database. */
#define OUTBOX_CONTENT_FIELDS(F)                                                               \
    F(ONE, slot, 0, slot)   /* where the booking stood when the row was written */             \
    F(ONE, before, 0, slot) /* and before that, of a move */                                   \
    F(CODE, attention, ATTENTION_KIND_COUNT, attention_kind)                                   \
    F(LIST, sessions, MAX_SERIES, outbox_session) /* all that it tells of; none: the booking */
SHAPE_STRUCT(outbox_content, OUTBOX_CONTENT_FIELDS)

/* The operator's mail server. TLS always, the certificate verified. */
#define MAIL_SERVER_FIELDS(F)                                                                  \
    F(CODE, security, MAIL_SECURITY_COUNT, mail_security)                                      \
    F(TEXT, host, MAX_HOST, ) /* empty: no mail is sent */                                     \
    F(I64, port, 0, )                                                                          \
    F(TEXT, user, MAX_USER, ) /* empty: no sign-in */                                          \
    F(SECRET, password, MAX_PASSWORD, )                                                        \
    F(TEXT, from, MAX_EMAIL, ) /* the envelope's sender, and From where an account has none */ \
    F(TEXT, helo, MAX_HOST, )
SHAPE_STRUCT(mail_server, MAIL_SERVER_FIELDS)

/* Where an event of ours stands at the server. */
#define EVENT_REF_FIELDS(F)                                                                    \
    F(TEXT, id, MAX_EXTERNAL_ID, )                                                             \
    F(TEXT, change_key, MAX_EXTERNAL_ID, ) /* of the version last seen; may be empty */        \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(CODE, room, ROOM_ANSWER_COUNT, room_answer)                                              \
    F(TEXT, meeting, MAX_LINK, ) /* the link of its online meeting; empty: none is known */
SHAPE_STRUCT(event_ref, EVENT_REF_FIELDS)

/* SHA-256 of a certificate's public key (RFC 7469 2.4), wanted besides verification, never instead. */
#define PIN_FIELDS(F) F(BYTES, sha256, 32, )
SHAPE_STRUCT(pin, PIN_FIELDS)

/* The pins alone, as one value of the database. */
#define PIN_LIST_FIELDS(F) F(LIST, pins, MAX_PINS, pin)
SHAPE_STRUCT(pin_list, PIN_LIST_FIELDS)

/* Where AUTH_BEARER gets its token (RFC 6749 4.4); the client's secret is the server's password. */
#define TOKEN_SERVER_FIELDS(F)                                                                 \
    F(TEXT, host, MAX_HOST, )                                                                  \
    F(I64, port, 0, )                                                                          \
    F(TEXT, path, MAX_PATH, )                                                                  \
    F(TEXT, client_id, MAX_USER, )                                                             \
    F(TEXT, scope, MAX_PATH, )
SHAPE_STRUCT(token_server, TOKEN_SERVER_FIELDS)

/* The operator's HTTP proxy, through which all calendar servers are called (CONNECT). */
#define PROXY_FIELDS(F)                                                                        \
    F(TEXT, host, MAX_HOST, ) /* empty: there is none */                                       \
    F(I64, port, 0, )                                                                          \
    F(CODE, method, PROXY_METHOD_COUNT, proxy_method)                                          \
    F(TEXT, user, MAX_USER, )                                                                  \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(proxy, PROXY_FIELDS)

/* A calendar server's address and how to sign in. URLs are split by the asker. */
#define SERVER_FIELDS(F)                                                                       \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(TEXT, host, MAX_HOST, )                                                                  \
    F(I64, port, 0, )                                                                          \
    F(TEXT, path, MAX_PATH, )                                                                  \
    F(CODE, method, AUTH_METHOD_COUNT, auth_method)                                            \
    F(TEXT, user, MAX_USER, )                                                                  \
    F(SECRET, password, MAX_CREDENTIAL, )                                                      \
    F(TEXT, impersonate, MAX_EMAIL, ) /* empty: the user's own mailbox */                      \
    F(TEXT, mailbox, MAX_EMAIL, )     /* whose free/busy is asked */                           \
    F(TEXT, zone, MAX_ZONE, ) /* the host's, for times that say none; not kept with it */      \
    F(SECRET, keytab, MAX_KEYTAB, ) /* AUTH_NEGOTIATE without a password: MIT keytab;        \
                                         AUTH_ASSERTION: the private key, PEM */ \
    F(ONE, token_server, 0, token_server)                                                      \
    F(LIST, pins, MAX_PINS, pin) /* empty: verification alone */
SHAPE_STRUCT(server, SERVER_FIELDS)

/* One line of the doctor. */
#define LAYER_FIELDS(F)                                                                        \
    F(TEXT, name, MAX_WHERE, ) /* dns, tcp, tls, ... */                                        \
    F(CODE, state, LAYER_STATE_COUNT, layer_state)                                             \
    F(TEXT, detail, MAX_WHAT, )                                                                \
    F(TEXT, fix, MAX_FIX, ) /* what to do; empty where nothing is wrong */
SHAPE_STRUCT(layer, LAYER_FIELDS)

/* A message that says nothing: C knows no struct without members, so it has one that stays false. */
#define NO_FIELDS(F) F(FLAG, unused, 0, )

#endif
