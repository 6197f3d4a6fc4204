/* SPDX-License-Identifier: ISC */
#include "store/db.h"
#include "wire/codec.h"

static struct seal_place place(const char *column, int64_t row)
{
    return (struct seal_place){.table = "connections", .column = column, .row = row};
}

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "connection", "there is no such connection");
}

/* ---- writing ---- */

struct add {
    struct text account, email;
    const struct server *server;
    int64_t id;
};

static enum status insert_server(struct db *db, const struct data_key *key, int64_t account,
                                 int64_t user, const struct add *add)
{
    const struct server *server = add->server;
    struct text password = {(const char *)server->password.at, server->password.n};
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO connections (id, account_id, user_id, kind, host, port, path, method,"
            " username, password, impersonate, mailbox, state, refused_at, problem)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)");
    bind_i64(&q, add->id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_i64(&q, server->kind);
    bind_sealed(&q, key, place("host", add->id), server->host);
    bind_i64(&q, server->port);
    bind_sealed(&q, key, place("path", add->id), server->path);
    bind_i64(&q, server->method);
    bind_sealed(&q, key, place("username", add->id), server->user);
    bind_sealed(&q, key, place("password", add->id), password);
    bind_sealed(&q, key, place("impersonate", add->id), server->impersonate);
    bind_sealed(&q, key, place("mailbox", add->id), server->mailbox);
    bind_sealed(&q, key, place("problem", add->id), (struct text){0});
    enum status status = query_run(&q, NULL);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "connection",
                         "the user has a connection already: remove it first");
    return status;
}

static enum status insert_connection(struct db *db, void *arg)
{
    struct add *add = arg;
    const struct data_key *key;
    int64_t account = 0, user = 0;
    TRY(account_row_find(db, add->account, &account));
    TRY(account_key(db, account, &key));
    TRY(user_row_find(db, account, add->email, &user));
    TRY(next_id(db, "connections", &add->id));
    return insert_server(db, key, account, user, add);
}

enum status store_connection_add(struct store *st, struct text account, struct text email,
                                 const struct server *server, int64_t *ret_id,
                                 struct error *err)
{
    struct add add = {account, email, server, 0};
    TRY(value_check(server_shape, server, err));
    TRY(store_write(st, insert_connection, &add, err));
    *ret_id = add.id;
    return OK;
}

/* Get the account of a connection with its key. */
static enum status account_of(struct db *db, int64_t id, int64_t *ret_account,
                              const struct data_key **ret_key)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id FROM connections WHERE id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    *ret_account = column_i64(&q);
    return account_key(db, *ret_account, ret_key);
}

struct state {
    int64_t id;
    enum connection_state state;
    struct instant refused_at;
    struct text problem;
};

static enum status update_state(struct db *db, void *arg)
{
    const struct state *state = arg;
    const struct data_key *key;
    int64_t account;
    TRY(account_of(db, state->id, &account, &key));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE connections SET state = ?, refused_at = ?, problem = ? WHERE id = ?");
    bind_i64(&q, state->state);
    bind_instant(&q, state->refused_at);
    bind_sealed(&q, key, place("problem", state->id), state->problem);
    bind_i64(&q, state->id);
    return query_run(&q, NULL);
}

static enum status state_is(struct store *st, const struct state *want, bool *ret_is,
                            struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct connection_stored now;
    TRY(store_connection_get(st, &a, want->id, &now, err));
    *ret_is = now.state == want->state && now.refused_at.s == want->refused_at.s &&
              text_equal(now.problem, want->problem);
    wire_wipe(server_shape, &now.server);
    return OK;
}

enum status store_connection_state_set(struct store *st, int64_t id,
                                       enum connection_state state, struct instant refused_at,
                                       struct text problem, struct error *err)
{
    struct state want = {id, state, refused_at, problem};
    bool stands_already = false;
    if (problem.n > MAX_WHAT || !text_is_clean(problem) || state >= CONNECTION_STATE_COUNT)
        return error_set(err, ERR_INVALID, "connection", "its state breaks the limits");
    TRY(state_is(st, &want, &stands_already, err));
    return stands_already ? OK : store_write(st, update_state, &want, err);
}

struct password {
    int64_t id;
    struct text clear;
};

static enum status update_password(struct db *db, void *arg)
{
    const struct password *password = arg;
    const struct data_key *key;
    int64_t account;
    TRY(account_of(db, password->id, &account, &key));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE connections SET password = ?, state = 0, refused_at = 0, problem = ?"
            " WHERE id = ?");
    bind_sealed(&q, key, place("password", password->id), password->clear);
    bind_sealed(&q, key, place("problem", password->id), (struct text){0});
    bind_i64(&q, password->id);
    return query_run(&q, NULL);
}

