/* SPDX-License-Identifier: ISC
 *
 * Tokens of users, and whose things are. A token is found by the number within it, and opens by its hash.
 */
#include <string.h>

#include "crypt/token.h"
#include "store/trail.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static struct seal_place name_place(int64_t row)
{
    return (struct seal_place){.table = "tokens", .column = "name", .row = row};
}

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "token", "there is no such token");
}

/* ---- making ---- */

struct make {
    const struct token_add_ask *ask;
    struct instant now;
    int64_t id;
    struct secret token;
};

static enum status check_room(struct db *db, int64_t user)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM tokens WHERE user_id = ?");
    bind_i64(&q, user);
    TRY(query_step(&q));
    return column_i64(&q) < STORE_USER_TOKENS_MAX
               ? OK
               : error_set(db->err, ERR_FULL, "token",
                           "the user has %d tokens: revoke one that is not used",
                           STORE_USER_TOKENS_MAX);
}

static enum status insert_token(struct db *db, void *arg)
{
    struct make *make = arg;
    const struct account_keys *key;
    int64_t account = 0, user = 0;
    TRY(account_row_find(db, make->ask->account, &account));
    TRY(account_key(db, account, &key));
    TRY(user_row_find(db, account, make->ask->email, &user));
    TRY(check_room(db, user));
    TRY(next_id(db, "tokens", &make->id));
    secret_free(&make->token); /* of an attempt that another vault undid */
    make->token = token_new(make->id);
    struct hash hash = token_hash(&make->token);
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO tokens (id, account_id, user_id, name, token_hash, scopes, made_at,"
            " used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)");
    bind_i64(&q, make->id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_sealed(&q, key, name_place(make->id), make->ask->name);
    bind_hash(&q, &hash);
    bind_i64(&q, make->ask->scopes);
    bind_instant(&q, make->now);
    bind_i64(&q, make->ask->days ? make->now.s + make->ask->days * DAY_S : 0);
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_TOKEN_MADE,
                                               .account = account,
                                               .subject = make->id,
                                               .what = make->ask->email});
}

enum status store_token_add(struct store *st, const struct token_add_ask *ask,
                            struct instant now, int64_t *ret_id, struct secret *ret_token,
                            struct error *err)
{
    struct make make = {.ask = ask, .now = now};
    TRY(value_check(token_add_ask_shape, ask, err));
    enum status status = store_write(st, insert_token, &make, err);
    if (status != OK) {
        secret_free(&make.token);
        return status;
    }
    *ret_id = make.id;
    *ret_token = make.token;
    return OK;
}

/* ---- listing, revoking ---- */

static void read_row(struct query *q, struct arena *a, const struct account_keys *key,
                     struct token_row *row)
{
    row->id = column_i64(q);
    struct seal_place email = {.table = "users", .column = "email", .row = column_i64(q)};
    row->email = column_sealed(q, a, key, email);
    row->name = column_sealed(q, a, key, name_place(row->id));
    row->scopes = column_i64(q);
    row->made = column_instant(q);
    row->used = column_instant(q);
    row->expires = column_instant(q);
}

enum status store_token_list(struct store *st, struct arena *a,
                             const struct token_list_ask *ask,
                             struct token_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    struct user_range range;
    int64_t account = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(account_key(db, account, &key));
    TRY(user_range_find(db, account, ask->email, &range));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT t.id, u.id, u.email, t.name, t.scopes, t.made_at, t.used_at,"
                      " t.expires_at FROM tokens AS t JOIN users AS u ON u.id = t.user_id"
                      " WHERE t.account_id = ? AND t.id > ? AND t.user_id >= ?"
                      " AND t.user_id <= ? ORDER BY t.id LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, ask->after);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    bind_i64(&q, MAX_ROWS);
    struct token_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct token_row)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        read_row(&q, a, key, &list.rows[list.n_rows++]);
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    *ret_list = list;
    return OK;
}

struct removal {
    struct text account;
    int64_t id;
};

static enum status delete_token(struct db *db, void *arg)
{
    const struct removal *removal = arg;
    int64_t account = 0, n = 0;
    TRY(account_row_find(db, removal->account, &account));
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM tokens WHERE id = ? AND account_id = ?");
    bind_i64(&q, removal->id);
    bind_i64(&q, account);
    TRY(query_run(&q, &n));
    if (!n)
        return not_found(db);
    return audit_add(db, &(struct audit_event){.kind = AUDIT_TOKEN_REVOKED,
                                               .account = account,
                                               .subject = removal->id});
}

enum status store_token_revoke(struct store *st, struct text account, int64_t id,
                               struct error *err)
{
    struct removal removal = {account, id};
    return store_write(st, delete_token, &removal, err);
}

