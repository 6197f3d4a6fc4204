/* SPDX-License-Identifier: ISC
 *
 * The core's http_adapter and stream_adapter, both over a line (line.h). POST is all that is needed, to one server:
 * HTTP/1.1 (RFC 9112) with a Content-Length; its connection is kept for the next one.
 */
#ifndef CONNECTOR_WINDOWS_HTTP_H
#define CONNECTOR_WINDOWS_HTTP_H

#include "connector/windows/line.h"

#include "connector/platform.h"

struct http {
    const struct proxy_settings *proxies; /* borrowed */
    struct line line;
    char host[MAX_HOST + 1];
    int64_t port;
    bool is_open;
};

struct wake_line {
    const struct proxy_settings *proxies; /* borrowed */
    struct line line;
    WSAEVENT arrived; /* signalled when something has come; the owner waits for it */
};

struct http_adapter http_adapter_of(struct http *http);
void http_done(struct http *http);

struct stream_adapter stream_adapter_of(struct wake_line *wake);

#endif
