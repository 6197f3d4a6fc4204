/* SPDX-License-Identifier: ISC
 *
 * An answer is read as XML where it says that it is some; everything else is recognised by its status.
 */
#include "calendar/caldav/dav.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/client.h"
#include "format/url.h"

enum { RETRY_UNSAID_S = 5, RETRY_MAX_S = 3600 };

void dav_open(struct dav *dav, const struct server *server, const struct fetch_options *options)
{
    *dav = (struct dav){.server = server, .options = options};
}

void dav_close(struct dav *dav)
{
    for (size_t i = 0; i < dav->n_hosts; i++)
        fetch_close(dav->hosts[i].fetch);
    dav->n_hosts = 0;
}

/* Return the kept way to a host; its sign-in is the server's own. */
static enum status way_to(struct dav *dav, const struct dav_place *place,
                          struct fetch **ret_fetch, struct error *err)
{
    for (size_t i = 0; i < dav->n_hosts; i++) {
        struct dav_host *host = &dav->hosts[i];
        if (text_equal_nocase(text_from(host->name), place->host) &&
            host->server.port == place->port) {
            *ret_fetch = host->fetch;
            return OK;
        }
    }
    if (!dav_is_same_owner(dav->server->host, place->host))
        return error_set(err, ERR_UPSTREAM, "address",
                         "the address is of a host that is not of the server's own domain");
    if (dav->n_hosts == DAV_HOSTS_MAX)
        return error_set(err, ERR_UPSTREAM, "caldav", "the server spreads over too many hosts");
    struct dav_host *host = &dav->hosts[dav->n_hosts];
    *host = (struct dav_host){.server = *dav->server};
    snprintf(host->name, sizeof host->name, TEXT_FMT, TEXT_ARG(place->host));
    host->server.host = text_from(host->name);
    host->server.port = place->port;
    host->server.path = TEXT("/");
    TRY(fetch_open(&host->server, dav->options, FETCH_SIGNED_IN, &host->fetch, err));
    dav->n_hosts++;
    *ret_fetch = host->fetch;
    return OK;
}

/* ---- what HTTP says ---- */

static enum status throttled(const struct fetch_facts *facts, struct error *err)
{
    int64_t retry_s = facts->retry_after_s < 0 ? RETRY_UNSAID_S : facts->retry_after_s;
    error_set(err, ERR_LIMIT, "http", "the server asks to come back later (HTTP %d)",
              facts->http_status);
    if (err)
        err->retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
    return ERR_LIMIT;
}

static bool is_icloud(struct text host)
{
    return text_ends(host, TEXT("icloud.com"));
}

static enum status refused(const struct server *server, const struct fetch_facts *facts,
                           struct error *err)
{
    const char *hint = is_icloud(server->host)
                           ? ": iCloud takes no Apple Account password here, only an "
                             "app-specific one, and forgets it when that password changes"
                           : "";
    if (!*facts->challenges)
        return error_set(err, ERR_AUTH, "sign-in",
                         "the server refuses the sign-in without offering any (HTTP 401)%s",
                         hint);
    return error_set(err, ERR_AUTH, "sign-in",
                     "the server refuses the user or the password (HTTP 401; it offers %s)%s",
                     facts->challenges, hint);
}

enum status dav_judge(const struct server *server, const struct fetch_facts *facts,
                      struct error *err)
{
    int http = facts->http_status;
    switch (http) {
    case 401:
        return refused(server, facts, err);
    case 402:
    case 403:
        return error_set(err, ERR_DENIED, "http", "the server does not allow it (HTTP %d)",
                         http);
    case 404:
    case 410:
        return error_set(err, ERR_NOT_FOUND, "http",
                         "there is nothing at this address (HTTP %d)", http);
    case 412:
        return error_set(err, ERR_CONFLICT, "http",
                         "somebody else changed it at the same time (HTTP 412)");
    case 429:
    case 503:
        return throttled(facts, err);
    default:
        break;
    }
    if (http >= 300 && http < 400)
        return error_set(err, ERR_UPSTREAM, "http",
                         "the server sends us elsewhere (HTTP %d, %s): connect to the real "
                         "address",
                         http, *facts->location ? facts->location : "not saying where");
    if (http < 200 || http >= 300)
        return error_set(err, ERR_UPSTREAM, "http", "the server answered HTTP %d", http);
    return OK;
}

/* Which answers leave open whether a change was made? */
static bool is_doubtful(int http)
{
    return http == 408 || http == 500 || http == 502 || http == 504;
}

/* ---- one request ---- */

struct call {
    struct dav_reader *reader; /* NULL until the first byte that can be XML */
    const struct dav_sink *sink;
    struct dav_answer *answer;
    struct buf *body;
};

static bool is_xml(const struct fetch_facts *facts)
{
    return strstr(facts->content_type, "/xml") || strstr(facts->content_type, "+xml");
}

