/* SPDX-License-Identifier: ISC */
#include "store/desk.h"
#include "store/outbox.h"
#include "store/trail.h"
#include "wire/codec.h"

static struct seal_place place(const char *column, int64_t row)
{
    return (struct seal_place){.table = "connections", .column = column, .row = row};
}

/* How it does under another sign-in is not known. Who was told that it fails is told when it works. */
#define NOTHING_KNOWN ", state = 0, refused_at = 0, outage = 0, failing_at = 0"

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "connection", "there is no such connection");
}

/* ---- writing ---- */

/* Write down what became of a connection, in the transaction that does it. server: NULL where it is not at hand. */
static enum status audit_connection(struct db *db, enum audit_kind kind, int64_t account,
                                    int64_t id, const struct server *server)
{
    struct audit_event event = {.kind = kind, .account = account, .subject = id};
    if (server) {
        event.mailbox = server->mailbox;
        event.what = server->user;
    }
    return audit_add(db, &event);
}

/* Seal a value in the wire encoding. The shapes here hold no more than their checks allowed. */
static void bind_sealed_wire(struct query *q, const struct account_keys *key,
                             struct seal_place where, shape_table *shape, const void *value)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(shape));
    ENSURE(wire_encode(&bytes, shape, value) == OK);
    bind_sealed(q, key, where, buf_text(&bytes));
}

/* Bind how a server is reached and signed in to: port and method clear, all else sealed. */
static void bind_server(struct query *q, const struct account_keys *key, int64_t id,
                        const struct server *server)
{
    struct text password = {(const char *)server->password.at, server->password.n};
    struct text keytab = {(const char *)server->keytab.at, server->keytab.n};
    struct pin_list pins = {server->pins, server->n_pins};
    bind_i64(q, server->kind);
    bind_sealed(q, key, place("host", id), server->host);
    bind_i64(q, server->port);
    bind_sealed(q, key, place("path", id), server->path);
    bind_i64(q, server->method);
    bind_sealed(q, key, place("username", id), server->user);
    bind_sealed(q, key, place("password", id), password);
    bind_sealed(q, key, place("impersonate", id), server->impersonate);
    bind_sealed(q, key, place("mailbox", id), server->mailbox);
    if (keytab.n)
        bind_sealed(q, key, place("keytab", id), keytab);
    else
        bind_null(q);
    if (server->token_server.host.n)
        bind_sealed_wire(q, key, place("token_server", id), token_server_shape,
                         &server->token_server);
    else
        bind_null(q);
    if (server->n_pins)
        bind_sealed_wire(q, key, place("pins", id), pin_list_shape, &pins);
    else
        bind_null(q);
}

struct add {
    const struct connection_add_ask *ask;
    int64_t id;
};

static enum status insert_server(struct db *db, const struct account_keys *key, int64_t account,
                                 int64_t user, const struct add *add)
{
    const struct connection_add_ask *ask = add->ask;
    struct server through = {.kind = ask->server.kind,
                             .impersonate = ask->server.mailbox,
                             .mailbox = ask->server.mailbox};
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO connections (id, account_id, user_id, service_id, free_busy_only,"
            " kind, host, port, path, method, username, password, impersonate, mailbox, keytab,"
            " token_server, pins, state, refused_at, problem)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)");
    bind_i64(&q, add->id);
    bind_i64(&q, account);
    bind_id(&q, user);
    bind_id(&q, ask->through);
    bind_i64(&q, ask->free_busy_only);
    bind_server(&q, key, add->id, ask->through ? &through : &ask->server);
    bind_sealed(&q, key, place("problem", add->id), (struct text){0});
    enum status status = query_run(&q, NULL);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "connection",
                         "the user has a connection already: remove it first");
    return status;
}

/* Is it a service account of that account? */
static enum status check_service(struct db *db, int64_t account, int64_t id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM connections"
                      " WHERE id = ? AND account_id = ? AND user_id IS NULL");
    bind_i64(&q, id);
    bind_i64(&q, account);
    enum status status = query_step(&q);
    return status != ERR_NOT_FOUND ? status
                                   : error_set(db->err, status, "connection",
                                               "%lld is no service account", (long long)id);
}

