/* SPDX-License-Identifier: ISC
 *
 * Everything that may cross a boundary between two programs: a question `x_ask` and its answer
 * `x_answer`, declared by subject in the headers below. WIRE_MESSAGES is the permission table: a question from
 * a role that does not stand in its row closes the channel (doc/boundary.md).
 */
#ifndef WIRE_MESSAGES_H
#define WIRE_MESSAGES_H

#include "base/status.h"
#include "wire/account.h"
#include "wire/connector.h"
#include "wire/courier.h"
#include "wire/desk.h"
#include "wire/erasure.h"
#include "wire/factor.h"
#include "wire/host.h"
#include "wire/keys.h"
#include "wire/look.h"
#include "wire/oauth.h"
#include "wire/parent.h"
#include "wire/person.h"
#include "wire/privacy.h"
#include "wire/setup.h"
#include "wire/sso.h"
#include "wire/team.h"
#include "wire/visitor.h"
#include "wire/xmpp.h"

/* Who is at the other end of a channel; fixed when the channel is made, never said by the peer. */
enum wire_role {
    ROLE_PARENT = 1, /* hourgate, over a program's control channel */
    ROLE_EDGE = 2,
    ROLE_COMMAND = 4, /* hourgate account ..., over the 0600 socket */
    ROLE_VAULT = 8,
    ROLE_PERSON = 16, /* somebody whom `as` speaks for; what of it, wire/grant.h says */
};

/* ---- the permission table: number, name, who may ask ---- */

