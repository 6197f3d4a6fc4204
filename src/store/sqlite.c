/* SPDX-License-Identifier: ISC
 *
 * SQLite's side of store/driver.h. A statement's handle is its sqlite3_stmt.
 */
#include "store/sqlite.h"

#include <string.h>

#include "base/buf.h"

enum {
    BUSY_TIMEOUT_MS = 2000,
    APPLICATION_ID = 0x68726774, /* "hrgt", in the file's head */
};

static enum status failed(struct db *db, const char *doing)
{
    sqlite3 *handle = sqlite_handle(db);
    int why =
        sqlite3_system_errno(handle); /* "disk I/O error" alone does not say that it is full */
    bool is_io = (sqlite3_errcode(handle) & 0xff) == SQLITE_IOERR && why;
    return error_set(db->err, ERR_IO, "store", "%s: %s%s%s", doing, sqlite3_errmsg(handle),
                     is_io ? ": " : "", is_io ? strerror(why) : "");
}

static enum status open_file(struct db *db, const struct db_target *target, bool read_only)
{
    /* synchronous FULL: a commit is on the disk when it returns. secure_delete: erased rows are
     * overwritten, not only forgotten. temp_store: sorting never makes a file. */
    static const char settings[] = "PRAGMA synchronous = FULL;"
                                   "PRAGMA secure_delete = ON;"
                                   "PRAGMA foreign_keys = ON;"
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;";
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite3 *handle = NULL;
    int rc = sqlite3_open_v2(target->at, &handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    db->handle = handle;
    if (rc != SQLITE_OK)
        return failed(db, target->at);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_exec(handle, settings, NULL, NULL, NULL) != SQLITE_OK)
        return failed(db, target->at);
    return OK;
}

static void close_file(struct db *db)
{
    ENSURE(sqlite3_close(sqlite_handle(db)) == SQLITE_OK);
}

static bool in_transaction(struct db *db)
{
    return sqlite3_get_autocommit(sqlite_handle(db)) == 0;
}

/* ---- statements ---- */

static void *prepare(struct db *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(sqlite_handle(db), sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt,
                           NULL) != SQLITE_OK)
        (void)!failed(db, "preparing a statement");
    return stmt;
}

static void finish(void *statement)
{
    sqlite3_finalize(statement);
}

/* The values stay where they are until the query is done. */
static int bind(sqlite3_stmt *stmt, int at, const struct value *value)
{
    const char *bytes = value->text.at ? value->text.at : "";
    switch (value->kind) {
    case VALUE_I64:
        return sqlite3_bind_int64(stmt, at, value->i64);
    case VALUE_TEXT:
        return sqlite3_bind_text64(stmt, at, bytes, value->text.n, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(stmt, at, bytes, value->text.n, SQLITE_STATIC);
    case VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, at);
}

static enum status step(struct query *q)
{
    sqlite3_stmt *stmt = q->statement->handle;
    for (int i = 0; !q->is_running && i < q->n_values; i++)
        if (bind(stmt, i + 1, &q->values[i]) != SQLITE_OK)
            return failed(q->db, "binding a value");
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return OK;
    if (rc == SQLITE_DONE)
        return ERR_NOT_FOUND;
    bool refused = (rc & 0xff) == SQLITE_CONSTRAINT;
    (void)!failed(q->db, refused ? "refused" : "running a statement");
    return refused ? ERR_CONFLICT : ERR_IO;
}

static void reset(void *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int64_t changed(struct query *q)
{
    return sqlite3_changes64(sqlite_handle(q->db));
}

static struct value column(struct query *q, int at)
{
    sqlite3_stmt *stmt = q->statement->handle;
    struct value value = {.kind = VALUE_NULL};
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        value.kind = VALUE_I64;
        value.i64 = sqlite3_column_int64(stmt, at);
        break;
    case SQLITE_TEXT:
        value.kind = VALUE_TEXT;
        value.text.at = (const char *)sqlite3_column_text(stmt, at);
        value.text.n = (size_t)sqlite3_column_bytes(stmt, at);
        break;
    case SQLITE_BLOB:
        value.kind = VALUE_BYTES;
        value.text.at = sqlite3_column_blob(stmt, at);
        value.text.n = (size_t)sqlite3_column_bytes(stmt, at);
        break;
    default:
        break;
    }
    return value;
}

static const char *column_name(struct query *q, int at)
{
    return sqlite3_column_name(q->statement->handle, at);
}

/* ---- the schema ---- */

/* Ask a pragma for its number. Not through query_new: the answer changes with the file. */
static enum status pragma_get(struct db *db, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(sqlite_handle(db), sql, -1, &stmt, NULL) != SQLITE_OK)
        return failed(db, "opening");
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(stmt, 0);
    enum status status = rc == SQLITE_ROW ? OK : failed(db, "opening");
    sqlite3_finalize(stmt);
    return status;
}

static enum status run(struct db *db, const char *sql)
{
    if (sqlite3_exec(sqlite_handle(db), sql, NULL, NULL, NULL) == SQLITE_OK)
        return OK;
    return failed(db, "migrating");
}

/* One step and its number in one transaction: a crash between two leaves a database of the older step. */
static enum status schema_step(struct db *db, const struct schema_step *step, int64_t to)
{
    struct buf numbers CLEANUP(buf_done) = BUF(200);
    buf_printf(&numbers, "PRAGMA user_version = %lld; PRAGMA application_id = %d;",
               (long long)to, APPLICATION_ID);
    TRY(run(db, "BEGIN EXCLUSIVE"));
    enum status status = run(db, step->both);
    if (status == OK && step->sqlite)
        status = run(db, step->sqlite);
    if (status == OK)
        status = run(db, buf_cstr(&numbers));
    if (status == OK)
        status = run(db, "COMMIT");
    if (status != OK && !sqlite3_get_autocommit(sqlite_handle(db)))
        sqlite3_exec(sqlite_handle(db), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* A file system that cannot share memory between connections cannot hold SQLite's log. */
static enum status use_log(struct db *db)
{
    int64_t is_used = 0;
    TRY(run(db, "PRAGMA journal_mode = WAL"));
    TRY(pragma_get(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &is_used));
    if (is_used)
        return OK;
    return error_set(db->err, ERR_IO, "store",
                     "the file system cannot hold a write-ahead log: use a local one");
}

static enum status schema_begin(struct db *db, int64_t *ret_version)
{
    int64_t application = 0, n_tables = 0;
    TRY(pragma_get(db, "PRAGMA application_id", &application));
    TRY(pragma_get(db, "PRAGMA user_version", ret_version));
    TRY(pragma_get(db, "SELECT count(*) FROM sqlite_schema", &n_tables));
    bool is_new = application == 0 && *ret_version == 0 && n_tables == 0;
    if (!is_new && application != APPLICATION_ID)
        return error_set(db->err, ERR_DENIED, "store",
                         "the file is not a database of hourgate");
    return use_log(db);
}

/* Every step was a transaction of its own. */
static enum status schema_end(struct db *db, enum status status)
{
    (void)db;
    return status;
}

const struct driver sqlite_driver = {
    .begin_read = "BEGIN",
    .begin_write = "BEGIN IMMEDIATE",
    .size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    .open = open_file,
    .close = close_file,
    .failed = failed,
    .in_transaction = in_transaction,
    .prepare = prepare,
    .finish = finish,
    .step = step,
    .reset = reset,
    .changed = changed,
    .column = column,
    .column_name = column_name,
    .schema_begin = schema_begin,
    .schema_step = schema_step,
    .schema_end = schema_end,
};
