/* SPDX-License-Identifier: ISC
 *
 * Open and close: SQLite's lock that keeps a second process out, the writer with its connection, and a pool of
 * read connections. Every one of them reads once before store_open returns, which makes SQLite open its
 * log and its shared index now, and nothing later.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "crypt/keyfile.h"
#include "os/clock.h"
#include "store/checkpoint.h"
#include "store/copy.h"
#include "store/driver.h"
#include "store/erasure.h"
#include "store/postgres.h"
#include "store/search.h"
#include "store/sqlite.h"
#include "store/trail.h"
#include "store/writer.h"

enum { NODE_LOCK_MS = 5000, NODE_LOCK_AGAIN_MS = 50 };

struct store {
    struct db_target target;
    int lock_fd; /* SQLite: path.lock, held as long as the store is open */
    atomic_bool is_lost;
    struct store_limits limits;
    struct keyring *ring;
    struct trail trail;
    struct db write_db;
    atomic_bool sends_mail;
    bool is_writing; /* the writer and the checkpointer run */
    struct writer writer;
    struct checkpointer checkpointer;
    struct db readers[STORE_READERS_MAX];
    unsigned n_readers;
    pthread_mutex_t lock; /* guards free_reader */
    pthread_cond_t freed;
    struct db *free_reader;
};

void store_limit(struct store *st, struct store_limits limits)
{
    st->limits = limits;
}

const struct store_limits *store_limits_of(const struct store *st)
{
    return &st->limits;
}

void store_use_mail(struct store *st, bool sends_mail)
{
    atomic_store(&st->sends_mail, sends_mail);
}

bool store_sends_mail(const struct store *st)
{
    return atomic_load(&((struct store *)(uintptr_t)st)->sends_mail);
}

/* ---- the reading side ---- */

struct db *read_begin(struct store *st, struct error *err)
{
    pthread_mutex_lock(&st->lock);
    while (!st->free_reader)
        pthread_cond_wait(&st->freed, &st->lock);
    struct db *db = st->free_reader;
    st->free_reader = db->next_free;
    pthread_mutex_unlock(&st->lock);
    db->err = err;
    if (db_exec(db, db->driver->begin_read) != OK)
        read_end(&db);
    return db;
}

void read_end(struct db **at)
{
    struct db *db = *at;
    if (!db)
        return;
    *at = NULL;
    db->err = NULL;
    if (db_in_transaction(db))
        (void)!db_exec(db, "COMMIT");
    pthread_mutex_lock(&db->st->lock);
    db->next_free = db->st->free_reader;
    db->st->free_reader = db;
    pthread_cond_signal(&db->st->freed);
    pthread_mutex_unlock(&db->st->lock);
}

struct keyring *store_ring(struct store *st)
{
    return st->ring;
}

enum status store_write(struct store *st, write_function *function, void *arg,
                        struct error *err)
{
    ENSURE(st->is_writing);
    return writer_run(&st->writer, function, arg, err);
}

void store_audit_note(struct store *st, const struct audit_event *event)
{
    ENSURE(st->is_writing);
    trail_note(&st->trail, event);
    writer_flush_soon(&st->writer);
}

void store_audit_end(struct store *st, struct audit_end *ret_end)
{
    pthread_mutex_lock(&st->trail.lock);
    *ret_end = st->trail.end;
    pthread_mutex_unlock(&st->trail.lock);
}

static enum status write_event(struct db *db, void *arg)
{
    return audit_add(db, *(const struct audit_event **)arg);
}

enum status store_audit_add(struct store *st, const struct audit_event *event,
                            struct error *err)
{
    return store_write(st, write_event, &event, err);
}

/* ---- opening ---- */

bool store_is_remote(const char *at)
{
    return text_starts(text_from(at), TEXT(STORE_POSTGRES));
}

