/* SPDX-License-Identifier: ISC
 *
 * Passwords of people, as Argon2id (RFC 9106) keeps them: a text that names its costs and its salt, which the
 * store seals on top of that. Each call takes PASSWORD_MEMORY for a tenth of a second or more, so that its
 * caller has to bound how many run at a time (vault/queue.h).
 */
#ifndef CRYPT_PASSWORD_H
#define CRYPT_PASSWORD_H

#include "base/secret.h"
#include "base/status.h"

enum {
    PASSWORD_MEMORY = 64 << 20, /* bytes */
    PASSWORD_PASSES = 3,
    PASSWORD_LEAST = 10, /* characters, whatever they are */
    PASSWORD_STORED = 128,
};

/* Hash a password for keeping; the result is the caller's to free.
 * Fails   ERR_FULL  the system has not the memory for it now */
enum status password_hash(const struct secret *password, struct secret *ret_stored) MUST_CHECK;

/* Is it the password that was kept? Where nothing was kept (stored empty) the answer is no, and takes the same
 * work: who is not known must look like who mistyped.
 * Fails   ERR_AUTH  it is not
 *         ERR_FULL  the system has not the memory for it now */
enum status password_check(const struct secret *password,
                           const struct secret *stored) MUST_CHECK;

#endif
