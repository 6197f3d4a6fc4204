/* SPDX-License-Identifier: ISC
 *
 * Runs tests/case/slots.txt, whose head explains its rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../case.h"
#include "book/rule.h"
#include "book/slot.h"
#include "time/instant.h"

enum { MOST = 200 };

static const char *cases;
static struct zones *zones;

struct one_case {
    char name[CASE_LINE];
    struct rule rule;
    struct hours hours[MAX_HOURS];
    struct override overrides[MOST];
    struct busy busy[MOST];
    struct slot taken[MOST];
    struct instant booked[MOST];
    struct instant slots[MOST];
    size_t n_slots;
    struct slot_query query;
};

static const char *const statuses[] = {"free", "elsewhere", "tentative",
                                       "busy", "oof",       "nodata"};

static size_t index_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    fail_msg("no such word: %s", word);
    return 0;
}

static struct instant instant_of(const char *word)
{
    struct instant t = {0};
    if (instant_parse(text_from(word), &t) != OK)
        fail_msg("not an instant: %s", word);
    return t;
}

static void begin(struct one_case *one, const struct case_file *c)
{
    *one = (struct one_case){
        .rule = {.duration_min = 30,
                 .increment_min = 30,
                 .horizon_days = 60,
                 .blocking = RULE_BLOCKING_DEFAULT},
    };
    for (size_t i = 1; i < c->n_words; i++) {
        strcat(one->name, " ");
        strcat(one->name, c->words[i]);
    }
}

static void set_rule(struct rule *rule, const struct case_file *c)
{
    static const char *const names[] = {"duration", "increment", "before", "after",
                                        "notice",   "horizon",   "per-day"};
    int64_t *const fields[] = {&rule->duration_min,      &rule->increment_min,
                               &rule->buffer_before_min, &rule->buffer_after_min,
                               &rule->notice_min,        &rule->horizon_days,
                               &rule->max_per_day};
    for (size_t i = 1; i + 1 < c->n_words; i += 2)
        *fields[index_of(c->words[i], names, 7)] = atoi(c->words[i + 1]);
}

static void read_span(const char *word, int64_t *ret_from, int64_t *ret_to)
{
    int from_h, from_m, to_h, to_m;
    if (sscanf(word, "%d:%d-%d:%d", &from_h, &from_m, &to_h, &to_m) != 4)
        fail_msg("not a span: %s", word);
    *ret_from = from_h * 60 + from_m;
    *ret_to = to_h * 60 + to_m;
}

static void add_hours(struct rule *rule, struct hours *hours, const struct case_file *c)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t i = 2; i < c->n_words; i++) {
        struct hours *span = &hours[rule->n_hours++];
        span->weekday = (int64_t)index_of(c->words[1], days, 7);
        read_span(c->words[i], &span->from_minute, &span->to_minute);
    }
}

static void add_date(struct rule *rule, struct override *overrides, const struct case_file *c)
{
    for (size_t i = 2; i < c->n_words; i++) {
        struct override *span = &overrides[rule->n_overrides++];
        assert_int_equal(civil_parse_date(text_from(c->words[1]), &span->day), OK);
        if (strcmp(c->words[i], "closed") != 0)
            read_span(c->words[i], &span->from_minute, &span->to_minute);
    }
}

static void set_blocks(struct rule *rule, const struct case_file *c)
{
    rule->blocking = 0;
    for (size_t i = 1; i < c->n_words; i++)
        rule->blocking |= 1 << index_of(c->words[i], statuses, BUSY_STATUS_COUNT);
}

static void add_busy(struct one_case *one, const struct case_file *c)
{
    one->busy[one->query.n_busy++] =
        (struct busy){instant_of(c->words[1]), instant_of(c->words[2]),
                      (enum busy_status)index_of(c->words[3], statuses, BUSY_STATUS_COUNT)};
}

static void read_row(struct one_case *one, const struct case_file *c)
{
    static const char *const rows[] = {"zone", "now",  "window", "rule",   "blocks", "hours",
                                       "date", "busy", "taken",  "booked", "slots"};
    struct slot_query *q = &one->query;
    switch (index_of(c->words[0], rows, sizeof rows / sizeof *rows)) {
    case 0:
        q->zone = zone_find(zones, text_from(c->words[1]));
        break;
    case 1:
        q->now = instant_of(c->words[1]);
        break;
    case 2:
        q->from = instant_of(c->words[1]);
        q->to = instant_of(c->words[2]);
        break;
    case 3:
        set_rule(&one->rule, c);
        break;
    case 4:
        set_blocks(&one->rule, c);
        break;
    case 5:
        add_hours(&one->rule, one->hours, c);
        break;
    case 6:
        add_date(&one->rule, one->overrides, c);
        break;
    case 7:
        add_busy(one, c);
        break;
    case 8:
        one->taken[q->n_taken++] =
            (struct slot){instant_of(c->words[1]), instant_of(c->words[2])};
        break;
    case 9:
        one->booked[q->n_booked++] = instant_of(c->words[1]);
        break;
    case 10:
        for (size_t i = 1; i < c->n_words && strcmp(c->words[i], "none") != 0; i++)
            one->slots[one->n_slots++] = instant_of(c->words[i]);
    }
}

static void check(struct one_case *one)
{
    one->rule.hours = one->hours;
    one->rule.overrides = one->overrides;
    struct slot_query *q = &one->query;
    q->rule = &one->rule;
    q->busy = one->busy;
    q->taken = one->taken;
    q->booked = one->booked;
    struct arena a = {0};
    struct slot *slots;
    struct error err = {0};
    size_t n;
    if (slot_list(&a, q, &slots, &n, &err) != OK)
        fail_msg("case%s: %s", one->name, err.what);
    for (size_t i = 0; i < n || i < one->n_slots; i++) {
        char got[INSTANT_SIZE] = "nothing", wanted[INSTANT_SIZE] = "nothing";
        if (i < n)
            instant_format(slots[i].start, got);
        if (i < one->n_slots)
            instant_format(one->slots[i], wanted);
        if (strcmp(got, wanted) != 0)
            fail_msg("case%s: slot %zu is %s, should be %s", one->name, i + 1, got, wanted);
        assert_true(slot_is_offered(q, slots[i].start));
        assert_false(slot_is_offered(q, instant_add_s(slots[i].start, 1)));
    }
    arena_done(&a);
}

static void every_case_gives_its_slots(void **state)
{
    (void)state;
    static struct one_case one;
    struct case_file c = case_open(cases, "slots.txt");
    int n = 0;
    while (case_next(&c)) {
        if (c.n_words == 0)
            continue;
        if (strcmp(c.words[0], "case") != 0) {
            read_row(&one, &c);
            continue;
        }
        if (n++ > 0)
            check(&one);
        begin(&one, &c);
    }
    check(&one);
    case_close(&c);
    print_message("%d cases\n", n);
}

int main(int argc, char **argv)
{
    cases = argc > 1 ? argv[1] : "tests/case";
    zones = zones_load("/usr/share/zoneinfo", NULL);
    if (!zones)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_its_slots),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
