/* SPDX-License-Identifier: ISC
 *
 * PostgreSQL's side of store/driver.h. A statement's handle is a struct prepared: its name at the server, and
 * the rows of its last run, which are all here before the first one is read. Values travel in binary form: 8
 * bytes in network order, or the bytes themselves.
 *
 * Writes run in READ COMMITTED: each statement sees what other vaults have committed by then, and waits for
 * those that are at work on the same row or the same stretch of a host's time.
 */
#define CONNECTION_OK PQ_CONNECTION_OK /* wire/types.h has one of its own */
#include <libpq-fe.h>
#undef CONNECTION_OK

#include "store/postgres.h"

#include <ctype.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/clock.h"

enum {
    ANSWER_MS = 30000,  /* of a statement; beyond, the connection is given up */
    SQL_MAX = 64 << 10, /* of a statement, after translation */
    FORMAT_BINARY = 1,
    NAME_MAX_BYTES = 16,
};

/* For the server: a statement or a lock may take this long, and a silent peer is noticed. */
#define SESSION                                                                                \
    "SET statement_timeout = '20s'; SET lock_timeout = '10s';"                                 \
    "SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning';"    \
    "SET timezone = 'UTC'; SET default_transaction_isolation = 'read committed';"

struct session {
    PGconn *conn;
    unsigned n_prepared;
    int64_t changed; /* by the last statement */
};

struct prepared {
    char name[NAME_MAX_BYTES];
    PGresult *result; /* NULL: not running */
    int row;
};

static struct session *session_of(const struct db *db)
{
    return db->handle;
}

/* ---- the connection ---- */

/* libpq's words, without the line's end and what follows it. */
static struct text first_line(const char *words)
{
    struct text t = text_from(words ? words : "");
    const char *end = t.n ? memchr(t.at, '\n', t.n) : NULL;
    if (end)
        t.n = (size_t)(end - t.at);
    return text_trim(t);
}

static enum status failed(struct db *db, const char *doing)
{
    struct text words = first_line(PQerrorMessage(session_of(db)->conn));
    return error_set(db->err, ERR_IO, "store", "%s: " TEXT_FMT, doing, TEXT_ARG(words));
}

static enum status lost(struct db *db)
{
    if (db->st)
        store_lose(db->st);
    return failed(db, "the connection to the database broke");
}

/* What a connection string may say. Nothing that names a file of secrets or another program's settings. */
static bool is_known(const char *keyword)
{
    static const char *const known[] = {"host",    "port",    "dbname",
                                        "user",    "sslmode", "sslrootcert",
                                        "sslcert", "sslkey",  "application_name"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(keyword, known[i]) == 0)
            return true;
    return false;
}

static const char *said(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0 && options->val)
            return options->val;
    return "";
}

/* Refuse what could be overheard or answered by somebody else. */
static enum status check_options(const PQconninfoOption *options, struct error *err)
{
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (o->val && strcmp(o->keyword, "password") == 0)
            return error_set(err, ERR_INVALID, "store",
                             "a password belongs in a file: [data] store_password_file");
        else if (o->val && !is_known(o->keyword))
            return error_set(err, ERR_INVALID, "store", "%s is not taken here", o->keyword);
    const char *host = said(options, "host");
    if (!*host || !*said(options, "dbname"))
        return error_set(
            err, ERR_INVALID, "store",
            "postgres: needs host=/directory/of/the/socket or host=NAME, and dbname");
    if (strchr(host, ','))
        return error_set(err, ERR_INVALID, "store", "host names one server");
    if (*host == '/')
        return OK;
    if (strcmp(said(options, "sslmode"), "verify-full") != 0 || !*said(options, "sslrootcert"))
        return error_set(
            err, ERR_INVALID, "store",
            "a host that is no Unix socket needs sslmode=verify-full and sslrootcert");
    return OK;
}

enum { PARAMETERS_MAX = 20 };

