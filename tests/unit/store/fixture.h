/* SPDX-License-Identifier: ISC
 *
 * A database of its own, with an account, a host with a connected calendar, and a page. It is SQLite's, in a
 * directory of its own, or with HOURGATE_POSTGRES (tests/tool/postgres) one of that server's.
 */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#define CONNECTION_OK PQ_CONNECTION_OK /* wire/types.h has one of its own */
#include <libpq-fe.h>
#undef CONNECTION_OK

#include "crypt/keyfile.h"
#include "crypt/totp.h"
#include "store/factor.h"
#include "store/oauth.h"
#include "store/session.h"
#include "store/sso.h"
#include "wire/codec.h"

enum { NOW = 1800000000, HOUR = 3600, DAY = 86400 };

struct fixture {
    char directory[64];
    char path[256]; /* as store_open takes it */
    PGconn *server; /* PostgreSQL's, to make and drop the database; NULL: this is SQLite */
    struct secret master_key;
    struct store *st;
    struct arena a;
    struct error err;
    int64_t connection;
    struct page_stored page;
};

static inline void fixture_open(struct fixture *f)
{
    f->err = (struct error){0};
    enum status status = store_open(f->path, NULL, &f->master_key, 3, &f->st, &f->err);
    if (status != OK)
        fail_msg("store_open: %s: %s", status_name(status), f->err.what);
    store_start(f->st);
}

static inline void fixture_reopen(struct fixture *f)
{
    store_close(f->st);
    f->st = NULL;
    fixture_open(f);
}

static inline struct server fixture_server(void)
{
    static struct pin pins[] = {{TEXT("marked-pin-of-thirty-two-bytes..")}};
    return (struct server){
        .kind = CALENDAR_EWS,
        .host = TEXT("mail.example.org"),
        .port = 443,
        .path = TEXT("/EWS/Exchange.asmx"),
        .method = AUTH_NTLM,
        .user = TEXT("EXAMPLE\\ada"),
        .password = secret_new("marked-password", 15),
        .impersonate = TEXT("ada@example.org"),
        .mailbox = TEXT("ada@example.org"),
        .keytab = secret_new("marked-keytab", 13),
        .token_server = {.host = TEXT("login.marked.example"),
                         .port = 443,
                         .path = TEXT("/marked/token"),
                         .client_id = TEXT("marked-client"),
                         .scope = TEXT("marked-scope")},
        .pins = pins,
        .n_pins = 1,
    };
}

static inline struct page_put_ask fixture_page(void)
{
    static struct hours hours[] = {{0, 540, 1020}, {4, 540, 720}};
    static struct override overrides[] = {{20000, 0, 0}};
    return (struct page_put_ask){
        .account = TEXT("acme"),
        .email = TEXT("Ada@example.org"),
        .page = TEXT("intro"),
        .title = TEXT("A first talk"),
        .description = TEXT("Half an hour.\nOr less."),
        .location = TEXT("Room 1"),
        .room = TEXT("marked-room@example.org"),
        .synchronise = true,
        .rule = {.zone = TEXT("Europe/Zurich"),
                 .duration_min = 30,
                 .increment_min = 15,
                 .buffer_after_min = 10,
                 .horizon_days = 60,
                 .blocking = 1 << BUSY_BUSY,
                 .hours = hours,
                 .n_hours = 2,
                 .overrides = overrides,
                 .n_overrides = 1},
    };
}

/* A way to a provider, a second factor that is on, its recovery codes, and a sign-in that waits for a code. */
static inline void fixture_factor(struct fixture *f, const struct secret *session)
{
    struct principal_stored whose;
    struct instant now = {NOW};
    struct secret secret = secret_new("marked-second-factor", TOTP_SECRET), token = {0};
    struct recovery_codes codes;
    struct sign_in tried = {0};
    struct begun begun;
    char figures[16];
    struct oauth_flow flow = {.name = TEXT("marked"), .redirect = TEXT("marked/callback")};
    const struct sso_put_ask sso = {.account = TEXT("acme"),
                                    .provider = {.issuer = TEXT("https://marked.example")}};
    assert_int_equal(store_provider_put(f->st, &sso, &f->err), OK);
    assert_int_equal(store_session_open(f->st, &f->a, session, now, &whose, &f->err), OK);
    assert_int_equal(store_flow_add(f->st, &whose, &flow, now, &token, &f->err), OK);
    secret_free(&token);
    assert_int_equal(store_factor_begin(f->st, &whose, &secret, &f->err), OK);
    int n = snprintf(figures, sizeof figures, "%06u", totp_code(&secret, NOW / TOTP_STEP_S));
    struct secret code = secret_new(figures, (size_t)n);
    assert_int_equal(
        store_factor_confirm(f->st, &whose, session, &code, now, &token, &codes, &f->err), OK);
    assert_int_equal(store_sign_in_try(f->st, TEXT("acme"), whose.email, now, &tried, &f->err),
                     OK);
    assert_int_equal(store_session_add(f->st, &tried, now, &begun, &f->err), OK);
    assert_true(begun.needs_code);
    recovery_codes_free(&codes);
    secret_free(&tried.stored);
    secret_free(&begun.token);
    secret_free(&secret);
    secret_free(&code);
    secret_free(&token);
}

