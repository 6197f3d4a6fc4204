/* SPDX-License-Identifier: ISC
 *
 * HTTPS to one server, signed in one way, over one connection that is kept: what NTLM needs and what keeps
 * people apart. Nothing but HTTPS (fetch/tls.h), no redirect is followed, no cookie sent unless a request
 * names it, and the address is
 * checked (fetch/network.h) before anything is sent to it; of a name's addresses, those that may be called
 * are tried in turn.
 *
 * Through a proxy (CONNECT) it is the proxy that resolves: an address that is given as such is checked, a
 * name is not. The proxy itself is the operator's and may stand anywhere.
 *
 * One request is one try: a refused sign-in is never repeated here.
 */
#ifndef FETCH_CLIENT_H
#define FETCH_CLIENT_H

#include <stdint.h>

#include "base/secret.h"
#include "fetch/dial.h"
#include "fetch/network.h"
#include "fetch/tls.h"
#include "wire/types.h"

/* Prepare libcurl and OpenSSL once per process, before the jail. */
enum status fetch_init(struct error *err) MUST_CHECK;

/* What all transfers of a courier's child share; borrowed for their life. */
struct fetch_options {
    const struct tls_roots *roots;
    const struct network_list *networks;
    const struct proxy *proxy; /* NULL, or one without a host: there is none */
    /* NULL, or called around what keeps no deadline (libkrb5 waiting for KDCs). With words: should it last
     * beyond deadline_ms of clock_ms, this process answers ERR_NETWORK with them and ends. NULL: it is over. */
    void (*last_words)(const char *where, const char *words, int64_t deadline_ms);
    /* NULL, or told each finding of the connection doctor as soon as it is one. */
    void (*found)(const struct layer *layer);
    int stop_fd; /* -1, or: when its peer hangs up, a running transfer ends with ERR_CLOSED */
};

/* What a transfer has shown; strings came from the server and are cleaned of control characters. */
struct fetch_facts {
    struct dial dial;
    bool by_proxy;
    int proxy_status; /* of the proxy's answer to CONNECT; 0: none */
    bool connected, reused;
    int64_t connect_ms;
    bool sent;             /* a request may have reached the server */
    int http_status;       /* 0: no answer */
    int n_401;             /* of a sign-in in steps the first is only its challenge */
    bool says_expired;     /* the bearer token, by x-ms-diagnostics */
    char content_type[64]; /* lower case, without parameters */
    char location[1024];   /* of a redirect, without query */
    char etag[256];        /* of what was answered or written, with its quotes */
    char modified[64];     /* Last-Modified, as it came */
    char back_end[512];    /* the value of the cookie X-BackEndOverrideCookie; empty: none */
    char challenges[128];  /* schemes of WWW-Authenticate, by spaces, lower case */
    int64_t retry_after_s; /* -1: not said */
    int64_t date_s;        /* the server's clock, UTC; -1: not said */
    struct tls_report tls;
};

/* Where the answer's bytes go, as they arrive. A failure stops the transfer and becomes its own. */
struct fetch_sink {
    void *owner;
    enum status (*bytes)(void *owner, const struct fetch_facts *facts, struct text bytes,
                         struct error *err);
};

struct fetch;

enum fetch_way {
    FETCH_SIGNED_IN,
    FETCH_ANONYMOUS, /* to see what the server offers */
    FETCH_PLAIN,     /* a GET without TLS, without anything: only to be told where HTTPS is */
};

/* Open the way to a server; nothing is sent yet. options are borrowed for its life. */
enum status fetch_open(const struct server *server, const struct fetch_options *options,
                       enum fetch_way way, struct fetch **ret_fetch,
                       struct error *err) MUST_CHECK;
void fetch_close(struct fetch *fetch); /* accepts NULL */

struct fetch_request {
    const char *verb;   /* NULL: POST */
    const char *target; /* path and query, percent-encoded; NULL: the server's own path */
    struct text body;   /* empty: none, but for a POST */
    const char *type;   /* its Content-Type; NULL: SOAP's */
    const char *const *headers; /* further ones, "Name: value", ending in NULL */
    bool once;                  /* never send it twice: takes a fresh connection */
    size_t max_answer;          /* bytes; more is ERR_UPSTREAM */
};

/* Send a request and wait for the whole answer.
 *
 * Fails   ERR_NETWORK (name, route, connection), ERR_TLS (the certificate or version, in words),
 *         ERR_TIMEOUT, ERR_CLOSED, ERR_UPSTREAM (cut short, too long, not HTTP), or as the sink failed.
 *         An answer of any HTTP status is OK. ERR_INVALID: a target that goes into no request.
 * Facts   fetch_facts_of, after every request: fresh
 */
enum status fetch_send(struct fetch *fetch, const struct fetch_request *post,
                       const struct fetch_sink *sink, int64_t deadline_ms,
                       struct error *err) MUST_CHECK;

const struct fetch_facts *fetch_facts_of(const struct fetch *fetch);

#endif
