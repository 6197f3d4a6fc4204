/* SPDX-License-Identifier: ISC
 *
 * What to do about what the doctor finds: the exact line for Exchange's PowerShell where there is one. Names in
 * such a line are quoted, so that it does what it says whatever the name is.
 */
#ifndef EWS_FIX_H
#define EWS_FIX_H

#include "base/arena.h"
#include "base/status.h"
#include "wire/types.h"

const char *fix_sign_in(enum auth_method method, enum status status);
const char *fix_mailbox(enum status status);

/* Let the user act for others; let the user into a mailbox's calendar with these rights. */
const char *fix_impersonation(struct arena *a, const struct server *server);
const char *fix_throttling(struct arena *a, const struct server *server);

/* Let everybody see when a room is free; let it answer invitations by itself. */
const char *fix_room_rights(struct arena *a, struct text room);
const char *fix_room_processing(struct arena *a, struct text room);
const char *fix_rights(struct arena *a, const struct server *server, struct text mailbox,
                       const char *rights);

#endif
