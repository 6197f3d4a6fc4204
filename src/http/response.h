/* SPDX-License-Identifier: ISC
 *
 * An answer that is being written, and the headers that every answer carries.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>

#include "base/buf.h"

enum { HTTP_HEADERS_MAX = 12, HTTP_BODY_MAX = 2 << 20, HTTP_POLICY_MAX = 1024 };

struct http_header {
    const char *name;
    const char *value;
    char *copy; /* heap: what value points to; NULL where that is static */
};

struct http_response {
    unsigned status;
    struct buf body;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t n_headers;
    bool close; /* end the connection after it */
};

/* Begin an answer. content_type is static text. */
void http_response_init(struct http_response *response, unsigned status,
                        const char *content_type);
void http_response_done(struct http_response *response);

/* Add a header; name is static text, value is copied. A value with a control character is a bug: aborts. */
void http_response_add(struct http_response *response, const char *name, struct text value);
void http_response_add_static(struct http_response *response, const char *name,
                              const char *value);

/* Add what a browser must know of an answer of ours: a page runs no code but our files, is framed by no site but
 * these (origins, a space between them; empty: none), sends no referrer; data is not to be shown or run at all;
 * neither is kept. is_https also tells it to come back by HTTPS only. */
enum http_nature {
    HTTP_PAGE,
    HTTP_DATA,
};
void http_response_add_security(struct http_response *response, enum http_nature nature,
                                struct text frame_sites, bool is_https);

#endif
