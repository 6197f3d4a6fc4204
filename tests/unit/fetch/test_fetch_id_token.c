/* SPDX-License-Identifier: ISC
 *
 * ID tokens: a provider of our own signs what it should and what it should not. Keys are drawn for each run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "fetch/id_token.h"
#include "fetch/key_set.h"

enum { NOW = 1800000000 };
#define ISSUER "https://login.example"
#define CLIENT "hourgate"
#define NONCE "a-nonce"

#define CLAIMS                                                                                 \
    "\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT "\",\"nonce\":\"" NONCE                         \
    "\",\"sub\":\"anna-1\",\"iat\":1800000000,\"exp\":1800000300"

struct world {
    EVP_PKEY *rsa, *other, *weak, *ec, *ec384;
    char set[8192];
    struct arena a;
    struct error err;
};

/* ---- a provider ---- */

static void add_b64(struct buf *out, const char *name, const unsigned char *at, size_t n)
{
    buf_printf(out, ",\"%s\":\"", name);
    base64url_format(out, at, n);
    buf_add_cstr(out, "\"");
}

static void add_number(struct buf *out, const char *name, EVP_PKEY *key, const char *param,
                       size_t width)
{
    unsigned char bytes[1024];
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
    int n = width ? BN_bn2binpad(number, bytes, (int)width) : BN_bn2bin(number, bytes);
    BN_free(number);
    add_b64(out, name, bytes, (size_t)n);
}

static void add_rsa(struct buf *out, EVP_PKEY *key, const char *id, const char *more)
{
    buf_printf(out, "{\"kty\":\"RSA\",\"kid\":\"%s\"%s", id, more);
    add_number(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
    add_number(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    buf_add_cstr(out, "}");
}

static void add_ec(struct buf *out, EVP_PKEY *key, const char *id, const char *curve,
                   size_t width)
{
    buf_printf(out, "{\"kty\":\"EC\",\"kid\":\"%s\",\"crv\":\"%s\"", id, curve);
    add_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, width);
    add_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, width);
    buf_add_cstr(out, "}");
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct buf set CLEANUP(buf_done) = BUF(sizeof w->set - 1);
    w->rsa = EVP_RSA_gen(2048);
    w->other = EVP_RSA_gen(2048);
    w->weak = EVP_RSA_gen(1024);
    w->ec = EVP_EC_gen("P-256");
    w->ec384 = EVP_EC_gen("P-384");
    assert_true(w->rsa && w->other && w->weak && w->ec && w->ec384);
    buf_add_cstr(&set, "{\"keys\":[");
    add_rsa(&set, w->rsa, "r1", ",\"use\":\"sig\",\"alg\":\"RS256\"");
    buf_add_cstr(&set, ",");
    add_rsa(&set, w->other, "enc", ",\"use\":\"enc\"");
    buf_add_cstr(&set, ",");
    add_rsa(&set, w->weak, "weak", "");
    buf_add_cstr(&set, ",");
    add_ec(&set, w->ec, "e1", "P-256", 32);
    buf_add_cstr(&set, ",");
    add_ec(&set, w->ec384, "e384", "P-384", 48);
    buf_add_cstr(&set, ",{\"kty\":\"oct\",\"kid\":\"o1\",\"k\":\"c2VjcmV0\"}]}");
    assert_false(buf_failed(&set));
    memcpy(w->set, set.at, set.n);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    EVP_PKEY *keys[] = {w->rsa, w->other, w->weak, w->ec, w->ec384};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        EVP_PKEY_free(keys[i]);
    arena_done(&w->a);
    free(w);
    return 0;
}

