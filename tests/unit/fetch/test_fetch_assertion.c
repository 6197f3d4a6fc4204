/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64.h"
#include "fetch/assertion.h"
#include "format/json.h"
#include "format/url.h"

static const struct instant now = {1800000000};

/* ---- keys ---- */

static EVP_PKEY *new_key(unsigned bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    assert_non_null(key);
    return key;
}

static void add_certificate(BIO *to, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(to, certificate), 1);
    X509_free(certificate);
}

/* A key file: the private key (with a passphrase where there is one), and the certificate of another or none. */
static struct secret key_file(EVP_PKEY *key, const char *passphrase, EVP_PKEY *certified)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *at;
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL,
                                              (const unsigned char *)passphrase,
                                              passphrase ? (int)strlen(passphrase) : 0, NULL,
                                              NULL),
                     1);
    if (certified)
        add_certificate(bio, certified);
    long n = BIO_get_mem_data(bio, &at);
    struct secret secret = secret_new(at, (size_t)n);
    BIO_free(bio);
    return secret;
}

struct fixture {
    EVP_PKEY *key, *other;
    struct server server;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->key = new_key(2048);
    f->other = new_key(2048);
    f->server =
        (struct server){.kind = CALENDAR_GRAPH,
                        .method = AUTH_ASSERTION,
                        .keytab = key_file(f->key, NULL, f->key),
                        .token_server = {.host = TEXT("login.example"),
                                         .port = 443,
                                         .path = TEXT("/t/oauth2/v2.0/token"),
                                         .client_id = TEXT("client-1"),
                                         .scope = TEXT("https://graph.example/.default")}};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    secret_free(&f->server.keytab);
    EVP_PKEY_free(f->key);
    EVP_PKEY_free(f->other);
    free(f);
    return 0;
}

/* ---- reading what was written ---- */

struct parts {
    struct text covered, signature;
    struct json *header, *claims;
};

static struct text parameter(struct arena *a, struct text form, const char *name)
{
    struct text pair, rest = form, key, value, decoded;
    while (rest.n) {
        if (!text_cut(rest, '&', &pair, &rest)) {
            pair = rest;
            rest = (struct text){0};
        }
        if (text_cut(pair, '=', &key, &value) && text_equal(key, text_from(name))) {
            assert_int_equal(url_decode(a, value, true, &decoded), OK);
            return decoded;
        }
    }
    return (struct text){0};
}

static struct json *decode(struct text t)
{
    CLEANUP(buf_done) struct buf out = BUF(ASSERTION_MAX);
    struct json *json = NULL;
    assert_int_equal(base64url_parse(&out, t), OK);
    assert_int_equal(json_parse(buf_text(&out), &json, NULL), OK);
    return json;
}

static struct parts take_apart(struct text jwt)
{
    struct text header, claims, rest;
    struct parts parts;
    assert_true(text_cut(jwt, '.', &header, &rest));
    assert_true(text_cut(rest, '.', &claims, &parts.signature));
    parts.covered = (struct text){jwt.at, header.n + 1 + claims.n};
    parts.header = decode(header);
    parts.claims = decode(claims);
    return parts;
}

static void parts_done(struct parts *parts)
{
    json_free(parts->header);
    json_free(parts->claims);
}

static struct text said(const struct json *object, const char *name)
{
    struct text t = {0};
    json_get_text(json_member(object, name), &t);
    return t;
}

static bool holds(EVP_PKEY *key, const struct parts *parts, bool is_pss)
{
    CLEANUP(buf_done) struct buf signature = BUF(ASSERTION_MAX);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;
    assert_int_equal(base64url_parse(&signature, parts->signature), OK);
    assert_int_equal(EVP_DigestVerifyInit(context, &how, EVP_sha256(), NULL, key), 1);
    if (is_pss) {
        EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32);
    }
    bool fits =
        EVP_DigestVerify(context, signature.at, signature.n,
                         (const unsigned char *)parts->covered.at, parts->covered.n) == 1;
    EVP_MD_CTX_free(context);
    return fits;
}

/* ---- tests ---- */

