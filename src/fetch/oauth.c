/* SPDX-License-Identifier: ISC
 *
 * The client's secret goes in the body (client_secret_post): all providers of calendars take it there. A provider that
 * says no refresh token with a new access token means that the old one goes on (RFC 6749 6).
 */
#include "fetch/oauth.h"

#include "fetch/token.h"
#include "format/json.h"
#include "format/url.h"

enum { ANSWER_MAX = 64 * 1024, REQUEST_MAX = 48 * 1024, USERINFO_MAX = 16 * 1024 };

/* ---- asking ---- */

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)facts, (void)err;
    buf_add_text(owner, bytes);
    return OK;
}

static void add_field(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "%s%s=", out->n ? "&" : "", name);
    url_encode(out, value);
}

static void add_secret(struct buf *out, const char *name, const struct secret *value)
{
    add_field(out, name, (struct text){(const char *)value->at, value->n});
}

/* Post a form with hourgate's own sign-in in it. */
static enum status post_form(const struct registration *at, const struct endpoint *to,
                             const struct fetch_options *options, struct buf *form,
                             int64_t deadline_ms, struct buf *body,
                             struct fetch_facts *ret_facts, struct error *err)
{
    const char *const headers[] = {"Accept: application/json", NULL};
    const struct server server = {.host = to->host, .port = to->port, .path = to->path};
    struct fetch_sink sink = {.owner = body, .bytes = on_bytes};
    struct fetch *fetch;
    add_field(form, "client_id", at->client_id);
    if (at->secret.n)
        add_secret(form, "client_secret", &at->secret);
    if (buf_failed(form))
        return error_set(err, ERR_INVALID, "token server", "the request is too long");
    struct fetch_request request = {.body = buf_text(form),
                                    .type = "application/x-www-form-urlencoded",
                                    .headers = headers,
                                    .once = true,
                                    .max_answer = ANSWER_MAX};
    TRY(fetch_open(&server, options, FETCH_ANONYMOUS, &fetch, err));
    enum status status = fetch_send(fetch, &request, &sink, deadline_ms, err);
    *ret_facts = *fetch_facts_of(fetch);
    fetch_close(fetch);
    return status;
}

/* ---- tokens ---- */

static bool is_over(struct text body)
{
    struct json *answer = NULL;
    struct text word = {0};
    if (json_parse(body, &answer, NULL) != OK)
        return false;
    bool is = json_get_text(json_member(answer, "error"), &word) &&
              text_equal(word, TEXT("invalid_grant"));
    json_free(answer);
    return is;
}

/* A refresh token goes into forms alone, encoded; but no provider makes one that is no line of text. */
static enum status read_refresh(struct text body, struct secret *ret_refresh, struct error *err)
{
    struct json *answer = NULL;
    struct text refresh = {0};
    TRY(json_parse(body, &answer, err));
    (void)json_get_text(json_member(answer, "refresh_token"), &refresh);
    bool fits = refresh.n <= MAX_CREDENTIAL && text_is_clean(refresh);
    if (fits && refresh.n)
        *ret_refresh = secret_new(refresh.at, refresh.n);
    json_free(answer);
    return fits ? OK
                : error_set(err, ERR_UPSTREAM, "token server",
                            "its refresh token is longer than %d bytes, or malformed",
                            MAX_CREDENTIAL);
}

enum status oauth_read_tokens(const struct fetch_facts *facts, struct text body,
                              struct oauth_refresh_answer *ret_tokens, struct error *err)
{
    struct secret access = {0}, refresh = {0};
    int64_t life_s = 0;
    enum status status = token_read(facts, body, &access, &life_s, err);
    if (status == ERR_AUTH && is_over(body))
        return error_set(err, ERR_DENIED, "grant",
                         "the provider says that this permission has ended or was taken back");
    TRY(status);
    status = access.n <= MAX_CREDENTIAL
                 ? read_refresh(body, &refresh, err)
                 : error_set(err, ERR_UPSTREAM, "token server",
                             "its access token is longer than %d bytes", MAX_CREDENTIAL);
    if (status != OK) {
        secret_free(&access);
        return status;
    }
    *ret_tokens =
        (struct oauth_refresh_answer){.access = access, .life_s = life_s, .refresh = refresh};
    return OK;
}

static enum status get_tokens(const struct registration *at,
                              const struct fetch_options *options, struct buf *form,
                              int64_t deadline_ms, struct oauth_refresh_answer *ret_tokens,
                              struct error *err)
{
    struct buf body CLEANUP(buf_wipe) = BUF(ANSWER_MAX);
    struct fetch_facts facts = {0};
    TRY(post_form(at, &at->token, options, form, deadline_ms, &body, &facts, err));
    return oauth_read_tokens(&facts, buf_text(&body), ret_tokens, err);
}

