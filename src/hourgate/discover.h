/* SPDX-License-Identifier: ISC
 *
 * Finding a mailbox's server by Autodiscover, and asking the person before a foreign domain is followed.
 */
#ifndef HOURGATE_DISCOVER_H
#define HOURGATE_DISCOVER_H

#include "hourgate/call.h"
#include "wire/messages.h"

#define DISCOVER_OPTION                                                                        \
    {                                                                                          \
        .name = "consent", .value = "DOMAIN",                                                  \
        .help = "let Autodiscover ask there, and sign in; repeatable", .repeats = true         \
    }

/* How to ask once: through the vault, or a courier of one's own. */
typedef enum status discover_once(void *by, const struct server *server,
                                  const struct discover_ask *ask,
                                  struct discover_answer *ret_found, struct error *err);

/* Find server's host, port and path (and its mailbox's primary address); server has its sign-in and mailbox.
 * A redirect to another domain is followed where --consent names it or the person at the terminal agrees.
 *
 * Owner   texts live in the call; ret_found->layers say what was tried
 * Fails   ERR_DENIED no consent; ERR_UNSUPPORTED the mailbox lives in Exchange Online; what once fails with
 */
enum status discover_server(struct call *call, discover_once *once, void *by,
                            struct server *server, struct discover_answer *ret_found,
                            struct error *err) MUST_CHECK;

#endif
