/* SPDX-License-Identifier: ISC
 *
 * What a transfer has shown, and why it failed. libcurl's own words are the last resort.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fetch/transfer.h"

bool transfer_has_proxy(const struct fetch *fetch)
{
    return fetch->options.proxy && fetch->options.proxy->host.n;
}

/* ---- headers ---- */

static void lower(char *at)
{
    for (; *at; at++)
        *at = (char)tolower((unsigned char)*at);
}

static void add_challenge(struct fetch_facts *facts, struct text value)
{
    char scheme[32];
    text_print(value, " ,", scheme, sizeof scheme);
    lower(scheme);
    size_t n = strlen(facts->challenges);
    snprintf(facts->challenges + n, sizeof facts->challenges - n, "%s%s", n ? " " : "", scheme);
}

/* No cookie is kept but the one by which Exchange names the server behind it. */
static void note_cookie(struct fetch_facts *facts, struct text value)
{
    struct text name, rest;
    if (!text_cut(value, '=', &name, &rest) ||
        !text_equal_nocase(name, TEXT("X-BackEndOverrideCookie")))
        return;
    text_print(rest, "; ", facts->back_end, sizeof facts->back_end);
    if (strlen(facts->back_end) == sizeof facts->back_end - 1) /* perhaps cut: of no use */
        facts->back_end[0] = 0;
}

/* libcurl reads a fraction of a second as none: coming back too early is as bad as not having waited. */
static void note_fraction(struct fetch_facts *facts, struct text value)
{
    struct text whole, fraction;
    int64_t s;
    if (text_cut(value, '.', &whole, &fraction) && text_to_i64(whole, &s) && s >= 0 &&
        s < INT32_MAX)
        facts->retry_after_s = s + 1;
}

void transfer_note_header(struct fetch_facts *facts, struct text name, struct text value)
{
    if (text_equal_nocase(name, TEXT("Content-Type"))) {
        text_print(value, "; ", facts->content_type, sizeof facts->content_type);
        lower(facts->content_type);
    } else if (text_equal_nocase(name, TEXT("Location"))) {
        text_print(value, "?#", facts->location, sizeof facts->location);
    } else if (text_equal_nocase(name, TEXT("ETag"))) {
        text_print(value, "", facts->etag, sizeof facts->etag);
        if (strlen(facts->etag) == sizeof facts->etag - 1) /* perhaps cut: of no use */
            facts->etag[0] = 0;
    } else if (text_equal_nocase(name, TEXT("Last-Modified"))) {
        text_print(value, "", facts->modified, sizeof facts->modified);
    } else if (text_equal_nocase(name, TEXT("WWW-Authenticate"))) {
        add_challenge(facts, value);
    } else if (text_equal_nocase(name, TEXT("Set-Cookie"))) {
        note_cookie(facts, value);
    } else if (text_equal_nocase(name, TEXT("x-ms-diagnostics"))) {
        char said[256];
        text_print(value, "", said, sizeof said);
        facts->says_expired = strstr(said, "token has expired");
    } else if (text_equal_nocase(name, TEXT("Retry-After"))) {
        note_fraction(facts, value);
    } else if (text_equal_nocase(name, TEXT("Date"))) {
        char date[64];
        text_print(value, "", date, sizeof date);
        facts->date_s = curl_getdate(date, NULL);
    }
}

/* ---- failures ---- */

static enum status tls_failed(struct fetch *fetch, struct error *err)
{
    const struct tls_report *tls = &fetch->tls;
    if (!tls->refused)
        return error_set(err, ERR_TLS, "tls",
                         "the TLS handshake failed (%s): is this an HTTPS port?",
                         fetch->curl_says);
    if (!*tls->subject)
        return error_set(err, ERR_TLS, "tls", "%s", tls->reason);
    return error_set(err, ERR_TLS, "tls", "%s; certificate of %s, issued by %s, valid until %s",
                     tls->reason, tls->subject, tls->issuer, tls->until);
}

/* The proxy's answer to CONNECT. None of these is a refusal by the server behind it. */
static enum status proxy_failed(const struct fetch_facts *facts, struct error *err)
{
    int status = facts->proxy_status;
    if (status == 407)
        return error_set(err, ERR_NETWORK, "proxy",
                         "the proxy %s refuses its user or password, or wants another way to "
                         "sign in (HTTP 407)",
                         facts->dial.address);
    if (status == 403)
        return error_set(
            err, ERR_NETWORK, "proxy",
            "the proxy %s does not let us through to this host and port (HTTP 403)",
            facts->dial.address);
    return error_set(err, ERR_NETWORK, "proxy",
                     "the proxy %s cannot reach the server (HTTP %d)", facts->dial.address,
                     status);
}

