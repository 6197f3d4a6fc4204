/* SPDX-License-Identifier: ISC */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/* One step of the schema: what both databases read, then what only one of them does. Of `both`, PostgreSQL's
 * driver translates the names of the types. A NULL part is empty. */
struct schema_step {
    const char *both;
    const char *sqlite;
    const char *postgres;
};

extern const char schema_first[], schema_first_sqlite[], schema_first_postgres[],
    schema_second[];
extern const struct schema_step schema_steps[];
extern const int schema_version; /* how many there are */

#endif
