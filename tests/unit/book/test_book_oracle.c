/* SPDX-License-Identifier: ISC
 *
 * The engine against a second opinion: a naive reading of book/slot.h that looks at every half
 * minute by itself, with no sorting, no sweep and no sums over periods. Random rules around
 * real changes of the clock. HOURGATE_ROUNDS (default 1500) says how many, HOURGATE_SEED where
 * to begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "book/rule.h"
#include "book/slot.h"
#include "book/why.h"
#include "time/instant.h"

enum {
    TICK_S = 30, /* Monrovia's clock was 44:30 behind */
    MARGIN_S = 5 * CIVIL_DAY_S,
    WINDOW_S = 3 * CIVIL_DAY_S,
    N_TICKS = (2 * MARGIN_S + WINDOW_S) / TICK_S,
    MAX_SPANS = 24,
    MAX_RANDOM_BUSY = 40,
};

static const char *const zone_names[] = {
    "Europe/Berlin",     "Europe/London",
    "Europe/Dublin",     "Africa/Casablanca",
    "America/New_York",  "America/Sao_Paulo",
    "America/Havana",    "Australia/Lord_Howe",
    "Asia/Kathmandu",    "Pacific/Apia",
    "Asia/Tehran",       "Asia/Gaza",
    "Asia/Pyongyang",    "Africa/Monrovia",
    "America/St_Johns",  "Antarctica/Troll",
    "Asia/Beirut",       "Pacific/Chatham",
    "Antarctica/Casey",  "America/Caracas",
    "Pacific/Kwajalein", "UTC",
};

static uint64_t seed = 1;

static int64_t pick(int64_t least, int64_t most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((seed >> 33) % (uint64_t)(most - least + 1));
}

static int64_t pick_of(const int64_t *values, size_t n)
{
    return values[pick(0, (int64_t)n - 1)];
}

/* One round's input, and what the naive reading needs to know of each tick. */
struct round {
    struct rule rule;
    struct hours hours[MAX_SPANS];
    struct override overrides[MAX_SPANS];
    struct busy busy[MAX_RANDOM_BUSY];
    struct slot taken[4];
    struct instant booked[20];
    struct slot_query query;
    int64_t first_s; /* instant of tick 0 */
    int64_t wall_s[N_TICKS];
    bool is_open[N_TICKS];
    bool is_blocked[N_TICKS];
};

static void pick_spans(struct round *r, int64_t day)
{
    static const int64_t grid[] = {1, 5, 15, 30, 60};
    int64_t step = pick_of(grid, 5);
    r->rule.n_hours = (size_t)pick(0, MAX_SPANS);
    for (size_t i = 0; i < r->rule.n_hours; i++) {
        int64_t from = pick(0, 1439 / step) * step;
        int64_t to = pick(0, 3) == 0 ? 1440 : from + pick(1, 1440) * step;
        r->hours[i] = (struct hours){pick(0, 6), from, to > 1440 ? 1440 : to};
    }
    r->rule.n_overrides = (size_t)pick(0, 6);
    for (size_t i = 0; i < r->rule.n_overrides; i++) {
        int64_t from = pick(0, 2) ? pick(0, 1440) : 0;
        r->overrides[i] = (struct override){day + pick(-3, 6), from, pick(from, 1440)};
        if (pick(0, 3) == 0)
            r->overrides[i].to_minute = from;
    }
    r->rule.hours = r->hours;
    r->rule.overrides = r->overrides;
}

static void pick_rule(struct round *r, const struct zone *zone)
{
    static const int64_t lengths[] = {5, 10, 15, 20, 30, 45, 50, 60, 75, 90, 120, 300, 1440};
    static const int64_t buffers[] = {0, 0, 0, 0, 5, 15, 30, 60, 1440};
    r->rule = (struct rule){
        .zone = zone_name(zone),
        .duration_min = pick_of(lengths, 13),
        .increment_min = pick_of(lengths, 13),
        .buffer_before_min = pick_of(buffers, 9),
        .buffer_after_min = pick_of(buffers, 9),
        .notice_min = pick(0, 2) ? 0 : pick(0, 3000),
        .horizon_days = pick(0, 3) ? 60 : pick(0, 4),
        .max_per_day = pick(0, 2) ? 0 : pick(1, 5),
        .blocking = pick(0, 1) ? RULE_BLOCKING_DEFAULT : pick(0, (1 << BUSY_STATUS_COUNT) - 1),
    };
}

/* Find a change of the zone's clock between 1970 and 2040 to stand near; any time where there
 * is none. */
static int64_t pick_moment(const struct zone *zone)
{
    struct instant any = {pick(0, 70 * 365) * CIVIL_DAY_S};
    struct zone_period p = zone_period_at(zone, any);
    bool is_near = p.until.s < 75 * 365 * (int64_t)CIVIL_DAY_S && pick(0, 5);
    return is_near ? p.until.s : any.s;
}

