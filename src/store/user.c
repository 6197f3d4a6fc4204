/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/trail.h"

static struct seal_place place(const char *column, int64_t row)
{
    return (struct seal_place){.table = "users", .column = column, .row = row};
}

struct hash email_hash(const struct account_keys *key, struct text email)
{
    char small[MAX_EMAIL];
    size_t n =
        email.n < sizeof small ? email.n : sizeof small; /* longer ones are refused before */
    for (size_t i = 0; i < n; i++)
        small[i] =
            (char)(email.at[i] >= 'A' && email.at[i] <= 'Z' ? email.at[i] + 32 : email.at[i]);
    return keys_lookup(key, "email", (struct text){small, n});
}

enum status user_row_find(struct db *db, int64_t account, struct text email, int64_t *ret_id)
{
    const struct account_keys *key;
    TRY(account_key(db, account, &key));
    struct hash hash = email_hash(key, email);
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM users WHERE account_id = ? AND email_hash = ?");
    bind_i64(&q, account);
    bind_hash(&q, &hash);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "user", "the account has no user " TEXT_FMT,
                         TEXT_ARG(email));
    TRY(status);
    *ret_id = column_i64(&q);
    return OK;
}

static enum status insert_user(struct db *db, void *arg)
{
    const struct user_add_ask *user = *(const struct user_add_ask **)arg;
    const struct account_keys *key;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, user->account, &account));
    TRY(account_key(db, account, &key));
    TRY(next_id(db, "users", &id));
    struct hash hash = email_hash(key, user->email);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO users (id, account_id, email_hash, email, name, zone)"
                      " VALUES (?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_hash(&q, &hash);
    bind_sealed(&q, key, place("email", id), user->email);
    bind_sealed(&q, key, place("name", id), user->name);
    bind_text(&q, user->zone);
    enum status status = query_run(&q, NULL);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "user", "the account has a user " TEXT_FMT " already",
                         TEXT_ARG(user->email));
    TRY(status);
    return audit_add(db, &(struct audit_event){.kind = AUDIT_USER_ADDED,
                                               .account = account,
                                               .subject = id,
                                               .what = user->email});
}

enum status store_user_add(struct store *st, const struct user_add_ask *user, struct error *err)
{
    TRY(value_check(user_add_ask_shape, user, err));
    return store_write(st, insert_user, &user, err);
}

enum status store_user_find(struct store *st, struct arena *a, struct text account,
                            struct text email, struct user_stored *ret_user, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    struct user_stored user = {0};
    TRY(account_row_find(db, account, &user.account));
    TRY(account_key(db, user.account, &key));
    TRY(user_row_find(db, user.account, email, &user.id));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT email, name, zone,"
                      " (SELECT id FROM connections WHERE user_id = users.id)"
                      " FROM users WHERE id = ?");
    bind_i64(&q, user.id);
    TRY(query_step(&q));
    user.email = column_sealed(&q, a, key, place("email", user.id));
    user.name = column_sealed(&q, a, key, place("name", user.id));
    user.zone = column_text(&q, a);
    user.connection = column_i64(&q);
    TRY(q.status);
    *ret_user = user;
    return OK;
}

static void read_user(struct query *q, struct arena *a, const struct account_keys *key,
                      struct user_row *row)
{
    int64_t id = column_i64(q);
    row->email = column_sealed(q, a, key, place("email", id));
    row->name = column_sealed(q, a, key, place("name", id));
    row->zone = column_text(q, a);
    row->connections = column_i64(q);
    row->pages = column_i64(q);
}

enum status store_user_list(struct store *st, struct arena *a, struct text account,
                            struct text after, struct user_list_answer *ret_list,
                            struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t account_id = 0, after_id = 0;
    TRY(account_row_find(db, account, &account_id));
    TRY(account_key(db, account_id, &key));
    if (after.n)
        TRY(user_row_find(db, account_id, after, &after_id));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, email, name, zone,"
                      " (SELECT count(*) FROM connections WHERE user_id = users.id),"
                      " (SELECT count(*) FROM pages WHERE host_id = users.id AND removed = 0)"
                      " FROM users WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?");
    bind_i64(&q, account_id);
    bind_i64(&q, after_id);
    bind_i64(&q, MAX_ROWS);
    struct user_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct user_row)};
    size_t start = a->used;
    enum status status;
    while ((status = query_step(&q)) == OK && a->used - start < LIST_BYTES_MAX)
        read_user(&q, a, key, &list.rows[list.n_rows++]);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    *ret_list = list;
    return OK;
}
