/* SPDX-License-Identifier: ISC
 *
 * When to try again: twice as long after each failure, up to a limit, and never all PCs of a company at the
 * same moment. Pure.
 */
#ifndef CONNECTOR_BACKOFF_H
#define CONNECTOR_BACKOFF_H

#include <stdint.h>

struct backoff {
    unsigned n_failures; /* in a row */
};

enum { BACKOFF_FIRST_S = 5 };

/* Count a failure and return how long to wait in ms: at most limit_s and a quarter of it, at least half of
 * what is due. chance is any random number. */
int64_t backoff_failed_ms(struct backoff *backoff, int64_t limit_s, uint64_t chance);

#endif
