/* SPDX-License-Identifier: ISC
 *
 * One question on its way through the vault: read by the reader, queued, handled by one worker in one
 * function, answered once.
 */
#ifndef VAULT_REQUEST_H
#define VAULT_REQUEST_H

#include "vault/peer.h"
#include "vault/vault.h"

struct request {
    struct list node;  /* in the queue */
    struct peer *peer; /* held */
    enum wire_type type;
    uint64_t number;
    int64_t deadline_ms; /* of clock_ms: the asker has given up then */
    struct arena a; /* wiped with the request: it may hold what a calendar or a customer said */
    void *ask;      /* the decoded question, in a */
    void *inner;    /* of `as`: the question within, decoded; else NULL */
    struct flight *led; /* slots: the flight that this request leads; else NULL */
    int fd;             /* that rode on the question; -1: none */
    bool answered;      /* somebody else answers, or did */
    bool tells_anyway;  /* the answer has a body although it is not OK */
};

/* Decode a question. ERR_INVALID: the peer broke the protocol. */
enum status request_new(struct peer *peer, const struct frame *frame,
                        struct request **ret_request) MUST_CHECK;
void request_free(struct vault *v, struct request *r);

/* Every question that the vault handles, and its lane. Who may ask them: WIRE_MESSAGES. */
#define VAULT_HANDLERS(H)                                                                      \
    H(page, READ)                                                                              \
    H(slots, UPSTREAM)                                                                         \
    H(book, UPSTREAM)                                                                          \
    H(booking, READ)                                                                           \
    H(move_slots, UPSTREAM)                                                                    \
    H(move, UPSTREAM)                                                                          \
    H(confirm, UPSTREAM)                                                                       \
    H(cancel, UPSTREAM)                                                                        \
    H(desk_hello, LOCAL)                                                                       \
    H(desk_ticket, LOCAL)                                                                      \
    H(desk_push, LOCAL)                                                                        \
    H(desk_pull, LOCAL)                                                                        \
    H(desk_done, LOCAL)                                                                        \
    H(desk_question, LOCAL)                                                                    \
    H(desk_answer, LOCAL)                                                                      \
    H(desk_leave, LOCAL)                                                                       \
    H(connector_add, LOCAL)                                                                    \
    H(connector_token, LOCAL)                                                                  \
    H(connector_switch, LOCAL)                                                                 \
    H(connector_list, LOCAL)                                                                   \
    H(as, READ) /* its lane is that of the question within */                                  \
    H(session_begin, HASH)                                                                     \
    H(session_show, READ)                                                                      \
    H(session_end, LOCAL)                                                                      \
    H(session_code, LOCAL)                                                                     \
    H(factor_show, READ)                                                                       \
    H(factor_begin, LOCAL)                                                                     \
    H(factor_confirm, LOCAL)                                                                   \
    H(factor_codes, LOCAL)                                                                     \
    H(factor_off, HASH)                                                                        \
    H(factor_clear, LOCAL)                                                                     \
    H(account_require, LOCAL)                                                                  \
    H(session_prove, HASH)                                                                     \
    H(password_set, HASH)                                                                      \
    H(invite_use, HASH)                                                                        \
    H(setup_link, LOCAL)                                                                       \
    H(setup_show, READ)                                                                        \
    H(setup_begin, HASH)                                                                       \
    H(setup_mail, UPSTREAM)                                                                    \
    H(setup_end, LOCAL)                                                                        \
    H(health, READ)                                                                            \
    H(account_add, LOCAL)                                                                      \
    H(account_links, LOCAL)                                                                    \
    H(account_sites, LOCAL)                                                                    \
    H(account_look, LOCAL)                                                                     \
    H(logo, READ)                                                                              \
    H(account_list, LOCAL)                                                                     \
    H(user_add, LOCAL)                                                                         \
    H(user_list, LOCAL)                                                                        \
    H(connection_add, UPSTREAM)                                                                \
    H(connection_list, LOCAL)                                                                  \
    H(connection_check, UPSTREAM)                                                              \
    H(connection_password, LOCAL)                                                              \
    H(connection_remove, UPSTREAM)                                                             \
    H(page_put, LOCAL)                                                                         \
    H(page_list, LOCAL)                                                                        \
    H(page_remove, LOCAL)                                                                      \
    H(booking_list, LOCAL)                                                                     \
    H(booking_history, LOCAL)                                                                  \
    H(booking_cancel, UPSTREAM)                                                                \
    H(booking_add, UPSTREAM)                                                                   \
    H(booking_move, UPSTREAM)                                                                  \
    H(booking_approve, UPSTREAM)                                                               \
    H(booking_decline, UPSTREAM)                                                               \
    H(booking_series, UPSTREAM)                                                                \
    H(booking_noshow, LOCAL)                                                                   \
    H(connection_move, UPSTREAM)                                                               \
    H(connection_calendars, UPSTREAM)                                                          \
    H(connection_discover, UPSTREAM)                                                           \
    H(oauth_put, LOCAL)                                                                        \
    H(oauth_list, LOCAL)                                                                       \
    H(oauth_remove, LOCAL)                                                                     \
    H(oauth_offers, READ)                                                                      \
    H(oauth_begin, LOCAL)                                                                      \
    H(oauth_end, UPSTREAM)                                                                     \
    H(sso_put, LOCAL)                                                                          \
    H(sso_list, LOCAL)                                                                         \
    H(sso_remove, LOCAL)                                                                       \
    H(sso_offer, READ)                                                                         \
    H(sso_begin, UPSTREAM)                                                                     \
    H(sso_end, UPSTREAM)                                                                       \
    H(attention_done, LOCAL)                                                                   \
    H(attention_accept, UPSTREAM)                                                              \
    H(attention_restore, UPSTREAM)                                                             \
    H(account_remove, UPSTREAM)                                                                \
    H(user_remove, LOCAL)                                                                      \
    H(account_keep, LOCAL)                                                                     \
    H(customer_export, LOCAL)                                                                  \
    H(customer_erase, UPSTREAM)                                                                \
    H(erasure_list, LOCAL)                                                                     \
    H(erasure_show, LOCAL)                                                                     \
    H(erasure_verify, LOCAL)                                                                   \
    H(attention_list, LOCAL)                                                                   \
    H(inventory, LOCAL)                                                                        \
    H(trust, READ)                                                                             \
    H(trust_servers, LOCAL)                                                                    \
    H(backup, LOCAL)                                                                           \
    H(key_list, LOCAL)                                                                         \
    H(key_rewrap, LOCAL)                                                                       \
    H(key_rotate, LOCAL)                                                                       \
    H(seal_policy, LOCAL)                                                                      \
    H(seal_status, LOCAL)                                                                      \
    H(seal_walk, LOCAL)                                                                        \
    H(team, UPSTREAM)                                                                          \
    H(audit_verify, LOCAL)                                                                     \
    H(audit_export, LOCAL)                                                                     \
    H(audit_show, LOCAL)                                                                       \
    H(readings, LOCAL)                                                                         \
    H(holdings, LOCAL)                                                                         \
    H(condition, LOCAL)                                                                        \
    H(agenda_mark, LOCAL)                                                                      \
    H(agenda, UPSTREAM)                                                                        \
    H(why, UPSTREAM)                                                                           \
    H(account_show, LOCAL)                                                                     \
    H(user_role, LOCAL)                                                                        \
    H(page_show, LOCAL)                                                                        \
    H(outbox_list, LOCAL)                                                                      \
    H(outbox_retry, LOCAL)                                                                     \
    H(account_mail, LOCAL)                                                                     \
    H(booking_show, LOCAL)                                                                     \
    H(user_disable, LOCAL)                                                                     \
    H(user_handover, LOCAL)                                                                    \
    H(invite_begin, LOCAL)                                                                     \
    H(token_add, LOCAL)                                                                        \
    H(token_list, LOCAL)                                                                       \
    H(token_revoke, LOCAL)

