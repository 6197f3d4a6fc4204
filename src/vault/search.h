/* SPDX-License-Identifier: ISC */
#ifndef VAULT_SEARCH_H
#define VAULT_SEARCH_H

#include "wire/link.h"

/* Look for texts in the database, instead of a start: become the vault's user, enter the jail, read every value,
 * answer. Returns ERR_NOT_FOUND where all went well: there is nothing to serve then. */
enum status search_take(struct link *control, const struct frame *frame,
                        struct arena *a) MUST_CHECK;

#endif
