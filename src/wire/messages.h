/* SPDX-License-Identifier: ISC
 *
 * Everything that may cross a boundary between two programs: a question `x_ask` and its answer
 * `x_answer`, found as a pair by grep. WIRE_MESSAGES at the end is the permission table: a question from
 * a role that does not stand in its row closes the channel (doc/boundary.md).
 */
#ifndef WIRE_MESSAGES_H
#define WIRE_MESSAGES_H

#include "base/needle.h"
#include "base/status.h"
#include "wire/audit.h"
#include "wire/types.h"

/* Who is at the other end of a channel; fixed when the channel is made, never said by the peer. */
enum wire_role {
    ROLE_PARENT = 1, /* hourgate, over a program's control channel */
    ROLE_EDGE = 2,
    ROLE_COMMAND = 4, /* hourgate account ..., over the 0600 socket */
    ROLE_VAULT = 8,
    ROLE_PERSON = 16, /* somebody whom `as` speaks for; what of it, wire/grant.h says */
};

/* A message that says nothing: C knows no struct without members, so it has one that stays false. */
#define NO_FIELDS(F) F(FLAG, unused, 0, )

/* ---- parent to programs; descriptors ride on the frame ---- */

#define EDGE_START_ASK_FIELDS(F)                                                               \
    F(TEXT, base_url, MAX_PATH, ) /* https://book.example.ch, no slash at the end */           \
    F(TEXT, proxies, MAX_PATH, )  /* addresses whose X-Forwarded-For is believed, by spaces */ \
    F(FLAG, loopback, 0, )        /* the listener is TCP on loopback: plain HTTP is fine */    \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, ) /* to become; -1 stays */                                                 \
    F(I64, gid, 0, )                                                                           \
    F(I64, max_waiting, 0, )    /* suspended requests at most */                               \
    F(I64, max_per_minute, 0, ) /* requests of one address, beyond its burst */                \
    F(TEXT, location,                                                                          \
      MAX_LOCATION, ) /* where the data is, in the operator's words; may be empty */
SHAPE_STRUCT(edge_start_ask, EDGE_START_ASK_FIELDS)
SHAPE_STRUCT(edge_start_answer, NO_FIELDS)

#define VAULT_START_ASK_FIELDS(F)                                                              \
    F(TEXT, database, MAX_FILE_PATH, ) /* a path, or postgres: and a connection string */      \
    F(SECRET, store_password, MAX_PASSWORD, ) /* of PostgreSQL; empty: none */                 \
    F(SECRET, master_key, 64, )                                                                \
    F(TEXT, base_url, MAX_PATH, )                                                              \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )                                                                           \
    F(I64, workers, 0, )                                                                       \
    F(I64, upstream_timeout_s, 0, )                                                            \
    F(I64, poll_s, 0, ) /* between two looks for changes in a calendar; 0: none */             \
    F(TEXT, directory, MAX_FILE_PATH, ) /* where this node keeps its name */                   \
    F(I64, keep_bookings_days, 0, )     /* then past ones are made anonymous; 0: never */      \
    F(I64, keep_audit_days, 0, )                                                               \
    F(I64, backup_keep_days, 0, )                                                              \
    F(I64, max_users, 0, ) /* of an account each; 0: no limit */                               \
    F(I64, max_connections, 0, )                                                               \
    F(I64, max_pages, 0, )                                                                     \
    F(I64, max_bookings_per_hour, 0, )                                                         \
    F(ONE, mail, 0, mail_server)                                                               \
    F(I64, mail_timeout_s, 0, )                                                                \
    F(I64, mail_retry_s, 0, ) /* until the first repeat; doubled for each further one */
SHAPE_STRUCT(vault_start_ask, VAULT_START_ASK_FIELDS)
SHAPE_STRUCT(vault_start_answer, NO_FIELDS)

/* Instead of a start: copy all of one database into another, then end. */
#define MIGRATE_ASK_FIELDS(F)                                                                  \
    F(TEXT, from, MAX_FILE_PATH, ) /* a path */                                                \
    F(TEXT, to, MAX_FILE_PATH, )   /* postgres: and a connection string */                     \
    F(SECRET, store_password, MAX_PASSWORD, )                                                  \
    F(SECRET, master_key, 64, )                                                                \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(migrate_ask, MIGRATE_ASK_FIELDS)
#define MIGRATED_FIELDS(F)                                                                     \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )                                                                          \
    F(I64, opened, 0, )   /* sealed values, in their new place */                              \
    F(TEXT, digest, 64, ) /* hexadecimal: of all rows, the same in both databases */
SHAPE_STRUCT(migrated, MIGRATED_FIELDS)
#define MIGRATE_ANSWER_FIELDS(F) F(LIST, tables, 64, migrated)
SHAPE_STRUCT(migrate_answer, MIGRATE_ANSWER_FIELDS)

/* Instead of a start: look for texts in every value of the database, as they are kept there; then end. It needs
 * no key, and may be asked while another vault serves. */
enum { SEARCH_FOUND_MAX = 1000, SEARCH_TABLES_MAX = 64 };
#define NEEDLE_FIELDS(F) F(BYTES, bytes, NEEDLE_MAX, )
SHAPE_STRUCT(needle, NEEDLE_FIELDS)
#define SEARCH_ASK_FIELDS(F)                                                                   \
    F(TEXT, database, MAX_FILE_PATH, )                                                         \
    F(SECRET, store_password, MAX_PASSWORD, )                                                  \
    F(LIST, needles, NEEDLES_MAX, needle)                                                      \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(search_ask, SEARCH_ASK_FIELDS)
#define SEARCH_FOUND_FIELDS(F)                                                                 \
    F(I64, needle, 0, ) /* its place in the question */                                        \
    F(TEXT, table, 64, )                                                                       \
    F(TEXT, column, 64, )                                                                      \
    F(I64, row, 0, )
SHAPE_STRUCT(search_found, SEARCH_FOUND_FIELDS)
#define SEARCH_TABLE_FIELDS(F)                                                                 \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )                                                                          \
    F(I64, bytes, 0, )
SHAPE_STRUCT(search_table, SEARCH_TABLE_FIELDS)
#define SEARCH_ANSWER_FIELDS(F)                                                                \
    F(LIST, tables, SEARCH_TABLES_MAX, search_table)                                           \
    F(LIST, found, SEARCH_FOUND_MAX, search_found)                                             \
    F(I64, more, 0, )                   /* found besides those */                              \
    F(TEXT, directory, MAX_FILE_PATH, ) /* the database server's files; empty: not told */
