/* SPDX-License-Identifier: ISC
 *
 * Single sign-on. Strangers ask these: what they may make us do is bounded by the edge's rates, by the lane's shares and
 * by SSO_FLOWS_MAX.
 */
#include "base/base64.h"
#include "os/log.h"
#include "os/random.h"
#include "store/audit.h"
#include "store/sso.h"
#include "vault/request.h"
#include "wire/codec.h"

/* ---- an account's provider ---- */

static enum status check_provider(struct vault *v, const struct identity_provider *p,
                                  struct error *err)
{
    if (!text_starts(p->issuer, TEXT("https://")) || !p->client_id.n)
        return error_set(err, ERR_INVALID, "sso",
                         "an issuer that begins with https:// and a client id are needed");
    if (!text_is_line(p->label))
        return error_set(err, ERR_INVALID, "sso", "the button needs words, on one line");
    if (!p->n_domains)
        return error_set(err, ERR_INVALID, "sso",
                         "whose addresses may be linked? add --domain example.org");
    for (size_t i = 0; i < p->n_domains; i++)
        if (!p->domains[i].name.n || memchr(p->domains[i].name.at, '@', p->domains[i].name.n))
            return error_set(err, ERR_INVALID, "sso", "a domain is what stands behind the @");
    if (p->joins && p->role == USER_OWNER)
        return error_set(err, ERR_INVALID, "sso", "nobody becomes an owner by joining");
    if (!zone_find(v->zones, p->zone))
        return error_set(err, ERR_INVALID, "sso",
                         "no such time zone; names are like Europe/Zurich");
    return OK;
}

enum status handle_sso_put(struct vault *v, struct request *r, const struct sso_put_ask *ask,
                           struct sso_put_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    TRY(check_provider(v, &ask->provider, err));
    return store_provider_put(v->store, ask, err);
}

enum status handle_sso_list(struct vault *v, struct request *r, const struct sso_list_ask *ask,
                            struct sso_list_answer *answer, struct error *err)
{
    return store_provider_list(v->store, &r->a, ask->after, answer, err);
}

enum status handle_sso_remove(struct vault *v, struct request *r,
                              const struct sso_remove_ask *ask,
                              struct sso_remove_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_provider_remove(v->store, ask->account, err);
}

/* ---- signing in ---- */

enum status handle_sso_offer(struct vault *v, struct request *r,
                             const struct sso_offer_ask *ask, struct sso_offer_answer *answer,
                             struct error *err)
{
    struct identity_provider provider = {0};
    struct text slug = ask->account;
    int64_t account;
    if (!slug.n)
        TRY(store_only_account(v->store, &r->a, &slug, err));
    enum status status =
        slug.n ? store_provider_get(v->store, &r->a, slug, &account, &provider, err)
               : ERR_NOT_FOUND;
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    secret_free(&provider.secret);
    answer->account = slug;
    answer->label = provider.label;
    return OK;
}

