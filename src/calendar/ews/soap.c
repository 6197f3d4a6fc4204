/* SPDX-License-Identifier: ISC
 *
 * An answer is parsed only where it can be SOAP: status 200 or 500 and no HTML. Everything else that stands
 * before an Exchange server (a login page, a proxy's error, a load balancer) is recognised by its status.
 */
#include "calendar/ews/soap.h"

#include <stdio.h>
#include <string.h>

#include "calendar/ews/code.h"
#include "calendar/ews/request.h"

enum { RETRY_UNSAID_S = 5, RETRY_MAX_S = 3600 };

struct call {
    struct ews_answer *answer;
    struct ews_reader *reader; /* NULL until the first byte that can be SOAP */
    enum auth_method method;
};

bool soap_is_likely(const struct fetch_facts *facts)
{
    return (facts->http_status == 200 || facts->http_status == 500) &&
           !strstr(facts->content_type, "html");
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    struct call *call = owner;
    if (!soap_is_likely(facts))
        return OK; /* a page for people: passed over */
    if (!call->reader)
        call->reader = ews_reader_new(call->answer);
    return ews_reader_read(call->reader, bytes, err);
}

static enum status refused_ntlm(const struct fetch_facts *facts, struct error *err)
{
    if (facts->n_401 < 2) /* it never gave a challenge, so the password was not looked at */
        return error_set(err, ERR_AUTH, "sign-in",
                         "the server takes no NTLM here (HTTP 401; it offers %s)",
                         facts->challenges);
    return error_set(err, ERR_AUTH, "sign-in",
                     "the server refuses the user or the password, or it demands Extended "
                     "Protection: both look alike (HTTP 401 on NTLM's last step over TLS; it "
                     "offers %s)",
                     facts->challenges);
}

static enum status refused_sign_in(enum auth_method method, const struct fetch_facts *facts,
                                   struct error *err)
{
    if (!*facts->challenges)
        return error_set(err, ERR_AUTH, "sign-in",
                         "the server refuses the sign-in without offering any "
                         "(HTTP 401): is EWS allowed for this user?");
    switch (method) {
    case AUTH_NTLM:
        return refused_ntlm(facts, err);
    case AUTH_NEGOTIATE:
        return error_set(err, ERR_AUTH, "sign-in",
                         "the KDC gave a ticket, but the server refuses it (HTTP 401; it "
                         "offers %s): is HTTP/HOST registered for the right account, or is "
                         "Extended Protection demanded?",
                         facts->challenges);
    case AUTH_BEARER:
        return error_set(err, ERR_AUTH, "sign-in",
                         "the token server gave a token, but Exchange refuses it (HTTP 401): "
                         "audience, issuer or the application's permission are not right");
    default:
        return error_set(err, ERR_AUTH, "sign-in",
                         "the server refuses the user or the password (HTTP 401; it offers %s)",
                         facts->challenges);
    }
}

static enum status throttled(const struct fetch_facts *facts, struct error *err)
{
    int64_t retry_s = facts->retry_after_s < 0 ? RETRY_UNSAID_S : facts->retry_after_s;
    error_set(err, ERR_LIMIT, "http", "the server asks to come back later (HTTP %d)",
              facts->http_status);
    if (err)
        err->retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
    return ERR_LIMIT;
}

/* What a status other than 200 and 500 means, and a page where SOAP was due. */
enum status soap_judge_http(enum auth_method method, const struct fetch_facts *facts,
                            struct error *err)
{
    switch (facts->http_status) {
    case 401:
        return refused_sign_in(method, facts, err);
    case 403:
        return error_set(err, ERR_DENIED, "http",
                         "EWS is not allowed for this user (HTTP 403)");
    case 404:
        return error_set(err, ERR_UPSTREAM, "http",
                         "there is nothing at this address (HTTP 404): "
                         "the path is usually /EWS/Exchange.asmx");
    case 429:
    case 503:
        return throttled(facts, err);
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return error_set(err, ERR_UPSTREAM, "http",
                         "the server sends us elsewhere (HTTP %d, %s): "
                         "connect to the real address",
                         facts->http_status,
                         *facts->location ? facts->location : "not saying where");
    case 440:
        return error_set(err, ERR_UPSTREAM, "http",
                         "a login page answered (HTTP 440): this is not EWS, "
                         "or a gateway in front wants a form");
    case 200:
    case 500:
        return error_set(err, ERR_UPSTREAM, "http",
                         "a page for people answered (HTTP %d, HTML), not "
                         "Exchange: is a proxy or login page in front?",
                         facts->http_status);
    default:
        return error_set(err, ERR_UPSTREAM, "http", "the server answered HTTP %d",
                         facts->http_status);
    }
}

