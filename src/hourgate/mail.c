/* SPDX-License-Identifier: ISC
 *
 * Mail as the operator sees it: the doctor for the server, what waits in the outbox, and how an account's mails
 * present themselves.
 */
#include "hourgate/child.h"
#include "hourgate/commands.h"
#include "hourgate/kinds.h"
#include "hourgate/password.h"
#include "time/instant.h"

/* ---- check mail ---- */

const struct option check_mail_options[] = {
    {"to", "ADDRESS", "also send a test mail to this address"},
    {0},
};

static enum status check_server(struct call *call, struct mail_server *server,
                                struct mail_check_answer *ret_answer, struct error *err)
{
    struct team team;
    const struct mail_open_ask open = {.server = *server};
    const struct mail_check_ask ask = {.to = call_text(call, "to", "")};
    team_init(&team, &call->config);
    enum status status = team_start(&team, PROGRAM_COURIER, err);
    if (status == OK)
        status = child_ask(&team, WIRE_mail_open, &open, WIRE_mail_check, &ask, &call->a,
                           ret_answer, err);
    team_done(&team);
    return status;
}

enum exit_code command_check_mail(struct call *call)
{
    struct error err = {0};
    struct mail_server server;
    struct mail_check_answer answer = {0};
    enum status status = config_mail(&call->config, &call->a, &server, &err);
    if (status == OK && !server.host.n)
        status = error_set(&err, ERR_NOT_FOUND, "mail",
                           "no server is configured; hourgate.conf(5) describes [mail]");
    if (status == OK && server.user.n)
        status = password_read_file(call->config.mail_password, &server.password, &err);
    if (status == OK)
        status = check_server(call, &server, &answer, &err);
    secret_free(&server.password);
    if (status != OK)
        return call_fail(status, &err);
    return output_layers(answer.layers, answer.n_layers, call->json) ? EXIT_DONE
                                                                     : EXIT_NOT_DONE;
}

/* ---- outbox ---- */

static const struct column outbox_columns[] = {
    {"id", COLUMN_NUMBER},    {"mail", COLUMN_TEXT},     {"to", COLUMN_TEXT},
    {"state", COLUMN_TEXT},   {"next_try", COLUMN_TEXT}, {"tries", COLUMN_NUMBER},
    {"booking", COLUMN_TEXT}, {"problem", COLUMN_TEXT},  {0},
};

static void add_row(struct table *table, const struct outbox_row *row)
{
    char due[INSTANT_SIZE] = "";
    if (row->state == OUTBOX_WAITING)
        instant_format(row->due, due);
    table_number(table, row->id);
    table_text(table, text_from(mail_kind_name(row->kind)));
    table_text(table, row->to);
    table_text(table, row->state == OUTBOX_REFUSED ? TEXT("refused") : TEXT("waiting"));
    table_text(table, text_from(due));
    table_number(table, row->tries);
    table_text(table, row->booking);
    table_text(table, row->problem);
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct outbox_list_ask ask = {.account = text_from(call->operands[0])};
    struct outbox_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_outbox_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(table, &answer.rows[i]);
            ask.after = answer.rows[i].id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_outbox_list(struct call *call)
{
    return command_list(call, outbox_columns, list, "no mail waits, none was refused");
}

enum exit_code command_outbox_retry(struct call *call)
{
    struct error err = {0};
    struct outbox_retry_ask ask = {.account = text_from(call->operands[0])};
    struct outbox_retry_answer answer;
    if (!text_to_i64(text_from(call->operands[1]), &ask.id) || ask.id < 1) {
        error_set(&err, ERR_INVALID, "outbox",
                  "%s is no mail's number; hourgate outbox list shows them", call->operands[1]);
        return call_misused(call, &err);
    }
    enum status status = command_ask(call, false, WIRE_outbox_retry, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "mail %s is tried again", call->operands[1]);
    return EXIT_DONE;
}

/* ---- account mail ---- */

const struct option account_mail_options[] = {
    {"from", "ADDRESS", "what mails come from; \"\" for the operator's"},
    {"reply-to", "ADDRESS", "where customers' answers go; \"\" for nowhere else"},
    {"mail", "KIND", "confirmed, moved, cancelled, reminder, host-booked, ...: of --text"},
    {"language", "LANG", "en, de, fr, it or ar: of --text; default en"},
    {"text", "TEXT", "a paragraph of yours in those mails; \"\" for none"},
    {0},
};

static enum status read_ask(struct call *call, struct account_mail_ask *ask, struct error *err)
{
    *ask = (struct account_mail_ask){
        .account = text_from(call->operands[0]),
        .sets_from = call_has(call, "from"),
        .from = call_text(call, "from", ""),
        .sets_reply_to = call_has(call, "reply-to"),
        .reply_to = call_text(call, "reply-to", ""),
        .sets_text = call_has(call, "text"),
        .text = call_text(call, "text", ""),
    };
    if (!ask->sets_text)
        return OK;
    TRY(call_need(call, "mail", err));
    TRY(mail_kind_parse(call_text(call, "mail", ""), &ask->kind, err));
    return language_parse(call_text(call, "language", "en"), &ask->language, err);
}

static const struct column account_columns[] = {
    {"what", COLUMN_TEXT}, {"language", COLUMN_TEXT}, {"value", COLUMN_TEXT}, {0}};

static void print(struct call *call, const struct account_mail_answer *answer)
{
    CLEANUP(table_done) struct table table;
    table_init(&table, account_columns);
    table_text(&table, TEXT("from"));
    table_text(&table, TEXT(""));
    table_text(&table, answer->from.n ? answer->from : TEXT("(the operator's)"));
    table_text(&table, TEXT("reply-to"));
    table_text(&table, TEXT(""));
    table_text(&table, answer->reply_to);
    for (size_t i = 0; i < answer->n_texts; i++) {
        table_text(&table, text_from(mail_kind_name(answer->texts[i].kind)));
        table_text(&table, text_from(language_name(answer->texts[i].language)));
        table_text(&table, answer->texts[i].text);
    }
    table_print(&table, call->json, "");
}

enum exit_code command_account_mail(struct call *call)
{
    struct error err = {0};
    struct account_mail_ask ask;
    struct account_mail_answer answer;
    if (read_ask(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_account_mail, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    print(call, &answer);
    return EXIT_DONE;
}
