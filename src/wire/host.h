/* SPDX-License-Identifier: ISC
 *
 * Connections, pages and bookings: what commands ask of the vault, and people through `as` (grant.h).
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_HOST_H
#define WIRE_HOST_H

#include "wire/account.h"
#include "wire/audit.h"
#include "wire/courier.h"
#include "wire/visitor.h"

/* Connect a user's calendar. Unless unchecked, the doctor must find every layer in order first;
 * otherwise nothing is stored and the layers say why. Without an email it is a service account: no user's
 * own, but what others go through. */
#define CONNECTION_ADD_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the user; empty: a service account */                       \
    F(ONE, server, 0, server)                                                                  \
    F(I64, through, 0, ) /* the service account that signs in; server.mailbox alone counts */  \
    F(FLAG, free_busy_only, 0, ) /* nothing but availability is read, and nothing written */   \
    F(FLAG, unchecked, 0, )
SHAPE_STRUCT(connection_add_ask, CONNECTION_ADD_ASK_FIELDS)
#define CONNECTION_ADD_ANSWER_FIELDS(F)                                                        \
    F(I64, id, 0, )                                                                            \
    F(LIST, layers, MAX_LAYERS, layer)
SHAPE_STRUCT(connection_add_answer, CONNECTION_ADD_ANSWER_FIELDS)

#define CONNECTION_LIST_ASK_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(I64, after, 0, )
SHAPE_STRUCT(connection_list_ask, CONNECTION_LIST_ASK_FIELDS)
#define CONNECTION_ROW_FIELDS(F)                                                               \
    F(I64, id, 0, )                                                                            \
    F(TEXT, email, MAX_EMAIL, ) /* empty: a service account */                                 \
    F(I64, through, 0, )        /* the service account that signs in; 0: itself */             \
    F(TEXT, mailbox, MAX_EMAIL, )                                                              \
    F(FLAG, free_busy_only, 0, )                                                               \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(TEXT, host, MAX_HOST, )                                                                  \
    F(CODE, method, AUTH_METHOD_COUNT, auth_method)                                            \
    F(TEXT, user, MAX_USER, ) /* the name that signs in */                                     \
    F(CODE, state, CONNECTION_STATE_COUNT, connection_state)                                   \
    F(TEXT, problem, MAX_WHAT, )          /* the last failure; empty after a success */        \
    F(CODE, outage, OUTAGE_COUNT, outage) /* its own, or its service account's */              \
    F(INSTANT, failing_at, 0, )           /* since when nothing comes of it; 0: it works */    \
    F(INSTANT, checked_at, 0, )           /* when the doctor last looked; 0: never */          \
    F(LIST, findings, MAX_LAYERS,                                                              \
      layer) /* what it found then: the layers that were not in order */
SHAPE_STRUCT(connection_row, CONNECTION_ROW_FIELDS)
#define CONNECTION_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, connection_row)
SHAPE_STRUCT(connection_list_answer, CONNECTION_LIST_ANSWER_FIELDS)

#define CONNECTION_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )

/* Run the doctor on a stored connection; a success ends a pause. */
#define CONNECTION_CHECK_ASK_FIELDS(F)                                                         \
    CONNECTION_ASK_FIELDS(F)                                                                   \
    F(FLAG, probe, 0, )        /* also write, read and delete an event */                      \
    F(TEXT, room, MAX_EMAIL, ) /* look at this room too */
SHAPE_STRUCT(connection_check_ask, CONNECTION_CHECK_ASK_FIELDS)
SHAPE_STRUCT(connection_check_answer, CHECK_ANSWER_FIELDS)

/* Replace the password: ends a pause, keeps all bindings. */
#define CONNECTION_PASSWORD_ASK_FIELDS(F)                                                      \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )                                                                            \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(connection_password_ask, CONNECTION_PASSWORD_ASK_FIELDS)
SHAPE_STRUCT(connection_password_answer, NO_FIELDS)

/* Erase a connection with its credential and all external ids that came through it. The events of its
 * bookings stay in the calendar as plain ones. */
#define CONNECTION_REMOVE_ASK_FIELDS(F)                                                        \
    CONNECTION_ASK_FIELDS(F)                                                                   \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(connection_remove_ask, CONNECTION_REMOVE_ASK_FIELDS)
#define CONNECTION_REMOVE_ANSWER_FIELDS(F)                                                     \
    F(I64, unbound_bookings, 0, ) /* whose external ids are erased */                          \
    F(I64, coming, 0, )           /* of them confirmed and still to come */                    \
    F(I64, in_flight, 0, )        /* of them being written, moved or cancelled just now */     \
    F(I64, pages, 0, ) /* of its user: without another one all their hours are offered */
