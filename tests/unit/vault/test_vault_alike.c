/* SPDX-License-Identifier: ISC
 *
 * P2 as a property: two vaults whose hosts' calendars and rules differ, but whose free slots are equal, give
 * answers that are equal byte by byte, over random calendars and rules.
 *
 * One host is drawn at random: hours, dates, grid, buffers, notice, horizon, which states block, busy times of
 * all states, a calendar that cannot be read. The other is made to have the same slots by other means: dates that
 * hold just these slots, or wider ones with busy times in the holes; other weekly hours that no date lets through,
 * other buffers, notice and horizon where they change nothing, busy times where no slot is. Slots of one grid with
 * one duration, that a page shows anyway.
 *
 * HOURGATE_ROUNDS says how many (60), HOURGATE_SEED which; a failing round prints its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../wire/random_value.h"
#include "book/rule.h"
#include "os/clock.h"
#include "rig.h"
#include "wire/codec.h"

enum {
    ROUNDS = 60,
    SEED = 20270301,
    MINUTE_S = 60,
    DAY_S = 86400,
    DAY_MIN = 1440,
    WINDOW_DAYS = 14, /* from yesterday on */
    HORIZON_MAX = 9,
    RUNS_MAX = 2000,
    FRAME_MAX = FRAME_HEAD + FRAME_BODY_MAX,
    ASK_MS = 30000
};

static struct rig one, other;
static uint64_t seed;
static int n_alike, n_open; /* answers compared, rounds with slots */

/* ---- drawing a host ---- */

struct host {
    struct rule rule;
    struct hours hours[MAX_HOURS];
    struct override dates[MAX_OVERRIDES];
    struct busy busy[SCRIPT_BUSY];
    size_t n_busy;
    bool is_unreadable;
};

static int64_t pick(struct random *r, const int64_t *of, size_t n)
{
    return of[random_below(r, n)];
}