SHAPE_STRUCT(search_answer, SEARCH_ANSWER_FIELDS)

/* Instead of a start: put a backup into the database's place, verified, then end. The file's descriptor rides on the
 * frame. */
#define RESTORE_ASK_FIELDS(F)                                                                  \
    F(TEXT, database, MAX_FILE_PATH, ) /* a path */                                            \
    F(FLAG, replaces, 0, )             /* a database that is there */                          \
    F(SECRET, master_key, 64, )                                                                \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(restore_ask, RESTORE_ASK_FIELDS)
#define RESTORE_ANSWER_FIELDS(F)                                                               \
    F(I64, accounts, 0, )                                                                      \
    F(I64, opened, 0, ) /* sealed values: all */
SHAPE_STRUCT(restore_answer, RESTORE_ANSWER_FIELDS)

/* Give a program a channel to a peer; the descriptor rides on the frame. */
enum attach_role {
    ATTACH_EDGE,     /* to the vault: a (new) edge */
    ATTACH_VAULT,    /* to the edge and the courier: the vault */
    ATTACH_COURIER,  /* to the vault: a (new) courier */
    ATTACH_COMMANDS, /* to the vault: the listening socket for commands */
    ATTACH_LISTEN,   /* to the edge: a listening socket for visitors */
    ATTACH_METRICS,  /* to the edge: the loopback listener for /metrics */
    ATTACH_COMMAND,  /* to the vault: one connected command (no server runs) */
    ATTACH_ROLE_COUNT
};
#define ATTACH_ASK_FIELDS(F) F(CODE, role, ATTACH_ROLE_COUNT, attach_role)
SHAPE_STRUCT(attach_ask, ATTACH_ASK_FIELDS)
SHAPE_STRUCT(attach_answer, NO_FIELDS)

#define NETWORK_FIELDS(F) F(TEXT, cidr, 64, )
SHAPE_STRUCT(network, NETWORK_FIELDS)
#define COURIER_START_ASK_FIELDS(F)                                                            \
    F(TEXT, roots, MAX_FILE_PATH, )          /* further CA roots, a PEM file; empty: none */   \
    F(LIST, networks, MAX_NETWORKS, network) /* private networks that may be called */         \
    F(ONE, proxy, 0, proxy)                                                                    \
    F(TEXT, krb5, MAX_FILE_PATH, ) /* a krb5.conf; empty: /etc/krb5.conf */                    \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(courier_start_ask, COURIER_START_ASK_FIELDS)
SHAPE_STRUCT(courier_start_answer, NO_FIELDS)

/* ---- vault (or the doctor's command) to courier ---- */

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
    F(ONE, before, 0, slot)            /* *_MOVED: where it stood */                           \
    F(SECRET, link, MAX_LINK, )        /* to the booking, for its customer; empty: none */     \
    F(TEXT, zone, MAX_ZONE, )          /* the reader's clock */                                \
    F(FLAG, has_kept_back, 0, )        /* the page keeps answers or the address out of mail */ \
    F(CODE, attention, ATTENTION_KIND_COUNT, attention_kind)                                   \
    F(TEXT, problem, MAX_WHAT, )  /* HOST_PAUSED: what the server said */                      \
    F(TEXT, mailbox, MAX_EMAIL, ) /* HOST_PAUSED: whose calendar */
SHAPE_STRUCT(mail_ask, MAIL_ASK_FIELDS)
SHAPE_STRUCT(mail_answer, NO_FIELDS)

/* The doctor for the mail server: every layer up to the sender; to: also send a test mail there. */
#define MAIL_CHECK_ASK_FIELDS(F) F(TEXT, to, MAX_EMAIL, )
SHAPE_STRUCT(mail_check_ask, MAIL_CHECK_ASK_FIELDS)
SHAPE_STRUCT(mail_check_answer, CHECK_ANSWER_FIELDS)

/* ---- edge to vault ---- */

#define PAGE_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )
SHAPE_STRUCT(page_ask, PAGE_ASK_FIELDS)
#define PAGE_ANSWER_FIELDS(F)                                                                  \
    F(ONE, page, 0, page_public)                                                               \
    F(LIST, questions, MAX_QUESTIONS, question)
SHAPE_STRUCT(page_answer, PAGE_ANSWER_FIELDS)

/* The free slots that start in [from, to). An unreachable calendar and a full one both give none. */
#define SLOTS_ASK_FIELDS(F)                                                                    \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )
SHAPE_STRUCT(slots_ask, SLOTS_ASK_FIELDS)
#define SLOTS_ANSWER_FIELDS(F)                                                                 \
    F(ONE, page, 0, page_public)                                                               \
    F(LIST, questions, MAX_QUESTIONS, question)                                                \
    F(LIST, slots, MAX_SLOTS, slot)
SHAPE_STRUCT(slots_answer, SLOTS_ANSWER_FIELDS)

/* ERR_CONFLICT for every start that cannot be had, whatever the reason, with the slots around it. */
#define BOOK_ASK_FIELDS(F)                                                                     \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, page, MAX_SLUG, )                                                                  \
    F(INSTANT, start, 0, )                                                                     \
    F(ONE, customer, 0, customer)                                                              \
    F(TEXT, key, MAX_KEY, ) /* idempotency: the same key and content, the same booking */
SHAPE_STRUCT(book_ask, BOOK_ASK_FIELDS)
enum mistake_kind {
    MISTAKE_MISSING, /* no answer, and one is required */
    MISTAKE_UNFIT,   /* none of the choices, or several lines for one */
    MISTAKE_UNASKED, /* the page asks no such question (any more) */
    MISTAKE_KIND_COUNT
};
#define MISTAKE_FIELDS(F)                                                                      \
    F(CODE, kind, MISTAKE_KIND_COUNT, mistake_kind)                                            \
    F(TEXT, question, MAX_QUESTION, )
SHAPE_STRUCT(mistake, MISTAKE_FIELDS)
#define BOOK_ANSWER_FIELDS(F)                                                                  \
    F(ONE, booking, 0, booking_public)                                                         \
    F(SECRET, token, MAX_TOKEN, )           /* of the private link; only with OK */            \
    F(LIST, slots, MAX_SLOTS, slot)         /* only with ERR_CONFLICT */                       \
    F(LIST, mistakes, MAX_ANSWERS, mistake) /* in the answers; only with ERR_INVALID */
SHAPE_STRUCT(book_answer, BOOK_ANSWER_FIELDS)