/* A password and a session, and all that belongs to signing in. */
static inline void fixture_sign_in(struct fixture *f)
{
    struct instant now = {NOW}, until;
    struct secret link = {0}, stored = secret_new("marked-stored", 13);
    struct begun begun;
    assert_int_equal(store_invite_add(f->st, TEXT("acme"), TEXT("ada@example.org"), now, &link,
                                      &until, &f->err),
                     OK);
    assert_int_equal(store_invite_use(f->st, &link, &stored, now, &begun, &f->err), OK);
    fixture_factor(f, &begun.token);
    secret_free(&link);
    secret_free(&begun.token);
    secret_free(&stored);
}

static inline void fixture_fill(struct fixture *f)
{
    struct account_add_ask account = {TEXT("acme"), TEXT("Acme AG"), ACCOUNT_CORPORATE};
    struct user_add_ask user = {TEXT("acme"), TEXT("ada@example.org"), TEXT("Ada Marker"),
                                TEXT("Europe/Zurich")};
    struct connection_add_ask connection = {
        .account = TEXT("acme"), .email = TEXT("ada@example.org"), .server = fixture_server()};
    struct source busy[] = {{TEXT("")}, {TEXT("marked-busy")}};
    struct source_list sources = {busy, 2};
    struct page_put_ask page = fixture_page();
    struct layer layers[] = {
        {.name = TEXT("tls")},
        {.name = TEXT("clock"), .state = LAYER_WARN, .detail = TEXT("marked-finding")}};
    struct check_answer found = {layers, 2};
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_connection_add(f->st, &connection, &f->connection, &f->err), OK);
    assert_int_equal(store_connection_calendars_set(f->st, f->connection, &sources,
                                                    TEXT("marked-book"), &f->err),
                     OK);
    assert_int_equal(
        store_connection_checked(f->st, f->connection, (struct instant){NOW}, &found, &f->err),
        OK);
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    secret_free(&connection.server.password);
    secret_free(&connection.server.keytab);
    struct token_add_ask token = {.account = TEXT("acme"),
                                  .email = TEXT("ada@example.org"),
                                  .name = TEXT("marked-token"),
                                  .scopes = 1};
    struct secret opens = {0};
    int64_t id;
    assert_int_equal(
        store_token_add(f->st, &token, (struct instant){NOW}, &id, &opens, &f->err), OK);
    secret_free(&opens);
    fixture_sign_in(f);
}

static inline void server_run(PGconn *server, const char *sql)
{
    PGresult *result = PQexec(server, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(server));
    PQclear(result);
}

/* A database that is named as the fixture's directory. */
static inline void fixture_make_database(struct fixture *f, const char *conninfo)
{
    char sql[128];
    const char *user = strstr(conninfo, " dbname=postgres");
    f->server = PQconnectdb(conninfo);
    if (PQstatus(f->server) != PQ_CONNECTION_OK || !user)
        fail_msg("%s: %s", conninfo, PQerrorMessage(f->server));
    snprintf(sql, sizeof sql, "CREATE DATABASE \"%s\"", f->directory);
    server_run(f->server, sql);
    snprintf(f->path, sizeof f->path, "postgres:%.*s dbname=%s%s", (int)(user - conninfo),
             conninfo, f->directory, user + strlen(" dbname=postgres"));
}

static inline void fixture_drop_database(struct fixture *f)
{
    char sql[128];
    if (!f->server)
        return;
    snprintf(sql, sizeof sql, "DROP DATABASE \"%s\" WITH (FORCE)", f->directory);
    server_run(f->server, sql);
    PQfinish(f->server);
}

/* Run SQL behind the store's back. True: the database did it; false: a constraint refused. */
static inline bool raw_run(const struct fixture *f, const char *sql)
{
    bool done = false, refused = false;
    if (f->server) {
        PGconn *conn = PQconnectdb(f->path + strlen(STORE_POSTGRES));
        PGresult *result = PQexec(conn, sql);
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        done = PQresultStatus(result) == PGRES_COMMAND_OK;
        refused = state && strncmp(state, "23", 2) == 0;
        PQclear(result);
        PQfinish(conn);
    } else {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        sqlite3_busy_timeout(db, 5000);
        int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
        done = rc == SQLITE_OK;
        refused = rc == SQLITE_CONSTRAINT;
        sqlite3_close(db);
    }
    if (!done && !refused)
        fail_msg("%s", sql);
    return done;
}

