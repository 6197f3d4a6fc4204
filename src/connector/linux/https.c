/* SPDX-License-Identifier: ISC */
#include "connector/linux/https.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "os/clock.h"

enum { CONNECT_MS = 15000 };

bool https_is_address(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static CURLcode on_ssl_context(CURL *curl, void *ctx, void *owner)
{
    (void)curl;
    struct https *https = owner;
    return tls_prepare(ctx, &https->wanted, &https->report) ? CURLE_OK
                                                            : CURLE_SSL_CONNECT_ERROR;
}

static int on_progress(void *owner, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    return *((const struct https *)owner)->is_stopped != 0;
}

static size_t on_body(char *at, size_t size, size_t n, void *owner)
{
    struct buf *answer = owner;
    buf_add(answer, at, size * n);
    return buf_failed(answer) ? CURL_WRITEFUNC_ERROR : size * n;
}

/* ---- proxies ---- */

bool https_set_proxy(CURL *curl, const struct settings *s)
{
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(curl, option, value) != CURLE_OK
    if (s->proxy == PROXY_NONE)
        SET(CURLOPT_PROXY, "");
    if (s->proxy == PROXY_NAMED) {
        SET(CURLOPT_PROXY, s->proxy_url);
        SET(CURLOPT_NOPROXY, "");
    }
    if (s->proxy != PROXY_NONE && s->proxy_user) {
        SET(CURLOPT_PROXYAUTH,
            (long)CURLAUTH_ANY); /* libcurl takes the strongest that is offered */
        SET(CURLOPT_PROXYUSERNAME, s->proxy_user);
        SET(CURLOPT_PROXYPASSWORD,
            s->proxy_password.at ? (const char *)s->proxy_password.at : "");
    }
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
#undef SET
    return !failed;
}

static enum status proxy_failure(long code, const struct settings *s, const char *where,
                                 struct error *err)
{
    if (code == 407 && !s->proxy_user)
        return error_set(
            err, ERR_PAUSED, where,
            "the proxy wants a sign-in: say proxy_user and proxy_password_file in %s", s->path);
    if (code == 407 || code == 401) /* tinyproxy says 401 to a wrong password */
        return error_set(err, ERR_PAUSED, where,
                         "the proxy refuses the sign-in as %s: is the password in "
                         "proxy_password_file right?",
                         s->proxy_user);
    return error_set(err, ERR_NETWORK, where,
                     "the proxy does not let this connection through (HTTP %ld)", code);
}

enum status https_failure(CURL *curl, CURLcode code, const struct settings *settings,
                          const struct tls_report *report, const char *where, struct error *err)
{
    long connect_code = 0;
    curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &connect_code);
    if (connect_code >= 300)
        return proxy_failure(connect_code, settings, where, err);
    if (report && report->refused)
        return error_set(err, ERR_TLS, where, "%s; %s", report->reason, report->fix);
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(err, ERR_TIMEOUT, where, "this program ends");
    case CURLE_OPERATION_TIMEDOUT:
        return error_set(err, ERR_TIMEOUT, where, "no answer in time");
    case CURLE_COULDNT_RESOLVE_PROXY:
        return error_set(err, ERR_NETWORK, where, "the proxy's name is not known");
    case CURLE_COULDNT_RESOLVE_HOST:
        return error_set(err, ERR_NETWORK, where, "the server's name is not known");
    case CURLE_COULDNT_CONNECT:
        return error_set(err, ERR_NETWORK, where, "nobody answers there");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return error_set(err, ERR_TLS, where, "no TLS with the server: %s",
                         curl_easy_strerror(code));
    case CURLE_WRITE_ERROR:
        return error_set(err, ERR_UPSTREAM, where, "the answer is too long");
    default:
        return error_set(err, ERR_NETWORK, where, "%s", curl_easy_strerror(code));
    }
}

/* ---- a call ---- */