enum status oauth_refresh(const struct registration *at, const struct fetch_options *options,
                          const struct oauth_refresh_ask *ask, int64_t deadline_ms,
                          struct oauth_refresh_answer *ret_tokens, struct error *err)
{
    struct buf form CLEANUP(buf_wipe) = BUF(REQUEST_MAX);
    add_field(&form, "grant_type", TEXT("refresh_token"));
    add_secret(&form, "refresh_token", &ask->refresh);
    return get_tokens(at, options, &form, deadline_ms, ret_tokens, err);
}

/* ---- whose mailbox it is ---- */

struct text oauth_read_mailbox(struct text body, struct arena *a)
{
    struct json *answer = NULL;
    struct text email = {0};
    bool verified = true; /* some say nothing of it, as their addresses are their own */
    if (json_parse(body, &answer, NULL) != OK)
        return email;
    (void)json_get_bool(json_member(answer, "email_verified"), &verified);
    bool fits = json_get_text(json_member(answer, "email"), &email) && verified &&
                email.n <= MAX_EMAIL && text_is_address(email);
    email = fits ? arena_text(a, email) : (struct text){0};
    json_free(answer);
    return email;
}

/* Nobody waits for it in vain: without it the person's own address is taken, and the doctor sees whether it fits. */
static struct text ask_mailbox(const struct registration *at,
                               const struct fetch_options *options, const struct secret *access,
                               int64_t deadline_ms, struct arena *a)
{
    const char *const headers[] = {"Accept: application/json", NULL};
    const struct server server = {.host = at->userinfo.host,
                                  .port = at->userinfo.port,
                                  .path = at->userinfo.path,
                                  .method = AUTH_OAUTH,
                                  .password = *access};
    struct buf body CLEANUP(buf_wipe) = BUF(USERINFO_MAX);
    struct fetch_sink sink = {.owner = &body, .bytes = on_bytes};
    struct fetch_request request = {
        .verb = "GET", .headers = headers, .max_answer = USERINFO_MAX};
    struct fetch *fetch = NULL;
    struct text mailbox = {0};
    if (!server.host.n || fetch_open(&server, options, FETCH_SIGNED_IN, &fetch, NULL) != OK)
        return mailbox;
    if (fetch_send(fetch, &request, &sink, deadline_ms, NULL) == OK &&
        fetch_facts_of(fetch)->http_status == 200)
        mailbox = oauth_read_mailbox(buf_text(&body), a);
    fetch_close(fetch);
    return mailbox;
}

enum status oauth_exchange(const struct registration *at, const struct fetch_options *options,
                           const struct oauth_exchange_ask *ask, int64_t deadline_ms,
                           struct arena *a, struct oauth_exchange_answer *ret_tokens,
                           struct error *err)
{
    struct buf form CLEANUP(buf_wipe) = BUF(REQUEST_MAX);
    struct oauth_refresh_answer tokens = {0};
    add_field(&form, "grant_type", TEXT("authorization_code"));
    add_secret(&form, "code", &ask->code);
    add_secret(&form, "code_verifier", &ask->verifier);
    add_field(&form, "redirect_uri", ask->redirect);
    TRY(get_tokens(at, options, &form, deadline_ms, &tokens, err));
    *ret_tokens = (struct oauth_exchange_answer){
        .access = tokens.access,
        .life_s = tokens.life_s,
        .refresh = tokens.refresh,
        .mailbox = ask_mailbox(at, options, &tokens.access, deadline_ms, a),
    };
    return OK;
}

/* ---- taking back ---- */

enum status oauth_revoke(const struct registration *at, const struct fetch_options *options,
                         const struct oauth_revoke_ask *ask, int64_t deadline_ms,
                         struct error *err)
{
    struct buf form CLEANUP(buf_wipe) = BUF(REQUEST_MAX),
                    body CLEANUP(buf_wipe) = BUF(ANSWER_MAX);
    struct fetch_facts facts = {0};
    if (!at->revoke.host.n)
        return OK;
    add_secret(&form, "token", &ask->token);
    TRY(post_form(at, &at->revoke, options, &form, deadline_ms, &body, &facts, err));
    return facts.http_status == 200 || facts.http_status == 400 /* it is none any more */
               ? OK
               : error_set(err, ERR_UPSTREAM, "token server",
                           "it answered HTTP %d to taking a token back", facts.http_status);
}
