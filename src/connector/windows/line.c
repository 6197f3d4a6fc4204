/* SPDX-License-Identifier: ISC */
#include "connector/windows/line.h"

#include <limits.h>
#include <stdio.h>

#include "connector/windows/wide.h"
#include "os/clock.h"

enum { HEAD_MAX = 16 * 1024, DRAIN_MAX = 64 * 1024, PROXY_ROUNDS = 4 };

/* ---- bytes in the clear ---- */

static enum status wait_for(SOCKET socket, short events, int64_t deadline_ms, struct error *err)
{
    int64_t left = deadline_ms - clock_ms();
    WSAPOLLFD at = {.fd = socket, .events = events};
    int n = WSAPoll(&at, 1, left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
    if (n > 0)
        return OK;
    if (n == 0 && left > 60000)
        return wait_for(socket, events, deadline_ms, err);
    return error_set(err, ERR_TIMEOUT, "network", "no answer in time");
}

static enum status send_all(struct line *line, struct text bytes, int64_t deadline_ms,
                            struct error *err)
{
    while (bytes.n) {
        TRY(wait_for(line->socket, POLLOUT, deadline_ms, err));
        int n = send(line->socket, bytes.at, bytes.n > INT_MAX ? INT_MAX : (int)bytes.n, 0);
        if (n < 0 && WSAGetLastError() == WSAEWOULDBLOCK)
            continue;
        if (n <= 0)
            return error_set(err, ERR_CLOSED, "network", "the connection was closed");
        bytes = (struct text){bytes.at + n, bytes.n - (size_t)n};
    }
    return OK;
}

/* Append to line->in. */
static enum status take(struct line *line, int64_t deadline_ms, struct error *err)
{
    char bytes[8192];
    TRY(wait_for(line->socket, POLLIN, deadline_ms, err));
    int n = recv(line->socket, bytes, sizeof bytes, 0);
    if (n < 0 && WSAGetLastError() == WSAEWOULDBLOCK)
        return OK;
    if (n <= 0)
        return error_set(err, ERR_CLOSED, "network", "the connection was closed");
    buf_add(&line->in, bytes, (size_t)n);
    return buf_failed(&line->in)
               ? error_set(err, ERR_UPSTREAM, "network", "more came than there is room for")
               : OK;
}

static enum status finish_connect(SOCKET socket, int64_t deadline_ms)
{
    if (wait_for(socket, POLLOUT, deadline_ms, NULL) != OK)
        return ERR_TIMEOUT;
    int failed = 0, n = sizeof failed;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&failed, &n) != 0 || failed)
        return ERR_NETWORK;
    return OK;
}

static enum status dial(struct line *line, const char *host, int64_t port, int64_t deadline_ms,
                        struct error *err)
{
    char service[8];
    snprintf(service, sizeof service, "%d", (int)port);
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, service, &wanted, &found) != 0)
        return error_set(err, ERR_NETWORK, "network", "the name %s is not known", host);
    enum status status = ERR_NETWORK;
    for (struct addrinfo *at = found; at && status != OK; at = at->ai_next) {
        SOCKET s = socket(at->ai_family, SOCK_STREAM, IPPROTO_TCP);
        unsigned long on = 1;
        if (s == INVALID_SOCKET || ioctlsocket(s, (long)FIONBIO, &on) != 0)
            continue;
        if (connect(s, at->ai_addr, (int)at->ai_addrlen) == 0)
            status = OK;
        else if (WSAGetLastError() == WSAEWOULDBLOCK)
            status = finish_connect(s, deadline_ms);
        if (status == OK)
            line->socket = s;
        else
            closesocket(s);
    }
    freeaddrinfo(found);
    return status == OK ? OK
                        : error_set(err, status, "network", "%s does not answer at port %d",
                                    host, (int)port);
}

/* ---- through a proxy ---- */

struct proxy_reply {
    int code;
    int64_t length;
    bool closes;
    struct buf offered; /* values of Proxy-Authenticate, one a line */
};

