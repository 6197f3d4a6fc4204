/* SPDX-License-Identifier: ISC
 *
 * libcurl, told to do as little as possible. Measured habits of Debian 12's libcurl that shape this file:
 *
 *   it parses the CA bundle anew for each connection: the shared store replaces it (tls_prepare)
 *   it sends an idle connection's request again on a new one when the server closed it meanwhile, also a
 *   POST: what must not happen twice takes a fresh connection, and its body is given out once (fetch_request.once).
 *   The second half is needed, as the last step of NTLM is a reuse in libcurl's eyes
 *   it waits for a name server beyond its own timeout: CURLOPT_QUICK_EXIT, and RES_OPTIONS set by the program
 *   it resumes TLS sessions without looking at the certificate again: the session cache is off
 */
#include "fetch/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "fetch/kerberos.h"
#include "fetch/server.h"
#include "fetch/token.h"
#include "os/clock.h"

enum { CONNECT_MS = 10 * 1000 };

static const struct fetch_facts no_facts = {.retry_after_s = -1, .date_s = -1};

enum status fetch_init(struct error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return error_set(err, ERR_IO, "fetch", "libcurl does not start");
    return OK;
}

const struct fetch_facts *fetch_facts_of(const struct fetch *fetch)
{
    return &fetch->facts;
}

/* ---- callbacks ---- */

static CURLcode on_ssl_context(CURL *curl, void *ctx, void *owner)
{
    (void)curl;
    struct fetch *fetch = owner;
    return tls_prepare(ctx, &fetch->wanted, &fetch->tls) ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

static curl_socket_t on_open_socket(void *owner, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    (void)purpose;
    struct fetch *fetch = owner;
    enum network_verdict verdict = network_judge(fetch->options.networks, &address->addr);
    return dial_open(&fetch->facts.dial, address,
                     !transfer_has_proxy(fetch) &&
                         (verdict == NETWORK_PRIVATE || verdict == NETWORK_NEVER));
}

static int on_progress(void *owner, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    return dial_is_stopped(((const struct fetch *)owner)->options.stop_fd);
}

static size_t on_header(char *at, size_t size, size_t n, void *owner)
{
    struct fetch *fetch = owner;
    struct text line = {at, size * n}, name, value;
    if (text_starts(line, TEXT("HTTP/"))) { /* a new answer; NTLM takes several */
        int64_t code;
        fetch->facts.content_type[0] = fetch->facts.location[0] = fetch->facts.challenges[0] =
            fetch->facts.etag[0] = fetch->facts.modified[0] = 0;
        if (text_cut(line, ' ', &name, &value) && value.n >= 3 &&
            text_to_i64((struct text){value.at, 3}, &code))
            fetch->facts.http_status = (int)code;
        fetch->facts.n_401 += fetch->facts.http_status == 401;
    } else if (text_cut(line, ':', &name, &value)) {
        transfer_note_header(&fetch->facts, name, text_trim(value));
    }
    return size * n;
}

static size_t on_body(char *at, size_t size, size_t n, void *owner)
{
    struct fetch *fetch = owner;
    struct text bytes = {at, size * n};
    fetch->n_answer += bytes.n;
    if (fetch->n_answer > fetch->max_answer)
        fetch->stopped = error_set(&fetch->why, ERR_UPSTREAM, "http",
                                   "the answer is longer than %zu bytes", fetch->max_answer);
    else if (fetch->sink)
        fetch->stopped =
            fetch->sink->bytes(fetch->sink->owner, &fetch->facts, bytes, &fetch->why);
    wipe_bytes(at, bytes.n); /* libcurl's buffer lives as long as the way does */
    return fetch->stopped == OK ? bytes.n : CURL_WRITEFUNC_ERROR;
}

static size_t on_give(char *to, size_t size, size_t n, void *owner)
{
    struct fetch *fetch = owner;
    struct text body = fetch->request->body;
    size_t left = body.n - fetch->n_given, step = size * n < left ? size * n : left;
    if (step)
        memcpy(to, body.at + fetch->n_given, step);
    fetch->n_given += step;
    return step;
}

/* libcurl wants to send the body again. */
static int on_rewind(void *owner, curl_off_t offset, int origin)
{
    struct fetch *fetch = owner;
    if (offset != 0 || origin != SEEK_SET || (fetch->request->once && fetch->n_given > 0))
        return CURL_SEEKFUNC_FAIL;
    fetch->n_given = 0;
    return CURL_SEEKFUNC_OK;
}

/* ---- opening ---- */

/* Every option that is the same for all requests. libcurl copies the strings it is given. */
static bool set_options(struct fetch *fetch, enum fetch_way way)
{
    CURL *c = fetch->curl;
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(c, option, value) != CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, way == FETCH_PLAIN ? "http" : "https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_MAXCONNECTS, 2L);
    SET(CURLOPT_ERRORBUFFER, fetch->curl_says);

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
    SET(CURLOPT_SSL_CTX_DATA, fetch);

    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, fetch);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, fetch);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, fetch);
    SET(CURLOPT_READFUNCTION, on_give);
    SET(CURLOPT_READDATA, fetch);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, fetch);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, fetch);