SHAPE_STRUCT(connection_remove_answer, CONNECTION_REMOVE_ANSWER_FIELDS)

/* Give a connection another address and sign-in. Its bookings stay bound: their events are found by uid. */
#define CONNECTION_MOVE_ASK_FIELDS(F)                                                          \
    CONNECTION_ASK_FIELDS(F)                                                                   \
    F(ONE, server, 0, server)                                                                  \
    F(FLAG, unchecked, 0, )
SHAPE_STRUCT(connection_move_ask, CONNECTION_MOVE_ASK_FIELDS)
SHAPE_STRUCT(connection_move_answer, CHECK_ANSWER_FIELDS)

/* List what a connection sees, and what is done with it; first change that, where `changes`. */
#define CONNECTION_CALENDARS_ASK_FIELDS(F)                                                     \
    CONNECTION_ASK_FIELDS(F)                                                                   \
    F(FLAG, changes, 0, )                                                                      \
    F(LIST, busy, MAX_CALENDARS, source) /* all busy sources; none: leave them */              \
    F(TEXT, book, MAX_EXTERNAL_ID, )     /* where bookings go; empty: leave it */
SHAPE_STRUCT(connection_calendars_ask, CONNECTION_CALENDARS_ASK_FIELDS)
#define CALENDAR_USE_FIELDS(F)                                                                 \
    F(ONE, calendar, 0, calendar_row)                                                          \
    F(FLAG, is_busy, 0, )                                                                      \
    F(FLAG, is_book, 0, )
SHAPE_STRUCT(calendar_use, CALENDAR_USE_FIELDS)
#define CONNECTION_CALENDARS_ANSWER_FIELDS(F)                                                  \
    F(LIST, uses, MAX_CALENDARS, calendar_use)                                                 \
    F(I64, lost, 0, ) /* chosen ones that it does not see any more: no slots until changed */  \
    F(FLAG, free_busy_only, 0, )
SHAPE_STRUCT(connection_calendars_answer, CONNECTION_CALENDARS_ANSWER_FIELDS)

/* Find a mailbox's server by Autodiscover; server has no host. As discover, whose answer it is. */
#define CONNECTION_DISCOVER_ASK_FIELDS(F)                                                      \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(ONE, server, 0, server)                                                                  \
    F(LIST, consents, MAX_CONSENTS, consent)
SHAPE_STRUCT(connection_discover_ask, CONNECTION_DISCOVER_ASK_FIELDS)
SHAPE_STRUCT(connection_discover_answer, DISCOVER_ANSWER_FIELDS)

/* Add a page or replace the one with that slug. */
#define PAGE_PUT_ASK_FIELDS(F)                                                                 \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the host */                                                 \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(I64, version, 0, ) /* that it replaces, else ERR_CONFLICT; 0: any; -1: none is there */  \
    F(TEXT, title, MAX_NAME, )                                                                 \
    F(TEXT, description, MAX_DESCRIPTION, )                                                    \
    F(TEXT, location, MAX_LOCATION, )                                                          \
    F(FLAG, synchronise, 0, ) /* write bookings into the calendar */                           \
    F(CODE, cancelled, CANCELLED_COUNT, cancelled)                                             \
    F(CODE, follow, FOLLOW_COUNT, follow) /* where it does */                                  \
    F(TEXT, room, MAX_EMAIL, )            /* must be free too and is invited; empty: none */   \
    F(ONE, rule, 0, rule)                                                                      \
    F(LIST, questions, MAX_QUESTIONS, question)                                                \
    F(CODE, language, LANGUAGE_COUNT, language) /* of its mails */                             \
    F(LIST, reminders, MAX_REMINDERS, reminder)                                                \
    F(CODE, invite, INVITE_COUNT, invite)                                                      \
    F(ONE, form, 0, event_form)                                                                \
    F(FLAG, online_meeting, 0, ) /* with each event, where the calendar makes them */          \
    F(ONE, policy, 0, policy)
SHAPE_STRUCT(page_put_ask, PAGE_PUT_ASK_FIELDS)
/* What the host's calendar is to a page, whatever the page asks for. */
#define PAGE_CALENDAR_FIELDS(F)                                                                \
    F(FLAG, connected, 0, )               /* no: nothing blocks but bookings in hourgate */    \
    F(FLAG, free_busy_only, 0, )          /* bookings are not written into it */               \
    F(CODE, outage, OUTAGE_COUNT, outage) /* why it offers no times now */                     \
    F(INSTANT, failing_at, 0, )           /* and since when; 0: it works */
#define PAGE_PUT_ANSWER_FIELDS(F)                                                              \
    F(I64, version, 0, ) /* that it has now */                                                 \
    PAGE_CALENDAR_FIELDS(F)
