/* SPDX-License-Identifier: ISC
 *
 * What can be seen of calendars: which ones a connection has, and when colleagues are busy.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "os/clock.h"
#include "time/civil.h"
#include "time/zone.h"

#define ZONES "/usr/share/zoneinfo"

enum { DAYS_MAX = 42, MARK_S = 1800, MARKS_MAX = 26 * 3600 / MARK_S };

const struct option connection_calendars_options[] = {
    {.name = "busy",
     .value = "ID",
     .help = "counts as busy; repeatable, replaces the choice",
     .repeats = true},
    {"book", "ID", "bookings go into this one"},
    {0},
};

const struct option team_options[] = {
    {"viewer", "EMAIL", "whose right it is read with"},
    {"from", "DATE", "first day, in the viewer's zone; default today"},
    {"days", "N", "how many; default 1, at most 42"},
    {0},
};

static const struct column calendar_columns[] = {
    {"calendar", COLUMN_TEXT}, {"mailbox", COLUMN_TEXT},  {"default", COLUMN_FLAG},
    {"busy", COLUMN_FLAG},     {"bookings", COLUMN_FLAG}, {"read", COLUMN_FLAG},
    {"write", COLUMN_FLAG},    {"id", COLUMN_TEXT},       {0},
};

static enum status read_choice(struct call *call, struct connection_calendars_ask *ask,
                               struct error *err)
{
    int at = 0;
    ask->account = text_from(call->operands[0]);
    ask->book = call_text(call, "book", "");
    ask->busy = ARENA_ARRAY(&call->a, MAX_CALENDARS, struct source);
    for (const char *id; (id = call_next(call, "busy", &at));) {
        if (ask->n_busy == MAX_CALENDARS || !*id)
            return error_set(err, ERR_INVALID, "busy", "1 to %d ids of calendars",
                             MAX_CALENDARS);
        ask->busy[ask->n_busy++].calendar = text_from(id);
    }
    ask->changes = ask->n_busy || ask->book.n;
    return command_id(call, call->operands[1], &ask->id, err);
}

enum exit_code command_connection_calendars(struct call *call)
{
    struct error err = {0};
    struct connection_calendars_ask ask = {0};
    struct connection_calendars_answer answer = {0};
    CLEANUP(table_done) struct table table;
    table_init(&table, calendar_columns);
    if (read_choice(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status =
        command_ask(call, true, WIRE_connection_calendars, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    for (size_t i = 0; i < answer.n_uses; i++) {
        const struct calendar_use *use = &answer.uses[i];
        table_text(&table, use->calendar.name);
        table_text(&table, use->calendar.mailbox);
        table_flag(&table, use->calendar.is_default);
        table_flag(&table, use->is_busy);
        table_flag(&table, use->is_book);
        table_flag(&table, use->calendar.can_read);
        table_flag(&table, use->calendar.can_write);
        table_text(&table, use->calendar.id);
    }
    table_print(&table, call->json, "the connection sees no calendars");
    if (answer.free_busy_only)
        fprintf(stderr, "free/busy only: the mailbox's availability is read, nothing is "
                        "written\n");
    if (answer.lost)
        fprintf(stderr,
                "%lld chosen calendars are not seen any more: until others are chosen, "
                "no slots are offered\n",
                (long long)answer.lost);
    return answer.lost ? EXIT_NOT_DONE : EXIT_DONE;
}

static const struct column team_columns[] = {
    {"user", COLUMN_TEXT},
    {"name", COLUMN_TEXT},
    {"day", COLUMN_TEXT},
    {"pattern", COLUMN_TEXT},
    {0},
};

/* One mark for each half hour of a day, which has 46 or 50 where clocks change: the heaviest status that
 * touches it. */
