/* SPDX-License-Identifier: ISC
 *
 * ID tokens of OpenID Connect (Core 1.0, 2 and 3.1.3.7): verified here, and nothing of one is believed before. What
 * is signed says who signed in, at which provider, for which client, in answer to which question, and when.
 */
#ifndef FETCH_ID_TOKEN_H
#define FETCH_ID_TOKEN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/instant.h"
#include "base/text.h"

enum {
    ID_TOKEN_MAX = 16 * 1024,
    ID_TOKEN_AGE_S = 600,  /* since it was made */
    ID_TOKEN_DRIFT_S = 60, /* that clocks may differ */
    ID_SUBJECT_MAX = 255,  /* Core 1.0, 2 */
};

/* What it must say. */
struct id_expected {
    struct text issuer, client, nonce;
    struct instant now;
};

/* What is then known. */
struct id_claims {
    struct text subject;
    struct text email, name; /* empty: not said */
    bool email_verified;     /* the provider's word that the address is theirs */
    struct instant proved;   /* when they last proved who they are; 0: not said */
};

/* Verify a token by a provider's key set (JSON).
 *
 * Owner   ret_claims lives in a
 * Fails   ERR_INVALID    it is no token, or has what must be understood and is not
 *         ERR_NOT_FOUND  it names a key that the set has not: fetch the set again, once
 *         ERR_DENIED     signature or claims are not what they must be
 * Limits  ID_TOKEN_MAX */
enum status id_token_verify(struct arena *a, struct text token, struct text key_set,
                            const struct id_expected *expected, struct id_claims *ret_claims,
                            struct error *err) MUST_CHECK;

#endif
