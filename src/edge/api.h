/* SPDX-License-Identifier: ISC
 *
 * The bodies that the interface for people takes, for the handlers and for the fuzzer.
 */
#ifndef EDGE_API_H
#define EDGE_API_H

#include "edge/body.h"
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
    enum auth_method method;
    struct token_server_body token_server;
    struct pin *pins;
    size_t n_pins;
    struct consent *consents;
    size_t n_consents;
};

void connection_body_done(struct connection_body *body); /* frees its password */

extern const struct body_shape body_user, body_role, body_connection_add, body_connection_move,
    body_connection_discover, body_connection_password, body_connection_check, body_calendars,
    body_page;

#endif
