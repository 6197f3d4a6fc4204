/* SPDX-License-Identifier: ISC
 *
 * What a database must be able to do. store/sqlite.c and store/postgres.c are the two; store/db.c, on top of
 * them, is all that the other files see.
 */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/db.h"
#include "store/schema.h"

struct driver {
    /* Statements that begin a transaction; SAVEPOINT and COMMIT are the same everywhere. */
    const char *begin_read, *begin_write;
    const char *size; /* the statement that tells how many bytes the database has */

    /* Connect. A failure leaves something that close accepts. */
    enum status (*open)(struct db *db, const struct db_target *target, bool read_only);
    void (*close)(struct db *db);

    /* Put the database's own words for its last failure into db->err; return ERR_IO. */
    enum status (*failed)(struct db *db, const char *doing);
    bool (*in_transaction)(struct db *db);

    /* Prepare a statement; NULL: failed, the line is set. */
    void *(*prepare)(struct db *db, const char *sql);
    void (*finish)(void *statement);

    /* Begin with the query's values at the first call, then go from row to row.
     * OK, ERR_NOT_FOUND at the end, ERR_CONFLICT, ERR_IO; db->must_retry */
    enum status (*step)(struct query *q);
    void (*reset)(void *statement); /* ready to be begun again */
    int64_t (*changed)(struct query *q);
    struct value (*column)(struct query *q, int at);
    const char *(*column_name)(struct query *q, int at); /* NULL: there are no more */

    /* Look at the schema: 0 in an empty database. No other vault may look until schema_end.
     * ERR_DENIED: there is something, and it is not hourgate's. */
    enum status (*schema_begin)(struct db *db, int64_t *ret_version);
    enum status (*schema_step)(struct db *db, const struct schema_step *step, int64_t to);
    enum status (*schema_end)(struct db *db, enum status status); /* not OK undoes it */
};

#endif
