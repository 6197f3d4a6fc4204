/* SPDX-License-Identifier: ISC
 *
 * The vault's part in the audit: who acts, what couriers were sent for, and the chores: old rows end, and the log is
 * told how far the chain goes, so that a chain that was cut short no longer fits what the log says.
 */
#ifndef VAULT_AUDIT_H
#define VAULT_AUDIT_H

#include "vault/calendar.h"
#include "vault/request.h"

/* From here on this thread acts for whoever asked. */
void audit_ask(const struct request *r);

/* Note what a courier was sent for and how it went. c: NULL where the server is not stored. */
void audit_job(struct calendar *cal, const struct connection_stored *c,
               const struct courier_job *job, const void *answer, enum status status);

/* An edge was attached: the vault serves, and is none that a command started for itself alone. */
void audit_start(struct vault *v);

/* Do the chores that are due. Every few seconds, always by the same thread. */
void audit_tend(struct vault *v);

/* It ends: everything noted is written, and the log told. */
void audit_stop(struct vault *v);

#endif
