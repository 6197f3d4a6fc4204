/* SPDX-License-Identifier: ISC
 *
 * A step reads some rows in a snapshot, seals their values anew in the walker's own thread, and hands the writer
 * one small write. Its UPDATE names the values that were read: a row that somebody changed meanwhile is left as
 * it is, under the newest key.
 */
#include "store/walk.h"

#include <string.h>

#include "store/erasure.h"
#include "store/trail.h"
#include "store/walk_tables.h"

enum {
    STEP_ROWS = 64,
    STEP_BYTES = 256 << 10, /* of values, old and new: a step ends behind this */
};

/* A row whose values are to be replaced. A NULL column has no bytes at all, before and after. */
struct change {
    int64_t id;
    struct text before[WALK_COLUMNS_MAX], after[WALK_COLUMNS_MAX];
};

struct step {
    struct store_walk *walk;
    const struct walk_table *table;
    const struct account_keys *keys;
    struct arena a;
    struct change changes[STEP_ROWS];
    size_t n_changes;
    int64_t n_seen;
    int64_t last; /* row */
};

static void step_done(struct step *step)
{
    arena_wipe(&step->a);
}

/* ---- an account with something to do ---- */

static enum status count_rows(struct db *db, int64_t account, int64_t *ret_n)
{
    size_t n_tables;
    const struct walk_table *tables = walk_tables(&n_tables);
    *ret_n = 0;
    for (size_t i = 0; i < n_tables; i++) {
        struct query q CLEANUP(query_done) = query_new(db, tables[i].count);
        bind_i64(&q, account);
        TRY(query_step(&q));
        *ret_n += column_i64(&q);
    }
    return OK;
}

enum status store_walk_find(struct store *st, int64_t after, struct store_walk *ret_walk,
                            struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id, max(id) FROM account_keys WHERE purpose <> 2"
                      " AND account_id > ? GROUP BY account_id HAVING count(*) > 1"
                      " ORDER BY account_id LIMIT 1");
    bind_i64(&q, after);
    TRY(query_step(&q));
    struct store_walk walk = {.account = column_i64(&q)};
    walk.newest = column_i64(&q);
    TRY(count_rows(db, walk.account, &walk.n_rows));
    *ret_walk = walk;
    return OK;
}

/* ---- a step ---- */

/* Does a value not stand as the account's newest key wants it? */
static bool needs_change(const struct account_keys *keys, const struct column_entry *column,
                         struct text value)
{
    bool wants_plain = column->keeping == KEEP_BY_POLICY && keys_write_plain(keys);
    if (value_is_plain(value))
        return !wants_plain;
    return wants_plain || keys_find(keys, value) != &keys->keys[0];
}

/* Seal a value anew, in a's memory. */
static enum status change_value(struct db *db, struct step *step,
                                const struct column_entry *column, int64_t row,
                                struct text value, struct text *ret_after)
{
    struct seal_place place = {column->table, column->column, row};
    struct buf clear CLEANUP(buf_wipe) = BUF(value.n);
    struct buf after CLEANUP(buf_wipe) = BUF(value.n + SEAL_EXTRA);
    TRY(value_open(db, step->keys, place, value, &clear));
    ENSURE(value_seal(&after, step->keys, place, buf_text(&clear)) == OK);
    *ret_after = arena_text(&step->a, buf_text(&after));
    return OK;
}

/* Note a value that no key opens; it stays as it is. */
static void note_failure(struct store_walk *walk, const struct column_entry *column,
                         int64_t row)
{
    if (walk->n_failed++ == 0)
        error_set(&walk->problem, ERR_SEAL, "walk", "%s.%s of row %lld cannot be opened",
                  column->table, column->column, (long long)row);
}

/* Look at the row that the query stands at, and remember it where something has to change. */
static enum status take_row(struct query *q, struct step *step)
{
    const struct walk_table *table = step->table;
    struct change *change = &step->changes[step->n_changes];
    bool changes = false;
    *change = (struct change){.id = column_i64(q)};
    for (size_t i = 0; i < table->n_columns; i++) {
        struct text value = column_blob(q);
        if (!value.at)
            continue;
        change->before[i] = change->after[i] = arena_text(&step->a, value);
        if (!needs_change(step->keys, table->columns[i], value))
            continue;
        enum status status =
            change_value(q->db, step, table->columns[i], change->id, value, &change->after[i]);
        if (status == ERR_SEAL)
            note_failure(step->walk, table->columns[i], change->id);
        else if (status != OK)
            return status;
        changes = changes || status == OK;
    }
    step->last = change->id;
    step->n_seen++;
    step->n_changes += changes;
    return q->status;
}

static enum status read_rows(struct store *st, struct step *step, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(account_key(db, step->walk->account, &step->keys));
    if (step->keys->keys[0].row != step->walk->newest)
        TRY(account_keys_load(db, step->walk->account, &step->keys));
    if (step->keys->keys[0].row != step->walk->newest)
        return ERR_CONFLICT;
    struct query q CLEANUP(query_done) = query_new(db, step->table->select);
    bind_i64(&q, step->walk->account);
    bind_i64(&q, step->walk->after);
    bind_i64(&q, STEP_ROWS);
    while (step->n_seen < STEP_ROWS && step->a.used < STEP_BYTES) {
        enum status status = query_step(&q);
        if (status != OK)
            return status == ERR_NOT_FOUND ? OK : status;
        TRY(take_row(&q, step));
    }
    return OK;
}