enum status connection_insert(struct db *db, const struct connection_add_ask *ask,
                              int64_t *ret_id)
{
    struct add add = {ask, 0};
    const struct account_keys *key;
    int64_t account = 0, user = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(account_key(db, account, &key));
    if (ask->email.n)
        TRY(user_row_find(db, account, ask->email, &user));
    if (ask->through)
        TRY(check_service(db, account, ask->through));
    TRY(account_room(db, account, "SELECT count(*) FROM connections WHERE account_id = ?",
                     store_limits_of(db->st)->connections, "connections"));
    TRY(next_id(db, "connections", &add.id));
    TRY(insert_server(db, key, account, user, &add));
    *ret_id = add.id;
    return audit_connection(db, AUDIT_CONNECTION_ADDED, account, add.id, &ask->server);
}

static enum status write_connection(struct db *db, void *arg)
{
    struct add *add = arg;
    return connection_insert(db, add->ask, &add->id);
}

enum status store_connection_add(struct store *st, const struct connection_add_ask *connection,
                                 int64_t *ret_id, struct error *err)
{
    struct add add = {connection, 0};
    TRY(value_check(connection_add_ask_shape, connection, err));
    if (!connection->email.n && connection->through)
        return error_set(err, ERR_INVALID, "connection",
                         "a service account goes through no other");
    TRY(store_write(st, write_connection, &add, err));
    *ret_id = add.id;
    return OK;
}

/* Get the account of a connection with its key. */
static enum status account_of(struct db *db, int64_t id, int64_t *ret_account,
                              const struct account_keys **ret_key)
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

/* Has it a sign-in of its own? */
static enum status check_own(struct db *db, int64_t id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT service_id FROM connections WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    int64_t service = column_i64(&q);
    return service == 0 ? OK
                        : error_set(db->err, ERR_DENIED, "connection",
                                    "it signs in through connection %lld: change that one",
                                    (long long)service);
}

struct checked {
    int64_t id;
    struct instant now;
    struct check_answer bad; /* the layers that are not in order */
};

static enum status update_checked(struct db *db, void *arg)
{
    const struct checked *checked = arg;
    const struct account_keys *key;
    int64_t account;
    TRY(account_of(db, checked->id, &account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET checked_at = ?, findings = ? WHERE id = ?");
    bind_instant(&q, checked->now);
    if (checked->bad.n_layers)
        bind_sealed_wire(&q, key, place("findings", checked->id), check_answer_shape,
                         &checked->bad);
    else
        bind_null(&q);
    bind_i64(&q, checked->id);
    return query_run(&q, NULL);
}

enum status store_connection_checked(struct store *st, int64_t id, struct instant now,
                                     const struct check_answer *found, struct error *err)
{
    struct layer bad[MAX_LAYERS];
    struct checked checked = {.id = id, .now = now, .bad.layers = bad};
    TRY(value_check(check_answer_shape, found, err));
    for (size_t i = 0; i < found->n_layers; i++)
        if (found->layers[i].state == LAYER_WARN || found->layers[i].state == LAYER_REFUSED)
            bad[checked.bad.n_layers++] = found->layers[i];
    return store_write(st, update_checked, &checked, err);
}

struct password {
    int64_t id;
    struct text clear;
};

static enum status update_password(struct db *db, void *arg)
{
    const struct password *password = arg;
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, password->id, &account, &key));
    TRY(check_own(db, password->id));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE connections SET password = ?, problem = ?" NOTHING_KNOWN " WHERE id = ?");
    bind_sealed(&q, key, place("password", password->id), password->clear);
    bind_sealed(&q, key, place("problem", password->id), (struct text){0});
    bind_i64(&q, password->id);
    TRY(query_run(&q, NULL));
    return audit_connection(db, AUDIT_CONNECTION_PASSWORD, account, password->id, NULL);
}

