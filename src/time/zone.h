/* SPDX-License-Identifier: ISC
 *
 * Time zones: the only way between an instant and a wall clock. A zone is read once from a TZif
 * file (RFC 8536, version 2 and later) and never changes after that; any thread may use it.
 * Years beyond the file's table follow its POSIX TZ rule.
 *
 * A zone is a row of periods, each with one offset from UTC. Everything else follows from that:
 * at a period's end the wall clock jumps forward (a gap: those times of day do not exist) or
 * back (an overlap: they come twice). Gaps and overlaps are of any size: half an hour at Lord
 * Howe, a whole day at Apia in 2011.
 */
#ifndef TIME_ZONE_H
#define TIME_ZONE_H

#include "base/error.h"
#include "base/instant.h"
#include "base/status.h"
#include "base/text.h"
#include "time/civil.h"

struct zone;
struct zones;

enum { ZONE_OFFSET_MAX_S = 26 * CIVIL_HOUR_S }; /* offsets are smaller than this, either way */

/* Read every zone below dir, links too, under the names they have there ("Europe/Berlin").
 *
 * Left out are posix/ and right/ (copies, and clocks with leap seconds), localtime, posixrules
 * and Factory, which are no places. A file that is no TZif file is passed over; one that is,
 * but cannot be read or makes no sense, fails the whole load: a zone that is quietly missing
 * would be found by a customer.
 *
 * Fails   NULL and err: dir unreadable, a broken zone file, no UTC among the zones
 * Owner   zones_free
 */
struct zones *zones_load(const char *dir, struct error *err) MUST_CHECK;
void zones_free(struct zones *zones); /* accepts NULL */

/* Return the zone of this name, written as IANA writes it; NULL where there is none. */
const struct zone *zone_find(const struct zones *zones, struct text name);

/* Walk all zones in the order of their names: start at *pos = 0; NULL at the end. */
const struct zone *zones_next(const struct zones *zones, size_t *pos);

/* Read one zone from the bytes of a TZif file, which may come from anywhere.
 *
 * Fails   ERR_INVALID and err->what: truncated, counts or indexes that do not fit, changes out
 * of order, an offset out of range, leap seconds, version 1, a rule that is not POSIX TZ Owner
 * zone_free; name is copied
 */
enum status zone_parse(struct text name, struct text bytes, struct zone **ret_zone,
                       struct error *err) MUST_CHECK;
void zone_free(struct zone *zone); /* accepts NULL */

struct zone_change {
    int64_t at;       /* instant in seconds */
    int32_t offset_s; /* from then on */
};

/* Make a zone of changes that come from anywhere, in any order: a definition in an iCalendar object. Behind the last
 * change nothing changes any more.
 *
 * Fails   ERR_INVALID: an offset out of range, two changes at one instant to different offsets
 * Owner   zone_free; name is copied and cut to MAX_ZONE
 */
enum status zone_make(struct text name, int32_t first_offset_s,
                      const struct zone_change *changes, size_t n_changes,
                      struct zone **ret_zone) MUST_CHECK;

/* Return the name under which the zone was found. */
struct text zone_name(const struct zone *zone);

/* A run of instants with one offset. The next one mostly has another, but need not. */
struct zone_period {
    struct instant from;  /* INSTANT_MIN for the first */
    struct instant until; /* not included; behind INSTANT_MAX for the last */
    int32_t offset_s;     /* wall clock less UTC */
};

/* Return the period that holds t. Walk a window by asking again at its `until`. */
struct zone_period zone_period_at(const struct zone *zone, struct instant t);

/* Return what the wall clock shows at t. */
struct civil zone_civil(const struct zone *zone, struct instant t);

/* Return that wall clock's day, as civil_days counts. */
int64_t zone_day(const struct zone *zone, struct instant t);

enum zone_match_kind {
    ZONE_UNIQUE,  /* the clock shows it once: first == second */
    ZONE_GAP,     /* never */
    ZONE_OVERLAP, /* twice: first, then second */
};

struct zone_match {
    enum zone_match_kind kind;
    struct instant
        first; /* GAP: counted on with the offset from before the gap (RFC 5545, 3.3.5) */
    struct instant second; /* GAP: the first instant behind the gap */
};

/* Return when the wall clock shows a valid civil. */
struct zone_match zone_match(const struct zone *zone, struct civil c);

/* Return the first instant at which the wall clock shows this day or, where the zone skipped
 * the day, a later one. */
struct instant zone_day_start(const struct zone *zone, int64_t day);

#endif
