/* SPDX-License-Identifier: ISC
 *
 * The wall clock and the calendar on the wall: what people write down, without saying where. It
 * becomes an instant only through a zone (time/zone.h). The calendar is the proleptic Gregorian
 * one, years 1 to 9999.
 *
 * Days and seconds of the wall clock are counted from 1970-01-01 and 1970-01-01T00:00:00, as
 * int64_t; a count that lies outside the years above is taken as the nearest one inside.
 */
#ifndef TIME_CIVIL_H
#define TIME_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum {
    CIVIL_MINUTE_S = 60,
    CIVIL_HOUR_S = 3600,
    CIVIL_DAY_S = 86400,
    CIVIL_DAY_MIN = 1440,
    CIVIL_FIRST_DAY = -719162, /* 0001-01-01 */
    CIVIL_LAST_DAY = 2932896,  /* 9999-12-31 */
    CIVIL_DATE_SIZE = 11,      /* "2026-11-22" and its NUL */
};

struct civil {
    int year;   /* 1 to 9999 */
    int month;  /* 1 to 12 */
    int day;    /* 1 to 31 */
    int hour;   /* 0 to 23 */
    int minute; /* 0 to 59 */
    int second; /* 0 to 59: there are no leap seconds */
};

/* Is every field within its range, and does the month have that day? */
bool civil_is_valid(struct civil c);

/* Return days since 1970-01-01 of a valid date; the time of day plays no part. */
int64_t civil_days(struct civil c);

/* Return the date of a day, at 00:00:00. */
struct civil civil_from_days(int64_t day);

/* Return wall clock seconds since 1970-01-01T00:00:00 of a valid civil, and the way back. */
int64_t civil_seconds(struct civil c);
struct civil civil_from_seconds(int64_t seconds);

/* Return the day in which a count of wall clock seconds lies: rounds down before 1970 too. */
int64_t civil_day_of(int64_t seconds);

/* Return the weekday of a day: 0 is Monday, 6 is Sunday. */
int civil_weekday(int64_t day);

/* Read exactly "YYYY-MM-DD" as a day. ERR_INVALID where it is anything else or no such date. */
enum status civil_parse_date(struct text t, int64_t *ret_day) MUST_CHECK;

/* Write a day as "YYYY-MM-DD" with a NUL. */
void civil_format_date(int64_t day, char ret_date[static CIVIL_DATE_SIZE]);

#endif
