/* SPDX-License-Identifier: ISC
 *
 * People who sign in: their passwords, invitations and sessions. A session is found by the number within its token
 * and opens by the token's hash, as long as the password that it began with is theirs. The same of all functions
 * is said in store.h.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/store.h"

enum {
    SESSION_IDLE_S = 12 * 3600, /* a session that is not used ends after this */
    SESSION_LIFE_S = 7 * 86400, /* and any after this */
    SESSION_SEEN_S = 600,       /* its last use is known so well */
    INVITE_LIFE_S = 7 * 86400,
    TRIES_FREE = 5, /* wrong tries without a wait; each one more doubles it */
    TRIES_WAIT_S = 30,
    TRIES_WAIT_MAX_S = 900,
    SIGN_IN_ACCOUNTS_MAX = 256, /* where there are more, an account must be named */
};

/* ---- passwords ---- */

/* What a try is compared with. It has been counted as a wrong one, until a session is begun with it: so that any
 * number of tries at once are counted. */
struct sign_in {
    int64_t account, user; /* 0: nobody is known by that address, or they have no password */
    int64_t version;
    struct secret stored; /* empty with user 0 */
    bool may_try;         /* false: it is too soon after too many */
    int64_t wrong;        /* how many were counted before it */
    struct instant last;  /* when the one before it was */
    struct instant at;    /* when this one was */
};

/* What a right try gives: a session, or where a second factor is on, a step towards one (store/factor.h). */
struct begun {
    struct secret token;
    bool needs_code;
};

/* Begin a try by an address. account may be empty: the address then must be in one account alone. An address that
 * nobody has is no failure, and takes a write like the others. */
enum status store_sign_in_try(struct store *st, struct text account, struct text email,
                              struct instant now, struct sign_in *ret_try,
                              struct error *err) MUST_CHECK;

/* The same for the password of whose session it is. ERR_NOT_FOUND: it is none. */
enum status store_sign_in_again(struct store *st, const struct secret *token,
                                struct instant now, struct sign_in *ret_try,
                                struct error *err) MUST_CHECK;

/* Note that it was wrong, or too soon. */
void store_sign_in_refused(struct store *st, const struct sign_in *tried);

/* Set a user's password, which ends their sessions, and begin another of the same means. */
enum status store_password_set(struct store *st, const struct sign_in *of,
                               enum sign_in_means means, const struct secret *stored,
                               struct instant now, struct secret *ret_token,
                               struct error *err) MUST_CHECK;

/* ---- invitations ---- */

/* Make one, instead of an earlier one. ERR_NOT_FOUND: account or user. */
enum status store_invite_add(struct store *st, struct text account, struct text email,
                             struct instant now, struct secret *ret_token,
                             struct instant *ret_expires, struct error *err) MUST_CHECK;

/* Find whom a link invites, for their address not to be their password. ERR_NOT_FOUND: nobody, by now. */
enum status store_invite_find(struct store *st, struct arena *a, const struct secret *token,
                              struct instant now, struct text *ret_email,
                              struct error *err) MUST_CHECK;

/* Use it up: set the password and begin a session, or a step. ERR_NOT_FOUND: as above. */
enum status store_invite_use(struct store *st, const struct secret *token,
                             const struct secret *stored, struct instant now,
                             struct begun *ret_begun, struct error *err) MUST_CHECK;

/* ---- sessions ---- */

/* Begin one, or a step, after a good try. The oldest beyond SESSIONS_MAX end, and all that are over go.
 * Fails   ERR_CONFLICT  the password was replaced meanwhile */
enum status store_session_add(struct store *st, const struct sign_in *tried, struct instant now,
                              struct begun *ret_begun, struct error *err) MUST_CHECK;

/* Go on with one after a good try at the password of its user: from now on another token opens it.
 * Fails   ERR_CONFLICT   as above
 *         ERR_NOT_FOUND  the session ended, or was gone on with, meanwhile */
enum status store_session_prove(struct store *st, const struct sign_in *tried,
                                const struct secret *session, struct instant now,
                                struct secret *ret_token, struct error *err) MUST_CHECK;

/* Find whose it is, and note when it was used. scopes is 0: the role decides. ERR_NOT_FOUND: unknown or over. */
enum status store_session_open(struct store *st, struct arena *a, const struct secret *token,
                               struct instant now, struct principal_stored *ret_principal,
                               struct error *err) MUST_CHECK;

/* Say whose it is and what else they have open; form stays empty. ERR_NOT_FOUND as above. */
enum status store_session_show(struct store *st, struct arena *a, const struct secret *token,
                               struct instant now, struct session_show_answer *ret_shown,
                               struct error *err) MUST_CHECK;

/* End one of a user's sessions, or with id 0 all but `keep`. ERR_NOT_FOUND: they have no such one. */
enum status store_session_end(struct store *st, const struct principal_stored *whose,
                              int64_t id, struct error *err) MUST_CHECK;

#endif
