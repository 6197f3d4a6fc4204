/* SPDX-License-Identifier: ISC
 *
 * What the vault, and the doctor's command, ask of the courier and its children.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_COURIER_H
#define WIRE_COURIER_H

#include "wire/types.h"

/* Fork a child for one sign-in; its channel rides on the answer. */
SHAPE_STRUCT(spawn_ask, NO_FIELDS)
SHAPE_STRUCT(spawn_answer, NO_FIELDS)

/* First message to a child: the server and sign-in that it serves for life. */
#define OPEN_ASK_FIELDS(F) F(ONE, server, 0, server)
SHAPE_STRUCT(open_ask, OPEN_ASK_FIELDS)
SHAPE_STRUCT(open_answer, NO_FIELDS)

/* Whom the child's jobs are for from now on: one service account's children serve all hosts that go through
 * it. As the fields of struct server. */
#define ACT_ASK_FIELDS(F)                                                                      \
    F(TEXT, impersonate, MAX_EMAIL, )                                                          \
    F(TEXT, mailbox, MAX_EMAIL, )
SHAPE_STRUCT(act_ask, ACT_ASK_FIELDS)
SHAPE_STRUCT(act_answer, NO_FIELDS)

/* When is the calendar busy? own_*: an event of ours that is left out; with own_id the window is read
 * item by item. ERR_NO_DATA where the server does not know. */
#define SOURCE_FIELDS(F) F(TEXT, calendar, MAX_EXTERNAL_ID, )
SHAPE_STRUCT(source, SOURCE_FIELDS)
#define SOURCE_LIST_FIELDS(F) F(LIST, sources, MAX_CALENDARS, source)
SHAPE_STRUCT(source_list, SOURCE_LIST_FIELDS)
#define BUSY_ASK_FIELDS(F)                                                                     \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )    /* empty: the mailbox's default calendar */        \
    F(LIST, sources, MAX_CALENDARS, source) /* further ones, read item by item */              \
    F(FLAG, availability_only, 0, )         /* read no events, also where that says more */    \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(TEXT, own_id, MAX_EXTERNAL_ID, )                                                         \
    F(TEXT, own_uid, MAX_UID, )                                                                \
    F(TEXT, room, MAX_EMAIL, ) /* must be free too, by its availability; empty: none */        \
    F(ONE, own_slot, 0, slot)  /* when the room is ours already; 0 to 0: it is not */
SHAPE_STRUCT(busy_ask, BUSY_ASK_FIELDS)
#define BUSY_ANSWER_FIELDS(F) F(LIST, busy, MAX_BUSY, busy)
SHAPE_STRUCT(busy_answer, BUSY_ANSWER_FIELDS)

/* Write an event and read it back. ERR_UNCERTAIN where the answer was lost: settle with find. */
#define CREATE_ASK_FIELDS(F)                                                                   \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )                                                       \
    F(ONE, event, 0, event)
SHAPE_STRUCT(create_ask, CREATE_ASK_FIELDS)
#define EVENT_REF_ANSWER_FIELDS(F) F(ONE, ref, 0, event_ref)
SHAPE_STRUCT(create_answer, EVENT_REF_ANSWER_FIELDS)

/* Find an event by our uid; ERR_NOT_FOUND where the server has none. */
#define FIND_ASK_FIELDS(F)                                                                     \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )                                                       \
    F(TEXT, uid, MAX_UID, )
SHAPE_STRUCT(find_ask, FIND_ASK_FIELDS)
SHAPE_STRUCT(find_answer, EVENT_REF_ANSWER_FIELDS)

#define UPDATE_ASK_FIELDS(F)                                                                   \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )                                                       \
    F(TEXT, id, MAX_EXTERNAL_ID, )                                                             \
    F(ONE, event, 0, event)
SHAPE_STRUCT(update_ask, UPDATE_ASK_FIELDS)
SHAPE_STRUCT(update_answer, EVENT_REF_ANSWER_FIELDS)

/* Remove an event of ours; one that is gone already is OK. */
#define REMOVE_ASK_FIELDS(F)                                                                   \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )                                                       \
    F(TEXT, id, MAX_EXTERNAL_ID, )                                                             \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(FLAG, has_invitee, 0, ) /* whom the server tells that it is off, as it tells a room */
