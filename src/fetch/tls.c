/* SPDX-License-Identifier: ISC
 *
 * OpenSSL verifies; this file only makes it strict and puts its verdict into words. The codes behind the
 * words were seen with Debian 12's OpenSSL against servers that were wrong in each of these ways.
 */
#include "fetch/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "os/file.h"

static const char system_roots[] = "/etc/ssl/certs/ca-certificates.crt";

struct tls_roots {
    X509_STORE *store;
};

/* ---- roots ---- */

static void print_name(const X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    ENSURE(bio);
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char *at = NULL;
    long n = BIO_get_mem_data(bio, &at);
    snprintf(out, size, "%.*s", n > 0 ? (int)n : 0, n > 0 ? at : "");
    BIO_free(bio);
}

static void print_day(const ASN1_TIME *time, char *out, size_t size)
{
    struct tm day;
    if (ASN1_TIME_to_tm(time, &day) != 1 || strftime(out, size, "%Y-%m-%d", &day) == 0)
        snprintf(out, size, "?");
}

/* Read the next certificate of a PEM file; NULL at the end or where it is broken (*ret_broken). */
static X509 *next_certificate(BIO *bio, bool *ret_broken)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    unsigned long code = ERR_peek_last_error();
    *ret_broken = !certificate && ERR_GET_REASON(code) != PEM_R_NO_START_LINE;
    ERR_clear_error();
    return certificate;
}

static enum status add_operators_root(X509_STORE *store, X509 *certificate, const char *path,
                                      struct error *err)
{
    char name[128];
    print_name(X509_get_subject_name(certificate), name, sizeof name);
    if (X509_check_ca(certificate) != 1)
        return error_set(
            err, ERR_INVALID, "roots",
            "%s: the certificate %s is not a CA (basicConstraints CA:TRUE); give the "
            "certificate of the CA that signed the server's, not the server's own",
            path, name);
    if (X509_STORE_add_cert(store, certificate) != 1)
        return error_set(err, ERR_IO, "roots", "%s: cannot add the certificate %s", path, name);
    return OK;
}

static enum status add_operators_roots(X509_STORE *store, const char *path, struct error *err)
{
    CLEANUP(buf_done) struct buf file = BUF(TLS_FILE_MAX);
    TRY(file_read(path, &file, err));
    BIO *bio = BIO_new_mem_buf(file.at, (int)file.n);
    ENSURE(bio);
    enum status status = OK;
    bool broken = false;
    size_t n = 0;
    X509 *certificate;
    while (status == OK && (certificate = next_certificate(bio, &broken))) {
        status = ++n > TLS_ROOTS_MAX
                     ? error_set(err, ERR_INVALID, "roots", "%s: more than %d certificates",
                                 path, TLS_ROOTS_MAX)
                     : add_operators_root(store, certificate, path, err);
        X509_free(certificate);
    }
    BIO_free(bio);
    if (status == OK && (broken || n == 0))
        status =
            error_set(err, ERR_INVALID, "roots", "%s: %s", path,
                      broken ? "a certificate in it cannot be read"
                             : "no certificate in it; a PEM file of CA certificates is needed");
    return status;
}

enum status tls_roots_new(const char *further, struct tls_roots **ret_roots, struct error *err)
{
    bool has_further = further && *further;
    struct tls_roots *roots = calloc(1, sizeof *roots);
    ENSURE(roots);
    roots->store = X509_STORE_new();
    ENSURE(roots->store);
    enum status status = OK;
    if (X509_STORE_load_file(roots->store, system_roots) != 1 && !has_further)
        status =
            error_set(err, ERR_NOT_FOUND, "roots",
                      "cannot read %s: install ca-certificates, or name a PEM file of CA roots",
                      system_roots);
    ERR_clear_error();
    if (status == OK && has_further)
        status = add_operators_roots(roots->store, further, err);
    if (status == OK)
        *ret_roots = roots;
    else
        tls_roots_free(roots);
    return status;
}

void tls_roots_free(struct tls_roots *roots)
{
    if (!roots)
        return;
    X509_STORE_free(roots->store);
    free(roots);
}

/* ---- the verdict in words ---- */

