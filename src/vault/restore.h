/* SPDX-License-Identifier: ISC
 *
 * A vault that puts a backup into place instead of serving (store/backup.h).
 */
#ifndef VAULT_RESTORE_H
#define VAULT_RESTORE_H

#include "wire/link.h"

/* Do what a `restore` on the control channel says, and answer. ERR_NOT_FOUND: there is nothing to serve then. */
enum status restore_take(struct link *control, const struct frame *frame,
                         struct arena *a) MUST_CHECK;

#endif
