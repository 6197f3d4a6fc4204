/* SPDX-License-Identifier: ISC
 *
 * Only servers with a certificate that a known CA signed, for the name that was asked for, in TLS 1.2 or
 * later. Every refusal has a reason of its own, with the facts of the certificate; no byte of a request,
 * and so no credential, is sent before. There is no switch that turns this off.
 */
#ifndef FETCH_TLS_H
#define FETCH_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/error.h"
#include "wire/types.h"

/* The CA roots of this process and of all that are forked from it: parsed once. */
struct tls_roots;

enum { TLS_ROOTS_MAX = 500, TLS_FILE_MAX = 4 << 20, TLS_PIN_SIZE = 32 };

/* Load the system's roots and, unless further is NULL or "", those of the operator's PEM file.
 *
 * Fails   ERR_INVALID where the operator's file holds no certificate, too many, or one that is not a CA
 *         (basicConstraints CA:TRUE): the line names it; ERR_NOT_FOUND, ERR_IO
 */
enum status tls_roots_new(const char *further, struct tls_roots **ret_roots,
                          struct error *err) MUST_CHECK;
void tls_roots_free(struct tls_roots *roots); /* accepts NULL */

/* What a server's certificate must be, besides issued by a known CA; all is borrowed. */
struct tls_wanted {
    const struct tls_roots *roots;
    const char *host; /* a DNS name, or an address where is_address */
    bool is_address;
    const struct pin *pins; /* one of these public keys is in the chain; none: any may be */
    size_t n_pins;
};

/* What was learned about a server's TLS, successful or not. */
struct tls_report {
    const struct tls_wanted *wanted;
    bool refused;
    char reason[256];  /* where refused: what is wrong */
    char fix[256];     /* and what to do about it */
    char version[16];  /* "TLSv1.3"; empty before the handshake is done */
    char subject[128]; /* of the server's certificate, or of the one that was refused */
    char issuer[128];
    char until[16]; /* its last day, 2027-01-31 */
    char pin[48]; /* SHA-256 of its public key in base64, as a pin is written; once verified */
    int n_chain;  /* certificates in the verified chain, the root included */
    char chain[256]; /* their common names, the server's first */
    int64_t end_s;   /* when the first of them ends, UTC seconds */
    char ends_first[128];
};

/* Make ctx strict, and let it fill report during handshakes. Both pointers are borrowed for as long as ctx
 * lives. False where ctx will not have it. */
bool tls_prepare(SSL_CTX *ctx, const struct tls_wanted *wanted, struct tls_report *report);

/* Fill report as for a server's certificate that is refused with one of OpenSSL's X509_V_ERR codes: all that a
 * handshake makes of what a certificate says. */
void tls_describe(struct tls_report *report, X509 *certificate, int code);

#endif