/* What a refusal says is of use, but one that cannot be read is a refusal all the same. */
static enum status read_xml(struct call *call, const struct fetch_facts *facts,
                            struct text bytes, struct error *err)
{
    bool is_refusal = facts->http_status >= 400;
    if (!call->reader)
        call->reader = dav_reader_new(is_refusal ? NULL : call->sink, call->answer);
    enum status status = dav_reader_read(call->reader, bytes, is_refusal ? NULL : err);
    return is_refusal ? OK : status;
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    struct call *call = owner;
    int http = facts->http_status;
    if (is_xml(facts) && (http == 207 || http == 200 || (http >= 400 && http != 401)))
        return read_xml(call, facts, bytes, err);
    if (!call->body || http / 100 != 2)
        return OK;
    buf_add_text(call->body, bytes);
    return buf_failed(call->body)
               ? error_set(err, ERR_UPSTREAM, "http", "the answer is too long")
               : OK;
}

enum { HEADERS = 4, HEADER_MAX = 400 };

static void make_headers(const struct dav_request *request, char lines[HEADERS][HEADER_MAX],
                         const char *list[HEADERS + 1])
{
    size_t n = 0;
    if (request->depth) {
        snprintf(lines[n], HEADER_MAX, "Depth: %s", request->depth);
        list[n] = lines[n], n++;
    }
    if (request->if_match) {
        snprintf(lines[n], HEADER_MAX, "If-Match: %s", request->if_match);
        list[n] = lines[n], n++;
    }
    if (request->if_none_match)
        list[n++] = "If-None-Match: *";
    list[n] = NULL;
}

static enum status send_once(struct dav *dav, const struct dav_place *place,
                             const struct dav_request *request, struct call *call,
                             int64_t deadline_ms, const struct fetch_facts **ret_facts,
                             struct error *err)
{
    struct fetch *fetch = NULL;
    char lines[HEADERS][HEADER_MAX], target[MAX_EXTERNAL_ID + 1];
    const char *list[HEADERS + 1];
    TRY(way_to(dav, place, &fetch, err));
    make_headers(request, lines, list);
    snprintf(target, sizeof target, TEXT_FMT, TEXT_ARG(place->target));
    struct fetch_request what = {
        .verb = request->verb,
        .target = target,
        .body = request->body,
        .type = request->type ? request->type : "application/xml; charset=utf-8",
        .headers = list,
        .once = request->once,
        .max_answer = request->max_answer ? request->max_answer : DAV_SHORT_MAX};
    struct fetch_sink sink = {.owner = call, .bytes = on_bytes};
    enum status status = fetch_send(fetch, &what, &sink, deadline_ms, err);
    *ret_facts = fetch_facts_of(fetch);
    return status;
}

static bool is_redirect(int http)
{
    return http == 301 || http == 302 || http == 307 || http == 308;
}

/* Send it where it is answered; a redirect's own body is no answer. */
static enum status send_on(struct dav *dav, struct arena *a, const struct dav_request *request,
                           struct call *call, int64_t deadline_ms, struct dav_reply *reply,
                           const struct fetch_facts **ret_facts, struct error *err)
{
    for (int i = 0;; i++) {
        struct dav_place next;
        TRY(send_once(dav, &reply->place, request, call, deadline_ms, ret_facts, err));
        const struct fetch_facts *facts = *ret_facts;
        if (!is_redirect(facts->http_status) || !*facts->location)
            return OK;
        if (i == DAV_REDIRECTS_MAX)
            return error_set(err, ERR_UPSTREAM, "http", "more than %d redirects",
                             DAV_REDIRECTS_MAX);
        TRY(dav_resolve(dav, a, &reply->place, text_from(facts->location), &next, err));
        if (dav_is_same(&next, &reply->place))
            return error_set(err, ERR_UPSTREAM, "http", "the server redirects in a circle");
        reply->place = next;
    }
}

enum status dav_call(struct dav *dav, struct arena *a, const struct dav_place *place,
                     const struct dav_request *request, const struct dav_sink *sink,
                     struct buf *body, int64_t deadline_ms, struct dav_reply *ret_reply,
                     struct error *err)
{
    struct call call = {.sink = sink, .answer = &ret_reply->answer, .body = body};
    const struct fetch_facts *facts = NULL;
    *ret_reply = (struct dav_reply){.place = *place};
    enum status status = send_on(dav, a, request, &call, deadline_ms, ret_reply, &facts, err);
    if (facts) {
        ret_reply->http_status = facts->http_status;
        ret_reply->doubt = status == OK ? is_doubtful(facts->http_status) : facts->sent;
        snprintf(ret_reply->etag, sizeof ret_reply->etag, "%s", facts->etag);
    }
    if (status == OK)
        status = dav_judge(dav->server, facts, err);
    if (status == OK && call.reader)
        status = dav_reader_end(call.reader, err);
    dav_reader_free(call.reader);
    return status;
}

enum status dav_ask(struct dav *dav, struct arena *a, const struct dav_place *place,
                    const struct dav_request *request, const struct dav_sink *sink,
                    int64_t deadline_ms, struct dav_reply *ret_reply, struct error *err)
{
    TRY(dav_call(dav, a, place, request, sink, NULL, deadline_ms, ret_reply, err));
    if (ret_reply->answer.is_multistatus)
        return OK;
    return error_set(
        err, ERR_UPSTREAM, "http",
        "no CalDAV answered (HTTP %d): is this the address of a calendar server, or "
        "is a login page in front?",
        ret_reply->http_status);
}