/* 256 random bits as base64url. */
static struct text draw(struct arena *a)
{
    unsigned char bytes[32];
    struct buf out CLEANUP(buf_wipe) = BUF(MAX_VERIFIER);
    random_bytes(bytes, sizeof bytes);
    base64url_format(&out, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    return arena_text(a, buf_text(&out));
}

/* Who asks for a provider, as couriers know one. */
static struct registration client_of(const struct identity_provider *provider)
{
    return (struct registration){
        .name = TEXT("sso"), .client_id = provider->client_id, .secret = provider->secret};
}

/* Prepare what is kept, and tell where to go. */
static enum status prepare(struct vault *v, struct request *r, const struct sso_begin_ask *ask,
                           const struct identity_provider *provider, struct sso_flow *flow,
                           struct error *err)
{
    const struct sso_discover_ask where = {provider->issuer};
    struct sso_discover_answer found;
    struct registration client = client_of(provider);
    client.secret = (struct secret){0}; /* nothing is signed in for here */
    TRY(provider_ask(&v->calendar, &client, WIRE_sso_discover, &where, r->deadline_ms, &r->a,
                     &found, err));
    struct text verifier = draw(&r->a);
    *flow = (struct sso_flow){.account = ask->account,
                              .issuer = provider->issuer,
                              .at = found.at,
                              .redirect = ask->redirect,
                              .next = ask->next,
                              .verifier = secret_new(verifier.at, verifier.n),
                              .nonce = draw(&r->a)};
    return OK;
}

static struct text challenge_of(struct arena *a, const struct secret *verifier)
{
    struct buf out CLEANUP(buf_wipe) = BUF(MAX_VERIFIER);
    struct hash hash = sha256((struct text){(const char *)verifier->at, verifier->n});
    base64url_format(&out, hash.at, sizeof hash.at);
    return arena_text(a, buf_text(&out));
}

enum status handle_sso_begin(struct vault *v, struct request *r,
                             const struct sso_begin_ask *ask, struct sso_begin_answer *answer,
                             struct error *err)
{
    struct identity_provider provider = {0};
    struct sso_flow flow = {0};
    int64_t account;
    TRY(store_provider_get(v->store, &r->a, ask->account, &account, &provider, err));
    enum status status = prepare(v, r, ask, &provider, &flow, err);
    if (status == OK)
        status = store_sign_flow_add(v->store, account, &flow, v->now(), &answer->state,
                                     &answer->cookie, err);
    if (status == OK) {
        answer->authorize = flow.at.authorize;
        answer->client_id = provider.client_id;
        answer->nonce = flow.nonce;
        answer->challenge = challenge_of(&r->a, &flow.verifier);
    } else if (status != ERR_LIMIT) {
        log_error(LOG_WARN, "nobody could be sent to a provider to sign in", status, err);
    }
    secret_free(&provider.secret);
    secret_free(&flow.verifier);
    return status;
}

/* The provider is the one that they were sent to, still. */
static enum status find_provider(struct vault *v, struct request *r, int64_t account,
                                 const struct sso_flow *flow,
                                 struct identity_provider *ret_provider, struct error *err)
{
    int64_t row;
    TRY(store_provider_get(v->store, &r->a, flow->account, &row, ret_provider, err));
    if (row == account && text_equal(ret_provider->issuer, flow->issuer))
        return OK;
    secret_free(&ret_provider->secret);
    return error_set(err, ERR_NOT_FOUND, "sso", "the account's provider is another one by now");
}

static enum status trade(struct vault *v, struct request *r, const struct sso_end_ask *ask,
                         const struct sso_flow *flow, const struct identity_provider *provider,
                         struct sso_exchange_answer *ret_person, struct error *err)
{
    const struct registration client = client_of(provider);
    const struct sso_exchange_ask exchange = {.issuer = flow->issuer,
                                              .at = flow->at,
                                              .code = ask->code,
                                              .verifier = flow->verifier,
                                              .redirect = flow->redirect,
                                              .nonce = flow->nonce};
    if (!ask->code.n)
        return error_set(err, ERR_DENIED, "sso", "it was declined at the provider");
    if (ask->issuer.n && !text_equal(ask->issuer, flow->issuer))
        return error_set(err, ERR_DENIED, "sso", "another issuer has answered (RFC 9207)");
    return provider_ask(&v->calendar, &client, WIRE_sso_exchange, &exchange, r->deadline_ms,
                        &r->a, ret_person, err);
}

enum status handle_sso_end(struct vault *v, struct request *r, const struct sso_end_ask *ask,
                           struct sso_end_answer *answer, struct error *err)
{
    struct sso_flow flow = {0};
    struct identity_provider provider = {0};
    struct sso_exchange_answer person = {0};
    int64_t account;
    enum status status = store_sign_flow_take(v->store, &r->a, &ask->state, &ask->cookie,
                                              v->now(), &account, &flow, err);
    if (status == OK)
        status = find_provider(v, r, account, &flow, &provider, err);
    if (status == ERR_NOT_FOUND) {
        secret_free(&flow.verifier);
        return ERR_AUTH;
    }
    TRY(status);
    status = trade(v, r, ask, &flow, &provider, &person, err);
    if (status == OK)
        status = store_sso_begin(v->store, account, flow.account, &provider, &person, v->now(),
                                 &answer->token, err);
    if (status != OK)
        log_error(LOG_WARN, "a sign-in by a provider came to nothing", status, err);
    answer->next = flow.next;
    secret_free(&provider.secret);
    secret_free(&flow.verifier);
    return status == ERR_AUTH ? ERR_UPSTREAM : status;
}
