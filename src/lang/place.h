/* SPDX-License-Identifier: ISC
 *
 * Time zones as people of a language name them: by a city, and by what the clock there is ahead of UTC. The
 * cities' names are ICU's, its zone data decides nothing. One thread at a time.
 */
#ifndef LANG_PLACE_H
#define LANG_PLACE_H

#include "base/arena.h"
#include "time/zone.h"
#include "wire/types.h"

/* Know these zones, for life; before the jail. Names are looked up when they are first wanted. */
void place_init(const struct zones *zones);
void place_done(void);

/* "Zurich", "Zürich", "Zurigo" for Europe/Zurich. Owner: this module, until place_done. */
const char *place_city(enum language language, const struct zone *zone);

/* "UTC", "UTC+1", "UTC-3:30": a zone's offset at t. */
const char *place_offset(struct arena *a, const struct zone *zone, struct instant t);

/* "Zurich, UTC+1"; "UTC" stays. */
const char *place_zone(struct arena *a, enum language language, const struct zone *zone,
                       struct instant t);

#endif
