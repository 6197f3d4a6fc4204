/* SPDX-License-Identifier: ISC
 *
 * A refresh token may be good once only, and a provider that sees one twice ends all that came of it. So who uses one
 * claims it first, in the database, and keeps what came of it before anything else:
 *
 *     claim ─▶ (the provider: access token, and mostly another refresh token) ─▶ keep ─▶ (the access token is used)
 */
#include "store/db.h"
#include "store/oauth.h"

static struct seal_place place(int64_t row)
{
    return (struct seal_place){.table = "connections", .column = "password", .row = row};
}

static enum status no_grant(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "connection",
                     "it was removed, or signs in otherwise by now");
}

struct claiming {
    int64_t connection;
    struct instant now;
    struct secret refresh;
};

static enum status mark(struct db *db, int64_t connection, int64_t until_s)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET refreshing_until = ? WHERE id = ?");
    bind_i64(&q, until_s);
    bind_i64(&q, connection);
    return query_run(&q, NULL);
}

/* Read the refresh token and until when it is in use; the row is kept from others until the commit. */
static enum status read_grant(struct db *db, int64_t connection, struct secret *ret_refresh,
                              int64_t *ret_until_s)
{
    const struct account_keys *key;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id, refreshing_until, password FROM connections"
                      " WHERE id = ? AND method = ?" FOR_UPDATE);
    bind_i64(&q, connection);
    bind_i64(&q, AUTH_OAUTH);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_grant(db);
    TRY(status);
    TRY(account_key(db, column_i64(&q), &key));
    *ret_until_s = column_i64(&q);
    secret_free(ret_refresh); /* of an attempt that another vault undid */
    *ret_refresh = column_secret(&q, key, place(connection));
    return q.status;
}

static enum status claim(struct db *db, void *arg)
{
    struct claiming *claiming = arg;
    int64_t until_s = 0;
    TRY(read_grant(db, claiming->connection, &claiming->refresh, &until_s));
    if (until_s > claiming->now.s)
        return error_set(db->err, ERR_FULL, "connection", "its refresh token is in use");
    return mark(db, claiming->connection, claiming->now.s + GRANT_CLAIM_S);
}

enum status store_grant_claim(struct store *st, int64_t connection, struct instant now,
                              struct secret *ret_refresh, struct error *err)
{
    struct claiming claiming = {.connection = connection, .now = now};
    enum status status = store_write(st, claim, &claiming, err);
    if (status == OK)
        *ret_refresh = claiming.refresh;
    else
        secret_free(&claiming.refresh);
    return status;
}

struct keeping {
    int64_t connection;
    const struct secret *used, *next;
};

static enum status write_next(struct db *db, int64_t connection, const struct secret *next)
{
    const struct account_keys *key;
    int64_t account = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT account_id FROM connections WHERE id = ?");
        bind_i64(&q, connection);
        TRY(query_step(&q));
        account = column_i64(&q);
    }
    TRY(account_key(db, account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET password = ? WHERE id = ?");
    bind_sealed(&q, key, place(connection), (struct text){(const char *)next->at, next->n});
    bind_i64(&q, connection);
    return query_run(&q, NULL);
}

static enum status keep(struct db *db, void *arg)
{
    const struct keeping *keeping = arg;
    struct secret stands = {0};
    int64_t until_s = 0;
    enum status status = read_grant(db, keeping->connection, &stands, &until_s);
    bool is_same = status == OK && secret_equal(&stands, keeping->used);
    secret_free(&stands);
    TRY(status);
    if (is_same && keeping->next->n)
        TRY(write_next(db, keeping->connection, keeping->next));
    return mark(db, keeping->connection, 0);
}

enum status store_grant_keep(struct store *st, int64_t connection, const struct secret *used,
                             const struct secret *next, struct error *err)
{
    struct keeping keeping = {connection, used, next};
    if (next->n > MAX_CREDENTIAL)
        return error_set(err, ERR_INVALID, "connection", "the refresh token is too long");
    return store_write(st, keep, &keeping, err);
}

enum status store_grant_next(struct store *st, int64_t account, int64_t after,
                             int64_t *ret_connection, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM connections WHERE account_id = ? AND method = ?"
                      " AND id > ? ORDER BY id LIMIT 1");
    bind_i64(&q, account);
    bind_i64(&q, AUTH_OAUTH);
    bind_i64(&q, after);
    TRY(query_step(&q));
    *ret_connection = column_i64(&q);
    return q.status;
}
