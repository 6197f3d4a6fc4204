/* SPDX-License-Identifier: ISC
 *
 * The public keys of an identity provider (JWK sets, RFC 7517), and signatures by them (RFC 7515, 7518): RS256 and
 * ES256, nothing else. The verifying is OpenSSL's; which key may verify what is decided here, strictly, so that no
 * token chooses how it is looked at.
 */
#ifndef FETCH_KEY_SET_H
#define FETCH_KEY_SET_H

#include "base/error.h"
#include "base/text.h"

struct json;

/* By which a token says that it was signed. */
enum signature { SIGNATURE_RS256, SIGNATURE_ES256, SIGNATURE_COUNT };

/* Find the signature with that name. False: it is none that is taken here; "none" is none. */
bool signature_find(struct text name, enum signature *ret_signature);

enum { KEY_SET_MAX = 64, RSA_BITS_LEAST = 2048, RSA_BITS_MOST = 8192 };

/* Verify a signature over some bytes by the one key of a set that is meant: with that id, and of the kind that the
 * signature takes. id empty: the set must hold one key of that kind alone.
 *
 * Fails   ERR_NOT_FOUND  no key, or more than one, is meant: the set may be out of date
 *         ERR_DENIED     the signature is another's
 *         ERR_INVALID    the set cannot be read, or its key is weak or malformed */
enum status key_set_verify(const struct json *set, struct text id, enum signature signature,
                           struct text bytes, struct text signed_by,
                           struct error *err) MUST_CHECK;

#endif
