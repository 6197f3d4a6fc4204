/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/discover.h"
#include "hourgate/kinds.h"
#include "hourgate/password.h"
#include "hourgate/report.h"
#include "hourgate/upstream.h"
#include "time/instant.h"
#include "wire/codec.h"
#include "wire/words.h"

const struct option connection_add_options[] = {
    UPSTREAM_OPTIONS,
    {"discover", NULL, "find the server by Autodiscover instead of --server"},
    DISCOVER_OPTION,
    {"service", NULL, "a service account: no EMAIL; others go --through it"},
    {"through", "ID", "sign in through this service account, as --mailbox"},
    {"free-busy-only", NULL, "read nothing but availability, and write nothing"},
    {"unchecked", NULL, "store it without checking that it works"},
    PASSWORD_OPTIONS,
    {0},
};

const struct option connection_move_options[] = {
    UPSTREAM_OPTIONS,
    {"unchecked", NULL, "store it without checking that it works"},
    PASSWORD_OPTIONS,
    {0},
};

const struct option connection_check_options[] = {
    {"probe", NULL, "also write an event, read it and delete it"},
    {"room", "ADDRESS", "look at this room too; with --probe see whether it takes the event"},
    REPORT_OPTION,
    {0},
};

const struct option connection_password_options[] = {PASSWORD_OPTIONS, {0}};

static void wipe_ask(struct connection_add_ask *ask)
{
    wire_wipe(connection_add_ask_shape, ask);
}

/* The doctor's findings, then what came of it. Progress is on standard error under --json. */
static enum exit_code report(struct call *call, enum status status, const struct error *err,
                             const struct connection_add_answer *answer)
{
    if (answer->n_layers)
        output_layers(answer->layers, answer->n_layers, call->json);
    if (status != OK)
        return call_fail(status, err);
    fprintf(call->json && answer->n_layers ? stderr : stdout,
            call->json && !answer->n_layers ? "{\"id\":%lld}\n" : "connection %lld added\n",
            (long long)answer->id);
    if (call_has(call, "free-busy-only"))
        fprintf(stderr, "free/busy only: nothing is written into this calendar; its pages keep "
                        "bookings in hourgate, as with --no-sync\n");
    return EXIT_DONE;
}

/* Read what kind of connection it is to be. */
static enum status read_add(struct call *call, struct connection_add_ask *ask,
                            struct error *err)
{
    bool is_service = call_has(call, "service");
    bool goes_through = call_has(call, "through"), discovers = call_has(call, "discover");
    ask->account = text_from(call->operands[0]);
    ask->email = text_from(call->operands[1]);
    ask->unchecked = call_has(call, "unchecked");
    ask->free_busy_only = call_has(call, "free-busy-only");
    if (is_service != !ask->email.n)
        return error_set(err, ERR_INVALID, "connection",
                         is_service ? "a --service account is no user's own: leave EMAIL out"
                                    : "EMAIL is missing; only a --service account has none");
    TRY(call_number(call, "through", 0, 1, INT64_MAX, &ask->through, err));
    if (goes_through && (is_service || discovers || call_has(call, "server")))
        return error_set(err, ERR_INVALID, "through",
                         "the service account has the server and the sign-in; give --mailbox");
    TRY(upstream_read(call, !goes_through && !discovers, &ask->server, err));
    if (discovers && !ask->server.user.n)
        ask->server.user = ask->email;
    if (!ask->server.mailbox.n)
        ask->server.mailbox = ask->email;
    if (is_service && !ask->server.mailbox.n &&
        memchr(ask->server.user.at ? ask->server.user.at : "", '@', ask->server.user.n))
        ask->server.mailbox = ask->server.user;
    if (is_service && !ask->server.mailbox.n && !ask->unchecked)
        return error_set(
            err, ERR_INVALID, "mailbox",
            "add --mailbox ADDRESS: a mailbox by which the account can be checked");
    return OK;
}