/* Which answers leave open whether the operation happened? Those of a gateway, or of nobody we know. */
static bool is_http_doubtful(int http_status)
{
    return http_status == 200 || http_status == 500 || http_status == 408 ||
           (http_status > 500 && http_status != 503);
}

static enum status judge(struct call *call, const struct fetch_facts *facts, bool *ret_doubt,
                         struct error *err)
{
    *ret_doubt = true;
    if (!soap_is_likely(facts)) {
        *ret_doubt = is_http_doubtful(facts->http_status);
        return soap_judge_http(call->method, facts, err);
    }
    if (!call->reader)
        return error_set(err, ERR_UPSTREAM, "http", "the answer is empty (HTTP %d)",
                         facts->http_status);
    TRY(ews_reader_end(call->reader, err));
    enum status status = ews_code_judge(call->answer, err);
    *ret_doubt = status != OK && ews_code_is_doubtful(call->answer->code);
    return status;
}

void soap_headers_make(const struct soap *soap, enum ews_operation operation,
                       struct soap_headers *ret_headers)
{
    struct soap_headers *to = ret_headers;
    size_t n = 0;
    *to = (struct soap_headers){0};
    snprintf(to->action, sizeof to->action,
             "SOAPAction: \"http://schemas.microsoft.com/exchange/services/2006/messages/%s\"",
             ews_operation_name(operation));
    to->list[n++] = to->action;
    if (soap->anchor.n) {
        snprintf(to->anchor, sizeof to->anchor, "X-AnchorMailbox: " TEXT_FMT,
                 TEXT_ARG(soap->anchor));
        to->list[n++] = to->anchor;
    }
    if (soap->keeps_server)
        to->list[n++] = "X-PreferServerAffinity: true";
    if (soap->keeps_server && *soap->back_end) {
        snprintf(to->cookie, sizeof to->cookie, "Cookie: X-BackEndOverrideCookie=%s",
                 soap->back_end);
        to->list[n++] = to->cookie;
    }
}

static enum status post(struct soap *soap, const struct buf *request, bool once,
                        struct call *call, int64_t deadline_ms, struct error *err)
{
    struct soap_headers headers;
    soap_headers_make(soap, call->answer->operation, &headers);
    struct fetch_request what = {.body = buf_text(request),
                                 .headers = headers.list,
                                 .once = once,
                                 .max_answer = EWS_ANSWER_MAX};
    struct fetch_sink sink = {.owner = call, .bytes = on_bytes};
    return fetch_send(soap->fetch, &what, &sink, deadline_ms, err);
}

enum status soap_call(struct soap *soap, const struct buf *request, bool once,
                      struct ews_answer *answer, int64_t deadline_ms, bool *ret_doubt,
                      struct error *err)
{
    *ret_doubt = false;
    if (buf_failed(request))
        return error_set(err, ERR_INVALID, "ews", "the request is longer than %d bytes",
                         EWS_REQUEST_MAX);
    struct call call = {.answer = answer, .method = soap->method};
    enum status status = post(soap, request, once, &call, deadline_ms, err);
    const struct fetch_facts *facts = fetch_facts_of(soap->fetch);
    if (soap->keeps_server && *facts->back_end)
        snprintf(soap->back_end, sizeof soap->back_end, "%s", facts->back_end);
    if (status == OK)
        status = judge(&call, facts, ret_doubt, err);
    else
        *ret_doubt = facts->sent;
    ews_reader_free(call.reader);
    return status;
}