/* The customer's own booking, by the token of the private link. Unknown and expired look the same. */
#define BOOKING_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(booking_ask, BOOKING_ASK_FIELDS)
#define BOOKING_ANSWER_FIELDS(F) F(ONE, booking, 0, booking_public)
SHAPE_STRUCT(booking_answer, BOOKING_ANSWER_FIELDS)

/* The slots to which a booking could move: its own event does not count as busy. */
#define MOVE_SLOTS_ASK_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )
SHAPE_STRUCT(move_slots_ask, MOVE_SLOTS_ASK_FIELDS)
#define MOVE_SLOTS_ANSWER_FIELDS(F)                                                            \
    F(ONE, booking, 0, booking_public)                                                         \
    F(LIST, slots, MAX_SLOTS, slot)
SHAPE_STRUCT(move_slots_answer, MOVE_SLOTS_ANSWER_FIELDS)

#define MOVE_ASK_FIELDS(F)                                                                     \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, start, 0, )
SHAPE_STRUCT(move_ask, MOVE_ASK_FIELDS)
SHAPE_STRUCT(move_answer, MOVE_SLOTS_ANSWER_FIELDS)

SHAPE_STRUCT(cancel_ask, BOOKING_ASK_FIELDS)
SHAPE_STRUCT(cancel_answer, BOOKING_ANSWER_FIELDS)

/* Is everything there that a booking needs? For /readyz and /metrics. */
SHAPE_STRUCT(health_ask, NO_FIELDS)
#define COUNTER_FIELDS(F)                                                                      \
    F(TEXT, name, MAX_WHERE, )                                                                 \
    F(I64, value, 0, )
SHAPE_STRUCT(counter, COUNTER_FIELDS)
#define HEALTH_ANSWER_FIELDS(F)                                                                \
    F(FLAG, ready, 0, )                                                                        \
    F(FLAG, jailed, 0, )                                                                       \
    F(I64, up_s, 0, )                                                                          \
    F(LIST, counters, 128, counter)
SHAPE_STRUCT(health_answer, HEALTH_ANSWER_FIELDS)

/* What the public may know of how data is kept. Days since 1970 in UTC, 0: not known. Nothing in it changes with
 * what a host or a customer does. */
enum trust_sealing {
    SEALING_ALL,       /* every account's */
    SEALING_BUT_PLAIN, /* but personal accounts that the operator keeps plain */
    TRUST_SEALING_COUNT
};
SHAPE_STRUCT(trust_ask, NO_FIELDS)
#define TRUST_ANSWER_FIELDS(F)                                                                 \
    F(FLAG, ready, 0, )  /* bookings can be made, as far as hourgate itself goes */            \
    F(FLAG, jailed, 0, ) /* the vault and its couriers */                                      \
    F(I64, since_day, 0, )                                                                     \
    F(CODE, sealing, TRUST_SEALING_COUNT, trust_sealing)                                       \
    F(I64, key_day, 0, )            /* since when the master key is in use */                  \
    F(I64, backup_day, 0, )         /* of the last one */                                      \
    F(I64, audit_day, 0, )          /* when it was verified last */                            \
    F(I64, keep_bookings_days, 0, ) /* where an account says nothing else; 0: for good */      \
    F(I64, keep_audit_days, 0, )    /* 0: for good */                                          \
    F(FLAG, audit_holds, 0, )
SHAPE_STRUCT(trust_answer, TRUST_ANSWER_FIELDS)

/* ---- commands to vault ---- */

#define ACCOUNT_ADD_ASK_FIELDS(F)                                                              \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)
SHAPE_STRUCT(account_add_ask, ACCOUNT_ADD_ASK_FIELDS)
SHAPE_STRUCT(account_add_answer, NO_FIELDS)

/* Where the account's imprint and privacy notice stand: https addresses, shown below its pages; empty: none. */
#define ACCOUNT_LINKS_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, imprint, MAX_PATH, )                                                               \
    F(TEXT, privacy, MAX_PATH, )
SHAPE_STRUCT(account_links_ask, ACCOUNT_LINKS_ASK_FIELDS)
SHAPE_STRUCT(account_links_answer, NO_FIELDS)

/* Lists answer at most MAX_ROWS rows behind `after`, the key of the last row seen; empty starts. */
#define ACCOUNT_LIST_ASK_FIELDS(F) F(TEXT, after, MAX_SLUG, )
SHAPE_STRUCT(account_list_ask, ACCOUNT_LIST_ASK_FIELDS)
#define ACCOUNT_ROW_FIELDS(F)                                                                  \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)                                            \
    F(I64, users, 0, )                                                                         \
    F(I64, pages, 0, )                                                                         \
    F(I64, bookings, 0, )
SHAPE_STRUCT(account_row, ACCOUNT_ROW_FIELDS)
#define ACCOUNT_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, account_row)
SHAPE_STRUCT(account_list_answer, ACCOUNT_LIST_ANSWER_FIELDS)

/* An account as one of its users sees it. */
#define ACCOUNT_SHOW_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
SHAPE_STRUCT(account_show_ask, ACCOUNT_SHOW_ASK_FIELDS)
#define ACCOUNT_SHOW_ANSWER_FIELDS(F)                                                          \
    F(TEXT, slug, MAX_SLUG, )                                                                  \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(CODE, kind, ACCOUNT_KIND_COUNT, account_kind)                                            \
    F(ONE, user, 0, user_row)

#define USER_ADD_ASK_FIELDS(F)                                                                 \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )
SHAPE_STRUCT(user_add_ask, USER_ADD_ASK_FIELDS)
SHAPE_STRUCT(user_add_answer, NO_FIELDS)

#define USER_LIST_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* in this and other lists: of this user alone; empty: all */  \
    F(TEXT, after, MAX_EMAIL, )
SHAPE_STRUCT(user_list_ask, USER_LIST_ASK_FIELDS)
#define USER_ROW_FIELDS(F)                                                                     \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(CODE, role, USER_ROLE_COUNT, user_role)                                                  \
    F(I64, connections, 0, )                                                                   \
    F(I64, pages, 0, )
SHAPE_STRUCT(user_row, USER_ROW_FIELDS)
#define USER_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, user_row)
SHAPE_STRUCT(user_list_answer, USER_LIST_ANSWER_FIELDS)

/* Give a user a role. ERR_CONFLICT: the account would be left without an owner. */
#define USER_ROLE_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(CODE, role, USER_ROLE_COUNT, user_role)
SHAPE_STRUCT(account_show_answer, ACCOUNT_SHOW_ANSWER_FIELDS)
SHAPE_STRUCT(user_role_ask, USER_ROLE_ASK_FIELDS)
SHAPE_STRUCT(user_role_answer, NO_FIELDS)

