/* SPDX-License-Identifier: ISC
 *
 * Any rule and any times, in any order: slots that rise, that slot_is_offered agrees with, and nothing else.
 * The input is read as numbers of two bytes, some of which are stretched to extremes.
 */
#include "book/rule.h"
#include "book/slot.h"
#include "time/instant.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MOST = 40 };

struct input {
    const unsigned char *at;
    size_t n;
};

static int64_t number(struct input *in)
{
    if (in->n < 2)
        return 0;
    int64_t value = (int16_t)(in->at[0] | in->at[1] << 8);
    in->at += 2;
    in->n -= 2;
    return value == INT16_MIN ? INT64_MIN : value == INT16_MAX ? INT64_MAX : value;
}

/* Mostly some minutes around the end of March 2026, when Berlin's clock jumps. */
static struct instant moment(struct input *in)
{
    int64_t minutes = number(in), base = 1774742400;
    bool is_extreme = minutes == INT64_MIN || minutes == INT64_MAX;
    return (struct instant){is_extreme ? minutes : base + minutes * CIVIL_MINUTE_S};
}

static size_t count(struct input *in)
{
    return (size_t)(number(in) & 0xff) % MOST;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct zones *zones;
    if (!zones)
        zones = zones_load("/usr/share/zoneinfo", NULL);
    ENSURE(zones);
    struct input in = {data, size};
    struct hours hours[MOST];
    struct override dates[MOST];
    struct busy busy[MOST];
    struct slot taken[MOST];
    struct instant booked[MOST];
    struct rule rule = {TEXT("Europe/Berlin"), number(&in), number(&in),
                        number(&in),           number(&in), number(&in),
                        number(&in),           number(&in), number(&in)};
    struct slot_query q = {.rule = &rule, .zone = zone_find(zones, rule.zone)};
    q.now = moment(&in);
    q.from = moment(&in);
    q.to = moment(&in);
    rule.hours = hours;
    rule.overrides = dates;
    q.busy = busy;
    q.taken = taken;
    q.booked = booked;
    for (size_t n = count(&in); rule.n_hours < n; rule.n_hours++)
        hours[rule.n_hours] = (struct hours){number(&in), number(&in), number(&in)};
    for (size_t n = count(&in); rule.n_overrides < n; rule.n_overrides++)
        dates[rule.n_overrides] = (struct override){number(&in), number(&in), number(&in)};
    for (size_t n = count(&in); q.n_busy < n; q.n_busy++)
        busy[q.n_busy] =
            (struct busy){moment(&in), moment(&in), (enum busy_status)(number(&in) & 7)};
    for (size_t n = count(&in); q.n_taken < n; q.n_taken++)
        taken[q.n_taken] = (struct slot){moment(&in), moment(&in)};
    for (size_t n = count(&in); q.n_booked < n; q.n_booked++)
        booked[q.n_booked] = moment(&in);

    struct arena a = {0};
    struct error err = {0};
    struct slot *slots;
    size_t n;
    if (slot_list(&a, &q, &slots, &n, &err) != OK) {
        ENSURE(err.what[0]);
        arena_done(&a);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        ENSURE(i == 0 || slots[i - 1].start.s < slots[i].start.s);
        ENSURE(slots[i].start.s >= q.from.s && slots[i].start.s < q.to.s);
        ENSURE(slots[i].end.s - slots[i].start.s == rule.duration_min * CIVIL_MINUTE_S);
        ENSURE(i % 64 != 0 || slot_is_offered(&q, slots[i].start));
    }
    slot_busy_window(&rule, q.from, q.to);
    slot_booked_window(q.from, q.to);
    arena_done(&a);
    return 0;
}
