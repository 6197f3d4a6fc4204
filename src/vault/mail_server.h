/* SPDX-License-Identifier: ISC
 *
 * Which server mails are sent by: the configuration's, else the one that was given at set-up and stands sealed in the
 * database. One that is given while the vault serves is used from then on; mails that are on their way keep theirs.
 * Another vault of the same database finds it within a minute.
 */
#ifndef VAULT_MAIL_SERVER_H
#define VAULT_MAIL_SERVER_H

#include "vault/vault.h"

/* Return the server in use; NULL: there is none. It stays as it is as long as the vault lives. Any thread. */
const struct mail_server *mail_server_of(struct vault *v);

/* Does the configuration name one? Then nothing else counts. */
bool mail_server_is_configured(const struct vault *v);

/* Use the one that the database has, where the configuration names none. OK too where there is none. */
enum status mail_server_load(struct vault *v, struct error *err) MUST_CHECK;

/* Wipe what was given; nobody sends any more. */
void mail_server_done(struct vault *v);

#endif
