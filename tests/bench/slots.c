/* SPDX-License-Identifier: ISC
 *
 * Rows 1 and 4 of the performance goals: the engine on one host's month and year.
 *
 *     slots               print the rows
 *     slots workload N    print row N's input as JSON, for a peer
 *     slots answer N      print row N's output, to compare with a peer's
 *
 * The workload is made of fixed random numbers: office hours with a break in Berlin, Saturdays and Sundays shorter,
 * dates of their own and closed ones, both buffers, notice, and bookings that fill some dates. Busy times come
 * unsorted, overlap, and are of all statuses.
 */
#include <string.h>

#include "bench.h"

#include "book/rule.h"
#include "book/slot.h"
#include "format/json.h"
#include "time/instant.h"

enum { MOST_BUSY = 2400, MOST_BOOKED = 400, SPANS = 12, DATES = 6, OUT_MAX = 16 << 20 };

struct workload {
    struct rule rule;
    struct hours hours[SPANS];
    struct override dates[DATES];
    struct busy busy[MOST_BUSY];
    struct instant booked[MOST_BOOKED];
    struct slot_query query;
    struct buf out;
    size_t n_slots;
    size_t memory; /* what the engine took from its arena */
};

static uint64_t seed = 42;

static int64_t pick(int64_t least, int64_t most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((seed >> 33) % (uint64_t)(most - least + 1));
}

static void make_rule(struct workload *w, int64_t first_day)
{
    w->rule = (struct rule){
        .zone = TEXT("Europe/Berlin"),
        .duration_min = 30,
        .increment_min = 15,
        .buffer_before_min = 5,
        .buffer_after_min = 10,
        .notice_min = 120,
        .horizon_days = 400,
        .max_per_day = 4,
        .blocking = RULE_BLOCKING_DEFAULT,
        .hours = w->hours,
        .overrides = w->dates,
    };
    for (int64_t day = 0; day < 5; day++) {
        w->hours[w->rule.n_hours++] = (struct hours){day, 9 * 60, 12 * 60};
        w->hours[w->rule.n_hours++] = (struct hours){day, 13 * 60, 17 * 60 + 30};
    }
    w->hours[w->rule.n_hours++] = (struct hours){5, 10 * 60, 13 * 60};
    w->hours[w->rule.n_hours++] = (struct hours){6, 10 * 60 + 15, 12 * 60};
    for (int64_t i = 0; i < DATES; i++) {
        int64_t from = i % 3 == 0 ? 0 : 8 * 60 + 15 * i;
        w->dates[w->rule.n_overrides++] =
            (struct override){first_day + 3 + 5 * i, from, i % 3 == 0 ? 0 : from + 300};
    }
}

static void make(struct workload *w, const struct zone *zone, int days, size_t n_busy,
                 size_t n_booked)
{
    memset(w, 0, sizeof *w);
    w->out = BUF(OUT_MAX);
    seed = 42;
    int64_t first_day = civil_days((struct civil){.year = 2027, .month = 3, .day = 1});
    make_rule(w, first_day);
    struct instant from = zone_day_start(zone, first_day);
    struct instant to = zone_day_start(zone, first_day + days);
    int64_t minutes = instant_until_s(from, to) / CIVIL_MINUTE_S;
    for (size_t i = 0; i < n_busy; i++) {
        struct instant start = instant_add_s(from, pick(0, minutes / 5) * 5 * CIVIL_MINUTE_S);
        struct instant end = instant_add_s(start, pick(3, 18) * 5 * CIVIL_MINUTE_S);
        w->busy[i] =
            (struct busy){start, end, (enum busy_status)pick(0, BUSY_STATUS_COUNT - 1)};
    }
    for (size_t i = 0; i < n_booked; i++)
        w->booked[i] = instant_add_s(from, pick(0, minutes / 15) * 15 * CIVIL_MINUTE_S);
    w->query = (struct slot_query){
        .rule = &w->rule,
        .zone = zone,
        .now = instant_add_s(from, 8 * CIVIL_HOUR_S),
        .from = from,
        .to = to,
        .busy = w->busy,
        .n_busy = n_busy,
        .booked = w->booked,
        .n_booked = n_booked,
    };
}