static bool has_san(X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool has = names && sk_GENERAL_NAME_num(names) > 0;
    GENERAL_NAMES_free(names);
    return has;
}

static void refuse(struct tls_report *report, const char *reason, const char *fix)
{
    report->refused = true;
    snprintf(report->reason, sizeof report->reason, "%s", reason);
    snprintf(report->fix, sizeof report->fix, "%s; hourgate sends no password until then", fix);
}

static void refuse_by_name(struct tls_report *report, X509 *certificate)
{
    if (has_san(certificate))
        refuse(report, "the certificate is for another name",
               "use the name that stands in the certificate, or have this one added to it");
    else
        refuse(report, "the certificate has no subject alternative name",
               "renew the certificate with the server's name as a subject alternative name");
}

static void refuse_by_issuer(struct tls_report *report, int depth)
{
    if (depth == 0)
        refuse(report,
               "the certificate's issuer is not a known CA and the server does not send it: an "
               "intermediate certificate is missing",
               "install the full chain on the server, or list the CA with roots = PEM-FILE");
    else
        refuse(report, "unknown CA: the certificate was not issued by a trusted root",
               "list the CA with roots = PEM-FILE");
}

static void put_into_words(struct tls_report *report, int code, int depth, X509 *certificate)
{
    char reason[sizeof report->reason];
    switch (code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return refuse(report, "the certificate is self-signed",
                      "install a certificate that a CA signed");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return refuse(report, "unknown CA: the certificate was not issued by a trusted root",
                      "list the CA with roots = PEM-FILE");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return refuse_by_issuer(report, depth);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        snprintf(reason, sizeof reason, "certificate expired on %s (depth %d)", report->until,
                 depth);
        return refuse(report, reason, "renew the certificate on the server");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(reason, sizeof reason, "certificate is not yet valid (depth %d)", depth);
        return refuse(report, reason,
                      "check the clocks of both machines, or renew the certificate");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return refuse_by_name(report, certificate);
    case X509_V_ERR_INVALID_PURPOSE:
        return refuse(report, "the certificate is not meant for servers (extended key usage)",
                      "renew the certificate with the purpose serverAuth");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return refuse(report, "a key in the certificate chain is too weak",
                      "renew the certificate with RSA of 2048 bits or more, or P-256");
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return refuse(report, "a signature in the certificate chain is too weak",
                      "renew the certificate with SHA-256 or better");
    case X509_V_ERR_CERT_REVOKED:
        return refuse(report, "the certificate is revoked",
                      "renew the certificate on the server");
    default:
        snprintf(reason, sizeof reason, "the certificate is refused: %s (depth %d)",
                 X509_verify_cert_error_string(code), depth);
        return refuse(report, reason, "renew the certificate on the server");
    }
}

/* ---- pins ---- */

static bool hash_key(const X509 *certificate, unsigned char *ret_sha256)
{
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    bool done = n > 0 && EVP_Digest(der, (size_t)n, ret_sha256, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    return done;
}

static bool has_pinned_key(const struct tls_wanted *wanted, STACK_OF(X509) * chain)
{
    unsigned char key[TLS_PIN_SIZE];
    for (int i = 0; i < sk_X509_num(chain); i++)
        for (size_t k = 0; k < wanted->n_pins; k++)
            if (hash_key(sk_X509_value(chain, i), key) &&
                memcmp(key, wanted->pins[k].sha256.at, TLS_PIN_SIZE) == 0)
                return true;
    return wanted->n_pins == 0;
}

static void note_pin(struct tls_report *report, const X509 *certificate)
{
    unsigned char key[TLS_PIN_SIZE];
    CLEANUP(buf_done) struct buf out = BUF(sizeof report->pin);
    if (hash_key(certificate, key))
        base64_format(&out, key, sizeof key);
    snprintf(report->pin, sizeof report->pin, "%s", buf_cstr(&out));
}

/* ---- during the handshake ---- */

static int report_index(void)
{
    static int index = -1; /* one per process, as OpenSSL hands them out */
    if (index < 0)
        index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    return index;
}

static struct tls_report *report_of(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), report_index());
}

static void note_certificate(struct tls_report *report, const X509 *certificate)
{
    print_name(X509_get_subject_name(certificate), report->subject, sizeof report->subject);
    print_name(X509_get_issuer_name(certificate), report->issuer, sizeof report->issuer);
    print_day(X509_get0_notAfter(certificate), report->until, sizeof report->until);
}

