/* SPDX-License-Identifier: ISC
 *
 * From a list of slots to a month on a page: what to ask for, and how to lay it out. Pure.
 */
#ifndef EDGE_MONTH_H
#define EDGE_MONTH_H

#include "base/arena.h"
#include "edge/view.h"
#include "time/zone.h"
#include "wire/types.h"

/* What the address says: which month, day and slot, in whose zone. */
struct month_query {
    struct text zone_name;   /* empty: not said */
    const struct zone *zone; /* NULL: not said; then the page's */
    bool has_month;
    int64_t month; /* year * 12 + month - 1 */
    bool has_day;
    int64_t day; /* as civil_days counts */
    bool has_start;
    struct instant start;
};

/* Where the links on a page lead: path, and what of the query they keep. */
struct month_links {
    const char *path;
    const char *mode; /* "move" or NULL */
    struct text zone_name;
    struct text lang;       /* of the address: "de"; empty: not said */
    enum language language; /* in which what they say is written */
};

struct month_window {
    struct instant from, to;
};

enum { MONTHS_AHEAD = 24 };

int64_t month_of_day(int64_t day);
int64_t month_first_day(int64_t month);

/* Bring what was asked into what can be shown: not before now, not beyond MONTHS_AHEAD; a day or a start
 * names its month. zone is the one that is shown, or UTC while that is not known. */
void month_query_settle(struct month_query *query, const struct zone *zone, struct instant now);

/* Return which slots to ask for: the month, or from today to the end of the next month where none was named.
 * Where the zone is not known yet, a day more at each end; at most MAX_SLOT_DAYS. */
struct month_window month_ask(const struct month_query *query, const struct zone *zone,
                              bool zone_is_known, struct instant now);

/* Lay out slots (sorted). Where no month was named: the first with a slot. Where no day was: the first with
 * a slot. Owner: everything lives in a. */
struct month_view month_lay_out(struct arena *a, const struct slot *slots, size_t n_slots,
                                const struct month_query *query,
                                const struct month_links *links, const struct zone *zone,
                                struct instant now);

/* The slots nearest to a start, at most n, in order of time. */
size_t month_neighbours(struct arena *a, const struct slot *slots, size_t n_slots,
                        struct instant start, size_t n, const struct month_links *links,
                        const struct zone *zone, struct slot_view **ret_neighbours);

/* A link to this page with a month, day or start; has_* of query say which. */
const char *month_href(struct arena *a, const struct month_links *links,
                       const struct month_query *query);

/* Say when something is, in a zone, and in another one where that differs (NULL: none). */
struct when_view month_when(struct arena *a, enum language language, struct slot slot,
                            const struct zone *zone, const struct zone *other);

#endif