/* Write {"slots":[{"start":"...","end":"..."}]}, as the edge does. */
static void add_slots(struct json_writer *json, const struct slot *slots, size_t n)
{
    json_open(json, '{');
    json_name(json, "slots");
    json_open(json, '[');
    for (size_t i = 0; i < n; i++) {
        char start[INSTANT_SIZE], end[INSTANT_SIZE];
        instant_format(slots[i].start, start);
        instant_format(slots[i].end, end);
        json_open(json, '{');
        json_put_text(json, "start", text_from(start));
        json_put_text(json, "end", text_from(end));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void list(struct workload *w, bool with_json)
{
    struct arena a = {0};
    struct slot *slots;
    if (slot_list(&a, &w->query, &slots, &w->n_slots, NULL) != OK)
        abort();
    w->memory = a.used;
    if (with_json) {
        buf_clear(&w->out);
        add_slots(&JSON_WRITER(&w->out), slots, w->n_slots);
    }
    arena_done(&a);
}

static void list_only(void *w)
{
    list(w, false);
}

static void list_and_format(void *w)
{
    list(w, true);
}

static bool print_rows(struct workload *month, struct workload *year)
{
    char quantity[120], measured[80];
    double us = bench_median_us(list_and_format, month, 1000);
    double bare_us = bench_median_us(list_only, month, 1000);
    snprintf(quantity, sizeof quantity, "slots, 1 host, a month, 200 busy, %zu slots, JSON out",
             month->n_slots);
    snprintf(measured, sizeof measured, "%.1f us (%.1f us without JSON)", us, bare_us);
    bool met = bench_row("1", quantity, "<= 60 us", measured, us <= 60);
    us = bench_median_us(list_only, year, 300);
    snprintf(quantity, sizeof quantity, "slots, 1 host, a year, 2,400 busy, %zu slots",
             year->n_slots);
    snprintf(measured, sizeof measured, "%.3f ms, %zu KiB", us / 1000, year->memory / 1024);
    return bench_row("4", quantity, "<= 0.58 ms, <= 1 MiB", measured,
                     us <= 580 && year->memory <= 1 << 20) &&
           met;
}

static void print_instant(const char *before, struct instant t)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    printf("%s\"%s\"", before, text);
}

static void print_workload(const struct workload *w)
{
    const struct rule *rule = &w->rule;
    print_instant("{\"now\":", w->query.now);
    print_instant(",\"from\":", w->query.from);
    print_instant(",\"to\":", w->query.to);
    printf(",\"zone\":\"" TEXT_FMT "\",\"duration\":%d,\"increment\":%d", TEXT_ARG(rule->zone),
           (int)rule->duration_min, (int)rule->increment_min);
    printf(",\"before\":%d,\"after\":%d,\"notice\":%d,\"per_day\":%d",
           (int)rule->buffer_before_min, (int)rule->buffer_after_min, (int)rule->notice_min,
           (int)rule->max_per_day);
    printf(",\"hours\":[");
    for (size_t i = 0; i < rule->n_hours; i++)
        printf("%s[%d,%d,%d]", i ? "," : "", (int)w->hours[i].weekday,
               (int)w->hours[i].from_minute, (int)w->hours[i].to_minute);
    printf("],\"dates\":[");
    for (size_t i = 0; i < rule->n_overrides; i++) {
        char date[CIVIL_DATE_SIZE];
        civil_format_date(w->dates[i].day, date);
        printf("%s[\"%s\",%d,%d]", i ? "," : "", date, (int)w->dates[i].from_minute,
               (int)w->dates[i].to_minute);
    }
    printf("],\"booked\":[");
    for (size_t i = 0; i < w->query.n_booked; i++)
        print_instant(i ? "," : "", w->booked[i]);
    printf("],\"busy\":["); /* only what blocks: peers have no matrix */
    for (size_t i = 0, n = 0; i < w->query.n_busy; i++)
        if (rule_blocks(rule, w->busy[i].status)) {
            print_instant(n++ ? ",[" : "[", w->busy[i].start);
            print_instant(",", w->busy[i].end);
            printf("]");
        }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct zones *zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        return 1;
    }
    static struct workload month, year;
    const struct zone *zone = zone_find(zones, TEXT("Europe/Berlin"));
    make(&month, zone, 31, 200, 30);
    make(&year, zone, 365, 2400, 400);
    struct workload *chosen = argc > 2 && strcmp(argv[2], "4") == 0 ? &year : &month;
    bool ok = true;
    if (argc > 1 && strcmp(argv[1], "workload") == 0) {
        print_workload(chosen);
    } else if (argc > 1 && strcmp(argv[1], "answer") == 0) {
        list(chosen, true);
        printf(TEXT_FMT "\n", TEXT_ARG(buf_text(&chosen->out)));
    } else {
        ok = print_rows(&month, &year);
    }
    buf_done(&month.out);
    buf_done(&year.out);
    zones_free(zones);
    return ok ? 0 : 1;
}
