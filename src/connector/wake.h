/* SPDX-License-Identifier: ISC
 *
 * The line over which the server wakes us: the XMPP client (xmpp.h) on the platform's stream, STARTTLS on the one
 * port, direct TLS on the other.
 */
#ifndef CONNECTOR_WAKE_H
#define CONNECTOR_WAKE_H

#include "connector/platform.h"
#include "connector/xmpp.h"

enum {
    WAKE_OPEN_MS = 20000,  /* from the first byte until present */
    WAKE_QUIET_MS = 60000, /* after so long without a byte: is the server there? */
    WAKE_PONG_MS = 20000,  /* it has so long to say so */
};

struct wake {
    const struct platform *at;
    struct xmpp_client client;
    bool is_open;
    bool is_asked;    /* a ping is under way */
    int64_t heard_ms; /* of clock.ms; the last byte, or the ping */
};

/* Connect and sign in. is_blocked: neither port could be reached, where HTTPS can: firewalls do that.
 *
 * Fails   ERR_NETWORK, ERR_TIMEOUT with the line that names the ports; ERR_TLS, ERR_AUTH, ERR_UPSTREAM */
enum status wake_open(struct wake *wake, const struct platform *at,
                      const struct desk_xmpp *xmpp, bool *ret_is_blocked,
                      struct error *err) MUST_CHECK;
void wake_close(struct wake *wake); /* accepts a zeroed one */

/* Return the next number that the server said. ERR_TIMEOUT: none now; any other failure: the line is closed. */
enum status wake_next(struct wake *wake, int64_t *ret_number, struct error *err) MUST_CHECK;

/* Return when to call wake_next although nothing came, by clock.ms. */
int64_t wake_due_ms(const struct wake *wake);

#endif
