/* SPDX-License-Identifier: ISC
 *
 * What a token server says of a failure (error_description) is not passed on: it quotes the request.
 */
#include "fetch/token.h"

#include <stdio.h>
#include <stdlib.h>

#include "fetch/assertion.h"
#include "format/json.h"
#include "format/url.h"
#include "os/clock.h"

enum {
    ANSWER_MAX = 64 * 1024,
    REQUEST_MAX = 8 * 1024,
    EARLY_S = 60,        /* a token that ends sooner is replaced */
    LIFE_UNSAID_S = 300, /* where expires_in is missing */
    LIFE_MAX_S = 86400,
    RETRY_UNSAID_S = 5,
    RETRY_MAX_S = 3600,
};

struct token {
    const struct server *server;
    struct server from; /* the token server, for fetch */
    struct fetch *fetch;
    struct secret bearer; /* empty: there is none */
    int64_t end_s;
    char subject[MAX_EMAIL + 1]; /* for whom it stands; empty: for the application */
};

enum status token_open(const struct server *server, const struct fetch_options *options,
                       struct token **ret_token, struct error *err)
{
    const struct token_server *at = &server->token_server;
    if (server->method == AUTH_ASSERTION)
        TRY(assertion_check(server, err));
    else if (!at->client_id.n || !server->password.n)
        return error_set(err, ERR_INVALID, "token server",
                         "a token needs a client id and the client's secret");
    struct token *token = calloc(1, sizeof *token);
    ENSURE(token);
    token->server = server;
    token->from = (struct server){.host = at->host, .port = at->port, .path = at->path};
    enum status status = fetch_open(&token->from, options, FETCH_ANONYMOUS, &token->fetch, err);
    if (status == OK)
        *ret_token = token;
    else
        token_close(token);
    return status;
}

void token_close(struct token *token)
{
    if (!token)
        return;
    fetch_close(token->fetch);
    secret_free(&token->bearer);
    free(token);
}

void token_drop(struct token *token)
{
    secret_free(&token->bearer);
    token->end_s = 0;
}

bool token_has_ended(const struct token *token)
{
    return clock_now().s >= token->end_s;
}

/* ---- asking ---- */

static enum status write_request(const struct server *server, struct buf *out,
                                 struct error *err)
{
    const struct token_server *at = &server->token_server;
    if (server->method == AUTH_ASSERTION)
        return assertion_write(server, clock_now(), out, err);
    buf_add_cstr(out, "grant_type=client_credentials&client_id=");
    url_encode(out, at->client_id);
    buf_add_cstr(out, "&client_secret=");
    url_encode(out, (struct text){(const char *)server->password.at, server->password.n});
    if (at->scope.n) {
        buf_add_cstr(out, "&scope=");
        url_encode(out, at->scope);
    }
    return buf_failed(out)
               ? error_set(err, ERR_INVALID, "token server", "the request is too long")
               : OK;
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)facts, (void)err;
    buf_add_text(owner, bytes);
    return OK;
}

/* The error's word, where it is one of RFC 6749 5.2; nothing else of the answer is shown. */
static const char *error_word(const struct json *answer)
{
    static const char *const words[] = {
        "invalid_request", "invalid_client",         "invalid_grant",   "unauthorized_client",
        "invalid_scope",   "unsupported_grant_type", "invalid_resource"};
    struct text said;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (json_get_text(json_member(answer, "error"), &said) &&
            text_equal(said, text_from(words[i])))
            return words[i];
    return "no error that we know";
}

static enum status refused(const struct fetch_facts *facts, const struct json *answer,
                           struct error *err)
{
    int http = facts->http_status;
    if (http == 429 || http == 503) {
        error_set(err, ERR_LIMIT, "token server", "it asks to come back later (HTTP %d)", http);
        int64_t retry_s = facts->retry_after_s < 0 ? RETRY_UNSAID_S : facts->retry_after_s;
        if (err)
            err->retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
        return ERR_LIMIT;
    }
    if (http == 400 || http == 401 || http == 403)
        return error_set(err, ERR_AUTH, "token server",
                         "it refuses the client, its secret or the scope (HTTP %d, %s)", http,
                         error_word(answer));
    return error_set(err, ERR_UPSTREAM, "token server", "it answered HTTP %d", http);
}

static bool is_token(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] <= ' ' || t.at[i] > '~')
            return false;
    return t.n > 0 && t.n <= TOKEN_MAX;
}

static enum status read_bearer(const struct json *answer, struct secret *ret_bearer,
                               int64_t *ret_life_s, struct error *err)
{
    struct text bearer, type;
    int64_t life_s = LIFE_UNSAID_S;
    if (!json_get_text(json_member(answer, "access_token"), &bearer) || !is_token(bearer) ||
        !json_get_text(json_member(answer, "token_type"), &type) ||
        !text_equal_nocase(type, TEXT("bearer")))
        return error_set(err, ERR_UPSTREAM, "token server", "its answer holds no bearer token");
    json_get_i64(json_member(answer, "expires_in"), &life_s);
    *ret_bearer = secret_new(bearer.at, bearer.n);
    *ret_life_s = life_s < 0 ? 0 : life_s > LIFE_MAX_S ? LIFE_MAX_S : life_s;
    return OK;
}

enum status token_read(const struct fetch_facts *facts, struct text body,
                       struct secret *ret_bearer, int64_t *ret_life_s, struct error *err)
{
    struct json *answer = NULL;
    enum status status = json_parse(body, &answer, err);
    if (facts->http_status != 200)
        status = refused(facts, answer, err);
    else if (status != OK)
        status = error_set(err, ERR_UPSTREAM, "token server", "its answer is not JSON");
    else
        status = read_bearer(answer, ret_bearer, ret_life_s, err);
    json_free(answer);
    return status;
}

static enum status get(struct token *token, struct buf *request, struct buf *body,
                       int64_t deadline_ms, struct error *err)
{
    const char *const headers[] = {"Accept: application/json", NULL};
    struct fetch_request post = {.body = buf_text(request),
                                 .type = "application/x-www-form-urlencoded",
                                 .headers = headers,
                                 .max_answer = ANSWER_MAX};
    struct fetch_sink sink = {.owner = body, .bytes = on_bytes};
    int64_t asked_s = clock_now().s;
    TRY(fetch_send(token->fetch, &post, &sink, deadline_ms, err));
    struct secret bearer;
    int64_t life_s;
    TRY(token_read(fetch_facts_of(token->fetch), buf_text(body), &bearer, &life_s, err));
    token_drop(token);
    token->bearer = bearer;
    token->end_s = asked_s + life_s;
    snprintf(token->subject, sizeof token->subject, TEXT_FMT,
             TEXT_ARG(assertion_subject(token->server)));
    return OK;
}

enum status token_ready(struct token *token, int64_t deadline_ms, const char **ret_bearer,
                        struct error *err)
{
    bool is_anothers = !text_equal(text_from(token->subject), assertion_subject(token->server));
    if (is_anothers)
        token_drop(token);
    if (!token->bearer.n || clock_now().s + EARLY_S >= token->end_s) {
        CLEANUP(buf_wipe) struct buf request = BUF(REQUEST_MAX), body = BUF(ANSWER_MAX);
        enum status status = write_request(token->server, &request, err);
        if (status == OK)
            status = get(token, &request, &body, deadline_ms, err);
        /* One that still lasts serves while the token server is away. */
        if (status != OK && (!token->bearer.n || token_has_ended(token)))
            return status;
    }
    *ret_bearer = (const char *)token->bearer.at;
    return OK;
}
