/* SPDX-License-Identifier: ISC
 *
 * An account's colour and logo. Both are public: they stand as they are.
 */
#include "store/db.h"

struct look_change {
    const struct account_look_ask *ask;
    struct text mark;
};

static enum status update_accent(struct db *db, struct text accent, int64_t id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE accounts SET accent = ? WHERE id = ?");
    bind_text(&q, accent);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status update_logo(struct db *db, const struct look_change *change, int64_t id)
{
    const struct account_look_ask *ask = change->ask;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE accounts SET logo = ?, logo_mark = ?, logo_kind = ?, logo_width "
                      "= ?, logo_height = ? WHERE id = ?");
    if (ask->logo.n)
        bind_bytes(&q, ask->logo);
    else
        bind_null(&q);
    bind_text(&q, change->mark);
    bind_i64(&q, ask->kind);
    bind_i64(&q, ask->width);
    bind_i64(&q, ask->height);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status update_look(struct db *db, void *arg)
{
    const struct look_change *change = arg;
    int64_t id = 0;
    TRY(account_row_find(db, change->ask->account, &id));
    if (!change->ask->keeps_accent)
        TRY(update_accent(db, change->ask->accent, id));
    return change->ask->keeps_logo ? OK : update_logo(db, change, id);
}

enum status store_account_look_set(struct store *st, const struct account_look_ask *ask,
                                   struct text mark, struct error *err)
{
    struct look_change change = {ask, mark};
    TRY(value_check(account_look_ask_shape, ask, err));
    return store_write(st, update_look, &change, err);
}

enum status store_logo_find(struct store *st, struct arena *a, const struct logo_ask *ask,
                            struct logo_answer *ret_logo, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT logo_kind, logo FROM accounts WHERE slug = ? AND logo_mark = ? "
                      "AND logo IS NOT NULL AND erasing = 0");
    bind_text(&q, ask->account);
    bind_text(&q, ask->mark);
    TRY(query_step(&q));
    struct logo_answer logo = {.kind = column_code(&q, IMAGE_KIND_COUNT)};
    logo.logo = arena_text(a, column_blob(&q));
    TRY(q.status);
    *ret_logo = logo;
    return OK;
}
