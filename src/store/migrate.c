/* SPDX-License-Identifier: ISC
 *
 * The schema, as numbered steps that are never changed once released. The comment above a column says what
 * it holds, and `sealed` where the database sees only ciphertext (crypt/seal.h, under the account's data
 * key, bound to table, column and row). What has no such word is clear. Codes are the enums of
 * wire/types.h and store.h. Times are seconds since 1970 in UTC.
 */
#include "store/driver.h"

static const char first[] =
    "CREATE TABLE hourgate (\n"
    "    -- there is one row\n"
    "    id INTEGER PRIMARY KEY CHECK (id = 1),\n"
    "    -- id of the master key that wraps the data keys (crypt/keyring.h)\n"
    "    master_key_id BLOB NOT NULL\n"
    ") STRICT;\n"

    "CREATE TABLE counters (\n"
    "    -- a table whose rows are numbered\n"
    "    name TEXT PRIMARY KEY,\n"
    "    -- the number given last; numbers never come back\n"
    "    last INTEGER NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO counters VALUES\n"
    "    ('accounts', 0), ('users', 0), ('connections', 0), ('pages', 0);\n"

    "CREATE TABLE accounts (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- its name in addresses; public\n"
    "    slug TEXT NOT NULL UNIQUE,\n"
    "    -- as visitors read it; public\n"
    "    name TEXT NOT NULL,\n"
    "    -- enum account_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- the account's data key, sealed by the master key\n"
    "    data_key BLOB NOT NULL\n"
    ") STRICT;\n"

    "CREATE TABLE users (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose user it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- keyed hash of the address in small letters: finds a user, reads nobody\n"
    "    email_hash BLOB NOT NULL,\n"
    "    -- sealed: the address as it was given\n"
    "    email BLOB NOT NULL,\n"
    "    -- sealed: as visitors read it\n"
    "    name BLOB NOT NULL,\n"
    "    -- IANA name of the user's clock\n"
    "    zone TEXT NOT NULL,\n"
    "    UNIQUE (account_id, email_hash)\n"
    ") STRICT;\n"

    "CREATE TABLE connections (\n"
    "    -- its number; commands name it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- whose calendar it is; one each: a second one, unread, would be sold over\n"
    "    user_id INTEGER NOT NULL UNIQUE REFERENCES users (id),\n"
    "    -- enum calendar_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- sealed: the server's DNS name\n"
    "    host BLOB NOT NULL,\n"
    "    -- the server's TCP port\n"
    "    port INTEGER NOT NULL,\n"
    "    -- sealed: the path of the server's address\n"
    "    path BLOB NOT NULL,\n"
    "    -- enum auth_method\n"
    "    method INTEGER NOT NULL,\n"
    "    -- sealed: the name that signs in\n"
    "    username BLOB NOT NULL,\n"
    "    -- sealed: the password that signs in\n"
    "    password BLOB NOT NULL,\n"
    "    -- sealed: the address to act for, empty for one's own mailbox\n"
    "    impersonate BLOB NOT NULL,\n"
    "    -- sealed: the address whose free/busy is asked\n"
    "    mailbox BLOB NOT NULL,\n"
    "    -- enum connection_state\n"
    "    state INTEGER NOT NULL,\n"
    "    -- when sign-in was refused last, 0 where it was not\n"
    "    refused_at INTEGER NOT NULL,\n"
    "    -- sealed, since it may name the server: the last failure; empty after a success\n"
    "    problem BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX connections_by_account ON connections (account_id, id);\n"

    "CREATE TABLE pages (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- its name in addresses; public\n"
    "    slug TEXT NOT NULL,\n"
    "    -- who takes the appointments\n"
    "    host_id INTEGER NOT NULL REFERENCES users (id),\n"
    "    -- as visitors read it; public\n"
    "    title TEXT NOT NULL,\n"
    "    -- below the title; public\n"
    "    description TEXT NOT NULL,\n"
    "    -- where to meet; public\n"
    "    location TEXT NOT NULL,\n"
    "    -- 1: bookings are written into the host's calendar\n"
    "    synchronise INTEGER NOT NULL CHECK (synchronise IN (0, 1)),\n"
    "    -- struct rule in the wire encoding\n"
    "    rule BLOB NOT NULL,\n"
    "    -- 1: kept for its bookings alone\n"
    "    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))\n"
    ") STRICT;\n"
    "CREATE UNIQUE INDEX pages_by_slug ON pages (account_id, slug) WHERE removed = 0;\n"
    "CREATE INDEX pages_by_host ON pages (host_id);\n"

    "CREATE TABLE bookings (\n"
    "    -- time and chance (store/booking.c): it tells nothing of how many there are\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- on which page it was made\n"
    "    page_id INTEGER NOT NULL REFERENCES pages (id),\n"
    "    -- who takes the appointment\n"
    "    host_id INTEGER NOT NULL REFERENCES users (id),\n"
    "    -- through which its event is written; NULL: kept in hourgate only. It has no\n"
    "    -- REFERENCES, since that would need an index for a rare removal (bookings_unbind)\n"
    "    connection_id INTEGER,\n"
    "    -- enum booking_state: 0 held, 1 uncertain, 2 confirmed, 3 cancelled\n"
    "    state INTEGER NOT NULL,\n"
    "    -- enum booking_step: 0 nothing in flight, 1 hold, 2 create, 3 move, 4 cancel\n"
    "    step INTEGER NOT NULL,\n"
    "    -- when that step began\n"
    "    step_at INTEGER NOT NULL,\n"
    "    -- the appointment, without buffers\n"
    "    start_at INTEGER NOT NULL,\n"
    "    -- its end\n"
    "    end_at INTEGER NOT NULL,\n"
    "    -- where it is being moved to; NULL but in step 3\n"
    "    move_start_at INTEGER,\n"
    "    -- the end of that; NULL with it\n"
    "    move_end_at INTEGER,\n"
    "    -- sealed: what the customer said of themselves\n"
    "    customer_name BLOB NOT NULL,\n"
    "    -- sealed: their address\n"
    "    customer_email BLOB NOT NULL,\n"
    "    -- sealed: IANA name of the customer's clock\n"
    "    customer_zone BLOB NOT NULL,\n"
    "    -- sealed: struct answer_list in the wire encoding\n"
    "    customer_answers BLOB NOT NULL,\n"
    "    -- sealed: the event's subject\n"
    "    event_title BLOB NOT NULL,\n"
    "    -- sealed: the event's body\n"
    "    event_description BLOB NOT NULL,\n"
    "    -- sealed: the calendar server's id of the event; NULL: none known\n"
    "    external_id BLOB,\n"
    "    -- sealed: the server's name for the event's version; NULL with external_id\n"
    "    change_key BLOB,\n"
    "    -- sealed: the token of the private link, for repeated answers and mail\n"
    "    token BLOB NOT NULL,\n"
    "    -- SHA-256 of that token: what opens the link\n"
    "    token_hash BLOB NOT NULL,\n"
    "    -- keyed hash of the idempotency key; NULL: none was given\n"
    "    key_hash BLOB,\n"
    "    -- keyed hash of start and customer: what must be equal where the key is\n"
    "    content_hash BLOB NOT NULL,\n"
    "    CHECK (end_at > start_at),\n"
    "    CHECK ((move_start_at IS NOT NULL) = (step = 3)),\n"
    "    CHECK ((move_end_at IS NOT NULL) = (step = 3)),\n"
    "    CHECK ((state = 0 AND step = 1) OR (state = 1 AND step = 2) OR\n"
    "           (state = 2 AND step IN (0, 3, 4)) OR (state = 3 AND step = 0))\n"
    ") STRICT;\n"
    "CREATE UNIQUE INDEX bookings_by_key ON bookings (page_id, key_hash)\n"
    "    WHERE key_hash IS NOT NULL;\n"
    "CREATE INDEX bookings_by_start ON bookings (account_id, start_at, id);\n"
    "CREATE INDEX bookings_in_flight ON bookings (id) WHERE step <> 0;\n"

    "CREATE TABLE occupancies (\n"
    "    -- for which booking\n"
    "    booking_id INTEGER NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,\n"
    "    -- 0: where the booking stands, 1: where it is being moved to\n"
    "    target INTEGER NOT NULL CHECK (target IN (0, 1)),\n"
    "    -- whose time it is\n"
    "    host_id INTEGER NOT NULL,\n"
    "    -- the booking's\n"
    "    page_id INTEGER NOT NULL,\n"
    "    -- its start, with buffers; at most STORE_OCCUPIED_MAX_S long, so that a search\n"
    "    -- need not look back further\n"
    "    start_at INTEGER NOT NULL,\n"
    "    -- its end, with buffers\n"
    "    end_at INTEGER NOT NULL,\n"
    "    -- the appointment's own start: which day it counts for\n"
    "    slot_at INTEGER NOT NULL,\n"
    "    -- when a hold is over; NULL: keeps its time until it is deleted\n"
    "    expires_at INTEGER,\n"
    "    PRIMARY KEY (booking_id, target),\n"
    "    CHECK (end_at > start_at AND end_at - start_at <= 259200)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX occupancies_by_host ON occupancies (host_id, start_at, end_at);\n";