#define PICK(r, ...)                                                                           \
    pick(r, (const int64_t[]){__VA_ARGS__}, sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static int64_t between(struct random *r, int64_t least, int64_t most)
{
    return least + (int64_t)random_below(r, (size_t)(most - least + 1));
}

/* Spans of a day that do not overlap: {from, to} in minutes; at most two. */
static size_t draw_spans(struct random *r, int64_t spans[2][2])
{
    size_t n = random_below(r, 3);
    int64_t at = between(r, 0, 96) * 5;
    for (size_t i = 0; i < n; i++) {
        spans[i][0] = at;
        spans[i][1] = at + between(r, 3, 60) * 5;
        at = spans[i][1] + between(r, 1, 30) * 5; /* touching ones would be one */
        if (spans[i][1] > DAY_MIN)
            return i;
    }
    return n;
}

static int64_t today(void)
{
    return rig_now().s / DAY_S;
}

static void draw_hours(struct random *r, struct host *host)
{
    int64_t spans[2][2];
    for (int day = 0; day < 7; day++)
        for (size_t i = 0, n = draw_spans(r, spans); i < n; i++)
            host->hours[host->rule.n_hours++] = (struct hours){day, spans[i][0], spans[i][1]};
}

static void draw_dates(struct random *r, struct host *host)
{
    int64_t spans[2][2];
    for (int64_t day = today(); day < today() + HORIZON_MAX; day++) {
        if (random_below(r, 4) != 0)
            continue;
        size_t n = draw_spans(r, spans);
        if (n == 0)
            host->dates[host->rule.n_overrides++] = (struct override){day, 0, 0};
        for (size_t i = 0; i < n; i++)
            host->dates[host->rule.n_overrides++] =
                (struct override){day, spans[i][0], spans[i][1]};
    }
}

static void draw_busy(struct random *r, struct host *host)
{
    for (size_t n = random_below(r, 16); host->n_busy < n; host->n_busy++) {
        int64_t start = rig_now().s + between(r, -DAY_S, HORIZON_MAX * DAY_S);
        if (random_below(r, 2) == 0)
            start -= start % (15 * MINUTE_S);
        host->busy[host->n_busy] =
            (struct busy){{start},
                          {start + between(r, 1, 300) * MINUTE_S},
                          (enum busy_status)random_below(r, BUSY_STATUS_COUNT)};
    }
}

static void draw_host(struct random *r, struct host *host)
{
    *host =
        (struct host){.rule = {.zone = TEXT("UTC"),
                               .duration_min = PICK(r, 15, 20, 30, 45, 60, 90),
                               .increment_min = PICK(r, 5, 10, 15, 20, 30, 60),
                               .buffer_before_min = PICK(r, 0, 0, 5, 15, 60),
                               .buffer_after_min = PICK(r, 0, 0, 5, 10, 45),
                               .notice_min = PICK(r, 0, 0, 30, 240, 3000),
                               .horizon_days = between(r, 0, HORIZON_MAX),
                               .blocking = (int64_t)random_below(r, 1 << BUSY_STATUS_COUNT)}};
    host->rule.hours = host->hours;
    host->rule.overrides = host->dates;
    draw_hours(r, host);
    draw_dates(r, host);
    draw_busy(r, host);
    host->is_unreadable = random_below(r, 12) == 0;
}

/* ---- making another one alike ---- */

/* Slots that follow each other on the grid. */
struct run {
    int64_t first_s, last_s; /* starts */
};

static size_t find_runs(const struct slots_answer *slots, int64_t increment_min,
                        struct run *ret_runs)
{
    size_t n = 0;
    for (size_t i = 0; i < slots->n_slots; i++) {
        int64_t start = slots->slots[i].start.s;
        bool goes_on = n > 0 && start == ret_runs[n - 1].last_s + increment_min * MINUTE_S &&
                       start / DAY_S == ret_runs[n - 1].first_s / DAY_S;
        if (!goes_on)
            ret_runs[n++] = (struct run){start, start};
        ret_runs[n - 1].last_s = start;
    }
    return n;
}

/* Put a date that holds a run and, where the next ones are on its grid, those too, the holes filled with busy time.
 * Returns how many runs it holds. */
static size_t add_date(struct random *r, struct host *host, const struct run *runs, size_t n)
{
    int64_t duration_s = host->rule.duration_min * MINUTE_S;
    int64_t grid_s = host->rule.increment_min * MINUTE_S;
    size_t held = 1;
    while (held < n && host->n_busy < SCRIPT_BUSY - 20 && random_below(r, 3) != 0 &&
           runs[held].first_s / DAY_S == runs[0].first_s / DAY_S &&
           (runs[held].first_s - runs[0].first_s) % grid_s == 0 &&
           runs[held].first_s > runs[held - 1].last_s + duration_s) {
        host->busy[host->n_busy++] =
            (struct busy){{runs[held - 1].last_s + duration_s}, {runs[held].first_s}, BUSY_OOF};
        held++;
    }
    int64_t day = runs[0].first_s / DAY_S;
    host->dates[host->rule.n_overrides++] =
        (struct override){day, (runs[0].first_s - day * DAY_S) / MINUTE_S,
                          (runs[held - 1].last_s + duration_s - day * DAY_S) / MINUTE_S};
    return held;
}

static bool is_closed_day(const struct host *host, int64_t day)
{
    for (size_t i = 0; i < host->rule.n_overrides; i++)
        if (host->dates[i].day == day)
            return false;
    return true;
}

/* Busy time where no slot is touched by it. */
static void add_idle_busy(struct random *r, struct host *host, const struct slots_answer *slots)
{
    for (int tries = 0; tries < 20 && host->n_busy < SCRIPT_BUSY; tries++) {
        int64_t start = rig_now().s + between(r, 0, HORIZON_MAX * DAY_S);
        int64_t end = start + between(r, 1, 200) * MINUTE_S;
        bool touches = false;
        for (size_t i = 0; i < slots->n_slots; i++)
            touches =
                touches || (slots->slots[i].start.s < end && start < slots->slots[i].end.s);
        if (!touches)
            host->busy[host->n_busy++] = (struct busy){
                {start}, {end}, (enum busy_status)random_below(r, BUSY_STATUS_COUNT)};
    }
}

static void make_alike(struct random *r, const struct host *like,
                       const struct slots_answer *slots, struct host *host)
{
    static struct run runs[RUNS_MAX];
    *host = (struct host){
        .rule = {.zone = TEXT("UTC"),
                 .duration_min = like->rule.duration_min,
                 .increment_min = like->rule.increment_min,
                 .horizon_days = between(r, HORIZON_MAX + 1, 60),
                 .blocking = 1 << BUSY_OOF | (int64_t)random_below(r, 1 << BUSY_STATUS_COUNT)}};
    host->rule.hours = host->hours;
    host->rule.overrides = host->dates;
    size_t n = find_runs(slots, like->rule.increment_min, runs);
    for (size_t i = 0; i < n;)
        i += add_date(r, host, runs + i, n - i);
    add_idle_busy(r, host, slots);
    if (random_below(r, 2) == 0)
        return; /* no weekly hours at all */
    draw_hours(r, host);
    for (int64_t day = today() - 2; day < today() + WINDOW_DAYS + 2; day++)
        if (is_closed_day(host, day))
            host->dates[host->rule.n_overrides++] = (struct override){day, 0, 0};
    host->rule.horizon_days = HORIZON_MAX + 1; /* its weekly hours go on behind the dates */
}

/* ---- asking ---- */

static void furnish(struct rig *rig, const struct host *host)
{
    struct page_put_ask page = {.account = TEXT("acme"),
                                .email = TEXT("ann@acme.test"),
                                .page = TEXT("intro"),
                                .title = TEXT("Intro"),
                                .synchronise = true,
                                .rule = host->rule};
    struct page_put_answer answer;
    if (rig_command(rig, WIRE_page_put, &page, &answer) != OK)
        fail_msg("no such page (HOURGATE_SEED=%llu)", (unsigned long long)seed);
    pthread_mutex_lock(&rig->script.lock);
    memcpy(rig->script.busy, host->busy, sizeof host->busy);
    rig->script.n_busy = host->n_busy;
    rig->script.result[WIRE_busy] = host->is_unreadable ? ERR_UPSTREAM : OK;
    pthread_mutex_unlock(&rig->script.lock);
}

/* Ask both; what they say must be the same bytes. Returns how it went. */
static enum status ask_both(enum wire_type type, const void *ask, const char *what)
{
    CLEANUP(buf_done) struct buf first = BUF(FRAME_MAX), second = BUF(FRAME_MAX);
    struct buf *said[] = {&first, &second};
    struct rig *rigs[] = {&one, &other};
    struct reply reply = {0};
    const struct wire_message *message = wire_message_of(type);
    for (int i = 0; i < 2; i++) {
        struct arena a CLEANUP(arena_done) = {0};
        void *answer = arena_alloc(&a, message->answer()->size);
        enum status status = link_ask(&rigs[i]->edge, type, ask, -1, clock_ms() + ASK_MS, &a,
                                      &reply, answer, NULL);
        assert_int_equal(status, reply.status);
        assert_int_equal(
            frame_answer(said[i], type, 1, 0, &reply, reply.has_body ? answer : NULL), OK);
    }
    if (!text_equal(buf_text(&first), buf_text(&second)))
        fail_msg("%s: the answers differ (HOURGATE_SEED=%llu)", what, (unsigned long long)seed);
    n_alike++;
    return reply.status;
}

static void slots_are_alike(struct random *r)
{
    struct slots_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
    int64_t first = (today() - 1) * DAY_S;
    for (int i = 0; i < 4; i++) {
        ask.from.s = i ? first + between(r, 0, WINDOW_DAYS - 1) * DAY_S : first;
        ask.to.s = i ? ask.from.s + between(r, 1, 3) * DAY_S : first + WINDOW_DAYS * DAY_S;
        assert_int_equal(ask_both(WIRE_slots, &ask, "slots"), OK);
    }
}

static bool is_offered(const struct slots_answer *slots, int64_t start)
{
    return rig_has_slot(slots->slots, slots->n_slots, (struct instant){start});
}

static void refuse_both(const struct slots_answer *slots, int64_t start)
{
    struct book_ask ask = {.account = TEXT("acme"),
                           .page = TEXT("intro"),
                           .start = {start},
                           .customer = {.name = TEXT("Carla"), .email = TEXT("c@example.org")}};
    if (!is_offered(slots, start))
        assert_int_equal(ask_both(WIRE_book, &ask, "a refusal"), ERR_CONFLICT);
}

/* Whatever start is not on offer: one answer, for whatever reason, of both. `possible` are those that the first
 * one's rules alone would offer. */
static void refusals_are_alike(struct random *r, const struct slots_answer *slots,
                               const struct slots_answer *possible)
{
    int64_t now = rig_now().s;
    const int64_t starts[] = {now - 3 * DAY_S,       /* past */
                              now + 5 * MINUTE_S,    /* too early */
                              now + 7,               /* off every grid */
                              now + 40 * DAY_S * 20, /* beyond what anybody has */
                              now + between(r, 0, HORIZON_MAX * 288) * 300};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        refuse_both(slots, starts[i]);
    for (int i = 0; i < 6 && possible->n_slots;
         i++) /* busy for one, for the other perhaps no hour */
        refuse_both(slots, possible->slots[random_below(r, possible->n_slots)].start.s);
}

static void ask_first(struct arena *a, struct slots_answer *ret_slots)
{
    struct reply reply;
    struct slots_ask ask = {.account = TEXT("acme"),
                            .page = TEXT("intro"),
                            .from = {(today() - 1) * DAY_S},
                            .to = {(today() - 1 + WINDOW_DAYS) * DAY_S}};
    assert_int_equal(link_ask(&one.edge, WIRE_slots, &ask, -1, clock_ms() + ASK_MS, a, &reply,
                              ret_slots, NULL),
                     OK);
}

static void one_round(void)
{
    static struct host first, second;
    struct random random = {seed | 1}, *r = &random;
    struct arena a CLEANUP(arena_done) = {0};
    struct slots_answer slots, possible;
    rig_clock_set(between(r, 0, 20 * DAY_S / 60) * 60);
    draw_host(r, &first);
    struct host idle = first;
    idle.n_busy = 0;
    idle.is_unreadable = false;
    furnish(&one, &idle);
    ask_first(&a, &possible);
    furnish(&one, &first);
    ask_first(&a, &slots);
    n_open += slots.n_slots > 0;
    make_alike(r, &first, &slots, &second);
    furnish(&other, &second);
    slots_are_alike(r);
    refusals_are_alike(r, &slots, &possible);
}

/* Thousands of rounds in no time are not what budgets are for; what they withhold is tested elsewhere. */
static void lift_budgets(struct rig *rig)
{
    struct budgets *budgets = &rig->v.calendar.budgets;
    pthread_mutex_lock(&budgets->lock);
    budgets->mailbox.burst = budgets->server.burst = 100000000;
    pthread_mutex_unlock(&budgets->lock);
}

static int64_t number_from(const char *variable, int64_t otherwise)
{
    const char *said = getenv(variable);
    return said ? atoll(said) : otherwise;
}

static void hosts_with_equal_slots_look_the_same(void **state)
{
    (void)state;
    int64_t rounds = number_from("HOURGATE_ROUNDS", ROUNDS);
    struct random seeds = {(uint64_t)number_from("HOURGATE_SEED", SEED) | 1};
    rig_start(&one);
    rig_start(&other);
    lift_budgets(&one);
    lift_budgets(&other);
    print_message("# %lld rounds from HOURGATE_SEED=%lld\n", (long long)rounds,
                  (long long)number_from("HOURGATE_SEED", SEED));
    for (int64_t i = 0; i < rounds; i++) {
        seed = getenv("HOURGATE_SEED") && rounds == 1
                   ? (uint64_t)number_from("HOURGATE_SEED", SEED)
                   : random_next(&seeds) >> 1;
        one_round();
    }
    print_message("# %d answers alike, %d rounds had slots\n", n_alike, n_open);
    assert_true(rounds < ROUNDS || n_open > rounds / 3);
    rig_stop(&other);
    rig_stop(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_with_equal_slots_look_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
