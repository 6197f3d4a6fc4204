/* SPDX-License-Identifier: ISC
 *
 * The client's side of XMPP (RFC 6120, 6121), as far as being woken needs it: TLS first, SASL PLAIN within it, a
 * resource, presence, then messages that hold one number. Bytes in, bytes out: the connection is the owner's.
 */
#ifndef CONNECTOR_XMPP_H
#define CONNECTOR_XMPP_H

#include "base/error.h"
#include "base/secret.h"
#include "wire/desk.h"
#include "xmpp/stanza.h"

enum { XMPP_OUT_MAX = 64 * 1024 };

enum xmpp_event {
    XMPP_NONE,   /* more bytes are needed */
    XMPP_SECURE, /* `out` is to be sent, TLS begun, then xmpp_client_secured called */
    XMPP_READY,  /* signed in, and present */
    XMPP_NUMBER, /* the component said one */
    XMPP_PONG,   /* the server answered xmpp_client_ping */
};

enum xmpp_state {
    XMPP_BEGUN,    /* the stream's features are awaited */
    XMPP_STARTTLS, /* leave to begin TLS is awaited */
    XMPP_SIGN_IN,  /* the answer to the password is awaited */
    XMPP_BIND,     /* a resource is awaited */
    XMPP_PRESENT,
};

struct xmpp_client {
    struct stanza_reader reader;
    struct buf out; /* the owner sends and clears it */
    enum xmpp_state state;
    bool is_secure, has_signed_in;
    char user[DESK_JID_MAX + 1]; /* of the JID, user@domain */
    char domain[DESK_JID_MAX + 1];
    char component[DESK_JID_MAX + 1];
    struct secret ticket;
};

/* Begin a stream; is_secure: within TLS already. ERR_INVALID where the JID has no user or no domain. */
enum status xmpp_client_init(struct xmpp_client *x, struct text jid, struct text component,
                             const struct secret *ticket, bool is_secure,
                             struct error *err) MUST_CHECK;
void xmpp_client_done(struct xmpp_client *x); /* accepts a zeroed one */

/* TLS stands, verified: the stream begins anew. What came before it does not count. */
void xmpp_client_secured(struct xmpp_client *x);

/* Take bytes, then read events until XMPP_NONE.
 *
 * Fails   ERR_TLS       the server offers none: nothing secret was sent
 *         ERR_AUTH      the ticket is refused
 *         ERR_CLOSED    the server ended the stream
 *         ERR_UPSTREAM  what came is no XMPP, or not what it should be; the connection is of no more use
 */
enum status xmpp_client_feed(struct xmpp_client *x, struct text bytes,
                             struct error *err) MUST_CHECK;
enum status xmpp_client_next(struct xmpp_client *x, enum xmpp_event *ret_event,
                             int64_t *ret_number, struct error *err) MUST_CHECK;

/* Ask the server whether it is there. */
void xmpp_client_ping(struct xmpp_client *x);

#endif
