/* SPDX-License-Identifier: ISC
 *
 * Moving house: a mailbox that its own Exchange does not know any more may have moved to Microsoft 365. Autodiscover says
 * so; the host is told what to do, once, and the connection keeps its number: let in anew it is of another kind, and
 * every booking is found by its uid (vault/calendar.h).
 */
#ifndef VAULT_HOUSE_H
#define VAULT_HOUSE_H

#include "vault/vault.h"

enum { HOUSE_EVERY_S = 3600 }; /* so often one connection is looked after at most */

/* Look where the mailbox of a connection is, if its server says that it has none. Blocks as long as a job may take;
 * whatever goes wrong, all stays as it is. */
void house_look(struct vault *v, int64_t connection);

#endif