enum status store_lock_file(const char *path, int *ret_fd, struct error *err)
{
    struct buf name CLEANUP(buf_done) = BUF(MAX_FILE_PATH);
    buf_printf(&name, "%s.lock", path);
    if (buf_failed(&name))
        return error_set(err, ERR_INVALID, "store", "the database's path is too long");
    *ret_fd = open(buf_cstr(&name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret_fd < 0)
        return error_set(err, ERR_IO, "store", "%s: %s", buf_cstr(&name), strerror(errno));
    if (flock(*ret_fd, LOCK_EX | LOCK_NB) != 0)
        return error_set(err, ERR_FULL, "store", "%s is in use by another process", path);
    return OK;
}

/* What a killed vault left of a backup or a restoration. */
static void remove_left_overs(const char *path)
{
    static const char *const ends[] = {BACKUP_BESIDE, RESTORE_BESIDE};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct buf name CLEANUP(buf_done) = BUF(MAX_FILE_PATH);
        buf_printf(&name, "%s%s", path, ends[i]);
        if (!buf_failed(&name))
            unlink(buf_cstr(&name));
    }
}

/* SQLite would make the file with the mode that the umask leaves; its log and index take the same. */
static enum status make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(err, ERR_IO, "store", "%s: %s", path, strerror(errno));
    close(fd);
    return OK;
}

static enum status open_writer(struct store *st, struct error *err)
{
    struct db *db = &st->write_db;
    TRY(db_open(db, st, &st->target, false, err));
    db->ring = st->ring;
    db->trail = &st->trail;
    db->is_writer = true;
    TRY(migrate(db));
    db->err = NULL;
    return OK;
}

/* Read once: SQLite opens the log and its index at the first statement. */
static enum status touch(struct db *db)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT count(*) FROM accounts");
    TRY(query_step(&q));
    db->err = NULL;
    return OK;
}

