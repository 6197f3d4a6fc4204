/* SPDX-License-Identifier: ISC
 *
 * Single sign-on: by which provider an account's people sign in.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/password.h"
#include "wire/codec.h"
#include "wire/grant.h"

const struct option sso_put_options[] = {
    {"issuer", "URL", "the provider, as its tokens name it"},
    {"client-id", "ID", "what it calls hourgate"},
    {"secret-file", "FILE", "hourgate's secret there, the first line of a file"},
    {"label", "TEXT", "what the button says (default: the issuer's host)"},
    {"domain", "DOMAIN", "of addresses that may be linked; may be given several times", true},
    {"join", "ROLE", "make users of colleagues who are none yet: member or administrator"},
    {"zone", "ZONE", "the time zone of who joins (default UTC)"},
    {0},
};

static enum status read_domains(struct call *call, struct identity_provider *p,
                                struct error *err)
{
    int at = 0;
    p->domains = ARENA_ARRAY(&call->a, MAX_DOMAINS, struct domain);
    for (const char *name; (name = call_next(call, "domain", &at));) {
        if (p->n_domains == MAX_DOMAINS)
            return error_set(err, ERR_INVALID, "domain", "there are more than %d", MAX_DOMAINS);
        p->domains[p->n_domains++].name = text_from(name);
    }
    return OK;
}

static enum status read_provider(struct call *call, struct identity_provider *p,
                                 struct error *err)
{
    TRY(call_need(call, "issuer", err));
    TRY(call_need(call, "client-id", err));
    TRY(call_need(call, "secret-file", err));
    p->issuer = call_text(call, "issuer", "");
    p->client_id = call_text(call, "client-id", "");
    p->zone = call_text(call, "zone", "UTC");
    p->joins = call_has(call, "join");
    if (p->joins && !user_role_find(call_text(call, "join", ""), &p->role))
        return error_set(err, ERR_INVALID, "join", "%s is no role",
                         call_cstr(call, "join", ""));
    struct text scheme, host = p->issuer, rest;
    if (text_cut(p->issuer, '/', &scheme, &rest) && rest.n && rest.at[0] == '/')
        host = (struct text){rest.at + 1, rest.n - 1};
    (void)text_cut(host, '/', &host, &rest);
    p->label = call_has(call, "label") ? call_text(call, "label", "") : host;
    return read_domains(call, p, err);
}

static void wipe_ask(struct sso_put_ask *ask)
{
    wire_wipe(sso_put_ask_shape, ask);
}

enum exit_code command_sso_put(struct call *call)
{
    struct error err = {0};
    CLEANUP(wipe_ask) struct sso_put_ask ask = {.account = text_from(call->operands[0])};
    struct sso_put_answer answer;
    if (read_provider(call, &ask.provider, &err) != OK)
        return call_misused(call, &err);
    enum status status =
        password_read_file(call_cstr(call, "secret-file", ""), &ask.provider.secret, &err);
    if (status == OK)
        status = command_ask(call, false, WIRE_sso_put, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                "people of %s sign in by it from now on; let the provider know this address: "
                "%s/sign-in/callback",
                call->operands[0], call->config.base_url);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"account", COLUMN_TEXT},   {"issuer", COLUMN_TEXT},
    {"client_id", COLUMN_TEXT}, {"label", COLUMN_TEXT},
    {"domains", COLUMN_TEXT},   {"joins", COLUMN_FLAG},
    {"linked", COLUMN_NUMBER},  {0},
};

static struct text join_domains(struct call *call, const struct sso_row *row)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_domains; i++)
        all = arena_printf(&call->a, "%s%s" TEXT_FMT, all, i ? " " : "",
                           TEXT_ARG(row->domains[i].name));
    return text_from(all);
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct sso_list_ask ask = {0};
    struct sso_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_sso_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct sso_row *row = &answer.rows[i];
            table_text(table, row->account);
            table_text(table, row->issuer);
            table_text(table, row->client_id);
            table_text(table, row->label);
            table_text(table, join_domains(call, row));
            table_flag(table, row->joins);
            table_number(table, row->linked);
            ask.after = row->account;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_sso_list(struct call *call)
{
    return command_list(call, columns, list, "no account signs in by a provider");
}

enum exit_code command_sso_remove(struct call *call)
{
    struct error err = {0};
    struct sso_remove_ask ask = {text_from(call->operands[0])};
    struct sso_remove_answer answer;
    if (!command_is_sure(call, "sessions that were begun by it end, and who has no password "
                               "needs an invitation"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, false, WIRE_sso_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "%s has no provider any more", call->operands[0]);
    return EXIT_DONE;
}
