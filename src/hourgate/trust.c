/* SPDX-License-Identifier: ISC
 *
 * What /trust tells the public, and what it does not: the servers' names, the libraries' versions, who is called.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "os/clock.h"
#include "time/civil.h"
#include "time/instant.h"

enum { VERSIONS_MAX = 4096 };

static const struct column columns[] = {
    {"pillar", COLUMN_TEXT}, {"fact", COLUMN_TEXT}, {"value", COLUMN_TEXT}, {0}};

static void add(struct table *table, const char *pillar, const char *fact, const char *value)
{
    table_text(table, text_from(pillar));
    table_text(table, text_from(fact));
    table_text(table, text_from(value));
}

static const char *day(struct call *call, int64_t since_1970)
{
    char date[CIVIL_DATE_SIZE];
    if (!since_1970)
        return "not known";
    civil_format_date(since_1970, date);
    return arena_cstr(&call->a, text_from(date));
}

static const char *key_age(struct call *call, const struct trust_answer *facts)
{
    int64_t days = clock_now().s / 86400 - facts->key_day;
    return facts->key_day ? arena_printf(&call->a, "since %s, %lld days",
                                         day(call, facts->key_day), (long long)days)
                          : "not known: from before that was written down";
}

static const char *audit_state(struct call *call, const struct trust_answer *facts)
{
    return facts->audit_day ? arena_printf(&call->a, "%s on %s",
                                           facts->audit_holds ? "complete" : "does not verify",
                                           day(call, facts->audit_day))
                            : "not since the vault started: hourgate audit verify";
}

static const char *term(struct call *call, int64_t days)
{
    return days ? arena_printf(&call->a, "%lld days", (long long)days) : "for good";
}

static void add_facts(struct call *call, struct table *table, const struct trust_answer *facts)
{
    const struct config *config = &call->config;
    add(table, "transparency", "events stored", "none");
    add(table, "transparency", "what is stored", "hourgate inventory");
    add(table, "transparency", "past bookings are kept", term(call, facts->keep_bookings_days));
    add(table, "security", "sealing",
        facts->sealing == SEALING_ALL ? "AES-256-GCM, every account"
                                      : "AES-256-GCM, but for personal accounts kept plain");
    add(table, "security", "master key", key_age(call, facts));
    add(table, "security", "lowest TLS upstream", "TLS 1.2");
    add(table, "security", "further CA roots", *config->roots ? config->roots : "none");
    add(table, "security", "jail", config->jail && facts->jailed ? "on" : "off");
    add(table, "availability", "bookings",
        facts->ready ? "can be made" : "cannot be made: no courier runs");
    add(table, "availability", "running since", day(call, facts->since_day));
    add(table, "availability", "last backup", day(call, facts->backup_day));
    add(table, "compliance", "location",
        *config->location ? config->location : "not stated: [server] location");
    add(table, "compliance", "audit", audit_state(call, facts));
    add(table, "compliance", "audit is kept", term(call, facts->keep_audit_days));
}

/* ---- versions ---- */

static void add_versions(struct call *call, struct table *table)
{
    add(table, "software", "hourgate", HOURGATE_VERSION);
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        CLEANUP(buf_done) struct buf lines = BUF(VERSIONS_MAX);
        struct text line, rest, name, version;
        struct error err = {0};
        int how = 0;
        enum program_name program = (enum program_name)i;
        if (program_print(program, "--versions", &lines, &how, &err) != OK || how != 0) {
            add(table, "software", program_file(program), "does not say");
            continue;
        }
        for (rest = buf_text(&lines); text_cut(rest, '\n', &line, &rest);)
            if (text_cut(line, '\t', &name, &version))
                add(table, "software", program_file(program),
                    arena_printf(&call->a, TEXT_FMT " " TEXT_FMT, TEXT_ARG(name),
                                 TEXT_ARG(version)));
    }
}

/* ---- who is called ---- */

static const char *last_use(struct call *call, struct instant last)
{
    char text[INSTANT_SIZE];
    if (!last.s)
        return "never called";
    instant_format(last, text);
    return arena_printf(&call->a, "last called %s", text);
}

static void add_servers(struct call *call, struct table *table,
                        const struct trust_servers_answer *answer)
{
    const struct config *config = &call->config;
    for (size_t i = 0; i < answer->n_servers; i++) {
        const struct trust_server *server = &answer->servers[i];
        add(table, "outbound", arena_cstr(&call->a, server->host),
            arena_printf(&call->a, "%lld connection%s, %s", (long long)server->connections,
                         server->connections == 1 ? "" : "s", last_use(call, server->last)));
    }
    add(table, "outbound", "mail server",
        *config->mail_server ? config->mail_server : "none: no mail is sent");
    add(table, "outbound", "proxy", *config->proxy ? config->proxy : "none");
    add(table, "outbound", "private networks",
        *config->networks ? config->networks : "none may be called");
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct trust_ask ask = {0};
    struct trust_answer facts;
    struct trust_servers_ask servers_ask = {0};
    struct trust_servers_answer servers;
    TRY(client_ask(client, WIRE_trust, &ask, &call->a, &facts, err));
    TRY(client_ask(client, WIRE_trust_servers, &servers_ask, &call->a, &servers, err));
    add_facts(call, table, &facts);
    add(table, "server", "address", call->config.base_url);
    add(table, "server", "listens at", call->config.listen);
    add_versions(call, table);
    add_servers(call, table, &servers);
    return OK;
}

enum exit_code command_trust(struct call *call)
{
    return command_list(call, columns, list, "");
}
