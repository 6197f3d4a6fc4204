/* SPDX-License-Identifier: ISC
 *
 * A JWT in the compact form: header "." claims "." signature, each base64url. PS256 is PSS with SHA-256, MGF1 with
 * the same, and a salt as long as the digest (RFC 7518, 3.5).
 */
#include "fetch/assertion.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64.h"
#include "format/json.h"
#include "format/url.h"
#include "os/random.h"

#define GRANT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define TYPE_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum { THUMB_SIZE = 32, SIGNATURE_MAX = 1024 };

struct signer {
    EVP_PKEY *key;
    unsigned char thumb[THUMB_SIZE]; /* SHA-256 of the certificate, where there must be one */
};

static void signer_done(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
}

static void bio_done(BIO **bio)
{
    BIO_free(*bio);
}

static void certificate_done(X509 **certificate)
{
    X509_free(*certificate);
}

static void context_done(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static enum status unfit(struct error *err, const char *words)
{
    ERR_clear_error(); /* what OpenSSL would say quotes where in the file it was */
    return error_set(err, ERR_INVALID, "key", "%s", words);
}

/* A key with a passphrase is refused: nobody is there to be asked. */
static int no_passphrase(char *to, int size, int writes, void *owner)
{
    (void)to, (void)size, (void)writes, (void)owner;
    return -1;
}

static BIO *open_pem(const struct server *server)
{
    BIO *bio = BIO_new_mem_buf(server->keytab.at, (int)server->keytab.n);
    ENSURE(bio);
    return bio;
}

/* ---- the key ---- */

static bool is_google(const struct server *server)
{
    return server->kind == CALENDAR_GOOGLE;
}

static enum status read_certificate(const struct server *server, struct signer *signer,
                                    struct error *err)
{
    CLEANUP(bio_done) BIO *bio = open_pem(server);
    CLEANUP(certificate_done)
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
    unsigned n = 0;
    if (!certificate)
        return unfit(err, "the file holds no certificate beside the private key: put both into "
                          "it, in PEM");
    if (X509_check_private_key(certificate, signer->key) != 1)
        return unfit(err, "the certificate is not the private key's");
    if (X509_digest(certificate, EVP_sha256(), signer->thumb, &n) != 1 || n != THUMB_SIZE)
        return unfit(err, "the certificate cannot be read");
    return OK;
}

static enum status signer_open(const struct server *server, struct signer *ret_signer,
                               struct error *err)
{
    CLEANUP(bio_done) BIO *bio = open_pem(server);
    struct signer signer = {.key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)};
    if (!signer.key)
        return unfit(err, "the file holds no private key in PEM that needs no passphrase");
    enum status status = OK;
    if (!EVP_PKEY_is_a(signer.key, "RSA") || EVP_PKEY_get_bits(signer.key) < ASSERTION_KEY_BITS)
        status = unfit(err, "the private key is not RSA of at least 2048 bits");
    else if (!is_google(server))
        status = read_certificate(server, &signer, err);
    if (status != OK)
        EVP_PKEY_free(signer.key);
    else
        *ret_signer = signer;
    return status;
}

enum status assertion_check(const struct server *server, struct error *err)
{
    CLEANUP(signer_done) struct signer signer = {0};
    if (!server->token_server.client_id.n || !server->keytab.n)
        return error_set(err, ERR_INVALID, "key", "a token needs a client id and a key");
    return signer_open(server, &signer, err);
}

/* ---- what is signed ---- */

struct text assertion_subject(const struct server *server)
{
    if (!is_google(server))
        return (struct text){0};
    return server->mailbox.n ? server->mailbox : server->impersonate;
}

static void put_audience(struct json_writer *w, const struct token_server *at)
{
    CLEANUP(buf_done) struct buf url = BUF(MAX_HOST + MAX_PATH + 32);
    buf_printf(&url, "https://" TEXT_FMT, TEXT_ARG(at->host));
    if (at->port != 443)
        buf_printf(&url, ":%d", (int)at->port);
    buf_add_text(&url, at->path);
    json_put_text(w, "aud", buf_text(&url));
}

