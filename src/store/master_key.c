/* SPDX-License-Identifier: ISC
 *
 * The master key as the database knows it, by its id alone: which one wraps all other keys, and since when. Another
 * one takes its place in one transaction: all keys are wrapped anew, and the id is written, or nothing is.
 *
 * The writer's thread, which alone wraps keys, exchanges the master key within that write; a commit that fails
 * exchanges it back. In between, and where another vault did it, a key that is to be added is refused: its wrapping
 * would not be the database's.
 */
#include <string.h>

#include "crypt/keyfile.h"
#include "os/clock.h"
#include "store/erasure.h"
#include "store/trail.h"
#include "store/walk_tables.h"

static struct text id_text(const struct key_id *id)
{
    return (struct text){(const char *)id->at, sizeof id->at};
}

enum status master_key_note(struct db *db, const struct key_id *id, struct instant since)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO master_keys (id, key_id, since) VALUES"
                      " ((SELECT COALESCE(max(id), 0) + 1 FROM master_keys), ?, ?)");
    bind_bytes(&q, id_text(id));
    bind_instant(&q, since);
    return query_run(&q, NULL);
}

enum status master_key_check(struct db *db)
{
    struct key_id id = keyring_id(db->ring);
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT master_key_id FROM hourgate WHERE id = 1" FOR_SHARE);
    TRY(query_step(&q));
    if (text_equal(column_blob(&q), id_text(&id)))
        return OK;
    return error_set(db->err, ERR_SEAL, "store",
                     "the database was put under another master key: restart with that one");
}

/* ---- another master key ---- */

struct rewrap {
    struct keyring *next; /* after the exchange: the older one */
    bool is_swapped;
    struct key_id older, newer;
    int64_t n_keys;
};

/* A wrapped key, read before any is written. */
struct kept {
    int64_t id;
    struct seal_place place;
    struct text wrapped;
};

static struct seal_place place_of(struct query *q, const struct column_entry *column,
                                  int64_t id)
{
    if (strcmp(column->table, "account_keys") != 0)
        return (struct seal_place){column->table, column->column, id};
    int64_t account = column_i64(q);
    return keyring_place(account, column_code(q, KEY_PURPOSE_COUNT));
}

static enum status update_key(struct db *db, const struct wrapped_column *column,
                              const struct kept *kept, struct keyring *next)
{
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    enum status status = keyring_rewrap(db->ring, next, kept->place, kept->wrapped, &wrapped);
    if (status != OK)
        return error_set(db->err, status, "store", "%s.%s of row %lld cannot be unwrapped",
                         column->column->table, column->column->column, (long long)kept->id);
    struct query q CLEANUP(query_done) = query_new(db, column->update);
    bind_bytes(&q, buf_text(&wrapped));
    bind_i64(&q, kept->id);
    return query_run(&q, NULL);
}

/* Wrap all keys of a column anew. An empty one is none. */
static enum status rewrap_column(struct db *db, const struct wrapped_column *column,
                                 struct rewrap *rewrap)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct query q CLEANUP(query_done) = query_new(db, column->select);
    size_t n = 0, size = 64;
    struct kept *keys = ARENA_ARRAY(&a, size, struct kept);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        int64_t id = column_i64(&q);
        struct text wrapped = arena_text(&a, column_blob(&q));
        if (!wrapped.n)
            continue;
        if (n == size) {
            struct kept *more = ARENA_ARRAY(&a, 2 * size, struct kept);
            memcpy(more, keys, size * sizeof *keys);
            keys = more;
            size *= 2;
        }
        keys[n++] = (struct kept){id, place_of(&q, column->column, id), wrapped};
    }
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    for (size_t i = 0; i < n; i++)
        TRY(update_key(db, column, &keys[i], rewrap->next));
    rewrap->n_keys += (int64_t)n;
    return OK;
}

/* Keep other vaults from adding a key, then write whose they all are from now on. */
static enum status write_id(struct db *db, const struct key_id *id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE hourgate SET master_key_id = ? WHERE id = 1");
    bind_bytes(&q, id_text(id));
    TRY(query_run(&q, NULL));
    return master_key_note(db, id, clock_now());
}

static enum status rewrap_all(struct db *db, void *arg)
{
    struct rewrap *rewrap = arg;
    size_t n_columns;
    const struct wrapped_column *columns = wrapped_columns(&n_columns);
    if (rewrap->is_swapped) /* tried before, and undone */
        keyring_swap(db->ring, rewrap->next);
    rewrap->is_swapped = false;
    rewrap->n_keys = 0;
    rewrap->older = keyring_id(db->ring);
    rewrap->newer = keyring_id(rewrap->next);
    TRY(master_key_check(db));
    /* First: should this be the first row of its chain, then its key is there to be wrapped anew. */
    TRY(audit_add(db, &(struct audit_event){.kind = AUDIT_KEY_REWRAPPED}));
    TRY(write_id(db, &rewrap->newer));
    for (size_t i = 0; i < n_columns; i++)
        TRY(rewrap_column(db, &columns[i], rewrap));
    keyring_swap(db->ring, rewrap->next);
    rewrap->is_swapped = true;
    return OK;
}

static struct text id_of(struct arena *a, const struct key_id *id)
{
    char text[KEY_ID_TEXT];
    return arena_text(a, text_from(key_id_format(id, text)));
}

enum status store_key_rewrap(struct store *st, const struct secret *master_key, struct arena *a,
                             struct key_rewrap_answer *ret_answer, struct error *err)
{
    if (master_key->n != MASTER_KEY_BYTES)
        return error_set(err, ERR_INVALID, "store", "the master key has the wrong length");
    struct rewrap rewrap = {.next = keyring_new(master_key)};
    struct key_id now = keyring_id(store_ring(st)), next = keyring_id(rewrap.next);
    enum status status = OK;
    if (memcmp(now.at, next.at, sizeof now.at) == 0)
        status = error_set(err, ERR_CONFLICT, "store",
                           "the database is under this master key already");
    if (status == OK)
        status = store_write(st, rewrap_all, &rewrap, err);
    if (status != OK && rewrap.is_swapped)
        keyring_swap(store_ring(st), rewrap.next);
    keyring_free(rewrap.next);
    TRY(status);
    (void)!store_scrub(st,
                       NULL); /* the older wrappings; the next start does what this cannot */
    *ret_answer = (struct key_rewrap_answer){.older = id_of(a, &rewrap.older),
                                             .newer = id_of(a, &rewrap.newer),
                                             .keys = rewrap.n_keys};
    return OK;
}