SHAPE_STRUCT(remove_ask, REMOVE_ASK_FIELDS)
SHAPE_STRUCT(remove_answer, NO_FIELDS)

/* The connection doctor: every layer, from the name to the mailbox. */
#define CHECK_ASK_FIELDS(F)                                                                    \
    F(FLAG, probe, 0, )        /* also write, read and delete an event */                      \
    F(TEXT, room, MAX_EMAIL, ) /* look at it too, with probe invite it; empty: none */
SHAPE_STRUCT(check_ask, CHECK_ASK_FIELDS)
#define CHECK_ANSWER_FIELDS(F) F(LIST, layers, MAX_LAYERS, layer)
SHAPE_STRUCT(check_answer, CHECK_ANSWER_FIELDS)

/* Read the free/busy pattern of several mailboxes with the connection's own right: nothing but start, end
 * and status, and nothing where the server refuses. The answer's views are in the order of mailboxes. */
#define MAILBOX_FIELDS(F) F(TEXT, address, MAX_EMAIL, )
SHAPE_STRUCT(mailbox, MAILBOX_FIELDS)
#define VIEW_ASK_FIELDS(F)                                                                     \
    F(LIST, mailboxes, MAX_MAILBOXES, mailbox)                                                 \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )
SHAPE_STRUCT(view_ask, VIEW_ASK_FIELDS)
#define MAILBOX_VIEW_FIELDS(F)                                                                 \
    F(CODE, status, STATUS_COUNT, status) /* OK, or why nothing is known of this one */        \
    F(LIST, busy, MAX_VIEW_BUSY, busy)
SHAPE_STRUCT(mailbox_view, MAILBOX_VIEW_FIELDS)
#define VIEW_ANSWER_FIELDS(F) F(LIST, views, MAX_MAILBOXES, mailbox_view)
SHAPE_STRUCT(view_answer, VIEW_ANSWER_FIELDS)

/* List the calendars that the connection can see: own ones, shared and delegated ones. */
SHAPE_STRUCT(calendars_ask, NO_FIELDS)
#define CALENDAR_ROW_FIELDS(F)                                                                 \
    F(TEXT, id, MAX_EXTERNAL_ID, )                                                             \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, mailbox, MAX_EMAIL, ) /* whose it is */                                            \
    F(FLAG, is_default, 0, )                                                                   \
    F(FLAG, can_read, 0, )                                                                     \
    F(FLAG, can_write, 0, )
SHAPE_STRUCT(calendar_row, CALENDAR_ROW_FIELDS)
#define CALENDARS_ANSWER_FIELDS(F) F(LIST, calendars, MAX_CALENDARS, calendar_row)
SHAPE_STRUCT(calendars_answer, CALENDARS_ANSWER_FIELDS)

/* What became of our events in a calendar since a state; none yet: an empty one. Events of others are dropped by the
 * child, but for the ids of removed ones, which nobody can tell apart. `lost`: the server knows that state no
 * more; begin anew. */
#define CHANGES_ASK_FIELDS(F)                                                                  \
    F(TEXT, calendar, MAX_EXTERNAL_ID, )                                                       \
    F(TEXT, state, MAX_SYNC_STATE, )
SHAPE_STRUCT(changes_ask, CHANGES_ASK_FIELDS)
#define EVENT_CHANGE_FIELDS(F)                                                                 \
    F(FLAG, removed, 0, ) /* only its id is known then */                                      \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(ONE, ref, 0, event_ref)
SHAPE_STRUCT(event_change, EVENT_CHANGE_FIELDS)
#define CHANGES_ANSWER_FIELDS(F)                                                               \
    F(TEXT, state, MAX_SYNC_STATE, )                                                           \
    F(FLAG, more, 0, ) /* ask again with the new state */                                      \
    F(FLAG, lost, 0, )                                                                         \
    F(LIST, changes, MAX_CHANGES, event_change)
SHAPE_STRUCT(changes_answer, CHANGES_ANSWER_FIELDS)

/* The events of one calendar, for nobody but its owner's own view: texts are secrets, kept nowhere, and cut where they
 * are long. uid: a booking of ours; empty: none. lacks_text: descriptions were asked for and could not be read. */