static void test_an_application_signs_with_its_certificate(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_done) struct buf form = BUF(8192);
    CLEANUP(arena_done) struct arena a = {0};
    assert_int_equal(assertion_write(&f->server, now, &form, NULL), OK);
    assert_true(
        text_equal(parameter(&a, buf_text(&form), "grant_type"), TEXT("client_credentials")));
    assert_true(text_equal(parameter(&a, buf_text(&form), "client_id"), TEXT("client-1")));
    assert_true(
        text_equal(parameter(&a, buf_text(&form), "scope"), f->server.token_server.scope));
    assert_true(text_equal(parameter(&a, buf_text(&form), "client_assertion_type"),
                           TEXT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")));
    struct parts parts = take_apart(parameter(&a, buf_text(&form), "client_assertion"));
    int64_t ends = 0;
    assert_true(text_equal(said(parts.header, "alg"), TEXT("PS256")));
    assert_int_equal(said(parts.header, "x5t#S256").n, 43);
    assert_true(text_equal(said(parts.claims, "aud"),
                           TEXT("https://login.example/t/oauth2/v2.0/token")));
    assert_true(text_equal(said(parts.claims, "iss"), TEXT("client-1")));
    assert_true(text_equal(said(parts.claims, "sub"), TEXT("client-1")));
    assert_true(said(parts.claims, "jti").n >= 16);
    assert_true(json_get_i64(json_member(parts.claims, "exp"), &ends) &&
                ends == now.s + ASSERTION_LIFE_S);
    assert_true(holds(f->key, &parts, true));
    assert_false(holds(f->key, &parts, false));
    assert_false(holds(f->other, &parts, true));
    parts_done(&parts);
}

static void test_a_service_account_signs_for_one_person(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_done) struct buf form = BUF(8192);
    CLEANUP(arena_done) struct arena a = {0};
    struct server server = f->server;
    server.kind = CALENDAR_GOOGLE;
    server.mailbox = TEXT("anna@practice.example");
    server.keytab = key_file(f->key, NULL, NULL);
    assert_int_equal(assertion_write(&server, now, &form, NULL), OK);
    assert_true(text_equal(parameter(&a, buf_text(&form), "grant_type"),
                           TEXT("urn:ietf:params:oauth:grant-type:jwt-bearer")));
    struct parts parts = take_apart(parameter(&a, buf_text(&form), "assertion"));
    assert_true(text_equal(said(parts.header, "alg"), TEXT("RS256")));
    assert_int_equal(said(parts.header, "x5t#S256").n, 0);
    assert_true(text_equal(said(parts.claims, "sub"), server.mailbox));
    assert_true(text_equal(said(parts.claims, "scope"), server.token_server.scope));
    assert_true(holds(f->key, &parts, false));
    assert_true(text_equal(assertion_subject(&server), server.mailbox));
    assert_int_equal(assertion_subject(&f->server).n, 0);
    parts_done(&parts);
    secret_free(&server.keytab);
}

static void test_no_two_are_equal(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_done) struct buf one = BUF(8192), other = BUF(8192);
    assert_int_equal(assertion_write(&f->server, now, &one, NULL), OK);
    assert_int_equal(assertion_write(&f->server, now, &other, NULL), OK);
    assert_false(text_equal(buf_text(&one), buf_text(&other)));
}

static void test_an_odd_port_stands_in_the_audience(void **state)
{
    struct fixture *f = *state;
    CLEANUP(buf_done) struct buf form = BUF(8192);
    CLEANUP(arena_done) struct arena a = {0};
    f->server.token_server.port = 8443;
    assert_int_equal(assertion_write(&f->server, now, &form, NULL), OK);
    struct parts parts = take_apart(parameter(&a, buf_text(&form), "client_assertion"));
    assert_true(text_equal(said(parts.claims, "aud"),
                           TEXT("https://login.example:8443/t/oauth2/v2.0/token")));
    parts_done(&parts);
}

static void assert_refused(struct server server, struct secret file)
{
    struct error err = {0};
    CLEANUP(buf_done) struct buf form = BUF(8192);
    server.keytab = file;
    assert_int_equal(assertion_check(&server, &err), ERR_INVALID);
    assert_true(*err.what);
    if (file.n)
        assert_int_equal(assertion_write(&server, now, &form, &err), ERR_INVALID);
    assert_null(strstr(err.what, "BEGIN"));
    secret_free(&file);
}

static void test_keys_that_are_none_are_refused(void **state)
{
    struct fixture *f = *state;
    EVP_PKEY *small = new_key(1024), *curve = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_int_equal(assertion_check(&f->server, NULL), OK);
    assert_refused(f->server, (struct secret){0});
    assert_refused(f->server, secret_new("nothing of the kind", 19));
    assert_refused(f->server, key_file(f->key, NULL, NULL));
    assert_refused(f->server, key_file(f->key, NULL, f->other));
    assert_refused(f->server, key_file(f->key, "secret", f->key));
    assert_refused(f->server, key_file(small, NULL, small));
    assert_refused(f->server, key_file(curve, NULL, curve));
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_application_signs_with_its_certificate, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_service_account_signs_for_one_person, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_two_are_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_odd_port_stands_in_the_audience, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_keys_that_are_none_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