struct parameters {
    const char *keywords[PARAMETERS_MAX];
    const char *values[PARAMETERS_MAX];
    size_t n;
};

static void parameter_add(struct parameters *p, const char *keyword, const char *value)
{
    ENSURE(p->n + 1 < PARAMETERS_MAX); /* NULL ends them */
    p->keywords[p->n] = keyword;
    p->values[p->n++] = value;
}

static PGconn *connect_with(const PQconninfoOption *options, const char *password)
{
    struct parameters p = {0};
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (o->val)
            parameter_add(&p, o->keyword, o->val);
    parameter_add(&p, "password", password);
    parameter_add(&p, "passfile", "/dev/null/none");
    parameter_add(&p, "gssencmode", "disable");
    parameter_add(&p, "connect_timeout", "10");
    parameter_add(&p, "client_encoding", "UTF8");
    parameter_add(&p, "fallback_application_name", "hourgate");
    parameter_add(&p, "keepalives_idle", "20");
    parameter_add(&p, "tcp_user_timeout", "20000");
    return PQconnectdbParams(p.keywords, p.values, 0);
}

static PGconn *connect_to(struct db *db, const struct db_target *target)
{
    char *wrong = NULL;
    char password[MAX_PASSWORD + 1] = "";
    PQconninfoOption *options = PQconninfoParse(target->at + strlen(STORE_POSTGRES), &wrong);
    if (!options) {
        struct text words = first_line(wrong);
        error_set(db->err, ERR_INVALID, "store", TEXT_FMT, TEXT_ARG(words));
        PQfreemem(wrong);
        return NULL;
    }
    PGconn *conn = NULL;
    if (check_options(options, db->err) == OK) {
        if (target->password && target->password->n <= MAX_PASSWORD)
            memcpy(password, target->password->at, target->password->n);
        conn = connect_with(options, password);
        explicit_bzero(password, sizeof password);
        ENSURE(conn);
    }
    PQconninfoFree(options);
    return conn;
}

static void hear_nothing(void *arg, const char *notice)
{
    (void)arg;
    (void)notice;
}

/* ---- one question, one answer, one deadline ---- */