static enum status discover_by_vault(void *by, const struct server *server,
                                     const struct discover_ask *ask,
                                     struct discover_answer *ret_found, struct error *err)
{
    const struct call *call = by;
    struct connection_discover_ask question = {.account = text_from(call->operands[0]),
                                               .server = *server,
                                               .consents = ask->consents,
                                               .n_consents = ask->n_consents};
    struct connection_discover_answer answer = {0};
    enum status status =
        command_ask(by, true, WIRE_connection_discover, &question, &answer, err);
    *ret_found = (struct discover_answer){
        .host = answer.host,
        .port = answer.port,
        .path = answer.path,
        .mailbox = answer.mailbox,
        .online = answer.online,
        .asks = answer.asks,
        .layers = answer.layers,
        .n_layers = answer.n_layers,
    };
    return status;
}

/* Find the server first where that is wanted. The findings are shown where it fails. */
static enum status discover(struct call *call, struct server *server, struct error *err)
{
    struct discover_answer found = {0};
    if (!call_has(call, "discover"))
        return OK;
    enum status status = discover_server(call, discover_by_vault, call, server, &found, err);
    if (status != OK && found.n_layers)
        output_layers(found.layers, found.n_layers, call->json);
    return status;
}

enum exit_code command_connection_add(struct call *call)
{
    struct error err = {0};
    CLEANUP(wipe_ask) struct connection_add_ask ask = {0};
    if (read_add(call, &ask, &err) != OK)
        return call_misused(call, &err);
    char *question = arena_printf(&call->a, "Password of " TEXT_FMT " at " TEXT_FMT,
                                  TEXT_ARG(ask.server.user), TEXT_ARG(ask.server.host));
    enum status status =
        ask.through ? OK : upstream_read_secret(call, question, &ask.server, &err);
    if (status == OK)
        status = discover(call, &ask.server, &err);
    if (status != OK)
        return call_fail(status, &err);
    struct connection_add_answer answer = {0};
    status = command_ask(call, true, WIRE_connection_add, &ask, &answer, &err);
    return report(call, status, &err, &answer);
}

enum exit_code command_connection_move(struct call *call)
{
    struct error err = {0};
    struct connection_move_ask ask = {.account = text_from(call->operands[0]),
                                      .unchecked = call_has(call, "unchecked")};
    struct connection_move_answer answer = {0};
    if (command_id(call, call->operands[1], &ask.id, &err) != OK ||
        upstream_read(call, true, &ask.server, &err) != OK)
        return call_misused(call, &err);
    enum status status = upstream_read_secret(call, "Password there", &ask.server, &err);
    if (status == OK)
        status = command_ask(call, true, WIRE_connection_move, &ask, &answer, &err);
    wire_wipe(connection_move_ask_shape, &ask);
    if (answer.n_layers)
        output_layers(answer.layers, answer.n_layers, call->json);
    if (status != OK)
        return call_fail(status, &err);
    if (!call->json || !answer.n_layers)
        command_say(call,
                    "connection %s moved; events are found again by their uids. Calendars that "
                    "were chosen are chosen again: hourgate connection calendars %s %s",
                    call->operands[1], call->operands[0], call->operands[1]);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},      {"user", COLUMN_TEXT},
    {"mailbox", COLUMN_TEXT},   {"kind", COLUMN_TEXT},
    {"server", COLUMN_TEXT},    {"method", COLUMN_TEXT},
    {"signs_in", COLUMN_TEXT},  {"reads", COLUMN_TEXT},
    {"state", COLUMN_TEXT},     {"failing_since", COLUMN_TEXT},
    {"outage", COLUMN_TEXT},    {"problem", COLUMN_TEXT},
    {"checked", COLUMN_TEXT},   {"findings", COLUMN_TEXT},
    {"next_step", COLUMN_TEXT}, {0},
};

