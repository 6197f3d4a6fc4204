/* SPDX-License-Identifier: ISC */
#include "connector/windows/http.h"

#include <stdio.h>

enum { HEAD_MAX = 16 * 1024, RETRY_MOST_S = 24 * 3600 };

/* ---- the address ---- */

struct address {
    char host[MAX_HOST + 1];
    int64_t port;
    struct text path;
    bool is_tls;
};

static bool split(const char *url, struct address *ret_at)
{
    struct address at = {.is_tls = true, .port = 443};
    struct text rest = text_from(url), authority, host, port;
    if (text_starts(rest, TEXT("https://"))) {
        rest = (struct text){rest.at + 8, rest.n - 8};
    } else if (text_starts(rest,
                           TEXT("http://"))) { /* connector_pair lets loopback alone have it */
        rest = (struct text){rest.at + 7, rest.n - 7};
        at.is_tls = false;
        at.port = 80;
    } else {
        return false;
    }
    if (!text_cut(rest, '/', &authority, &at.path))
        return false;
    at.path = (struct text){at.path.at - 1, at.path.n + 1};
    if (text_starts(authority, TEXT("["))) {
        authority = (struct text){authority.at + 1, authority.n - 1};
        if (!text_cut(authority, ']', &host, &port) || (port.n && port.at[0] != ':'))
            return false;
        port = port.n ? (struct text){port.at + 1, port.n - 1} : port;
    } else if (!text_cut(authority, ':', &host, &port)) {
        host = authority;
        port = (struct text){0};
    }
    if ((port.n && !text_to_i64(port, &at.port)) || !host.n || host.n > MAX_HOST)
        return false;
    snprintf(at.host, sizeof at.host, TEXT_FMT, TEXT_ARG(host));
    *ret_at = at;
    return true;
}

/* ---- an answer ---- */

struct answer_head {
    struct http_answer answer;
    int64_t length; /* -1: not said */
    bool closes;
};

static enum status not_http(struct error *err)
{
    return error_set(err, ERR_UPSTREAM, "http", "what the server answers is no HTTP");
}

static void note_header(struct answer_head *head, struct text name, struct text value)
{
    int64_t number = 0;
    bool is_number = text_to_i64(value, &number) && number >= 0;
    if (text_equal_nocase(name, TEXT("Content-Length")))
        head->length = is_number ? number : -1;
    else if (text_equal_nocase(name, TEXT("Connection")))
        head->closes = head->closes || text_equal_nocase(value, TEXT("close"));
    else if (text_equal_nocase(name, TEXT("Retry-After")) && is_number)
        head->answer.retry_s = number < RETRY_MOST_S ? number : RETRY_MOST_S;
}

/* Read a head out of `in`, receiving more where it is not whole. */
static enum status read_head(struct line *line, struct buf *in, int64_t deadline_ms,
                             struct answer_head *ret_head, struct error *err)
{
    size_t end = 0;
    while (end + 4 > in->n || memcmp(in->at + end, "\r\n\r\n", 4) != 0) {
        if (end + 4 <= in->n)
            end++;
        else if (end > HEAD_MAX)
            return not_http(err);
        else
            TRY(line_receive(line, in, deadline_ms, err));
    }
    struct text rest = {(const char *)in->at, end}, row, name, value;
    struct answer_head head = {.length = -1};
    int64_t code = 0;
    if (!text_starts(rest, TEXT("HTTP/1.")) || rest.n < 12 ||
        !text_to_i64((struct text){rest.at + 9, 3}, &code))
        return not_http(err);
    head.answer.code = (int)code;
    head.closes = rest.at[7] == '0';
    for (bool more = true; more;) {
        struct text before = rest;
        more = text_cut(before, '\n', &row, &rest);
        if (!more)
            row = before;
        if (text_cut(row, ':', &name, &value))
            note_header(&head, name, text_trim(value));
    }
    buf_drop(in, end + 4);
    *ret_head = head;
    return OK;
}

/* hourgate says how long its answers are; what does not is something else, and not worth reading. */
static enum status read_answer(struct line *line, int64_t deadline_ms, struct buf *answer,
                               struct answer_head *ret_head, struct error *err)
{
    struct buf in CLEANUP(buf_wipe) = BUF(HEAD_MAX + LINE_IN_MAX + answer->max);
    TRY(read_head(line, &in, deadline_ms, ret_head, err));
    if (ret_head->length < 0 || (uint64_t)ret_head->length > answer->max) {
        ret_head->closes = true;
        return OK;
    }
    while (in.n < (size_t)ret_head->length)
        TRY(line_receive(line, &in, deadline_ms, err));
    buf_add(answer, in.at, (size_t)ret_head->length);
    return OK;
}

/* ---- a question ---- */

