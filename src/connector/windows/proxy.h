/* SPDX-License-Identifier: ISC
 *
 * Through which proxy a server is reached. What the user has set comes first, then what Windows knows: a fixed
 * one, or a script (PAC) that is named or found by itself (WPAD).
 */
#ifndef CONNECTOR_WINDOWS_PROXY_H
#define CONNECTOR_WINDOWS_PROXY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "wire/types.h"

struct proxy_settings {
    char host[MAX_HOST + 1]; /* empty: as Windows does */
    int64_t port;
    bool is_direct; /* none, whatever Windows says */
    char user[MAX_USER +
              1]; /* of whichever it is; empty: as the one who is signed in to Windows */
    struct secret password;
};

struct proxy_choice {
    char host[MAX_HOST + 1]; /* empty: straight */
    int64_t port;
};

/* Choose for a server. A script that does not answer or does not run is ERR_NETWORK: going round it might be
 * against the rules of the house. */
enum status proxy_choose(const struct proxy_settings *settings, const char *host, int64_t port,
                         struct proxy_choice *ret_choice, struct error *err) MUST_CHECK;

/* Read HOST[:PORT], with or without http:// before it. */
bool proxy_parse(struct text written, struct proxy_choice *ret_choice);

/* How a proxy's question (Proxy-Authenticate) is answered, step by step. */
struct proxy_sign_in {
    bool has_begun, is_basic, has_ended;
    void *sspi; /* of Negotiate and NTLM */
};

/* Append the value of Proxy-Authorization to `out`.
 *
 * offered   the values of all its Proxy-Authenticate, one a line
 * Fails     ERR_AUTH: refused, or it wants a way that we do not know
 */
enum status proxy_answer(struct proxy_sign_in *sign_in, const struct proxy_settings *settings,
                         const char *proxy, struct text offered, struct buf *out,
                         struct error *err) MUST_CHECK;
void proxy_sign_in_done(struct proxy_sign_in *sign_in); /* accepts a zeroed one */

#endif