/* ---- opening ---- */

struct use {
    int64_t id;
    int64_t hour;
};

static enum status update_used(struct db *db, void *arg)
{
    const struct use *use = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE tokens SET used_at = ? WHERE id = ?");
    bind_i64(&q, use->hour);
    bind_i64(&q, use->id);
    return query_run(&q, NULL);
}

bool token_opens(struct text stored, const struct secret *token)
{
    struct hash hash = token_hash(token), kept = {0};
    if (stored.n != HASH_BYTES)
        return false;
    memcpy(kept.at, stored.at, HASH_BYTES);
    return hash_equal(&hash, &kept);
}

static enum status read_principal(struct query *q, struct arena *a,
                                  struct principal_stored *ret_principal)
{
    const struct account_keys *key;
    struct principal_stored found = {.token = ret_principal->token};
    found.scopes = column_i64(q);
    found.account = column_i64(q);
    found.slug = column_text(q, a);
    found.user = column_i64(q);
    found.role = column_code(q, USER_ROLE_COUNT);
    TRY(account_key(q->db, found.account, &key));
    struct seal_place place = {.table = "users", .column = "email", .row = found.user};
    found.email = column_sealed(q, a, key, place);
    TRY(q->status);
    *ret_principal = found;
    return OK;
}

static enum status open_token(struct db *db, struct arena *a, const struct secret *token,
                              struct instant now, struct principal_stored *ret_principal,
                              struct instant *ret_used)
{
    struct principal_stored found = {0};
    if (token_row(token, &found.token) != OK)
        return not_found(db);
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT t.token_hash, t.expires_at, t.used_at, t.scopes, a.id, a.slug,"
                      " u.id, u.role, u.email FROM tokens AS t"
                      " JOIN users AS u ON u.id = t.user_id AND u.disabled = 0"
                      " JOIN accounts AS a ON a.id = t.account_id WHERE t.id = ?");
    bind_i64(&q, found.token);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    bool is_open = token_opens(column_blob(&q), token);
    struct instant expires = column_instant(&q);
    if (!is_open || (expires.s && !instant_before(now, expires)))
        return not_found(db);
    *ret_used = column_instant(&q);
    TRY(read_principal(&q, a, &found));
    *ret_principal = found;
    return OK;
}

enum status store_token_open(struct store *st, struct arena *a, const struct secret *token,
                             struct instant now, struct principal_stored *ret_principal,
                             struct error *err)
{
    struct instant used = {0};
    struct db *db = read_begin(st, err);
    if (!db)
        return ERR_IO;
    enum status status = open_token(db, a, token, now, ret_principal, &used);
    read_end(&db); /* before the write: it may have to wait for others who hold one */
    TRY(status);
    struct use use = {ret_principal->token, now.s - now.s % HOUR_S};
    if (used.s != use.hour)
        (void)!store_write(st, update_used, &use,
                           NULL); /* a full disk still lets people read */
    return OK;
}

/* ---- whose things are ---- */

static struct query owner_query(struct db *db, enum store_thing thing)
{
    switch (thing) {
    case STORE_PAGE:
        return query_new(
            db, "SELECT host_id FROM pages WHERE account_id = ? AND slug = ? AND removed = 0");
    case STORE_BOOKING:
        return query_new(db, "SELECT host_id FROM bookings WHERE account_id = ? AND id = ?");
    case STORE_CONNECTION:
        return query_new(db, "SELECT user_id FROM connections WHERE account_id = ? AND id = ?");
    case STORE_ATTENTION:
        return query_new(db, "SELECT host_id FROM attentions WHERE account_id = ? AND id = ?");
    case STORE_MAIL:
        return query_new(db, "SELECT COALESCE(b.host_id, c.user_id) FROM outbox AS o"
                             " LEFT JOIN bookings AS b ON b.id = o.booking_id"
                             " LEFT JOIN connections AS c ON c.id = o.connection_id"
                             " WHERE o.account_id = ? AND o.id = ?");
    case STORE_TOKEN:
        break;
    }
    return query_new(db, "SELECT user_id FROM tokens WHERE account_id = ? AND id = ?");
}

enum status store_owner_find(struct store *st, int64_t account, enum store_thing thing,
                             int64_t id, struct text slug, int64_t *ret_user, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = owner_query(db, thing);
    bind_i64(&q, account);
    if (thing == STORE_PAGE)
        bind_text(&q, slug);
    else
        bind_i64(&q, id);
    TRY(query_step(&q));
    *ret_user = column_i64(&q);
    return OK;
}
