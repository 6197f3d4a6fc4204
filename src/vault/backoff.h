/* SPDX-License-Identifier: ISC
 *
 * Which calendar servers could not be reached by work that nobody waits for, and when it is worth trying again:
 * after 5 s, then twice as long each time up to 5 minutes, each a little by chance so that not all come at once.
 * One thread uses it.
 */
#ifndef VAULT_BACKOFF_H
#define VAULT_BACKOFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/instant.h"

enum { BACKOFF_FIRST_S = 5, BACKOFF_MOST_S = 300, BACKOFF_MAX = 256 };

struct backoff {
    struct backoff_entry {
        int64_t connection;
        int64_t wait_s; /* before chance */
        struct instant failed_at, until;
    } entries[BACKOFF_MAX]; /* the longest silent first; one more takes the first one's place */
    size_t n;
};

/* May a connection be tried now? answered_at: when its server last answered anybody. */
bool backoff_may(const struct backoff *backoff, int64_t connection, struct instant answered_at,
                 struct instant now);

void backoff_failed(struct backoff *backoff, int64_t connection, struct instant now);
void backoff_worked(struct backoff *backoff, int64_t connection);

#endif
