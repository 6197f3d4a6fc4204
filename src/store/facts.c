/* SPDX-License-Identifier: ISC */
#include "store/facts.h"

#include "store/db.h"
#include "wire/audit.h"

static enum status read_one(struct db *db, const char *sql, int64_t *ret_value)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    enum status status = query_step(&q);
    *ret_value = status == OK ? column_i64(&q) : 0;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_facts_read(struct store *st, struct store_facts *ret_facts, struct error *err)
{
    struct store_facts facts = {0};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(read_one(db, "SELECT since FROM master_keys ORDER BY id DESC LIMIT 1",
                 &facts.key_since.s));
    TRY(read_one(db, "SELECT count(*) FROM accounts", &facts.n_accounts));
    TRY(read_one(db, "SELECT max(made_at) FROM backups", &facts.last_backup.s));
    /* An account's newest data key says whether values may stand plain beside it. */
    TRY(read_one(db,
                 "SELECT count(*) FROM account_keys WHERE purpose = 1 AND id IN"
                 " (SELECT max(id) FROM account_keys WHERE purpose <> 2 GROUP BY account_id)",
                 &facts.n_plain));
    *ret_facts = facts;
    return OK;
}

static struct query query_uses(struct db *db, const char *sql)
{
    struct query q = query_new(db, sql);
    bind_i64(&q, AUDIT_SIGN_IN);
    bind_i64(&q, AUDIT_REMOVE);
    return q;
}

enum status store_connection_uses(struct store *st, struct arena *a,
                                  struct connection_use **ret_uses, size_t *ret_n,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query count CLEANUP(query_done) =
        query_uses(db, "SELECT count(DISTINCT subject) FROM audit WHERE kind BETWEEN ? AND ?");
    TRY(query_step(&count));
    int64_t most = column_i64(&count);
    struct query q CLEANUP(query_done) =
        query_uses(db, "SELECT subject, max(at) FROM audit WHERE kind BETWEEN ? AND ?"
                       " GROUP BY subject ORDER BY subject");
    struct connection_use *uses = ARENA_ARRAY(a, (size_t)most + 1, struct connection_use);
    size_t n = 0;
    enum status status;
    while ((status = query_step(&q)) == OK && n < (size_t)most) {
        uses[n].connection = column_i64(&q);
        uses[n++].last = column_instant(&q);
    }
    *ret_uses = uses;
    *ret_n = n;
    return status == ERR_NOT_FOUND || status == OK ? OK : status;
}
