/* SPDX-License-Identifier: ISC */
#include "hourgate/commands.h"
#include "os/clock.h"
#include "time/instant.h"
#include "time/zone.h"

#define ZONES "/usr/share/zoneinfo"

const struct option booking_list_options[] = {
    {"from", "DATE", "first day, UTC; default today"},
    {"to", "DATE", "last day, UTC; default a year later"},
    {0},
};

const struct option booking_cancel_options[] = {
    {"reason", "TEXT", "told to the customer"},
    {"rest", NULL, "also all that come behind it in its series"},
    {"yes", NULL, "really do it"},
    {0},
};

const struct option booking_approve_options[] = {
    {"over-busy", NULL, "although the calendar says busy"},
    {0},
};

const struct option booking_decline_options[] = {
    {"reason", "TEXT", "told to the customer"},
    {0},
};

const struct option booking_noshow_options[] = {
    {"undo", NULL, "they came after all"},
    {0},
};

static const struct column columns[] = {
    {"id", COLUMN_TEXT},     {"state", COLUMN_TEXT},
    {"start", COLUMN_TEXT},  {"end", COLUMN_TEXT},
    {"local", COLUMN_TEXT},  {"zone", COLUMN_TEXT},
    {"page", COLUMN_TEXT},   {"customer", COLUMN_TEXT},
    {"email", COLUMN_TEXT},  {"no_show", COLUMN_FLAG},
    {"series", COLUMN_TEXT}, {"ended", COLUMN_TEXT},
    {"reason", COLUMN_TEXT}, {0},
};

/* "2026-12-24 09:00" in the page's zone. */
static struct text local_time(struct call *call, const struct zones *zones,
                              const struct booking_public *b)
{
    const struct zone *zone = zone_find(zones, b->page.zone);
    if (!zone)
        return (struct text){0};
    struct civil c = zone_civil(zone, b->start);
    return text_from(arena_printf(&call->a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day,
                                  c.hour, c.minute));
}

static void add_row(struct call *call, const struct zones *zones, struct table *table,
                    const struct booking_public *b)
{
    static const char *const states[BOOKING_STATE_COUNT] = {
        [BOOKING_HELD] = "held",           [BOOKING_UNCERTAIN] = "uncertain",
        [BOOKING_CONFIRMED] = "confirmed", [BOOKING_CANCELLED] = "cancelled",
        [BOOKING_REQUESTED] = "requested", [BOOKING_UNVERIFIED] = "unverified"};
    static const char *const ends[ENDED_COUNT] = {[ENDED_NOT] = "",
                                                  [ENDED_BY_CUSTOMER] = "by customer",
                                                  [ENDED_BY_HOST] = "by host",
                                                  [ENDED_DECLINED] = "declined",
                                                  [ENDED_LAPSED] = "lapsed",
                                                  [ENDED_NOT_MADE] = "not made"};
    char start[INSTANT_SIZE], end[INSTANT_SIZE];
    instant_format(b->start, start);
    instant_format(b->end, end);
    table_text(table, b->id);
    table_text(table, text_from(states[b->state]));
    table_text(table, text_from(start));
    table_text(table, text_from(end));
    table_text(table, local_time(call, zones, b));
    table_text(table, b->page.zone);
    table_text(table, b->page.page);
    table_text(table, b->customer.name);
    table_text(table, b->customer.email);
    table_flag(table, b->no_show);
    table_text(table, b->series);
    table_text(table, text_from(ends[b->ended]));
    table_text(table, b->reason);
}

static enum status list_with(struct call *call, const struct zones *zones,
                             struct client *client, struct table *table, struct error *err)
{
    struct booking_list_ask ask = {.account = text_from(call->operands[0])};
    struct booking_list_answer answer;
    int64_t first, last;
    TRY(command_day(call, "from", clock_now().s / CIVIL_DAY_S, &first, err));
    TRY(command_day(call, "to", first + 366, &last, err));
    if (last < first)
        return error_set(err, ERR_INVALID, "to", "the last day lies before the first");
    ask.from.s = first * CIVIL_DAY_S;
    ask.to.s = (last + 1) * CIVIL_DAY_S;
    do {
        TRY(client_ask(client, WIRE_booking_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(call, zones, table, &answer.rows[i]);
            ask.after = answer.rows[i].id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct zones *zones = zones_load(ZONES, err);
    if (!zones)
        return ERR_IO;
    enum status status = list_with(call, zones, client, table, err);
    zones_free(zones);
    return status;
}

enum exit_code command_booking_list(struct call *call)
{
    return command_list(call, columns, list, "no bookings between these days");
}

enum exit_code command_booking_cancel(struct call *call)
{
    struct error err = {0};
    struct booking_cancel_ask ask = {.account = text_from(call->operands[0]),
                                     .id = text_from(call->operands[1]),
                                     .reason = call_text(call, "reason", ""),
                                     .rest = call_has(call, "rest")};
    struct booking_cancel_answer answer;
    if (!command_is_sure(call,
                         "this cancels the booking and removes its event from the calendar"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, true, WIRE_booking_cancel, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "booking %s cancelled%s", call->operands[1],
                ask.rest ? ", and the rest of its series" : "");
    return EXIT_DONE;
}

enum exit_code command_booking_decline(struct call *call)
{
    struct error err = {0};
    struct booking_decline_ask ask = {.account = text_from(call->operands[0]),
                                      .id = text_from(call->operands[1]),
                                      .reason = call_text(call, "reason", "")};
    struct booking_decline_answer answer;
    enum status status = command_ask(call, true, WIRE_booking_decline, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "booking %s declined", call->operands[1]);
    return EXIT_DONE;
}

enum exit_code command_booking_noshow(struct call *call)
{
    struct error err = {0};
    struct booking_noshow_ask ask = {.account = text_from(call->operands[0]),
                                     .id = text_from(call->operands[1]),
                                     .undo = call_has(call, "undo")};
    struct booking_noshow_answer answer;
    enum status status = command_ask(call, false, WIRE_booking_noshow, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "booking %s: %s", call->operands[1],
                ask.undo ? "no longer a no-show" : "no-show");
    return EXIT_DONE;
}
