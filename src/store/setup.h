/* SPDX-License-Identifier: ISC
 *
 * The first steps of an installation, and what belongs to all of it: how mail is sent, where the data stands. The same
 * of all functions is said in store.h.
 */
#ifndef STORE_SETUP_H
#define STORE_SETUP_H

#include "store/store.h"

enum {
    SETUP_LINK_S = 3600,
    SETUP_END_S = 3600, /* the owner may go on for so long */
};

/* ---- the first account ---- */

/* Make the link, instead of an earlier one. ERR_CONFLICT: there is a user. */
enum status store_setup_link(struct store *st, struct instant now, struct secret *ret_token,
                             struct instant *ret_expires, struct error *err) MUST_CHECK;

/* Say how far it is, and whether the link (while it waits) or the session (while it goes on) is good. Either may be
 * empty. */
enum status store_setup_show(struct store *st, const struct secret *link,
                             const struct secret *session, struct instant now,
                             enum setup_stage *ret_stage, bool *ret_is_good,
                             struct error *err) MUST_CHECK;

/* Make account, owner, password and session in one write. stored: the password as it is kept.
 * Fails   ERR_NOT_FOUND  the link leads nowhere any more */
enum status store_setup_begin(struct store *st, const struct setup_begin_ask *ask,
                              const struct secret *stored, struct instant now,
                              struct secret *ret_token, struct error *err) MUST_CHECK;

/* Find whose session it is, where they may go on. ERR_NOT_FOUND: they may not. */
enum status store_setup_owner(struct store *st, struct arena *a, const struct secret *session,
                              struct instant now, struct text *ret_email,
                              struct error *err) MUST_CHECK;

/* Be done. ERR_NOT_FOUND as above. */
enum status store_setup_end(struct store *st, const struct setup_end_ask *ask,
                            struct instant now, struct error *err) MUST_CHECK;

/* ---- what belongs to all ---- */

/* Keep the mail server, its sign-in sealed by a key of the installation's own. */
enum status store_mail_server_set(struct store *st, const struct mail_server *server,
                                  struct error *err) MUST_CHECK;

/* Read it. ERR_NOT_FOUND: none is kept. The password is the caller's to free. */
enum status store_mail_server_get(struct store *st, struct arena *a,
                                  struct mail_server *ret_server, struct error *err) MUST_CHECK;

/* Where the data stands, in the operator's words; empty: not said. */
enum status store_location_get(struct store *st, struct arena *a, struct text *ret_location,
                               struct error *err) MUST_CHECK;

#endif
