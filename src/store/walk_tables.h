/* SPDX-License-Identifier: ISC
 *
 * The tables that have sealed columns, the columns that hold wrapped keys, and the statements about them, made from
 * the inventory once.
 */
#ifndef STORE_WALK_TABLES_H
#define STORE_WALK_TABLES_H

#include "store/inventory.h"

enum { WALK_COLUMNS_MAX = 20, WALK_TABLES_MAX = 32, WRAPPED_COLUMNS_MAX = 16 };

struct walk_table {
    const char *name;
    const struct column_entry *columns[WALK_COLUMNS_MAX];
    size_t n_columns;
    const char *count; /* the account's rows */
    const char
        *select; /* id and the sealed columns of an account's rows behind a number, so many */
    const char *all; /* account_id, id and the sealed columns of all rows, account by account */
    const char *update; /* set them for a row that still has the values that follow */
    const char *heads[WALK_COLUMNS_MAX]; /* by column: how values begin, and how many do */
    const char *account_heads[WALK_COLUMNS_MAX]; /* the same of one account */
};

/* Return the tables, in the order of the inventory. */
const struct walk_table *walk_tables(size_t *ret_n);

/* A column of wrapped keys. */
struct wrapped_column {
    const struct column_entry *column;
    const char *select; /* id and the key; of account_keys, account_id and purpose behind it */
    const char *update; /* set it, by id */
};

const struct wrapped_column *wrapped_columns(size_t *ret_n);

#endif
