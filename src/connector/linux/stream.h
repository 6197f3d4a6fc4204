/* SPDX-License-Identifier: ISC
 *
 * A connection for XMPP: a socket, through the proxy's CONNECT where there is one, in TLS that is verified as strictly
 * as that of HTTPS.
 */
#ifndef CONNECTOR_LINUX_STREAM_H
#define CONNECTOR_LINUX_STREAM_H

#include "connector/linux/https.h"

struct stream {
    const struct settings *settings;
    const struct tls_roots *roots;
    CURL *curl; /* owns the socket; NULL: not open */
    int fd;     /* borrowed from it; -1 */
    SSL_CTX *context;
    SSL *ssl;
    struct tls_wanted wanted;
    struct tls_report report;
    char host[MAX_HOST + 1];
};

void stream_init(struct stream *stream, const struct https *https);
void stream_done(struct stream *stream);

struct stream_adapter stream_adapter(struct stream *stream);

/* Return what to poll, -1 where it is not open; *ret_waiting: bytes are here already. */
int stream_fd(const struct stream *stream, bool *ret_waiting);

#endif
