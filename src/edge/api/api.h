/* SPDX-License-Identifier: ISC
 *
 * What the files of the interface for people share; and the bodies that it takes, for the handlers and for the fuzzer.
 */
#ifndef EDGE_API_H
#define EDGE_API_H

#include "edge/api/body.h"
#include "edge/visit.h"
#include "format/json.h"
#include "wire/messages.h"

struct token_server_body {
    struct text url, client_id, scope;
};

/* A connection as it is described: all that several requests say of one. */
struct connection_body {
    struct text email;
    int64_t through;
    bool free_busy_only, unchecked;
    struct text server, user, impersonate, mailbox;
    struct text keytab; /* bytes */
    struct secret password;
    enum calendar_kind kind;
    enum auth_method method;
    struct token_server_body token_server;
    struct pin *pins;
    size_t n_pins;
    struct consent *consents;
    size_t n_consents;
};

/* Say whether nothing comes of a connection, and since when. */
void api_put_outage(struct json_writer *w, enum outage outage, struct instant since);

void connection_body_done(struct connection_body *body); /* frees its password */

extern const struct body_shape body_user, body_role, body_disable, body_handover, body_require,
    body_connection_add, body_connection_move, body_connection_discover,
    body_connection_password, body_connection_check, body_calendars, body_page,
    body_booking_add, body_booking_move, body_booking_noshow, body_booking_series, body_restore;

/* Is it fit to be an Idempotency-Key? What to say where it is not. */
bool api_is_key(struct text key);
extern const char *const api_key_words;

/* Could the path's sixth segment name a booking? Otherwise it has been answered. */
bool api_has_booking(struct visit *visit);

/* ---- items of an open list ---- */

void api_add_user(struct json_writer *w, const struct user_row *user);
void api_add_token(struct json_writer *w, const struct token_row *token);
void api_add_connection(struct json_writer *w, const struct connection_row *row);
void api_add_notice(struct json_writer *w, const struct attention_row *row);
void api_add_mail(struct json_writer *w, const struct outbox_row *row);

/* ---- members of an open object ---- */

/* A booking as people see it. */
void put_booking(struct json_writer *w, const struct booking_public *booking);

/* A list of what is in the way of a start, or was set aside. */
void put_reasons(struct json_writer *w, const char *name, const struct reason *reasons,
                 size_t n);

/* A page as its host sees it. */
void api_put_page(struct json_writer *w, const struct page_row *page);

/* The customer's private link, as "manage_url". */
void put_link(struct visit *visit, struct json_writer *w, const struct secret *token);

#endif
