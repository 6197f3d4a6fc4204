/* SPDX-License-Identifier: ISC
 *
 * From a file to a PostgreSQL database, in one transaction there: it stands whole, or nothing does and the same
 * may be done again. Rows travel as they are, with their numbers, since a sealed value belongs to its row. Then
 * both databases are read in one order, and what the target sends is compared, and opened where it is sealed.
 */
#include "store/copy.h"

#include <string.h>

#include "hash/hash.h"
#include "store/driver.h"
#include "store/inventory.h"

enum { COLUMNS_MAX = VALUES_MAX, ROW_MAX = 4 << 20, SQL_TEXT_MAX = 8192 };

struct copy {
    struct db *from, *to;
    struct arena
        *a; /* outlives both connections: statements are found by the address of their text */
    const struct account_keys *keys; /* of the account whose row was opened last */
};

struct table {
    const char *name;
    const char *columns[COLUMNS_MAX];
    int n_columns;
    int id, account; /* which columns these are; -1: none */
};

/* Ciphertext under an account's data key? A test sees to it that the inventory knows all. */
static bool is_sealed(const char *table, const char *column)
{
    const struct column_entry *entry = inventory_find(table, column);
    return entry && (entry->keeping == KEEP_SEALED || entry->keeping == KEEP_BY_POLICY);
}

/* What a new database has in it already. */
static bool is_seeded(const char *table)
{
    return strcmp(table, "hourgate") == 0 || strcmp(table, "counters") == 0 ||
           strcmp(table, "master_keys") == 0;
}

static enum status list_columns(struct copy *c, struct table *table)
{
    const char *sql = arena_printf(c->a, "SELECT * FROM %s LIMIT 0", table->name);
    struct query q CLEANUP(query_done) = query_new(c->from, sql);
    TRY(query_run(&q, NULL));
    const char *name;
    table->n_columns = 0;
    table->id = table->account = -1;
    while ((name = c->from->driver->column_name(&q, table->n_columns))) {
        ENSURE(table->n_columns < COLUMNS_MAX);
        if (strcmp(name, "id") == 0)
            table->id = table->n_columns;
        if (strcmp(name, strcmp(table->name, "accounts") == 0 ? "id" : "account_id") == 0)
            table->account = table->n_columns;
        table->columns[table->n_columns++] = arena_cstr(c->a, text_from(name));
    }
    return OK;
}

static void add_columns(struct buf *sql, const struct table *table)
{
    for (int i = 0; i < table->n_columns; i++)
        buf_printf(sql, "%s%s", i ? ", " : "", table->columns[i]);
}

/* All rows, in an order that both databases share: a key is in the first columns of every table. */
static const char *select_text(struct copy *c, const struct table *table)
{
    struct buf sql CLEANUP(buf_done) = BUF(SQL_TEXT_MAX);
    buf_add_cstr(&sql, "SELECT ");
    add_columns(&sql, table);
    buf_printf(&sql, " FROM %s ORDER BY 1, 2", table->name);
    ENSURE(!buf_failed(&sql));
    return arena_cstr(c->a, buf_text(&sql));
}

static const char *insert_text(struct copy *c, const struct table *table)
{
    struct buf sql CLEANUP(buf_done) = BUF(SQL_TEXT_MAX);
    buf_printf(&sql, "INSERT INTO %s (", table->name);
    add_columns(&sql, table);
    buf_add_cstr(&sql, ") VALUES (");
    for (int i = 0; i < table->n_columns; i++)
        buf_add_cstr(&sql, i ? ", ?" : "?");
    buf_add_cstr(&sql, ")");
    ENSURE(!buf_failed(&sql));
    return arena_cstr(c->a, buf_text(&sql));
}

static enum status check_empty(struct copy *c, const struct table *table)
{
    if (is_seeded(table->name))
        return db_exec(c->to, arena_printf(c->a, "DELETE FROM %s", table->name));
    const char *sql = arena_printf(c->a, "SELECT count(*) FROM %s", table->name);
    struct query q CLEANUP(query_done) = query_new(c->to, sql);
    TRY(query_step(&q));
    if (column_i64(&q) == 0)
        return OK;
    return error_set(c->to->err, ERR_CONFLICT, "migrate",
                     "the target has rows in %s already: give an empty database", table->name);
}

static enum status insert_row(struct copy *c, struct query *from, const char *sql,
                              int n_columns)
{
    struct query q CLEANUP(query_done) = query_new(c->to, sql);
    for (int i = 0; i < n_columns; i++)
        bind_value(&q, column_value(from));
    return query_run(&q, NULL);
}

static enum status copy_rows(struct copy *c, const struct table *table, const char *select)
{
    const char *insert = insert_text(c, table);
    struct query q CLEANUP(query_done) = query_new(c->from, select);
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(insert_row(c, &q, insert, table->n_columns));
    return status == ERR_NOT_FOUND ? OK : status;
}

/* ---- verification ---- */

static void add_value(struct buf *row, const struct value *value)
{
    buf_add_u32(row, (uint32_t)value->kind);
    buf_add_u64(row, value->kind == VALUE_I64 ? (uint64_t)value->i64 : value->text.n);
    if (value->kind == VALUE_TEXT || value->kind == VALUE_BYTES)
        buf_add_text(row, value->text);
}