static const char first_sqlite[] =
    "-- A host's time is sold once, whatever the program believes.\n"
    "CREATE TRIGGER occupancies_disjoint BEFORE INSERT ON occupancies\n"
    "WHEN EXISTS (SELECT 1 FROM occupancies AS other\n"
    "             WHERE other.host_id = NEW.host_id AND other.start_at < NEW.end_at\n"
    "             AND other.start_at > NEW.start_at - 259200 AND other.end_at > NEW.start_at\n"
    "             AND other.booking_id <> NEW.booking_id)\n"
    "BEGIN SELECT RAISE(ABORT, 'occupied'); END;\n"
    "CREATE TRIGGER occupancies_stay BEFORE UPDATE OF\n"
    "    booking_id, host_id, start_at, end_at ON occupancies\n"
    "BEGIN SELECT RAISE(ABORT, 'an occupancy does not move: insert another'); END;\n";

/* btree_gist lets a constraint compare numbers beside ranges. */
static const char first_postgres[] =
    "CREATE EXTENSION IF NOT EXISTS btree_gist;\n"
    "ALTER TABLE occupancies ADD CONSTRAINT occupancies_disjoint EXCLUDE USING gist\n"
    "    (host_id WITH =, int8range(start_at, end_at) WITH &&, booking_id WITH <>);\n";

