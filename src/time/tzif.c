/* SPDX-License-Identifier: ISC
 *
 * A TZif file (RFC 8536) is a block with 32-bit times, which is passed over, the same again
 * with 64-bit times, and a POSIX TZ rule between two line feeds. A block is a header and
 *
 *     times        n_times * 8     rising instants
 *     types        n_times * 1     which type holds from each
 *     type table   n_types * 6     offset (4), daylight flag (1), abbreviation (1)
 *     characters   n_chars         abbreviations
 *     leap seconds n_leaps * 12    must be none
 *     indicators   n_std, n_ut     of no use here
 *
 * Numbers are big endian. Every count is checked against the bytes before anything is read by
 * it.
 */
#include <stdlib.h>

#include "time/instant.h"
#include "time/zone.h"
#include "time/zone_data.h"

enum {
    HEADER_N = 44,
    TYPE_N = 6,
    MAX_TIMES = 4096, /* the longest real table has some 250 */
    MAX_TYPES = 256,  /* an index of one byte */
};

struct header {
    char version;
    uint32_t n_ut, n_std, n_leaps, n_times, n_types, n_chars; /* in the order of the file */
};

static uint32_t read_u32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t read_i64(const char *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool take(struct text *t, uint64_t n, struct text *ret_part)
{
    if (n > t->n)
        return false;
    *ret_part = (struct text){t->at, (size_t)n};
    *t = (struct text){t->at + n, t->n - (size_t)n};
    return true;
}

static bool take_header(struct text *t, struct header *ret_header)
{
    struct text part;
    if (!take(t, HEADER_N, &part) || !text_starts(part, TEXT("TZif")))
        return false;
    const char *counts = part.at + 20;
    *ret_header = (struct header){
        part.at[4],
        read_u32(counts),
        read_u32(counts + 4),
        read_u32(counts + 8),
        read_u32(counts + 12),
        read_u32(counts + 16),
        read_u32(counts + 20),
    };
    return true;
}

static bool skip_first_block(struct text *t)
{
    struct header h;
    struct text block;
    return take_header(t, &h) && h.version >= '2' &&
           take(t,
                h.n_times * (uint64_t)5 + h.n_types * (uint64_t)TYPE_N + h.n_chars +
                    h.n_leaps * (uint64_t)8 + h.n_std + h.n_ut,
                &block);
}

/* The parts of the second block that count. */
struct table {
    struct text times, indexes, types, rule;
    uint32_t n_times, n_types;
};

static enum status find_table(struct text t, struct table *ret_table, struct error *err)
{
    static const char where[] = "time zone";
    struct header h;
    if (!skip_first_block(&t) || !take_header(&t, &h))
        return error_set(err, ERR_INVALID, where,
                         "not a whole TZif file of version 2 or later");
    if (h.n_leaps != 0)
        return error_set(err, ERR_INVALID, where, "counts leap seconds");
    if (h.n_times > MAX_TIMES || h.n_types == 0 || h.n_types > MAX_TYPES)
        return error_set(err, ERR_INVALID, where,
                         "%u changes, %u kinds of local time: too many or none", h.n_times,
                         h.n_types);
    struct table found = {.n_times = h.n_times, .n_types = h.n_types};
    struct text unused;
    if (!take(&t, h.n_times * (uint64_t)8, &found.times) ||
        !take(&t, h.n_times, &found.indexes) ||
        !take(&t, h.n_types * (uint64_t)TYPE_N, &found.types) ||
        !take(&t, (uint64_t)h.n_chars + h.n_std + h.n_ut, &unused) || t.n < 2 ||
        t.at[0] != '\n' ||
        !text_cut((struct text){t.at + 1, t.n - 1}, '\n', &found.rule, &unused))
        return error_set(err, ERR_INVALID, where, "truncated");
    *ret_table = found;
    return OK;
}

static bool offset_of(const struct table *table, size_t type, int32_t *ret_offset_s)
{
    if (type >= table->n_types)
        return false;
    int32_t offset_s = (int32_t)read_u32(table->types.at + type * TYPE_N);
    if (offset_s <= -ZONE_OFFSET_MAX_S || offset_s >= ZONE_OFFSET_MAX_S)
        return false;
    *ret_offset_s = offset_s;
    return true;
}

/* Fill the zone's changes, leaving out those that change only a name or come before all
 * instants. */
static enum status fill_changes(struct zone *zone, const struct table *table, struct error *err)
{
    static const char where[] = "time zone";
    if (!offset_of(table, 0, &zone->first_offset_s))
        return error_set(err, ERR_INVALID, where, "an offset out of range");
    zone->changes = calloc(table->n_times + (size_t)1, sizeof *zone->changes);
    ENSURE(zone->changes);
    int32_t before_s = zone->first_offset_s;
    zone->rule_from = INSTANT_MIN.s;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < table->n_times; i++) {
        int64_t at = read_i64(table->times.at + i * 8);
        int32_t offset_s;
        if (i > 0 && at <= last)
            return error_set(err, ERR_INVALID, where, "changes out of order");
        if (!offset_of(table, (unsigned char)table->indexes.at[i], &offset_s))
            return error_set(err, ERR_INVALID, where,
                             "an unknown kind of local time or an offset out of range");
        last = at;
        if (at > INSTANT_MAX.s)
            continue;
        if (at <= INSTANT_MIN.s)
            zone->first_offset_s = offset_s;
        else if (offset_s != before_s)
            zone->changes[zone->n_changes++] = (struct zone_change){at, offset_s};
        before_s = offset_s;
        zone->rule_from = at > INSTANT_MIN.s ? at : INSTANT_MIN.s;
    }
    return OK;
}

enum status zone_parse(struct text name, struct text bytes, struct zone **ret_zone,
                       struct error *err)
{
    struct table table = {0};
    if (name.n == 0 || name.n > MAX_ZONE)
        return error_set(err, ERR_INVALID, "time zone", "a name of %d bytes", (int)name.n);
    TRY(find_table(bytes, &table, err));
    struct zone *zone = calloc(1, sizeof *zone);
    ENSURE(zone);
    memcpy(zone->name, name.at, name.n);
    enum status status = fill_changes(zone, &table, err);
    if (status == OK && table.rule.n > 0) {
        zone->has_rule = true;
        if (posix_tz_parse(table.rule, &zone->rule) != OK)
            status = error_set(err, ERR_INVALID, "time zone",
                               "its rule for later years is not POSIX TZ");
    }
    if (status != OK) {
        zone_free(zone);
        return status;
    }
    *ret_zone = zone;
    return OK;
}
