/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "crypt/keyfile.h"
#include "hourgate/commands.h"
#include "hourgate/walk.h"
#include "os/clock.h"
#include "time/instant.h"

const struct option key_rotate_options[] = {
    {"all", NULL, "every account"},
    WAIT_OPTION,
    {0},
};

const struct option key_rewrap_options[] = {
    {"new-key", "FILE", "the new master key; made where it does not exist"},
    {0},
};

/* ---- key list ---- */

static const struct column columns[] = {
    {"account", COLUMN_TEXT},
    {"key", COLUMN_TEXT},
    {"made", COLUMN_TEXT},
    {"values", COLUMN_NUMBER},
    {"newest", COLUMN_FLAG},
    {"allows_plain", COLUMN_FLAG},
    {0},
};

static struct text time_text(struct call *call, struct instant t)
{
    char text[INSTANT_SIZE];
    if (!t.s)
        return TEXT("not known");
    instant_format(t, text);
    return arena_text(&call->a, text_from(text));
}

static enum status list_keys(struct call *call, struct client *client, struct table *table,
                             struct key_list_answer *answer, struct error *err)
{
    struct key_list_ask ask = {0};
    do {
        TRY(client_ask(client, WIRE_key_list, &ask, &call->a, answer, err));
        for (size_t i = 0; i < answer->n_rows; i++) {
            const struct key_row *row = &answer->rows[i];
            table_text(table, row->account);
            table_text(table, row->id);
            table_text(table, time_text(call, row->made_at));
            table_number(table, row->sealed);
            table_flag(table, row->is_newest);
            table_flag(table, row->allows_plain);
            ask.after = row->number;
        }
    } while (answer->n_rows == MAX_ROWS);
    return OK;
}

static void print_keys(struct call *call, const struct table *table,
                       const struct key_list_answer *answer)
{
    struct text since = time_text(call, answer->master_since);
    long long days = (long long)(clock_now().s - answer->master_since.s) / 86400;
    if (call->json)
        printf("{\"master\":\"" TEXT_FMT "\",\"since\":\"" TEXT_FMT "\",\"keys\":",
               TEXT_ARG(answer->master), TEXT_ARG(since));
    else if (answer->master_since.s)
        printf("master key " TEXT_FMT ", since " TEXT_FMT " (%lld days)\n\n",
               TEXT_ARG(answer->master), TEXT_ARG(since), days);
    else
        printf("master key " TEXT_FMT ", its age is not known\n\n", TEXT_ARG(answer->master));
    fflush(stdout);
    table_print(table, call->json, "no accounts, and so no data keys");
    if (call->json)
        printf("}\n");
}

enum exit_code command_key_list(struct call *call)
{
    struct error err = {0};
    struct client client;
    struct key_list_answer answer = {0};
    CLEANUP(table_done) struct table table;
    table_init(&table, columns);
    enum status status = client_open(&client, &call->config, false, &err);
    if (status == OK) {
        status = list_keys(call, &client, &table, &answer, &err);
        client_close(&client);
    }
    if (status != OK)
        return call_fail(status, &err);
    print_keys(call, &table, &answer);
    return EXIT_DONE;
}

/* ---- key rotate ---- */

static enum status rotate_one(struct call *call, struct client *client, struct text account,
                              struct error *err)
{
    struct key_rotate_ask ask = {account};
    struct key_rotate_answer answer;
    return client_ask(client, WIRE_key_rotate, &ask, &call->a, &answer, err);
}

static enum status rotate_all(struct call *call, struct client *client, struct error *err)
{
    struct account_list_ask ask = {0};
    struct account_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_account_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            TRY(rotate_one(call, client, answer.rows[i].slug, err));
            ask.after = answer.rows[i].slug;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

static enum status rotate(struct call *call, int64_t *ret_left, struct error *err)
{
    struct client client;
    TRY(client_open(&client, &call->config, false, err));
    enum status status = call->operands[0]
                             ? rotate_one(call, &client, text_from(call->operands[0]), err)
                             : rotate_all(call, &client, err);
    if (status == OK)
        status = walk_wait(call, &client, ret_left, err);
    client_close(&client);
    return status;
}

enum exit_code command_key_rotate(struct call *call)
{
    struct error err = {0};
    int64_t left = 0;
    if (!call->operands[0] == !call_has(call, "all")) {
        error_set(&err, ERR_INVALID, "key rotate", "name one account, or give --all");
        return call_misused(call, &err);
    }
    enum status status = rotate(call, &left, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (left)
        command_say(call,
                    "what is written now is sealed by a new key; what is there is being sealed "
                    "anew: hourgate seal status");
    else
        command_say(call, "everything is sealed by the new key; the older one is destroyed");
    return EXIT_DONE;
}

/* ---- key rewrap ---- */

/* Read the new master key, from a file that is made where there is none: so a call that failed may be repeated. */
static enum status read_new_key(const char *file, struct secret *ret_key, struct error *err)
{
    enum status status = keyfile_read(file, ret_key, err);
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(keyfile_create(file, err));
    return keyfile_read(file, ret_key, err);
}

static enum status rewrap(struct call *call, const char *file, struct key_rewrap_answer *answer,
                          struct error *err)
{
    struct key_rewrap_ask ask = {0};
    TRY(read_new_key(file, &ask.master_key, err));
    enum status status = command_ask(call, false, WIRE_key_rewrap, &ask, answer, err);
    secret_free(&ask.master_key);
    if (status != ERR_CLOSED && status != ERR_TIMEOUT)
        return status;
    return error_set(
        err, status, "key rewrap",
        "no answer came: it was done whole or not at all. hourgate key list, or the "
        "next start, says which key is wanted; keep %s and %s until then",
        call->config.key, file);
}

static void say_rewrapped(struct call *call, const char *file,
                          const struct key_rewrap_answer *answer)
{
    const char *key = call->config.key;
    bool is_credential = text_starts(text_from(key), TEXT(CONFIG_CREDENTIAL));
    const char *next =
        is_credential
            ? arena_printf(&call->a,
                           "put %s where the unit's LoadCredential=%s: takes it from, then "
                           "systemctl restart hourgate",
                           file, key + strlen(CONFIG_CREDENTIAL))
            : arena_printf(&call->a, "mv %s %s", file, key);
    command_say(call,
                "%lld keys are wrapped by master key " TEXT_FMT " now; " TEXT_FMT
                " opens only backups made before\nnext:  %s\n"
                "       now: until then the server goes on, and would not start again\n"
                "       keep a copy of the new key, and the older one as long as those backups",
                (long long)answer->keys, TEXT_ARG(answer->newer), TEXT_ARG(answer->older),
                next);
}

enum exit_code command_key_rewrap(struct call *call)
{
    struct error err = {0};
    struct key_rewrap_answer answer = {0};
    if (call_need(call, "new-key", &err) != OK)
        return call_misused(call, &err);
    const char *file = call_cstr(call, "new-key", "");
    enum status status = rewrap(call, file, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    say_rewrapped(call, file, &answer);
    return EXIT_DONE;
}