static void refuse_by_pin(struct tls_report *report)
{
    char reason[sizeof report->reason];
    snprintf(reason, sizeof reason,
             "no key in the certificate chain is one of the pinned ones (the server's is "
             "sha256/%s)",
             report->pin);
    refuse(report, reason,
           "if the certificate was renewed on purpose, replace the pin; if not, somebody "
           "stands in between");
}

/* OpenSSL comes to depth 0 last, with everything else verified. */
static int check_pins(struct tls_report *report, X509_STORE_CTX *verification)
{
    note_pin(report, X509_STORE_CTX_get_current_cert(verification));
    if (has_pinned_key(report->wanted, X509_STORE_CTX_get0_chain(verification)))
        return 1;
    refuse_by_pin(report);
    X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static int on_verify(int fine, X509_STORE_CTX *verification)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_report *report = report_of(ssl);
    X509 *certificate = X509_STORE_CTX_get_current_cert(verification);
    if (certificate)
        note_certificate(report, certificate);
    if (!fine)
        put_into_words(report, X509_STORE_CTX_get_error(verification),
                       X509_STORE_CTX_get_error_depth(verification), certificate);
    if (fine && certificate && X509_STORE_CTX_get_error_depth(verification) == 0)
        return check_pins(report, verification);
    return fine;
}

static void note_alert(struct tls_report *report, int alert)
{
    if (report->refused)
        return;
    if (alert == SSL_AD_PROTOCOL_VERSION)
        refuse(report, "the server speaks no TLS 1.2 or later",
               "turn TLS 1.2 on at the server (it is 1.0 or 1.1 now)");
    else if (alert == SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_INSUFFICIENT_SECURITY)
        refuse(report, "no cipher in common with the server",
               "turn the server's current TLS ciphers on");
}

static int64_t end_of(const X509 *certificate)
{
    struct tm day;
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &day) == 1 ? timegm(&day) : 0;
}

static void note_link(struct tls_report *report, const X509 *certificate)
{
    char name[128];
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name) < 0)
        print_name(subject, name, sizeof name);
    for (char *at = name; *at; at++)
        *at = *at >= ' ' && *at <= '~' ? *at : '?';
    size_t n = strlen(report->chain);
    snprintf(report->chain + n, sizeof report->chain - n, "%s%s", n ? " < " : "", name);
    if (report->end_s && end_of(certificate) >= report->end_s)
        return;
    report->end_s = end_of(certificate);
    snprintf(report->ends_first, sizeof report->ends_first, "%s", name);
}

void tls_describe(struct tls_report *report, X509 *certificate, int code)
{
    note_certificate(report, certificate);
    note_pin(report, certificate);
    note_link(report, certificate);
    put_into_words(report, code, 0, certificate);
}

/* OpenSSL calls this at every step of a handshake. */
static void on_step(const SSL *ssl, int where, int value)
{
    struct tls_report *report = report_of(ssl);
    if (where & SSL_CB_ALERT)
        note_alert(report, value & 0xff);
    if (!(where & SSL_CB_HANDSHAKE_DONE))
        return;
    snprintf(report->version, sizeof report->version, "%s", SSL_get_version(ssl));
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    report->n_chain = chain ? sk_X509_num(chain) : 0;
    for (int i = 0; i < report->n_chain; i++)
        note_link(report, sk_X509_value(chain, i));
}

bool tls_prepare(SSL_CTX *ctx, const struct tls_wanted *wanted, struct tls_report *report)
{
    const char *host = wanted->host;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    int named = wanted->is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host)
                                   : X509_VERIFY_PARAM_set1_host(param, host, strlen(host));
    *report = (struct tls_report){.wanted = wanted};
    SSL_CTX_set1_cert_store(ctx, wanted->roots->store);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
    SSL_CTX_set_info_callback(ctx, on_step);
    SSL_CTX_set_options(ctx,
                        SSL_OP_CLEANSE_PLAINTEXT); /* an answer may say more than is kept */
    return named == 1 && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_ex_data(ctx, report_index(), report) == 1;
}
