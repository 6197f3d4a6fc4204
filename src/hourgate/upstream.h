/* SPDX-License-Identifier: ISC
 *
 * A calendar server as named on the command line.
 */
#ifndef HOURGATE_UPSTREAM_H
#define HOURGATE_UPSTREAM_H

#include "hourgate/call.h"
#include "wire/types.h"

/* The options that name one; upstream_read knows them. */
#define UPSTREAM_OPTIONS                                                                       \
    {"server", "URL", "https://mail.example.ch, or with its /EWS/Exchange.asmx"},              \
        {"user", "NAME", "how to sign in: user@domain or DOMAIN\\user"},                       \
        {"method", "ntlm|basic", "how to sign in, this way only; default ntlm"},               \
    {                                                                                          \
        "impersonate", "ADDRESS", "act as this mailbox (the account needs the right to)"       \
    }

/* Split https://host[:port][/path]; a bare host gets port 443 and the path of EWS. Texts live in a. */
enum status upstream_parse_url(struct text url, struct arena *a, struct server *server,
                               struct error *err) MUST_CHECK;

/* Fill server from a call's options, all but password and mailbox. Texts live in the call. */
enum status upstream_read(struct call *call, struct server *ret_server,
                          struct error *err) MUST_CHECK;

#endif
