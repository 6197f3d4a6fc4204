/* SPDX-License-Identifier: ISC
 *
 * Days, times and durations as people of a language write them. The words and their order are ICU's; the
 * wall clock is ours (time/zone.h): ICU is only ever given one that it takes for UTC, so that its own zone
 * data decides nothing. One thread at a time.
 */
#ifndef LANG_MOMENT_H
#define LANG_MOMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "time/zone.h"
#include "wire/types.h"

/* Load all that formatting needs, for life: before the jail. ERR_UNSUPPORTED: this ICU lacks a language. */
enum status moment_init(struct error *err) MUST_CHECK;
void moment_done(void);

/* A day, as civil_days counts: "Tuesday, 24 November 2026", "Dienstag, 24. November 2026"; without the year;
 * "Tue, 24 Nov"; "24 November 2026"; "November 2026"; "Tuesday"; "Tu", for a calendar's head. */
enum moment_form {
    MOMENT_DAY,
    MOMENT_DAY_OF_YEAR,
    MOMENT_DAY_SHORT,
    MOMENT_DATE,
    MOMENT_MONTH,
    MOMENT_WEEKDAY,
    MOMENT_WEEKDAY_SHORT,
    MOMENT_TIME, /* for moment_time */
    MOMENT_FORMS
};
struct text moment_date(struct arena *a, enum language language, enum moment_form form,
                        int64_t day);

/* The day of an instant: MOMENT_DAY and MOMENT_DAY_SHORT. */
struct text moment_day(struct arena *a, enum language language, const struct zone *zone,
                       struct instant t);
struct text moment_day_short(struct arena *a, enum language language, const struct zone *zone,
                             struct instant t);

/* "09:30", of the 24-hour clock. */
struct text moment_time(struct arena *a, enum language language, const struct zone *zone,
                        struct instant t);

/* "09:30 – 10:00"; one that ends on another day says which. */
struct text moment_span(struct arena *a, enum language language, const struct zone *zone,
                        struct slot slot);

/* "09:30 to 10:00", as it is read aloud. */
struct text moment_span_spoken(struct arena *a, enum language language, const struct zone *zone,
                               struct slot slot);

/* "1 hour 30 minutes". */
struct text moment_duration(struct arena *a, enum language language, int64_t minutes);

#endif
