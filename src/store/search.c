/* SPDX-License-Identifier: ISC
 *
 * Every value of every table that the database has, whether or not this program knows the table. Values are
 * looked at as they are kept: what is sealed stays sealed. PostgreSQL's library takes a result whole, so that
 * there a cursor hands out a part at a time.
 */
#include "store/search.h"

#include <string.h>

#include "store/driver.h"

#define FETCH_ROWS "500"

struct search {
    struct db *db;
    bool is_remote;
    const struct needles *needles;
    struct arena *a;
    struct search_answer *to;
};

/* A table while it is read. */
struct reading {
    const char *name;
    int id; /* which column names a row; -1: none does, rows are counted */
    int64_t n_rows, n_bytes;
};

static void search_value(struct search *s, const struct reading *table, const char *column,
                         int64_t row, struct text value)
{
    struct needle_walk walk = {0};
    while (needles_next(s->needles, value, &walk)) {
        if (s->to->n_found == SEARCH_FOUND_MAX)
            s->to->more++;
        else
            s->to->found[s->to->n_found++] =
                (struct search_found){.needle = (int64_t)walk.which,
                                      .table = text_from(table->name),
                                      .column = arena_text(s->a, text_from(column)),
                                      .row = row};
    }
}

/* Read rows to their end; how many there were. */
static enum status search_rows(struct search *s, struct reading *table, const char *sql,
                               int64_t *ret_n)
{
    struct query q CLEANUP(query_done) = query_new(s->db, sql);
    enum status status;
    const char *name;
    *ret_n = 0;
    while ((status = query_step(&q)) == OK) {
        const struct driver *driver = s->db->driver;
        int64_t row = table->id < 0 ? table->n_rows + 1 : driver->column(&q, table->id).i64;
        for (int i = 0; (name = driver->column_name(&q, i)); i++) {
            struct value value = driver->column(&q, i);
            if (value.kind != VALUE_TEXT && value.kind != VALUE_BYTES)
                continue;
            table->n_bytes += (int64_t)value.text.n;
            search_value(s, table, name, row, value.text);
        }
        table->n_rows++;
        ++*ret_n;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Which column is `id`? */
static enum status find_id(struct search *s, struct reading *table)
{
    struct query q CLEANUP(query_done) =
        query_new(s->db, arena_printf(s->a, "SELECT * FROM \"%s\" LIMIT 0", table->name));
    const char *name;
    TRY(query_run(&q, NULL));
    for (int i = 0; (name = s->db->driver->column_name(&q, i)); i++)
        if (strcmp(name, "id") == 0)
            table->id = i;
    return OK;
}

static enum status search_table(struct search *s, const char *name, size_t number)
{
    struct reading table = {.name = name, .id = -1};
    const char *sql = arena_printf(s->a, "SELECT * FROM \"%s\"", name);
    int64_t n = 0;
    TRY(find_id(s, &table));
    if (s->is_remote) {
        TRY(db_exec(s->db, arena_printf(s->a, "DECLARE look%zu CURSOR FOR %s", number, sql)));
        sql = arena_printf(s->a, "FETCH " FETCH_ROWS " FROM look%zu", number);
    }
    do
        TRY(search_rows(s, &table, sql, &n));
    while (s->is_remote && n > 0);
    s->to->tables[s->to->n_tables++] =
        (struct search_table){text_from(name), table.n_rows, table.n_bytes};
    return OK;
}

static enum status list_tables(struct search *s, const char *ret_names[], size_t *ret_n)
{
    static const char sqlite[] = "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                 " AND name NOT LIKE 'sqlite%' ORDER BY 1";
    static const char postgres[] = "SELECT table_name::text FROM information_schema.tables"
                                   " WHERE table_schema = current_schema() ORDER BY 1";
    struct query q CLEANUP(query_done) = query_new(s->db, s->is_remote ? postgres : sqlite);
    enum status status;
    *ret_n = 0;
    while ((status = query_step(&q)) == OK) {
        if (*ret_n == SEARCH_TABLES_MAX)
            return error_set(s->db->err, ERR_LIMIT, "search", "there are more than %d tables",
                             SEARCH_TABLES_MAX);
        ret_names[(*ret_n)++] = column_text(&q, s->a).at;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Where does the database server keep its files? Known to who may see all settings, and only of this machine. */
static enum status find_directory(struct search *s)
{
    struct query q CLEANUP(query_done) =
        query_new(s->db, "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
                         " AND inet_server_addr() IS NULL");
    enum status status = query_step(&q);
    if (status == OK)
        s->to->directory = column_text(&q, s->a);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status search_database(struct db *db, bool is_remote, const struct needles *needles,
                            struct arena *a, struct search_answer *ret_searched)
{
    struct search s = {db, is_remote, needles, a, ret_searched};
    const char *names[SEARCH_TABLES_MAX];
    size_t n = 0;
    *ret_searched = (struct search_answer){
        .found = ARENA_ARRAY(a, SEARCH_FOUND_MAX, struct search_found),
        .tables = ARENA_ARRAY(a, SEARCH_TABLES_MAX, struct search_table)};
    TRY(db_exec(db, db->driver->begin_read));
    TRY(list_tables(&s, names, &n));
    for (size_t i = 0; i < n; i++)
        TRY(search_table(&s, names[i], i));
    if (is_remote)
        TRY(find_directory(&s));
    return db_exec(db, "COMMIT");
}
