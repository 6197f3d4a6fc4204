/* SPDX-License-Identifier: ISC
 *
 * HTTP/1.1 on listening sockets that somebody else made, in the owner's loop and thread.
 *
 * A request is handed over once it is whole. Its handler answers at once or later; a request that waits is
 * a small record, its connection is suspended. Everything that may grow has a maximum: the head 8 KiB,
 * the body, the connections, the time for sending a request. How long an answer may take is the owner's
 * to limit.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/error.h"
#include "http/loop.h"
#include "http/request.h"
#include "http/response.h"

struct http_server;

struct http_settings {
    struct loop *loop;
    /* Take a whole request: http_answer it, now or later. */
    void (*handle)(void *owner, struct http_request *request);
    /* The visitor left a request that waits; forget it, do not answer. */
    void (*gone)(void *owner, struct http_request *request);
    /* Write the body and headers of a refusal that never became a request: 400, 413, 414, 431. */
    void (*refuse)(void *owner, unsigned status, struct http_response *ret_response);
    void *owner;
    unsigned max_connections;
    size_t max_body;
    bool has_tls; /* tls.h: it speaks HTTPS alone */
};

struct http_counts {
    uint64_t accepted, requests, refused; /* refused: by the guard or a limit */
    unsigned connections, waiting;
};

/* Start a server that listens nowhere yet. Opens what it needs for life: call it before a jail. */
enum status http_server_new(const struct http_settings *settings,
                            struct http_server **ret_server, struct error *err) MUST_CHECK;

/* Stop at once; requests that wait are dropped without `gone`. Accepts NULL. */
void http_server_free(struct http_server *server);

/* Accept from a listening socket too, which the server then owns. At most four. */
enum status http_server_listen(struct http_server *server, int fd) MUST_CHECK;

/* Answer. Takes over what response holds; the request is gone afterwards. */
void http_answer(struct http_request *request, struct http_response *response);

/* Answer in pieces: headers and what the body holds go out at once. The request lives on until http_answer_end, or until
 * `gone` tells that the visitor left. Proxies are asked not to gather the pieces. */
void http_answer_begin(struct http_request *request, struct http_response *response);
void http_answer_more(struct http_request *request, struct text piece);
void http_answer_end(struct http_request *request);

/* An answer that several requests get. */
struct http_shared;

/* Take over what response holds, to be sent any number of times. The caller holds it. */
struct http_shared *http_share(struct http_response *response);
void http_shared_release(struct http_shared *shared); /* accepts NULL */

/* Answer with it; the request is gone afterwards. */
void http_answer_shared(struct http_request *request, struct http_shared *shared);

/* Let connections move after a turn of the loop; call it each time. */
void http_server_turn(struct http_server *server);

/* Return how long the next turn may wait, -1 for ever. */
int http_server_timeout_ms(struct http_server *server);

struct http_counts http_server_counts(const struct http_server *server);

#endif