static void note_proxy_header(struct proxy_reply *reply, struct text name, struct text value)
{
    if (text_equal_nocase(name, TEXT("Proxy-Authenticate"))) {
        buf_add_text(&reply->offered, value);
        buf_add_byte(&reply->offered, '\n');
    } else if (text_equal_nocase(name, TEXT("Content-Length"))) {
        if (!text_to_i64(value, &reply->length))
            reply->closes = true;
    } else if (text_equal_nocase(name, TEXT("Connection")) ||
               text_equal_nocase(name, TEXT("Proxy-Connection"))) {
        reply->closes = reply->closes || text_equal_nocase(value, TEXT("close"));
    } else if (text_equal_nocase(name, TEXT("Transfer-Encoding"))) {
        reply->closes = true; /* not worth reading to its end */
    }
}

/* Where the empty line after a head begins; false: it is not there yet. */
static bool find_end(struct text in, size_t *ret_at)
{
    for (size_t i = 0; i + 4 <= in.n; i++)
        if (memcmp(in.at + i, "\r\n\r\n", 4) == 0) {
            *ret_at = i;
            return true;
        }
    return false;
}

static enum status read_head(struct line *line, struct proxy_reply *reply, int64_t deadline_ms,
                             struct error *err)
{
    size_t end = 0;
    while (!find_end(buf_text(&line->in), &end)) {
        if (line->in.n > HEAD_MAX)
            return error_set(err, ERR_NETWORK, "proxy", "what the proxy answers is no HTTP");
        TRY(take(line, deadline_ms, err));
    }
    struct text rest = {(const char *)line->in.at, end}, row, name, value;
    int64_t code = 0;
    if (!text_starts(rest, TEXT("HTTP/1.")) || rest.n < 12 ||
        !text_to_i64((struct text){rest.at + 9, 3}, &code))
        return error_set(err, ERR_NETWORK, "proxy", "what the proxy answers is no HTTP");
    reply->code = (int)code;
    for (bool more = true; more;) {
        struct text before = rest;
        more = text_cut(before, '\n', &row, &rest);
        if (!more)
            row = before;
        if (text_cut(row, ':', &name, &value))
            note_proxy_header(reply, name, text_trim(value));
    }
    buf_drop(&line->in, end + 4);
    return OK;
}

static enum status drain(struct line *line, int64_t length, int64_t deadline_ms,
                         struct error *err)
{
    if (length < 0 || length > DRAIN_MAX)
        return error_set(err, ERR_NETWORK, "proxy", "the proxy's refusal is too long");
    while (line->in.n < (size_t)length)
        TRY(take(line, deadline_ms, err));
    buf_drop(&line->in, (size_t)length);
    return OK;
}

static enum status ask_tunnel(struct line *line, const char *host, int64_t port,
                              struct text authorization, struct proxy_reply *reply,
                              int64_t deadline_ms, struct error *err)
{
    bool is_v6 = strchr(host, ':');
    struct buf request CLEANUP(buf_wipe) = BUF(HEAD_MAX);
    buf_printf(&request, "CONNECT %s%s%s:%d HTTP/1.1\r\nHost: %s%s%s:%d\r\n", is_v6 ? "[" : "",
               host, is_v6 ? "]" : "", (int)port, is_v6 ? "[" : "", host, is_v6 ? "]" : "",
               (int)port);
    if (authorization.n)
        buf_printf(&request, "Proxy-Authorization: " TEXT_FMT "\r\n", TEXT_ARG(authorization));
    buf_add_cstr(&request, "\r\n");
    TRY(send_all(line, buf_text(&request), deadline_ms, err));
    return read_head(line, reply, deadline_ms, err);
}

