/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "time/instant.h"
#include "wire/grant.h"

const struct option token_add_options[] = {
    {"name", "NAME", "what it is for, by which you know it again"},
    {"scopes", "\"SCOPE ...\"", "what it is good for, such as \"pages:read bookings:write\""},
    {"days", "N", "until it ends; default: never"},
    {0},
};

static enum status unknown_scope(struct text word, struct error *err)
{
    struct buf all CLEANUP(buf_done) = BUF(ERROR_WHAT_MAX);
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        buf_printf(&all, " %s", scope_name(bit));
    return error_set(err, ERR_INVALID, "scopes", TEXT_FMT " is no scope; there are%s",
                     TEXT_ARG(text_first(word, 40)), buf_cstr(&all));
}

/* "pages:read bookings:write", by spaces or commas. */
static enum status read_scopes(struct text rest, int64_t *ret_scopes, struct error *err)
{
    while (rest.n) {
        struct text word = rest, after = {0};
        if (!text_cut(rest, memchr(rest.at, ',', rest.n) ? ',' : ' ', &word, &after))
            word = rest;
        word = text_trim(word);
        int64_t scope = 0;
        if (word.n && !scope_find(word, &scope))
            return unknown_scope(word, err);
        *ret_scopes |= scope;
        rest = after;
    }
    return OK;
}

static struct text format_scopes(struct arena *a, int64_t scopes)
{
    struct buf out CLEANUP(buf_done) = BUF(SCOPE_COUNT * 32);
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (scopes >> bit & 1)
            buf_printf(&out, "%s%s", out.n ? " " : "", scope_name(bit));
    return arena_text(a, buf_text(&out));
}

static enum status read_add(struct call *call, struct token_add_ask *ask, struct error *err)
{
    ask->account = text_from(call->operands[0]);
    ask->email = text_from(call->operands[1]);
    ask->name = call_text(call, "name", "");
    TRY(call_need(call, "name", err));
    TRY(call_need(call, "scopes", err));
    TRY(read_scopes(call_text(call, "scopes", ""), &ask->scopes, err));
    return call_number(call, "days", 0, 1, 3660, &ask->days, err);
}

/* The one time that it is shown. */
static void print_token(const struct call *call, const struct token_add_answer *answer)
{
    if (call->json)
        printf("{\"id\":%lld,\"token\":\"%.*s\"}\n", (long long)answer->id,
               (int)answer->token.n, (const char *)answer->token.at);
    else
        printf("%.*s\n", (int)answer->token.n, (const char *)answer->token.at);
    fprintf(stderr, "token %lld: shown this once; hourgate keeps only its hash\n",
            (long long)answer->id);
}

enum exit_code command_token_add(struct call *call)
{
    struct error err = {0};
    struct token_add_ask ask = {0};
    struct token_add_answer answer = {0};
    if (read_add(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_token_add, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    print_token(call, &answer);
    secret_free(&answer.token);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},    {"user", COLUMN_TEXT},
    {"name", COLUMN_TEXT},    {"scopes", COLUMN_TEXT},
    {"made", COLUMN_TEXT},    {"used", COLUMN_TEXT},
    {"expires", COLUMN_TEXT}, {0},
};

static void add_instant(struct table *table, struct instant t)
{
    char formatted[INSTANT_SIZE];
    instant_format(t, formatted);
    table_text(table, t.s ? text_from(formatted) : TEXT("never"));
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct token_list_ask ask = {.account = text_from(call->operands[0]),
                                 .email = text_from(call->operands[1])};
    struct token_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_token_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct token_row *row = &answer.rows[i];
            table_number(table, row->id);
            table_text(table, row->email);
            table_text(table, row->name);
            table_text(table, format_scopes(&call->a, row->scopes));
            add_instant(table, row->made);
            add_instant(table, row->used);
            add_instant(table, row->expires);
            ask.after = row->id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_token_list(struct call *call)
{
    return command_list(call, columns, list, "no tokens");
}

enum exit_code command_token_revoke(struct call *call)
{
    struct error err = {0};
    struct token_revoke_ask ask = {.account = text_from(call->operands[0])};
    struct token_revoke_answer answer;
    if (!text_to_i64(text_from(call->operands[1]), &ask.id) || ask.id < 1) {
        (void)error_set(&err, ERR_INVALID, "token",
                        "%s is no token's number; hourgate token list shows them",
                        call->operands[1]);
        return call_misused(call, &err);
    }
    enum status status = command_ask(call, false, WIRE_token_revoke, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "token %s revoked", call->operands[1]);
    return EXIT_DONE;
}
