/* SPDX-License-Identifier: ISC
 *
 * What the files of this folder share: connections, statements, reads and writes. Nobody outside includes
 * it. Two databases stand behind these names (store/driver.h); the files about tables know neither.
 *
 * A statement binds and reads its values in the order in which its text names them. Its failures are
 * kept and told by query_step, so that binding needs no checks.
 *
 * The SQL is what both databases agree on: ? for a value, whole numbers of 64 bits for everything counted,
 * bytes, texts that sort by their bytes, RETURNING, ON CONFLICT DO NOTHING. After a statement failed, a
 * write can only fail as a whole: what may be refused and then tried otherwise says ON CONFLICT DO NOTHING.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "crypt/keyring.h"
#include "store/store.h"

enum {
    STATEMENTS_MAX = 256,     /* different statements of one connection */
    VALUES_MAX = 48,          /* values of one statement */
    LIST_BYTES_MAX = 2 << 20, /* a list stops early behind this; its reader asks on */
    WRAPPED_KEY = KEY_BYTES + SEAL_EXTRA, /* bytes of a wrapped key */
};

/* The rest of a SELECT in a write, which keeps other vaults off the row until the commit, or with FOR_SHARE
 * keeps them from changing it. SQLite, which has one writer, reads a comment; PostgreSQL's driver takes the
 * comment's marks away. */
#define FOR_UPDATE " /*+ FOR NO KEY UPDATE +*/"
#define FOR_SHARE " /*+ FOR SHARE +*/"

struct statement {
    const char *sql; /* a literal: its address names the statement */
    void *handle;    /* the driver's */
    bool is_busy;    /* a query uses it */
};

/* A connection to the database: one thread's at a time. */
struct db {
    const struct driver *driver;
    void *handle; /* the driver's */
    struct store *st;
    struct keyring *ring;
    struct trail *trail;             /* of the writer alone */
    const struct trail_actor *actor; /* on whose behalf the present write is made */
    bool is_writer;                  /* the one connection that changes anything */
    struct error *err;               /* where its present user wants the line */
    bool
        must_retry; /* the last failure was another vault's doing: the same again may well succeed */
    struct statement statements[STATEMENTS_MAX];
    unsigned n_statements;
    struct db *next_free;
};

/* Where a database is, as store_open takes it. */
struct db_target {
    const char *at;                /* a path, or postgres: and a connection string */
    const struct secret *password; /* may be NULL */
};

enum status db_open(struct db *db, struct store *st, const struct db_target *target,
                    bool read_only, struct error *err) MUST_CHECK;
void db_close(struct db *db); /* accepts a zeroed one */

bool db_in_transaction(struct db *db);

/* This node's name; empty where it was given none. Borrowed from the store. */
struct text db_node(const struct db *db);

/* Run statements that give no rows. */
enum status db_exec(struct db *db, const char *sql) MUST_CHECK;

/* ---- statements ---- */

enum value_kind { VALUE_NULL, VALUE_I64, VALUE_TEXT, VALUE_BYTES };

struct value {
    enum value_kind kind;
    int64_t i64;
    struct text text; /* borrowed */
};

struct query {
    struct db *db;
    struct statement *statement; /* NULL: could not be prepared */
    enum status status;
    bool is_running;     /* was stepped: no more values */
    int n_values;        /* bound so far */
    int column;          /* of the present row, the next to be read */
    struct arena copies; /* of values that nobody else keeps */
    struct value values[VALUES_MAX];
};

/* sql must be a literal. CLEANUP(query_done) goes with it. */
struct query query_new(struct db *db, const char *sql);
void query_done(struct query *q);

void bind_value(struct query *q, struct value value);
void bind_i64(struct query *q, int64_t value);
void bind_instant(struct query *q, struct instant t);
void bind_text(struct query *q, struct text t); /* borrowed until query_done */
void bind_bytes(struct query *q,
                struct text t); /* borrowed until query_done; {0}: the empty blob */
void bind_hash(struct query *q, const struct hash *hash);
void bind_null(struct query *q);
void bind_id(struct query *q, int64_t id); /* 0 is NULL */
void bind_sealed(struct query *q, const struct account_keys *keys, struct seal_place place,
                 struct text clear);
/* A value in the wire encoding. */
void bind_wire(struct query *q, shape_table *shape, const void *value);

/* How many bytes does the database have? */
enum status db_size(struct db *db, int64_t *ret_bytes) MUST_CHECK;

