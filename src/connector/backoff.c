/* SPDX-License-Identifier: ISC */
#include "connector/backoff.h"

enum { MOST_DOUBLINGS = 16 };

int64_t backoff_failed_ms(struct backoff *backoff, int64_t limit_s, uint64_t chance)
{
    unsigned n = backoff->n_failures < MOST_DOUBLINGS ? backoff->n_failures : MOST_DOUBLINGS;
    if (backoff->n_failures < MOST_DOUBLINGS)
        backoff->n_failures++;
    int64_t due_s = (int64_t)BACKOFF_FIRST_S << n;
    if (due_s > limit_s)
        due_s = limit_s;
    int64_t spread_ms = due_s * 750; /* from a half to one and a quarter */
    return due_s * 500 + (spread_ms ? (int64_t)(chance % (uint64_t)spread_ms) : 0);
}
