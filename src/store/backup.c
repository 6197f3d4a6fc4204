/* SPDX-License-Identifier: ISC
 *
 * Which backups were made, and whose keys they hold. A key's numbers only grow, so one number tells: a backup
 * holds every key up to its last_key that had not been destroyed by then.
 */
#include "store/db.h"

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