/* Tokens, by which a program asks as a user (crypt/token.h). The token itself is told once, in token_add's
 * answer, and kept as a hash. */
#define TOKEN_ADD_ASK_FIELDS(F)                                                                \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, ) /* what the user calls it */                                     \
    F(I64, scopes, 0, )       /* bit set of enum scope, wire/grant.h */                        \
    F(I64, days, 0, )         /* until it ends; 0: never */
SHAPE_STRUCT(token_add_ask, TOKEN_ADD_ASK_FIELDS)
#define TOKEN_ADD_ANSWER_FIELDS(F)                                                             \
    F(I64, id, 0, )                                                                            \
    F(SECRET, token, MAX_TOKEN, )
SHAPE_STRUCT(token_add_answer, TOKEN_ADD_ANSWER_FIELDS)

#define TOKEN_LIST_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(I64, after, 0, )
SHAPE_STRUCT(token_list_ask, TOKEN_LIST_ASK_FIELDS)
#define TOKEN_ROW_FIELDS(F)                                                                    \
    F(I64, id, 0, )                                                                            \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(I64, scopes, 0, )                                                                        \
    F(INSTANT, made, 0, )                                                                      \
    F(INSTANT, used, 0, )    /* the hour of its last use; 0: never */                          \
    F(INSTANT, expires, 0, ) /* 0: never */
SHAPE_STRUCT(token_row, TOKEN_ROW_FIELDS)
#define TOKEN_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, token_row)
SHAPE_STRUCT(token_list_answer, TOKEN_LIST_ANSWER_FIELDS)

/* Cut a token off, at once. */
#define TOKEN_REVOKE_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(token_revoke_ask, TOKEN_REVOKE_ASK_FIELDS)
SHAPE_STRUCT(token_revoke_answer, NO_FIELDS)

/* A one-time link by which a user sets a password, the first or another: /invite/ and the token. It replaces an
 * earlier one. */
