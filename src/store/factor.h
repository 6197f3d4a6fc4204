/* SPDX-License-Identifier: ISC
 *
 * The second factor of people: the secret of their one-time codes, and their recovery codes. Every code is good once;
 * those of signing in and of turning it off count like passwords (store/session.h). The same of all functions is
 * said in store.h.
 */
#ifndef STORE_FACTOR_H
#define STORE_FACTOR_H

#include "store/session.h"

enum { STEP_LIFE_S = 300, STEPS_MAX = 5 };

struct recovery_codes {
    struct secret code[FACTOR_RECOVERY_CODES];
};

void recovery_codes_free(struct recovery_codes *codes);

/* Say how a user's stands; ret_secret is drawn bytes where it waits for its first code, else empty. */
enum status store_factor_get(struct store *st, const struct principal_stored *whose,
                             struct factor_show_answer *ret_factor, struct secret *ret_secret,
                             struct error *err) MUST_CHECK;

/* Keep a secret until a code of it confirms it, instead of one that waits. ERR_CONFLICT: it is on. */
enum status store_factor_begin(struct store *st, const struct principal_stored *whose,
                               const struct secret *secret, struct error *err) MUST_CHECK;

/* Turn it on. The user's other sessions end, this one goes on with another token.
 * Fails   ERR_INVALID   the code is wrong
 *         ERR_CONFLICT  no secret waits
 *         ERR_NOT_FOUND the session ended meanwhile */
enum status store_factor_confirm(struct store *st, const struct principal_stored *whose,
                                 const struct secret *session, const struct secret *code,
                                 struct instant now, struct secret *ret_token,
                                 struct recovery_codes *ret_codes,
                                 struct error *err) MUST_CHECK;

/* Make recovery codes instead of those before. ERR_CONFLICT: it is not on. */
enum status store_factor_codes(struct store *st, const struct principal_stored *whose,
                               struct recovery_codes *ret_codes, struct error *err) MUST_CHECK;

/* Turn it off after a good try at the password. ERR_DENIED: the code is wrong; the try then counts as a wrong one. */
enum status store_factor_off(struct store *st, const struct sign_in *tried,
                             const struct secret *session, const struct secret *code,
                             struct instant now, struct secret *ret_token,
                             struct error *err) MUST_CHECK;

/* Turn a user's off for them and end their sessions. ERR_NOT_FOUND: no such user, or there is none. */
enum status store_factor_clear(struct store *st, const struct factor_clear_ask *ask,
                               struct error *err) MUST_CHECK;

/* Begin a session from a step and a code.
 * Fails   ERR_NOT_FOUND  the step is none, or over
 *         ERR_DENIED     the code is wrong, or comes too soon */
enum status store_step_finish(struct store *st, const struct secret *step,
                              const struct secret *code, struct instant now,
                              struct secret *ret_token, struct error *err) MUST_CHECK;

/* Must an account's users have it on? ERR_NOT_FOUND. */
enum status store_account_require(struct store *st, const struct account_require_ask *ask,
                                  struct error *err) MUST_CHECK;

#endif
