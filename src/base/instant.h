/* SPDX-License-Identifier: ISC
 *
 * A point in time: seconds since 1970-01-01T00:00:00Z, no leap seconds. A type of its own, so that it is
 * never mixed with a wall clock (time/civil.h) or a count of seconds.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t s;
};

static inline bool instant_before(struct instant one, struct instant other)
{
    return one.s < other.s;
}

static inline struct instant instant_add_s(struct instant t, int64_t seconds)
{
    return (struct instant){t.s + seconds};
}

/* Return other - one in seconds. */
static inline int64_t instant_until_s(struct instant one, struct instant other)
{
    return other.s - one.s;
}

#endif
