/* SPDX-License-Identifier: ISC
 *
 * The steps of erasing an account, each one transaction. What was deleted is counted in the record by the transaction
 * that deletes it, so that the certificate is right however often its maker was interrupted.
 */
#include "store/erasure.h"

#include <string.h>

#include "crypt/seal.h"
#include "store/certify.h"
#include "store/db.h"
#include "store/trail.h"
#include "wire/codec.h"

/* Rows of a table, counted and deleted by account; ROWS_LIMIT at a time, since others write meanwhile. */
struct erasable {
    const char *table, *count, *delete;
};

#define ROWS_LIMIT "500"
#define BY_ACCOUNT(table)                                                                      \
    {                                                                                          \
        table, "SELECT count(*) FROM " table " WHERE account_id = ?",                          \
            "DELETE FROM " table " WHERE id IN"                                                \
            " (SELECT id FROM " table " WHERE account_id = ? LIMIT " ROWS_LIMIT ")"            \
    }

/* All that is kept for an account; what refers to something comes before it. A test compares it with the schema. The
 * audit stays: its rows name nobody once the account's audit key is gone. */
static const struct erasable erasables[] = {
    BY_ACCOUNT("outbox"),
    BY_ACCOUNT("account_mails"),
    BY_ACCOUNT("mail_texts"),
    BY_ACCOUNT("attentions"),
    {"occupancies",
     "SELECT count(*) FROM occupancies AS o JOIN bookings AS b ON b.id = o.booking_id"
     " WHERE b.account_id = ?",
     "DELETE FROM occupancies WHERE (booking_id, target) IN"
     " (SELECT o.booking_id, o.target FROM occupancies AS o JOIN bookings AS b"
     " ON b.id = o.booking_id WHERE b.account_id = ? LIMIT " ROWS_LIMIT ")"},
    BY_ACCOUNT("booking_calendars"),
    BY_ACCOUNT("bookings"),
    BY_ACCOUNT("pages"),
    BY_ACCOUNT("desk_orders"),
    BY_ACCOUNT("desk_intervals"),
    BY_ACCOUNT("desks"),
    BY_ACCOUNT("sync_states"),
    BY_ACCOUNT("connections"),
    BY_ACCOUNT("tokens"),
    BY_ACCOUNT("invites"),
    BY_ACCOUNT("recovery_codes"),
    BY_ACCOUNT("second_factors"),
    BY_ACCOUNT("sign_in_steps"),
    BY_ACCOUNT("oauth_flows"),
    BY_ACCOUNT("identities"),
    BY_ACCOUNT("identity_providers"),
    BY_ACCOUNT("sessions"),
    BY_ACCOUNT("passwords"),
    BY_ACCOUNT("users"),
    BY_ACCOUNT("audit_keys"),
    BY_ACCOUNT("account_keys"),
};
enum { N_ERASABLES = sizeof erasables / sizeof *erasables };

bool erasure_knows(const char *table)
{
    for (size_t i = 0; i < N_ERASABLES; i++)
        if (strcmp(erasables[i].table, table) == 0)
            return true;
    return strcmp(table, "accounts") == 0;
}

/* A record while it is worked on. */
struct work {
    struct arena a;
    int64_t id;
    int64_t account;
    enum erasure_kind kind;
    struct text subject;
    struct erasure_facts facts;
};

static void work_done(struct work *w)
{
    arena_done(&w->a);
}

/* Read a record, and keep other nodes off it until the commit. */
static enum status work_get(struct db *db, int64_t id, struct work *w)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account, kind, subject, facts FROM erasures"
                      " WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "erasure", "there is no such erasure");
    TRY(status);
    w->id = id;
    w->account = column_i64(&q);
    w->kind = column_code(&q, ERASURE_KIND_COUNT);
    w->subject = column_text(&q, &w->a);
    column_wire(&q, &w->a, erasure_facts_shape, &w->facts);
    return q.status;
}

static enum status work_put(struct db *db, const struct work *w)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE erasures SET facts = ? WHERE id = ?");
    bind_wire(&q, erasure_facts_shape, &w->facts);
    bind_i64(&q, w->id);
    return query_run(&q, NULL);
}

/* Run a statement whose only value is the account. */
static enum status run_for(struct db *db, const char *sql, int64_t account,
                           int64_t *ret_changed)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, account);
    return query_run(&q, ret_changed);
}

static enum status ask_for(struct db *db, const char *sql, int64_t account, int64_t *ret_number)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, account);
    TRY(query_step(&q));
    *ret_number = column_i64(&q);
    return q.status;
}