/* A handler reads its question, fills its answer (in r->a) and returns how it went. */
#define HANDLER_DECLARE(name, lane)                                                            \
    enum status handle_##name(struct vault *v, struct request *r,                              \
                              const struct name##_ask *ask, struct name##_answer *answer,      \
                              struct error *err) MUST_CHECK;
VAULT_HANDLERS(HANDLER_DECLARE)
#undef HANDLER_DECLARE

/* How many calendars that a connection's host chose does it not see any more? Asks the server. ERR_NOT_FOUND:
 * nothing was chosen. */
enum status calendars_lost(struct vault *v, struct request *r, int64_t id,
                           int64_t *ret_n) MUST_CHECK;

/* In which lane does a question wait? False: the vault does not handle it. */
bool request_lane(enum wire_type type, enum lane *ret_lane);

/* In which lane does this request wait? */
enum lane request_own_lane(const struct request *r);

/* Whose question is it? Empty where it names no account. Borrowed from the request. */
struct text request_account(const struct request *r);

/* Have the handler of that type answer a question, which may be one within the request's own. */
enum status request_handle(struct vault *v, struct request *r, enum wire_type type,
                           const void *ask, void *answer, struct error *err) MUST_CHECK;

/* Tell who asked a part of the handler's answer before it is whole: of the type that the handler answers, alone or
 * within `as`. */
void request_tell(struct request *r, const void *part);

/* Have its handler work on it and answer; peer_flush then sends what was put. */
void request_run(struct vault *v, struct request *r);

#endif