static void pick_round(struct round *r, const struct zone *zone)
{
    int64_t near_s = pick_moment(zone);
    pick_rule(r, zone);
    pick_spans(r, zone_day(zone, (struct instant){near_s}));
    int64_t from_s = near_s - pick(0, WINDOW_S / TICK_S) * TICK_S;
    int64_t to_s = from_s + pick(0, WINDOW_S / TICK_S) * TICK_S;
    size_t n_busy = (size_t)(pick(0, 1) ? pick(0, 5) : pick(0, MAX_RANDOM_BUSY));
    size_t n_taken = (size_t)(pick(0, 2) ? 0 : pick(1, 4));
    for (size_t i = 0; i < n_busy; i++) {
        int64_t start_s = from_s + pick(-2 * CIVIL_DAY_S, WINDOW_S + 2 * CIVIL_DAY_S);
        if (pick(0, 1)) /* to the second, or on the quarters, where ends meet starts */
            start_s -= start_s % 900;
        r->busy[i] = (struct busy){
            {start_s},
            {start_s +
             (pick(0, 9) ? (pick(0, 1) ? pick(0, 7200) : pick(0, 8) * 900) : pick(-7200, 0))},
            (enum busy_status)pick(0, BUSY_STATUS_COUNT - 1)};
    }
    for (size_t i = 0; i < n_taken; i++) {
        int64_t start_s = from_s + pick(0, WINDOW_S);
        r->taken[i] = (struct slot){{start_s}, {start_s + pick(0, 7200)}};
    }
    size_t n_booked = (size_t)pick(0, 20);
    for (size_t i = 0; i < n_booked; i++)
        r->booked[i].s = from_s + pick(-CIVIL_DAY_S, WINDOW_S + CIVIL_DAY_S);
    r->query = (struct slot_query){
        .rule = &r->rule,
        .zone = zone,
        .now = {from_s + pick(-2 * CIVIL_DAY_S, pick(0, 3) ? 0 : CIVIL_DAY_S)},
        .from = {from_s},
        .to = {to_s},
        .busy = r->busy,
        .n_busy = n_busy,
        .taken = r->taken,
        .n_taken = n_taken,
        .booked = r->booked,
        .n_booked = n_booked,
    };
    r->first_s = civil_day_of(from_s) * CIVIL_DAY_S - MARGIN_S;
}

static bool holds(int64_t from_minute, int64_t to_minute, int64_t of_day_s)
{
    return of_day_s >= from_minute * CIVIL_MINUTE_S && of_day_s < to_minute * CIVIL_MINUTE_S;
}

/* Call back for each span of a wall clock's date: says whether the time is in it, and where it
 * begins. */
struct span_found {
    bool is_in;
    bool is_on_grid;
};

static struct span_found look_up(const struct round *r, int64_t wall_s)
{
    struct span_found found = {0};
    int64_t day = civil_day_of(wall_s), of_day_s = wall_s - day * CIVIL_DAY_S;
    int64_t begin[2 * MAX_SPANS], end[2 * MAX_SPANS];
    size_t n = 0;
    bool has_override = false;
    for (size_t i = 0; i < r->rule.n_overrides; i++)
        if (r->overrides[i].day == day) {
            has_override = true;
            begin[n] = r->overrides[i].from_minute;
            end[n++] = r->overrides[i].to_minute;
        }
    for (size_t i = 0; !has_override && i < r->rule.n_hours; i++)
        if (r->hours[i].weekday == civil_weekday(day)) {
            begin[n] = r->hours[i].from_minute;
            end[n++] = r->hours[i].to_minute;
        }
    /* Spans of a date that overlap are one, which begins where the first of them does. */
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                if (begin[k] < end[i] && begin[i] < end[k] &&
                    (begin[k] < begin[i] || end[k] > end[i])) {
                    begin[i] = begin[k] < begin[i] ? begin[k] : begin[i];
                    end[i] = end[k] > end[i] ? end[k] : end[i];
                    again = true;
                }
    }
    for (size_t i = 0; i < n; i++)
        if (holds(begin[i], end[i], of_day_s)) {
            found.is_in = true;
            found.is_on_grid = (of_day_s - begin[i] * CIVIL_MINUTE_S) %
                                   (r->rule.increment_min * CIVIL_MINUTE_S) ==
                               0;
        }
    return found;
}

static bool touches(int64_t tick_s, struct instant one, struct instant other)
{
    int64_t start_s = one.s < other.s ? one.s : other.s;
    int64_t end_s = one.s < other.s ? other.s : one.s;
    return start_s < end_s && start_s < tick_s + TICK_S && end_s > tick_s;
}

static void look_at_ticks(struct round *r)
{
    for (int64_t i = 0; i < N_TICKS; i++) {
        int64_t at_s = r->first_s + i * TICK_S;
        r->wall_s[i] = civil_seconds(zone_civil(r->query.zone, (struct instant){at_s}));
        r->is_open[i] = look_up(r, r->wall_s[i]).is_in;
        r->is_blocked[i] = false;
        for (size_t k = 0; k < r->query.n_taken; k++)
            r->is_blocked[i] |= touches(at_s, r->taken[k].start, r->taken[k].end);
        for (size_t k = 0; k < r->query.n_busy; k++)
            if (r->busy[k].status == BUSY_NO_DATA ||
                (r->rule.blocking & 1 << r->busy[k].status))
                r->is_blocked[i] |= touches(at_s, r->busy[k].start, r->busy[k].end);
    }
}

