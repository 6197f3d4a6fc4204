/* SPDX-License-Identifier: ISC
 *
 * Why times are offered or not: a sentence for each reason. For the host's eyes; customers learn none of it.
 */
#include "hourgate/commands.h"
#include "hourgate/reason.h"
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

/* Today by this machine's clock is near enough: it is a default. */
static enum status read_when(struct call *call, struct why_ask *ask, struct error *err)
{
    ask->minute = -1;
    if (call_has(call, "at"))
        return command_moment(call, "at", &ask->day, &ask->minute, err);
    return command_day(call, "day", clock_now().s / CIVIL_DAY_S, &ask->day, err);
}

static void add_spells(const struct teller *teller, const struct why_answer *answer,
                       struct table *table)
{
    for (size_t i = 0; i < answer->n_spells; i++) {
        const struct spell *spell = &answer->spells[i];
        table_text(table, text_from(reason_local(teller, spell->first)));
        table_text(table, text_from(reason_local(teller, spell->last)));
        table_text(table, answer->page.zone);
        table_flag(table, spell->n_reasons == 0);
        table_text(table,
                   text_from(reason_sentences(teller, spell->reasons, spell->n_reasons)));
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
