/* SPDX-License-Identifier: ISC
 *
 * libcurl connects, and speaks with the proxy (CURLOPT_CONNECT_ONLY); from then on the socket is ours to use and its to
 * close. The server's name is resolved by the proxy where there is one.
 */
#include "connector/linux/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"

enum { STEP = 16 * 1024 };

static const char where[] = "xmpp";

static enum status wait_for(const struct stream *s, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left_ms = deadline_ms - clock_ms();
        struct pollfd one = {.fd = s->fd, .events = events};
        int n = poll(&one, 1, left_ms > 0 ? (int)left_ms : 0);
        if (n > 0)
            return OK;
        if (n == 0)
            return ERR_TIMEOUT;
        if (errno != EINTR)
            return ERR_CLOSED;
    }
}

static void stream_close(void *self)
{
    struct stream *s = self;
    if (s->ssl)
        SSL_free(s->ssl);
    if (s->context)
        SSL_CTX_free(s->context);
    if (s->curl)
        curl_easy_cleanup(s->curl);
    s->ssl = NULL;
    s->context = NULL;
    s->curl = NULL;
    s->fd = -1;
}

/* ---- TLS ---- */

static enum status tls_failure(struct stream *s, struct error *err)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (s->report.refused)
        return error_set(err, ERR_TLS, where, "%s; %s", s->report.reason, s->report.fix);
    return error_set(err, ERR_TLS, where, "no TLS with %s: %s", s->host,
                     reason ? reason : "the server hung up");
}

static enum status prepare(struct stream *s, struct error *err)
{
    s->wanted = (struct tls_wanted){
        .roots = s->roots, .host = s->host, .is_address = https_is_address(s->host)};
    s->context = SSL_CTX_new(TLS_client_method());
    if (!s->context || !tls_prepare(s->context, &s->wanted, &s->report))
        return error_set(err, ERR_TLS, where, "TLS does not start");
    SSL_CTX_set_session_cache_mode(s->context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(s->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    s->ssl = SSL_new(s->context);
    if (!s->ssl || SSL_set_fd(s->ssl, s->fd) != 1 ||
        (!s->wanted.is_address && SSL_set_tlsext_host_name(s->ssl, s->host) != 1))
        return error_set(err, ERR_TLS, where, "TLS does not start");
    return OK;
}

/* Which way OpenSSL wants the socket; 0: it has failed. */
static short wanted_event(const struct stream *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return POLLIN;
    case SSL_ERROR_WANT_WRITE:
        return POLLOUT;
    default:
        return 0;
    }
}

static enum status secure(void *self, const char *host, int64_t deadline_ms, struct error *err)
{
    struct stream *s = self;
    snprintf(s->host, sizeof s->host, "%s", host);
    TRY(prepare(s, err));
    for (;;) {
        ERR_clear_error();
        int result = SSL_connect(s->ssl);
        if (result == 1)
            return OK;
        short events = wanted_event(s, result);
        if (!events)
            return tls_failure(s, err);
        if (wait_for(s, events, deadline_ms) != OK)
            return error_set(err, ERR_TIMEOUT, where, "TLS with %s takes too long", host);
    }
}

/* ---- the socket ---- */

static bool set_options(struct stream *s, const char *url, int64_t left_ms)
{
    CURL *c = s->curl;
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(c, option, value) != CURLE_OK
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "http");
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)left_ms);
#undef SET
    return !failed && https_set_proxy(c, s->settings);
}

/* The environment's proxy for HTTPS is the one that lets other things than web pages through. */
static bool set_tunnel(struct stream *s)
{
    const char *proxy = getenv("https_proxy");
    if (!proxy)
        proxy = getenv("HTTPS_PROXY");
    return s->settings->proxy != PROXY_OF_ENVIRONMENT || !proxy ||
           curl_easy_setopt(s->curl, CURLOPT_PROXY, proxy) == CURLE_OK;
}

