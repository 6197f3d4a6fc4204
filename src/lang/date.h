/* SPDX-License-Identifier: ISC
 *
 * Days, times and zones as people write them. Texts live in the arena. Times are of the 24-hour clock.
 */
#ifndef LANG_DATE_H
#define LANG_DATE_H

#include "base/arena.h"
#include "base/instant.h"
#include "time/zone.h"

/* "Tuesday, 24 November 2026"; without the year "Tuesday, 24 November". day as civil_days counts. */
const char *date_day(struct arena *a, int64_t day);
const char *date_day_short(struct arena *a, int64_t day);

/* "24 November 2026" */
const char *date_plain(struct arena *a, int64_t day);

const char *date_month(struct arena *a, int year, int month); /* "November 2026" */
const char *date_time(struct arena *a, struct civil c);       /* "09:30" */

/* "30 minutes", "1 hour", "1 hour 30 minutes". */
const char *date_duration(struct arena *a, int64_t minutes);

/* "UTC", "UTC+1", "UTC-3:30": a zone's offset at t. */
const char *date_offset(struct arena *a, const struct zone *zone, struct instant t);

/* "Zurich" for Europe/Zurich, "Buenos Aires" for America/Argentina/Buenos_Aires. */
const char *date_zone_city(struct arena *a, struct text zone_name);

/* "Zurich, UTC+1"; "UTC" stays. */
const char *date_zone(struct arena *a, const struct zone *zone, struct instant t);

#endif
