/* SPDX-License-Identifier: ISC
 *
 * Pairing: a connector's row outlives its connection, emptied, so that a program whose pairing was ended can be told so
 * and stops for good, instead of trying again for ever.
 */
#include "store/desk_inner.h"

#include <string.h>

#include "base/base64.h"
#include "crypt/token.h"
#include "os/random.h"
#include "store/trail.h"
#include "wire/codec.h"

static struct seal_place hello_place(int64_t id)
{
    return (struct seal_place){.table = "desks", .column = "hello", .row = id};
}

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "connector", "there is no such connector");
}

/* Run a statement whose only value is a number. */
static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status desk_get(struct db *db, int64_t id, struct desk_stored *ret_desk)
{
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT account_id, mode, may_fall_back, only_here, heard_at, epoch, sequence, synced,"
        " from_at, to_at, lease_until FROM desks WHERE id = ? AND removed = 0");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    struct desk_stored d = {.id = id, .account = column_i64(&q)};
    d.mode.mode = column_code(&q, DESK_MODE_COUNT);
    d.mode.may_fall_back = column_i64(&q) != 0;
    d.mode.only_here = column_i64(&q) != 0;
    d.heard_at = column_instant(&q);
    d.epoch = column_i64(&q);
    d.sequence = column_i64(&q);
    d.is_synced = column_i64(&q) != 0;
    d.covered.start = column_instant(&q);
    d.covered.end = column_instant(&q);
    d.lease_until = column_instant(&q);
    TRY(q.status);
    *ret_desk = d;
    return OK;
}

enum status store_desk_get(struct store *st, int64_t id, struct desk_stored *ret_desk,
                           struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    return db ? desk_get(db, id, ret_desk) : ERR_IO;
}

enum status desk_forget(struct db *db, int64_t id)
{
    TRY(run_for(db, "DELETE FROM desk_intervals WHERE desk_id = ?", id));
    return run_for(db,
                   "UPDATE desks SET epoch = epoch + 1, sequence = 0, synced = 0, from_at = 0,"
                   " to_at = 0, lease_until = 0 WHERE id = ?",
                   id);
}

enum status desk_end(struct db *db, int64_t connection)
{
    TRY(desk_forget(db, connection));
    TRY(run_for(db, "DELETE FROM desk_orders WHERE desk_id = ?", connection));
    return run_for(db, "UPDATE desks SET removed = 1, hello = NULL, heard_at = 0 WHERE id = ?",
                   connection);
}

/* ---- making ---- */

static struct secret draw_token(void)
{
    unsigned char bytes[DESK_TOKEN_BYTES];
    struct buf out CLEANUP(buf_wipe) = BUF(DESK_TOKEN_TEXT);
    random_bytes(bytes, sizeof bytes);
    base64url_format(&out, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    ENSURE(!buf_failed(&out) && out.n == DESK_TOKEN_TEXT);
    return secret_new(out.at, out.n);
}

struct making {
    struct text account;
    const struct connector_add_ask *ask; /* NULL: another token for id */
    int64_t id;
    struct secret token;
};

static void bind_mode(struct query *q, const struct connector_mode *mode)
{
    bind_i64(q, mode->mode);
    bind_i64(q, mode->may_fall_back);
    bind_i64(q, mode->only_here);
}

static enum status insert_desk(struct db *db, void *arg)
{
    struct making *m = arg;
    struct connection_add_ask ask = {
        .account = m->account,
        .email = m->ask->email,
        .server = {.kind = CALENDAR_CONNECTOR, .method = AUTH_NONE, .mailbox = m->ask->email}};
    int64_t account = 0;
    struct hash hash = token_hash(&m->token);
    TRY(account_row_find(db, m->account, &account));
    TRY(connection_insert(db, &ask, &m->id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO desks (id, account_id, token_hash, mode, may_fall_back,"
                      " only_here) VALUES (?, ?, ?, ?, ?, ?)");
    bind_i64(&q, m->id);
    bind_i64(&q, account);
    bind_hash(&q, &hash);
    bind_mode(&q, &m->ask->mode);
    return query_run(&q, NULL);
}

static enum status make(struct store *st, write_function *function, struct making *m,
                        struct secret *ret_token, struct error *err)
{
    m->token = draw_token();
    enum status status = store_write(st, function, m, err);
    if (status != OK)
        secret_free(&m->token);
    else
        *ret_token = m->token;
    return status;
}

enum status store_desk_add(struct store *st, const struct connector_add_ask *ask,
                           int64_t *ret_id, struct secret *ret_token, struct error *err)
{
    struct making m = {.account = ask->account, .ask = ask};
    TRY(value_check(connector_add_ask_shape, ask, err));
    if (!ask->email.n)
        return error_set(err, ERR_INVALID, "connector", "a connector is a user's own");
    TRY(make(st, insert_desk, &m, ret_token, err));
    *ret_id = m.id;
    return OK;
}

/* Get a connector of an account. */
static enum status desk_of(struct db *db, struct text slug, int64_t id, struct desk_stored *d)
{
    int64_t account = 0;
    TRY(account_row_find(db, slug, &account));
    TRY(desk_get(db, id, d));
    return d->account == account ? OK : not_found(db);
}

static enum status update_token(struct db *db, void *arg)
{
    const struct making *m = arg;
    struct desk_stored d;
    struct hash hash = token_hash(&m->token);
    TRY(desk_of(db, m->account, m->id, &d));
    TRY(desk_forget(db, m->id));
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "UPDATE desks SET token_hash = ?, wrong = 0, blocked_until = 0"
                          " WHERE id = ?");
        bind_hash(&q, &hash);
        bind_i64(&q, m->id);
        TRY(query_run(&q, NULL));
    }
    return audit_add(db, &(struct audit_event){.kind = AUDIT_CONNECTION_PASSWORD,
                                               .account = d.account,
                                               .subject = m->id});
}

enum status store_desk_token(struct store *st, struct text account, int64_t id,
                             struct secret *ret_token, struct error *err)
{
    struct making m = {.account = account, .id = id};
    return make(st, update_token, &m, ret_token, err);
}

/* ---- its mode ---- */

static enum status write_mode(struct db *db, const struct desk_stored *d,
                              const struct connector_mode *mode)
{
    bool is_same = d->mode.mode == mode->mode && d->mode.may_fall_back == mode->may_fall_back;
    if (!is_same)
        TRY(desk_forget(db, d->id));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE desks SET mode = ?, may_fall_back = ?, only_here = ? WHERE id = ?");
    bind_mode(&q, mode);
    bind_i64(&q, d->id);
    return query_run(&q, NULL);
}

static enum status update_mode(struct db *db, void *arg)
{
    const struct connector_switch_ask *ask = *(const struct connector_switch_ask **)arg;
    struct desk_stored d;
    TRY(desk_of(db, ask->account, ask->id, &d));
    TRY(write_mode(db, &d, &ask->mode));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_CONNECTION_CALENDARS,
                                               .account = d.account,
                                               .subject = ask->id});
}