#define EVENTS_ASK_FIELDS(F)                                                                   \
    F(TEXT, calendar, MAX_EXTERNAL_ID, ) /* empty: the mailbox's default calendar */           \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(FLAG, with_text, 0, ) /* descriptions too */
SHAPE_STRUCT(events_ask, EVENTS_ASK_FIELDS)
#define SEEN_EVENT_FIELDS(F)                                                                   \
    F(INSTANT, start, 0, )                                                                     \
    F(INSTANT, end, 0, )                                                                       \
    F(CODE, status, BUSY_STATUS_COUNT, busy_status)                                            \
    F(FLAG, all_day, 0, )                                                                      \
    F(FLAG, is_private, 0, )                                                                   \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(SECRET, title, MAX_EVENT_LINE, )                                                         \
    F(SECRET, place, MAX_EVENT_LINE, )                                                         \
    F(SECRET, text, MAX_EVENT_TEXT, )
SHAPE_STRUCT(seen_event, SEEN_EVENT_FIELDS)
#define EVENTS_ANSWER_FIELDS(F)                                                                \
    F(FLAG, lacks_text, 0, )                                                                   \
    F(LIST, events, MAX_EVENTS, seen_event)
SHAPE_STRUCT(events_answer, EVENTS_ANSWER_FIELDS)
/* Make sure that changes in these mailboxes' calendars are told: subscribe to what is not subscribed yet, give up
 * what is not named any more, and open the stream. Answered once it is open; the states are in the order of
 * mailboxes: one that is not OK is not watched. What happened before the answer may not be told. All
 * mailboxes are of the sign-in that the child was opened with; a child that watches does nothing else. */
#define WATCHED_FIELDS(F)                                                                      \
    F(TEXT, impersonate, MAX_EMAIL, )                                                          \
    F(TEXT, mailbox, MAX_EMAIL, )                                                              \
    F(LIST, calendars, MAX_WATCHED_CALENDARS, source)
SHAPE_STRUCT(watched, WATCHED_FIELDS)
#define WATCH_ASK_FIELDS(F)                                                                    \
    F(LIST, mailboxes, MAX_WATCHED, watched)                                                   \
    F(I64, silence_s, 0, ) /* without a sign of life for so long the stream is dead */
SHAPE_STRUCT(watch_ask, WATCH_ASK_FIELDS)
#define WATCH_STATE_FIELDS(F) F(CODE, status, STATUS_COUNT, status)
SHAPE_STRUCT(watch_state, WATCH_STATE_FIELDS)
#define WATCH_ANSWER_FIELDS(F) F(LIST, states, MAX_WATCHED, watch_state)
SHAPE_STRUCT(watch_answer, WATCH_ANSWER_FIELDS)

/* Wait for a hint, until the question's deadline at most; it sends nothing to the server. All that is ever said of
 * a change is that there was one, in the order of mailboxes. is_over: the stream has ended; ask `watch` again. */
SHAPE_STRUCT(watch_wait_ask, NO_FIELDS)
#define WATCH_HINT_FIELDS(F) F(FLAG, has_changed, 0, )
SHAPE_STRUCT(watch_hint, WATCH_HINT_FIELDS)
#define WATCH_WAIT_ANSWER_FIELDS(F)                                                            \
    F(LIST, hints, MAX_WATCHED, watch_hint)                                                    \
    F(FLAG, is_over, 0, )
SHAPE_STRUCT(watch_wait_answer, WATCH_WAIT_ANSWER_FIELDS)

/* Give the stream and all subscriptions up, as far as the server takes part. */
SHAPE_STRUCT(unwatch_ask, NO_FIELDS)
SHAPE_STRUCT(unwatch_answer, NO_FIELDS)

/* Find a mailbox's server by Autodiscover. The child was opened with method, user, password and mailbox,
 * and no host. OK with `asks` filled and no host: a redirect leads to that domain; ask the person, then ask
 * again with it among the consents. OK with neither host, online nor asks: nothing was found. */