#define INVITE_BEGIN_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )
#define INVITE_BEGIN_ANSWER_FIELDS(F)                                                          \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(INSTANT, expires, 0, )
SHAPE_STRUCT(invite_begin_ask, INVITE_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(invite_begin_answer, INVITE_BEGIN_ANSWER_FIELDS)

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
    F(TEXT, problem, MAX_WHAT, ) /* the last failure; empty after a success */                 \
    F(INSTANT, checked_at, 0, )  /* when the doctor last looked; 0: never */                   \
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
    F(ONE, policy, 0, policy)
SHAPE_STRUCT(page_put_ask, PAGE_PUT_ASK_FIELDS)
/* What the host's calendar is to a page, whatever the page asks for. */
#define PAGE_CALENDAR_FIELDS(F)                                                                \
    F(FLAG, connected, 0, )      /* no: nothing blocks but bookings in hourgate */             \
    F(FLAG, free_busy_only, 0, ) /* bookings are not written into it */
#define PAGE_PUT_ANSWER_FIELDS(F) PAGE_CALENDAR_FIELDS(F)
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

SHAPE_STRUCT(page_remove_ask, PAGE_ASK_FIELDS)
SHAPE_STRUCT(page_remove_answer, NO_FIELDS)

#define BOOKING_LIST_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, ) /* the host */                                                 \
    F(INSTANT, from, 0, )       /* starts in [from, to) */                                     \
    F(INSTANT, to, 0, )                                                                        \
    F(TEXT, after, MAX_TOKEN, )
SHAPE_STRUCT(booking_list_ask, BOOKING_LIST_ASK_FIELDS)
#define BOOKING_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, booking_public)
SHAPE_STRUCT(booking_list_answer, BOOKING_LIST_ANSWER_FIELDS)

#define BOOKING_OF_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, id, MAX_TOKEN, )
SHAPE_STRUCT(booking_show_ask, BOOKING_OF_ASK_FIELDS)
SHAPE_STRUCT(booking_show_answer, BOOKING_ANSWER_FIELDS)

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
SHAPE_STRUCT(booking_cancel_ask, BOOKING_OF_ASK_FIELDS)
SHAPE_STRUCT(booking_cancel_answer, BOOKING_ANSWER_FIELDS)

/* How much was erased, which keys were destroyed, and what is left. */
#define ERASED_FIELDS(F)                                                                       \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )
SHAPE_STRUCT(erased, ERASED_FIELDS)
#define ERASURE_FACTS_FIELDS(F)                                                                \
    F(LIST, tables, MAX_ERASED, erased)                                                        \
    F(TEXT, keys, MAX_ERASED_KEYS, ) /* their ids in hexadecimal, by spaces */                 \
    F(I64, coming, 0, )   /* bookings still to come, whose events stay in calendars */         \
    F(I64, in_doubt, 0, ) /* bookings in flight: nobody knows whether their event stands */    \
    F(INSTANT, backups_until, 0, ) /* the last backup that may hold a key; 0: none known */
SHAPE_STRUCT(erasure_facts, ERASURE_FACTS_FIELDS)
#define ERASURE_FIELDS(F)                                                                      \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, ERASURE_KIND_COUNT, erasure_kind)                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, subject, 64, ) /* a person: a keyed hash of their address; else empty */           \
    F(INSTANT, begun_at, 0, )                                                                  \
    F(INSTANT, done_at, 0, ) /* 0: not finished */                                             \
    F(ONE, facts, 0, erasure_facts)                                                            \
    F(TEXT, certificate, MAX_CERTIFICATE, )                                                    \
    F(TEXT, signature, 64, ) /* hexadecimal */
SHAPE_STRUCT(erasure, ERASURE_FIELDS)

/* Erase an account with everything that is kept for it. */
#define ACCOUNT_REMOVE_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(account_remove_ask, ACCOUNT_REMOVE_ASK_FIELDS)
#define ERASURE_ANSWER_FIELDS(F) F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(account_remove_answer, ERASURE_ANSWER_FIELDS)

/* Remove a user. Without somebody to hand them over to, pages and bookings still to come refuse it: ERR_CONFLICT. */
#define USER_REMOVE_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, hand_over_to, MAX_EMAIL, ) /* another user; empty: nobody */                       \
    F(FLAG, forecast, 0, )             /* only count what it would be */
SHAPE_STRUCT(user_remove_ask, USER_REMOVE_ASK_FIELDS)
#define USER_REMOVE_ANSWER_FIELDS(F)                                                           \
    F(I64, pages, 0, )                                                                         \
    F(I64, coming, 0, ) /* bookings */                                                         \
    F(I64, in_flight, 0, )                                                                     \
    F(I64, connections, 0, )                                                                   \
    F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(user_remove_answer, USER_REMOVE_ANSWER_FIELDS)

/* How long an account's past bookings keep their customer. */
#define ACCOUNT_KEEP_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, days, 0, ) /* 0: for good; -1: as configured */
SHAPE_STRUCT(account_keep_ask, ACCOUNT_KEEP_ASK_FIELDS)
SHAPE_STRUCT(account_keep_answer, NO_FIELDS)

/* Everything kept of a customer, behind the booking `after`. */
#define CUSTOMER_EXPORT_ASK_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, after, MAX_TOKEN, )
SHAPE_STRUCT(customer_export_ask, CUSTOMER_EXPORT_ASK_FIELDS)
#define CUSTOMER_ROW_FIELDS(F)                                                                 \
    F(ONE, booking, 0, booking_public)                                                         \
    F(TEXT, title, MAX_TITLE, ) /* of the event, as it was written */                          \
    F(TEXT, description, MAX_DESCRIPTION, )                                                    \
    F(INSTANT, made_at, 0, )                                                                   \
    F(FLAG, in_calendar, 0, ) /* its event is kept up in the host's calendar */                \
    F(FLAG, left_behind, 0, ) /* its event was left in a calendar that was disconnected */
SHAPE_STRUCT(customer_row, CUSTOMER_ROW_FIELDS)
#define CUSTOMER_EXPORT_ANSWER_FIELDS(F) F(LIST, rows, MAX_CUSTOMER_ROWS, customer_row)
SHAPE_STRUCT(customer_export_answer, CUSTOMER_EXPORT_ANSWER_FIELDS)

/* Make a customer's bookings anonymous. Those still to come are cancelled first, or refused: ERR_CONFLICT. */
#define CUSTOMER_ERASE_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(FLAG, cancel, 0, )   /* what is still to come */                                         \
    F(FLAG, forecast, 0, ) /* only count what it would be */
SHAPE_STRUCT(customer_erase_ask, CUSTOMER_ERASE_ASK_FIELDS)
#define CUSTOMER_ERASE_ANSWER_FIELDS(F)                                                        \
    F(I64, bookings, 0, )                                                                      \
    F(I64, coming, 0, ) /* of them */                                                          \
    F(ONE, erasure, 0, erasure)
SHAPE_STRUCT(customer_erase_answer, CUSTOMER_ERASE_ANSWER_FIELDS)

/* The records of what was erased. */
#define ERASURE_LIST_ASK_FIELDS(F) F(I64, after, 0, )
SHAPE_STRUCT(erasure_list_ask, ERASURE_LIST_ASK_FIELDS)
#define ERASURE_ROW_FIELDS(F)                                                                  \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, ERASURE_KIND_COUNT, erasure_kind)                                            \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, subject, 64, )                                                                     \
    F(INSTANT, begun_at, 0, )                                                                  \
    F(INSTANT, done_at, 0, )
SHAPE_STRUCT(erasure_row, ERASURE_ROW_FIELDS)
#define ERASURE_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, erasure_row)
SHAPE_STRUCT(erasure_list_answer, ERASURE_LIST_ANSWER_FIELDS)

#define ERASURE_SHOW_ASK_FIELDS(F) F(I64, id, 0, )
SHAPE_STRUCT(erasure_show_ask, ERASURE_SHOW_ASK_FIELDS)
SHAPE_STRUCT(erasure_show_answer, ERASURE_ANSWER_FIELDS)

/* Did this installation sign that certificate? */
#define ERASURE_VERIFY_ASK_FIELDS(F)                                                           \
    F(TEXT, certificate, MAX_CERTIFICATE, )                                                    \
    F(TEXT, signature, 64, )
SHAPE_STRUCT(erasure_verify_ask, ERASURE_VERIFY_ASK_FIELDS)
#define ERASURE_VERIFY_ANSWER_FIELDS(F) F(FLAG, is_ours, 0, )
SHAPE_STRUCT(erasure_verify_answer, ERASURE_VERIFY_ANSWER_FIELDS)

/* What hosts have to do by hand. */
#define ATTENTION_LIST_ASK_FIELDS(F)                                                           \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, all, 0, ) /* also what is done */                                                  \
    F(I64, after, 0, )
SHAPE_STRUCT(attention_list_ask, ATTENTION_LIST_ASK_FIELDS)
#define ATTENTION_ROW_FIELDS(F)                                                                \
    F(I64, id, 0, )                                                                            \
    F(TEXT, host, MAX_EMAIL, )                                                                 \
    F(CODE, kind, ATTENTION_KIND_COUNT, attention_kind)                                        \
    F(INSTANT, at, 0, )                                                                        \
    F(TEXT, booking, MAX_TOKEN, )                                                              \
    F(TEXT, title, MAX_TITLE, ) /* of the event */                                             \
    F(INSTANT, start, 0, )      /* where it stands */                                          \
    F(INSTANT, end, 0, )                                                                       \
    F(INSTANT, moved_to, 0, ) /* 0: not moved */                                               \
    F(INSTANT, done_at, 0, )  /* 0: still to do */
SHAPE_STRUCT(attention_row, ATTENTION_ROW_FIELDS)
#define ATTENTION_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, attention_row)
SHAPE_STRUCT(attention_list_answer, ATTENTION_LIST_ANSWER_FIELDS)

#define ATTENTION_DONE_ASK_FIELDS(F) F(I64, id, 0, )
SHAPE_STRUCT(attention_done_ask, ATTENTION_DONE_ASK_FIELDS)
SHAPE_STRUCT(attention_done_answer, NO_FIELDS)
/* What was not sent yet, or was refused for good; rows behind `after`. */
#define OUTBOX_LIST_ASK_FIELDS(F)                                                              \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, after, 0, )
SHAPE_STRUCT(outbox_list_ask, OUTBOX_LIST_ASK_FIELDS)
#define OUTBOX_ROW_FIELDS(F)                                                                   \
    F(I64, id, 0, )                                                                            \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind)                                                  \
    F(CODE, state, OUTBOX_STATE_COUNT, outbox_state)                                           \
    F(TEXT, booking, MAX_TOKEN, ) /* its number; empty: it is about a connection */            \
    F(TEXT, to, MAX_EMAIL, )                                                                   \
    F(INSTANT, due, 0, ) /* the next try */                                                    \
    F(I64, tries, 0, )                                                                         \
    F(TEXT, problem, MAX_WHAT, ) /* of the last try */
