/* SPDX-License-Identifier: ISC
 *
 * One-time codes by the clock (RFC 6238 over RFC 4226): HMAC-SHA-1, six figures, steps of 30 seconds. SHA-1 is
 * what authenticator apps speak; as an HMAC it is sound.
 */
#ifndef CRYPT_TOTP_H
#define CRYPT_TOTP_H

#include "base/instant.h"
#include "base/secret.h"
#include "base/status.h"
#include "base/text.h"

enum {
    TOTP_SECRET = 20, /* random bytes, as long as the hash */
    TOTP_SECRET_TEXT = 32,
    TOTP_DIGITS = 6,
    TOTP_STEP_S = 30,
    TOTP_DRIFT = 1, /* steps that a clock may be off, each way */
};

/* Draw a secret: TOTP_SECRET bytes. */
struct secret totp_secret_new(void);

/* Write a secret as apps take it: base32 (RFC 4648), TOTP_SECRET_TEXT characters. */
struct secret totp_secret_format(const struct secret *secret);

/* Return the code of a step. */
unsigned totp_code(const struct secret *secret, int64_t step);

/* Is it a code of about now, of a step after `used`? Each code is good once: the caller keeps *ret_step, which
 * is then the next `used`. Spaces within the code do not count. */
bool totp_check(const struct secret *secret, struct text code, struct instant now, int64_t used,
                int64_t *ret_step) MUST_CHECK;

#endif
