/* SPDX-License-Identifier: ISC
 *
 * Kerberos tickets for AUTH_NEGOTIATE, in this process's memory and nowhere else: a password or a keytab
 * becomes a ticket, which libcurl's GSSAPI finds by the environment's KRB5CCNAME. A process holds the
 * tickets of one user: a courier's child serves one connection.
 *
 * The KDCs are those of the operator's krb5.conf; whether names are canonicalised, too.
 */
#ifndef FETCH_KERBEROS_H
#define FETCH_KERBEROS_H

#include <stdint.h>

#include "base/error.h"
#include "wire/types.h"

/* Load libkrb5, its configuration and GSSAPI once per process, before the jail. config: a krb5.conf; NULL or
 * "" is the system's. Where Kerberos is not set up this is no failure: kerberos_open tells. */
void kerberos_init(const char *config);

struct kerberos;

/* Prepare for server->user: user@REALM, DOMAIN\user, or user in the default realm; asks nobody yet.
 *
 * Owner   borrows server
 * Fails   ERR_INVALID (the name or the keytab), ERR_UNSUPPORTED (no usable krb5.conf)
 */
enum status kerberos_open(const struct server *server, struct kerberos **ret_kerberos,
                          struct error *err) MUST_CHECK;
void kerberos_close(struct kerberos *kerberos); /* accepts NULL; destroys the tickets */

/* See to it that there is a ticket for the server's HTTP service that lasts; one try, no second.
 *
 * Fails   ERR_AUTH (the KDC refuses the user), ERR_NETWORK (no KDC answers), ERR_NOT_FOUND (it knows no
 *         such service), ERR_UPSTREAM, ERR_UNSUPPORTED
 */
enum status kerberos_ready(struct kerberos *kerberos, struct error *err) MUST_CHECK;

#endif
