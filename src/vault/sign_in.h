/* SPDX-License-Identifier: ISC
 *
 * What the handlers about signing in share (handle_session.c).
 */
#ifndef VAULT_SIGN_IN_H
#define VAULT_SIGN_IN_H

#include "store/session.h"
#include "vault/vault.h"

/* Compare a password with what a try found, and forget that. ERR_AUTH: it is not good. */
enum status sign_in_compare(struct vault *v, const struct secret *password,
                            struct sign_in *tried) MUST_CHECK;

/* Try the password of whose session it is. ERR_AUTH: it is no session. ERR_DENIED: it is another, or too soon. */
enum status sign_in_try_again(struct vault *v, const struct secret *token,
                              const struct secret *password, struct sign_in *ret_tried,
                              struct error *err) MUST_CHECK;

/* What is not found of a session is that it is none. */
enum status session_none(enum status status);

#endif
