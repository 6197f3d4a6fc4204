/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/password.h"
#include "hourgate/upstream.h"

const struct option connection_add_options[] = {
    UPSTREAM_OPTIONS,
    {"mailbox", "ADDRESS", "whose calendar; default the impersonated address, else EMAIL"},
    {"unchecked", NULL, "store it without checking that it works"},
    PASSWORD_OPTIONS,
    {0},
};

const struct option connection_password_options[] = {PASSWORD_OPTIONS, {0}};

static void wipe_ask(struct connection_add_ask *ask)
{
    secret_free(&ask->server.password);
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
    return EXIT_DONE;
}

enum exit_code command_connection_add(struct call *call)
{
    struct error err = {0};
    CLEANUP(wipe_ask)
    struct connection_add_ask ask = {
        .account = text_from(call->operands[0]),
        .email = text_from(call->operands[1]),
        .unchecked = call_has(call, "unchecked"),
    };
    if (upstream_read(call, &ask.server, &err) != OK)
        return call_misused(call, &err);
    ask.server.mailbox =
        call_text(call, "mailbox", call_cstr(call, "impersonate", call->operands[1]));
    char *question = arena_printf(&call->a, "Password of " TEXT_FMT " at " TEXT_FMT,
                                  TEXT_ARG(ask.server.user), TEXT_ARG(ask.server.host));
    enum status status = password_read(call, question, &ask.server.password, &err);
    if (status != OK)
        return call_fail(status, &err);
    struct connection_add_answer answer = {0};
    status = command_ask(call, true, WIRE_connection_add, &ask, &answer, &err);
    return report(call, status, &err, &answer);
}

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},    {"user", COLUMN_TEXT},
    {"kind", COLUMN_TEXT},    {"server", COLUMN_TEXT},
    {"method", COLUMN_TEXT},  {"state", COLUMN_TEXT},
    {"problem", COLUMN_TEXT}, {0},
};

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    static const char *const kinds[CALENDAR_KIND_COUNT] = {[CALENDAR_EWS] = "ews"};
    static const char *const methods[AUTH_METHOD_COUNT] = {[AUTH_NTLM] = "ntlm",
                                                           [AUTH_BASIC] = "basic",
                                                           [AUTH_NEGOTIATE] = "negotiate",
                                                           [AUTH_BEARER] = "bearer"};
    static const char *const states[CONNECTION_STATE_COUNT] = {[CONNECTION_OK] = "ok",
                                                               [CONNECTION_REFUSED_ONCE] =
                                                                   "refused",
                                                               [CONNECTION_PAUSED] = "paused"};
    struct connection_list_ask ask = {.account = text_from(call->operands[0])};
    struct connection_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_connection_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct connection_row *row = &answer.rows[i];
            table_number(table, row->id);
            table_text(table, row->email);
            table_text(table, text_from(kinds[row->kind]));
            table_text(table, row->host);
            table_text(table, text_from(methods[row->method]));
            table_text(table, text_from(states[row->state]));
            table_text(table, row->problem);
            ask.after = row->id;
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

enum exit_code command_connection_check(struct call *call)
{
    struct error err = {0};
    struct connection_check_ask ask = {.account = text_from(call->operands[0])};
    struct connection_check_answer answer = {0};
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_connection_check, &ask, &answer, &err);
    bool all_hold =
        answer.n_layers && output_layers(answer.layers, answer.n_layers, call->json);
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

enum exit_code command_connection_remove(struct call *call)
{
    struct error err = {0};
    struct connection_remove_ask ask = {.account = text_from(call->operands[0])};
    struct connection_remove_answer answer;
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    if (!command_is_sure(
            call, "this erases the connection's password, and hourgate will no longer move or "
                  "remove the events that it wrote through it"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, false, WIRE_connection_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "connection %s removed; %lld bookings have lost their calendar",
                call->operands[1], (long long)answer.unbound_bookings);
    return EXIT_DONE;
}