static void format_request(struct buf *out, const struct address *at,
                           const struct secret *authorization, struct text body)
{
    bool is_v6 = strchr(at->host, ':');
    buf_printf(out, "POST " TEXT_FMT " HTTP/1.1\r\nHost: %s%s%s:%d\r\n", TEXT_ARG(at->path),
               is_v6 ? "[" : "", at->host, is_v6 ? "]" : "", (int)at->port);
    buf_add_cstr(out, "Authorization: ");
    buf_add(out, authorization->at, authorization->n);
    buf_printf(out,
               "\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n",
               (long long)body.n);
    buf_add_text(out, body);
}

static void hang_up(struct http *http)
{
    if (http->is_open)
        line_close(&http->line);
    http->is_open = false;
}

static enum status reach(struct http *http, const struct address *at, int64_t deadline_ms,
                         struct error *err)
{
    TRY(line_open(&http->line, http->proxies, at->host, at->port, deadline_ms, err));
    enum status status = OK;
    if (at->is_tls)
        status = line_secure(&http->line, at->host, deadline_ms, err);
    http->is_open = true;
    http->port = at->port;
    snprintf(http->host, sizeof http->host, "%s", at->host);
    if (status != OK)
        hang_up(http);
    return status;
}

static enum status ask(struct http *http, struct text request, int64_t deadline_ms,
                       struct buf *answer, struct answer_head *ret_head, struct error *err)
{
    enum status status = line_send(&http->line, request, deadline_ms, err);
    if (status == OK)
        status = read_answer(&http->line, deadline_ms, answer, ret_head, err);
    if (status != OK || ret_head->closes)
        hang_up(http);
    return status;
}

static enum status post(void *self, const char *url, const struct secret *authorization,
                        struct text body, int64_t deadline_ms, struct buf *answer,
                        struct http_answer *ret_answer, struct error *err)
{
    struct http *http = self;
    struct address at;
    if (!split(url, &at))
        return error_set(err, ERR_INVALID, "http", "%s is no address of a server", url);
    struct buf request CLEANUP(buf_wipe) = BUF(HEAD_MAX + body.n);
    format_request(&request, &at, authorization, body);
    struct answer_head head = {0};
    enum status status = ERR_CLOSED;
    if (http->is_open && (http->port != at.port || strcmp(http->host, at.host) != 0))
        hang_up(http);
    /* A connection that was kept may have ended meanwhile; all that the core asks may be asked twice. */
    if (http->is_open)
        status = ask(http, buf_text(&request), deadline_ms, answer, &head, err);
    if (status == ERR_CLOSED) {
        TRY(reach(http, &at, deadline_ms, err));
        status = ask(http, buf_text(&request), deadline_ms, answer, &head, err);
    }
    if (status == ERR_CLOSED)
        return error_set(err, ERR_NETWORK, "http", "the server hangs up without an answer");
    TRY(status);
    *ret_answer = head.answer;
    return OK;
}

struct http_adapter http_adapter_of(struct http *http)
{
    return (struct http_adapter){http, post};
}

void http_done(struct http *http)
{
    hang_up(http);
}

/* ---- the stream that wakes us ---- */

static enum status wake_open(void *self, const char *host, int64_t port, bool tls,
                             int64_t deadline_ms, struct error *err)
{
    struct wake_line *wake = self;
    TRY(line_open(&wake->line, wake->proxies, host, port, deadline_ms, err));
    enum status status = tls ? line_secure(&wake->line, host, deadline_ms, err) : OK;
    if (status != OK) {
        line_close(&wake->line);
        return status;
    }
    WSAEventSelect(wake->line.socket, wake->arrived, FD_READ | FD_CLOSE);
    return OK;
}

static enum status wake_secure(void *self, const char *host, int64_t deadline_ms,
                               struct error *err)
{
    return line_secure(&((struct wake_line *)self)->line, host, deadline_ms, err);
}

static enum status wake_send(void *self, struct text bytes, int64_t deadline_ms,
                             struct error *err)
{
    return line_send(&((struct wake_line *)self)->line, bytes, deadline_ms, err);
}

static enum status wake_receive(void *self, struct buf *in, int64_t deadline_ms,
                                struct error *err)
{
    return line_receive(&((struct wake_line *)self)->line, in, deadline_ms, err);
}

static void wake_close(void *self)
{
    struct wake_line *wake = self;
    if (wake->line.socket != INVALID_SOCKET)
        WSAEventSelect(wake->line.socket, wake->arrived, 0);
    line_close(&wake->line);
}

struct stream_adapter stream_adapter_of(struct wake_line *wake)
{
    wake->line = LINE_CLOSED;
    return (struct stream_adapter){wake,      wake_open,    wake_secure,
                                   wake_send, wake_receive, wake_close};
}
