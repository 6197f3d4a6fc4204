/* SPDX-License-Identifier: ISC */
#ifndef VAULT_NODE_H
#define VAULT_NODE_H

#include "base/arena.h"
#include "base/error.h"

/* Read the name that this installation has in the audit from the file `node` in its data directory. It is drawn at
 * the first start and stays, so that of several nodes at one database each has a chain of its own. As the vault's
 * user, before the jail: whoever owns a directory decides what its names mean.
 *
 * Owner   ret_node lives in a
 * Fails   ERR_INVALID (what the file holds is no name), ERR_DENIED, ERR_IO
 */
enum status node_name(struct arena *a, const char *directory, struct text *ret_node,
                      struct error *err) MUST_CHECK;

#endif
