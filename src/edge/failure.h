/* SPDX-License-Identifier: ISC
 *
 * How a call's status looks from outside: the one table of HTTP statuses and of the words for them.
 */
#ifndef EDGE_FAILURE_H
#define EDGE_FAILURE_H

#include <stdbool.h>

#include "base/status.h"
#include "lang/message.h"

struct failure {
    unsigned http;
    const char *type;      /* of the problem, behind /problems/ */
    struct message title;  /* what happened */
    struct message detail; /* what it means and what to do */
    bool is_temporary;     /* Retry-After is sent */
};

const struct failure *failure_of(enum status status);
const struct failure *failure_of_http(unsigned http);

/* Is it about the host's calendar or its server? Visitors must not tell these apart from a full one. */
bool failure_is_upstream(enum status status);

#endif