static enum status open_checkpointer(struct store *st, struct error *err)
{
    TRY(db_open(&st->checkpointer.db, st, &st->target, false, err));
    TRY(touch(&st->checkpointer.db));
    /* Nothing of what a killed vault had erased may stay in its log. */
    sqlite3_wal_checkpoint_v2(sqlite_handle(&st->checkpointer.db), NULL,
                              SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return OK;
}

static enum status open_reader(struct store *st, struct error *err)
{
    struct db *db = &st->readers[st->n_readers++];
    TRY(db_open(db, st, &st->target, true, err));
    TRY(touch(db));
    db->ring = st->ring;
    db->next_free = st->free_reader;
    st->free_reader = db;
    return OK;
}

static enum status open_all(struct store *st, unsigned n_readers, struct error *err)
{
    bool is_file = !store_is_remote(st->target.at);
    if (is_file) {
        TRY(store_lock_file(st->target.at, &st->lock_fd, err));
        remove_left_overs(st->target.at);
        TRY(make_file(st->target.at, err));
    }
    TRY(open_writer(st, err));
    if (is_file)
        TRY(open_checkpointer(st, err));
    for (unsigned i = 0; i < n_readers; i++)
        TRY(open_reader(st, err));
    return OK;
}

enum status store_open(const char *at, const struct secret *password,
                       const struct secret *master_key, unsigned n_readers,
                       struct store **ret_store, struct error *err)
{
    if (master_key->n != MASTER_KEY_BYTES)
        return error_set(err, ERR_INVALID, "store", "the master key has the wrong length");
    if (n_readers == 0 || n_readers > STORE_READERS_MAX)
        return error_set(err, ERR_INVALID, "store", "1 to %d readers", STORE_READERS_MAX);
    struct store *st = calloc(1, sizeof *st);
    ENSURE(st && pthread_mutex_init(&st->lock, NULL) == 0 &&
           pthread_cond_init(&st->freed, NULL) == 0);
    st->lock_fd = -1;
    st->target = (struct db_target){at, password};
    st->ring = keyring_new(master_key);
    trail_init(&st->trail);
    enum status status = open_all(st, n_readers, err);
    st->target = (struct db_target){0}; /* the caller's */
    if (status != OK)
        store_close(st);
    else
        *ret_store = st;
    return status;
}

/* The lock is the session's: it goes with the vault, however that ends. One that has just ended may still hold it
 * for a moment. */
static enum status lock_node(struct store *st, struct text name, struct error *err)
{
    struct hash hash = sha256(name);
    int64_t number, deadline_ms = clock_ms() + NODE_LOCK_MS;
    memcpy(&number, hash.at, sizeof number);
    for (;;) {
        struct query q CLEANUP(query_done) =
            query_new(&st->write_db, "SELECT pg_try_advisory_lock(?)");
        bind_i64(&q, number);
        TRY(query_step(&q));
        if (column_i64(&q))
            return OK;
        if (clock_ms() >= deadline_ms)
            return error_set(err, ERR_FULL, "store",
                             "another vault runs as node " TEXT_FMT
                             ": if its data directory was copied, remove the file `node` there",
                             TEXT_ARG(name));
        poll(NULL, 0, NODE_LOCK_AGAIN_MS);
    }
}

enum status store_node_take(struct store *st, struct text name, struct error *err)
{
    ENSURE(!st->is_writing);
    if (name.n > MAX_NODE)
        return error_set(err, ERR_INVALID, "store", "a node's name is too long");
    memcpy(st->trail.node, name.at ? name.at : "", name.n);
    st->trail.node[name.n] = 0;
    if (st->write_db.driver != &postgres_driver)
        return OK;
    st->write_db.err = err;
    enum status status = lock_node(st, name, err);
    st->write_db.err = NULL;
    return status;
}

void store_start(struct store *st)
{
    ENSURE(!st->is_writing);
    if (st->checkpointer.db.driver)
        checkpointer_start(&st->checkpointer, &st->write_db);
    writer_start(&st->writer, &st->write_db);
    st->is_writing = true;
}

enum status store_copy(struct store *from, struct store *to, struct arena *a,
                       struct store_copied ret_copied[], size_t *ret_n, struct error *err)
{
    ENSURE(!from->is_writing && !to->is_writing);
    ENSURE(from->write_db.driver != to->write_db.driver);
    from->write_db.err = to->write_db.err = err;
    enum status status = copy_database(&from->write_db, &to->write_db, a, ret_copied, ret_n);
    from->write_db.err = to->write_db.err = NULL;
    return status;
}

enum status store_open_beside(const char *at, const struct secret *password,
                              struct store **ret_store, struct error *err)
{
    struct store *st = calloc(1, sizeof *st);
    ENSURE(st && pthread_mutex_init(&st->lock, NULL) == 0 &&
           pthread_cond_init(&st->freed, NULL) == 0);
    st->lock_fd = -1;
    st->target = (struct db_target){at, password};
    st->n_readers = 1;
    enum status status = db_open(&st->readers[0], st, &st->target, true, err);
    st->target = (struct db_target){0}; /* the caller's */
    if (status != OK)
        store_close(st);
    else
        *ret_store = st;
    return status;
}

enum status store_search(struct store *st, const struct needles *needles, struct arena *a,
                         struct search_answer *ret_searched, struct error *err)
{
    struct db *db = &st->readers[0];
    ENSURE(!st->ring);
    db->err = err;
    enum status status =
        search_database(db, db->driver != &sqlite_driver, needles, a, ret_searched);
    db->err = NULL;
    return status;
}

enum status store_scrub(struct store *st, struct error *err)
{
    bool is_file = st->checkpointer.db.driver != NULL;
    ENSURE(st->is_writing);
    if (!is_file || checkpointer_truncate(&st->checkpointer))
        return OK;
    return error_set(err, ERR_FULL, "store", "readers kept the log from being emptied");
}

const char *store_file(struct store *st)
{
    if (!st->checkpointer.db.driver)
        return NULL;
    return sqlite3_db_filename(sqlite_handle(&st->checkpointer.db), "main");
}

void store_tidy(struct store *st)
{
    keyring_tidy(st->ring, clock_ms());
}

void store_lose(struct store *st)
{
    st->is_lost = true;
}

bool store_is_lost(struct store *st)
{
    return st->is_lost;
}

struct text db_node(const struct db *db)
{
    return text_from(db->st->trail.node);
}

void store_close(struct store *st)
{
    if (!st)
        return;
    if (st->is_writing) {
        writer_stop(&st->writer);
        if (st->checkpointer.db.driver)
            checkpointer_stop(&st->checkpointer);
    }
    for (unsigned i = 0; i < st->n_readers; i++)
        db_close(&st->readers[i]);
    db_close(&st->checkpointer.db);
    db_close(&st->write_db); /* last: it checkpoints the log */
    trail_done(&st->trail);
    keyring_free(st->ring);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    pthread_cond_destroy(&st->freed);
    pthread_mutex_destroy(&st->lock);
    free(st);
}
