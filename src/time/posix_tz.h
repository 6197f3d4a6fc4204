/* SPDX-License-Identifier: ISC
 *
 * The rule that a TZif file ends with, for all years behind its table: a POSIX TZ string with
 * the times of day that RFC 8536 adds (-167 to 167 hours). "CET-1CEST,M3.5.0,M10.5.0/3".
 * Internal to time/.
 */
#ifndef TIME_POSIX_TZ_H
#define TIME_POSIX_TZ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct posix_tz_date {
    enum { POSIX_TZ_WEEK, POSIX_TZ_JULIAN, POSIX_TZ_DAY } kind;
    int month;   /* WEEK: 1 to 12 */
    int week;    /* WEEK: 1 to 4, 5 for the last */
    int weekday; /* WEEK: 0 is Monday (the text counts from Sunday) */
    int day;     /* JULIAN: 1 to 365, never 29 February; DAY: 0 to 365 */
    int time_s;  /* from that day's midnight, by the clock that ends */
};

struct posix_tz {
    int32_t standard_s; /* offsets, wall clock less UTC: signs against the text's */
    int32_t daylight_s;
    bool has_daylight;
    struct posix_tz_date to_daylight;
    struct posix_tz_date to_standard;
};

/* Read a whole POSIX TZ string; ERR_INVALID where it is none. */
enum status posix_tz_parse(struct text t, struct posix_tz *ret_tz) MUST_CHECK;

/* Return the offset at t, an instant in seconds within the range of instants, and the changes
 * around it: *ret_from <= t < *ret_until. Both are untouched where the offset never changes. */
int32_t posix_tz_offset(const struct posix_tz *tz, int64_t t, int64_t *ret_from,
                        int64_t *ret_until);

#endif
