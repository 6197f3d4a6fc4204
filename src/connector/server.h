/* SPDX-License-Identifier: ISC
 *
 * One question to the server that this PC is paired with, and its answer (wire/desk.h).
 */
#ifndef CONNECTOR_SERVER_H
#define CONNECTOR_SERVER_H

#include "connector/platform.h"
#include "wire/desk.h"

enum {
    SERVER_WAIT_MS = 30000, /* one question, all in all */
    SERVER_ANSWER_MAX = 1 << 20,
};

struct server_line {
    const struct platform *at;
    char url[MAX_LINK + 1];
    struct secret authorization; /* "Hourgate ID.TOKEN" */
};

/* Prepare questions of a connection. token stays the caller's. */
void server_line_init(struct server_line *line, const struct platform *at, struct text url,
                      int64_t connection, const struct secret *token);
void server_line_done(struct server_line *line); /* accepts a zeroed one */

/* Ask one of wire/desk.h's questions.
 *
 * name        "hello", as in the address
 * wait_ms     besides SERVER_WAIT_MS, for a question that the server lets wait
 * Owner       what the answer refers to lives in a; wire_wipe it where it holds secrets
 * Fails       ERR_AUTH      id or token are not known there
 *             ERR_CLOSED    the connection was removed there
 *             ERR_CONFLICT  say hello, then act by its answer
 *             ERR_LIMIT, ERR_FULL   not before err->retry_s
 *             ERR_INVALID   the server does not take it: another version
 *             ERR_UPSTREAM  that was no hourgate, or a broken one
 *             ERR_PAUSED    the proxy refused our sign-in
 *             ERR_NETWORK, ERR_TIMEOUT, ERR_TLS   no answer came
 */
enum status server_ask(const struct server_line *line, const char *name, shape_table *ask_table,
                       const void *ask, shape_table *answer_table, void *ret_answer,
                       struct arena *a, int64_t wait_ms, struct error *err) MUST_CHECK;

#endif