/* What somebody has to do now; empty where nothing is wrong. */
static struct text next_step(struct call *call, const struct connection_row *row)
{
    long long id = (long long)(row->through ? row->through : row->id);
    const char *account = call->operands[0];
    if (row->state == CONNECTION_PAUSED)
        return text_from(
            arena_printf(&call->a, "hourgate connection password %s %lld", account, id));
    if (row->state == CONNECTION_REFUSED_ONCE)
        return text_from(
            arena_printf(&call->a,
                         "tried again 15 minutes after the refusal; if the password "
                         "was changed: hourgate connection password %s %lld",
                         account, id));
    if (row->outage == OUTAGE_MOVED)
        return text_from(
            arena_printf(&call->a,
                         "the mailbox is in Microsoft 365 now: its host lets "
                         "hourgate in at /connections/%lld, or: hourgate connection "
                         "move %s %lld --kind graph --method assertion --tenant "
                         "TENANT --client-id ID --key-file FILE",
                         id, account, id));
    if (row->outage != OUTAGE_NONE || row->n_findings)
        return text_from(arena_printf(&call->a, "hourgate connection check %s %lld", account,
                                      (long long)row->id));
    return (struct text){0};
}

/* A time, or what stands for none. */
static struct text time_or(struct call *call, struct instant t, const char *none)
{
    char time[INSTANT_SIZE];
    if (!t.s)
        return text_from(none);
    instant_format(t, time);
    return arena_text(&call->a, text_from(time));
}

/* "certificate: warn, calendars: refused"; empty where all was in order. */
static struct text findings(struct call *call, const struct connection_row *row)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_findings; i++)
        all = arena_printf(&call->a, "%s%s" TEXT_FMT ": %s", all, i ? ", " : "",
                           TEXT_ARG(row->findings[i].name),
                           row->findings[i].state == LAYER_WARN ? "warn" : "refused");
    return text_from(all);
}

static void add_row(struct call *call, struct table *table, const struct connection_row *row)
{
    static const char *const states[CONNECTION_STATE_COUNT] = {[CONNECTION_OK] = "ok",
                                                               [CONNECTION_REFUSED_ONCE] =
                                                                   "refused",
                                                               [CONNECTION_PAUSED] = "paused"};
    table_number(table, row->id);
    table_text(table, row->email.n ? row->email : TEXT("(service)"));
    table_text(table, row->mailbox);
    table_text(table, text_from(calendar_kind_words[row->kind]));
    table_text(table, row->host);
    table_text(table, text_from(auth_method_words[row->method]));
    table_text(table, row->through ? text_from(arena_printf(&call->a, "through %lld",
                                                            (long long)row->through))
                                   : row->user);
    table_text(table, row->free_busy_only ? TEXT("free/busy only") : TEXT("calendars"));
    table_text(table, text_from(states[row->state]));
    table_text(table, time_or(call, row->failing_at, ""));
    table_text(table, text_from(outage_name(row->outage)));
    table_text(table, row->problem);
    table_text(table, time_or(call, row->checked_at, "never"));
    table_text(table, findings(call, row));
    table_text(table, next_step(call, row));
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct connection_list_ask ask = {.account = text_from(call->operands[0])};
    struct connection_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_connection_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(call, table, &answer.rows[i]);
            ask.after = answer.rows[i].id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_connection_list(struct call *call)
{
    return command_list(
        call, columns, list,
        "no connections; add one: hourgate connection add ACCOUNT EMAIL --server URL --user U");
}

/* Find the names that a report of one connection hides. */
static enum status find_hidden(struct call *call, int64_t id, struct report *report,
                               struct error *err)
{
    struct connection_list_ask ask = {.account = text_from(call->operands[0]), .after = id - 1};
    struct connection_list_answer answer;
    TRY(command_ask(call, false, WIRE_connection_list, &ask, &answer, err));
    if (!answer.n_rows || answer.rows[0].id != id)
        return error_set(err, ERR_NOT_FOUND, "connection", "there is no such connection");
    const struct connection_row *row = &answer.rows[0];
    report->method = auth_method_words[row->method];
    report->hidden[0] = row->user;
    report->hidden[1] = row->mailbox;
    report->hidden[2] = row->email;
    return OK;
}

enum exit_code command_connection_check(struct call *call)
{
    struct error err = {0};
    struct connection_check_ask ask = {.account = text_from(call->operands[0]),
                                       .probe = call_has(call, "probe"),
                                       .room = call_text(call, "room", "")};
    struct connection_check_answer answer = {0};
    struct report report = {.hidden[REPORT_HIDDEN - 1] = ask.room};
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = OK;
    if (call_has(call, "report"))
        status = find_hidden(call, ask.id, &report, &err);
    if (status == OK)
        status = command_ask(call, true, WIRE_connection_check, &ask, &answer, &err);
    bool all_hold =
        answer.n_layers && output_layers(answer.layers, answer.n_layers, call->json);
    report.layers = answer.layers;
    report.n_layers = answer.n_layers;
    if (status == OK)
        status = report_write(call, &report, &err);
    if (status != OK)
        return call_fail(status, &err);
    return all_hold ? EXIT_DONE : EXIT_NOT_DONE;
}

enum exit_code command_connection_password(struct call *call)
{
    struct error err = {0};
    struct connection_password_ask ask = {.account = text_from(call->operands[0])};
    struct connection_password_answer answer;
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = password_read(call, "New password", &ask.password, &err);
    if (status == OK)
        status = command_ask(call, false, WIRE_connection_password, &ask, &answer, &err);
    secret_free(&ask.password);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "password of connection %s replaced", call->operands[1]);
    return EXIT_DONE;
}

