/* SPDX-License-Identifier: ISC
 *
 * What to do about what the doctor finds; how an application is registered stands in doc/graph.md.
 */
#ifndef GRAPH_FIX_H
#define GRAPH_FIX_H

#include "base/arena.h"
#include "base/status.h"
#include "wire/types.h"

const char *fix_graph_sign_in(enum auth_method method, enum status status);
const char *fix_graph_mailbox(enum auth_method method, enum status status);

/* Let the user, or the application, into a mailbox's calendar. */
const char *fix_graph_rights(struct arena *a, const struct server *server, struct text mailbox);

#endif
