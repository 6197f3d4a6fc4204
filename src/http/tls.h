/* SPDX-License-Identifier: ISC
 *
 * The certificate that this program's TLS listeners show, and its key: the edge's one secret. Another takes its
 * place at any time; handshakes that are under way keep the one that they began with. TLS 1.2 with forward
 * secrecy and AEAD ciphers at least.
 *
 * The library's callback for it has no owner, so it is one for the whole program.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/status.h"
#include "base/text.h"

enum { TLS_CHAIN_MAX = 16 }; /* certificates of one chain */

/* Show this chain (PEM, the server's own certificate first) from now on. What does not hold is refused, and the one
 * before stays.
 *
 * Fails   ERR_INVALID  no certificate, no key, or not a pair; expired at now_s
 */
enum status tls_use(struct text chain, const struct secret *key, int64_t now_s,
                    int64_t *ret_expires_s, struct error *err) MUST_CHECK;

#endif
