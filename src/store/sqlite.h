/* SPDX-License-Identifier: ISC
 *
 * SQLite: a file on this machine, which one process at a time has open.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

extern const struct driver sqlite_driver;

static inline sqlite3 *sqlite_handle(const struct db *db)
{
    return db->handle;
}

#endif
