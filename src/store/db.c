/* SPDX-License-Identifier: ISC
 *
 * Connections, statements and values over either database. Statements are prepared once per connection and
 * found by the address of their text. Values are sealed and opened on the way.
 */
#include "store/db.h"

#include <string.h>

#include "store/inventory.h"
#include "store/postgres.h"
#include "store/sqlite.h"
#include "wire/codec.h"

static const struct driver *driver_of(const struct db_target *target)
{
    return store_is_remote(target->at) ? &postgres_driver : &sqlite_driver;
}

enum status db_open(struct db *db, struct store *st, const struct db_target *target,
                    bool read_only, struct error *err)
{
    *db = (struct db){.driver = driver_of(target), .st = st, .err = err};
    return db->driver->open(db, target, read_only);
}

void db_close(struct db *db)
{
    if (!db->driver)
        return;
    for (unsigned i = 0; i < db->n_statements; i++)
        db->driver->finish(db->statements[i].handle);
    db->driver->close(db);
    *db = (struct db){0};
}

bool db_in_transaction(struct db *db)
{
    return db->driver->in_transaction(db);
}

enum status db_exec(struct db *db, const char *sql)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    return query_run(&q, NULL);
}

/* ---- statements ---- */

static struct statement *statement_get(struct db *db, const char *sql)
{
    for (unsigned i = 0; i < db->n_statements; i++)
        if (db->statements[i].sql == sql)
            return &db->statements[i];
    void *handle = db->driver->prepare(db, sql);
    if (!handle)
        return NULL;
    ENSURE(db->n_statements < STATEMENTS_MAX);
    struct statement *statement = &db->statements[db->n_statements++];
    *statement = (struct statement){.sql = sql, .handle = handle};
    return statement;
}

struct query query_new(struct db *db, const char *sql)
{
    struct query q; /* its values are not worth zeroing */
    q.db = db;
    q.statement = statement_get(db, sql);
    q.status = q.statement ? OK : ERR_IO;
    q.is_running = false;
    q.n_values = q.column = 0;
    q.copies = (struct arena){0};
    if (q.statement) {
        ENSURE(!q.statement->is_busy);
        q.statement->is_busy = true;
    }
    return q;
}

void query_done(struct query *q)
{
    if (q->statement) {
        if (q->is_running)
            q->db->driver->reset(q->statement->handle);
        q->statement->is_busy = false;
        q->statement = NULL;
    }
    arena_done(&q->copies);
}

void bind_value(struct query *q, struct value value)
{
    ENSURE(!q->is_running && q->n_values < VALUES_MAX);
    q->values[q->n_values++] = value;
}

void bind_i64(struct query *q, int64_t value)
{
    bind_value(q, (struct value){.kind = VALUE_I64, .i64 = value});
}

void bind_instant(struct query *q, struct instant t)
{
    bind_i64(q, t.s);
}

void bind_text(struct query *q, struct text t)
{
    bind_value(q, (struct value){.kind = VALUE_TEXT, .text = t});
}

void bind_bytes(struct query *q, struct text t)
{
    bind_value(q, (struct value){.kind = VALUE_BYTES, .text = t});
}

void bind_hash(struct query *q, const struct hash *hash)
{
    bind_bytes(q, hash_text(hash));
}

void bind_null(struct query *q)
{
    bind_value(q, (struct value){.kind = VALUE_NULL});
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
    bind_bytes(q, arena_text(&q->copies, buf_text(b)));
}

void bind_sealed(struct query *q, const struct account_keys *keys, struct seal_place place,
                 struct text clear)
{
    struct buf blob CLEANUP(buf_wipe) = BUF(clear.n + SEAL_EXTRA);
    ENSURE(value_seal(&blob, keys, place, clear) == OK);
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
    enum status status = q->db->driver->step(q);
    q->is_running = true;
    if (status != OK && status != ERR_NOT_FOUND)
        q->status = status;
    return status;
}