/* A connection may have no user (a service account) or sign in through one; what it reads and where it books
 * is chosen; pins, keytab and token server. Rows are sealed by table and number, which stay. */
static const char second[] =
    "ALTER TABLE connections RENAME TO connections_1;\n"
    "CREATE TABLE connections (\n"
    "    -- its number; commands name it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- whose calendar it is, one each; NULL: a service account\n"
    "    user_id INTEGER UNIQUE REFERENCES users (id),\n"
    "    -- the service account that signs in for it; NULL: it signs in itself. A service "
    "account\n"
    "    -- with such rows is not removed, so that this needs no REFERENCES and no index\n"
    "    service_id INTEGER,\n"
    "    -- enum calendar_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- sealed: the server's DNS name; empty with service_id, as all up to keytab but "
    "mailbox\n"
    "    host BLOB NOT NULL,\n"
    "    -- the server's TCP port\n"
    "    port INTEGER NOT NULL,\n"
    "    -- sealed: the path of the server's address\n"
    "    path BLOB NOT NULL,\n"
    "    -- enum auth_method\n"
    "    method INTEGER NOT NULL,\n"
    "    -- sealed: the name that signs in\n"
    "    username BLOB NOT NULL,\n"
    "    -- sealed: the password that signs in\n"
    "    password BLOB NOT NULL,\n"
    "    -- sealed: the address to act for, empty for one's own mailbox\n"
    "    impersonate BLOB NOT NULL,\n"
    "    -- sealed: the address whose free/busy is asked\n"
    "    mailbox BLOB NOT NULL,\n"
    "    -- sealed: the keytab that signs in; NULL: none\n"
    "    keytab BLOB,\n"
    "    -- sealed: struct token_server in the wire encoding; NULL: none\n"
    "    token_server BLOB,\n"
    "    -- sealed: struct pin_list in the wire encoding; NULL: none\n"
    "    pins BLOB,\n"
    "    -- 1: nothing but availability is read, and nothing written\n"
    "    free_busy_only INTEGER NOT NULL DEFAULT 0 CHECK (free_busy_only IN (0, 1)),\n"
    "    -- sealed: struct source_list in the wire encoding, the calendars that count as busy, "
    "the\n"
    "    -- default one by an empty name; NULL: that one alone\n"
    "    busy_calendars BLOB,\n"
    "    -- sealed: the calendar that bookings are written into; NULL: the default one\n"
    "    book_calendar BLOB,\n"
    "    -- enum connection_state\n"
    "    state INTEGER NOT NULL,\n"
    "    -- when sign-in was refused last, 0 where it was not\n"
    "    refused_at INTEGER NOT NULL,\n"
    "    -- sealed, since it may name the server: the last failure; empty after a success\n"
    "    problem BLOB NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO connections (id, account_id, user_id, kind, host, port, path, method,\n"
    "    username, password, impersonate, mailbox, state, refused_at, problem)\n"
    "    SELECT id, account_id, user_id, kind, host, port, path, method, username, password,\n"
    "        impersonate, mailbox, state, refused_at, problem FROM connections_1;\n"
    "DROP TABLE connections_1;\n"
    "CREATE INDEX connections_by_account ON connections (account_id, id);\n"

    "CREATE TABLE booking_calendars (\n"
    "    -- which booking's event stands elsewhere than in the default calendar\n"
    "    id INTEGER PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- sealed: the server's id of the calendar that it was written into\n"
    "    calendar BLOB NOT NULL\n"
    ") STRICT;\n";