enum status store_connection_password_set(struct store *st, int64_t id,
                                          const struct secret *password, struct error *err)
{
    struct password set = {id, {(const char *)password->at, password->n}};
    if (password->n > MAX_CREDENTIAL)
        return error_set(err, ERR_INVALID, "connection", "the password is too long");
    return store_write(st, update_password, &set, err);
}

struct choice {
    int64_t id;
    const struct source_list *busy;
    struct text book;
};

static enum status update_calendars(struct db *db, void *arg)
{
    const struct choice *choice = arg;
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, choice->id, &account, &key));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE connections SET busy_calendars = ?, book_calendar = ? WHERE id = ?");
    if (choice->busy->n_sources)
        bind_sealed_wire(&q, key, place("busy_calendars", choice->id), source_list_shape,
                         choice->busy);
    else
        bind_null(&q);
    if (choice->book.n)
        bind_sealed(&q, key, place("book_calendar", choice->id), choice->book);
    else
        bind_null(&q);
    bind_i64(&q, choice->id);
    TRY(query_run(&q, NULL));
    return audit_connection(db, AUDIT_CONNECTION_CALENDARS, account, choice->id, NULL);
}

enum status store_connection_calendars_set(struct store *st, int64_t id,
                                           const struct source_list *busy, struct text book,
                                           struct error *err)
{
    struct choice choice = {id, busy, book};
    struct source booked = {book};
    TRY(value_check(source_list_shape, busy, err));
    TRY(value_check(source_shape, &booked, err));
    return store_write(st, update_calendars, &choice, err);
}

struct move {
    int64_t id;
    const struct server *server;
};

static enum status update_server(struct db *db, void *arg)
{
    const struct move *move = arg;
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, move->id, &account, &key));
    TRY(check_own(db, move->id));
    TRY(bookings_unplace(db, account, move->id));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE connections SET kind = ?, host = ?, port = ?, path = ?, method = ?,"
            " username = ?, password = ?, impersonate = ?, mailbox = ?, keytab = ?,"
            " token_server = ?, pins = ?, problem = ?" NOTHING_KNOWN " WHERE id = ?");
    bind_server(&q, key, move->id, move->server);
    bind_sealed(&q, key, place("problem", move->id), (struct text){0});
    bind_i64(&q, move->id);
    TRY(query_run(&q, NULL));
    return audit_connection(db, AUDIT_CONNECTION_MOVED, account, move->id, move->server);
}

enum status store_connection_move(struct store *st, int64_t id, const struct server *server,
                                  struct error *err)
{
    struct move move = {id, server};
    TRY(value_check(server_shape, server, err));
    return store_write(st, update_server, &move, err);
}

/* Does nobody sign in through it? */
static enum status check_unused(struct db *db, int64_t account, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT count(*) FROM connections WHERE account_id = ? AND service_id = ?");
    bind_i64(&q, account);
    bind_i64(&q, id);
    TRY(query_step(&q));
    int64_t n = column_i64(&q);
    return n == 0
               ? OK
               : error_set(db->err, ERR_CONFLICT, "connection",
                           "%lld others sign in through it: remove those first", (long long)n);
}

struct removal {
    int64_t id;
    struct instant now;
    int64_t unbound;
};

static enum status delete_connection(struct db *db, void *arg)
{
    struct removal *removal = arg;
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, removal->id, &account, &key));
    TRY(check_unused(db, account, removal->id));
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM connections WHERE id = ?");
    bind_i64(&q, removal->id);
    TRY(query_run(&q, NULL));       /* first: from now on no new booking takes it */
    TRY(desk_end(db, removal->id)); /* before bookings: those that wait for a PC wait on */
    TRY(bookings_unbind(db, account, removal->id, removal->now, &removal->unbound));
    return audit_connection(db, AUDIT_CONNECTION_REMOVED, account, removal->id, NULL);
}

enum status store_connection_remove(struct store *st, int64_t id, struct instant now,
                                    int64_t *ret_unbound, struct error *err)
{
    struct removal removal = {id, now, 0};
    TRY(store_write(st, delete_connection, &removal, err));
    *ret_unbound = removal.unbound;
    return OK;
}

