/* SPDX-License-Identifier: ISC */
#include "fetch/sso.h"

#include "base/base64.h"
#include "fetch/id_token.h"
#include "fetch/token.h"
#include "format/json.h"
#include "format/url.h"
#include "os/clock.h"
#include "wire/upstream.h"

enum { ANSWER_MAX = 256 * 1024, REQUEST_MAX = 32 * 1024, BASIC_MAX = 8 * 1024 };
#define WELL_KNOWN "/.well-known/openid-configuration"

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)facts, (void)err;
    buf_add_text(owner, bytes);
    return OK;
}

static void json_done(struct json **value)
{
    json_free(*value);
}

/* Send a request to one address. */
static enum status ask_once(const struct endpoint *to, const struct fetch_options *options,
                            const struct fetch_request *request, int64_t deadline_ms,
                            struct buf *body, struct fetch_facts *ret_facts, struct error *err)
{
    const struct server server = {.host = to->host, .port = to->port, .path = to->path};
    struct fetch_sink sink = {.owner = body, .bytes = on_bytes};
    struct fetch *fetch;
    TRY(fetch_open(&server, options, FETCH_ANONYMOUS, &fetch, err));
    enum status status = fetch_send(fetch, request, &sink, deadline_ms, err);
    *ret_facts = *fetch_facts_of(fetch);
    fetch_close(fetch);
    return status;
}

static enum status get(const struct endpoint *from, const struct fetch_options *options,
                       int64_t deadline_ms, struct buf *body, const char *what,
                       struct error *err)
{
    const char *const headers[] = {"Accept: application/json", NULL};
    const struct fetch_request request = {
        .verb = "GET", .headers = headers, .max_answer = ANSWER_MAX};
    struct fetch_facts facts = {0};
    TRY(ask_once(from, options, &request, deadline_ms, body, &facts, err));
    return facts.http_status == 200
               ? OK
               : error_set(err, ERR_UPSTREAM, "provider",
                           "it answered HTTP %d instead of its %s", facts.http_status, what);
}

/* ---- where it is ---- */

static bool read_endpoint(const struct json *answer, const char *name, struct arena *a,
                          struct endpoint *ret_endpoint)
{
    struct text url;
    struct upstream at;
    if (!json_get_text(json_member(answer, name), &url) || url.n > MAX_PATH ||
        !text_starts(url, TEXT("https://")) ||
        upstream_split(url, CALENDAR_CALDAV, a, &at, NULL) != OK)
        return false;
    *ret_endpoint = (struct endpoint){at.host, at.port, at.path};
    return true;
}

static bool lists(const struct json *list, const char *wanted)
{
    struct text one;
    for (size_t i = 0; i < json_count(list); i++)
        if (json_get_text(json_item(list, i), &one) && text_equal(one, text_from(wanted)))
            return true;
    return false;
}

/* How the client proves itself: by Basic, which all take who say nothing (Discovery 1.0, 3), unless they say otherwise. */
static bool takes_post_alone(const struct json *answer)
{
    const struct json *list = json_member(answer, "token_endpoint_auth_methods_supported");
    return lists(list, "client_secret_post") && !lists(list, "client_secret_basic");
}

enum status sso_read_configuration(struct text body, struct text issuer, struct arena *a,
                                   struct sso_endpoints *ret_at, struct error *err)
{
    struct json *answer CLEANUP(json_done) = NULL;
    struct sso_endpoints at = {0};
    struct text said = {0};
    if (json_parse(body, &answer, NULL) != OK)
        return error_set(err, ERR_UPSTREAM, "provider", "its configuration is no JSON");
    if (!json_get_text(json_member(answer, "issuer"), &said) || !text_equal(said, issuer))
        return error_set(err, ERR_UPSTREAM, "provider",
                         "its configuration is of another issuer: give it as it names itself, "
                         "with or without a slash at the end");
    if (!read_endpoint(answer, "authorization_endpoint", a, &at.authorize) ||
        !read_endpoint(answer, "token_endpoint", a, &at.token) ||
        !read_endpoint(answer, "jwks_uri", a, &at.keys))
        return error_set(err, ERR_UPSTREAM, "provider",
                         "its configuration lacks an https address that is needed");
    at.takes_post = takes_post_alone(answer);
    *ret_at = at;
    return OK;
}

enum status sso_discover(const struct sso_discover_ask *ask,
                         const struct fetch_options *options, int64_t deadline_ms,
                         struct arena *a, struct sso_discover_answer *ret_found,
                         struct error *err)
{
    struct buf body CLEANUP(buf_done) = BUF(ANSWER_MAX);
    struct upstream at;
    struct text issuer = ask->issuer;
    TRY(upstream_split(issuer, CALENDAR_CALDAV, a, &at, err));
    if (at.path.n && at.path.at[at.path.n - 1] == '/')
        at.path.n--;
    const struct endpoint from = {
        at.host, at.port, text_from(arena_printf(a, TEXT_FMT WELL_KNOWN, TEXT_ARG(at.path)))};
    TRY(get(&from, options, deadline_ms, &body, "configuration", err));
    return sso_read_configuration(buf_text(&body), issuer, a, &ret_found->at, err);
}