SHAPE_STRUCT(outbox_row, OUTBOX_ROW_FIELDS)
#define OUTBOX_LIST_ANSWER_FIELDS(F) F(LIST, rows, MAX_ROWS, outbox_row)
SHAPE_STRUCT(outbox_list_answer, OUTBOX_LIST_ANSWER_FIELDS)

/* Try a mail again now, for another two days. */
#define OUTBOX_RETRY_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(I64, id, 0, )
SHAPE_STRUCT(outbox_retry_ask, OUTBOX_RETRY_ASK_FIELDS)
SHAPE_STRUCT(outbox_retry_answer, NO_FIELDS)

/* How an account's mails present themselves; first change that, where a flag says so. */
#define ACCOUNT_MAIL_ASK_FIELDS(F)                                                             \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(FLAG, sets_from, 0, )                                                                    \
    F(TEXT, from, MAX_EMAIL, ) /* empty: the operator's */                                     \
    F(FLAG, sets_reply_to, 0, )                                                                \
    F(TEXT, reply_to, MAX_EMAIL, ) /* empty: none */                                           \
    F(FLAG, sets_text, 0, )                                                                    \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind) /* of that text */                               \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(TEXT, text, MAX_NOTE, ) /* empty: none any more */
SHAPE_STRUCT(account_mail_ask, ACCOUNT_MAIL_ASK_FIELDS)
#define MAIL_TEXT_FIELDS(F)                                                                    \
    F(CODE, kind, MAIL_KIND_COUNT, mail_kind)                                                  \
    F(CODE, language, LANGUAGE_COUNT, language)                                                \
    F(TEXT, text, MAX_NOTE, )
SHAPE_STRUCT(mail_text, MAIL_TEXT_FIELDS)
#define ACCOUNT_MAIL_ANSWER_FIELDS(F)                                                          \
    F(TEXT, from, MAX_EMAIL, )                                                                 \
    F(TEXT, reply_to, MAX_EMAIL, )                                                             \
    F(LIST, texts, MAIL_KIND_COUNT *LANGUAGE_COUNT, mail_text)
SHAPE_STRUCT(account_mail_answer, ACCOUNT_MAIL_ANSWER_FIELDS)

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

/* ---- keys and sealing ---- */

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

/* ---- signing in: what the edge asks for who has no session yet, or about the session that was sent. The
 * token of a session is told once, to whoever began it; every answer that brings one ends what it replaces ---- */

#define SESSION_ANSWER_FIELDS(F) F(SECRET, token, MAX_TOKEN, )

/* Begin a session with a password. Where the address is in several accounts, one must be named. ERR_AUTH: a wrong
 * password, nobody's address, or too many tries; which of them is not told. */
#define SESSION_BEGIN_ASK_FIELDS(F)                                                            \
    F(TEXT, account, MAX_SLUG, ) /* empty: not said */                                         \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(session_begin_ask, SESSION_BEGIN_ASK_FIELDS)
SHAPE_STRUCT(session_begin_answer, SESSION_ANSWER_FIELDS)

/* Begin one with an invitation, which sets a password and is used up.
 * Fails   ERR_NOT_FOUND  the link was used, replaced or is too old
 *         ERR_INVALID    the password is too short, or is their address */
#define INVITE_USE_ASK_FIELDS(F)                                                               \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(invite_use_ask, INVITE_USE_ASK_FIELDS)
SHAPE_STRUCT(invite_use_answer, SESSION_ANSWER_FIELDS)

/* Replace the password, which ends all sessions and begins another. ERR_AUTH: the session is none. ERR_DENIED: the
 * old password is wrong, or was wrong too often. ERR_INVALID as above. */
#define PASSWORD_SET_ASK_FIELDS(F)                                                             \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(SECRET, old, MAX_PASSWORD, )                                                             \
    F(SECRET, password, MAX_PASSWORD, )
SHAPE_STRUCT(password_set_ask, PASSWORD_SET_ASK_FIELDS)
SHAPE_STRUCT(password_set_answer, SESSION_ANSWER_FIELDS)

/* Whose is it, and what else is open? ERR_AUTH: it is none, or ended. */
enum { SESSIONS_MAX = 20, SESSION_FORM = 43 };
#define SESSION_SHOW_ASK_FIELDS(F) F(SECRET, token, MAX_TOKEN, )
#define SESSION_ROW_FIELDS(F)                                                                  \
    F(I64, id, 0, )                                                                            \
    F(INSTANT, made, 0, )                                                                      \
    F(INSTANT, seen, 0, ) /* the ten minutes of its last use */                                \
    F(INSTANT, expires, 0, )
SHAPE_STRUCT(session_row, SESSION_ROW_FIELDS)
#define SESSION_SHOW_ANSWER_FIELDS(F)                                                          \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, account_name, MAX_NAME, )                                                          \
    F(TEXT, email, MAX_EMAIL, )                                                                \
    F(TEXT, name, MAX_NAME, )                                                                  \
    F(TEXT, zone, MAX_ZONE, )                                                                  \
    F(CODE, role, USER_ROLE_COUNT, user_role)                                                  \
    F(TEXT, form, SESSION_FORM, ) /* what its forms carry: made of the token, and proves it */ \
    F(I64, id, 0, )               /* its own row */                                            \
    F(LIST, rows, SESSIONS_MAX, session_row)
SHAPE_STRUCT(session_show_ask, SESSION_SHOW_ASK_FIELDS)
SHAPE_STRUCT(session_show_answer, SESSION_SHOW_ANSWER_FIELDS)

/* End one of the user's sessions, or all others. ERR_AUTH: as above. ERR_NOT_FOUND: they have no such session. */
#define SESSION_END_ASK_FIELDS(F)                                                              \
    F(SECRET, token, MAX_TOKEN, )                                                              \
    F(I64, id, 0, ) /* 0: all others */
SHAPE_STRUCT(session_end_ask, SESSION_END_ASK_FIELDS)
SHAPE_STRUCT(session_end_answer, NO_FIELDS)

/* ---- a person, through the edge ---- */

/* Ask something as whoever the bearer proves to be. The edge holds no right of its own: the vault finds the
 * person, looks in wire/grant.h whether they may ask this, and has the question's own handler answer it. The
 * reply to `as` says whether the bearer is good (ERR_AUTH: no); the one within how the question went. */
