/* SPDX-License-Identifier: ISC
 *
 * What a visitor asked, whole and past the guard. It lives from the handler's call until its answer has
 * been sent or the visitor is gone.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/buf.h"
#include "base/text.h"
#include "http/peer.h"

enum http_method {
    HTTP_GET, /* also HEAD: the answer's body is then left out */
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OTHER,
};

struct http_request {
    enum http_method method;
    struct text path;  /* as sent, undecoded: begins with '/' */
    struct text query; /* behind the '?', undecoded */
    struct buf body;
    struct peer peer; /* the socket's other end */
    void *visit;      /* the owner's, NULL at first */
};

/* Find a header's value, without space around it; false where it is not there. Where there are several: the
 * last. It borrows from the connection, only until the request is answered. */
bool http_header_find(const struct http_request *request, const char *name,
                      struct text *ret_value);

/* The same, where an empty one is as good as none. */
struct text http_header(const struct http_request *request, const char *name);

#endif
