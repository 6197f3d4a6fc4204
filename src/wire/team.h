/* SPDX-License-Identifier: ISC
 *
 * Looking: colleagues, why a time is not offered, what is kept, whom hourgate calls.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_TEAM_H
#define WIRE_TEAM_H

#include "wire/courier.h"

/* Colleagues side by side, read with the viewer's own right: start, end and status. Nothing is kept. */
#define TEAM_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, viewer, MAX_EMAIL, )                                                               \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(TEXT, after, MAX_EMAIL, ) /* as in lists; at most MAX_MAILBOXES an answer */
SHAPE_STRUCT(team_ask, TEAM_ASK_FIELDS)
#define TEAM_ROW_FIELDS(F)                                                                     \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(ONE, view, 0, mailbox_view)
SHAPE_STRUCT(team_row, TEAM_ROW_FIELDS)
#define TEAM_ANSWER_FIELDS(F) F(LIST, rows, MAX_MAILBOXES, team_row)
SHAPE_STRUCT(team_answer, TEAM_ANSWER_FIELDS)

/* The online calendar: the events in a person's own calendars, read live for nobody else. Each calendar has its own
 * status, and `what` where that is not OK. Together they hold at most MAX_EVENTS, in the order of their starts. */
enum { AGENDA_CALENDARS_MAX = 40, AGENDA_DAYS_MAX = 62 };
#define AGENDA_ASK_FIELDS(F)                                                                   \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(FLAG, with_text, 0, ) /* descriptions too */
SHAPE_STRUCT(agenda_ask, AGENDA_ASK_FIELDS)
#define AGENDA_ROW_FIELDS(F)                                                                   \
    F(I64, connection, 0, )                                                                    \
    F(TEXT, mailbox, MAX_EMAIL, )                                                              \
    F(TEXT, name, MAX_NAME, ) /* empty: the default calendar, or not known */                  \
    F(FLAG, is_default, 0, )                                                                   \
    F(FLAG, is_book, 0, ) /* bookings go into it */                                            \
    F(CODE, status, STATUS_COUNT, status)                                                      \
    F(TEXT, what, MAX_WHAT, )                                                                  \
    F(FLAG, lacks_text, 0, ) /* descriptions could not be read */
SHAPE_STRUCT(agenda_row, AGENDA_ROW_FIELDS)
#define AGENDA_EVENT_FIELDS(F)                                                                 \
    F(I64, row, 0, ) /* its calendar's place among the rows */                                 \
    F(ONE, seen, 0, seen_event)
SHAPE_STRUCT(agenda_event, AGENDA_EVENT_FIELDS)
#define AGENDA_ANSWER_FIELDS(F)                                                                \
    F(LIST, rows, AGENDA_CALENDARS_MAX, agenda_row)                                            \
    F(LIST, events, MAX_EVENTS, agenda_event)
SHAPE_STRUCT(agenda_answer, AGENDA_ANSWER_FIELDS)

/* Did anything change in a person's own calendars? `mark` is another number then, where all of them are watched; what
 * changed, nobody says here. */
#define AGENDA_MARK_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
SHAPE_STRUCT(agenda_mark_ask, AGENDA_MARK_ASK_FIELDS)
#define AGENDA_MARK_ANSWER_FIELDS(F)                                                           \
    F(FLAG, watched, 0, )                                                                      \
    F(I64, mark, 0, )
SHAPE_STRUCT(agenda_mark_answer, AGENDA_MARK_ANSWER_FIELDS)

/* Why are the starts of a date, by the page's clock, offered or not? Those behind each other with the same reasons
 * are one spell; times between the page's starts are left out unless one minute is asked for. */
#define WHY_ASK_FIELDS(F)                                                                      \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(I64, day, 0, )    /* since 1970-01-01 */                                                 \
    F(I64, minute, 0, ) /* of that day; -1: all of them */
SHAPE_STRUCT(why_ask, WHY_ASK_FIELDS)
#define SPELL_FIELDS(F)                                                                        \
    F(INSTANT, first, 0, )                /* start */                                          \
    F(INSTANT, last, 0, )                 /* start */                                          \
    F(LIST, reasons, MAX_REASONS, reason) /* none: these are offered */
SHAPE_STRUCT(spell, SPELL_FIELDS)
#define WHY_ANSWER_FIELDS(F)                                                                   \
    F(ONE, page, 0, page_public)                                                               \
    F(LIST, spells, MAX_SPELLS, spell)
SHAPE_STRUCT(why_answer, WHY_ANSWER_FIELDS)

/* What every column of the database holds, how it is kept and until when: the same for everybody's rows. */
enum { INVENTORY_MAX = 512 };
SHAPE_STRUCT(inventory_ask, NO_FIELDS)
#define INVENTORY_ROW_FIELDS(F)                                                                \
    F(TEXT, table, 64, )                                                                       \
    F(TEXT, column, 64, )                                                                      \
    F(TEXT, kept, 16, )                                                                        \
    F(TEXT, holds, 200, )                                                                      \
    F(TEXT, until, 120, )
SHAPE_STRUCT(inventory_row, INVENTORY_ROW_FIELDS)
#define INVENTORY_ANSWER_FIELDS(F) F(LIST, rows, INVENTORY_MAX, inventory_row)
SHAPE_STRUCT(inventory_answer, INVENTORY_ANSWER_FIELDS)

/* Which calendar servers are called, by all accounts together, and when each was last. */
enum { TRUST_SERVERS_MAX = 2000 };
SHAPE_STRUCT(trust_servers_ask, NO_FIELDS)
#define TRUST_SERVER_FIELDS(F)                                                                 \
    F(TEXT, host, MAX_HOST, )                                                                  \
    F(CODE, kind, CALENDAR_KIND_COUNT, calendar_kind)                                          \
    F(I64, connections, 0, )                                                                   \
    F(INSTANT, last, 0, ) /* 0: never */
SHAPE_STRUCT(trust_server, TRUST_SERVER_FIELDS)
#define TRUST_SERVERS_ANSWER_FIELDS(F) F(LIST, servers, TRUST_SERVERS_MAX, trust_server)
SHAPE_STRUCT(trust_servers_answer, TRUST_SERVERS_ANSWER_FIELDS)

#endif
