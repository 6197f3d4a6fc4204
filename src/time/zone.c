/* SPDX-License-Identifier: ISC
 *
 * Looking up. All of it rests on zone_period_at; the way from a wall clock back to instants
 * tries every period that could show it, so it is right for gaps and overlaps of any size and
 * however close together.
 */
#include "time/zone.h"

#include <stdlib.h>

#include "time/instant.h"
#include "time/zone_data.h"

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->changes);
    free(zone);
}

struct text zone_name(const struct zone *zone)
{
    return text_from(zone->name);
}

static bool is_offset(int32_t offset_s)
{
    return offset_s > -ZONE_OFFSET_MAX_S && offset_s < ZONE_OFFSET_MAX_S;
}

static int by_time(const void *one, const void *other)
{
    const struct zone_change *a = one, *b = other;
    return (a->at > b->at) - (a->at < b->at);
}

/* Sort, and leave out what changes nothing; false where two at once contradict each other. */
static bool put_in_order(struct zone *zone)
{
    size_t n = 0;
    qsort(zone->changes, zone->n_changes, sizeof *zone->changes, by_time);
    int32_t before_s = zone->first_offset_s;
    for (size_t i = 0; i < zone->n_changes; i++) {
        struct zone_change change = zone->changes[i];
        bool is_twice = i > 0 && zone->changes[i - 1].at == change.at;
        if (!is_offset(change.offset_s) || (is_twice && change.offset_s != before_s))
            return false;
        if (change.offset_s != before_s)
            zone->changes[n++] = change;
        before_s = change.offset_s;
    }
    zone->n_changes = n;
    return true;
}

enum status zone_make(struct text name, int32_t first_offset_s,
                      const struct zone_change *changes, size_t n_changes,
                      struct zone **ret_zone)
{
    struct text cut = text_first(name, MAX_ZONE);
    struct zone *zone = calloc(1, sizeof *zone);
    ENSURE(zone);
    memcpy(zone->name, cut.at ? cut.at : "", cut.n);
    zone->first_offset_s = first_offset_s;
    zone->changes = calloc(n_changes + 1, sizeof *zone->changes);
    ENSURE(zone->changes);
    zone->n_changes = n_changes;
    if (n_changes)
        memcpy(zone->changes, changes, n_changes * sizeof *changes);
    if (!is_offset(first_offset_s) || !put_in_order(zone)) {
        zone_free(zone);
        return ERR_INVALID;
    }
    *ret_zone = zone;
    return OK;
}

/* Return how many of the table's changes are at or before t. */
static size_t changes_until(const struct zone *zone, int64_t t)
{
    size_t least = 0, most = zone->n_changes;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (zone->changes[middle].at <= t)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

struct zone_period zone_period_at(const struct zone *zone, struct instant t)
{
    int64_t at = instant_clamp(t).s;
    int64_t from = INSTANT_MIN.s, until = INSTANT_MAX.s + 1;
    int32_t offset_s;
    if (zone->has_rule && at >= zone->rule_from) {
        int64_t rule_from = from;
        offset_s = posix_tz_offset(&zone->rule, at, &rule_from, &until);
        from = rule_from > zone->rule_from ? rule_from : zone->rule_from;
        until = until < INSTANT_MAX.s + 1 ? until : INSTANT_MAX.s + 1;
    } else {
        size_t n = changes_until(zone, at);
        if (n < zone->n_changes)
            until = zone->changes[n].at;
        else if (zone->has_rule)
            until = zone->rule_from;
        if (n > 0)
            from = zone->changes[n - 1].at;
        offset_s = n > 0 ? zone->changes[n - 1].offset_s : zone->first_offset_s;
    }
    return (struct zone_period){{from}, {until}, offset_s};
}

static int64_t wall_at(const struct zone *zone, struct instant t)
{
    return instant_clamp(t).s + zone_period_at(zone, t).offset_s;
}

struct civil zone_civil(const struct zone *zone, struct instant t)
{
    return civil_from_seconds(wall_at(zone, t));
}

int64_t zone_day(const struct zone *zone, struct instant t)
{
    return civil_day_of(wall_at(zone, t));
}

struct zone_match zone_match(const struct zone *zone, struct civil c)
{
    int64_t wall = civil_seconds(c);
    struct instant found[2];
    int n_found = 0;
    struct zone_match gap = {.kind = ZONE_GAP};
    struct zone_period p = zone_period_at(zone, (struct instant){wall - ZONE_OFFSET_MAX_S});
    for (;;) {
        int64_t at = wall - p.offset_s;
        bool is_last = p.until.s > INSTANT_MAX.s;
        if ((at >= p.from.s || p.from.s == INSTANT_MIN.s) && (at < p.until.s || is_last))
            found[n_found++] = instant_clamp((struct instant){at});
        if (n_found == 2 || is_last || p.until.s > wall + ZONE_OFFSET_MAX_S)
            break;
        struct zone_period next = zone_period_at(zone, p.until);
        if (at >= p.until.s && wall - next.offset_s < p.until.s)
            gap = (struct zone_match){ZONE_GAP, {at}, p.until};
        p = next;
    }
    if (n_found == 0)
        return gap;
    return n_found == 1 ? (struct zone_match){ZONE_UNIQUE, found[0], found[0]}
                        : (struct zone_match){ZONE_OVERLAP, found[0], found[1]};
}

struct instant zone_day_start(const struct zone *zone, int64_t day)
{
    struct zone_match m = zone_match(zone, civil_from_days(day));
    return m.kind == ZONE_GAP ? m.second : m.first;
}