enum status store_connection_forecast(struct store *st, int64_t id, struct instant now,
                                      struct connection_remove_answer *ret_forecast,
                                      struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, id, &account, &key));
    TRY(check_unused(db, account, id));
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT count(*), count(CASE WHEN state = 2 AND end_at > ? THEN 1 END),"
            " count(CASE WHEN step <> 0 THEN 1 END),"
            " (SELECT count(*) FROM pages AS p JOIN connections AS c ON c.user_id = p.host_id"
            "  WHERE c.id = ? AND p.removed = 0)"
            " FROM bookings WHERE account_id = ? AND connection_id = ?");
    bind_instant(&q, now);
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, id);
    TRY(query_step(&q));
    struct connection_remove_answer forecast = {.unbound_bookings = column_i64(&q)};
    forecast.coming = column_i64(&q);
    forecast.in_flight = column_i64(&q);
    forecast.pages = column_i64(&q);
    TRY(q.status);
    *ret_forecast = forecast;
    return OK;
}

/* ---- reading ---- */

static void read_server(struct query *q, struct arena *a, const struct account_keys *key,
                        int64_t id, struct server *server)
{
    struct pin_list pins = {0};
    server->kind = column_code(q, CALENDAR_KIND_COUNT);
    server->host = column_sealed(q, a, key, place("host", id));
    server->port = column_i64(q);
    server->path = column_sealed(q, a, key, place("path", id));
    server->method = column_code(q, AUTH_METHOD_COUNT);
    server->user = column_sealed(q, a, key, place("username", id));
    server->impersonate = column_sealed(q, a, key, place("impersonate", id));
    server->mailbox = column_sealed(q, a, key, place("mailbox", id));
    if (column_is_null(q))
        column_skip(q);
    else
        column_sealed_wire(q, a, key, place("token_server", id), token_server_shape,
                           &server->token_server);
    if (column_is_null(q))
        column_skip(q);
    else
        column_sealed_wire(q, a, key, place("pins", id), pin_list_shape, &pins);
    server->pins = pins.pins;
    server->n_pins = pins.n_pins;
    server->password = column_secret(q, key, place("password", id));
    if (column_is_null(q))
        column_skip(q);
    else
        server->keytab = column_secret(q, key, place("keytab", id));
}

static void read_choice(struct query *q, struct arena *a, const struct account_keys *key,
                        struct connection_stored *found)
{
    found->free_busy_only = column_i64(q) != 0;
    if (column_is_null(q))
        column_skip(q);
    else
        column_sealed_wire(q, a, key, place("busy_calendars", found->id), source_list_shape,
                           &found->busy);
    found->book = column_sealed(q, a, key, place("book_calendar", found->id));
}

static enum status load_row(struct db *db, struct arena *a, const struct account_keys *key,
                            int64_t id, struct connection_stored *ret_connection)
{
    struct connection_stored found = {.id = id};
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT account_id, user_id, COALESCE(service_id, id), state, refused_at, problem,"
            " outage, failing_at, failing_told, free_busy_only, busy_calendars, book_calendar,"
            " kind, host, port, path, method, username, impersonate, mailbox, token_server,"
            " pins, password, keytab,"
            " COALESCE((SELECT zone FROM users WHERE users.id = connections.user_id), '')"
            " FROM connections WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    found.account = column_i64(&q);
    found.user = column_i64(&q);
    found.sign_in = column_i64(&q);
    found.state = column_code(&q, CONNECTION_STATE_COUNT);
    found.refused_at = column_instant(&q);
    found.problem = column_sealed(&q, a, key, place("problem", id));
    found.standing.outage = column_code(&q, OUTAGE_COUNT);
    found.standing.failing_at = column_instant(&q);
    found.standing.told = column_i64(&q) != 0;
    read_choice(&q, a, key, &found);
    read_server(&q, a, key, id, &found.server);
    found.server.zone = column_text(&q, a);
    if (q.status != OK) {
        wire_wipe(server_shape, &found.server);
        return q.status;
    }
    *ret_connection = found;
    return OK;
}