/* Send what waits and take what came, until there is an answer or nothing more to wait for. */
static bool wait_ready(PGconn *conn, int64_t deadline_ms)
{
    for (;;) {
        int unsent = PQflush(conn);
        if (unsent < 0)
            return false;
        if (!unsent && !PQisBusy(conn))
            return true;
        int64_t left_ms = deadline_ms - clock_ms();
        struct pollfd fd = {.fd = PQsocket(conn),
                            .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
        if (left_ms <= 0 || poll(&fd, 1, (int)left_ms) == 0)
            return false;
        if ((fd.revents & ~POLLOUT) && !PQconsumeInput(conn))
            return false;
    }
}

/* Take the answer to what was sent; of several the last, or the first that failed. NULL: the connection is
 * lost, the line is set. */
static PGresult *take_result(struct db *db, int sent)
{
    PGconn *conn = session_of(db)->conn;
    int64_t deadline_ms = clock_ms() + ANSWER_MS;
    PGresult *kept = NULL, *next = NULL;
    while (sent && wait_ready(conn, deadline_ms)) {
        next = PQgetResult(conn);
        if (!next && PQstatus(conn) == PQ_CONNECTION_OK && kept)
            return kept;
        if (!next)
            break;
        if (kept && PQresultStatus(kept) == PGRES_FATAL_ERROR) {
            PQclear(next);
        } else {
            PQclear(kept);
            kept = next;
        }
    }
    PQclear(kept);
    (void)!lost(db);
    return NULL;
}

/* Judge an answer. Terse words: a detail would name values. */
static enum status judge(struct db *db, const PGresult *result, const char *doing)
{
    ExecStatusType is = PQresultStatus(result);
    if (is == PGRES_COMMAND_OK || is == PGRES_TUPLES_OK || is == PGRES_EMPTY_QUERY)
        return OK;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (PQstatus(session_of(db)->conn) != PQ_CONNECTION_OK)
        return lost(db);
    state = state ? state : "";
    db->must_retry = strcmp(state, "40P01") == 0 || strcmp(state, "40001") == 0;
    bool refused = strncmp(state, "23", 2) == 0; /* any constraint; 23P01: an overlap */
    return error_set(db->err, refused ? ERR_CONFLICT : ERR_IO, "store", "%s: %s",
                     refused ? "refused" : doing, words ? words : "no words");
}

/* Run statements without values. */
static enum status run(struct db *db, const char *sql, const char *doing)
{
    PGresult *result = take_result(db, PQsendQuery(session_of(db)->conn, sql));
    enum status status = result ? judge(db, result, doing) : ERR_IO;
    PQclear(result);
    return status;
}

/* Ask for one number. */
static enum status ask_number(struct db *db, const char *sql, int64_t *ret_value)
{
    PGresult *result = take_result(db, PQsendQuery(session_of(db)->conn, sql));
    enum status status = result ? judge(db, result, "opening") : ERR_IO;
    if (status == OK && (PQntuples(result) != 1 ||
                         !text_to_i64(text_from(PQgetvalue(result, 0, 0)), ret_value)))
        status = error_set(db->err, ERR_IO, "store", "opening: an unexpected answer");
    PQclear(result);
    return status;
}

static enum status check_server(struct db *db)
{
    const char *encoding = PQparameterStatus(session_of(db)->conn, "server_encoding");
    if (PQserverVersion(session_of(db)->conn) < 130000)
        return error_set(db->err, ERR_UNSUPPORTED, "store", "PostgreSQL 13 or newer is needed");
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return error_set(db->err, ERR_UNSUPPORTED, "store",
                         "the database must be made with ENCODING 'UTF8'");
    return OK;
}

static enum status open_session(struct db *db, const struct db_target *target, bool read_only)
{
    PGconn *conn = connect_to(db, target);
    if (!conn)
        return ERR_INVALID;
    struct session *session = calloc(1, sizeof *session);
    ENSURE(session);
    session->conn = conn;
    db->handle = session;
    if (PQstatus(conn) != PQ_CONNECTION_OK)
        return failed(db, "PostgreSQL");
    PQsetNoticeProcessor(conn, hear_nothing, NULL);
    PQsetErrorVerbosity(conn, PQERRORS_TERSE);
    ENSURE(PQsetnonblocking(conn, 1) == 0);
    TRY(check_server(db));
    TRY(run(db, SESSION, "opening"));
    /* A commit is on the disk when it returns; more than that (remote_apply) may stay. */
    TRY(run(db,
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'",
            "opening"));
    return read_only ? run(db, "SET default_transaction_read_only = on", "opening") : OK;
}

static void close_session(struct db *db)
{
    struct session *session = session_of(db);
    if (!session)
        return;
    PQfinish(session->conn);
    free(session);
}

static bool in_transaction(struct db *db)
{
    PGTransactionStatusType is = PQtransactionStatus(session_of(db)->conn);
    return is == PQTRANS_INTRANS || is == PQTRANS_INERROR || is == PQTRANS_ACTIVE;
}

/* ---- statements ---- */

/* The values' places by number, and the comments opened that are meant for PostgreSQL. No text of ours has a
 * question mark for anything else. */
static void translate(struct buf *out, const char *sql)
{
    int n = 0;
    for (const char *at = sql; *at; at++) {
        if (*at == '?')
            buf_printf(out, "$%d", ++n);
        else if (strncmp(at, "/*+", 3) == 0 || strncmp(at, "+*/", 3) == 0)
            at += 2;
        else
            buf_add_byte(out, (unsigned char)*at);
    }
    ENSURE(!buf_failed(out));
}

static void *prepare(struct db *db, const char *sql)
{
    struct buf text CLEANUP(buf_done) = BUF(SQL_MAX);
    struct session *session = session_of(db);
    struct prepared *prepared = calloc(1, sizeof *prepared);
    ENSURE(prepared);
    translate(&text, sql);
    snprintf(prepared->name, sizeof prepared->name, "s%u", session->n_prepared++);
    int sent = PQsendPrepare(session->conn, prepared->name, buf_cstr(&text), 0, NULL);
    PGresult *result = take_result(db, sent);
    enum status status = result ? judge(db, result, "preparing a statement") : ERR_IO;
    PQclear(result);
    if (status == OK)
        return prepared;
    free(prepared);
    return NULL;
}

static void reset(void *statement)
{
    struct prepared *prepared = statement;
    PQclear(prepared->result);
    prepared->result = NULL;
}

static void finish(void *statement)
{
    reset(statement);
    free(statement);
}

static int send_values(const struct query *q, const struct prepared *prepared)
{
    const char *at[VALUES_MAX];
    int lengths[VALUES_MAX], formats[VALUES_MAX];
    uint64_t numbers[VALUES_MAX];
    for (int i = 0; i < q->n_values; i++) {
        const struct value *value = &q->values[i];
        formats[i] = FORMAT_BINARY;
        numbers[i] = htobe64((uint64_t)value->i64);
        bool is_number = value->kind == VALUE_I64;
        lengths[i] = is_number ? (int)sizeof numbers[i] : (int)value->text.n;
        at[i] = is_number                   ? (const char *)&numbers[i]
                : value->kind == VALUE_NULL ? NULL
                : value->text.at            ? value->text.at
                                            : "";
    }
    return PQsendQueryPrepared(session_of(q->db)->conn, prepared->name, q->n_values, at,
                               lengths, formats, FORMAT_BINARY);
}

static enum status begin(struct query *q, struct prepared *prepared)
{
    struct db *db = q->db;
    prepared->result = take_result(db, send_values(q, prepared));
    prepared->row = -1;
    if (!prepared->result)
        return ERR_IO;
    TRY(judge(db, prepared->result, "running a statement"));
    struct text n = text_from(PQcmdTuples(prepared->result));
    if (!text_to_i64(n, &session_of(db)->changed))
        session_of(db)->changed = 0;
    return OK;
}

static enum status step(struct query *q)
{
    struct prepared *prepared = q->statement->handle;
    if (!q->is_running) {
        q->is_running = true; /* there may be a result to free, whatever comes */
        TRY(begin(q, prepared));
    }
    return ++prepared->row < PQntuples(prepared->result) ? OK : ERR_NOT_FOUND;
}

static int64_t changed(struct query *q)
{
    return session_of(q->db)->changed;
}

/* Types by their numbers in the server's pg_type, which do not change. */
enum { TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23 };

static int64_t number_at(const char *at, int n)
{
    uint64_t value = n && (at[0] & 0x80) ? UINT64_MAX : 0; /* the sign goes on */
    for (int i = 0; i < n; i++)
        value = value << 8 | (unsigned char)at[i];
    return (int64_t)value;
}

static struct value column(struct query *q, int at)
{
    const struct prepared *prepared = q->statement->handle;
    const PGresult *result = prepared->result;
    struct value value = {.kind = VALUE_NULL};
    if (PQgetisnull(result, prepared->row, at))
        return value;
    const char *bytes = PQgetvalue(result, prepared->row, at);
    int n = PQgetlength(result, prepared->row, at);
    switch (PQftype(result, at)) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        value.kind = VALUE_I64;
        value.i64 = number_at(bytes, n);
        return value;
    case TYPE_BYTEA:
        value.kind = VALUE_BYTES;
        break;
    default:
        value.kind = VALUE_TEXT;
    }
    value.text = (struct text){bytes, (size_t)n};
    return value;
}

