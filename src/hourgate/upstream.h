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
    {"kind", "KIND", "ews (default), graph, google, caldav or ics"},                           \
        {"server", "URL", "https://mail.example.ch, or with its /EWS/Exchange.asmx"},          \
        {"user", "NAME", "how to sign in: user@domain or DOMAIN\\user"},                       \
        {"method", "METHOD",                                                                   \
         "ntlm (default), basic, negotiate, bearer, oauth, assertion; this way only"},         \
        {"impersonate", "ADDRESS", "act as this mailbox (the account needs the right to)"},    \
        {"mailbox", "ADDRESS",                                                                 \
         "whose calendar; default the impersonated one, else the user's"},                     \
        {"keytab", "FILE", "negotiate: sign in by this keytab instead of a password"},         \
        {"tenant", "TENANT", "bearer, assertion: of Microsoft 365, its id or a domain"},       \
        {"token-server", "URL", "bearer, assertion: where tokens are had instead"},            \
        {"client-id", "ID",                                                                    \
         "bearer, assertion: as which client; bearer's password is its secret"},               \
        {"scope", "SCOPE", "bearer, assertion: for what, if not all that was granted"},        \
        {"key-file", "FILE", "assertion: the client's private key and certificate, PEM"},      \
    {                                                                                          \
        .name = "pin", .value = "BASE64",                                                      \
        .help = "want this public key (SHA-256) besides verification; repeatable",             \
        .repeats = true                                                                        \
    }

/* Split https://host[:port][/path]; a bare host gets port 443 and the usual path of server->kind. Texts live in a. */
enum status upstream_parse_url(struct text url, struct arena *a, struct server *server,
                               struct error *err) MUST_CHECK;

/* Fill server from a call's options, all but its secrets; without needs_server it may have no address yet.
 * Texts live in the call. */
enum status upstream_read(struct call *call, bool needs_server, struct server *ret_server,
                          struct error *err) MUST_CHECK;

/* Get what proves who signs in: the keytab or key file where one is named, else the password (password_read).
 *
 * Owner   wire_wipe(server_shape, server)
 */
enum status upstream_read_secret(struct call *call, const char *question, struct server *server,
                                 struct error *err) MUST_CHECK;

#endif