/* Say what a removal means, before it is done. */
static void tell_removal(const struct call *call, const struct connection_remove_answer *would)
{
    const char *account = call->operands[0], *id = call->operands[1];
    if (call->json) {
        printf("{\"done\":false,\"bookings\":%lld,\"coming\":%lld,\"in_flight\":%lld,"
               "\"pages\":%lld}\n",
               (long long)would->unbound_bookings, (long long)would->coming,
               (long long)would->in_flight, (long long)would->pages);
        return;
    }
    printf(
        "Removing connection %s of %s\n"
        "- erases its password and all else by which it signs in;\n"
        "- erases where the events of %lld bookings stand in the calendar;\n"
        "- leaves %lld future bookings in the calendar as plain events: hourgate updates them "
        "no "
        "more\n  and sends no reminders for them. When a customer cancels or moves one, the "
        "calendar does not\n  follow; the host is told instead: hourgate attention list %s;\n",
        id, account, (long long)would->unbound_bookings, (long long)would->coming, account);
    if (would->in_flight)
        printf(
            "- leaves %lld bookings that are being written just now for the host to look at;\n",
            (long long)would->in_flight);
    printf(
        "- stops reading when the host is busy: without another connection all hours of %lld "
        "pages\n  are offered.\n"
        "A later connection to the same calendar does not take these bookings up again. To "
        "keep "
        "them:\nhourgate connection password %s %s (a new password), hourgate connection move "
        "%s %s (another\nserver or mailbox's place).\n",
        (long long)would->pages, account, id, account, id);
}

enum exit_code command_connection_remove(struct call *call)
{
    struct error err = {0};
    bool is_sure = call_has(call, "yes");
    struct connection_remove_ask ask = {.account = text_from(call->operands[0]),
                                        .forecast = !is_sure};
    struct connection_remove_answer answer;
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_connection_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (!is_sure) {
        tell_removal(call, &answer);
        command_is_sure(call, "nothing was done");
        return EXIT_NOT_DONE;
    }
    command_say(
        call,
        "connection %s removed; %lld bookings have lost their calendar, %lld of them are "
        "still to come and stay there as plain events",
        call->operands[1], (long long)answer.unbound_bookings, (long long)answer.coming);
    return EXIT_DONE;
}
