/* SPDX-License-Identifier: ISC */
#ifndef FETCH_SERVER_H
#define FETCH_SERVER_H

#include <stdbool.h>

#include "base/error.h"
#include "wire/types.h"

/* Can a request be made of this description, and with signs_in a sign-in too? What stands in it goes into a
 * URL and into headers, so each part has its own alphabet. ERR_INVALID says which part is wrong. */
enum status server_check(const struct server *server, bool signs_in,
                         struct error *err) MUST_CHECK;

/* Can a request name this: a path with or without a query, percent-encoded, at most MAX_TARGET bytes? */
enum { MAX_TARGET = 8 * 1024 };
bool server_is_target(struct text target);

#endif