enum bearer_kind { BEARER_TOKEN, BEARER_SESSION, BEARER_KIND_COUNT };
enum { AS_QUESTION_MAX = 256 * 1024, AS_ANSWER_MAX = (4 << 20) - 4096 };
#define AS_ASK_FIELDS(F)                                                                       \
    F(CODE, kind, BEARER_KIND_COUNT, bearer_kind)                                              \
    F(SECRET, bearer, MAX_TOKEN, )                                                             \
    F(CODE, type, WIRE_TYPE_MAX, wire_type)                                                    \
    F(SECRET, question, AS_QUESTION_MAX, ) /* its x_ask, in the wire encoding */
#define AS_ANSWER_FIELDS(F)                                                                    \
    F(ONE, reply, 0, reply)                                                                    \
    F(BYTES, answer, AS_ANSWER_MAX, ) /* its x_answer; empty unless reply.has_body */

/* The audit (store/audit.h). A row of a chain as the log told it: */
#define AUDIT_HEAD_FIELDS(F)                                                                   \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, row, 0, ) /* its place in its chain */                                              \
    F(BYTES, hash, 32, )
SHAPE_STRUCT(audit_head, AUDIT_HEAD_FIELDS)

/* Go through a piece of the chains. heads: compared first, by the first question. */
#define AUDIT_VERIFY_ASK_FIELDS(F)                                                             \
    F(I64, after, 0, ) /* 0: from the beginning; else the last answer's next */                \
    F(LIST, heads, MAX_ROWS, audit_head)
SHAPE_STRUCT(audit_verify_ask, AUDIT_VERIFY_ASK_FIELDS)
#define AUDIT_VERIFY_ANSWER_FIELDS(F)                                                          \
    F(I64, rows, 0, )          /* gone through, all fitting */                                 \
    F(I64, next, 0, )          /* 0: that was all */                                           \
    F(ONE, end, 0, audit_head) /* of the chain; no node: it goes on */                         \
    F(TEXT, what, MAX_WHAT, )  /* does not fit; empty: all does. Then these say where: */      \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, row, 0, )
SHAPE_STRUCT(audit_verify_answer, AUDIT_VERIFY_ANSWER_FIELDS)

/* Hand out rows as they are stored. */
#define AUDIT_EXPORT_ASK_FIELDS(F)                                                             \
    F(I64, after, 0, )                                                                         \
    F(INSTANT, from, 0, ) /* each chain begins with its first row at or after this */
SHAPE_STRUCT(audit_export_ask, AUDIT_EXPORT_ASK_FIELDS)
#define AUDIT_ROW_FIELDS(F)                                                                    \
    F(I64, row, 0, )                                                                           \
    F(INSTANT, at, 0, )                                                                        \
    F(I64, kind, 0, )                                                                          \
    F(I64, actor, 0, )                                                                         \
    F(I64, account, 0, )                                                                       \
    F(I64, subject, 0, )                                                                       \
    F(I64, result, 0, )                                                                        \
    F(BYTES, details, 1024, )                                                                  \
    F(BYTES, hash, 32, )                                                                       \
    F(BYTES, code, 32, )
SHAPE_STRUCT(audit_row, AUDIT_ROW_FIELDS)
#define AUDIT_EXPORT_ANSWER_FIELDS(F)                                                          \
    F(TEXT, node, MAX_NODE, )                                                                  \
    F(I64, number, 0, )      /* the node's */                                                  \
    F(BYTES, previous, 32, ) /* the hash before the first of them */                           \
    F(LIST, rows, MAX_ROWS, audit_row)                                                         \
    F(I64, next, 0, )
SHAPE_STRUCT(audit_export_answer, AUDIT_EXPORT_ANSWER_FIELDS)

/* Show what was done in an account, and who read which mailbox. */
#define AUDIT_SHOW_ASK_FIELDS(F)                                                               \
    F(TEXT, account, MAX_SLUG, )                                                               \
    F(TEXT, mailbox, MAX_EMAIL, ) /* empty: all */                                             \
    F(INSTANT, from, 0, )                                                                      \
    F(INSTANT, to, 0, )                                                                        \
    F(INSTANT, after_at, 0, ) /* as the last answer's next_at and next */                      \
    F(I64, after, 0, )
SHAPE_STRUCT(audit_show_ask, AUDIT_SHOW_ASK_FIELDS)
#define AUDIT_SHOWN_FIELDS(F)                                                                  \
    F(INSTANT, at, 0, )                                                                        \
    F(CODE, kind, AUDIT_KIND_COUNT, audit_kind)                                                \
    F(CODE, actor, AUDIT_ACTOR_COUNT, audit_actor)                                             \
    F(CODE, result, AUDIT_RESULT_COUNT, audit_result)                                          \
    F(I64, subject, 0, )                                                                       \
    F(TEXT, name, MAX_EMAIL, ) /* the actor's */                                               \
    F(TEXT, mailbox, MAX_EMAIL, )                                                              \
    F(TEXT, what, MAX_EMAIL, )
SHAPE_STRUCT(audit_shown, AUDIT_SHOWN_FIELDS)
#define AUDIT_SHOW_ANSWER_FIELDS(F)                                                            \
    F(LIST, rows, MAX_ROWS, audit_shown)                                                       \
    F(INSTANT, next_at, 0, )                                                                   \
    F(I64, next, 0, )                                                                          \
    F(FLAG, goes_on, 0, )
SHAPE_STRUCT(audit_show_answer, AUDIT_SHOW_ANSWER_FIELDS)

/* ---- the permission table: number, name, who may ask ---- */