static enum status refused_by(const struct proxy_choice *proxy, int code, const char *host,
                              int64_t port, struct error *err)
{
    if (code == 401) /* what tinyproxy says to a wrong password */
        return error_set(err, ERR_AUTH, "proxy",
                         "the proxy %s refuses the user or the password: check it in the "
                         "connector's settings",
                         proxy->host);
    if (code == 403)
        return error_set(err, ERR_NETWORK, "proxy",
                         "the proxy %s does not let this program through to %s, port %d",
                         proxy->host, host, (int)port);
    return error_set(err, ERR_NETWORK, "proxy",
                     "the proxy %s cannot reach %s, port %d (HTTP %d)", proxy->host, host,
                     (int)port, code);
}

static enum status open_tunnel(struct line *line, const struct proxy_settings *settings,
                               const struct proxy_choice *proxy, struct proxy_sign_in *sign_in,
                               const char *host, int64_t port, int64_t deadline_ms,
                               struct error *err)
{
    struct buf authorization CLEANUP(buf_wipe) = BUF(HEAD_MAX);
    for (int round = 0; round < PROXY_ROUNDS; round++) {
        struct proxy_reply reply = {.offered = BUF(HEAD_MAX)};
        enum status status =
            ask_tunnel(line, host, port, buf_text(&authorization), &reply, deadline_ms, err);
        buf_wipe(&authorization);
        if (status == OK && reply.code == 407) {
            status = proxy_answer(sign_in, settings, proxy->host, buf_text(&reply.offered),
                                  &authorization, err);
            if (status == OK && reply.closes) {
                line_close(line);
                status = dial(line, proxy->host, proxy->port, deadline_ms, err);
            } else if (status == OK) {
                status = drain(line, reply.length, deadline_ms, err);
            }
        } else if (status == OK && reply.code / 100 != 2) {
            status = refused_by(proxy, reply.code, host, port, err);
        }
        buf_done(&reply.offered);
        if (status != OK || reply.code / 100 == 2)
            return status;
    }
    return error_set(err, ERR_AUTH, "proxy", "the proxy %s never ends its sign-in",
                     proxy->host);
}

/* ---- the line ---- */

enum status line_open(struct line *line, const struct proxy_settings *proxies, const char *host,
                      int64_t port, int64_t deadline_ms, struct error *err)
{
    struct proxy_choice proxy;
    *line = LINE_CLOSED;
    line->in = line->plain = BUF(LINE_IN_MAX);
    TRY(proxy_choose(proxies, host, port, &proxy, err));
    enum status status;
    if (*proxy.host) {
        struct proxy_sign_in sign_in = {0};
        status = dial(line, proxy.host, proxy.port, deadline_ms, err);
        if (status == OK)
            status = open_tunnel(line, proxies, &proxy, &sign_in, host, port, deadline_ms, err);
        proxy_sign_in_done(&sign_in);
    } else {
        status = dial(line, host, port, deadline_ms, err);
    }
    if (status != OK)
        line_close(line);
    return status == ERR_CLOSED ? error_set(err, ERR_NETWORK, "network",
                                            "%s hangs up before it says anything", host)
                                : status;
}

void line_close(struct line *line)
{
    if (line->has_context)
        DeleteSecurityContext(&line->context);
    if (line->has_credential)
        FreeCredentialsHandle(&line->credential);
    if (line->socket != INVALID_SOCKET)
        closesocket(line->socket);
    buf_wipe(&line->in);
    buf_wipe(&line->plain);
    *line = LINE_CLOSED;
    line->in = line->plain = BUF(LINE_IN_MAX);
}

/* ---- TLS ---- */

static enum status get_credential(struct line *line, struct error *err)
{
    /* SCHANNEL_CRED has no TLS 1.3; its successor is missing in older systems that Outlook still runs on. */
    SCHANNEL_CRED wanted = {
        .dwVersion = SCHANNEL_CRED_VERSION,
        .grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT,
        .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS,
    };
    static wchar_t package[] = UNISP_NAME_W;
    TimeStamp ends;
    if (AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &wanted, NULL,
                                  NULL, &line->credential, &ends) != SEC_E_OK)
        return error_set(err, ERR_TLS, "tls", "Windows gives no TLS 1.2");
    line->has_credential = true;
    return OK;
}