enum status store_desk_switch(struct store *st, const struct connector_switch_ask *ask,
                              struct error *err)
{
    TRY(value_check(connector_switch_ask_shape, ask, err));
    return store_write(st, update_mode, &ask, err);
}

/* ---- who is it? ---- */

struct admission {
    const struct desk_bearer *who;
    struct instant now;
};

static enum status count_wrong(struct db *db, void *arg)
{
    const struct admission *a = arg;
    int64_t wrong = 0, wrong_at = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT wrong, wrong_at FROM desks WHERE id = ?" FOR_UPDATE);
        bind_i64(&q, a->who->connection);
        TRY(query_step(&q));
        wrong = column_i64(&q);
        wrong_at = column_i64(&q);
    }
    bool is_first = a->now.s - wrong_at > DESK_WRONG_S;
    bool blocks = !is_first && wrong + 1 >= DESK_WRONG_MAX;
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE desks SET wrong = ?, wrong_at = ?, blocked_until = ? WHERE id = ?");
    bind_i64(&q, is_first ? 1 : blocks ? 0 : wrong + 1);
    bind_i64(&q, is_first ? a->now.s : wrong_at);
    bind_i64(&q, blocks ? a->now.s + DESK_BLOCK_S : 0);
    bind_i64(&q, a->who->connection);
    return query_run(&q, NULL);
}

static enum status write_heard(struct db *db, void *arg)
{
    const struct admission *a = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE desks SET heard_at = ? WHERE id = ?");
    bind_i64(&q, a->now.s / DESK_HEARD_S * DESK_HEARD_S);
    bind_i64(&q, a->who->connection);
    return query_run(&q, NULL);
}

/* Look at its row alone. ERR_NOT_FOUND: the token is wrong, and that is to be counted. */
static enum status judge(struct db *db, const struct admission *a, struct desk_stored *ret_desk)
{
    struct hash hash = token_hash(&a->who->token), kept = {{0}};
    bool is_removed;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT token_hash, removed, blocked_until FROM desks WHERE id = ?");
        bind_i64(&q, a->who->connection);
        enum status status = query_step(&q);
        if (status == ERR_NOT_FOUND)
            return error_set(db->err, ERR_AUTH, "connector", "there is no such connector");
        TRY(status);
        struct text stored = column_blob(&q);
        if (stored.n == HASH_BYTES)
            memcpy(kept.at, stored.at, HASH_BYTES);
        is_removed = column_i64(&q) != 0;
        int64_t left_s = column_i64(&q) - a->now.s;
        if (left_s > 0) {
            error_set(db->err, ERR_LIMIT, "connector", "too many wrong tokens");
            db->err->retry_s = left_s;
            return ERR_LIMIT;
        }
    }
    if (!hash_equal(&hash, &kept))
        return ERR_NOT_FOUND;
    if (is_removed)
        return error_set(db->err, ERR_DENIED, "connector", "its connection was removed");
    return desk_get(db, a->who->connection, ret_desk);
}