enum status store_connection_password_set(struct store *st, int64_t id,
                                          const struct secret *password, struct error *err)
{
    struct password set = {id, {(const char *)password->at, password->n}};
    if (password->n > MAX_PASSWORD)
        return error_set(err, ERR_INVALID, "connection", "the password is too long");
    return store_write(st, update_password, &set, err);
}

struct removal {
    int64_t id;
    int64_t unbound;
};

static enum status delete_connection(struct db *db, void *arg)
{
    struct removal *removal = arg;
    const struct data_key *key;
    int64_t account = 0;
    TRY(account_of(db, removal->id, &account, &key));
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM connections WHERE id = ?");
    bind_i64(&q, removal->id);
    TRY(query_run(&q, NULL)); /* first: from now on no new booking takes it */
    return bookings_unbind(db, account, removal->id, &removal->unbound);
}

enum status store_connection_remove(struct store *st, int64_t id, int64_t *ret_unbound,
                                    struct error *err)
{
    struct removal removal = {id, 0};
    TRY(store_write(st, delete_connection, &removal, err));
    *ret_unbound = removal.unbound;
    return OK;
}

/* ---- reading ---- */

static void read_server(struct query *q, struct arena *a, const struct data_key *key,
                        int64_t id, struct server *server)
{
    server->kind = column_code(q, CALENDAR_KIND_COUNT);
    server->host = column_sealed(q, a, key, place("host", id));
    server->port = column_i64(q);
    server->path = column_sealed(q, a, key, place("path", id));
    server->method = column_code(q, AUTH_METHOD_COUNT);
    server->user = column_sealed(q, a, key, place("username", id));
    server->impersonate = column_sealed(q, a, key, place("impersonate", id));
    server->mailbox = column_sealed(q, a, key, place("mailbox", id));
    server->password = column_secret(q, key, place("password", id));
}

static enum status load(struct db *db, struct arena *a, const struct data_key *key, int64_t id,
                        struct connection_stored *ret_connection)
{
    struct connection_stored found = {.id = id};
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT user_id, state, refused_at, problem,"
            " kind, host, port, path, method, username, impersonate, mailbox, password"
            " FROM connections WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    found.user = column_i64(&q);
    found.state = column_code(&q, CONNECTION_STATE_COUNT);
    found.refused_at = column_instant(&q);
    found.problem = column_sealed(&q, a, key, place("problem", id));
    read_server(&q, a, key, id, &found.server);
    if (q.status != OK) {
        wire_wipe(server_shape, &found.server);
        return q.status;
    }
    *ret_connection = found;
    return OK;
}

enum status store_connection_get(struct store *st, struct arena *a, int64_t id,
                                 struct connection_stored *ret_connection, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct data_key *key;
    int64_t account;
    TRY(account_of(db, id, &account, &key));
    return load(db, a, key, id, ret_connection);
}

enum status store_connection_find(struct store *st, struct arena *a, struct text account,
                                  int64_t id, struct connection_stored *ret_connection,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct data_key *key;
    int64_t named = 0, actual = 0;
    TRY(account_row_find(db, account, &named));
    TRY(account_of(db, id, &actual, &key));
    if (named != actual)
        return not_found(db);
    return load(db, a, key, id, ret_connection);
}

static void read_row(struct query *q, struct arena *a, const struct data_key *key,
                     struct connection_row *row)
{
    row->id = column_i64(q);
    int64_t user = column_i64(q);
    struct seal_place email = {.table = "users", .column = "email", .row = user};
    row->email = column_sealed(q, a, key, email);
    row->kind = column_code(q, CALENDAR_KIND_COUNT);
    row->host = column_sealed(q, a, key, place("host", row->id));
    row->method = column_code(q, AUTH_METHOD_COUNT);
    row->state = column_code(q, CONNECTION_STATE_COUNT);
    row->problem = column_sealed(q, a, key, place("problem", row->id));
}

enum status store_connection_list(struct store *st, struct arena *a, struct text account,
                                  int64_t after, struct connection_list_answer *ret_list,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct data_key *key;
    int64_t account_id = 0;
    TRY(account_row_find(db, account, &account_id));
    TRY(account_key(db, account_id, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT c.id, u.id, u.email, c.kind, c.host, c.method, c.state, c.problem"
                      " FROM connections AS c JOIN users AS u ON u.id = c.user_id"
                      " WHERE c.account_id = ? AND c.id > ? ORDER BY c.id LIMIT ?");
    bind_i64(&q, account_id);
    bind_i64(&q, after);
    bind_i64(&q, MAX_ROWS);
    struct connection_list_answer list = {.rows =
                                              ARENA_ARRAY(a, MAX_ROWS, struct connection_row)};
    size_t start = a->used;
    enum status status;
    while ((status = query_step(&q)) == OK && a->used - start < LIST_BYTES_MAX)
        read_row(&q, a, key, &list.rows[list.n_rows++]);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    *ret_list = list;
    return OK;
}
