/* SPDX-License-Identifier: ISC
 *
 * Statements are found by the address of their text (store/db.h), so the texts live as long as the program.
 *
 * +account_id is no index's expression: the rows come by their numbers, and every one is passed once. By an index
 * on the account they would have to be sorted again for every step.
 */
#include "store/walk_tables.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

enum { SQL_TEXT_MAX = 4096 };

static struct {
    struct arena a;
    struct walk_table tables[WALK_TABLES_MAX];
    size_t n;
    struct wrapped_column wrapped[WRAPPED_COLUMNS_MAX];
    size_t n_wrapped;
} made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *keep(struct buf *sql)
{
    ENSURE(!buf_failed(sql));
    const char *text = arena_cstr(&made.a, buf_text(sql));
    buf_clear(sql);
    return text;
}

static void make_statements(struct walk_table *t)
{
    struct buf sql CLEANUP(buf_done) = BUF(SQL_TEXT_MAX);
    t->count = arena_printf(&made.a, "SELECT count(*) FROM %s WHERE account_id = ?", t->name);
    buf_add_cstr(&sql, "SELECT id");
    for (size_t i = 0; i < t->n_columns; i++)
        buf_printf(&sql, ", %s", t->columns[i]->column);
    buf_printf(&sql, " FROM %s WHERE +account_id = ? AND id > ? ORDER BY id LIMIT ?", t->name);
    t->select = keep(&sql);
    buf_add_cstr(&sql, "SELECT account_id, id");
    for (size_t i = 0; i < t->n_columns; i++)
        buf_printf(&sql, ", %s", t->columns[i]->column);
    buf_printf(&sql, " FROM %s ORDER BY account_id", t->name);
    t->all = keep(&sql);
    buf_printf(&sql, "UPDATE %s SET ", t->name);
    for (size_t i = 0; i < t->n_columns; i++)
        buf_printf(&sql, "%s%s = ?", i ? ", " : "", t->columns[i]->column);
    buf_add_cstr(&sql, " WHERE id = ?");
    for (size_t i = 0; i < t->n_columns; i++)
        buf_printf(&sql, " AND %s IS NOT DISTINCT FROM ?", t->columns[i]->column);
    t->update = keep(&sql);
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *column = t->columns[i]->column;
        t->heads[i] = arena_printf(&made.a,
                                   "SELECT substr(%s, 1, 9), count(*) FROM %s"
                                   " WHERE %s IS NOT NULL GROUP BY 1",
                                   column, t->name, column);
        t->account_heads[i] =
            arena_printf(&made.a,
                         "SELECT substr(%s, 1, 9), count(*) FROM %s"
                         " WHERE %s IS NOT NULL AND account_id = ? GROUP BY 1",
                         column, t->name, column);
    }
}

static struct walk_table *table_of(const char *name)
{
    for (size_t i = 0; i < made.n; i++)
        if (strcmp(made.tables[i].name, name) == 0)
            return &made.tables[i];
    ENSURE(made.n < WALK_TABLES_MAX);
    /* An account's values are found by these two. */
    ENSURE(inventory_find(name, "id") && inventory_find(name, "account_id"));
    struct walk_table *table = &made.tables[made.n++];
    table->name = name;
    return table;
}

static void add_wrapped(const struct column_entry *column)
{
    ENSURE(made.n_wrapped < WRAPPED_COLUMNS_MAX && inventory_find(column->table, "id"));
    bool is_account_key = strcmp(column->table, "account_keys") == 0;
    made.wrapped[made.n_wrapped++] = (struct wrapped_column){
        .column = column,
        .select = arena_printf(&made.a, "SELECT id, %s%s FROM %s ORDER BY id", column->column,
                               is_account_key ? ", account_id, purpose" : "", column->table),
        .update = arena_printf(&made.a, "UPDATE %s SET %s = ? WHERE id = ?", column->table,
                               column->column),
    };
}

static void make_tables(void)
{
    for (size_t i = 0; i < inventory_n; i++) {
        if (inventory[i].keeping == KEEP_WRAPPED)
            add_wrapped(&inventory[i]);
        if (inventory[i].keeping != KEEP_SEALED && inventory[i].keeping != KEEP_BY_POLICY)
            continue;
        struct walk_table *table = table_of(inventory[i].table);
        ENSURE(table->n_columns < WALK_COLUMNS_MAX);
        table->columns[table->n_columns++] = &inventory[i];
    }
    for (size_t i = 0; i < made.n; i++)
        make_statements(&made.tables[i]);
}

const struct walk_table *walk_tables(size_t *ret_n)
{
    ENSURE(pthread_once(&once, make_tables) == 0);
    *ret_n = made.n;
    return made.tables;
}

const struct wrapped_column *wrapped_columns(size_t *ret_n)
{
    ENSURE(pthread_once(&once, make_tables) == 0);
    *ret_n = made.n_wrapped;
    return made.wrapped;
}
