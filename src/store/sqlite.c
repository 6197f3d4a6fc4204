/* SPDX-License-Identifier: ISC
 *
 * Connections, statements and values. Statements are prepared once per connection and found by the
 * address of their text.
 */
#include "store/sqlite.h"

#include <string.h>

#include "wire/codec.h"

enum { BUSY_TIMEOUT_MS = 2000 };

enum status db_failed(struct db *db, const char *doing)
{
    return error_set(db->err, ERR_IO, "store", "%s: %s", doing, sqlite3_errmsg(db->handle));
}

enum status db_exec(struct db *db, const char *sql)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    return query_run(&q, NULL);
}

enum status db_open(struct db *db, struct store *st, const char *path, bool read_only,
                    struct error *err)
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
    *db = (struct db){.st = st, .err = err};
    if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return error_set(err, ERR_IO, "store", "%s: %s", path, sqlite3_errmsg(db->handle));
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_exec(db->handle, settings, NULL, NULL, NULL) != SQLITE_OK)
        return db_failed(db, path);
    return OK;
}

void db_close(struct db *db)
{
    for (unsigned i = 0; i < db->n_statements; i++)
        sqlite3_finalize(db->statements[i].stmt);
    ENSURE(sqlite3_close(db->handle) == SQLITE_OK);
    *db = (struct db){0};
}

/* ---- statements ---- */

static sqlite3_stmt *statement(struct db *db, const char *sql)
{
    for (unsigned i = 0; i < db->n_statements; i++)
        if (db->statements[i].sql == sql)
            return db->statements[i].stmt;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK)
        return NULL;
    ENSURE(db->n_statements < STATEMENTS_MAX);
    db->statements[db->n_statements].sql = sql;
    db->statements[db->n_statements++].stmt = stmt;
    return stmt;
}

struct query query_new(struct db *db, const char *sql)
{
    struct query q = {.db = db, .stmt = statement(db, sql)};
    if (!q.stmt)
        q.status = db_failed(db, "preparing a statement");
    ENSURE(!q.stmt || !sqlite3_stmt_busy(q.stmt));
    return q;
}

void query_done(struct query *q)
{
    if (!q->stmt)
        return;
    sqlite3_reset(q->stmt);
    sqlite3_clear_bindings(q->stmt);
    q->stmt = NULL;
}

static void bound(struct query *q, int rc)
{
    if (q->status == OK && rc != SQLITE_OK)
        q->status = db_failed(q->db, "binding a value");
}

void bind_i64(struct query *q, int64_t value)
{
    bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void bind_instant(struct query *q, struct instant t)
{
    bind_i64(q, t.s);
}

void bind_text(struct query *q, struct text t)
{
    const char *at = t.at ? t.at : "";
    bound(q, sqlite3_bind_text64(q->stmt, ++q->bound, at, t.n, SQLITE_STATIC, SQLITE_UTF8));
}

void bind_bytes(struct query *q, struct text t)
{
    bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, t.at ? t.at : "", t.n, SQLITE_STATIC));
}

void bind_hash(struct query *q, const struct hash *hash)
{
    bind_bytes(q, hash_text(hash));
}

void bind_null(struct query *q)
{
    bound(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

void bind_id(struct query *q, int64_t id)
{
    if (id)
        bind_i64(q, id);
    else
        bind_null(q);
}

static void bind_copy(struct query *q, const struct buf *b)
{
    bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, b->at ? (const char *)b->at : "", b->n,
                                 SQLITE_TRANSIENT));
}

void bind_sealed(struct query *q, const struct data_key *key, struct seal_place place,
                 struct text clear)
{
    struct buf blob CLEANUP(buf_done) = BUF(clear.n + SEAL_EXTRA);
    ENSURE(seal(&blob, &key->seal, place, clear) == OK);
    bind_copy(q, &blob);
}

void bind_wire(struct query *q, shape_table *shape, const void *value)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(shape));
    enum status status = wire_encode(&bytes, shape, value);
    if (q->status == OK && status != OK)
        q->status =
            error_set(q->db->err, status, "store", "%s breaks its limits", shape()->name);
    bind_copy(q, &bytes);
}

