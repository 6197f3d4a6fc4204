/* SPDX-License-Identifier: ISC
 *
 * Connectors: programs on somebody's PC that bring its calendar here.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "time/instant.h"
#include "wire/words.h"

const struct option connector_options[] = {
    {"mode", "auto|realtime", "what is pushed counts, or the PC is asked; default: auto"},
    {"fall-back", NULL, "realtime: what was pushed counts where the PC is silent"},
    {"only-here", NULL,
     "nobody but this PC changes the calendar: what was pushed counts a week"},
    {0},
};

static const char *const mode_words[DESK_MODE_COUNT] = {
    [DESK_AUTO] = "auto", [DESK_REALTIME] = "realtime"};

static enum status read_mode(const struct call *call, struct connector_mode *mode,
                             struct error *err)
{
    int at;
    if (!word_find(mode_words, DESK_MODE_COUNT, call_text(call, "mode", "auto"), &at))
        return error_set(err, ERR_INVALID, "mode", "there are auto and realtime");
    *mode = (struct connector_mode){.mode = (enum desk_mode)at,
                                    .may_fall_back = call_has(call, "fall-back"),
                                    .only_here = call_has(call, "only-here")};
    return OK;
}

/* The one time that it is shown. */
static void print_token(const struct call *call, int64_t id, const struct secret *token)
{
    if (call->json)
        printf("{\"id\":%lld,\"token\":\"%.*s\"}\n", (long long)id, (int)token->n,
               (const char *)token->at);
    else
        printf("%.*s\n", (int)token->n, (const char *)token->at);
    fprintf(stderr, "connector %lld: shown this once; hourgate keeps only the token's hash\n",
            (long long)id);
}

enum exit_code command_connector_add(struct call *call)
{
    struct error err = {0};
    struct connector_add_ask ask = {.account = text_from(call->operands[0]),
                                    .email = text_from(call->operands[1])};
    struct connector_add_answer answer = {0};
    if (read_mode(call, &ask.mode, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_connector_add, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    print_token(call, answer.id, &answer.token);
    secret_free(&answer.token);
    return EXIT_DONE;
}

enum exit_code command_connector_token(struct call *call)
{
    struct error err = {0};
    struct connector_token_ask ask = {.account = text_from(call->operands[0])};
    struct connector_token_answer answer = {0};
    if (command_id(call, call->operands[1], &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_connector_token, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    print_token(call, answer.id, &answer.token);
    secret_free(&answer.token);
    return EXIT_DONE;
}

enum exit_code command_connector_mode(struct call *call)
{
    struct error err = {0};
    struct connector_switch_ask ask = {.account = text_from(call->operands[0])};
    struct connector_switch_answer answer = {0};
    if (command_id(call, call->operands[1], &ask.id, &err) != OK ||
        call_need(call, "mode", &err) != OK || read_mode(call, &ask.mode, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_connector_switch, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "connector %s: %s", call->operands[1], mode_words[ask.mode.mode]);
    return EXIT_DONE;
}

/* ---- listing ---- */

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},
    {"user", COLUMN_TEXT},
    {"mode", COLUMN_TEXT},
    {"heard", COLUMN_TEXT},
    {"synced", COLUMN_TEXT},
    {"lease_until", COLUMN_TEXT},
    {"intervals", COLUMN_NUMBER},
    {"orders", COLUMN_NUMBER},
    {"blocked_until", COLUMN_TEXT},
    {"program", COLUMN_TEXT},
    {"platform", COLUMN_TEXT},
    {"calendars", COLUMN_NUMBER},
    {0},
};

static void add_instant(struct table *table, struct instant t)
{
    char formatted[INSTANT_SIZE];
    instant_format(t, formatted);
    table_text(table, t.s ? text_from(formatted) : TEXT("-"));
}

static void add_row(struct call *call, struct table *table, const struct connector_row *row)
{
    const struct desk_hello *said = &row->said;
    table_number(table, row->id);
    table_text(table, row->email);
    table_text(table, text_from(arena_printf(&call->a, "%s%s%s", mode_words[row->mode.mode],
                                             row->mode.may_fall_back ? " fall-back" : "",
                                             row->mode.only_here ? " only-here" : "")));
    add_instant(table, row->heard_at);
    table_text(table, row->is_synced ? TEXT("yes") : TEXT("no"));
    add_instant(table, row->lease_until);
    table_number(table, row->n_intervals);
    table_number(table, row->n_orders);
    add_instant(table, row->blocked_until);
    table_text(table, said->program.n ? text_from(arena_printf(&call->a, TEXT_FMT " " TEXT_FMT,
                                                               TEXT_ARG(said->program),
                                                               TEXT_ARG(said->version)))
                                      : TEXT("-"));
    table_text(table, said->platform.n ? said->platform : TEXT("-"));
    table_number(table, (int64_t)said->n_calendars); /* their names are their owner's alone */
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct connector_list_ask ask = {.account = text_from(call->operands[0]),
                                     .email = text_from(call->operands[1])};
    struct connector_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_connector_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(call, table, &answer.rows[i]);
            ask.after = answer.rows[i].id;
        }
    } while (answer.n_rows == CONNECTOR_ROWS_MAX);
    return OK;
}

enum exit_code command_connector_list(struct call *call)
{
    return command_list(call, columns, list, "no connectors");
}