/* Count rows that were deleted. */
static void count(struct arena *a, struct erasure_facts *facts, const char *table, int64_t rows)
{
    size_t i = 0;
    while (i < facts->n_tables && !text_equal(facts->tables[i].table, text_from(table)))
        i++;
    if (rows == 0)
        return;
    if (i == facts->n_tables) {
        ENSURE(i < MAX_ERASED);
        struct erased *grown = ARENA_ARRAY(a, i + 1, struct erased);
        if (i)
            memcpy(grown, facts->tables, i * sizeof *grown);
        grown[i] = (struct erased){.table = text_from(table)};
        facts->tables = grown;
        facts->n_tables = i + 1;
    }
    facts->tables[i].rows += rows;
}

/* ---- what it would mean ---- */

static enum status count_coming(struct db *db, int64_t account, struct instant now,
                                struct erasure_facts *facts)
{
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT count(CASE WHEN (state = 2 OR (state = 0 AND waits <> 0)) AND end_at > ? THEN "
        "1 END),"
        " count(CASE WHEN step IN (2, 3, 4) THEN 1 END) FROM bookings WHERE account_id = ?");
    bind_instant(&q, now);
    bind_i64(&q, account);
    TRY(query_step(&q));
    facts->coming = column_i64(&q);
    facts->in_doubt = column_i64(&q);
    return q.status;
}

enum status store_erasure_forecast(struct store *st, struct arena *a, struct text account,
                                   struct instant now, struct erasure *ret_forecast,
                                   struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct erasure forecast = {.account = account};
    int64_t id = 0, n = 0;
    TRY(account_row_find(db, account, &id));
    TRY(count_coming(db, id, now, &forecast.facts));
    for (size_t i = 0; i < N_ERASABLES; i++) {
        TRY(ask_for(db, erasables[i].count, id, &n));
        count(a, &forecast.facts, erasables[i].table, n);
    }
    *ret_forecast = forecast;
    return OK;
}

/* ---- begin ---- */

struct begin {
    struct text account;
    struct instant now;
    struct erasure_open open;
};

/* From here on nobody finds the account: a hold looks at its page again when it is written, and one that was not
 * begun with the calendar yet is refused there. */
static enum status begin_erasure(struct db *db, void *arg)
{
    struct begin *begin = arg;
    int64_t account = 0, changed = 0;
    TRY(account_row_find(db, begin->account, &account));
    TRY(run_for(db, "UPDATE accounts SET erasing = 1 WHERE id = ? AND erasing = 0", account,
                &changed));
    if (!changed) /* another node was faster */
        return error_set(db->err, ERR_NOT_FOUND, "account", "the account is being erased");
    TRY(run_for(db, "UPDATE pages SET removed = 1 WHERE account_id = ?", account, NULL));
    TRY(run_for(db, "DELETE FROM bookings WHERE account_id = ? AND state = 0", account, NULL));
    struct erasure_facts facts = {0};
    TRY(count_coming(db, account, begin->now, &facts));
    begin->open = (struct erasure_open){.account = account, .kind = ERASURE_ACCOUNT};
    return erasure_insert(db, &begin->open, begin->account, (struct text){0}, begin->now,
                          &facts);
}

enum status store_erasure_begin(struct store *st, struct text account, struct instant now,
                                struct erasure_open *ret_open, struct error *err)
{
    struct begin begin = {.account = account, .now = now};
    TRY(store_write(st, begin_erasure, &begin, err));
    *ret_open = begin.open;
    return OK;
}

enum status store_erasure_next(struct store *st, int64_t after, struct erasure_open *ret_open,
                               struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, account, kind FROM erasures WHERE done_at IS NULL AND id > ?"
                      " ORDER BY id LIMIT 1");
    bind_i64(&q, after);
    TRY(query_step(&q));
    *ret_open = (struct erasure_open){.id = column_i64(&q)};
    ret_open->account = column_i64(&q);
    ret_open->kind = column_code(&q, ERASURE_KIND_COUNT);
    return q.status;
}

/* ---- keys ---- */

/* Write down which keys go. Those that cannot be unwrapped have no ids that we could know. */
static void name_keys(struct db *db, struct work *w)
{
    const struct account_keys *keys;
    struct buf ids CLEANUP(buf_done) = BUF(MAX_ERASED_KEYS);
    struct error *err = db->err;
    db->err = NULL;
    if (account_key(db, w->account, &keys) == OK)
        for (unsigned i = 0; i < keys->n; i++)
            buf_printf(&ids, "%s" TEXT_FMT, i ? " " : "",
                       TEXT_ARG(text_hex(&w->a, keys->keys[i].seal.id.at, KEY_ID_BYTES)));
    ENSURE(!buf_failed(&ids));
    w->facts.keys = arena_text(&w->a, buf_text(&ids));
    db->err = err;
}

