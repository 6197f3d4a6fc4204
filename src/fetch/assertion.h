/* SPDX-License-Identifier: ISC
 *
 * What a client signs instead of sending a secret (RFC 7523): for an organisation's application at Microsoft
 * its certificate's key (PS256, named by x5t#S256), for a service account at Google its own (RS256), which then asks
 * in the name of one person.
 */
#ifndef FETCH_ASSERTION_H
#define FETCH_ASSERTION_H

#include "base/buf.h"
#include "base/error.h"
#include "base/instant.h"
#include "wire/types.h"

enum {
    ASSERTION_MAX = 4 * 1024,
    ASSERTION_LIFE_S = 300,   /* of one: it is used at once */
    ASSERTION_KEY_BITS = 2048 /* an RSA key has at least so many */
};

/* Can the server's keytab sign: one RSA private key in PEM and, but for Google, the certificate that belongs to it?
 *
 * Fails   ERR_INVALID, in words without anything of the key
 */
enum status assertion_check(const struct server *server, struct error *err) MUST_CHECK;

/* Append the parameters of a token request: how it is granted, the signed assertion, and the scope. Its audience is
 * the token server's own address.
 *
 * Fails   as assertion_check
 */
enum status assertion_write(const struct server *server, struct instant now, struct buf *out,
                            struct error *err) MUST_CHECK;

/* For whom does such a token stand? It is of no use for another; empty: for the application itself. Borrowed. */
struct text assertion_subject(const struct server *server);

#endif