/* Step to the next row. OK: there is one. ERR_NOT_FOUND: no more. ERR_CONFLICT: a constraint refused. */
enum status query_step(struct query *q) MUST_CHECK;

/* Run a statement that gives no rows; ret_changed may be NULL. */
enum status query_run(struct query *q, int64_t *ret_changed) MUST_CHECK;

/* Run an INSERT that says ON CONFLICT DO NOTHING. ERR_CONFLICT: it did nothing. */
enum status query_insert(struct query *q) MUST_CHECK;

/* Read the next column. Texts are copied into a. */
struct value column_value(struct query *q); /* borrowed until the next step */
int64_t column_i64(struct query *q);        /* NULL is 0 */
struct instant column_instant(struct query *q);
struct text column_text(struct query *q, struct arena *a);
struct text column_blob(struct query *q); /* borrowed until the next step */
unsigned column_code(struct query *q,
                     unsigned count); /* a value out of range fails the query */
bool column_is_null(struct query *q); /* does not move on */
void column_skip(struct query *q);
struct text column_sealed(struct query *q, struct arena *a, const struct account_keys *key,
                          struct seal_place place); /* NULL is the empty text */
struct secret column_secret(struct query *q, const struct account_keys *key,
                            struct seal_place place);
void column_wire(struct query *q, struct arena *a, shape_table *shape, void *ret_value);
void column_sealed_wire(struct query *q, struct arena *a, const struct account_keys *key,
                        struct seal_place place, shape_table *shape, void *ret_value);

/* ---- sealed values ----
 *
 * What the inventory calls KEEP_BY_POLICY stands plain where the account's policy says so. Everybody else calls it
 * sealed: these, and the bind_ and column_ functions above on top of them, see to it. */

/* Append a value as it is to stand in its place. ERR_FULL where out is full. */
enum status value_seal(struct buf *out, const struct account_keys *keys,
                       struct seal_place place, struct text clear) MUST_CHECK;

/* Append the clear form of a value that the database gave. The account's keys are read again where it names one
 * that is not among them. ERR_SEAL. */
enum status value_open(struct db *db, const struct account_keys *keys, struct seal_place place,
                       struct text value, struct buf *out) MUST_CHECK;

/* ---- reads and writes ---- */

/* Borrow a read connection and start a snapshot: CLEANUP(read_end). Waits for a free one; they are held
 * for the length of a read alone. NULL where the database refuses. */
struct db *read_begin(struct store *st, struct error *err);
void read_end(struct db **db);

/* Run one write in the writer's thread, in a savepoint of its own, and return once it is on the disk.
 * A status other than OK undoes it and nothing else. */
typedef enum status write_function(struct db *db, void *arg);
enum status store_write(struct store *st, write_function *function, void *arg,
                        struct error *err) MUST_CHECK;

/* The connection to a database on another machine, or in another process, broke: nothing will work any more. */
void store_lose(struct store *st);

struct keyring *store_ring(struct store *st);
const struct store_limits *store_limits_of(const struct store *st);

/* A backup on its way out, and one on its way in, beside the database's file. */
#define BACKUP_BESIDE ".backup"
#define RESTORE_BESIDE ".restore"

const char *store_file(struct store *st); /* NULL: it is no file */

/* Keep other processes off a file; the lock is held as long as ret_fd is open. ERR_FULL: one has it. */
enum status store_lock_file(const char *path, int *ret_fd, struct error *err) MUST_CHECK;

/* Copy an open file into another, from where they stand, and put it on the disk. */
enum status backup_copy_file(int from, int to, int64_t *ret_n, struct error *err) MUST_CHECK;

/* Get the keys of an account; mostly without asking the database. What is sealed with them is written only
 * where the write finds that they are the newest still (account_key). */
enum status store_account_key(struct store *st, int64_t account,
                              const struct account_keys **ret_keys,
                              struct error *err) MUST_CHECK;

/* Draw the next number of a table's rows: inside a write, before the INSERT, because sealing needs it.
 * Numbers of removed rows do not come back. */
enum status next_id(struct db *db, const char *table, int64_t *ret_id) MUST_CHECK;

/* ---- what the table families need of each other ---- */

/* Make or migrate the schema, and compare the master key (store/migrate.c). */
enum status migrate(struct db *db) MUST_CHECK;

/* Find an account's row. ERR_NOT_FOUND, with the line set. */
enum status account_row_find(struct db *db, struct text slug, int64_t *ret_id) MUST_CHECK;

