/* SPDX-License-Identifier: ISC
 *
 * What the database holds, column by column, as people read it: `hourgate inventory` prints it, copying and sealing
 * are driven by it, and a test fails where a column of the schema has no entry.
 */
#ifndef STORE_INVENTORY_H
#define STORE_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

enum keeping {
    KEEP_CLEAR,  /* readable by who has the file */
    KEEP_SEALED, /* ciphertext under the account's data key, whatever the account's policy is */
    KEEP_BY_POLICY, /* the same, unless the operator keeps a personal account plain */
    KEEP_AUDIT,     /* ciphertext under the account's audit key, which no rotation changes */
    KEEP_SETTING,   /* ciphertext under the installation's key in settings */
    KEEP_HASH,      /* a hash that nobody can turn back */
    KEEP_WRAPPED,   /* a key, sealed by another one */
    KEEPING_COUNT
};

struct column_entry {
    const char *table, *column;
    enum keeping keeping;
    const char *holds; /* what it is, without jargon */
    const char *until; /* when it goes */
};

/* All columns, table by table in the order of the schema. */
extern const struct column_entry inventory[];
extern const size_t inventory_n;

/* Find a column; NULL: there is no such entry. */
const struct column_entry *inventory_find(const char *table, const char *column);

/* Does it follow the account's policy? */
bool inventory_is_by_policy(const char *table, const char *column);

const char *keeping_name(enum keeping keeping); /* "clear", "sealed", ... */

#endif