static inline int64_t raw_number(const struct fixture *f, const char *sql)
{
    int64_t value = 0;
    if (f->server) {
        PGconn *conn = PQconnectdb(f->path + strlen(STORE_POSTGRES));
        PGresult *result = PQexec(conn, sql);
        if (PQntuples(result) != 1)
            fail_msg("%s: %s", sql, PQerrorMessage(conn));
        value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        PQfinish(conn);
        return value;
    }
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

/* Leave a test that looks into SQLite's file. */
static inline void fixture_need_file(const struct fixture *f)
{
    if (f->server)
        skip();
}

static inline int fixture_set_up(void **state)
{
    const char *postgres = getenv("HOURGATE_POSTGRES");
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->directory, sizeof f->directory, "store-XXXXXX");
    if (!f || !mkdtemp(f->directory))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/hourgate.db", f->directory);
    if (postgres && *postgres)
        fixture_make_database(f, postgres);
    f->master_key = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
    fixture_open(f);
    fixture_fill(f);
    *state = f;
    return 0;
}

static inline void fixture_remove_files(const char *directory)
{
    DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(directory);
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->st);
    fixture_drop_database(f);
    fixture_remove_files(f->directory);
    secret_free(&f->master_key);
    arena_done(&f->a);
    free(f);
    return 0;
}

/* ---- bookings ---- */

static inline struct slot slot_at(int64_t start, int64_t minutes)
{
    return (struct slot){{start}, {start + 60 * minutes}};
}

static inline struct slot day_of(int64_t start)
{
    return (struct slot){{start - start % DAY}, {start - start % DAY + DAY}};
}

static inline struct customer fixture_customer(void)
{
    static struct answer answers[] = {{TEXT("Why?"), TEXT("Marked answer")},
                                      {TEXT("How?"), TEXT("")}};
    return (struct customer){.name = TEXT("Grace Marker"),
                             .email = TEXT("grace@marker.example"),
                             .zone = TEXT("America/New_York"),
                             .answers = answers,
                             .n_answers = 2};
}

/* What came of a hold; the token is freed. */
struct held {
    enum status status;
    struct booking_stored booking;
    bool fresh;
};

static inline struct held hold_with(struct fixture *f, int64_t start, struct text key,
                                    int64_t now)
{
    struct customer customer = fixture_customer();
    struct booking_hold hold = {
        .page = &f->page,
        .slot = slot_at(start, 30),
        .occupied = slot_at(start, 40),
        .day = day_of(start),
        .customer = &customer,
        .title = TEXT("Marked title"),
        .description = TEXT("Marked description"),
        .key = key,
        .now = {now},
        .hold_s = STORE_HOLD_S,
    };
    struct held held = {0};
    struct secret token = {0};
    held.status =
        store_booking_hold(f->st, &f->a, &hold, &held.booking, &token, &held.fresh, &f->err);
    secret_free(&token);
    return held;
}

static inline struct held hold_at(struct fixture *f, int64_t start)
{
    return hold_with(f, start, (struct text){0}, NOW);
}

static inline int64_t confirmed_at(struct fixture *f, int64_t start)
{
    struct event_ref ref = {.id = TEXT("marked-id"),
                            .change_key = TEXT("marked-change"),
                            .meeting = TEXT("https://meet.example/marked-meeting")};
    struct held held = hold_at(f, start);
    assert_int_equal(held.status, OK);
    assert_int_equal(
        store_booking_begin(f->st, held.booking.id, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(
        store_booking_confirm(f->st, held.booking.id, &ref, (struct instant){NOW}, &f->err),
        OK);
    return held.booking.id;
}

static inline struct booking_stored booking_get(struct fixture *f, int64_t id)
{
    struct booking_stored booking = {0};
    assert_int_equal(store_booking_get(f->st, &f->a, id, &booking, &f->err), OK);
    return booking;
}

/* Report a refused sign-in, or that it works. */
static inline enum status connection_stands(struct fixture *f, int64_t connection,
                                            enum connection_state state,
                                            struct instant refused_at, struct text problem)
{
    const struct connection_report report = {
        .id = connection,
        .state = state,
        .refused_at = refused_at,
        .outage = state == CONNECTION_OK ? OUTAGE_NONE : OUTAGE_SIGN_IN,
        .problem = problem,
        .now = refused_at,
        .tell_after_s = 600,
    };
    return store_connection_report(f->st, &report, &f->err);
}

#define FIXTURE_TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#endif