SHAPE_STRUCT(page_put_answer, PAGE_PUT_ANSWER_FIELDS)

#define PAGE_LIST_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, after, MAX_SLUG, )
SHAPE_STRUCT(page_list_ask, PAGE_LIST_ASK_FIELDS)
#define PAGE_ROW_FIELDS(F)                                                                     \
    PAGE_PUT_ASK_FIELDS(F)                                                                     \
    PAGE_CALENDAR_FIELDS(F)
SHAPE_STRUCT(page_row, PAGE_ROW_FIELDS)
#define PAGE_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_PAGE_ROWS, page_row)
SHAPE_STRUCT(page_list_answer, PAGE_LIST_ANSWER_FIELDS)

SHAPE_STRUCT(page_show_ask, PAGE_ASK_FIELDS)
#define PAGE_SHOW_ANSWER_FIELDS(F) F(ONE, page, 0, page_row)
SHAPE_STRUCT(page_show_answer, PAGE_SHOW_ANSWER_FIELDS)

#define PAGE_REMOVE_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(I64, version, 0, )   /* as in page_put */                                                \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(page_remove_ask, PAGE_REMOVE_ASK_FIELDS)
#define PAGE_REMOVE_ANSWER_FIELDS(F) F(I64, coming, 0, ) /* bookings, which stay */
SHAPE_STRUCT(page_remove_answer, PAGE_REMOVE_ANSWER_FIELDS)

#define BOOKING_LIST_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the host */                                                 \
    F(INSTANT, from, 0, )       /* starts in [from, to) */                                     \
    F(INSTANT, to, 0, )                                                                        \
    F(TEXT, after, MAX_TOKEN, )                                                                \
    F(TEXT, customer, MAX_EMAIL, ) /* theirs alone; empty: everybody's */                      \
    F(FLAG, latest_first, 0, )
SHAPE_STRUCT(booking_list_ask, BOOKING_LIST_ASK_FIELDS)
#define BOOKING_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, booking_public)
SHAPE_STRUCT(booking_list_answer, BOOKING_LIST_ANSWER_FIELDS)

#define BOOKING_OF_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, id, MAX_TOKEN, )
SHAPE_STRUCT(booking_show_ask, BOOKING_OF_ASK_FIELDS)
SHAPE_STRUCT(booking_show_answer, BOOKING_ANSWER_FIELDS)

/* What became of a booking, from the audit: the newest last. */
enum { BOOKING_HISTORY_MAX = 100 };
SHAPE_STRUCT(booking_history_ask, BOOKING_OF_ASK_FIELDS)
#define BOOKING_EVENT_FIELDS(F)                                                                \
    F(INSTANT, at, 0, )                                                                        \
    F(CODE, kind, AUDIT_KIND_COUNT, audit_kind)                                                \
    F(CODE, actor, AUDIT_ACTOR_COUNT, audit_actor)                                             \
    F(CODE, result, AUDIT_RESULT_COUNT, audit_result)                                          \
    F(TEXT, name, MAX_EMAIL, ) /* the actor's; empty: not a person of the account */
SHAPE_STRUCT(booking_event, BOOKING_EVENT_FIELDS)
#define BOOKING_HISTORY_ANSWER_FIELDS(F) F(LIST, events, BOOKING_HISTORY_MAX, booking_event)
SHAPE_STRUCT(booking_history_answer, BOOKING_HISTORY_ANSWER_FIELDS)

/* Enter a booking for a customer, as their own. What stands in the way is told: it is the host who asks. */
#define BOOKING_ADD_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(I64, day, 0, )              /* since 1970-01-01, by the page's clock */                  \
    F(I64, minute, 0, )           /* of that day */                                            \
    F(ONE, customer, 0, customer) /* no zone: the page's */                                    \
    F(TEXT, key, MAX_KEY, )       /* idempotency, as in book */                                \
    F(FLAG, beyond_rules, 0, ) /* set aside: hours, grid, notice, horizon, limit of a day */   \
    F(FLAG, over_busy, 0, )    /* set aside: what the calendar says */
SHAPE_STRUCT(booking_add_ask, BOOKING_ADD_ASK_FIELDS)
#define BOOKING_ADD_ANSWER_FIELDS(F)                                                           \
    F(ONE, booking, 0, booking_public)                                                         \
    F(SECRET, token, MAX_TOKEN, )         /* of the private link */                            \
    F(LIST, reasons, MAX_REASONS, reason) /* what was set aside; ERR_CONFLICT: in the way */
SHAPE_STRUCT(booking_add_answer, BOOKING_ADD_ANSWER_FIELDS)

