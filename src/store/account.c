/* SPDX-License-Identifier: ISC */
#include "store/trail.h"

enum status account_insert(struct db *db, const struct account_add_ask *account)
{
    int64_t id = 0;
    TRY(next_id(db, "accounts", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO accounts (id, slug, name, kind, data_key)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_text(&q, account->slug);
    bind_text(&q, account->name);
    bind_i64(&q, account->kind);
    bind_bytes(&q, (struct text){0}); /* its keys are in account_keys */
    enum status status = query_run(&q, NULL);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "account", TEXT_FMT " exists",
                         TEXT_ARG(account->slug));
    TRY(status);
    TRY(account_key_add(db, id, KEY_LOOKS_UP));
    TRY(account_key_add(db, id, KEY_SEALS));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_ACCOUNT_ADDED,
                                               .account = id,
                                               .subject = id,
                                               .what = account->slug});
}

static enum status insert_account(struct db *db, void *arg)
{
    return account_insert(db, *(const struct account_add_ask **)arg);
}

enum status store_account_add(struct store *st, const struct account_add_ask *account,
                              struct error *err)
{
    TRY(value_check(account_add_ask_shape, account, err));
    return store_write(st, insert_account, &account, err);
}

static enum status update_links(struct db *db, void *arg)
{
    const struct account_links_ask *links = *(const struct account_links_ask **)arg;
    int64_t id = 0;
    TRY(account_row_find(db, links->account, &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE accounts SET imprint = ?, privacy = ? WHERE id = ?");
    bind_text(&q, links->imprint);
    bind_text(&q, links->privacy);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status store_account_links_set(struct store *st, const struct account_links_ask *links,
                                    struct error *err)
{
    TRY(value_check(account_links_ask_shape, links, err));
    return store_write(st, update_links, &links, err);
}

static enum status update_sites(struct db *db, void *arg)
{
    const struct account_sites_ask *ask = *(const struct account_sites_ask **)arg;
    int64_t id = 0;
    TRY(account_row_find(db, ask->account, &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE accounts SET sites = ? WHERE id = ?");
    bind_text(&q, ask->sites);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status store_account_sites_set(struct store *st, const struct account_sites_ask *ask,
                                    struct error *err)
{
    TRY(value_check(account_sites_ask_shape, ask, err));
    return store_write(st, update_sites, &ask, err);
}

enum status store_account_find(struct store *st, struct arena *a, struct text slug,
                               struct account_row *ret_row, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT slug, name, kind FROM accounts WHERE slug = ? AND erasing = 0");
    bind_text(&q, slug);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(err, status, "account", "there is no account " TEXT_FMT,
                         TEXT_ARG(slug));
    TRY(status);
    struct account_row row = {.slug = column_text(&q, a)};
    row.name = column_text(&q, a);
    row.kind = column_code(&q, ACCOUNT_KIND_COUNT);
    TRY(q.status);
    *ret_row = row;
    return OK;
}

enum status store_account_links_get(struct store *st, struct arena *a, struct text slug,
                                    struct account_show_answer *ret_account, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT imprint, privacy, sites, accent, logo_mark, logo_width, "
                      "logo_height FROM accounts WHERE slug = ? AND erasing = 0");
    bind_text(&q, slug);
    TRY(query_step(&q));
    struct text imprint = column_text(&q, a), privacy = column_text(&q, a);
    struct text sites = column_text(&q, a);
    struct page_look look = {.accent = column_text(&q, a)};
    look.logo = column_text(&q, a);
    look.width = column_i64(&q);
    look.height = column_i64(&q);
    TRY(q.status);
    ret_account->imprint = imprint;
    ret_account->privacy = privacy;
    ret_account->sites = sites;
    ret_account->look = look;
    return OK;
}

static void read_account(struct query *q, struct arena *a, struct account_row *row)
{
    row->slug = column_text(q, a);
    row->name = column_text(q, a);
    row->kind = column_code(q, ACCOUNT_KIND_COUNT);
    row->users = column_i64(q);
    row->pages = column_i64(q);
    row->bookings = column_i64(q);
}

enum status store_account_list(struct store *st, struct arena *a, struct text after,
                               struct account_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT slug, name, kind,"
        " (SELECT count(*) FROM users WHERE users.account_id = accounts.id AND users.removed = "
        "0),"
        " (SELECT count(*) FROM pages WHERE pages.account_id = accounts.id AND removed = 0),"
        " (SELECT count(*) FROM bookings WHERE bookings.account_id = accounts.id)"
        " FROM accounts WHERE slug > ? AND erasing = 0 ORDER BY slug LIMIT ?");
    bind_text(&q, after);
    bind_i64(&q, MAX_ROWS);
    struct account_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct account_row)};
    size_t start = a->used;
    enum status status;
    while ((status = query_step(&q)) == OK && a->used - start < LIST_BYTES_MAX)
        read_account(&q, a, &list.rows[list.n_rows++]);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    *ret_list = list;
    return OK;
}

/* ---- for the other families ---- */

enum status account_row_find(struct db *db, struct text slug, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM accounts WHERE slug = ? AND erasing = 0");
    bind_text(&q, slug);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "account", "there is no account " TEXT_FMT,
                         TEXT_ARG(slug));
    TRY(status);
    *ret_id = column_i64(&q);
    return OK;
}

enum status account_room(struct db *db, int64_t account, const char *count, int64_t most,
                         const char *what)
{
    if (most == 0)
        return OK;
    struct query q CLEANUP(query_done) = query_new(db, count);
    bind_i64(&q, account);
    TRY(query_step(&q));
    int64_t n = column_i64(&q);
    TRY(q.status);
    return n < most ? OK
                    : error_set(db->err, ERR_DENIED, "limit",
                                "the account has %lld %s, and may have no more ([accounts] in "
                                "the configuration)",
                                (long long)n, what);
}