#define CONSENT_FIELDS(F) F(TEXT, domain, MAX_HOST, )
SHAPE_STRUCT(consent, CONSENT_FIELDS)
#define DISCOVER_ASK_FIELDS(F) F(LIST, consents, MAX_CONSENTS, consent)
SHAPE_STRUCT(discover_ask, DISCOVER_ASK_FIELDS)
#define DISCOVER_ANSWER_FIELDS(F)                                                              \
    F(TEXT, host, MAX_HOST, )                                                                  \
    F(I64, port, 0, )                                                                          \
    F(TEXT, path, MAX_PATH, )                                                                  \
    F(TEXT, mailbox, MAX_EMAIL, ) /* its primary address, where that is another */             \
    F(FLAG, online, 0, )          /* it lives in Exchange Online: Graph, not EWS */            \
    F(TEXT, asks, MAX_HOST, )                                                                  \
    F(LIST, layers, MAX_LAYERS, layer) /* each place that was tried */
SHAPE_STRUCT(discover_answer, DISCOVER_ANSWER_FIELDS)

/* First message to a child that sends mail, instead of open: the server that it serves for life. */
#define MAIL_OPEN_ASK_FIELDS(F) F(ONE, server, 0, mail_server)
SHAPE_STRUCT(mail_open_ask, MAIL_OPEN_ASK_FIELDS)
SHAPE_STRUCT(mail_open_answer, NO_FIELDS)

/* Write a mail in its reader's language and hand it to the server.
 * ERR_DENIED: refused for good. ERR_UNCERTAIN: all of it was sent and no answer came; a repeat is the same
 * in every byte. Everything else: not taken, try again later. */
#define MAIL_SESSION_FIELDS(F)                                                                 \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(I64, sequence, 0, )                                                                      \
    F(ONE, slot, 0, slot)                                                                      \
    F(TEXT, meeting, MAX_LINK, ) /* of its own; empty: none */                                 \
    F(SECRET, link, MAX_LINK, )  /* likewise */
SHAPE_STRUCT(mail_session, MAIL_SESSION_FIELDS)
#define MAIL_ASK_FIELDS(F)                                                                     \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind)                                                  \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(TEXT, id, MAX_MESSAGE_ID, )                                                              \
    F(INSTANT, date, 0, ) /* when it was due: the same in a repeat */                          \
    F(TEXT, from, MAX_EMAIL, )                                                                 \
    F(TEXT, from_name, MAX_NAME, )                                                             \
    F(TEXT, reply_to, MAX_EMAIL, ) /* empty: none */                                           \
    F(TEXT, to, MAX_EMAIL, )                                                                   \
    F(TEXT, to_name, MAX_NAME, )                                                               \
    F(TEXT, note, MAX_NOTE, )          /* the account's own paragraph; empty: none */          \
    F(FLAG, has_calendar, 0, )         /* carries the appointment as .ics */                   \
    F(TEXT, uid, MAX_UID, )            /* of that */                                           \
    F(ONE, booking, 0, booking_public) /* its customer as far as the reader may know them */   \
    F(ONE, before, 0, slot)            /* *_MOVED: where it stood; *_NOT_MOVED: where not */   \
    F(LIST, sessions, MAX_SERIES, mail_session) /* of a series, all told of; else none */      \
    F(SECRET, link, MAX_LINK, ) /* to the booking, for its customer; empty: none */            \
    F(TEXT, zone, MAX_ZONE, )   /* the reader's clock */                                       \
    F(FLAG, has_kept_back, 0, ) /* the page keeps answers or the address out of mail */        \
    F(CODE, attention, ATTENTION_KIND_COUNT, attention_kind)                                   \
    F(TEXT, problem, MAX_WHAT, )          /* of a connection: what its last job met */         \
    F(TEXT, mailbox, MAX_EMAIL, )         /* of a connection: whose calendar */                \
    F(FLAG, is_service, 0, )              /* of a connection: others go through it */          \
    F(CODE, outage, OUTAGE_COUNT, outage) /* HOST_FAILING; since booking.start */
SHAPE_STRUCT(mail_ask, MAIL_ASK_FIELDS)
SHAPE_STRUCT(mail_answer, NO_FIELDS)

/* The doctor for the mail server: every layer up to the sender; to: also send a test mail there. */
#define MAIL_CHECK_ASK_FIELDS(F) F(TEXT, to, MAX_EMAIL, )
SHAPE_STRUCT(mail_check_ask, MAIL_CHECK_ASK_FIELDS)
SHAPE_STRUCT(mail_check_answer, CHECK_ANSWER_FIELDS)

#endif