/* Open every sealed value of a row. */
static enum status open_row(struct copy *c, const struct table *table,
                            const struct value *values, int64_t *n_opened)
{
    for (int i = 0; i < table->n_columns; i++) {
        if (values[i].kind != VALUE_BYTES || !is_sealed(table->name, table->columns[i]))
            continue;
        if (table->id < 0 || table->account < 0)
            return error_set(c->to->err, ERR_UNSUPPORTED, "migrate", "%s.%s is not known here",
                             table->name, table->columns[i]);
        struct seal_place place = {table->name, table->columns[i], values[table->id].i64};
        struct buf clear CLEANUP(buf_wipe) = BUF(values[i].text.n);
        if (!c->keys || c->keys->account != values[table->account].i64)
            TRY(account_key(c->to, values[table->account].i64, &c->keys));
        enum status status = value_open(c->to, c->keys, place, values[i].text, &clear);
        if (status != OK)
            return error_set(c->to->err, status, "migrate",
                             "%s.%s of row %lld cannot be opened", table->name,
                             table->columns[i], (long long)place.row);
        (*n_opened)++;
    }
    return OK;
}

/* Read a table whole: count its rows, chain their hashes, and open what is sealed unless n_opened is NULL. */
static enum status digest(struct copy *c, struct db *db, const struct table *table,
                          const char *select, struct store_copied *is, int64_t *n_opened)
{
    struct query q CLEANUP(query_done) = query_new(db, select);
    struct buf row CLEANUP(buf_done) = BUF(ROW_MAX);
    struct value values[COLUMNS_MAX];
    enum status status;
    while ((status = query_step(&q)) == OK) {
        buf_clear(&row);
        buf_add(&row, is->digest.at, HASH_BYTES);
        for (int i = 0; i < table->n_columns; i++) {
            values[i] = column_value(&q);
            add_value(&row, &values[i]);
        }
        if (buf_failed(&row))
            return error_set(db->err, ERR_LIMIT, "migrate", "a row of %s is too long",
                             table->name);
        is->digest = sha256(buf_text(&row));
        is->n_rows++;
        if (n_opened)
            TRY(open_row(c, table, values, n_opened));
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status verify(struct copy *c, const struct table *table, const char *select,
                          struct store_copied *ret_copied)
{
    struct store_copied was = {0}, is = {0};
    TRY(digest(c, c->from, table, select, &was, NULL));
    TRY(digest(c, c->to, table, select, &is, &is.n_opened));
    if (was.n_rows != is.n_rows || !hash_equal(&was.digest, &is.digest))
        return error_set(c->to->err, ERR_IO, "migrate",
                         "%s did not arrive as it was: %lld rows of %lld", table->name,
                         (long long)is.n_rows, (long long)was.n_rows);
    is.table = text_from(table->name);
    *ret_copied = is;
    return OK;
}

static enum status copy_table(struct copy *c, const char *name)
{
    struct table table = {.name = name};
    TRY(list_columns(c, &table));
    TRY(check_empty(c, &table));
    return copy_rows(c, &table, select_text(c, &table));
}

static enum status verify_table(struct copy *c, const char *name,
                                struct store_copied *ret_copied)
{
    struct table table = {.name = name};
    TRY(list_columns(c, &table));
    return verify(c, &table, select_text(c, &table), ret_copied);
}

/* Tables in the order in which they were made: one that refers to another comes behind it. */
static enum status list_tables(struct copy *c, const char *ret_names[], size_t *ret_n)
{
    struct query q CLEANUP(query_done) =
        query_new(c->from, "SELECT name FROM sqlite_schema WHERE type = 'table'"
                           " AND name NOT LIKE 'sqlite%' ORDER BY rowid");
    enum status status;
    *ret_n = 0;
    while ((status = query_step(&q)) == OK) {
        ENSURE(*ret_n < STORE_TABLES_MAX);
        ret_names[(*ret_n)++] = column_text(&q, c->a).at;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status copy_all(struct copy *c, struct store_copied *ret_copied, size_t *ret_n)
{
    const char *names[STORE_TABLES_MAX];
    size_t n = 0;
    TRY(list_tables(c, names, &n));
    for (size_t i = 0; i < n; i++)
        TRY(copy_table(c, names[i]));
    for (size_t i = 0; i < n; i++) /* the keys of any table's values are in another one */
        TRY(verify_table(c, names[i], &ret_copied[i]));
    *ret_n = n;
    return OK;
}

enum status copy_database(struct db *from, struct db *to, struct arena *a,
                          struct store_copied ret_copied[], size_t *ret_n)
{
    struct copy c = {from, to, a, NULL};
    TRY(db_exec(from, from->driver->begin_read));
    TRY(db_exec(to, to->driver->begin_write));
    /* It waits while the file is read. */
    enum status status = db_exec(to, "SET LOCAL idle_in_transaction_session_timeout = 0");
    if (status == OK)
        status = copy_all(&c, ret_copied, ret_n);
    if (status == OK)
        return db_exec(to, "COMMIT");
    struct error *err = to->err;
    to->err = NULL; /* the first failure's line stays */
    if (db_in_transaction(to))
        (void)!db_exec(to, "ROLLBACK");
    to->err = err;
    return status;
}
