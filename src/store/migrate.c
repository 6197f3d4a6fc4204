/* SPDX-License-Identifier: ISC
 *
 * From the version that a database has to this program's, in one transaction, and the check that it was made
 * with our master key.
 */
#include <string.h>

#include "os/clock.h"
#include "store/driver.h"
#include "store/schema.h"

static struct text id_text(const struct key_id *id)
{
    return (struct text){(const char *)id->at, sizeof id->at};
}

static enum status write_key_id(struct db *db, const struct key_id *id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO hourgate (id, master_key_id) VALUES (1, ?)");
    bind_bytes(&q, id_text(id));
    TRY(query_run(&q, NULL));
    return master_key_note(db, id, clock_now());
}

/* Compare the master key with the one that the database was made with; a new database takes it. */
static enum status check_key(struct db *db)
{
    struct key_id given = keyring_id(db->ring), wanted;
    struct query q CLEANUP(query_done) = query_new(db, "SELECT master_key_id FROM hourgate");
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return write_key_id(db, &given);
    TRY(status);
    struct text id = column_blob(&q);
    if (text_equal(id, id_text(&given)))
        return OK;
    if (id.n != sizeof wanted.at)
        return error_set(db->err, ERR_SEAL, "store", "the id of its master key is damaged");
    memcpy(wanted.at, id.at, id.n);
    char is[KEY_ID_TEXT], want[KEY_ID_TEXT];
    return error_set(
        db->err, ERR_SEAL, "store",
        "wrong master key: the database is under master key %s, this is %s; give it "
        "that one, from where its copy is kept",
        key_id_format(&wanted, want), key_id_format(&given, is));
}

static enum status run_steps(struct db *db, int64_t version)
{
    if (version > schema_version)
        return error_set(
            db->err, ERR_DENIED, "store",
            "the database is of version %lld, this program knows %d: use the newer program",
            (long long)version, schema_version);
    for (; version < schema_version; version++)
        TRY(db->driver->schema_step(db, &schema_steps[version], version + 1));
    return check_key(db);
}

enum status migrate(struct db *db)
{
    int64_t version = 0;
    enum status status = db->driver->schema_begin(db, &version);
    if (status == OK)
        status = run_steps(db, version);
    return db->driver->schema_end(db, status);
}

enum status next_id(struct db *db, const char *table, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE counters SET last = last + 1 WHERE name = ? RETURNING last");
    bind_text(&q, text_from(table));
    TRY(query_step(&q));
    *ret_id = column_i64(&q);
    return OK;
}
