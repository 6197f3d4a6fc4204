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

enum status user_range_find(struct db *db, int64_t account, struct text email,
                            struct user_range *ret_range)
{
    struct user_range range = {0, INT64_MAX};
    if (email.n) {
        TRY(user_row_find(db, account, email, &range.least));
        range.most = range.least;
    }
    *ret_range = range;
    return OK;
}

/* ---- roles ---- */

/* Roles change one after the other: in an account that everybody but one leaves at once, one stays. */
static enum status lock_roles(struct db *db, int64_t account)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM accounts WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, account);
    return query_step(&q);
}

/* Count the account's owners besides a user (0: all). Roles are locked. */
static enum status count_owners(struct db *db, int64_t account, int64_t except, int64_t *ret_n)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM users WHERE account_id = ? AND role = ?"
                      " AND disabled = 0 AND id <> ?");
    bind_i64(&q, account);
    bind_i64(&q, USER_OWNER);
    bind_i64(&q, except);
    TRY(query_step(&q));
    *ret_n = column_i64(&q);
    return OK;
}

enum status user_is_last_owner(struct db *db, int64_t account, int64_t user, bool *ret_is_last)
{
    int64_t n_all = 0, n_others = 0;
    TRY(lock_roles(db, account));
    TRY(count_owners(db, account, 0, &n_all));
    TRY(count_owners(db, account, user, &n_others));
    *ret_is_last = n_all == 1 && n_others == 0;
    return OK;
}

static enum status update_role(struct db *db, void *arg)
{
    const struct user_role_ask *ask = *(const struct user_role_ask **)arg;
    int64_t account = 0, user = 0;
    bool is_last = false;
    TRY(account_row_find(db, ask->account, &account));
    TRY(user_row_find(db, account, ask->email, &user));
    TRY(user_is_last_owner(db, account, user, &is_last));
    if (is_last && ask->role != USER_OWNER)
        return error_set(
            db->err, ERR_CONFLICT, "user",
            "the account's last owner stays one: make somebody else an owner first");
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE users SET role = ? WHERE id = ?");
    bind_i64(&q, ask->role);
    bind_i64(&q, user);
    TRY(query_run(&q, NULL));
    TRY(sessions_end(db, user, 0)); /* what they may has changed: they sign in anew */
    return audit_add(db, &(struct audit_event){.kind = AUDIT_USER_CHANGED,
                                               .account = account,
                                               .subject = user,
                                               .what = ask->email});
}

enum status store_user_role_set(struct store *st, const struct user_role_ask *ask,
                                struct error *err)
{
    TRY(value_check(user_role_ask_shape, ask, err));
    return store_write(st, update_role, &ask, err);
}

enum status user_enabled(struct db *db, int64_t user)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT disabled FROM users WHERE id = ?");
    bind_i64(&q, user);
    TRY(query_step(&q));
    bool is_disabled = column_i64(&q) != 0;
    TRY(q.status);
    return is_disabled ? error_set(db->err, ERR_CONFLICT, "user",
                                   "the user is disabled: enable them first")
                       : OK;
}

static enum status end_all(struct db *db, int64_t user)
{
    static const char *const statements[] = {"DELETE FROM sessions WHERE user_id = ?",
                                             "DELETE FROM sign_in_steps WHERE user_id = ?",
                                             "DELETE FROM invites WHERE user_id = ?"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        struct query q CLEANUP(query_done) = query_new(db, statements[i]);
        bind_i64(&q, user);
        TRY(query_run(&q, NULL));
    }
    return OK;
}

/* Tokens stay, and open nothing as long as it lasts. */
static enum status update_disabled(struct db *db, void *arg)
{
    const struct user_disable_ask *ask = *(const struct user_disable_ask **)arg;
    int64_t account = 0, user = 0;
    bool is_last = false;
    TRY(account_row_find(db, ask->account, &account));
    TRY(user_row_find(db, account, ask->email, &user));
    TRY(user_is_last_owner(db, account, user, &is_last));
    if (is_last && ask->disabled)
        return error_set(db->err, ERR_CONFLICT, "user",
                         "the account's last owner stays: make somebody else an owner first");
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE users SET disabled = ? WHERE id = ?");
    bind_i64(&q, ask->disabled);
    bind_i64(&q, user);
    TRY(query_run(&q, NULL));
    TRY(end_all(db, user));
    return audit_add(db, &(struct audit_event){.kind = ask->disabled ? AUDIT_USER_DISABLED
                                                                     : AUDIT_USER_ENABLED,
                                               .account = account,
                                               .subject = user,
                                               .what = ask->email});
}