enum status store_desk_admit(struct store *st, const struct desk_bearer *who,
                             struct instant now, struct desk_stored *ret_desk,
                             struct error *err)
{
    struct admission a = {who, now};
    struct error own = {0};
    enum status status;
    err = err ? err : &own;
    {
        struct db *db CLEANUP(read_end) = read_begin(st, err);
        status = db ? judge(db, &a, ret_desk) : ERR_IO;
    }
    if (status == ERR_NOT_FOUND) {
        TRY(store_write(st, count_wrong, &a, err));
        return error_set(err, ERR_AUTH, "connector", "the token is wrong");
    }
    TRY(status);
    if (now.s - ret_desk->heard_at.s < DESK_HEARD_S)
        return OK;
    return store_write(st, write_heard, &a, err);
}

/* ---- hello ---- */

struct hello {
    int64_t id;
    const struct desk_hello *said;
    struct desk_stored desk;
};

static enum status write_hello(struct db *db, void *arg)
{
    struct hello *h = arg;
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(desk_hello_shape));
    const struct account_keys *key;
    TRY(desk_get(db, h->id, &h->desk));
    TRY(account_key(db, h->desk.account, &key));
    ENSURE(wire_encode(&bytes, desk_hello_shape, h->said) == OK);
    if (h->said->asks_mode && h->said->mode != h->desk.mode.mode) {
        struct connector_mode mode = h->desk.mode;
        mode.mode = h->said->mode;
        TRY(write_mode(db, &h->desk, &mode));
    }
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "UPDATE desks SET hello = ? WHERE id = ?");
        bind_sealed(&q, key, hello_place(h->id), buf_text(&bytes));
        bind_i64(&q, h->id);
        TRY(query_run(&q, NULL));
    }
    return desk_get(db, h->id, &h->desk);
}

enum status store_desk_hello(struct store *st, int64_t id, const struct desk_hello *said,
                             struct desk_stored *ret_desk, struct error *err)
{
    struct hello h = {.id = id, .said = said};
    TRY(value_check(desk_hello_shape, said, err));
    TRY(store_write(st, write_hello, &h, err));
    *ret_desk = h.desk;
    return OK;
}

enum status store_desk_said(struct store *st, struct arena *a, int64_t id,
                            struct desk_hello *ret_said, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    const struct account_keys *key;
    struct desk_stored desk;
    struct desk_hello said = {0};
    if (!db)
        return ERR_IO;
    TRY(desk_get(db, id, &desk));
    TRY(account_key(db, desk.account, &key));
    struct query q CLEANUP(query_done) = query_new(db, "SELECT hello FROM desks WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    if (!column_is_null(&q))
        column_sealed_wire(&q, a, key, hello_place(id), desk_hello_shape, &said);
    TRY(q.status);
    *ret_said = said;
    return OK;
}

static enum status write_leave(struct db *db, void *arg)
{
    return desk_forget(db, *(int64_t *)arg);
}

enum status store_desk_leave(struct store *st, int64_t id, struct error *err)
{
    return store_write(st, write_leave, &id, err);
}

/* ---- listing ---- */

static void read_row(struct query *q, struct arena *a, const struct account_keys *key,
                     struct instant now, struct connector_row *row)
{
    row->id = column_i64(q);
    struct seal_place email = {.table = "users", .column = "email", .row = column_i64(q)};
    row->email = column_sealed(q, a, key, email);
    row->mode.mode = column_code(q, DESK_MODE_COUNT);
    row->mode.may_fall_back = column_i64(q) != 0;
    row->mode.only_here = column_i64(q) != 0;
    row->heard_at = column_instant(q);
    row->is_synced = column_i64(q) != 0;
    row->lease_until = column_instant(q);
    row->blocked_until = column_instant(q);
    if (row->blocked_until.s <= now.s)
        row->blocked_until.s = 0;
    row->n_intervals = column_i64(q);
    row->n_orders = column_i64(q);
    if (column_is_null(q))
        column_skip(q);
    else
        column_sealed_wire(q, a, key, hello_place(row->id), desk_hello_shape, &row->said);
}

enum status store_desk_list(struct store *st, struct arena *a,
                            const struct connector_list_ask *ask, struct instant now,
                            struct connector_list_answer *ret_list, struct error *err)
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
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT d.id, u.id, u.email, d.mode, d.may_fall_back, d.only_here, d.heard_at,"
            " d.synced, d.lease_until, d.blocked_until,"
            " (SELECT count(*) FROM desk_intervals AS i WHERE i.desk_id = d.id),"
            " (SELECT count(*) FROM desk_orders AS o WHERE o.desk_id = d.id AND o.state < 2),"
            " d.hello FROM desks AS d JOIN connections AS c ON c.id = d.id"
            " JOIN users AS u ON u.id = c.user_id"
            " WHERE d.account_id = ? AND u.id >= ? AND u.id <= ? AND d.id > ?"
            " ORDER BY d.id LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    bind_i64(&q, ask->after);
    bind_i64(&q, CONNECTOR_ROWS_MAX);
    struct connector_list_answer list = {
        .rows = ARENA_ARRAY(a, CONNECTOR_ROWS_MAX, struct connector_row)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        read_row(&q, a, key, now, &list.rows[list.n_rows++]);
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}