static enum status open_stream(void *self, const char *host, int64_t port, bool tls,
                               int64_t deadline_ms, struct error *err)
{
    struct stream *s = self;
    stream_close(s);
    char url[MAX_HOST + 32];
    bool is_v6 = strchr(host, ':');
    int64_t left_ms = deadline_ms - clock_ms();
    snprintf(url, sizeof url, "http://%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
             (int)port);
    s->curl = curl_easy_init();
    if (left_ms <= 0 || !s->curl || !set_options(s, url, left_ms) || !set_tunnel(s))
        return error_set(err, ERR_IO, where, "libcurl does not start");
    CURLcode code = curl_easy_perform(s->curl);
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (code == CURLE_OK)
        curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd);
    enum status status =
        code != CURLE_OK ? https_failure(s->curl, code, s->settings, NULL, where, err)
        : fd == CURL_SOCKET_BAD
            ? error_set(err, ERR_NETWORK, where, "the connection broke at once")
            : OK;
    s->fd = fd == CURL_SOCKET_BAD ? -1 : fd;
    if (status == OK && tls)
        status = secure(s, host, deadline_ms, err);
    if (status != OK)
        stream_close(s);
    return status;
}

static enum status lost(struct error *err)
{
    ERR_clear_error();
    return error_set(err, ERR_CLOSED, where, "the connection is gone");
}

/* Send or receive once: the number of bytes, 0 where the socket must be waited for, -1 where it is gone. */
static ssize_t put_some(struct stream *s, struct text bytes, short *ret_events)
{
    *ret_events = POLLOUT;
    if (s->ssl) {
        ERR_clear_error();
        int n = SSL_write(s->ssl, bytes.at, (int)(bytes.n < STEP ? bytes.n : STEP));
        if (n > 0)
            return n;
        *ret_events = wanted_event(s, n);
        return *ret_events ? 0 : -1;
    }
    ssize_t n = send(s->fd, bytes.at, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static ssize_t take_some(struct stream *s, unsigned char *at, short *ret_events)
{
    *ret_events = POLLIN;
    if (s->ssl) {
        ERR_clear_error();
        int n = SSL_read(s->ssl, at, STEP);
        if (n > 0)
            return n;
        *ret_events = wanted_event(s, n);
        return *ret_events ? 0 : -1;
    }
    ssize_t n = recv(s->fd, at, STEP, MSG_DONTWAIT);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static enum status send_bytes(void *self, struct text bytes, int64_t deadline_ms,
                              struct error *err)
{
    struct stream *s = self;
    while (bytes.n && s->fd >= 0) {
        short events;
        ssize_t n = put_some(s, bytes, &events);
        if (n < 0)
            return lost(err);
        bytes = (struct text){bytes.at + n, bytes.n - (size_t)n};
        if (n == 0 && wait_for(s, events, deadline_ms) != OK)
            return error_set(err, ERR_TIMEOUT, where, "the server takes nothing");
    }
    return s->fd >= 0 ? OK : lost(err);
}

static enum status receive(void *self, struct buf *in, int64_t deadline_ms, struct error *err)
{
    struct stream *s = self;
    while (s->fd >= 0) {
        short events;
        unsigned char *at = buf_room(in, STEP);
        ssize_t n = at ? take_some(s, at, &events) : -1;
        if (n < 0)
            return lost(err);
        if (n > 0) {
            buf_grown(in, (size_t)n);
            return OK;
        }
        enum status status = wait_for(s, events, deadline_ms);
        if (status != OK)
            return error_set(err, status, where, "the server says nothing");
    }
    return lost(err);
}

void stream_init(struct stream *stream, const struct https *https)
{
    *stream = (struct stream){.settings = https->settings, .roots = https->roots, .fd = -1};
}

void stream_done(struct stream *stream)
{
    stream_close(stream);
}

struct stream_adapter stream_adapter(struct stream *stream)
{
    return (struct stream_adapter){.self = stream,
                                   .open = open_stream,
                                   .secure = secure,
                                   .send = send_bytes,
                                   .receive = receive,
                                   .close = stream_close};
}

int stream_fd(const struct stream *stream, bool *ret_waiting)
{
    *ret_waiting = stream->ssl && SSL_pending(stream->ssl) > 0;
    return stream->fd;
}
