/* SPDX-License-Identifier: ISC
 *
 * A connection to a server, straight or through the proxy, in the clear until it is secured: what HTTPS and XMPP
 * stand on. Its TLS is Windows' own (Schannel, 1.2); the certificate is verified here, since Schannel leaves that
 * to whoever asks it to, and its own verdict is one number for everything.
 *
 * One thread; every deadline is one of clock_ms.
 */
#ifndef CONNECTOR_WINDOWS_LINE_H
#define CONNECTOR_WINDOWS_LINE_H

#include "connector/windows/system.h"

#include "base/buf.h"
#include "base/error.h"
#include "connector/windows/proxy.h"

enum { LINE_IN_MAX = 64 * 1024 };

struct line {
    SOCKET socket; /* INVALID_SOCKET where it is not open */
    bool is_tls, has_credential, has_context, has_ended;
    CredHandle credential;
    CtxtHandle context;
    SecPkgContext_StreamSizes sizes;
    struct buf in;    /* as it came */
    struct buf plain; /* deciphered, not yet handed out */
};

#define LINE_CLOSED ((struct line){.socket = INVALID_SOCKET})

/* Reach host:port. Fails: ERR_NETWORK, ERR_TIMEOUT, ERR_AUTH (the proxy's sign-in). Closed where it fails. */
enum status line_open(struct line *line, const struct proxy_settings *proxies, const char *host,
                      int64_t port, int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Begin TLS, verified for host: a CA that Windows trusts, the name among the certificate's own, its time, not
 * revoked. ERR_TLS says which it is. */
enum status line_secure(struct line *line, const char *host, int64_t deadline_ms,
                        struct error *err) MUST_CHECK;

enum status line_send(struct line *line, struct text bytes, int64_t deadline_ms,
                      struct error *err) MUST_CHECK;

/* Append what arrives, once something has. ERR_TIMEOUT: nothing until deadline_ms, which may be past. ERR_CLOSED. */
enum status line_receive(struct line *line, struct buf *in, int64_t deadline_ms,
                         struct error *err) MUST_CHECK;

void line_close(struct line *line); /* accepts a closed one */

/* line/verify.c: is this the certificate of host, signed by a CA that this PC trusts? */
enum status certificate_verify(PCCERT_CONTEXT certificate, const char *host,
                               struct error *err) MUST_CHECK;

#endif