enum status store_user_disable(struct store *st, const struct user_disable_ask *ask,
                               struct error *err)
{
    TRY(value_check(user_disable_ask_shape, ask, err));
    return store_write(st, update_disabled, &ask, err);
}

/* The first user of an account is its owner. */
static enum status first_role(struct db *db, int64_t account, enum user_role *ret_role)
{
    int64_t n_owners = 0;
    TRY(lock_roles(db, account));
    TRY(count_owners(db, account, 0, &n_owners));
    *ret_role = n_owners ? USER_MEMBER : USER_OWNER;
    return OK;
}

/* ---- users ---- */

enum status user_insert(struct db *db, const struct user_add_ask *user, int64_t *ret_account,
                        int64_t *ret_id)
{
    const struct account_keys *key;
    enum user_role role;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, user->account, &account));
    TRY(account_key(db, account, &key));
    TRY(first_role(db, account, &role));
    TRY(account_room(db, account, "SELECT count(*) FROM users WHERE account_id = ?",
                     store_limits_of(db->st)->users, "users"));
    TRY(next_id(db, "users", &id));
    struct hash hash = email_hash(key, user->email);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO users (id, account_id, email_hash, email, name, zone, role)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_hash(&q, &hash);
    bind_sealed(&q, key, place("email", id), user->email);
    bind_sealed(&q, key, place("name", id), user->name);
    bind_text(&q, user->zone);
    bind_i64(&q, role);
    enum status status = query_run(&q, NULL);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "user", "the account has a user " TEXT_FMT " already",
                         TEXT_ARG(user->email));
    TRY(status);
    *ret_account = account;
    *ret_id = id;
    return audit_add(db, &(struct audit_event){.kind = AUDIT_USER_ADDED,
                                               .account = account,
                                               .subject = id,
                                               .what = user->email});
}

static enum status insert_user(struct db *db, void *arg)
{
    int64_t account, id;
    return user_insert(db, *(const struct user_add_ask **)arg, &account, &id);
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
        query_new(db, "SELECT email, name, zone, role,"
                      " (SELECT id FROM connections WHERE user_id = users.id)"
                      " FROM users WHERE id = ?");
    bind_i64(&q, user.id);
    TRY(query_step(&q));
    user.email = column_sealed(&q, a, key, place("email", user.id));
    user.name = column_sealed(&q, a, key, place("name", user.id));
    user.zone = column_text(&q, a);
    user.role = column_code(&q, USER_ROLE_COUNT);
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
    row->role = column_code(q, USER_ROLE_COUNT);
    row->is_disabled = column_i64(q) != 0;
    row->connections = column_i64(q);
    row->pages = column_i64(q);
}

enum status store_user_list(struct store *st, struct arena *a, const struct user_list_ask *ask,
                            struct user_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t account_id = 0, after_id = 0;
    struct user_range range;
    TRY(account_row_find(db, ask->account, &account_id));
    TRY(account_key(db, account_id, &key));
    TRY(user_range_find(db, account_id, ask->email, &range));
    if (ask->after.n)
        TRY(user_row_find(db, account_id, ask->after, &after_id));
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT id, email, name, zone, role, disabled,"
        " (SELECT count(*) FROM connections WHERE user_id = users.id),"
        " (SELECT count(*) FROM pages WHERE host_id = users.id AND removed = 0)"
        " FROM users WHERE account_id = ? AND removed = 0 AND id > ? AND id >= ? AND id <= ?"
        " ORDER BY id LIMIT ?");
    bind_i64(&q, account_id);
    bind_i64(&q, after_id);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
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
