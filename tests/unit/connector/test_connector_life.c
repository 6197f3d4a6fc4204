/* SPDX-License-Identifier: ISC
 *
 * Random lives: calendars change, orders come, answers are lost, the program is killed at any call, calendars and
 * servers fail, clocks jump. Whatever happened, once it is quiet the server holds what the calendar does, every order
 * has had one outcome, and what it did not write stands as it did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"

enum { STEPS = 120, DAYS = 20 };

static struct rig rig;
static struct rig_event own[RIG_EVENTS]; /* what the owner's own events are to be */

static uint64_t below(uint64_t n)
{
    return rig_chance(&rig) % n;
}

static int64_t any_time(void)
{
    return RIG_NOW + 86400 + (int64_t)below(DAYS * 48) * 1800;
}

static void owner_acts(void)
{
    int at = (int)below(RIG_EVENTS);
    struct rig_event *e = &rig.events[at];
    if (!e->is_there && below(3) == 0) {
        int64_t start = any_time();
        at = rig_event(&rig, start, start + 1800 * (1 + (int64_t)below(4)),
                       (enum busy_status)below(BUSY_NO_DATA));
        own[at] = rig.events[at];
    } else if (e->is_there && !*e->uid && below(2) == 0) {
        e->busy.status = (enum busy_status)below(BUSY_NO_DATA);
        own[at] = *e;
    } else if (e->is_there && !*e->uid) {
        e->is_there = false;
        own[at] = *e;
    }
}

/* As the server does it: one order of a booking at a time, and none before the first has had its outcome. */
static void customers_act(void)
{
    if (rig.n_orders == RIG_ORDERS)
        return;
    char uid[32];
    snprintf(uid, sizeof uid, "b%d", (int)below(6));
    bool stands = false;
    for (size_t i = 0; i < rig.n_orders; i++) {
        const struct rig_order *o = &rig.orders[i];
        if (strcmp(o->uid, uid) != 0)
            continue;
        if (!o->is_done)
            return;
        if (o->outcome == DESK_WRITTEN)
            stands = o->kind != DESK_REMOVE;
        else if (o->outcome == DESK_GONE)
            stands = false;
    }
    int64_t start = any_time();
    enum desk_order_kind kind = !stands ? DESK_CREATE : below(2) ? DESK_UPDATE : DESK_REMOVE;
    rig_order(&rig, kind, uid, start, start + 1800);
}

static void world_acts(void)
{
    switch (below(12)) {
    case 0:
        rig.lives_for = (int)below(25);
        break;
    case 1:
        rig.lose_one_in = below(2) ? 3 : 0;
        break;
    case 2:
        rig.broken = below(2) ? ERR_NETWORK : OK;
        break;
    case 3:
        rig.calendar_fails = below(2) ? ERR_TIMEOUT : OK;
        break;
    case 4:
        rig.now_s += (int64_t)below(3600);
        break;
    case 5:
        rig.code = below(2) ? 503 : 0;
        break;
    case 6:
        rig.epoch += (int64_t)below(2);
        break;
    default:
        owner_acts();
        customers_act();
    }
}

static void revive(void)
{
    if (!rig.is_dead)
        return;
    rig_stop(&rig);
    rig.lives_for = -1;
    rig_start(&rig);
}

static void calm_down(void)
{
    rig.lose_one_in = 0;
    rig.broken = rig.calendar_fails = OK;
    rig.code = 0;
    revive();
    rig.lives_for = -1;
    rig_run(&rig, 4000);
}

static void expect(bool condition, const char *promise, uint64_t seed)
{
    if (condition)
        return;
    print_error("seed %llu: not so: %s\n%s", (unsigned long long)seed, promise,
                rig_status(&rig));
    fail();
}

static void check(uint64_t seed)
{
    expect(rig.n_wrong == 0, "each event was written once, and into free time", seed);
    for (size_t i = 0; i < rig.n_orders; i++)
        expect(rig.orders[i].is_done && rig.orders[i].n_outcomes == 1,
               "every order has had one outcome", seed);
    for (int i = 0; i < RIG_EVENTS; i++)
        expect(!own[i].is_there || memcmp(&own[i], &rig.events[i], sizeof own[i]) == 0,
               "what the connector did not write stands as it did", seed);
    for (int i = 0; i < RIG_EVENTS; i++)
        for (int j = 0; j < i; j++)
            expect(!rig.events[i].is_there || !rig.events[j].is_there || !*rig.events[i].uid ||
                       strcmp(rig.events[i].uid, rig.events[j].uid) != 0,
                   "a booking has one event", seed);
    expect(rig_is_equal(&rig), "the server holds what the calendar does", seed);
    expect(!strstr(buf_cstr(&rig.said), "Canary"), "the log has no title", seed);
}

static void live(uint64_t seed)
{
    rig_init(&rig);
    rig.seed = seed * 0x9E3779B97F4A7C15u | 1;
    memset(own, 0, sizeof own);
    rig_pair(&rig);
    rig_start(&rig);
    for (int step = 0; step < STEPS; step++) {
        world_acts();
        rig_step(&rig, below(3) ? 0 : SIGNAL_CALENDAR, (int64_t)below(120000));
        revive();
    }
    calm_down();
    check(seed);
    rig_done(&rig);
}

static void whatever_happens_both_ends_agree(void **state)
{
    (void)state;
    const char *rounds = getenv("HOURGATE_ROUNDS"), *first = getenv("HOURGATE_SEED");
    uint64_t from = first ? strtoull(first, NULL, 10) : 1;
    uint64_t n = rounds ? strtoull(rounds, NULL, 10) : 300;
    for (uint64_t seed = from; seed < from + n; seed++)
        live(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_both_ends_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