static const struct schema_step steps[] = {
    {first, first_sqlite, first_postgres},
    {second, NULL, NULL},
};
enum { VERSION = sizeof steps / sizeof *steps };
_Static_assert(STORE_OCCUPIED_MAX_S == 259200, "the schema says it in figures");
_Static_assert(BOOKING_HELD == 0 && BOOKING_UNCERTAIN == 1 && BOOKING_CONFIRMED == 2 &&
                   BOOKING_CANCELLED == 3,
               "the schema says it in figures");
_Static_assert(STEP_NONE == 0 && STEP_HOLD == 1 && STEP_CREATE == 2 && STEP_MOVE == 3 &&
                   STEP_CANCEL == 4,
               "the schema says it in figures");

static enum status write_key_id(struct db *db, struct text id)
{
    struct query q CLEANUP(query_done) = query_new(db, "INSERT INTO hourgate VALUES (1, ?)");
    bind_bytes(&q, id);
    return query_run(&q, NULL);
}

/* Compare the master key with the one that the database was made with; a new database takes it. */
static enum status check_key(struct db *db)
{
    struct key_id id = keyring_id(db->ring);
    struct text id_text = {(const char *)id.at, sizeof id.at};
    struct query q CLEANUP(query_done) = query_new(db, "SELECT master_key_id FROM hourgate");
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return write_key_id(db, id_text);
    TRY(status);
    if (text_equal(column_blob(&q), id_text))
        return OK;
    return error_set(db->err, ERR_SEAL, "store",
                     "the key file is not the one that this database was made with");
}

static enum status run_steps(struct db *db, int64_t version)
{
    if (version > VERSION)
        return error_set(
            db->err, ERR_DENIED, "store",
            "the database is of version %lld, this program knows %d: use the newer program",
            (long long)version, VERSION);
    for (; version < VERSION; version++)
        TRY(db->driver->schema_step(db, &steps[version], version + 1));
    return check_key(db);
}

enum status migrate(struct db *db)
{
    int64_t version = 0;
    enum status status = db->driver->schema_begin(db, &version);
    if (status == OK)
        status = run_steps(db, version);
    return db->driver->schema_end(db, status);
}

enum status next_id(struct db *db, const char *table, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE counters SET last = last + 1 WHERE name = ? RETURNING last");
    bind_text(&q, text_from(table));
    TRY(query_step(&q));
    *ret_id = column_i64(&q);
    return OK;
}