/* Append the signature: of EC keys the two numbers, 32 bytes each. */
static void sign(struct buf *token, EVP_PKEY *key)
{
    unsigned char sig[512], raw[64];
    size_t n = sizeof sig;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(md, sig, &n, (const unsigned char *)token->at, token->n),
                     1);
    EVP_MD_CTX_free(md);
    buf_add_cstr(token, ".");
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256) {
        const unsigned char *at = sig;
        ECDSA_SIG *two = d2i_ECDSA_SIG(NULL, &at, (long)n);
        BN_bn2binpad(ECDSA_SIG_get0_r(two), raw, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(two), raw + 32, 32);
        ECDSA_SIG_free(two);
        base64url_format(token, raw, sizeof raw);
    } else {
        base64url_format(token, sig, n);
    }
}

static void begin(struct buf *token, const char *header, const char *claims)
{
    char object[2048];
    snprintf(object, sizeof object, "{%s}", header);
    base64url_format(token, object, strlen(object));
    buf_add_cstr(token, ".");
    snprintf(object, sizeof object, "{%s}", claims);
    base64url_format(token, object, strlen(object));
}

static enum status verify_by(struct world *w, struct text token, const char *set,
                             struct id_claims *ret_claims)
{
    struct id_expected expected = {TEXT(ISSUER), TEXT(CLIENT), TEXT(NONCE), {NOW}};
    return id_token_verify(&w->a, token, text_from(set), &expected, ret_claims, &w->err);
}

static enum status check(struct world *w, EVP_PKEY *key, const char *header, const char *claims)
{
    struct buf token CLEANUP(buf_done) = BUF(8192);
    struct id_claims known;
    begin(&token, header, claims);
    sign(&token, key);
    return verify_by(w, buf_text(&token), w->set, &known);
}

#define RS "\"alg\":\"RS256\",\"kid\":\"r1\""
#define ES "\"alg\":\"ES256\",\"kid\":\"e1\""

/* ---- the tests ---- */

static void what_is_right_is_known(void **state)
{
    struct world *w = *state;
    struct buf token CLEANUP(buf_done) = BUF(8192);
    struct id_claims known;
    begin(&token, ES,
          CLAIMS ",\"email\":\"anna@acme.test\",\"email_verified\":true,\"name\":\"Anna\","
                 "\"auth_time\":1799999990");
    sign(&token, w->ec);
    assert_int_equal(verify_by(w, buf_text(&token), w->set, &known), OK);
    assert_true(text_equal(known.subject, TEXT("anna-1")) && known.email_verified);
    assert_true(text_equal(known.email, TEXT("anna@acme.test")) &&
                text_equal(known.name, TEXT("Anna")));
    assert_int_equal(known.proved.s, 1799999990);
    assert_int_equal(check(w, w->rsa, RS, CLAIMS), OK);
    assert_int_equal(
        check(w, w->rsa, "\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"r1\"", CLAIMS), OK);
}

static void an_address_that_is_none_is_nobodys(void **state)
{
    struct world *w = *state;
    static const char *const said[] = {
        "\"email\":\"no address\",\"email_verified\":true",
        "\"email\":[\"anna@acme.test\"],\"email_verified\":true",
        "\"email_verified\":true",
        "\"email\":\"anna@acme.test\",\"email_verified\":\"true\"",
        "\"email\":\"anna@acme.test\"",
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct buf token CLEANUP(buf_done) = BUF(8192);
        struct id_claims known;
        char claims[1024];
        snprintf(claims, sizeof claims, CLAIMS ",%s", said[i]);
        begin(&token, RS, claims);
        sign(&token, w->rsa);
        assert_int_equal(verify_by(w, buf_text(&token), w->set, &known), OK);
        assert_false(known.email_verified);
    }
}