static const char *column_name(struct query *q, int at)
{
    const struct prepared *prepared = q->statement->handle;
    return PQfname(prepared->result, at);
}

/* ---- the schema ---- */

/* "hrgt": the lock that a vault takes while it looks at the schema, and the number of the table's row. */
#define SCHEMA_LOCK "1752328052"

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* A step's text as this database reads it. The words are types wherever they stand in capitals. */
static void translate_schema(struct buf *out, const char *sql)
{
    static const struct {
        const char *from, *to;
    } words[] = {
        {"INTEGER", "BIGINT"},          {"BLOB", "BYTEA"},
        {"TEXT", "TEXT COLLATE \"C\""}, {"x''", "''"},
        {"STRICT, WITHOUT ROWID", ""},  {"STRICT", ""},
    };
    for (const char *at = sql; *at;) {
        size_t i = 0, n = 1;
        while (i < sizeof words / sizeof *words &&
               (strncmp(at, words[i].from, strlen(words[i].from)) != 0 ||
                (at > sql && is_letter(at[-1])) || is_letter(at[strlen(words[i].from)])))
            i++;
        if (i < sizeof words / sizeof *words) {
            n = strlen(words[i].from);
            buf_printf(out, "%s", words[i].to);
        } else {
            buf_add_byte(out, (unsigned char)*at);
        }
        at += n;
    }
    ENSURE(!buf_failed(out));
}

