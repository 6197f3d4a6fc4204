/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "os/random.h"
#include "store/db.h"
#include "store/walk_tables.h"

/* How many values each key seals, by its id: one reading of every sealed column. */
struct uses {
    struct arena a;
    struct map by_id; /* struct use */
};

struct use {
    struct key_id id;
    int64_t n;
};

static void uses_done(struct uses *uses)
{
    map_done(&uses->by_id);
    arena_done(&uses->a);
}

static struct text id_text(const struct key_id *id)
{
    return (struct text){(const char *)id->at, sizeof id->at};
}

static void add_use(struct uses *uses, struct text head, int64_t n)
{
    struct key_id id;
    if (head.n != 1 + KEY_ID_BYTES || value_is_plain(head))
        return;
    memcpy(id.at, head.at + 1, KEY_ID_BYTES);
    struct use *use = map_find(&uses->by_id, id_text(&id));
    if (!use) {
        use = ARENA_NEW(&uses->a, struct use);
        use->id = id;
        map_put(&uses->by_id, id_text(&use->id), use);
    }
    use->n += n;
}

static enum status count_uses(struct db *db, struct uses *uses)
{
    size_t n_tables;
    const struct walk_table *tables = walk_tables(&n_tables);
    for (size_t i = 0; i < n_tables; i++)
        for (size_t j = 0; j < tables[i].n_columns; j++) {
            struct query q CLEANUP(query_done) = query_new(db, tables[i].heads[j]);
            enum status status;
            while ((status = query_step(&q)) == OK) {
                struct text head = column_blob(&q);
                add_use(uses, head, column_i64(&q));
            }
            if (status != ERR_NOT_FOUND)
                return status;
        }
    return OK;
}

static enum status read_master(struct db *db, struct arena *a, struct key_list_answer *list)
{
    char text[KEY_ID_TEXT];
    struct key_id id = keyring_id(db->ring);
    list->master = arena_text(a, text_from(key_id_format(&id, text)));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT since FROM master_keys ORDER BY id DESC LIMIT 1");
    enum status status = query_step(&q);
    if (status == OK)
        list->master_since = column_instant(&q);
    return status == ERR_NOT_FOUND ? OK : status;
}

static const struct data_key *key_of_row(const struct account_keys *keys, int64_t row)
{
    for (unsigned i = 0; i < keys->n; i++)
        if (keys->keys[i].row == row)
            return &keys->keys[i];
    return NULL;
}

static enum status read_row(struct query *q, struct arena *a, const struct uses *uses,
                            struct key_row *row)
{
    char text[KEY_ID_TEXT];
    const struct account_keys *keys;
    row->account = column_text(q, a);
    int64_t account = column_i64(q);
    row->number = column_i64(q);
    row->made_at = column_instant(q);
    TRY(account_keys_load(q->db, account, &keys)); /* as this snapshot has them */
    const struct data_key *key = key_of_row(keys, row->number);
    if (!key)
        return ERR_SEAL;
    row->id = arena_text(a, text_from(key_id_format(&key->seal.id, text)));
    row->is_newest = key == &keys->keys[0];
    row->allows_plain = key->purpose == KEY_ALLOWS_PLAIN;
    const struct use *use = map_find(&uses->by_id, id_text(&key->seal.id));
    row->sealed = use ? use->n : 0;
    return q->status;
}

enum status store_key_list(struct store *st, struct arena *a, int64_t after,
                           struct key_list_answer *ret_list, struct error *err)
{
    struct uses uses CLEANUP(uses_done) = {.by_id = MAP(random_u64())};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct key_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct key_row)};
    TRY(read_master(db, a, &list));
    TRY(count_uses(db, &uses));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT a.slug, k.account_id, k.id, k.made_at FROM account_keys AS k"
                      " JOIN accounts AS a ON a.id = k.account_id"
                      " WHERE k.purpose <> 2 AND k.id > ? ORDER BY k.id LIMIT ?");
    bind_i64(&q, after);
    bind_i64(&q, MAX_ROWS);
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(read_row(&q, a, &uses, &list.rows[list.n_rows++]));
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}
