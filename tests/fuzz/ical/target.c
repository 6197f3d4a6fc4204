/* SPDX-License-Identifier: ISC
 *
 * Whatever an object says: it is refused with a reason, or all that it takes lies in the window, ends no earlier than it
 * starts, and comes out the same when it is walked again.
 */
#include "calendar/ical/ical.h"
#include "time/instant.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct zones *zones;

static int64_t walk(struct ical *ical, struct instant from, struct instant to)
{
    struct ical_occurrence o;
    int64_t sum = 0;
    ical_begin(ical, from, to);
    while (ical_next(ical, &o)) {
        ENSURE(!instant_before(o.end, o.start));
        ENSURE(instant_before(o.start, to) && !instant_before(o.end, from));
        ENSURE(o.status < BUSY_STATUS_COUNT && o.item);
        sum = (sum * 31 + o.start.s + o.end.s + (int64_t)o.status) & 0xffffffff;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct ical *ical = NULL;
    struct error err = {0};
    struct instant from = {1767225600}, to = {1767225600 + 42 * 86400}; /* of January 2026 */
    if (!zones) {
        zones = zones_load("/usr/share/zoneinfo", &err);
        ENSURE(zones);
        ical_init(zones);
    }
    struct text text = {(const char *)data, size};
    if (ical_read(text, size % 2 ? zone_find(zones, TEXT("Europe/Zurich")) : NULL, &ical,
                  &err) != OK) {
        ENSURE(err.what[0]);
        return 0;
    }
    ENSURE(walk(ical, from, to) == walk(ical, from, to));
    ical_free(ical);
    return 0;
}