/* The token does not choose how it is looked at. */
static void no_other_signature_is_taken(void **state)
{
    struct world *w = *state;
    static const char *const wrong[] = {"\"alg\":\"none\"",
                                        "\"alg\":\"None\",\"kid\":\"r1\"",
                                        "\"alg\":\"HS256\",\"kid\":\"r1\"",
                                        "\"alg\":\"RS384\",\"kid\":\"r1\"",
                                        "\"alg\":\"PS256\",\"kid\":\"r1\"",
                                        "\"kid\":\"r1\"",
                                        "\"alg\":[\"RS256\"],\"kid\":\"r1\"",
                                        RS ",\"crit\":[\"b64\"],\"b64\":false",
                                        "\"alg\":\"RS256\",\"kid\":7",
                                        "\"alg\":\"RS256\",\"kid\":\"\"",
                                        "\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"r1\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(check(w, w->rsa, wrong[i], CLAIMS), ERR_INVALID);
}

/* An HMAC with the provider's public key, which everybody has, as its secret. */
static void a_public_key_is_no_secret(void **state)
{
    struct world *w = *state;
    struct buf token CLEANUP(buf_done) = BUF(8192);
    struct id_claims known;
    unsigned char mac[32];
    unsigned n = sizeof mac;
    begin(&token, "\"alg\":\"HS256\",\"kid\":\"r1\"", CLAIMS);
    HMAC(EVP_sha256(), w->set, (int)strlen(w->set), (const unsigned char *)token.at, token.n,
         mac, &n);
    buf_add_cstr(&token, ".");
    base64url_format(&token, mac, n);
    assert_int_equal(verify_by(w, buf_text(&token), w->set, &known), ERR_INVALID);
}

static void a_signature_of_somebody_else_is_refused(void **state)
{
    struct world *w = *state;
    assert_int_equal(check(w, w->other, RS, CLAIMS), ERR_DENIED);
    assert_int_equal(check(w, w->rsa, "\"alg\":\"RS256\",\"kid\":\"unknown\"", CLAIMS),
                     ERR_NOT_FOUND);
    assert_int_equal(check(w, w->other, "\"alg\":\"RS256\",\"kid\":\"enc\"", CLAIMS),
                     ERR_NOT_FOUND); /* not for signing */
    assert_int_equal(check(w, w->weak, "\"alg\":\"RS256\",\"kid\":\"weak\"", CLAIMS),
                     ERR_INVALID);
    assert_int_equal(check(w, w->ec, "\"alg\":\"RS256\",\"kid\":\"e1\"", CLAIMS),
                     ERR_NOT_FOUND);
    assert_int_equal(check(w, w->rsa, "\"alg\":\"ES256\",\"kid\":\"r1\"", CLAIMS),
                     ERR_NOT_FOUND);
    assert_int_equal(check(w, w->ec384, "\"alg\":\"ES256\",\"kid\":\"e384\"", CLAIMS),
                     ERR_INVALID);
    /* Two keys fit where none is named: which one is for nobody to guess. */
    assert_int_equal(check(w, w->rsa, "\"alg\":\"RS256\"", CLAIMS), ERR_NOT_FOUND);
}

/* A key that the token brings along is its own word. */
static void keys_within_the_token_count_for_nothing(void **state)
{
    struct world *w = *state;
    struct buf header CLEANUP(buf_done) = BUF(4096);
    buf_add_cstr(&header,
                 "\"alg\":\"RS256\",\"kid\":\"r1\",\"jku\":\"https://evil.example\",\"jwk\":");
    add_rsa(&header, w->other, "r1", "");
    assert_int_equal(check(w, w->other, buf_cstr(&header), CLAIMS), ERR_DENIED);
}

static void every_bit_is_covered(void **state)
{
    struct world *w = *state;
    struct buf token CLEANUP(buf_done) = BUF(8192);
    struct id_claims known;
    begin(&token, ES, CLAIMS);
    sign(&token, w->ec);
    size_t n_good = 0;
    for (size_t i = 0; i < token.n; i++) {
        unsigned char was = token.at[i];
        token.at[i] = was == 'A' ? 'B' : 'A';
        n_good += verify_by(w, buf_text(&token), w->set, &known) == OK;
        token.at[i] = was;
    }
    assert_int_equal(n_good, 0);
    for (size_t n = 0; n < token.n; n++)
        assert_int_not_equal(
            verify_by(w, (struct text){(const char *)token.at, n}, w->set, &known), OK);
    buf_add_cstr(&token, ".AAAA");
    assert_int_equal(verify_by(w, buf_text(&token), w->set, &known), ERR_INVALID);
}

static void what_it_says_must_be_for_us_and_now(void **state)
{
    struct world *w = *state;
#define REST "\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1800000000,\"exp\":1800000300"
#define WHO "\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT "\""
    static const char *const wrong[] = {
        "\"aud\":\"" CLIENT "\"," REST,
        "\"iss\":\"" ISSUER "/\",\"aud\":\"" CLIENT "\"," REST,
        "\"iss\":[\"" ISSUER "\"],\"aud\":\"" CLIENT "\"," REST,
        "\"iss\":\"" ISSUER "\"," REST,
        "\"iss\":\"" ISSUER "\",\"aud\":\"other\"," REST,
        "\"iss\":\"" ISSUER "\",\"aud\":[]," REST,
        "\"iss\":\"" ISSUER "\",\"aud\":[\"" CLIENT "\",\"other\"]," REST,
        "\"iss\":\"" ISSUER "\",\"aud\":[\"" CLIENT "\",\"other\"],\"azp\":\"other\"," REST,
        WHO ",\"azp\":\"other\"," REST,
        WHO ",\"sub\":\"a\",\"iat\":1800000000,\"exp\":1800000300",
        WHO ",\"nonce\":\"another\",\"sub\":\"a\",\"iat\":1800000000,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"iat\":1800000000,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":7,\"iat\":1800000000,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"\",\"iat\":1800000000,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1800000000",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1799999900,\"exp\":1799999940",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1799999399,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1800000061,\"exp\":1800000300",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":\"1800000000\",\"exp\":1800000300",
        WHO "," REST ",\"nbf\":1800000061",
        WHO "," REST ",\"nbf\":\"now\"",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(check(w, w->rsa, RS, wrong[i]), ERR_DENIED);
    static const char *const right[] = {
        "\"iss\":\"" ISSUER "\",\"aud\":[\"" CLIENT "\"]," REST,
        "\"iss\":\"" ISSUER "\",\"aud\":[\"" CLIENT "\",\"other\"],\"azp\":\"" CLIENT
        "\"," REST,
        WHO "," REST ",\"nbf\":1800000060,\"more\":{\"a\":[1]}",
        WHO ",\"nonce\":\"" NONCE "\",\"sub\":\"a\",\"iat\":1799999400,\"exp\":1799999941",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_int_equal(check(w, w->rsa, RS, right[i]), OK);
}

static void a_key_set_that_is_none_verifies_nothing(void **state)
{
    struct world *w = *state;
    static const char *const sets[] = {
        "", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[7,null,\"x\"]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\",\"n\":\"AAAA\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"e1\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"
        "]}",
        /* no point of the curve */
        "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"e1\",\"crv\":\"P-256\","
        "\"x\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\","
        "\"y\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"}]}"};
    EVP_PKEY *by[] = {w->rsa, w->ec};
    for (size_t i = 0; i < 2 * sizeof sets / sizeof *sets; i++) {
        struct buf token CLEANUP(buf_done) = BUF(8192);
        struct id_claims known;
        begin(&token, i % 2 ? ES : RS, CLAIMS);
        sign(&token, by[i % 2]);
        assert_in_set(verify_by(w, buf_text(&token), sets[i / 2], &known),
                      ((LargestIntegralType[]){ERR_INVALID, ERR_NOT_FOUND}), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_known),
        cmocka_unit_test(an_address_that_is_none_is_nobodys),
        cmocka_unit_test(no_other_signature_is_taken),
        cmocka_unit_test(a_public_key_is_no_secret),
        cmocka_unit_test(a_signature_of_somebody_else_is_refused),
        cmocka_unit_test(keys_within_the_token_count_for_nothing),
        cmocka_unit_test(every_bit_is_covered),
        cmocka_unit_test(what_it_says_must_be_for_us_and_now),
        cmocka_unit_test(a_key_set_that_is_none_verifies_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
