/* SPDX-License-Identifier: ISC
 *
 * The master key as the database knows it, by its id alone: which one wraps all other keys, and since when.
 */
#include "store/db.h"

enum status master_key_note(struct db *db, const struct key_id *id, struct instant since)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO master_keys (id, key_id, since) VALUES"
                      " ((SELECT COALESCE(max(id), 0) + 1 FROM master_keys), ?, ?)");
    bind_bytes(&q, (struct text){(const char *)id->at, sizeof id->at});
    bind_instant(&q, since);
    return query_run(&q, NULL);
}