#undef SET
    return !failed;
}

/* Through the operator's proxy, or (the empty name) through none, whatever the environment says. */
static bool set_proxy(struct fetch *fetch)
{
    static const unsigned long methods[PROXY_METHOD_COUNT] = {
        [PROXY_BASIC] = CURLAUTH_BASIC, [PROXY_DIGEST] = CURLAUTH_DIGEST};
    const struct proxy *proxy = fetch->options.proxy;
    CURL *c = fetch->curl;
    if (!transfer_has_proxy(fetch))
        return curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK;
    CLEANUP(arena_done) struct arena a = {0};
    bool is_v6 = memchr(proxy->host.at, ':', proxy->host.n);
    char *url = arena_printf(&a, "http://%s" TEXT_FMT "%s:%d", is_v6 ? "[" : "",
                             TEXT_ARG(proxy->host), is_v6 ? "]" : "", (int)proxy->port);
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(c, option, value) != CURLE_OK
    SET(CURLOPT_PROXY, url);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (proxy->method != PROXY_ANONYMOUS) {
        SET(CURLOPT_PROXYAUTH, (long)methods[proxy->method]);
        SET(CURLOPT_PROXYUSERNAME, arena_cstr(&a, proxy->user));
        SET(CURLOPT_PROXYPASSWORD, proxy->password.at ? (const char *)proxy->password.at : "");
    }
#undef SET
    return !failed;
}

/* Exactly one method: libcurl never falls back to another one. */
static bool set_sign_in(struct fetch *fetch, const struct server *server)
{
    static const unsigned long methods[AUTH_METHOD_COUNT] = {
        [AUTH_NTLM] = CURLAUTH_NTLM,           [AUTH_BASIC] = CURLAUTH_BASIC,
        [AUTH_NEGOTIATE] = CURLAUTH_NEGOTIATE, [AUTH_BEARER] = CURLAUTH_BEARER,
        [AUTH_OAUTH] = CURLAUTH_BEARER,        [AUTH_ASSERTION] = CURLAUTH_BEARER};
    CLEANUP(arena_done) struct arena a = {0};
    bool by_password = server->method == AUTH_NTLM || server->method == AUTH_BASIC;
    const char *user = by_password ? arena_cstr(&a, server->user) : "";
    const char *password = by_password ? (const char *)server->password.at : "";
    CURL *c = fetch->curl;
    if (server->method == AUTH_NONE)
        return true;
    if (curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)methods[server->method]) != CURLE_OK)
        return false;
    if (server->method == AUTH_OAUTH)
        return curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, server->password.at) == CURLE_OK;
    if (!by_password && server->method != AUTH_NEGOTIATE)
        return true; /* its token comes with each request */
    return curl_easy_setopt(c, CURLOPT_USERNAME, user) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PASSWORD, password) == CURLE_OK;
}