/* Load a connection; one that goes through a service account is that account acting for its mailbox. */
static enum status load(struct db *db, struct arena *a, const struct account_keys *key,
                        int64_t id, struct connection_stored *ret_connection)
{
    struct connection_stored found, service;
    TRY(load_row(db, a, key, id, &found));
    found.service = found.standing;
    if (found.sign_in != id) {
        struct text mailbox = found.server.mailbox, zone = found.server.zone;
        wire_wipe(server_shape, &found.server);
        TRY(load_row(db, a, key, found.sign_in, &service));
        found.state = service.state;
        found.refused_at = service.refused_at;
        found.service = service.standing;
        found.server = service.server;
        found.server.impersonate = found.server.mailbox = mailbox;
        found.server.zone = zone;
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
    const struct account_keys *key;
    int64_t account = 0;
    TRY(account_of(db, id, &account, &key));
    return load(db, a, key, id, ret_connection);
}

enum status store_connection_exists(struct store *st, int64_t id, bool *ret_exists,
                                    struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM connections WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    *ret_exists = column_i64(&q) != 0;
    return q.status;
}

enum status store_connection_find(struct store *st, struct arena *a, struct text account,
                                  int64_t id, struct connection_stored *ret_connection,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t named = 0, actual = 0;
    TRY(account_row_find(db, account, &named));
    TRY(account_of(db, id, &actual, &key));
    if (named != actual)
        return not_found(db);
    return load(db, a, key, id, ret_connection);
}

static void read_row(struct query *q, struct arena *a, const struct account_keys *key,
                     struct connection_row *row)
{
    row->id = column_i64(q);
    row->through = column_i64(q);
    int64_t sign_in = row->through ? row->through : row->id;
    struct seal_place email = {.table = "users", .column = "email", .row = column_i64(q)};
    row->email = column_sealed(q, a, key, email);
    row->mailbox = column_sealed(q, a, key, place("mailbox", row->id));
    row->free_busy_only = column_i64(q) != 0;
    row->problem = column_sealed(q, a, key, place("problem", row->id));
    row->outage = column_code(q, OUTAGE_COUNT);
    row->failing_at = column_instant(q);
    row->kind = column_code(q, CALENDAR_KIND_COUNT);
    row->host = column_sealed(q, a, key, place("host", sign_in));
    row->method = column_code(q, AUTH_METHOD_COUNT);
    row->user = column_sealed(q, a, key, place("username", sign_in));
    row->state = column_code(q, CONNECTION_STATE_COUNT);
    row->checked_at = column_instant(q);
    if (column_is_null(q)) {
        column_skip(q);
        return;
    }
    struct check_answer found = {0};
    column_sealed_wire(q, a, key, place("findings", row->id), check_answer_shape, &found);
    row->findings = found.layers;
    row->n_findings = found.n_layers;
}

enum status store_connection_list(struct store *st, struct arena *a,
                                  const struct connection_list_ask *ask,
                                  struct connection_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t account_id = 0;
    struct user_range range;
    TRY(account_row_find(db, ask->account, &account_id));
    TRY(account_key(db, account_id, &key));
    TRY(user_range_find(db, account_id, ask->email, &range));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT c.id, c.service_id, u.id, u.email, c.mailbox, c.free_busy_only,"
                      " c.problem, CASE WHEN c.outage = 0 THEN s.outage ELSE c.outage END,"
                      " CASE WHEN c.outage = 0 THEN s.failing_at ELSE c.failing_at END,"
                      " s.kind, s.host, s.method, s.username, s.state,"
                      " c.checked_at, c.findings"
                      " FROM connections AS c LEFT JOIN users AS u ON u.id = c.user_id"
                      " JOIN connections AS s ON s.id = COALESCE(c.service_id, c.id)"
                      " WHERE c.account_id = ? AND c.id > ? AND COALESCE(c.user_id, 0) >= ?"
                      " AND COALESCE(c.user_id, 0) <= ? ORDER BY c.id LIMIT ?");
    bind_i64(&q, account_id);
    bind_i64(&q, ask->after);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
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
