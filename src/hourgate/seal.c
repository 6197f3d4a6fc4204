/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/walk.h"

const struct option seal_options[] = {
    WAIT_OPTION,
    {0},
};

/* ---- seal status ---- */

static const struct column columns[] = {
    {"table", COLUMN_TEXT},    {"column", COLUMN_TEXT},  {"by_policy", COLUMN_FLAG},
    {"sealed", COLUMN_NUMBER}, {"plain", COLUMN_NUMBER}, {0},
};

static void add_rows(struct table *table, const struct seal_status_answer *answer)
{
    for (size_t i = 0; i < answer->n_rows; i++) {
        const struct seal_row *row = &answer->rows[i];
        table_text(table, row->table);
        table_text(table, row->column);
        table_flag(table, row->by_policy);
        table_number(table, row->sealed);
        table_number(table, row->plain);
    }
}

static enum status ask_status(struct call *call, struct seal_status_answer *status,
                              struct seal_walk_answer *walk, struct error *err)
{
    struct client client;
    const char *account = call->operands[0];
    struct seal_status_ask ask = {text_from(account ? account : "")};
    struct seal_walk_ask ask_walk = {0};
    TRY(client_open(&client, &call->config, false, err));
    enum status how = client_ask(&client, WIRE_seal_status, &ask, &call->a, status, err);
    if (how == OK)
        how = client_ask(&client, WIRE_seal_walk, &ask_walk, &call->a, walk, err);
    client_close(&client);
    return how;
}

static void say_walk(const struct seal_walk_answer *walk)
{
    if (walk->accounts)
        printf("\n%lld accounts are being brought to their newest key and policy; %lld of %lld "
               "rows of the present one are seen\n",
               (long long)walk->accounts, (long long)walk->seen, (long long)walk->rows);
    if (walk->accounts && walk->problem.n)
        printf("last failure: " TEXT_FMT "\n", TEXT_ARG(walk->problem));
}

enum exit_code command_seal_status(struct call *call)
{
    struct error err = {0};
    struct seal_status_answer answer = {0};
    struct seal_walk_answer walk = {0};
    CLEANUP(table_done) struct table table;
    enum status status = ask_status(call, &answer, &walk, &err);
    if (status != OK)
        return call_fail(status, &err);
    table_init(&table, columns);
    add_rows(&table, &answer);
    if (call->json)
        printf("{\"accounts_to_do\":%lld,\"rows_seen\":%lld,\"rows\":%lld,\"failed\":%lld,"
               "\"columns\":",
               (long long)walk.accounts, (long long)walk.seen, (long long)walk.rows,
               (long long)walk.failed);
    fflush(stdout);
    table_print(&table, call->json, "nothing is sealed yet");
    if (call->json)
        printf("}\n");
    else
        say_walk(&walk);
    return EXIT_DONE;
}

/* ---- seal all, seal policy ---- */

static enum status set_policy(struct call *call, struct client *client, struct text account,
                              bool plain, struct error *err)
{
    struct seal_policy_ask ask = {account, plain};
    struct seal_policy_answer answer;
    return client_ask(client, WIRE_seal_policy, &ask, &call->a, &answer, err);
}

static enum status seal_all(struct call *call, struct client *client, struct error *err)
{
    struct account_list_ask ask = {0};
    struct account_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_account_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            TRY(set_policy(call, client, answer.rows[i].slug, false, err));
            ask.after = answer.rows[i].slug;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

/* Set the policy of one account, or let all be sealed, and wait where that is wanted. */
static enum status change(struct call *call, bool plain, int64_t *ret_left, struct error *err)
{
    struct client client;
    TRY(client_open(&client, &call->config, false, err));
    enum status status =
        call->operands[0] ? set_policy(call, &client, text_from(call->operands[0]), plain, err)
                          : seal_all(call, &client, err);
    if (status == OK)
        status = walk_wait(call, &client, ret_left, err);
    client_close(&client);
    return status;
}

static enum exit_code change_and_say(struct call *call, bool plain)
{
    struct error err = {0};
    int64_t left = 0;
    enum status status = change(call, plain, &left, &err);
    if (status != OK)
        return call_fail(status, &err);
    const char *as = plain ? "plain" : "sealed";
    if (left)
        command_say(
            call,
            "what is written now is %s; what is there is being brought to that: hourgate "
            "seal status",
            as);
    else
        command_say(call, "everything that follows the policy is %s", as);
    return EXIT_DONE;
}

enum exit_code command_seal_all(struct call *call)
{
    return change_and_say(call, false);
}

enum exit_code command_seal_policy(struct call *call)
{
    struct error err = {0};
    struct text policy = text_from(call->operands[1]);
    bool plain = text_equal(policy, TEXT("plain"));
    if (!plain && !text_equal(policy, TEXT("sealed"))) {
        error_set(&err, ERR_INVALID, "seal policy", "%s is neither sealed nor plain",
                  call->operands[1]);
        return call_misused(call, &err);
    }
    return change_and_say(call, plain);
}
