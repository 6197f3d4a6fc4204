/* SPDX-License-Identifier: ISC */
#ifndef HOURGATE_PASSWORD_H
#define HOURGATE_PASSWORD_H

#include "base/secret.h"
#include "hourgate/call.h"

/* The options of every command that takes a password; password_read knows them. */
#define PASSWORD_OPTIONS                                                                       \
    {"password-file", "FILE", "read the password from the first line of a file"},              \
    {                                                                                          \
        "password-stdin", NULL, "read it from the first line of standard input"                \
    }

/* Get a password: from a file, from standard input, or by asking at the terminal, without echo.
 *
 * Owner   secret_free
 * Fails   ERR_INVALID (empty, too long, no terminal to ask at), what file_read fails with
 */
enum status password_read(const struct call *call, const char *question,
                          struct secret *ret_password, struct error *err) MUST_CHECK;

/* Read the first line of a file that nobody but its owner can read.
 *
 * Owner   secret_free
 * Fails   ERR_DENIED (others can read it; says what to do), ERR_INVALID, what file_read fails with
 */
enum status password_read_file(const char *file, struct secret *ret_password,
                               struct error *err) MUST_CHECK;

/* Refuse a file of secrets that others can read. */
enum status password_check_file(const char *file, struct error *err) MUST_CHECK;

#endif