static bool has_proxy_failed(const struct fetch_facts *facts)
{
    return facts->by_proxy && facts->proxy_status && facts->proxy_status / 100 != 2;
}

static enum status timed_out(const struct fetch_facts *facts, struct error *err)
{
    if (!facts->dial.resolved)
        return error_set(err, ERR_TIMEOUT, "dns", "no name server answered in time");
    if (!facts->connected)
        return error_set(err, ERR_TIMEOUT, "tcp", "%s does not answer", facts->dial.address);
    return error_set(err, ERR_TIMEOUT, "http", "no whole answer came in time");
}

static enum status not_connected(const struct fetch_facts *facts, struct error *err)
{
    if (facts->by_proxy)
        return error_set(err, ERR_NETWORK, "proxy",
                         "the proxy %s refuses the connection or cannot be reached",
                         facts->dial.address);
    if (facts->dial.address_denied)
        return error_set(err, ERR_NETWORK, "address",
                         "%s lies in a network that may not be called; list a private one with "
                         "networks = CIDR",
                         facts->dial.address);
    return error_set(err, ERR_NETWORK, "tcp", "%s refuses the connection or cannot be reached",
                     facts->dial.address);
}

enum status transfer_explain(struct fetch *fetch, CURLcode code, struct error *err)
{
    struct fetch_facts *facts = &fetch->facts;
    if (fetch->stopped != OK) {
        if (err)
            *err = fetch->why;
        return fetch->stopped;
    }
    if (has_proxy_failed(facts))
        return proxy_failed(facts, err);
    switch (code) {
    case CURLE_OK:
        return OK;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return error_set(err, ERR_NETWORK, "proxy", "there is no address for the proxy");
    case CURLE_COULDNT_RESOLVE_HOST:
        return error_set(err, ERR_NETWORK, "dns", "there is no address for %s", fetch->host);
    case CURLE_COULDNT_CONNECT:
        return not_connected(facts, err);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(facts, err);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return tls_failed(fetch, err);
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(err, ERR_CLOSED, "http", "nobody waits for the answer any more");
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
        return error_set(err, ERR_UPSTREAM, "http",
                         "the answer is cut short: the server hung up");
    default:
        return error_set(err, facts->http_status ? ERR_UPSTREAM : ERR_NETWORK, "http",
                         "the connection broke: %s", curl_easy_strerror(code));
    }
}

/* ---- facts ---- */

void transfer_collect(struct fetch *fetch, CURLcode code)
{
    struct fetch_facts *facts = &fetch->facts;
    curl_off_t connect_us = 0, handshake_us = 0, retry_s = 0;
    long new_connections = 0, request_bytes = 0, proxy_status = 0;
    char *address = NULL;
    curl_easy_getinfo(fetch->curl, CURLINFO_CONNECT_TIME_T, &connect_us);
    curl_easy_getinfo(fetch->curl, CURLINFO_APPCONNECT_TIME_T, &handshake_us);
    curl_easy_getinfo(fetch->curl, CURLINFO_RETRY_AFTER, &retry_s);
    curl_easy_getinfo(fetch->curl, CURLINFO_NUM_CONNECTS, &new_connections);
    curl_easy_getinfo(fetch->curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(fetch->curl, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(fetch->curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    facts->by_proxy = transfer_has_proxy(fetch);
    facts->proxy_status = (int)proxy_status;
    if (address && *address)
        text_print(text_from(address), "", facts->dial.address, sizeof facts->dial.address);
    /* The bytes of CONNECT count to libcurl as a request too. */
    facts->sent = facts->http_status > 0 || (request_bytes > 0 && !has_proxy_failed(facts));
    facts->reused = facts->sent && new_connections == 0;
    /* libcurl leaves the connect time at 0 where the handshake failed. */
    facts->connected = facts->sent || connect_us > 0 || code == CURLE_SSL_CONNECT_ERROR ||
                       code == CURLE_PEER_FAILED_VERIFICATION;
    facts->dial.resolved = facts->dial.resolved || facts->connected;
    facts->connect_ms = connect_us / 1000;
    if (facts->retry_after_s < 0 && retry_s > 0)
        facts->retry_after_s = retry_s;
    facts->tls = fetch->tls;
}