static void write_header(const struct server *server, const struct signer *signer,
                         struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, '{');
    json_put_text(&w, "typ", TEXT("JWT"));
    json_put_text(&w, "alg", is_google(server) ? TEXT("RS256") : TEXT("PS256"));
    if (!is_google(server)) {
        CLEANUP(buf_done) struct buf thumb = BUF(64);
        base64url_format(&thumb, signer->thumb, sizeof signer->thumb);
        json_put_text(&w, "x5t#S256", buf_text(&thumb));
    }
    json_close(&w, '}');
}

static void write_claims(const struct server *server, struct instant now, struct buf *out)
{
    const struct token_server *at = &server->token_server;
    struct text subject = assertion_subject(server);
    CLEANUP(buf_done) struct buf number = BUF(64);
    struct json_writer w = JSON_WRITER(out);
    unsigned char random[16];
    random_bytes(random, sizeof random);
    base64url_format(&number, random, sizeof random);
    json_open(&w, '{');
    put_audience(&w, at);
    json_put_text(&w, "iss", at->client_id);
    if (!is_google(server))
        json_put_text(&w, "sub", at->client_id);
    else if (subject.n)
        json_put_text(&w, "sub", subject);
    if (is_google(server))
        json_put_text(&w, "scope", at->scope);
    json_put_text(&w, "jti", buf_text(&number));
    json_put_i64(&w, "iat", now.s);
    json_put_i64(&w, "nbf", now.s);
    json_put_i64(&w, "exp", now.s + ASSERTION_LIFE_S);
    json_close(&w, '}');
}

static bool sign(const struct server *server, EVP_PKEY *key, struct text what,
                 unsigned char *ret_signature, size_t *n)
{
    CLEANUP(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL; /* of the context */
    ENSURE(context);
    if (EVP_DigestSignInit(context, &how, EVP_sha256(), NULL, key) != 1)
        return false;
    if (!is_google(server) &&
        (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestSign(context, ret_signature, n, (const unsigned char *)what.at, what.n) ==
           1;
}

static enum status write_jwt(const struct server *server, const struct signer *signer,
                             struct instant now, struct buf *out, struct error *err)
{
    CLEANUP(buf_done) struct buf header = BUF(ASSERTION_MAX), claims = BUF(ASSERTION_MAX);
    unsigned char signature[SIGNATURE_MAX];
    size_t n = sizeof signature;
    write_header(server, signer, &header);
    write_claims(server, now, &claims);
    base64url_format(out, header.at, header.n);
    buf_add_byte(out, '.');
    base64url_format(out, claims.at, claims.n);
    if (buf_failed(&claims) || buf_failed(out))
        return unfit(err, "what is to be signed is too long");
    if (EVP_PKEY_get_size(signer->key) > SIGNATURE_MAX ||
        !sign(server, signer->key, buf_text(out), signature, &n))
        return unfit(err, "the private key does not sign");
    buf_add_byte(out, '.');
    base64url_format(out, signature, n);
    return OK;
}

enum status assertion_write(const struct server *server, struct instant now, struct buf *out,
                            struct error *err)
{
    const struct token_server *at = &server->token_server;
    CLEANUP(buf_wipe) struct buf jwt = BUF(ASSERTION_MAX);
    CLEANUP(signer_done) struct signer signer = {0};
    TRY(signer_open(server, &signer, err));
    TRY(write_jwt(server, &signer, now, &jwt, err));
    buf_add_cstr(out, "grant_type=");
    if (is_google(server)) {
        url_encode(out, TEXT(GRANT_BEARER));
        buf_add_cstr(out, "&assertion=");
    } else {
        buf_add_cstr(out, "client_credentials&client_id=");
        url_encode(out, at->client_id);
        buf_add_cstr(out, "&client_assertion_type=");
        url_encode(out, TEXT(TYPE_BEARER));
        buf_add_cstr(out, "&client_assertion=");
    }
    buf_add_text(out, buf_text(&jwt));
    if (at->scope.n && !is_google(server)) {
        buf_add_cstr(out, "&scope=");
        url_encode(out, at->scope);
    }
    return buf_failed(out)
               ? error_set(err, ERR_INVALID, "token server", "the request is too long")
               : OK;
}