static enum status schema_look(struct db *db, int64_t *ret_version)
{
    int64_t is_ours = 0, n_tables = 0;
    TRY(run(db, "SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ")", "opening"));
    TRY(ask_number(
        db,
        "SELECT count(*) FROM pg_class WHERE relkind = 'r'"
        " AND relname = 'hourgate_schema' AND relnamespace = current_schema()::regnamespace",
        &is_ours));
    if (is_ours)
        return ask_number(db, "SELECT version FROM hourgate_schema", ret_version);
    TRY(ask_number(db,
                   "SELECT count(*) FROM pg_class WHERE relkind = 'r'"
                   " AND relnamespace = current_schema()::regnamespace",
                   &n_tables));
    if (n_tables)
        return error_set(db->err, ERR_DENIED, "store",
                         "the database has tables that are not hourgate's");
    *ret_version = 0;
    return run(db,
               "CREATE TABLE hourgate_schema (version BIGINT NOT NULL);"
               "INSERT INTO hourgate_schema VALUES (0);",
               "migrating");
}

/* All steps are one transaction: a table is made here as anything else is written. */
static enum status schema_begin(struct db *db, int64_t *ret_version)
{
    TRY(run(db, "BEGIN", "opening"));
    return schema_look(db, ret_version);
}

static enum status schema_step(struct db *db, const struct schema_step *step, int64_t to)
{
    struct buf sql CLEANUP(buf_done) = BUF(SQL_MAX);
    translate_schema(&sql, step->both);
    TRY(run(db, buf_cstr(&sql), "migrating"));
    if (step->postgres)
        TRY(run(db, step->postgres, "migrating"));
    buf_clear(&sql);
    buf_printf(&sql, "UPDATE hourgate_schema SET version = %lld", (long long)to);
    return run(db, buf_cstr(&sql), "migrating");
}

static enum status schema_end(struct db *db, enum status status)
{
    if (status == OK)
        return run(db, "COMMIT", "migrating");
    struct error *err = db->err;
    db->err = NULL; /* the first failure's line stays */
    (void)!run(db, "ROLLBACK", "migrating");
    db->err = err;
    return status;
}

const struct driver postgres_driver = {
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    .begin_write = "BEGIN",
    .size = "SELECT pg_database_size(current_database())",
    .open = open_session,
    .close = close_session,
    .failed = failed,
    .in_transaction = in_transaction,
    .prepare = prepare,
    .finish = finish,
    .step = step,
    .reset = reset,
    .changed = changed,
    .column = column,
    .column_name = column_name,
    .schema_begin = schema_begin,
    .schema_step = schema_step,
    .schema_end = schema_end,
};