static enum status handshake_failed(SECURITY_STATUS got, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (got == SEC_E_UNSUPPORTED_FUNCTION || got == SEC_E_ALGORITHM_MISMATCH ||
        got == SEC_E_ILLEGAL_MESSAGE)
        return error_set(err, ERR_TLS, "tls",
                         "no TLS 1.2 with this server: is something between that changes it?");
    return error_set(err, ERR_TLS, "tls", "the TLS handshake fails (%s)",
                     wide_error(&a, (unsigned long)got));
}

/* One turn: what came in, what is to go out. */
static SECURITY_STATUS turn(struct line *line, wchar_t *host, struct buf *out)
{
    SecBuffer in_at[2] = {{(unsigned long)line->in.n, SECBUFFER_TOKEN, line->in.at},
                          {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out_at = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc in = {SECBUFFER_VERSION, 2, in_at}, given = {SECBUFFER_VERSION, 1, &out_at};
    ULONG flags;
    TimeStamp ends;
    SECURITY_STATUS got = InitializeSecurityContextW(
        &line->credential, line->has_context ? &line->context : NULL, host,
        ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT | ISC_REQ_CONFIDENTIALITY |
            ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION,
        0, 0, line->has_context ? &in : NULL, 0, &line->context, &given, &flags, &ends);
    if (got == SEC_E_INCOMPLETE_MESSAGE)
        return got;
    bool goes_on = got == SEC_E_OK || got == SEC_I_CONTINUE_NEEDED;
    if (goes_on && out_at.cbBuffer)
        buf_add(out, out_at.pvBuffer, out_at.cbBuffer);
    if (out_at.pvBuffer)
        FreeContextBuffer(out_at.pvBuffer);
    if (goes_on && line->has_context)
        buf_drop(&line->in, in_at[1].BufferType == SECBUFFER_EXTRA
                                ? line->in.n - in_at[1].cbBuffer
                                : line->in.n);
    line->has_context = line->has_context || goes_on;
    return got;
}

static enum status shake_hands(struct line *line, wchar_t *host, int64_t deadline_ms,
                               struct error *err)
{
    for (bool needs_more = false;;) {
        struct buf out CLEANUP(buf_done) = BUF(LINE_IN_MAX);
        if (needs_more)
            TRY(take(line, deadline_ms, err));
        SECURITY_STATUS got = turn(line, host, &out);
        if (got != SEC_E_OK && got != SEC_I_CONTINUE_NEEDED && got != SEC_E_INCOMPLETE_MESSAGE)
            return handshake_failed(got, err);
        TRY(send_all(line, buf_text(&out), deadline_ms, err));
        if (got == SEC_E_OK)
            return OK;
        needs_more = got == SEC_E_INCOMPLETE_MESSAGE || line->in.n == 0;
    }
}

enum status line_secure(struct line *line, const char *host, int64_t deadline_ms,
                        struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (line->in.n)
        return error_set(err, ERR_TLS, "tls", "the server speaks before TLS has begun");
    TRY(get_credential(line, err));
    enum status status = shake_hands(line, wide_from(&a, text_from(host)), deadline_ms, err);
    if (status == ERR_CLOSED)
        return error_set(err, ERR_TLS, "tls",
                         "the server hangs up during the handshake: does it speak TLS 1.2?");
    TRY(status);
    PCCERT_CONTEXT certificate = NULL;
    if (QueryContextAttributesW(&line->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT,
                                &certificate) != SEC_E_OK ||
        QueryContextAttributesW(&line->context, SECPKG_ATTR_STREAM_SIZES, &line->sizes) !=
            SEC_E_OK)
        return error_set(err, ERR_TLS, "tls", "the server shows no certificate");
    status = certificate_verify(certificate, host, err);
    CertFreeCertificateContext(certificate);
    line->is_tls = status == OK;
    return status;
}

static enum status send_record(struct line *line, struct text bytes, int64_t deadline_ms,
                               struct error *err)
{
    size_t room = line->sizes.cbHeader + bytes.n + line->sizes.cbTrailer;
    struct buf record CLEANUP(buf_wipe) = BUF(room);
    unsigned char *at = buf_room(&record, room);
    memcpy(at + line->sizes.cbHeader, bytes.at, bytes.n);
    SecBuffer parts[4] = {
        {line->sizes.cbHeader, SECBUFFER_STREAM_HEADER, at},
        {(unsigned long)bytes.n, SECBUFFER_DATA, at + line->sizes.cbHeader},
        {line->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, at + line->sizes.cbHeader + bytes.n},
        {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc all = {SECBUFFER_VERSION, 4, parts};
    if (EncryptMessage(&line->context, 0, &all, 0) != SEC_E_OK)
        return error_set(err, ERR_TLS, "tls", "Windows cannot encipher");
    struct text whole = {(const char *)at,
                         parts[0].cbBuffer + parts[1].cbBuffer + parts[2].cbBuffer};
    return send_all(line, whole, deadline_ms, err);
}

enum status line_send(struct line *line, struct text bytes, int64_t deadline_ms,
                      struct error *err)
{
    if (!line->is_tls)
        return send_all(line, bytes, deadline_ms, err);
    while (bytes.n) {
        size_t n =
            bytes.n < line->sizes.cbMaximumMessage ? bytes.n : line->sizes.cbMaximumMessage;
        TRY(send_record(line, (struct text){bytes.at, n}, deadline_ms, err));
        bytes = (struct text){bytes.at + n, bytes.n - n};
    }
    return OK;
}

/* Decipher what is there; *ret_more: a record is not whole yet. */
static enum status decipher(struct line *line, bool *ret_more, struct error *err)
{
    *ret_more = line->in.n == 0;
    while (line->in.n) {
        SecBuffer parts[4] = {{(unsigned long)line->in.n, SECBUFFER_DATA, line->in.at},
                              {0, SECBUFFER_EMPTY, NULL},
                              {0, SECBUFFER_EMPTY, NULL},
                              {0, SECBUFFER_EMPTY, NULL}};
        SecBufferDesc all = {SECBUFFER_VERSION, 4, parts};
        SECURITY_STATUS got = DecryptMessage(&line->context, &all, 0, NULL);
        if (got == SEC_E_INCOMPLETE_MESSAGE) {
            *ret_more = true;
            return OK;
        }
        if (got == SEC_I_CONTEXT_EXPIRED) {
            line->has_ended = true;
            return OK;
        }
        if (got != SEC_E_OK) /* also SEC_I_RENEGOTIATE: nobody needs it of us */
            return error_set(err, ERR_CLOSED, "tls", "the TLS connection broke");
        size_t extra = 0;
        for (int i = 0; i < 4; i++) {
            if (parts[i].BufferType == SECBUFFER_DATA)
                buf_add(&line->plain, parts[i].pvBuffer, parts[i].cbBuffer);
            if (parts[i].BufferType == SECBUFFER_EXTRA)
                extra = parts[i].cbBuffer;
        }
        buf_drop(&line->in, line->in.n - extra);
    }
    return OK;
}

enum status line_receive(struct line *line, struct buf *in, int64_t deadline_ms,
                         struct error *err)
{
    struct buf *from = line->is_tls ? &line->plain : &line->in;
    for (bool more = line->in.n == 0; !from->n;) {
        if (line->has_ended)
            return error_set(err, ERR_CLOSED, "network", "the server ended the connection");
        if (more)
            TRY(take(line, deadline_ms, err));
        more = true;
        if (line->is_tls)
            TRY(decipher(line, &more, err));
    }
    buf_add_text(in, buf_text(from));
    wipe_bytes(from->at, from->n);
    buf_clear(from);
    return buf_failed(in)
               ? error_set(err, ERR_UPSTREAM, "network", "more came than there is room for")
               : OK;
}
