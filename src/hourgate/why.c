/* SPDX-License-Identifier: ISC
 *
 * Why times are offered or not: a sentence for each reason. For the host's eyes; customers learn none of it.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "os/clock.h"
#include "time/civil.h"
#include "time/zone.h"

#define ZONES "/usr/share/zoneinfo"

const struct option why_options[] = {
    {"at", "\"DATE HH:MM\"", "a start, by the page's clock"},
    {"day", "DATE", "all starts of a day, by the page's clock; default today"},
    {0},
};

static const struct column columns[] = {
    {"first", COLUMN_TEXT},   {"last", COLUMN_TEXT}, {"zone", COLUMN_TEXT},
    {"offered", COLUMN_FLAG}, {"why", COLUMN_TEXT},  {0},
};

struct teller {
    struct arena *a;
    const struct zone *zone; /* the page's */
};

/* "2026-12-24 09:00" by the page's clock. */
static const char *local(const struct teller *teller, struct instant t)
{
    struct civil c = zone_civil(teller->zone, t);
    return arena_printf(teller->a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
                        c.minute);
}

/* "2026-12-24 09:00-10:30", with the second date where it is another. */
static const char *span(const struct teller *teller, struct instant from, struct instant to)
{
    const char *end = local(teller, to);
    bool same_day = zone_day(teller->zone, from) == zone_day(teller->zone, to);
    return arena_printf(teller->a, "%s-%s", local(teller, from), same_day ? end + 11 : end);
}

static const char *status_word(enum busy_status status)
{
    static const char *const words[BUSY_STATUS_COUNT] = {
        [BUSY_FREE] = "free",           [BUSY_ELSEWHERE] = "working elsewhere",
        [BUSY_TENTATIVE] = "tentative", [BUSY_BUSY] = "busy",
        [BUSY_OOF] = "out of office",   [BUSY_NO_DATA] = "nothing known",
    };
    return words[status];
}

static const char *hours_sentence(const struct teller *teller, const struct reason *reason)
{
    const char *whose = reason->number ? "that date's own hours" : "the weekly hours";
    if (reason->to.s == 0)
        return arena_printf(teller->a, "outside %s", whose);
    return arena_printf(teller->a, "does not end before %s, when %s do",
                        local(teller, reason->to) + 11, whose);
}

static const char *sentence(const struct teller *teller, const struct reason *reason)
{
    long long number = (long long)reason->number;
    switch (reason->why) {
    case WHY_PAST:
        return "it is over";
    case WHY_NOTICE:
        return arena_printf(teller->a, "less than the notice of %lld minutes away", number);
    case WHY_HORIZON:
        return arena_printf(teller->a, "more than %lld days away", number);
    case WHY_HOURS:
        return hours_sentence(teller, reason);
    case WHY_GRID:
        return arena_printf(teller->a, "starts are %lld minutes apart, and this is none",
                            number);
    case WHY_FULL:
        return arena_printf(teller->a, "that day has its %lld bookings", number);
    case WHY_BUSY:
        return arena_printf(teller->a, "%s %s in the calendar", status_word(reason->status),
                            span(teller, reason->from, reason->to));
    case WHY_TAKEN:
        return arena_printf(teller->a, "booked %s, with buffers",
                            span(teller, reason->from, reason->to));
    case WHY_UNKNOWN:
        return "the calendar does not answer: see hourgate connection list";
    case WHY_COUNT:
        break;
    }
    return "";
}

static const char *sentences(const struct teller *teller, const struct spell *spell)
{
    const char *all = "";
    for (size_t i = 0; i < spell->n_reasons; i++)
        all = arena_printf(teller->a, "%s%s%s", all, i ? "; " : "",
                           sentence(teller, &spell->reasons[i]));
    return all;
}

/* Today by this machine's clock is near enough: it is a default. */
static enum status read_when(struct call *call, struct why_ask *ask, struct error *err)
{
    int hour = 0, minute = 0, n = 0;
    const char *name = call_has(call, "at") ? "at" : "day";
    struct text date = call_text(call, name, ""), time = {0};
    ask->day = clock_now().s / CIVIL_DAY_S;
    ask->minute = -1;
    if (!date.n)
        return OK;
    (void)text_cut(date, ' ', &date, &time);
    const char *of_day = arena_cstr(&call->a, time);
    bool is_time = sscanf(of_day, "%2d:%2d%n", &hour, &minute, &n) == 2 &&
                   (size_t)n == time.n && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    if (call_has(call, "at"))
        ask->minute = hour * 60 + minute;
    if (civil_parse_date(date, &ask->day) == OK && (call_has(call, "at") ? is_time : !time.n))
        return OK;
    return error_set(err, ERR_INVALID, name, "\"%s\" is none; one looks like 2026-12-24%s",
                     call_cstr(call, name, ""), call_has(call, "at") ? " 09:00" : "");
}

static void add_spells(const struct teller *teller, const struct why_answer *answer,
                       struct table *table)
{
    for (size_t i = 0; i < answer->n_spells; i++) {
        const struct spell *spell = &answer->spells[i];
        table_text(table, text_from(local(teller, spell->first)));
        table_text(table, text_from(local(teller, spell->last)));
        table_text(table, answer->page.zone);
        table_flag(table, spell->n_reasons == 0);
        table_text(table, text_from(sentences(teller, spell)));
    }
}

static enum status tell(struct call *call, const struct why_answer *answer, struct table *table,
                        struct error *err)
{
    struct zones *zones = zones_load(ZONES, err);
    if (!zones)
        return ERR_IO;
    struct teller teller = {&call->a, zone_find(zones, answer->page.zone)};
    if (teller.zone)
        add_spells(&teller, answer, table);
    zones_free(zones);
    return teller.zone ? OK
                       : error_set(err, ERR_IO, "zones", "the page's zone is not installed");
}

enum exit_code command_why(struct call *call)
{
    struct error err = {0};
    struct why_ask ask = {.account = text_from(call->operands[0]),
                          .page = text_from(call->operands[1])};
    struct why_answer answer;
    CLEANUP(table_done) struct table table;
    table_init(&table, columns);
    if (read_when(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_why, &ask, &answer, &err);
    if (status == OK)
        status = tell(call, &answer, &table, &err);
    if (status != OK)
        return call_fail(status, &err);
    table_print(&table, call->json, "no start of the page lies there");
    return EXIT_DONE;
}
