/* SPDX-License-Identifier: ISC
 *
 * VACUUM INTO reads one snapshot while others write, and leaves out what was freed. It needs a name to write to, which
 * the jail allows in the data directory alone; from there the copy goes through the descriptor that was given.
 *
 * The backup is written down before a byte of it leaves: one that nobody knows of would outlive an erasure that
 * says it does not. A key's numbers only grow, so one number tells whose keys it holds: all up to last_key that had
 * not been destroyed by then.
 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/clock.h"
#include "store/sqlite.h"
#include "store/trail.h"

enum { COPY_BYTES = 64 << 10 };

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

enum status account_backup_expiry(struct db *db, int64_t account, struct instant *ret_expires)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT max(expires_at) FROM backups WHERE last_key >="
                      " (SELECT min(id) FROM account_keys WHERE account_id = ?)");
    bind_i64(&q, account);
    TRY(query_step(&q));
    *ret_expires = column_instant(&q);
    return OK;
}

enum status backup_copy_file(int from, int to, int64_t *ret_n, struct error *err)
{
    struct buf block CLEANUP(buf_done) = BUF(COPY_BYTES);
    unsigned char *at = buf_room(&block, COPY_BYTES);
    int64_t n_bytes = 0;
    for (;;) {
        ssize_t n = read(from, at, COPY_BYTES);
        if (n == 0)
            break;
        if (n < 0)
            return error_set(err, ERR_IO, "backup", "reading: %s", strerror(errno));
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, at + done, (size_t)(n - done));
            if (written < 0)
                return error_set(err, ERR_IO, "backup", "writing: %s", strerror(errno));
            done += written;
        }
        n_bytes += n;
    }
    if (fsync(to) != 0)
        return error_set(err, ERR_IO, "backup", "writing: %s", strerror(errno));
    *ret_n = n_bytes;
    return OK;
}

/* ---- making one ---- */

static void close_sqlite(sqlite3 **db)
{
    sqlite3_close(*db);
}

static enum status failed(sqlite3 *db, struct error *err)
{
    return error_set(err, ERR_IO, "backup", "%s", sqlite3_errmsg(db));
}

/* Write a copy of the database beside it. */
static enum status copy_beside(const char *path, const char *beside, struct error *err)
{
    sqlite3 *db CLEANUP(close_sqlite) = NULL;
    sqlite3_stmt *stmt = NULL;
    unlink(beside);
    int fd CLEANUP(close_fd) =
        open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) /* SQLite writes into an empty file, and would make one with another mode */
        return error_set(err, ERR_IO, "backup", "%s: %s", beside, strerror(errno));
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return failed(db, err);
    enum status status = OK;
    if (sqlite3_prepare_v2(db, "VACUUM INTO ?", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_bind_text(stmt, 1, beside, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_DONE)
        status = failed(db, err);
    sqlite3_finalize(stmt);
    return status;
}

/* What a copy holds, as itself says. */
struct held {
    struct key_id master;
    int64_t last_key, n_keys;
};

static enum status look_into(const char *beside, struct held *ret_held, struct error *err)
{
    sqlite3 *db CLEANUP(close_sqlite) = NULL;
    sqlite3_stmt *stmt = NULL;
    enum status status = OK;
    if (sqlite3_open_v2(beside, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(
            db,
            "SELECT master_key_id, (SELECT COALESCE(max(id), 0) FROM account_keys),"
            " (SELECT count(*) FROM account_keys) FROM hourgate",
            -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_bytes(stmt, 0) != KEY_ID_BYTES)
        status = failed(db, err);
    if (status == OK) {
        memcpy(ret_held->master.at, sqlite3_column_blob(stmt, 0), KEY_ID_BYTES);
        ret_held->last_key = sqlite3_column_int64(stmt, 1);
        ret_held->n_keys = sqlite3_column_int64(stmt, 2);
    }
    sqlite3_finalize(stmt);
    return status;
}

struct note {
    struct held held;
    struct instant made_at, expires_at;
};

static enum status write_note(struct db *db, void *arg)
{
    const struct note *note = arg;
    int64_t id = 0;
    TRY(next_id(db, "backups", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO backups (id, made_at, expires_at, master_key_id, last_key)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_instant(&q, note->made_at);
    bind_instant(&q, note->expires_at);
    bind_bytes(&q, (struct text){(const char *)note->held.master.at, KEY_ID_BYTES});
    bind_i64(&q, note->held.last_key);
    return query_run(&q, NULL);
}

/* Write the copy down, then hand it out. */
static enum status hand_out(struct store *st, const char *beside, struct note *note, int fd,
                            int64_t *ret_n, struct error *err)
{
    TRY(look_into(beside, &note->held, err));
    TRY(store_write(st, write_note, note, err));
    int from CLEANUP(close_fd) = open(beside, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0)
        return error_set(err, ERR_IO, "backup", "%s: %s", beside, strerror(errno));
    return backup_copy_file(from, fd, ret_n, err);
}

enum status store_backup(struct store *st, int fd, int64_t keep_days, struct arena *a,
                         struct store_backed_up *ret_made, struct error *err)
{
    const char *path = store_file(st);
    struct note note = {.made_at = clock_now()};
    char master[KEY_ID_TEXT];
    int64_t n_bytes = 0;
    if (!path)
        return error_set(
            err, ERR_UNSUPPORTED, "backup",
            "a PostgreSQL database is backed up by its own tools: pg_dump. What is "
            "sealed is sealed there too; keep the master key apart from it");
    const char *beside = arena_printf(a, "%s" BACKUP_BESIDE, path);
    note.expires_at.s = note.made_at.s + keep_days * 86400;
    enum status status = copy_beside(path, beside, err);
    if (status == OK)
        status = hand_out(st, beside, &note, fd, &n_bytes, err);
    unlink(beside);
    TRY(status);
    *ret_made = (struct store_backed_up){
        .n_bytes = n_bytes,
        .n_keys = note.held.n_keys,
        .master = arena_text(a, text_from(key_id_format(&note.held.master, master))),
        .made_at = note.made_at,
        .expires_at = note.expires_at};
    return OK;
}
