/* SPDX-License-Identifier: ISC */
#include "http/tls.h"

#include <gnutls/x509.h>
#include <stdlib.h>

#include "http/inner.h"

const char tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-MAC-ALL:+AEAD";

/* One that was given. Older ones stay: a handshake may be at work with them, and they come by the month. */
struct shown {
    gnutls_pcert_st chain[TLS_CHAIN_MAX];
    unsigned n_chain;
    gnutls_privkey_t key;
};
static struct shown *shown;

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                 gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key)
{
    (void)session, (void)issuers, (void)n_issuers, (void)algorithms, (void)n_algorithms;
    if (!shown)
        return -1;
    *ret_chain = shown->chain;
    *ret_n = shown->n_chain;
    *ret_key = shown->key;
    return 0;
}

static enum status refuse(struct error *err, const char *what, int code)
{
    return error_set(err, ERR_INVALID, "certificate", "%s: %s", what, gnutls_strerror(code));
}

/* Is it a pair? The library says so where both become one credential. */
static enum status check_pair(const gnutls_datum_t *chain, const gnutls_datum_t *key,
                              struct error *err)
{
    gnutls_certificate_credentials_t both;
    ENSURE(gnutls_certificate_allocate_credentials(&both) == 0);
    int code = gnutls_certificate_set_x509_key_mem(both, chain, key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(both);
    return code < 0 ? refuse(err, "certificate and key", code) : OK;
}

/* When does the server's own certificate end? */
static enum status read_expiry(const gnutls_datum_t *chain, int64_t *ret_expires_s,
                               struct error *err)
{
    gnutls_x509_crt_t first;
    ENSURE(gnutls_x509_crt_init(&first) == 0);
    int code = gnutls_x509_crt_import(first, chain, GNUTLS_X509_FMT_PEM);
    time_t expires = code < 0 ? 0 : gnutls_x509_crt_get_expiration_time(first);
    gnutls_x509_crt_deinit(first);
    if (code < 0)
        return refuse(err, "the certificate", code);
    *ret_expires_s = (int64_t)expires;
    return OK;
}

static enum status load(const gnutls_datum_t *chain, const gnutls_datum_t *key,
                        struct error *err)
{
    struct shown *next = calloc(1, sizeof *next);
    ENSURE(next && gnutls_privkey_init(&next->key) == 0);
    next->n_chain = TLS_CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(next->chain, &next->n_chain, chain,
                                                 GNUTLS_X509_FMT_PEM, 0);
    bool has_chain = code >= 0;
    if (code >= 0)
        code = gnutls_privkey_import_x509_raw(next->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code >= 0) {
        shown = next;
        return OK;
    }
    for (unsigned i = 0; has_chain && i < next->n_chain; i++)
        gnutls_pcert_deinit(&next->chain[i]);
    gnutls_privkey_deinit(next->key);
    free(next);
    return refuse(err, has_chain ? "the key" : "the chain", code);
}

enum status tls_use(struct text chain, const struct secret *key, int64_t now_s,
                    int64_t *ret_expires_s, struct error *err)
{
    gnutls_datum_t chain_data = {(unsigned char *)(uintptr_t)chain.at, (unsigned)chain.n};
    gnutls_datum_t key_data = {key->at, (unsigned)key->n};
    int64_t expires_s = 0;
    TRY(read_expiry(&chain_data, &expires_s, err));
    if (expires_s <= now_s)
        return error_set(err, ERR_INVALID, "certificate", "it has expired");
    TRY(check_pair(&chain_data, &key_data, err));
    TRY(load(&chain_data, &key_data, err));
    *ret_expires_s = expires_s;
    return OK;
}