static enum status destroy_keys(struct db *db, void *arg)
{
    struct work w CLEANUP(work_done) = {0};
    int64_t left = 0, in_flight = 0, credentials = 0;
    TRY(work_get(db, *(const int64_t *)arg, &w));
    TRY(ask_for(db, "SELECT count(*) FROM account_keys WHERE account_id = ?", w.account,
                &left));
    if (!left) /* done before */
        return OK;
    name_keys(db, &w);
    TRY(account_backup_expiry(db, w.account, &w.facts.backups_until));
    TRY(audit_add(db, &(struct audit_event){.kind = AUDIT_ACCOUNT_ERASED,
                                            .account = w.account,
                                            .subject = w.account}));
    TRY(run_for(db, "UPDATE accounts SET name = '' WHERE id = ?", w.account, NULL));
    TRY(account_keys_destroy(db, w.account));
    TRY(run_for(db, "DELETE FROM audit_keys WHERE account_id = ?", w.account, NULL));
    audit_forget(db, w.account);
    TRY(run_for(db, "DELETE FROM bookings WHERE account_id = ? AND step <> 0", w.account,
                &in_flight));
    TRY(run_for(db, "DELETE FROM connections WHERE account_id = ?", w.account, &credentials));
    w.facts.in_doubt = in_flight;
    count(&w.a, &w.facts, "account_keys", left);
    count(&w.a, &w.facts, "audit_keys", 1);
    count(&w.a, &w.facts, "bookings", in_flight);
    count(&w.a, &w.facts, "connections", credentials);
    return work_put(db, &w);
}

enum status store_erasure_keys(struct store *st, int64_t id, struct error *err)
{
    TRY(store_write(st, destroy_keys, &id, err));
    return store_erasure_forget(st, id, err);
}

enum status store_erasure_forget(struct store *st, int64_t id, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account = 0;
    TRY(ask_for(db, "SELECT account FROM erasures WHERE id = ?", id, &account));
    keyring_destroy(db->ring, account);
    return OK;
}

/* ---- rows ---- */

struct rows {
    int64_t id;
    bool more;
};

static enum status anonymise_rows(struct db *db, struct work *w, bool *ret_more)
{
    size_t n = 0;
    TRY(person_erase_some(db, w->account, w->subject, &n));
    count(&w->a, &w->facts, "bookings", (int64_t)n);
    *ret_more = n > 0;
    return work_put(db, w);
}

static enum status delete_rows(struct db *db, void *arg)
{
    struct rows *rows = arg;
    struct work w CLEANUP(work_done) = {0};
    int64_t changed = 0;
    const char *table = "accounts";
    TRY(work_get(db, rows->id, &w));
    if (w.kind != ERASURE_ACCOUNT)
        return anonymise_rows(db, &w, &rows->more);
    for (size_t i = 0; i < N_ERASABLES && !changed; i++) {
        TRY(run_for(db, erasables[i].delete, w.account, &changed));
        if (changed)
            table = erasables[i].table;
    }
    rows->more = changed > 0;
    if (!changed)
        TRY(run_for(db, "DELETE FROM accounts WHERE id = ? AND erasing = 1", w.account,
                    &changed));
    count(&w.a, &w.facts, table, changed);
    return work_put(db, &w);
}

enum status store_erasure_rows(struct store *st, int64_t id, bool *ret_more, struct error *err)
{
    struct rows rows = {.id = id};
    TRY(store_write(st, delete_rows, &rows, err));
    *ret_more = rows.more;
    return OK;
}

/* ---- finish ---- */

struct finish {
    int64_t id;
    struct text certificate;
    struct instant now;
};

static enum status finish_erasure(struct db *db, void *arg)
{
    const struct finish *finish = arg;
    struct hash signature;
    TRY(certificate_sign(db, finish->certificate, &signature));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE erasures SET done_at = ?, certificate = ?, signature = ?"
                      " WHERE id = ? AND done_at IS NULL");
    bind_instant(&q, finish->now);
    bind_text(&q, finish->certificate);
    bind_hash(&q, &signature);
    bind_i64(&q, finish->id);
    return query_run(&q, NULL);
}

enum status store_erasure_finish(struct store *st, int64_t id, struct text certificate,
                                 struct instant now, struct error *err)
{
    struct finish finish = {id, certificate, now};
    if (certificate.n > MAX_CERTIFICATE || !text_is_clean(certificate))
        return error_set(err, ERR_INVALID, "erasure", "the certificate breaks its limits");
    return store_write(st, finish_erasure, &finish, err);
}