/* Is there room for one more of what an account may have `most` of? count is an SQL literal that counts an account's,
 * what names them. ERR_DENIED, with the line set. Within a write. */
enum status account_room(struct db *db, int64_t account, const char *count, int64_t most,
                         const char *what) MUST_CHECK;

/* Get the keys of an account that exists. In a write they are the newest, and stay so until the commit. */
enum status account_key(struct db *db, int64_t account,
                        const struct account_keys **ret_keys) MUST_CHECK;

/* Read them from the database, whatever is remembered. */
enum status account_keys_load(struct db *db, int64_t account,
                              const struct account_keys **ret_keys) MUST_CHECK;

/* Write down that a master key wraps all others from now on. */
enum status master_key_note(struct db *db, const struct key_id *id,
                            struct instant since) MUST_CHECK;

/* Refuse to add a key where another master key wraps the others by now. */
enum status master_key_check(struct db *db) MUST_CHECK;

/* Say until when a backup may exist that holds the keys of an account: 0 s where none does. Before
 * account_keys_destroy, in the same write. */
enum status account_backup_expiry(struct db *db, int64_t account,
                                  struct instant *ret_expires) MUST_CHECK;

/* Draw a key for an account and write it, wrapped. */
enum status account_key_add(struct db *db, int64_t account,
                            enum key_purpose purpose) MUST_CHECK;

/* Destroy all keys of an account: nothing that they sealed opens any more. Part of its erasure. */
enum status account_keys_destroy(struct db *db, int64_t account) MUST_CHECK;

/* Hash an e-mail address for look-up: letters of any case are one. */
struct hash email_hash(const struct account_keys *key, struct text email);

/* Find a user's row by address. ERR_NOT_FOUND, with the line set. */
enum status user_row_find(struct db *db, int64_t account, struct text email,
                          int64_t *ret_id) MUST_CHECK;

/* The users that a list is about, by their rows: the one with that address, or all where it is empty; what has
 * no user counts as 0 then. ERR_NOT_FOUND, with the line set. */
struct user_range {
    int64_t least, most;
};
enum status user_range_find(struct db *db, int64_t account, struct text email,
                            struct user_range *ret_range) MUST_CHECK;

/* Insert a connection; inside a write. Fails as store_connection_add. */
enum status connection_insert(struct db *db, const struct connection_add_ask *ask,
                              int64_t *ret_id) MUST_CHECK;

/* Would the account have no owner without this user? Keeps other writers off its users until the commit. */
enum status user_is_last_owner(struct db *db, int64_t account, int64_t user,
                               bool *ret_is_last) MUST_CHECK;

/* Is a user let in? ERR_CONFLICT, with the line set: they are disabled. */
enum status user_enabled(struct db *db, int64_t user) MUST_CHECK;

/* End all sessions of a user but one (0: all). */
enum status sessions_end(struct db *db, int64_t user, int64_t keep) MUST_CHECK;

/* Insert an account with its keys, or a user; inside a write. */
enum status account_insert(struct db *db, const struct account_add_ask *account) MUST_CHECK;
enum status user_insert(struct db *db, const struct user_add_ask *user, int64_t *ret_account,
                        int64_t *ret_id) MUST_CHECK;

/* Does a stored hash say that the token opens it? */
bool token_opens(struct text stored, const struct secret *token);

/* Load a page for a booking's row. */
enum status page_load(struct db *db, struct arena *a, int64_t id,
                      struct page_stored *ret_page) MUST_CHECK;

/* Let go of everything that bookings had through a connection; part of its removal. */
enum status bookings_unbind(struct db *db, int64_t account, int64_t connection,
                            struct instant now, int64_t *ret_unbound) MUST_CHECK;

/* Forget where the events written through a connection stand, but not that they do; part of its move. */
enum status bookings_unplace(struct db *db, int64_t account, int64_t connection) MUST_CHECK;

/* Get the key that seals what belongs to the installation: within a write drawn where there is none yet. The caller wipes
 * it. (settings.c) */
enum status settings_key_ready(struct db *db, struct seal_key *ret_key) MUST_CHECK;
enum status settings_key_open(struct db *db, struct seal_key *ret_key) MUST_CHECK;

/* Refuse a value that breaks its limits, before anything is written. */
enum status value_check(shape_table *shape, const void *value, struct error *err) MUST_CHECK;

#endif