#define WIRE_MESSAGES(M)                                                                       \
    M(1, edge_start, ROLE_PARENT)                                                              \
    M(2, vault_start, ROLE_PARENT)                                                             \
    M(3, courier_start, ROLE_PARENT)                                                           \
    M(4, attach, ROLE_PARENT)                                                                  \
    M(5, migrate, ROLE_PARENT)                                                                 \
    M(6, search, ROLE_PARENT)                                                                  \
    M(8, certificate, ROLE_PARENT)                                                             \
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
    M(25, events, ROLE_VAULT)                                                                  \
    M(22, watch, ROLE_VAULT)                                                                   \
    M(24, watch_wait, ROLE_VAULT)                                                              \
    M(29, unwatch, ROLE_VAULT)                                                                 \
    M(26, mail_open, ROLE_VAULT | ROLE_PARENT)                                                 \
    M(27, mail, ROLE_VAULT)                                                                    \
    M(28, mail_check, ROLE_VAULT | ROLE_PARENT)                                                \
    M(133, oauth_open, ROLE_VAULT)                                                             \
    M(134, oauth_exchange, ROLE_VAULT)                                                         \
    M(135, oauth_refresh, ROLE_VAULT)                                                          \
    M(136, oauth_revoke, ROLE_VAULT)                                                           \
    M(137, sso_discover, ROLE_VAULT)                                                           \
    M(138, sso_exchange, ROLE_VAULT)                                                           \
                                                                                               \
    M(113, xmpp_open, ROLE_VAULT)                                                              \
    M(114, xmpp_tell, ROLE_VAULT)                                                              \
    M(118, xmpp_account, ROLE_VAULT)                                                           \
    M(119, xmpp_forget, ROLE_VAULT)                                                            \
                                                                                               \
    M(30, page, ROLE_EDGE)                                                                     \
    M(186, logo, ROLE_EDGE)                                                                    \
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
    M(44, session_prove, ROLE_EDGE)                                                            \
    M(170, session_code, ROLE_EDGE)                                                            \
    M(171, factor_show, ROLE_EDGE)                                                             \
    M(172, factor_begin, ROLE_EDGE)                                                            \
    M(173, factor_confirm, ROLE_EDGE)                                                          \
    M(174, factor_codes, ROLE_EDGE)                                                            \
    M(175, factor_off, ROLE_EDGE)                                                              \
    M(46, setup_show, ROLE_EDGE)                                                               \
    M(47, setup_begin, ROLE_EDGE)                                                              \
    M(48, setup_mail, ROLE_EDGE)                                                               \
    M(49, setup_end, ROLE_EDGE)                                                                \
    M(180, oauth_begin, ROLE_EDGE)                                                             \
    M(181, oauth_end, ROLE_EDGE)                                                               \
    M(197, sso_offer, ROLE_EDGE)                                                               \
    M(198, sso_begin, ROLE_EDGE)                                                               \
    M(199, sso_end, ROLE_EDGE)                                                                 \
    M(185, confirm, ROLE_EDGE)                                                                 \
    M(177, desk_hello, ROLE_EDGE)                                                              \
    M(178, desk_ticket, ROLE_EDGE)                                                             \
    M(179, desk_push, ROLE_EDGE)                                                               \
    M(182, desk_pull, ROLE_EDGE)                                                               \
    M(183, desk_done, ROLE_EDGE)                                                               \
    M(184, desk_question, ROLE_EDGE)                                                           \
    M(188, desk_answer, ROLE_EDGE)                                                             \
    M(187, desk_leave, ROLE_EDGE)                                                              \
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
    M(70, booking_add, ROLE_COMMAND | ROLE_PERSON)                                             \
    M(71, booking_move, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(78, booking_history, ROLE_PERSON)                                                        \
    M(73, booking_series, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(72, booking_noshow, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(76, booking_approve, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(77, booking_decline, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(64, connection_move, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(65, connection_calendars, ROLE_COMMAND | ROLE_PERSON)                                    \
    M(66, connection_discover, ROLE_COMMAND | ROLE_PERSON)                                     \
    M(145, oauth_put, ROLE_COMMAND)                                                            \
    M(146, oauth_list, ROLE_COMMAND)                                                           \
    M(147, oauth_remove, ROLE_COMMAND)                                                         \
    M(115, sso_put, ROLE_COMMAND)                                                              \
    M(116, sso_list, ROLE_COMMAND)                                                             \
    M(117, sso_remove, ROLE_COMMAND)                                                           \
    M(148, oauth_offers, ROLE_PERSON)                                                          \
    M(121, connector_add, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(122, connector_token, ROLE_COMMAND | ROLE_PERSON)                                        \
    M(123, connector_switch, ROLE_COMMAND | ROLE_PERSON)                                       \
    M(124, connector_list, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(67, team, ROLE_COMMAND | ROLE_PERSON)                                                    \
    M(80, account_show, ROLE_PERSON)                                                           \
    M(81, user_role, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(82, page_show, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(83, booking_show, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(84, token_add, ROLE_COMMAND | ROLE_PERSON)                                               \
    M(85, token_list, ROLE_COMMAND | ROLE_PERSON)                                              \
    M(86, token_revoke, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(87, invite_begin, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(98, user_disable, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(99, user_handover, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(88, factor_clear, ROLE_COMMAND)                                                          \
    M(89, account_require, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(176, setup_link, ROLE_COMMAND)                                                           \
    M(90, account_remove, ROLE_COMMAND | ROLE_PERSON)                                          \
    M(97, user_remove, ROLE_COMMAND | ROLE_PERSON)                                             \
    M(94, account_keep, ROLE_COMMAND)                                                          \
    M(95, customer_export, ROLE_COMMAND)                                                       \
    M(96, customer_erase, ROLE_COMMAND)                                                        \
    M(91, erasure_list, ROLE_COMMAND)                                                          \
    M(92, erasure_show, ROLE_COMMAND)                                                          \
    M(93, erasure_verify, ROLE_COMMAND)                                                        \
    M(100, attention_list, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(101, attention_done, ROLE_COMMAND | ROLE_PERSON)                                         \
    M(105, attention_accept, ROLE_COMMAND | ROLE_PERSON)                                       \
    M(106, attention_restore, ROLE_COMMAND | ROLE_PERSON)                                      \
    M(68, account_links, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(69, account_sites, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(150, account_look, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(102, outbox_list, ROLE_COMMAND | ROLE_PERSON)                                            \
    M(103, outbox_retry, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(104, account_mail, ROLE_COMMAND | ROLE_PERSON)                                           \
    M(110, why, ROLE_COMMAND | ROLE_PERSON)                                                    \
    M(111, agenda, ROLE_PERSON)                                                                \
    M(112, agenda_mark, ROLE_PERSON)                                                           \
    M(140, inventory, ROLE_COMMAND)                                                            \
    M(141, trust_servers, ROLE_COMMAND)                                                        \
    M(142, readings, ROLE_PERSON)                                                              \
    M(143, holdings, ROLE_PERSON)                                                              \
    M(144, condition, ROLE_PERSON)                                                             \
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

/* What a health answer counts: questions by their type, and what metrics there are besides. */
enum { WIRE_COUNTERS_MAX = WIRE_TYPE_MAX + 64 };

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
