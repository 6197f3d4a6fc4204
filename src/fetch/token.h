/* SPDX-License-Identifier: ISC
 *
 * A bearer token by client credentials (RFC 6749 4.4) or what the client signs (fetch/assertion.h), fetched over the same strict HTTPS as everything else,
 * kept in memory until shortly before it ends.
 */
#ifndef FETCH_TOKEN_H
#define FETCH_TOKEN_H

#include "fetch/client.h"

enum { TOKEN_MAX = 16 * 1024 };

struct token;

/* Prepare for server->token_server, whose client's secret is server->password or whose key is server->keytab;
 * asks nobody yet. Both are borrowed for its life; server->mailbox and impersonate may change in between.
 * Fails as fetch_open and assertion_check. */
enum status token_open(const struct server *server, const struct fetch_options *options,
                       struct token **ret_token, struct error *err) MUST_CHECK;
void token_close(struct token *token); /* accepts NULL; wipes the token */

/* Return a token that is good for a while, a new one where need be; *ret_bearer is borrowed until the next
 * call.
 *
 * Fails   ERR_AUTH (the token server refuses the client), ERR_LIMIT, or as fetch_send
 */
enum status token_ready(struct token *token, int64_t deadline_ms, const char **ret_bearer,
                        struct error *err) MUST_CHECK;

/* Forget the token: it has ended at the server, whatever our clock says. */
void token_drop(struct token *token);

/* Read a token server's answer: a token that fits into a header, and for how long it is good.
 *
 * Fails   ERR_AUTH, ERR_LIMIT (err->retry_s), ERR_UPSTREAM; outputs are untouched then
 */
enum status token_read(const struct fetch_facts *facts, struct text body,
                       struct secret *ret_bearer, int64_t *ret_life_s,
                       struct error *err) MUST_CHECK;

/* Has it ended by our clock? */
bool token_has_ended(const struct token *token);

#endif