/* Is the slot that starts at this tick to be offered, window apart? Read from book/slot.h line
 * by line. */
static bool is_offered_naively(const struct round *r, int64_t tick)
{
    const struct rule *rule = &r->rule;
    int64_t start_s = r->first_s + tick * TICK_S, per_minute = CIVIL_MINUTE_S / TICK_S;
    int64_t end = tick + rule->duration_min * per_minute;
    for (int64_t i = tick; i < end; i++)
        if (!r->is_open[i])
            return false;
    if (!look_up(r, r->wall_s[tick]).is_on_grid)
        return false;
    for (int64_t i = tick - rule->buffer_before_min * per_minute;
         i < end + rule->buffer_after_min * per_minute; i++)
        if (r->is_blocked[i])
            return false;
    if (start_s < r->query.now.s + rule->notice_min * CIVIL_MINUTE_S)
        return false;
    int64_t day = civil_day_of(r->wall_s[tick]);
    if (day > zone_day(r->query.zone, r->query.now) + rule->horizon_days)
        return false;
    int64_t n_booked = 0;
    for (size_t i = 0; i < r->query.n_booked; i++)
        n_booked += zone_day(r->query.zone, r->booked[i]) == day;
    return rule->max_per_day == 0 || n_booked < rule->max_per_day;
}

static void complain(const struct round *r, int64_t at_s, bool expected, uint64_t began)
{
    char at[INSTANT_SIZE];
    instant_format((struct instant){at_s}, at);
    fail_msg("%s in %s: %s (HOURGATE_SEED=%llu)", at, zone_name(r->query.zone).at,
             expected ? "is free but not offered" : "is offered but not free",
             (unsigned long long)began);
}

/* The host is told of something in the way exactly where the start is not offered. */
static void explain(const struct round *r, int64_t s, bool expected, uint64_t began)
{
    struct arena a = {0};
    struct reason *reasons;
    size_t n;
    assert_int_equal(why_list(&a, &r->query, (struct instant){s}, &reasons, &n, NULL), OK);
    if ((n == 0) != expected)
        complain(r, s, expected, began);
    arena_done(&a);
}

/* Compare one round; returns how many slots there were. */
static size_t compare(struct round *r, uint64_t began)
{
    struct arena a = {0};
    struct slot *slots;
    struct error err = {0};
    size_t n, next = 0;
    if (slot_list(&a, &r->query, &slots, &n, &err) != OK) {
        assert_non_null(strstr(
            err.what, "closed and has hours")); /* the one thing pick_rule may get wrong */
        arena_done(&a);
        return 0;
    }
    look_at_ticks(r);
    for (int64_t s = r->query.from.s; s < r->query.to.s; s += TICK_S) {
        bool expected = is_offered_naively(r, (s - r->first_s) / TICK_S);
        bool listed = next < n && slots[next].start.s == s;
        if (listed != expected)
            complain(r, s, expected, began);
        if (listed)
            assert_int_equal(slots[next].end.s - s, r->rule.duration_min * CIVIL_MINUTE_S);
        next += listed;
        if ((listed || pick(0, 99) == 0) && next % 16 == 0)
            assert_int_equal(slot_is_offered(&r->query, (struct instant){s}), expected);
        if (listed || pick(0, 199) == 0)
            explain(r, s, expected, began);
    }
    assert_int_equal(next, n); /* nothing off the ticks, out of order or twice */
    arena_done(&a);
    return n;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

static void random_rules_around_clock_changes(void **state)
{
    (void)state;
    struct zones *zones = zones_load("/usr/share/zoneinfo", NULL);
    assert_non_null(zones);
    struct round *r = calloc(1, sizeof *r);
    assert_non_null(r);
    uint64_t rounds = number_from("HOURGATE_ROUNDS", 1500);
    seed = number_from("HOURGATE_SEED", 1);
    size_t n_slots = 0, n_names = sizeof zone_names / sizeof *zone_names;
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t began = seed;
        const struct zone *zone =
            zone_find(zones, text_from(zone_names[pick(0, (int64_t)n_names - 1)]));
        assert_non_null(zone);
        pick_round(r, zone);
        /* Ticks must be whole steps of this zone's clock; starts elsewhere would go unseen. */
        r->query.from.s -= r->query.from.s % TICK_S;
        r->query.to.s -= r->query.to.s % TICK_S;
        n_slots += compare(r, began);
    }
    print_message("%llu rounds, %zu slots\n", (unsigned long long)rounds, n_slots);
    assert_true(n_slots > rounds);
    free(r);
    zones_free(zones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rules_around_clock_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