/* ---- who signed in ---- */

static void add_field(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "%s%s=", out->n ? "&" : "", name);
    url_encode(out, value);
}

static struct text text_of(const struct secret *secret)
{
    return (struct text){(const char *)secret->at, secret->n};
}

/* The client's id and secret as RFC 6749, 2.3.1 has them within Basic. */
static void add_basic(struct buf *out, const struct registration *client)
{
    struct buf pair CLEANUP(buf_wipe) = BUF(BASIC_MAX);
    url_encode(&pair, client->client_id);
    buf_add_byte(&pair, ':');
    url_encode(&pair, text_of(&client->secret));
    buf_add_cstr(out, "Authorization: Basic ");
    base64_format(out, pair.at, pair.n);
    buf_add_byte(out, 0);
}

static enum status trade(const struct registration *client, const struct sso_exchange_ask *ask,
                         const struct fetch_options *options, int64_t deadline_ms,
                         struct buf *body, struct error *err)
{
    struct buf form CLEANUP(buf_wipe) = BUF(REQUEST_MAX),
                    basic CLEANUP(buf_wipe) = BUF(2 * BASIC_MAX);
    struct fetch_facts facts = {0};
    bool by_basic = client->secret.n && !ask->at.takes_post;
    add_field(&form, "grant_type", TEXT("authorization_code"));
    add_field(&form, "code", text_of(&ask->code));
    add_field(&form, "code_verifier", text_of(&ask->verifier));
    add_field(&form, "redirect_uri", ask->redirect);
    if (!by_basic)
        add_field(&form, "client_id", client->client_id);
    if (client->secret.n && !by_basic)
        add_field(&form, "client_secret", text_of(&client->secret));
    if (by_basic)
        add_basic(&basic, client);
    if (buf_failed(&form) || buf_failed(&basic))
        return error_set(err, ERR_INVALID, "provider", "the request is too long");
    const char *const headers[] = {"Accept: application/json",
                                   by_basic ? (const char *)basic.at : NULL, NULL};
    const struct fetch_request request = {.body = buf_text(&form),
                                          .type = "application/x-www-form-urlencoded",
                                          .headers = headers,
                                          .once = true,
                                          .max_answer = ANSWER_MAX};
    struct secret access = {0};
    int64_t life_s = 0;
    TRY(ask_once(&ask->at.token, options, &request, deadline_ms, body, &facts, err));
    enum status status = token_read(&facts, buf_text(body), &access, &life_s, err);
    secret_free(&access); /* it is of no use here: who they are stands in the ID token */
    return status == ERR_AUTH ? ERR_DENIED : status;
}

static enum status verify(const struct registration *client, const struct sso_exchange_ask *ask,
                          struct text body, struct text keys, struct arena *a,
                          struct id_claims *ret_claims, struct error *err)
{
    const struct id_expected expected = {.issuer = ask->issuer,
                                         .client = client->client_id,
                                         .nonce = ask->nonce,
                                         .now = clock_now()};
    struct json *answer CLEANUP(json_done) = NULL;
    struct text token = {0};
    TRY(json_parse(body, &answer, err));
    if (!json_get_text(json_member(answer, "id_token"), &token))
        return error_set(err, ERR_DENIED, "provider", "its answer holds no ID token");
    enum status status = id_token_verify(a, token, keys, &expected, ret_claims, err);
    return status == OK ? OK : ERR_DENIED;
}

enum status sso_exchange(const struct registration *client, const struct sso_exchange_ask *ask,
                         const struct fetch_options *options, int64_t deadline_ms,
                         struct arena *a, struct sso_exchange_answer *ret_person,
                         struct error *err)
{
    struct buf body CLEANUP(buf_wipe) = BUF(ANSWER_MAX),
                    keys CLEANUP(buf_done) = BUF(ANSWER_MAX);
    struct id_claims claims = {0};
    TRY(trade(client, ask, options, deadline_ms, &body, err));
    TRY(get(&ask->at.keys, options, deadline_ms, &keys, "keys", err));
    TRY(verify(client, ask, buf_text(&body), buf_text(&keys), a, &claims, err));
    *ret_person = (struct sso_exchange_answer){.subject = claims.subject,
                                               .email = claims.email,
                                               .verified = claims.email_verified,
                                               .name = claims.name,
                                               .proved = claims.proved};
    return OK;
}