#define WIRE_MESSAGES(M)                                                                       \
    M(1, edge_start, ROLE_PARENT)                                                              \
    M(2, vault_start, ROLE_PARENT)                                                             \
    M(3, courier_start, ROLE_PARENT)                                                           \
    M(4, attach, ROLE_PARENT)                                                                  \
    M(5, migrate, ROLE_PARENT)                                                                 \
    M(6, search, ROLE_PARENT)                                                                  \
    M(7, restore, ROLE_PARENT)                                                                 \
                                                                                               \
    M(10, spawn, ROLE_VAULT | ROLE_PARENT)                                                     \
    M(11, open, ROLE_VAULT | ROLE_PARENT)                                                      \
    M(12, check, ROLE_VAULT | ROLE_PARENT)                                                     \
    M(13, busy, ROLE_VAULT)                                                                    \
    M(14, create, ROLE_VAULT)                                                                  \
    M(15, find, ROLE_VAULT)                                                                    \
    M(16, update, ROLE_VAULT)                                                                  \
    M(17, remove, ROLE_VAULT)                                                                  \
    M(18, view, ROLE_VAULT)                                                                    \
    M(19, calendars, ROLE_VAULT | ROLE_PARENT)                                                 \
    M(20, discover, ROLE_VAULT | ROLE_PARENT)                                                  \
    M(21, act, ROLE_VAULT)                                                                     \
    M(23, changes, ROLE_VAULT)                                                                 \
    M(26, mail_open, ROLE_VAULT | ROLE_PARENT)                                                 \
    M(27, mail, ROLE_VAULT)                                                                    \
    M(28, mail_check, ROLE_PARENT)                                                             \
                                                                                               \
    M(30, page, ROLE_EDGE)                                                                     \
    M(31, slots, ROLE_EDGE)                                                                    \
    M(32, book, ROLE_EDGE)                                                                     \
    M(33, booking, ROLE_EDGE)                                                                  \
    M(34, move_slots, ROLE_EDGE)                                                               \
    M(35, move, ROLE_EDGE)                                                                     \
    M(36, cancel, ROLE_EDGE)                                                                   \
    M(37, health, ROLE_EDGE | ROLE_COMMAND | ROLE_PARENT)                                      \
    M(39, session_begin, ROLE_EDGE)                                                            \
    M(40, session_show, ROLE_EDGE)                                                             \
    M(41, session_end, ROLE_EDGE)                                                              \
    M(42, password_set, ROLE_EDGE)                                                             \
    M(43, invite_use, ROLE_EDGE)                                                               \
    M(45, trust, ROLE_EDGE | ROLE_COMMAND)                                                     \
    M(38, as, ROLE_EDGE)                                                                       \
                                                                                               \
    M(50, account_add, ROLE_COMMAND)                                                           \
    M(51, account_list, ROLE_COMMAND)                                                          \
    M(52, user_add, ROLE_COMMAND | ROLE_PERSON)                                                \
    M(53, user_list, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(54, connection_add, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(55, connection_list, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(56, connection_check, ROLE_COMMAND | ROLE_PERSON)                                        \
    M(57, connection_password, ROLE_COMMAND | ROLE_PERSON)                                     \
    M(58, connection_remove, ROLE_COMMAND | ROLE_PERSON)                                       \
    M(59, page_put, ROLE_COMMAND | ROLE_PERSON)                                                \
    M(60, page_list, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(61, page_remove, ROLE_COMMAND | ROLE_PERSON)                                             \
    M(62, booking_list, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(63, booking_cancel, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(70, booking_add, ROLE_COMMAND)                                                           \
    M(71, booking_move, ROLE_COMMAND)                                                          \
    M(72, booking_noshow, ROLE_COMMAND)                                                        \
    M(64, connection_move, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(65, connection_calendars, ROLE_COMMAND | ROLE_PERSON)                                    \
    M(66, connection_discover, ROLE_COMMAND | ROLE_PERSON)                                     \
    M(67, team, ROLE_COMMAND | ROLE_PERSON)                                                    \
    M(80, account_show, ROLE_PERSON)                                                           \
    M(81, user_role, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(82, page_show, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(83, booking_show, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(84, token_add, ROLE_COMMAND)                                                             \
    M(85, token_list, ROLE_COMMAND | ROLE_PERSON)                                              \
    M(86, token_revoke, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(87, invite_begin, ROLE_COMMAND)                                                          \
    M(90, account_remove, ROLE_COMMAND)                                                        \
    M(97, user_remove, ROLE_COMMAND)                                                           \
    M(94, account_keep, ROLE_COMMAND)                                                          \
    M(95, customer_export, ROLE_COMMAND)                                                       \
    M(96, customer_erase, ROLE_COMMAND)                                                        \
    M(91, erasure_list, ROLE_COMMAND)                                                          \
    M(92, erasure_show, ROLE_COMMAND)                                                          \
    M(93, erasure_verify, ROLE_COMMAND)                                                        \
    M(100, attention_list, ROLE_COMMAND)                                                       \
    M(101, attention_done, ROLE_COMMAND)                                                       \
    M(68, account_links, ROLE_COMMAND)                                                         \
    M(102, outbox_list, ROLE_COMMAND)                                                          \
    M(103, outbox_retry, ROLE_COMMAND)                                                         \
    M(104, account_mail, ROLE_COMMAND)                                                         \
    M(110, why, ROLE_COMMAND | ROLE_PERSON)                                                    \
    M(140, inventory, ROLE_COMMAND)                                                            \
    M(141, trust_servers, ROLE_COMMAND)                                                        \
                                                                                               \
    M(130, audit_verify, ROLE_COMMAND)                                                         \
    M(131, audit_export, ROLE_COMMAND)                                                         \
    M(132, audit_show, ROLE_COMMAND)                                                           \
    M(160, key_list, ROLE_COMMAND)                                                             \
    M(161, key_rotate, ROLE_COMMAND)                                                           \
    M(162, key_rewrap, ROLE_COMMAND)                                                           \
    M(163, seal_policy, ROLE_COMMAND)                                                          \
    M(164, seal_status, ROLE_COMMAND)                                                          \
    M(165, seal_walk, ROLE_COMMAND)                                                            \
    M(166, backup, ROLE_COMMAND)

#define WIRE_NUMBER(number, name, askers) WIRE_##name = number,
enum wire_type { WIRE_MESSAGES(WIRE_NUMBER) WIRE_TYPE_MAX = 200 };

struct wire_message {
    const char *name; /* NULL: no message has this number */
    unsigned askers;  /* bit set of enum wire_role */
    shape_table *ask;
    shape_table *answer;
};

/* Return the row of a message, NULL where there is none with that number. */
const struct wire_message *wire_message_of(unsigned type);

/* May a peer of that role ask this? The one place where this is decided. */
bool wire_may_ask(unsigned type, enum wire_role role);

/* How an answer went; precedes every answer's body. where and what are empty towards the edge. */
#define REPLY_FIELDS(F)                                                                        \
    F(CODE, status, STATUS_COUNT, status)                                                      \
    F(I64, retry_s, 0, )                                                                       \
    F(TEXT, where, MAX_WHERE, )                                                                \
    F(TEXT, what, MAX_WHAT, )                                                                  \
    F(FLAG, has_body, 0, )
SHAPE_STRUCT(reply, REPLY_FIELDS)

SHAPE_STRUCT(as_ask, AS_ASK_FIELDS) /* down here: they name what stands above */
SHAPE_STRUCT(as_answer, AS_ANSWER_FIELDS)

#endif