enum status query_run(struct query *q, int64_t *ret_changed)
{
    enum status status = query_step(q);
    if (status != ERR_NOT_FOUND)
        return status;
    if (ret_changed)
        *ret_changed = q->db->driver->changed(q);
    return OK;
}

enum status query_insert(struct query *q)
{
    int64_t n_inserted = 0;
    TRY(query_run(q, &n_inserted));
    return n_inserted ? OK : ERR_CONFLICT;
}

/* ---- columns ---- */

struct value column_value(struct query *q)
{
    return q->db->driver->column(q, q->column++);
}

int64_t column_i64(struct query *q)
{
    return column_value(q).i64;
}

struct instant column_instant(struct query *q)
{
    return (struct instant){column_i64(q)};
}

struct text column_text(struct query *q, struct arena *a)
{
    return arena_text(a, column_value(q).text);
}

struct text column_blob(struct query *q)
{
    return column_value(q).text;
}

bool column_is_null(struct query *q)
{
    return q->db->driver->column(q, q->column).kind == VALUE_NULL;
}

void column_skip(struct query *q)
{
    q->column++;
}

static void column_failed(struct query *q, enum status status)
{
    if (q->status != OK)
        return;
    const char *name = q->db->driver->column_name(q, q->column - 1);
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

struct text column_sealed(struct query *q, struct arena *a, const struct account_keys *keys,
                          struct seal_place place)
{
    struct text value = column_blob(q), clear = {0};
    if (!value.at)
        return clear;
    const struct data_key *key = keys_find(keys, value);
    if (key) { /* the usual case takes no copy */
        enum status status = unseal_text(a, &key->seal, place, value, &clear);
        if (status != OK)
            column_failed(q, status);
        return clear;
    }
    struct buf opened CLEANUP(buf_wipe) = BUF(value.n);
    enum status status = value_open(q->db, keys, place, value, &opened);
    if (status != OK) {
        column_failed(q, status);
        return clear;
    }
    return arena_text(a, buf_text(&opened));
}

struct secret column_secret(struct query *q, const struct account_keys *keys,
                            struct seal_place place)
{
    struct text blob = column_blob(q);
    struct buf clear CLEANUP(buf_wipe) = BUF(blob.n);
    enum status status = value_open(q->db, keys, place, blob, &clear);
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

void column_sealed_wire(struct query *q, struct arena *a, const struct account_keys *keys,
                        struct seal_place place, shape_table *shape, void *ret_value)
{
    struct text bytes = column_sealed(q, a, keys, place);
    if (q->status == OK && wire_decode(a, shape, bytes, ret_value) != OK)
        column_failed(q, ERR_IO);
}

/* ---- sealed values ---- */

enum status value_seal(struct buf *out, const struct account_keys *keys,
                       struct seal_place place, struct text clear)
{
    bool is_plain = keys_write_plain(keys) && inventory_is_by_policy(place.table, place.column);
    return is_plain ? keys_plain(out, clear) : seal(out, &keys->keys[0].seal, place, clear);
}

enum status value_open(struct db *db, const struct account_keys *keys, struct seal_place place,
                       struct text value, struct buf *out)
{
    if (value_is_plain(value))
        return inventory_is_by_policy(place.table, place.column)
                   ? keys_open_plain(out, keys, value)
                   : ERR_SEAL;
    const struct data_key *key = keys_find(keys, value);
    if (!key) {
        TRY(account_keys_load(db, keys->account, &keys));
        key = keys_find(keys, value);
    }
    return key ? unseal(out, &key->seal, place, value) : ERR_SEAL;
}

enum status value_check(shape_table *shape, const void *value, struct error *err)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(shape));
    enum status status = wire_encode(&bytes, shape, value);
    return status == OK
               ? OK
               : error_set(err, status, "store", "%s breaks its limits", shape()->name);
}

enum status db_size(struct db *db, int64_t *ret_bytes)
{
    struct query q CLEANUP(query_done) = query_new(db, db->driver->size);
    TRY(query_step(&q));
    *ret_bytes = column_i64(&q);
    return q.status;
}