/* Where the sign-in is made of something that must be got first. */
static enum status open_sign_in(struct fetch *fetch, const struct server *server,
                                struct error *err)
{
    if (server->method == AUTH_NEGOTIATE)
        return kerberos_open(server, &fetch->kerberos, err);
    if (server->method == AUTH_BEARER || server->method == AUTH_ASSERTION)
        return token_open(server, &fetch->options, &fetch->token, err);
    return OK;
}

/* An address that is given as such is checked here too: through a proxy it never comes to a socket. */
static enum status check_address(const struct fetch *fetch, struct error *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *address = NULL;
    if (inet_pton(AF_INET, fetch->host, &v4.sin_addr) == 1)
        address = (const void *)&v4;
    else if (inet_pton(AF_INET6, fetch->host, &v6.sin6_addr) == 1)
        address = (const void *)&v6;
    if (!address || !transfer_has_proxy(fetch))
        return OK;
    enum network_verdict verdict = network_judge(fetch->options.networks, address);
    if (verdict == NETWORK_PRIVATE || verdict == NETWORK_NEVER)
        return error_set(err, ERR_NETWORK, "address",
                         "%s lies in a network that may not be called, also through a proxy",
                         fetch->host);
    return OK;
}

static struct fetch *fetch_new(const struct server *server, const struct fetch_options *options)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    ENSURE(fetch);
    *fetch = (struct fetch){.curl = curl_easy_init(), .options = *options};
    ENSURE(fetch->curl);
    snprintf(fetch->host, sizeof fetch->host, TEXT_FMT, TEXT_ARG(server->host));
    struct in6_addr address;
    fetch->wanted = (struct tls_wanted){
        .roots = options->roots,
        .host = fetch->host,
        .is_address = inet_pton(AF_INET6, fetch->host, &address) == 1 ||
                      inet_pton(AF_INET, fetch->host, &address) == 1,
        .pins = server->pins,
        .n_pins = server->n_pins,
    };
    return fetch;
}

enum status fetch_open(const struct server *server, const struct fetch_options *options,
                       enum fetch_way way, struct fetch **ret_fetch, struct error *err)
{
    TRY(server_check(server, way == FETCH_SIGNED_IN, err));
    struct fetch *fetch = fetch_new(server, options);
    bool is_v6 = strchr(fetch->host, ':');
    bool is_signed_in = way == FETCH_SIGNED_IN;
    fetch->base =
        arena_printf(&fetch->life, "%s://%s%s%s:%d", way == FETCH_PLAIN ? "http" : "https",
                     is_v6 ? "[" : "", fetch->host, is_v6 ? "]" : "", (int)server->port);
    fetch->path = arena_cstr(&fetch->life, server->path);
    fetch->default_verb = way == FETCH_PLAIN ? "GET" : "POST";
    enum status status = check_address(fetch, err);
    if (status == OK && (!set_options(fetch, way) || !set_proxy(fetch) ||
                         (is_signed_in && !set_sign_in(fetch, server))))
        status = error_set(err, ERR_UNSUPPORTED, "fetch",
                           "this libcurl lacks an option: 7.88 with GSSAPI is needed");
    if (status == OK && is_signed_in)
        status = open_sign_in(fetch, server, err);
    if (status == OK)
        *ret_fetch = fetch;
    else
        fetch_close(fetch);
    return status;
}

void fetch_close(struct fetch *fetch)
{
    if (!fetch)
        return;
    curl_easy_cleanup(fetch->curl);
    kerberos_close(fetch->kerberos);
    token_close(fetch->token);
    arena_done(&fetch->life);
    free(fetch);
}

/* ---- a request ---- */

static struct curl_slist *make_headers(const struct fetch_request *request, bool has_body)
{
    char type[128];
    snprintf(type, sizeof type, "Content-Type: %s",
             request->type ? request->type : "text/xml; charset=utf-8");
    struct curl_slist *list =
        curl_slist_append(NULL, "Expect:"); /* some servers never answer it */
    if (has_body)
        list = curl_slist_append(list, type);
    for (const char *const *header = request->headers; header && *header; header++)
        list = curl_slist_append(list, *header);
    ENSURE(list);
    return list;
}

