/* SPDX-License-Identifier: ISC
 *
 * A copy of all that an SQLite file holds, made while it serves, and brought back. What is sealed in the database
 * is sealed in the copy, and the keys in it are wrapped: without the master key it is of no use to anybody.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

struct store_backed_up {
    int64_t n_bytes;
    int64_t n_keys;     /* accounts' keys in it */
    struct text master; /* the id of the master key that wraps them */
    struct instant made_at;
    struct instant expires_at;
};

/* Write the database as it stands now to an open file, from its beginning, and write down that this was done and
 * until when, by keep_days, the copy may exist: the certificate of an erasure names the last such day. One at a
 * time. While it is made, as much room is taken in the data directory.
 *
 * Owner   the text lives in a; fd stays the caller's, and is on the disk
 * Fails   ERR_UNSUPPORTED: the database is a server's, which has tools of its own
 */
enum status store_backup(struct store *st, int fd, int64_t keep_days, struct arena *a,
                         struct store_backed_up *ret_made, struct error *err) MUST_CHECK;

struct store_restored {
    int64_t n_accounts;
    int64_t n_opened; /* sealed values: all that it holds */
};

/* Where a restoration is, for tests that end it there. */
typedef void restore_step(const char *name);

/* Put a backup into place as the database at path: copied beside it, verified to be whole and of hourgate, brought
 * to this version, every key and every sealed value opened; only then it takes the name, at once. No vault may
 * have the file open. What fails, or is killed, leaves the database that was there.
 *
 * Fails   ERR_CONFLICT  there is a database, and replaces is false
 *         ERR_FULL      a vault has it open
 *         ERR_SEAL      another master key's, or a value in it is not authentic
 *         ERR_DENIED    no database of hourgate's, or damaged
 */
enum status store_restore(const char *path, int fd, const struct secret *master_key,
                          bool replaces, restore_step *step,
                          struct store_restored *ret_restored, struct error *err) MUST_CHECK;

#endif
