/* SPDX-License-Identifier: ISC
 *
 * What the files about signing in share: counted tries, sessions and their first halves, within writes. Nobody
 * outside the store includes it.
 */
#ifndef STORE_SIGNING_H
#define STORE_SIGNING_H

#include "store/db.h"
#include "store/session.h"

/* ---- tries (sign_in.c) ---- */

/* Count a try of tried->user as a wrong one, unless it is too soon: may_try says so. Where the password is another by
 * now than tried->version says, it is ERR_NOT_FOUND. */
enum status try_count(struct db *db, struct instant now, struct sign_in *tried) MUST_CHECK;

/* The try was right: nothing counts any more. ERR_CONFLICT: the password was replaced meanwhile. */
enum status try_forgive(struct db *db, const struct sign_in *tried) MUST_CHECK;

/* The try was right, and another is to follow: it does not count, those before do. */
enum status try_take_back(struct db *db, const struct sign_in *tried) MUST_CHECK;

/* ---- sessions (session.c) ---- */

/* Begin one with a version of a user's password. */
enum status session_insert(struct db *db, int64_t account, int64_t user, int64_t version,
                           enum sign_in_means means, struct instant now,
                           struct secret *ret_token) MUST_CHECK;

/* Write a new user's password and begin a session. */
enum status password_first(struct db *db, int64_t account, int64_t user,
                           const struct secret *stored, struct instant now,
                           struct secret *ret_token) MUST_CHECK;

/* Draw a session's token anew, in the same row: the one before opens nothing any more. Its user has just proved
 * who they are. ERR_NOT_FOUND: it is over. */
enum status session_renew(struct db *db, const struct secret *session, int64_t user,
                          enum sign_in_means means, struct instant now,
                          struct secret *ret_token) MUST_CHECK;

/* The row that a session's token names; 0: none. */
int64_t session_row_of(const struct secret *session);

/* ---- steps: who said the password, and has yet to say a code (step.c) ---- */

/* Begin what a user who said the password may have: a session, or where a second factor is on, a step. */
enum status session_or_step(struct db *db, int64_t account, int64_t user, int64_t version,
                            struct instant now, struct begun *ret_begun) MUST_CHECK;

/* Find whose step it is. ERR_NOT_FOUND: nobody's any more. */
enum status step_open(struct db *db, const struct secret *step, struct instant now,
                      struct sign_in *ret_tried) MUST_CHECK;

enum status step_end(struct db *db, const struct secret *step) MUST_CHECK;

/* ---- second factors (factor.c) ---- */

enum status factor_is_on(struct db *db, int64_t user, bool *ret_is_on) MUST_CHECK;

#endif
