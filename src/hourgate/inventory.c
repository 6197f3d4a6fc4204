/* SPDX-License-Identifier: ISC
 *
 * What hourgate keeps, where, how and until when: the vault tells the columns of its database (store/inventory.h),
 * and what is kept elsewhere stands here. An operator should be able to read it to a customer.
 */
#include "hourgate/commands.h"

static const struct column columns[] = {
    {"where", COLUMN_TEXT}, {"what", COLUMN_TEXT},  {"kept", COLUMN_TEXT},
    {"holds", COLUMN_TEXT}, {"until", COLUMN_TEXT}, {0},
};

struct entry {
    const char *where, *what, *kept, *holds, *until;
};

static const struct entry log_and_memory[] = {
    {"log", "standard error, the journal", "clear",
     "starts, ends, failures and counts; no visitor, no event, no secret",
     "as the journal keeps it"},
    {"memory", "hourgate", "clear",
     "the configuration; the master key, to start the vault again", "until it stops"},
    {"memory", "hourgate-edge", "clear", "requests and answers on their way",
     "until the answer is out"},
    {"memory", "hourgate-edge", "clear", "addresses of visitors and how often they asked",
     "until others take their place, or it stops"},
    {"memory", "hourgate-vault", "clear",
     "keys derived from the master key; accounts' keys in use; the mail server's password",
     "until it stops"},
    {"memory", "hourgate-vault", "clear",
     "what a question needs: a booking, busy times, a sign-in", "until it is answered"},
    {"memory", "hourgate-courier", "clear",
     "CA roots; the proxy's password, where there is one", "until it stops"},
    {"memory", "a courier's child", "clear",
     "the sign-in of one connection; the server's last answers: busy times, names of calendars",
     "until the child ends: idle, replaced, or after it saw what an event says"},
    {"elsewhere", "the host's calendar", "clear",
     "the appointments that were booked: title, description, place, time",
     "as the host keeps them"},
};

static void add(struct table *table, const struct entry *entry)
{
    table_text(table, text_from(entry->where));
    table_text(table, text_from(entry->what));
    table_text(table, text_from(entry->kept));
    table_text(table, text_from(entry->holds));
    table_text(table, text_from(entry->until));
}

/* A file; one without a path is not there. */
static void add_file(struct table *table, const char *path, const char *holds,
                     const char *until)
{
    if (*path)
        add(table, &(struct entry){"file", path, "clear", holds, until});
}

static void add_files(struct call *call, struct table *table)
{
    struct config *config = &call->config;
    static const char operators[] = "until the operator removes it";
    add_file(table, config->file, "addresses, paths, limits; no secret, no person", operators);
    add_file(table, config->key, "the master key; readable by its owner alone", operators);
    add_file(table, config->store_password, "the password of the PostgreSQL database",
             operators);
    add_file(table, config->proxy_password, "the password of the outbound proxy", operators);
    add_file(table, config->xmpp_secret, "the secret shared with the XMPP server", operators);
    add_file(table, config->mail_password, "the password of the mail server", operators);
    add_file(table, config_data_path(config, "node"),
             "the name of this node in the audit, drawn by chance", operators);
    if (*config->store)
        return;
    add_file(table, config_data_path(config, "hourgate.db"),
             "the database: the columns above, kept as said there", "as said there");
    add_file(table, config_data_path(config, "hourgate.db-wal"),
             "changes on their way into the database, kept as in it",
             "until they are written back, at the latest when it stops");
    add_file(table, config_data_path(config, "hourgate.db-shm"),
             "where in the file above a page stands", "until it stops");
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct inventory_ask ask = {0};
    struct inventory_answer answer;
    TRY(client_ask(client, WIRE_inventory, &ask, &call->a, &answer, err));
    for (size_t i = 0; i < answer.n_rows; i++) {
        const struct inventory_row *row = &answer.rows[i];
        table_text(table, TEXT("database"));
        table_text(table, text_from(arena_printf(&call->a, TEXT_FMT "." TEXT_FMT,
                                                 TEXT_ARG(row->table), TEXT_ARG(row->column))));
        table_text(table, row->kept);
        table_text(table, row->holds);
        table_text(table, row->until);
    }
    add_files(call, table);
    for (size_t i = 0; i < sizeof log_and_memory / sizeof *log_and_memory; i++)
        add(table, &log_and_memory[i]);
    return OK;
}

enum exit_code command_inventory(struct call *call)
{
    return command_list(call, columns, list, "");
}