static bool set_options(struct https *https)
{
    CURL *c = https->curl;
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(c, option, value) != CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
    SET(CURLOPT_SSL_CTX_DATA, https);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, https);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_POST, 1L);
#undef SET
    return !failed && https_set_proxy(c, https->settings);
}

/* tls_prepare wants the name that libcurl connects to. */
static void note_host(struct https *https, const char *url)
{
    struct text rest = text_from(url), scheme, host, path, port;
    if (text_cut(rest, '/', &scheme, &rest) && rest.n)
        rest = (struct text){rest.at + 1, rest.n - 1};
    host = rest;
    text_cut(rest, '/', &host, &path);
    if (host.n && *host.at == '[') {
        host = (struct text){host.at + 1, host.n - 1};
        text_cut(host, ']', &host, &port);
    } else {
        text_cut(host, ':', &host, &port);
    }
    snprintf(https->host, sizeof https->host, TEXT_FMT, TEXT_ARG(host));
    https->wanted = (struct tls_wanted){.roots = https->roots,
                                        .host = https->host,
                                        .is_address = https_is_address(https->host)};
    https->report = (struct tls_report){.wanted = &https->wanted};
}

static enum status perform(struct https *https, const char *url, struct text body,
                           int64_t deadline_ms, struct buf *answer, struct error *err)
{
    CURL *c = https->curl;
    int64_t left_ms = deadline_ms - clock_ms();
    if (left_ms <= 0)
        return error_set(err, ERR_TIMEOUT, "https", "no time left");
    note_host(https, url);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.n ? body.at : "");
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(left_ms < CONNECT_MS ? left_ms : CONNECT_MS));
    CURLcode code = curl_easy_perform(c);
    return code == CURLE_OK
               ? OK
               : https_failure(c, code, https->settings, &https->report, "https", err);
}

/* The headers are ours alone and lie on the stack: no copy of the token stays with libcurl. */
static enum status post(void *self, const char *url, const struct secret *authorization,
                        struct text body, int64_t deadline_ms, struct buf *answer,
                        struct http_answer *ret_answer, struct error *err)
{
    struct https *https = self;
    struct buf line CLEANUP(buf_wipe) = BUF(256);
    buf_add_cstr(&line, "Authorization: ");
    buf_add(&line, authorization->at, authorization->n);
    char type[] = "Content-Type: application/octet-stream", no_expect[] = "Expect:";
    struct curl_slist third = {no_expect, NULL}, second = {type, &third};
    struct curl_slist first = {(char *)(uintptr_t)buf_cstr(&line), &second};
    curl_easy_setopt(https->curl, CURLOPT_HTTPHEADER, &first);
    enum status status = perform(https, url, body, deadline_ms, answer, err);
    curl_easy_setopt(https->curl, CURLOPT_HTTPHEADER, NULL);
    TRY(status);
    long code = 0;
    curl_off_t retry_s = 0;
    curl_easy_getinfo(https->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(https->curl, CURLINFO_RETRY_AFTER, &retry_s);
    if (code == 407) /* of an http:// address, for which there is no CONNECT */
        return proxy_failure(code, https->settings, "https", err);
    *ret_answer = (struct http_answer){.code = (int)code, .retry_s = (int64_t)retry_s};
    return OK;
}

enum status https_open(struct https *https, const struct settings *settings,
                       const volatile sig_atomic_t *is_stopped, struct error *err)
{
    *https = (struct https){.settings = settings, .is_stopped = is_stopped};
    TRY(tls_roots_new(settings->roots, &https->roots, err));
    https->curl = curl_easy_init();
    if (!https->curl || !set_options(https))
        return error_set(err, ERR_IO, "https", "libcurl does not start");
    return OK;
}

void https_close(struct https *https)
{
    if (https->curl)
        curl_easy_cleanup(https->curl);
    tls_roots_free(https->roots);
    *https = (struct https){0};
}

struct http_adapter https_adapter(struct https *https)
{
    return (struct http_adapter){.self = https, .post = post};
}