/* Enter several bookings for a customer, a series: all of them or none. skip_clashes: all that are to be had. */
#define SERIES_TIME_FIELDS(F)                                                                  \
    F(I64, day, 0, )    /* since 1970-01-01, by the page's clock */                            \
    F(I64, minute, 0, ) /* of that day */
SHAPE_STRUCT(series_time, SERIES_TIME_FIELDS)
#define BOOKING_SERIES_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(LIST, times, MAX_SERIES, series_time)                                                    \
    F(ONE, customer, 0, customer)                                                              \
    F(TEXT, key, MAX_KEY, )                                                                    \
    F(FLAG, beyond_rules, 0, )                                                                 \
    F(FLAG, over_busy, 0, )                                                                    \
    F(FLAG, skip_clashes, 0, )
SHAPE_STRUCT(booking_series_ask, BOOKING_SERIES_ASK_FIELDS)
#define SERIES_SESSION_FIELDS(F)                                                               \
    F(TEXT, id, MAX_TOKEN, ) /* of the booking; empty: it was not to be had */                 \
    F(CODE, state, BOOKING_STATE_COUNT, booking_state)                                         \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(LIST, reasons, MAX_REASONS, reason) /* what was set aside, or is in the way */
SHAPE_STRUCT(series_session, SERIES_SESSION_FIELDS)
#define BOOKING_SERIES_ANSWER_FIELDS(F)                                                        \
    F(TEXT, id, MAX_TOKEN, ) /* of the series */                                               \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(LIST, sessions, MAX_SERIES, series_session) /* booked */                                 \
    F(LIST, clashes, MAX_SERIES, series_session)  /* ERR_CONFLICT, or skipped: not to be had */
SHAPE_STRUCT(booking_series_answer, BOOKING_SERIES_ANSWER_FIELDS)

/* Move by the host's side. What stands in the way is told, as above. */
#define BOOKING_MOVE_ASK_FIELDS(F)                                                             \
    BOOKING_OF_ASK_FIELDS(F)                                                                   \
    F(I64, day, 0, )    /* since 1970-01-01, by the page's clock */                            \
    F(I64, minute, 0, ) /* of that day */                                                      \
    F(FLAG, beyond_rules, 0, )                                                                 \
    F(FLAG, over_busy, 0, )
SHAPE_STRUCT(booking_move_ask, BOOKING_MOVE_ASK_FIELDS)
#define BOOKING_MOVE_ANSWER_FIELDS(F)                                                          \
    F(ONE, booking, 0, booking_public)                                                         \
    F(LIST, reasons, MAX_REASONS, reason) /* what was set aside; ERR_CONFLICT: in the way */
SHAPE_STRUCT(booking_move_answer, BOOKING_MOVE_ANSWER_FIELDS)

/* Note that a customer did not come, or take that back. ERR_CONFLICT: not confirmed, or still to come. */
#define BOOKING_NOSHOW_ASK_FIELDS(F)                                                           \
    BOOKING_OF_ASK_FIELDS(F)                                                                   \
    F(FLAG, undo, 0, )
SHAPE_STRUCT(booking_noshow_ask, BOOKING_NOSHOW_ASK_FIELDS)
SHAPE_STRUCT(booking_noshow_answer, NO_FIELDS)

/* Cancel by the host's side; the calendar follows. */
#define BOOKING_CANCEL_ASK_FIELDS(F)                                                           \
    BOOKING_OF_ASK_FIELDS(F)                                                                   \
    F(TEXT, reason, MAX_REASON, ) /* told to the customer; empty: none is given */             \
    F(FLAG, rest, 0, ) /* its series from it on, told of once; ERR_CONFLICT: it is of none */
SHAPE_STRUCT(booking_cancel_ask, BOOKING_CANCEL_ASK_FIELDS)
SHAPE_STRUCT(booking_cancel_answer, BOOKING_ANSWER_FIELDS)

/* Approve a request: the calendar is asked afresh, and the event written. What stands in the way is told; the
 * page's rules do not, since they let the customer ask. OK again for one that is confirmed already. */
#define BOOKING_APPROVE_ASK_FIELDS(F)                                                          \
    BOOKING_OF_ASK_FIELDS(F)                                                                   \
    F(FLAG, over_busy, 0, ) /* set aside: what the calendar says */
SHAPE_STRUCT(booking_approve_ask, BOOKING_APPROVE_ASK_FIELDS)
SHAPE_STRUCT(booking_approve_answer, BOOKING_MOVE_ANSWER_FIELDS)

/* Decline a request. OK again for one that is declined already; ERR_CONFLICT: it is no request any more. */
SHAPE_STRUCT(booking_decline_ask, BOOKING_CANCEL_ASK_FIELDS)
SHAPE_STRUCT(booking_decline_answer, BOOKING_ANSWER_FIELDS)

#endif