enum status query_step(struct query *q)
{
    if (q->status != OK)
        return q->status;
    q->column = 0;
    int rc = sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return OK;
    if (rc == SQLITE_DONE)
        return ERR_NOT_FOUND;
    q->status = (rc & 0xff) == SQLITE_CONSTRAINT ? ERR_CONFLICT : ERR_IO;
    (void)!db_failed(q->db, q->status == ERR_CONFLICT ? "refused" : "running a statement");
    return q->status;
}

enum status query_run(struct query *q, int64_t *ret_changed)
{
    enum status status = query_step(q);
    if (status != ERR_NOT_FOUND)
        return status;
    if (ret_changed)
        *ret_changed = sqlite3_changes64(q->db->handle);
    return OK;
}

/* ---- columns ---- */

int64_t column_i64(struct query *q)
{
    return sqlite3_column_int64(q->stmt, q->column++);
}

struct instant column_instant(struct query *q)
{
    return (struct instant){column_i64(q)};
}

struct text column_text(struct query *q, struct arena *a)
{
    const char *at = (const char *)sqlite3_column_text(q->stmt, q->column);
    int n = sqlite3_column_bytes(q->stmt, q->column++);
    return arena_text(a, (struct text){at, (size_t)n});
}

struct text column_blob(struct query *q)
{
    const char *at = sqlite3_column_blob(q->stmt, q->column);
    int n = sqlite3_column_bytes(q->stmt, q->column++);
    return (struct text){at, (size_t)n};
}

bool column_is_null(struct query *q)
{
    return sqlite3_column_type(q->stmt, q->column) == SQLITE_NULL;
}

void column_skip(struct query *q)
{
    q->column++;
}

static void column_failed(struct query *q, enum status status)
{
    if (q->status != OK)
        return;
    const char *name = sqlite3_column_name(q->stmt, q->column - 1);
    q->status = error_set(q->db->err, status, "store", "%s: %s", name,
                          status == ERR_SEAL ? "the sealed value is not authentic"
                                             : "the database holds a value out of range");
}

unsigned column_code(struct query *q, unsigned count)
{
    int64_t value = column_i64(q);
    if (value >= 0 && value < count)
        return (unsigned)value;
    column_failed(q, ERR_IO);
    return 0;
}

struct text column_sealed(struct query *q, struct arena *a, const struct data_key *key,
                          struct seal_place place)
{
    struct text clear = {0};
    if (column_is_null(q)) {
        column_skip(q);
        return clear;
    }
    enum status status = unseal_text(a, &key->seal, place, column_blob(q), &clear);
    if (status != OK)
        column_failed(q, status);
    return clear;
}

struct secret column_secret(struct query *q, const struct data_key *key,
                            struct seal_place place)
{
    struct text blob = column_blob(q);
    struct buf clear CLEANUP(buf_wipe) = BUF(blob.n);
    enum status status = unseal(&clear, &key->seal, place, blob);
    if (status != OK) {
        column_failed(q, status);
        return (struct secret){0};
    }
    return clear.n ? secret_new(clear.at, clear.n) : (struct secret){0};
}

void column_wire(struct query *q, struct arena *a, shape_table *shape, void *ret_value)
{
    enum status status = wire_decode(a, shape, column_blob(q), ret_value);
    if (status != OK)
        column_failed(q, ERR_IO);
}

void column_sealed_wire(struct query *q, struct arena *a, const struct data_key *key,
                        struct seal_place place, shape_table *shape, void *ret_value)
{
    struct text bytes = column_sealed(q, a, key, place);
    if (q->status == OK && wire_decode(a, shape, bytes, ret_value) != OK)
        column_failed(q, ERR_IO);
}

enum status value_check(shape_table *shape, const void *value, struct error *err)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(shape));
    enum status status = wire_encode(&bytes, shape, value);
    return status == OK
               ? OK
               : error_set(err, status, "store", "%s breaks its limits", shape()->name);
}
