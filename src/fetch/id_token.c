/* SPDX-License-Identifier: ISC
 *
 *     HEADER.CLAIMS.SIGNATURE, each base64url; the signature is over the first two and the dot between them
 */
#include "fetch/id_token.h"

#include "base/base64.h"
#include "base/limits.h"
#include "fetch/key_set.h"
#include "format/json.h"

static enum status no_token(struct error *err)
{
    return error_set(err, ERR_INVALID, "token", "this is no ID token");
}

static enum status denied(struct error *err, const char *what)
{
    return error_set(err, ERR_DENIED, "token", "%s", what);
}

static void json_done(struct json **value)
{
    json_free(*value);
}

/* ---- taking it apart ---- */

struct parts {
    struct text header, claims, signature, covered;
};

static bool split(struct text token, struct parts *ret_parts)
{
    struct parts p = {0};
    struct text rest, more;
    if (!text_cut(token, '.', &p.header, &rest) ||
        !text_cut(rest, '.', &p.claims, &p.signature) ||
        text_cut(p.signature, '.', &more, &rest))
        return false;
    p.covered = (struct text){token.at, p.header.n + 1 + p.claims.n};
    *ret_parts = p;
    return p.header.n && p.claims.n && p.signature.n;
}

static enum status read_object(struct text encoded, struct json **ret_object, struct error *err)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(ID_TOKEN_MAX);
    if (base64url_parse(&bytes, encoded) != OK ||
        json_parse(buf_text(&bytes), ret_object, NULL) != OK || !json_is_an_object(*ret_object))
        return no_token(err);
    return OK;
}

static struct text text_of(const struct json *object, const char *name)
{
    struct text t = {0};
    (void)json_get_text(json_member(object, name), &t);
    return t;
}

/* ---- the signature ---- */

/* The token says by what it was signed; what may be is decided here. A `crit` that is not understood refuses it
 * (RFC 7515, 4.1.11), and none is. Keys that it brings along (jwk, jku, x5c) are not looked at. */
static enum status check_signature(const struct parts *parts, struct text key_set,
                                   struct error *err)
{
    struct json *header CLEANUP(json_done) = NULL, *set CLEANUP(json_done) = NULL;
    struct buf signature CLEANUP(buf_done) = BUF(ID_TOKEN_MAX);
    enum signature kind;
    TRY(read_object(parts->header, &header, err));
    if (json_member(header, "crit") || !signature_find(text_of(header, "alg"), &kind))
        return error_set(err, ERR_INVALID, "token", "it is not signed by RS256 or ES256");
    if (json_member(header, "kid") && !text_of(header, "kid").n)
        return no_token(err);
    if (base64url_parse(&signature, parts->signature) != OK)
        return no_token(err);
    if (json_parse(key_set, &set, NULL) != OK)
        return error_set(err, ERR_INVALID, "key set", "these are no keys");
    return key_set_verify(set, text_of(header, "kid"), kind, parts->covered,
                          buf_text(&signature), err);
}

/* ---- the claims ---- */

/* Is it for us, and if others are named too, given to us (azp)? */
static bool is_for(const struct json *claims, struct text client)
{
    const struct json *audience = json_member(claims, "aud"),
                      *party = json_member(claims, "azp");
    struct text one = {0};
    bool is_named = json_get_text(audience, &one) && text_equal(one, client);
    for (size_t i = 0; i < json_count(audience); i++)
        is_named |= json_get_text(json_item(audience, i), &one) && text_equal(one, client);
    bool needs_party = json_count(audience) > 1 || party;
    return is_named && (!needs_party || text_equal(text_of(claims, "azp"), client));
}

static enum status check_times(const struct json *claims, struct instant now, struct error *err)
{
    int64_t made = 0, ends = 0, begins = 0;
    if (!json_get_i64(json_member(claims, "iat"), &made) ||
        !json_get_i64(json_member(claims, "exp"), &ends))
        return denied(err, "it does not say when it was made and when it ends");
    if (ends <= now.s - ID_TOKEN_DRIFT_S)
        return denied(err, "it has ended: are the clocks right?");
    if (made > now.s + ID_TOKEN_DRIFT_S || made < now.s - ID_TOKEN_AGE_S)
        return denied(err, "it was not made just now: are the clocks right?");
    if (json_member(claims, "nbf") && (!json_get_i64(json_member(claims, "nbf"), &begins) ||
                                       begins > now.s + ID_TOKEN_DRIFT_S))
        return denied(err, "it does not hold yet: are the clocks right?");
    return OK;
}

static enum status check_claims(const struct json *claims, const struct id_expected *expected,
                                struct error *err)
{
    struct text subject = text_of(claims, "sub");
    if (!expected->nonce.n || !expected->client.n || !expected->issuer.n)
        return denied(err, "nothing was asked");
    if (!text_equal(text_of(claims, "iss"), expected->issuer))
        return denied(err, "it is of another issuer");
    if (!is_for(claims, expected->client))
        return denied(err, "it is for another client");
    if (!text_equal(text_of(claims, "nonce"), expected->nonce))
        return denied(err, "it answers another question");
    if (!subject.n || subject.n > ID_SUBJECT_MAX || !text_is_line(subject))
        return denied(err, "it says nobody's name");
    return check_times(claims, expected->now, err);
}

/* A text that fits, else none. */
static struct text keep(struct arena *a, const struct json *claims, const char *name,
                        size_t most)
{
    struct text t = text_of(claims, name);
    return t.n && t.n <= most && text_is_line(t) ? arena_text(a, t) : (struct text){0};
}

enum status id_token_verify(struct arena *a, struct text token, struct text key_set,
                            const struct id_expected *expected, struct id_claims *ret_claims,
                            struct error *err)
{
    struct parts parts;
    struct json *claims CLEANUP(json_done) = NULL;
    int64_t proved = 0;
    if (token.n > ID_TOKEN_MAX || !split(token, &parts))
        return no_token(err);
    TRY(check_signature(&parts, key_set, err));
    TRY(read_object(parts.claims, &claims, err));
    TRY(check_claims(claims, expected, err));
    struct id_claims known = {.subject = arena_text(a, text_of(claims, "sub")),
                              .email = keep(a, claims, "email", MAX_EMAIL),
                              .name = keep(a, claims, "name", MAX_NAME)};
    if (!text_is_address(known.email))
        known.email = (struct text){0};
    (void)json_get_bool(json_member(claims, "email_verified"), &known.email_verified);
    known.email_verified &= known.email.n > 0;
    if (json_get_i64(json_member(claims, "auth_time"), &proved) && proved > 0)
        known.proved.s = proved;
    *ret_claims = known;
    return OK;
}
