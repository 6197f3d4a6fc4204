/* SPDX-License-Identifier: ISC
 *
 * The copy is made and verified under another name; what is there loses its own only by the rename. Before that the
 * older database's log is written back, where it can be: were it removed with commits in it and the rename did not
 * come, they would be lost; were it left, it would be another database's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/backup.h"
#include "store/db.h"
#include "store/sqlite.h"
#include "store/walk_tables.h"

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void close_sqlite(sqlite3 **db)
{
    sqlite3_close(*db);
}

/* ---- is it whole? ---- */

static enum status check_pages(const char *path, struct error *err)
{
    sqlite3 *db CLEANUP(close_sqlite) = NULL;
    sqlite3_stmt *stmt = NULL;
    bool is_whole =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
    sqlite3_finalize(stmt);
    return is_whole ? OK
                    : error_set(err, ERR_DENIED, "restore",
                                "the file is damaged, or no database at all");
}

/* An account that is being erased may have rows still, and has no keys. */
static enum status keys_if_any(struct db *db, int64_t account, const struct account_keys **keys)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM account_keys WHERE account_id = ? LIMIT 1");
    bind_i64(&q, account);
    enum status status = query_step(&q);
    *keys = NULL;
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    return account_key(db, account, keys);
}

static enum status open_row(struct query *q, const struct walk_table *table,
                            const struct account_keys **keys, int64_t *n_opened)
{
    int64_t account = column_i64(q), row = column_i64(q);
    if (!*keys || (*keys)->account != account)
        TRY(keys_if_any(q->db, account, keys));
    for (size_t i = 0; *keys && i < table->n_columns; i++) {
        struct text value = column_blob(q);
        struct buf clear CLEANUP(buf_wipe) = BUF(value.n);
        struct seal_place place = {table->name, table->columns[i]->column, row};
        if (!value.at)
            continue;
        enum status status = value_open(q->db, *keys, place, value, &clear);
        if (status != OK)
            return error_set(q->db->err, status, "restore",
                             "%s.%s of row %lld cannot be opened", table->name, place.column,
                             (long long)row);
        (*n_opened)++;
    }
    return OK;
}

static enum status open_table(struct db *db, const struct walk_table *table, int64_t *n_opened)
{
    const struct account_keys *keys = NULL;
    struct query q CLEANUP(query_done) = query_new(db, table->all);
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(open_row(&q, table, &keys, n_opened));
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Open every key and every sealed value. */
static enum status open_everything(struct store *st, struct store_restored *restored,
                                   struct error *err)
{
    size_t n_tables;
    const struct walk_table *tables = walk_tables(&n_tables);
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT DISTINCT account_id FROM account_keys");
    enum status status;
    while ((status = query_step(&q)) == OK) {
        const struct account_keys *keys;
        TRY(account_keys_load(db, column_i64(&q), &keys));
        restored->n_accounts++;
    }
    if (status != ERR_NOT_FOUND)
        return status;
    for (size_t i = 0; i < n_tables; i++)
        TRY(open_table(db, &tables[i], &restored->n_opened));
    return OK;
}

static enum status verify(const char *path, const struct secret *master_key,
                          struct store_restored *restored, struct error *err)
{
    struct store *st = NULL;
    TRY(check_pages(path, err));
    TRY(store_open(path, NULL, master_key, 1, &st, err));
    enum status status = open_everything(st, restored, err);
    store_close(st);
    return status;
}

/* ---- into place ---- */

static void remove_beside(const char *path, const char *end)
{
    char name[MAX_FILE_PATH + 32];
    snprintf(name, sizeof name, "%s%s", path, end);
    unlink(name);
}

static void remove_copy(const char *beside)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        remove_beside(beside, ends[i]);
}

static enum status copy_in(int fd, const char *beside, struct error *err)
{
    int64_t n_bytes = 0;
    int to CLEANUP(close_fd) =
        open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return error_set(err, ERR_IO, "restore", "%s: %s", beside, strerror(errno));
    return backup_copy_file(fd, to, &n_bytes, err);
}

/* Write the log of a database that is to go into it; one that is damaged has none worth keeping. */
static void write_log_back(const char *path)
{
    sqlite3 *db CLEANUP(close_sqlite) = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
        SQLITE_OK)
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static enum status sync_directory(const char *path)
{
    char directory[MAX_FILE_PATH + 1];
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    int fd CLEANUP(close_fd) =
        open(*directory ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? OK : ERR_IO;
}

static enum status take_place(const char *beside, const char *path, struct error *err)
{
    struct stat is;
    if (stat(path, &is) == 0) {
        write_log_back(path);
        remove_beside(path, "-wal");
        remove_beside(path, "-shm");
    }
    if (rename(beside, path) != 0 || sync_directory(path) != OK)
        return error_set(err, ERR_IO, "restore", "%s: %s", path, strerror(errno));
    return OK;
}

static enum status check_free(const char *path, bool replaces, struct error *err)
{
    struct stat is;
    if (replaces || stat(path, &is) != 0 || is.st_size == 0)
        return OK;
    return error_set(err, ERR_CONFLICT, "restore",
                     "there is a database at %s: --replace puts the backup in its place", path);
}

static enum status restore(const char *path, const char *beside, int fd,
                           const struct secret *master_key, bool replaces, restore_step *step,
                           struct store_restored *restored, struct error *err)
{
    TRY(check_free(path, replaces, err));
    remove_copy(beside);
    TRY(copy_in(fd, beside, err));
    step("restore_after_copy");
    TRY(verify(beside, master_key, restored, err));
    step("restore_after_verify");
    TRY(take_place(beside, path, err));
    step("restore_after_rename");
    return OK;
}

enum status store_restore(const char *path, int fd, const struct secret *master_key,
                          bool replaces, restore_step *step,
                          struct store_restored *ret_restored, struct error *err)
{
    char beside[MAX_FILE_PATH + 16];
    struct store_restored restored = {0};
    int lock CLEANUP(close_fd) = -1;
    if (snprintf(beside, sizeof beside, "%s" RESTORE_BESIDE, path) >= (int)sizeof beside)
        return error_set(err, ERR_INVALID, "restore", "the database's path is too long");
    TRY(store_lock_file(path, &lock, err));
    enum status status = restore(path, beside, fd, master_key, replaces, step, &restored, err);
    remove_copy(beside);
    if (status == OK)
        *ret_restored = restored;
    return status;
}
