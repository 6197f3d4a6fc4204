/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "time/instant.h"
#include "wire/grant.h"

enum exit_code command_user_add(struct call *call)
{
    struct error err = {0};
    if (call_need(call, "name", &err) != OK || call_need(call, "zone", &err) != OK)
        return call_misused(call, &err);
    struct user_add_ask ask = {
        .account = text_from(call->operands[0]),
        .email = text_from(call->operands[1]),
        .name = call_text(call, "name", ""),
        .zone = call_text(call, "zone", ""),
    };
    struct user_add_answer answer;
    enum status status = command_ask(call, false, WIRE_user_add, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "user %s added to %s", call->operands[1], call->operands[0]);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"email", COLUMN_TEXT},         {"name", COLUMN_TEXT},
    {"zone", COLUMN_TEXT},          {"role", COLUMN_TEXT},
    {"connections", COLUMN_NUMBER}, {"pages", COLUMN_NUMBER},
    {"disabled", COLUMN_FLAG},      {0},
};

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct user_list_ask ask = {.account = text_from(call->operands[0])};
    struct user_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_user_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct user_row *row = &answer.rows[i];
            table_text(table, row->email);
            table_text(table, row->name);
            table_text(table, row->zone);
            table_text(table, text_from(user_role_name(row->role)));
            table_number(table, row->connections);
            table_number(table, row->pages);
            table_flag(table, row->is_disabled);
            ask.after = row->email;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_user_list(struct call *call)
{
    return command_list(
        call, columns, list,
        "no users; add one: hourgate user add ACCOUNT EMAIL --name NAME --zone ZONE");
}

enum exit_code command_user_role(struct call *call)
{
    struct error err = {0};
    struct user_role_ask ask = {.account = text_from(call->operands[0]),
                                .email = text_from(call->operands[1])};
    struct user_role_answer answer;
    if (!user_role_find(text_from(call->operands[2]), &ask.role)) {
        (void)error_set(&err, ERR_INVALID, "role", "%s is none of member, administrator, owner",
                        call->operands[2]);
        return call_misused(call, &err);
    }
    enum status status = command_ask(call, false, WIRE_user_role, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "%s is %s now", call->operands[1], call->operands[2]);
    return EXIT_DONE;
}

enum exit_code command_user_invite(struct call *call)
{
    struct error err = {0};
    struct invite_begin_ask ask = {.account = text_from(call->operands[0]),
                                   .email = text_from(call->operands[1])};
    struct invite_begin_answer answer = {0};
    char until[INSTANT_SIZE];
    enum status status = command_ask(call, false, WIRE_invite_begin, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    const char *link = command_link(call, "invite", &answer.token);
    instant_format(answer.expires, until);
    if (call->json)
        printf("{\"link\":\"%s\",\"expires\":\"%s\"}\n", link, until);
    else
        printf("%s\n", link);
    fprintf(stderr, "shown this once, good until %s: send it to nobody but %s\n", until,
            call->operands[1]);
    secret_free(&answer.token);
    return EXIT_DONE;
}

enum status user_find_zone(struct call *call, struct client *client, struct text account,
                           struct text email, struct text *ret_zone, struct error *err)
{
    struct user_list_ask ask = {.account = account};
    struct user_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_user_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            if (text_equal_nocase(answer.rows[i].email, email)) {
                *ret_zone = answer.rows[i].zone;
                return OK;
            }
            ask.after = answer.rows[i].email;
        }
    } while (answer.n_rows == MAX_ROWS);
    return error_set(err, ERR_NOT_FOUND, "user", TEXT_FMT " is no user of " TEXT_FMT,
                     TEXT_ARG(email), TEXT_ARG(account));
}