/* The verb, and whether a body goes with it. libcurl is told POST for all that has one, under the verb's name. */
static bool set_verb(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *c = fetch->curl;
    const char *verb = request->verb ? request->verb : fetch->default_verb;
    bool has_body = request->body.n || strcmp(verb, "POST") == 0;
    curl_easy_setopt(c, has_body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
    bool has_usual = strcmp(verb, has_body ? "POST" : "GET") == 0;
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, has_usual ? NULL : verb);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
    return has_body;
}

void transfer_begin(struct fetch *fetch, const struct fetch_request *request,
                    const struct fetch_sink *sink, int64_t left_ms)
{
    fetch->facts = no_facts;
    fetch->request = request;
    fetch->sink = sink;
    fetch->n_given = fetch->n_answer = 0;
    fetch->max_answer = request->max_answer;
    fetch->stopped = OK;
    fetch->curl_says[0] = 0;

    CURL *c = fetch->curl;
    CLEANUP(arena_done) struct arena a = {0};
    curl_easy_setopt(
        c, CURLOPT_URL,
        arena_printf(&a, "%s%s", fetch->base, request->target ? request->target : fetch->path));
    fetch->headers = make_headers(request, set_verb(fetch, request));
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, request->once ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(left_ms && left_ms < CONNECT_MS ? left_ms : CONNECT_MS));
}

void transfer_end(struct fetch *fetch)
{
    curl_easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(fetch->headers);
    fetch->headers = NULL;
}

/* Send it once. */
static enum status send_once(struct fetch *fetch, const struct fetch_request *request,
                             const struct fetch_sink *sink, int64_t deadline_ms,
                             struct error *err)
{
    int64_t left = deadline_ms - clock_ms();
    fetch->facts = no_facts;
    if (left <= 0)
        return error_set(err, ERR_TIMEOUT, "http", "no time was left to ask the server");
    transfer_begin(fetch, request, sink, left);
    CURLcode code = curl_easy_perform(fetch->curl);
    transfer_end(fetch);
    transfer_collect(fetch, code);
    return transfer_explain(fetch, code, err);
}

static enum status get_ticket(struct fetch *fetch, int64_t deadline_ms, struct error *err)
{
    if (fetch->options.last_words)
        fetch->options.last_words("kerberos",
                                  "no KDC of the realm has answered by the deadline: check the "
                                  "KDCs in krb5.conf, and port 88 from this machine",
                                  deadline_ms);
    enum status status = kerberos_ready(fetch->kerberos, err);
    if (fetch->options.last_words)
        fetch->options.last_words(NULL, NULL, 0);
    return status;
}

enum status transfer_ready(struct fetch *fetch, int64_t deadline_ms, struct error *err)
{
    const char *bearer = NULL;
    fetch->facts = no_facts;
    if (fetch->kerberos)
        return get_ticket(fetch, deadline_ms, err);
    if (!fetch->token)
        return OK;
    TRY(token_ready(fetch->token, deadline_ms, &bearer, err));
    if (curl_easy_setopt(fetch->curl, CURLOPT_XOAUTH2_BEARER, bearer) != CURLE_OK)
        return error_set(err, ERR_UNSUPPORTED, "fetch", "this libcurl takes no bearer token");
    return OK;
}

enum status fetch_send(struct fetch *fetch, const struct fetch_request *request,
                       const struct fetch_sink *sink, int64_t deadline_ms, struct error *err)
{
    if (request->target && !server_is_target(text_from(request->target)))
        return error_set(err, ERR_INVALID, "http",
                         "an address within the server is not percent-encoded, or too long");
    TRY(transfer_ready(fetch, deadline_ms, err));
    TRY(send_once(fetch, request, sink, deadline_ms, err));
    bool has_ended = fetch->token && fetch->facts.http_status == 401 &&
                     (fetch->facts.says_expired || token_has_ended(fetch->token));
    if (!has_ended)
        return OK;
    /* Nothing was done, and this is no second try with the same token. */
    token_drop(fetch->token);
    TRY(transfer_ready(fetch, deadline_ms, err));
    return send_once(fetch, request, sink, deadline_ms, err);
}