static char *pattern_of(struct arena *a, const struct mailbox_view *view, struct instant from,
                        struct instant to)
{
    static const char marks[BUSY_STATUS_COUNT] = {
        [BUSY_FREE] = '.', [BUSY_ELSEWHERE] = 'e', [BUSY_TENTATIVE] = 't',
        [BUSY_BUSY] = 'B', [BUSY_OOF] = 'O',       [BUSY_NO_DATA] = '?'};
    enum busy_status heaviest[MARKS_MAX] = {BUSY_FREE};
    int64_t n = instant_until_s(from, to) / MARK_S;
    ENSURE(n >= 0 && n <= MARKS_MAX);
    char *pattern = arena_alloc(a, (size_t)n + 1);
    for (size_t i = 0; i < view->n_busy; i++)
        for (int64_t at = 0; at < n; at++) {
            const struct busy *busy = &view->busy[i];
            int64_t start = from.s + at * MARK_S;
            if (busy->start.s < start + MARK_S && busy->end.s > start &&
                busy->status > heaviest[at])
                heaviest[at] = busy->status;
        }
    for (int64_t at = 0; at < n; at++)
        pattern[at] = view->status == OK ? marks[heaviest[at]] : '?';
    pattern[n] = 0;
    return pattern;
}

/* Which days are shown, by whose clock. */
struct days {
    const struct zone *zone;
    int64_t first, n;
};

static void add_days(struct call *call, struct table *table, const struct days *days,
                     const struct team_row *row)
{
    for (int64_t day = days->first; day < days->first + days->n; day++) {
        char date[CIVIL_DATE_SIZE];
        civil_format_date(day, date);
        table_text(table, row->email);
        table_text(table, row->name);
        table_text(table, text_from(date));
        table_text(table,
                   text_from(pattern_of(&call->a, &row->view, zone_day_start(days->zone, day),
                                        zone_day_start(days->zone, day + 1))));
    }
}

static enum status read_days(struct call *call, const struct zone *zone, struct days *ret_days,
                             struct error *err)
{
    *ret_days = (struct days){.zone = zone, .first = zone_day(zone, clock_now())};
    TRY(call_number(call, "days", 1, 1, DAYS_MAX, &ret_days->n, err));
    if (call_has(call, "from") &&
        civil_parse_date(call_text(call, "from", ""), &ret_days->first) != OK)
        return error_set(err, ERR_INVALID, "from",
                         "\"%s\" is no date; one looks like 2026-12-24",
                         call_cstr(call, "from", ""));
    return OK;
}

static enum status list_team(struct call *call, struct client *client, const struct zone *zone,
                             struct table *table, struct error *err)
{
    struct days days;
    TRY(read_days(call, zone, &days, err));
    struct team_ask ask = {.account = text_from(call->operands[0]),
                           .viewer = call_text(call, "viewer", ""),
                           .from = zone_day_start(zone, days.first),
                           .to = zone_day_start(zone, days.first + days.n)};
    struct team_answer answer;
    do {
        TRY(client_ask(client, WIRE_team, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_days(call, table, &days, &answer.rows[i]);
            ask.after = answer.rows[i].email;
        }
    } while (answer.n_rows == MAX_MAILBOXES);
    return OK;
}

/* List them by the viewer's clock. */
static enum status list_for_viewer(struct call *call, struct client *client,
                                   struct table *table, struct text *ret_zone,
                                   struct error *err)
{
    TRY(user_find_zone(call, client, text_from(call->operands[0]),
                       call_text(call, "viewer", ""), ret_zone, err));
    struct zones *zones = zones_load(ZONES, err);
    if (!zones)
        return ERR_IO;
    const struct zone *zone = zone_find(zones, *ret_zone);
    enum status status =
        zone ? list_team(call, client, zone, table, err)
             : error_set(err, ERR_IO, "zones", "the viewer's zone is not installed");
    zones_free(zones);
    return status;
}

enum exit_code command_team(struct call *call)
{
    struct error err = {0};
    struct client client;
    struct text zone = {0};
    CLEANUP(table_done) struct table table;
    table_init(&table, team_columns);
    if (call_need(call, "viewer", &err) != OK)
        return call_misused(call, &err);
    enum status status = client_open(&client, &call->config, true, &err);
    if (status == OK) {
        status = list_for_viewer(call, &client, &table, &zone, &err);
        client_close(&client);
    }
    if (status != OK)
        return call_fail(status, &err);
    table_print(&table, call->json, "the account has no users");
    if (!call->json)
        printf("\na mark is half an hour of the day in " TEXT_FMT
               ": . free  t tentative  B busy  O out of office  e elsewhere  ? not known to "
               "the viewer\n",
               TEXT_ARG(zone));
    return EXIT_DONE;
}
