/* SPDX-License-Identifier: ISC
 *
 * From SQLite to PostgreSQL. The configuration is the operator's to change: until then the file is what serves.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/password.h"

const struct option migrate_options[] = {
    {"to", "postgres:...", "the empty PostgreSQL database to move to"},
    {"store-password-file", "FILE", "that database's password"},
    {0},
};

static const struct column columns[] = {
    {"table", COLUMN_TEXT},
    {"rows", COLUMN_NUMBER},
    {"opened", COLUMN_NUMBER},
    {"digest", COLUMN_TEXT},
    {0},
};

static enum status move_all(struct call *call, struct migrate_answer *answer, struct error *err)
{
    CLEANUP(secret_free) struct secret password = {0};
    const char *file = call_cstr(call, "store-password-file", "");
    struct team team;
    if (*call->config.store)
        return error_set(err, ERR_CONFLICT, "migrate",
                         "[data] store is a PostgreSQL database already");
    if (*file)
        TRY(password_read_file(file, &password, err));
    team_init(&team, &call->config);
    enum status status = team_unlock(&team, err);
    if (status == OK)
        status =
            team_migrate(&team, call_cstr(call, "to", ""), &password, &call->a, answer, err);
    team_done(&team);
    return status;
}

enum exit_code command_migrate(struct call *call)
{
    struct error err = {0};
    struct migrate_answer answer = {0};
    if (call_need(call, "to", &err) != OK)
        return call_misused(call, &err);
    enum status status = move_all(call, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    CLEANUP(table_done) struct table table;
    table_init(&table, columns);
    for (size_t i = 0; i < answer.n_tables; i++) {
        table_text(&table, answer.tables[i].table);
        table_number(&table, answer.tables[i].rows);
        table_number(&table, answer.tables[i].opened);
        table_text(&table, answer.tables[i].digest);
    }
    table_print(&table, call->json, "");
    if (!call->json)
        printf("\nEvery row was read back and compared, every sealed value opened.\n"
               "next:  in %s, under [data]:  store = %s\n"
               "       %s is what serves until then; keep or erase it afterwards\n",
               call->config.file, call_cstr(call, "to", ""),
               config_data_path(&call->config, "hourgate.db"));
    return EXIT_DONE;
}
