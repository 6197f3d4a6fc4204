/* SPDX-License-Identifier: ISC
 *
 * Whatever zone_parse accepts must be safe to ask anything, and consistent.
 */
#include <stdlib.h>

#include "time/instant.h"
#include "time/zone.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void ask(const struct zone *zone, struct instant t)
{
    struct zone_period p = zone_period_at(zone, t);
    ENSURE(p.from.s < p.until.s && abs(p.offset_s) < ZONE_OFFSET_MAX_S);
    struct civil c = zone_civil(zone, t);
    ENSURE(civil_is_valid(c));
    struct zone_match m = zone_match(zone, c);
    ENSURE(m.first.s <= m.second.s || m.kind == ZONE_GAP);
    zone_day_start(zone, civil_days(c));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct zone *zone;
    struct error err = {0};
    if (zone_parse(TEXT("Fuzz/Zone"), (struct text){(const char *)data, size}, &zone, &err) !=
        OK) {
        ENSURE(err.what[0]);
        return 0;
    }
    struct instant t = INSTANT_MIN;
    for (int i = 0; i < 600 && t.s <= INSTANT_MAX.s; i++) {
        ask(zone, t);
        t = zone_period_at(zone, t).until;
        ask(zone, instant_add_s(t, -1));
    }
    ask(zone, (struct instant){INT64_MIN});
    ask(zone, (struct instant){INT64_MAX});
    zone_free(zone);
    return 0;
}