static void bind_values(struct query *q, const struct text *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i].at)
            bind_bytes(q, values[i]);
        else
            bind_null(q);
}

static enum status write_rows(struct db *db, void *arg)
{
    const struct step *step = arg;
    const struct account_keys *keys;
    TRY(account_key(db, step->walk->account, &keys));
    if (keys->keys[0].row != step->walk->newest)
        return error_set(db->err, ERR_CONFLICT, "walk", "the account got another key");
    for (size_t i = 0; i < step->n_changes; i++) {
        const struct change *change = &step->changes[i];
        struct query q CLEANUP(query_done) = query_new(db, step->table->update);
        bind_values(&q, change->after, step->table->n_columns);
        bind_i64(&q, change->id);
        bind_values(&q, change->before, step->table->n_columns);
        TRY(query_run(&q, NULL));
    }
    return OK;
}

/* Go on with the next table, or with another pass; true: the last pass found nothing to do. */
static bool next_table(struct store_walk *walk)
{
    size_t n_tables;
    walk_tables(&n_tables);
    walk->after = 0;
    if (++walk->table < n_tables)
        return false;
    if (walk->n_changed == 0)
        return true;
    walk->table = 0;
    walk->n_changed = walk->n_failed = walk->n_seen = 0;
    return false;
}

enum status store_walk_step(struct store *st, struct store_walk *walk, bool *ret_done,
                            struct error *err)
{
    size_t n_tables;
    struct step step CLEANUP(step_done) = {.walk = walk,
                                           .table = &walk_tables(&n_tables)[walk->table]};
    TRY(read_rows(st, &step, err));
    if (step.n_changes)
        TRY(store_write(st, write_rows, &step, err));
    walk->n_changed += (int64_t)step.n_changes;
    walk->n_sealed += (int64_t)step.n_changes;
    walk->n_seen += step.n_seen;
    walk->after = step.last;
    *ret_done = step.n_seen == 0 && next_table(walk);
    return OK;
}

/* ---- the end of a walk ---- */

static enum status destroy_older(struct db *db, void *arg)
{
    const struct store_walk *walk = arg;
    const struct account_keys *keys;
    TRY(account_key(db, walk->account, &keys));
    if (keys->keys[0].row != walk->newest)
        return error_set(db->err, ERR_CONFLICT, "walk", "the account got another key");
    struct query q CLEANUP(query_done) = query_new(
        db, "DELETE FROM account_keys WHERE account_id = ? AND purpose <> 2 AND id < ?");
    bind_i64(&q, walk->account);
    bind_i64(&q, walk->newest);
    return query_run(&q, NULL);
}

/* Remember the account's keys as they are now, without those that were destroyed. */
static enum status remember_keys(struct store *st, int64_t account, struct error *err)
{
    const struct account_keys *keys;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    return db ? account_keys_load(db, account, &keys) : ERR_IO;
}

enum status store_walk_end(struct store *st, const struct store_walk *walk, struct error *err)
{
    struct store_walk copy = *walk;
    if (walk->n_failed) {
        *err = walk->problem;
        return ERR_SEAL;
    }
    TRY(store_scrub(st, err));
    TRY(store_write(st, destroy_older, &copy, err));
    TRY(remember_keys(st, walk->account, err));
    return store_scrub(st, err);
}

/* ---- counts ---- */

/* Count the values of one column by whether they are sealed. */
static enum status count_column(struct db *db, const struct walk_table *table, size_t column,
                                int64_t account, struct sealed_count *ret_count)
{
    struct sealed_count count = {.column = table->columns[column]};
    struct query q CLEANUP(query_done) =
        query_new(db, account ? table->account_heads[column] : table->heads[column]);
    enum status status;
    if (account)
        bind_i64(&q, account);
    while ((status = query_step(&q)) == OK) {
        bool is_plain = value_is_plain(column_blob(&q));
        *(is_plain ? &count.n_plain : &count.n_sealed) += column_i64(&q);
    }
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_count = count;
    return OK;
}

enum status store_walk_count(struct store *st, int64_t *ret_n, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM (SELECT account_id FROM account_keys"
                      " WHERE purpose <> 2 GROUP BY account_id HAVING count(*) > 1) AS k");
    TRY(query_step(&q));
    *ret_n = column_i64(&q);
    return OK;
}

enum status store_sealed_list(struct store *st, struct arena *a, struct text account,
                              struct sealed_count **ret_counts, size_t *ret_n,
                              struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    size_t n_tables, n = 0;
    int64_t id = 0;
    if (account.n)
        TRY(account_row_find(db, account, &id));
    const struct walk_table *tables = walk_tables(&n_tables);
    struct sealed_count *counts = ARENA_ARRAY(a, inventory_n, struct sealed_count);
    for (size_t i = 0; i < n_tables; i++)
        for (size_t j = 0; j < tables[i].n_columns; j++)
            TRY(count_column(db, &tables[i], j, id, &counts[n++]));
    *ret_counts = counts;
    *ret_n = n;
    return OK;
}
