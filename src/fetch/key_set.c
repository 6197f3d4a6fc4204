/* SPDX-License-Identifier: ISC */
#include "fetch/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/base64.h"
#include "format/json.h"

enum { P256 = 32, NUMBER_MAX = RSA_BITS_MOST / 8, DER_MAX = 128 };

static const struct {
    const char *name, *kind;
} signatures[SIGNATURE_COUNT] = {
    [SIGNATURE_RS256] = {"RS256", "RSA"}, [SIGNATURE_ES256] = {"ES256", "EC"}};

bool signature_find(struct text name, enum signature *ret_signature)
{
    for (int i = 0; i < SIGNATURE_COUNT; i++)
        if (text_equal(name, text_from(signatures[i].name))) {
            *ret_signature = (enum signature)i;
            return true;
        }
    return false;
}

/* ---- choosing ---- */

static struct text member(const struct json *key, const char *name)
{
    struct text t = {0};
    (void)json_get_text(json_member(key, name), &t);
    return t;
}

/* Does it say nothing of it, or this? */
static bool says(const struct json *key, const char *name, const char *value)
{
    return !json_member(key, name) || text_equal(member(key, name), text_from(value));
}

static bool is_meant(const struct json *key, struct text id, enum signature signature)
{
    return json_is_an_object(key) &&
           text_equal(member(key, "kty"), text_from(signatures[signature].kind)) &&
           says(key, "use", "sig") && says(key, "alg", signatures[signature].name) &&
           (!id.n || text_equal(member(key, "kid"), id));
}

static enum status choose(const struct json *set, struct text id, enum signature signature,
                          const struct json **ret_key, struct error *err)
{
    const struct json *keys = json_member(set, "keys");
    size_t n = json_count(keys), n_meant = 0;
    if (!json_is_a_list(keys) || n > KEY_SET_MAX)
        return error_set(err, ERR_INVALID, "key set", "these are no keys");
    for (size_t i = 0; i < n; i++)
        if (is_meant(json_item(keys, i), id, signature)) {
            *ret_key = json_item(keys, i);
            n_meant++;
        }
    return n_meant == 1 ? OK
                        : error_set(err, ERR_NOT_FOUND, "key set",
                                    "%zu of its keys fit the token", n_meant);
}

/* ---- reading ---- */

/* Read an unsigned number, without zeros in front (RFC 7518, 6.3.1.1). */
static enum status read_number(const struct json *key, const char *name, struct buf *out)
{
    return base64url_parse(out, member(key, name)) == OK && out->n && out->at[0] ? OK
                                                                                 : ERR_INVALID;
}

static void params_done(OSSL_PARAM_BLD **b)
{
    OSSL_PARAM_BLD_free(*b);
}

static void number_done(BIGNUM **number)
{
    BN_free(*number);
}

static EVP_PKEY *make_key(const char *kind, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (params && make && EVP_PKEY_fromdata_init(make) == 1)
        (void)EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(make);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *read_rsa(const struct json *key)
{
    struct buf n CLEANUP(buf_done) = BUF(NUMBER_MAX), e CLEANUP(buf_done) = BUF(8);
    if (read_number(key, "n", &n) != OK || read_number(key, "e", &e) != OK)
        return NULL;
    BIGNUM *modulus CLEANUP(number_done) =
        BN_bin2bn((const unsigned char *)n.at, (int)n.n, NULL);
    BIGNUM *exponent CLEANUP(number_done) =
        BN_bin2bn((const unsigned char *)e.at, (int)e.n, NULL);
    OSSL_PARAM_BLD *build CLEANUP(params_done) = OSSL_PARAM_BLD_new();
    ENSURE(modulus && exponent && build);
    if (BN_num_bits(modulus) < RSA_BITS_LEAST || !BN_is_odd(modulus) || !BN_is_odd(exponent) ||
        BN_is_one(exponent))
        return NULL;
    ENSURE(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent));
    return make_key("RSA", build);
}

/* A point of P-256; OpenSSL refuses one that does not lie on the curve. */
static EVP_PKEY *read_ec(const struct json *key)
{
    struct buf x CLEANUP(buf_done) = BUF(P256), y CLEANUP(buf_done) = BUF(P256);
    unsigned char point[1 + 2 * P256] = {POINT_CONVERSION_UNCOMPRESSED};
    if (!text_equal(member(key, "crv"), TEXT("P-256")) ||
        base64url_parse(&x, member(key, "x")) != OK || x.n != P256 ||
        base64url_parse(&y, member(key, "y")) != OK || y.n != P256)
        return NULL;
    memcpy(point + 1, x.at, P256);
    memcpy(point + 1 + P256, y.at, P256);
    OSSL_PARAM_BLD *build CLEANUP(params_done) = OSSL_PARAM_BLD_new();
    ENSURE(
        build &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
    return make_key("EC", build);
}

/* ---- verifying ---- */

/* Two numbers of 32 bytes each (RFC 7518, 3.4) into what OpenSSL reads. 0: they are none. */
static size_t to_der(struct text raw, unsigned char der[static DER_MAX])
{
    const unsigned char *at = (const unsigned char *)raw.at;
    if (raw.n != 2 * P256)
        return 0;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(at, P256, NULL), *s = BN_bin2bn(at + P256, P256, NULL);
    ENSURE(sig && r && s && ECDSA_SIG_set0(sig, r, s)); /* which owns both now */
    unsigned char *to = der;
    int n = i2d_ECDSA_SIG(sig, NULL) <= DER_MAX ? i2d_ECDSA_SIG(sig, &to) : 0;
    ECDSA_SIG_free(sig);
    return n > 0 ? (size_t)n : 0;
}

static bool verifies(EVP_PKEY *key, struct text bytes, struct text raw,
                     enum signature signature)
{
    unsigned char der[DER_MAX];
    const unsigned char *at = (const unsigned char *)raw.at;
    size_t n = raw.n;
    if (signature == SIGNATURE_ES256) {
        n = to_der(raw, der);
        at = der;
    }
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    ENSURE(md);
    bool is_good = n && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
                   EVP_DigestVerify(md, at, n, (const unsigned char *)bytes.at, bytes.n) == 1;
    EVP_MD_CTX_free(md);
    return is_good;
}

enum status key_set_verify(const struct json *set, struct text id, enum signature signature,
                           struct text bytes, struct text signed_by, struct error *err)
{
    const struct json *meant = NULL;
    TRY(choose(set, id, signature, &meant, err));
    EVP_PKEY *key = signature == SIGNATURE_RS256 ? read_rsa(meant) : read_ec(meant);
    if (!key)
        return error_set(err, ERR_INVALID, "key set", "its key is weak or malformed");
    bool is_good = verifies(key, bytes, signed_by, signature);
    EVP_PKEY_free(key);
    return is_good ? OK
                   : error_set(err, ERR_DENIED, "token", "its signature is not the provider's");
}
