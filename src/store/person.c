/* SPDX-License-Identifier: ISC
 *
 * Customers, who have no row of their own: bookings name them. They are found by a keyed hash of their address, and a
 * booking is made anonymous by overwriting all that it says of them; its time and its page stay.
 */
#include "store/person.h"

#include <string.h>

#include "crypt/seal.h"
#include "os/random.h"
#include "store/booking.h"
#include "store/certify.h"
#include "store/trail.h"
#include "wire/codec.h"

enum { BATCH = 32 };

struct hash customer_hash(const struct account_keys *keys, struct text email)
{
    char small[MAX_EMAIL];
    size_t n = email.n < sizeof small ? email.n : sizeof small;
    for (size_t i = 0; i < n; i++)
        small[i] =
            (char)(email.at[i] >= 'A' && email.at[i] <= 'Z' ? email.at[i] + 32 : email.at[i]);
    return keys_lookup(keys, "customer", (struct text){small, n});
}

/* Some bookings, read before they are written: no query may be open meanwhile. */
struct batch {
    int64_t ids[BATCH], accounts[BATCH];
    size_t n;
};

static enum status read_batch(struct query *q, struct batch *batch)
{
    enum status status = OK;
    for (batch->n = 0; batch->n < BATCH && (status = query_step(q)) == OK; batch->n++) {
        batch->ids[batch->n] = column_i64(q);
        batch->accounts[batch->n] = column_i64(q);
    }
    return status == ERR_NOT_FOUND ? q->status : status;
}

/* ---- anonymous ---- */

static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

/* Overwrite who booked: empty values, or chance where a hash must not be empty. */
static enum status overwrite_customer(struct db *db, const struct account_keys *keys,
                                      int64_t id)
{
    static const char *const sealed[] = {"customer_name", "customer_email",    "customer_zone",
                                         "event_title",   "event_description", "token"};
    struct answer_list none = {0};
    struct buf answers CLEANUP(buf_done) = BUF(16);
    struct hash chance[2];
    random_bytes(chance, sizeof chance);
    ENSURE(wire_encode(&answers, answer_list_shape, &none) == OK);
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE bookings SET customer_name = ?, customer_email = ?, customer_zone = ?,"
            " event_title = ?, event_description = ?, token = ?, customer_answers = ?,"
            " reason = NULL, customer_language = NULL,"
            " token_hash = ?, content_hash = ?, key_hash = NULL, customer_hash = NULL,"
            " external_id = NULL, change_key = NULL, meeting = NULL, connection_id = NULL,"
            " anonymous = 1 WHERE id = ?");
    for (size_t i = 0; i < sizeof sealed / sizeof *sealed; i++)
        bind_sealed(&q, keys, booking_place(sealed[i], id), (struct text){0});
    bind_sealed(&q, keys, booking_place("customer_answers", id), buf_text(&answers));
    bind_hash(&q, &chance[0]);
    bind_hash(&q, &chance[1]);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status anonymise(struct db *db, int64_t account, int64_t id)
{
    const struct account_keys *keys;
    TRY(account_key(db, account, &keys));
    TRY(overwrite_customer(db, keys, id));
    TRY(run_for(db, "DELETE FROM booking_calendars WHERE id = ?", id));
    TRY(run_for(db, "DELETE FROM attentions WHERE booking_id = ?", id));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_BOOKING_ANONYMISED,
                                               .account = account,
                                               .subject = id});
}

static enum status anonymise_batch(struct db *db, const struct batch *batch)
{
    for (size_t i = 0; i < batch->n; i++)
        TRY(anonymise(db, batch->accounts[i], batch->ids[i]));
    return OK;
}

/* ---- in time ---- */

struct retention {
    struct instant now;
    int64_t keep_days;
    size_t n;
};

/* Two nodes never wait for each other here: each takes what the other has not. */
static enum status forget_past(struct db *db, void *arg)
{
    struct retention *retention = arg;
    struct batch batch;
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "SELECT b.id, b.account_id FROM accounts AS a JOIN bookings AS b"
                " ON b.account_id = a.id WHERE a.erasing = 0 AND b.anonymous = 0 AND b.step = 0"
                " AND COALESCE(a.keep_days, ?) > 0"
                " AND b.end_at < ? - COALESCE(a.keep_days, ?) * 86400 LIMIT ?"
                " /*+ FOR NO KEY UPDATE OF b SKIP LOCKED +*/");
        bind_i64(&q, retention->keep_days);
        bind_instant(&q, retention->now);
        bind_i64(&q, retention->keep_days);
        bind_i64(&q, BATCH);
        TRY(read_batch(&q, &batch));
    }
    TRY(anonymise_batch(db, &batch));
    retention->n = batch.n;
    return OK;
}

enum status store_bookings_forget(struct store *st, struct instant now, int64_t keep_days,
                                  size_t *ret_n, struct error *err)
{
    struct retention retention = {now, keep_days, 0};
    TRY(store_write(st, forget_past, &retention, err));
    *ret_n = retention.n;
    return OK;
}

struct keep {
    struct text account;
    int64_t days;
};

static enum status set_keep(struct db *db, void *arg)
{
    const struct keep *keep = arg;
    int64_t account = 0;
    TRY(account_row_find(db, keep->account, &account));
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "UPDATE accounts SET keep_days = ? WHERE id = ?");
        if (keep->days < 0)
            bind_null(&q);
        else
            bind_i64(&q, keep->days);
        bind_i64(&q, account);
        TRY(query_run(&q, NULL));
    }
    return audit_add(db, &(struct audit_event){.kind = AUDIT_ACCOUNT_CHANGED,
                                               .account = account,
                                               .subject = account});
}

enum status store_account_keep(struct store *st, struct text account, int64_t days,
                               struct error *err)
{
    struct keep keep = {account, days};
    return store_write(st, set_keep, &keep, err);
}

/* ---- hashes of older versions' bookings ---- */

static enum status hash_one(struct db *db, int64_t id, int64_t account)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    const struct account_keys *keys;
    struct text email;
    TRY(account_key(db, account, &keys));
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT customer_email FROM bookings WHERE id = ?");
        bind_i64(&q, id);
        TRY(query_step(&q));
        email = column_sealed(&q, &a, keys, booking_place("customer_email", id));
        TRY(q.status);
    }
    struct hash hash = customer_hash(keys, email);
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET customer_hash = ? WHERE id = ?");
    bind_hash(&q, &hash);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status hash_some(struct db *db, void *arg)
{
    struct batch batch;
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "SELECT b.id, b.account_id FROM bookings AS b JOIN accounts AS a"
                " ON a.id = b.account_id WHERE b.customer_hash IS NULL AND b.anonymous = 0"
                " AND a.erasing = 0 LIMIT ? /*+ FOR NO KEY UPDATE OF b +*/");
        bind_i64(&q, BATCH);
        TRY(read_batch(&q, &batch));
    }
    for (size_t i = 0; i < batch.n; i++)
        TRY(hash_one(db, batch.ids[i], batch.accounts[i]));
    *(size_t *)arg = batch.n;
    return OK;
}

enum status store_customers_hash(struct store *st, struct error *err)
{
    size_t n = BATCH;
    while (n == BATCH)
        TRY(store_write(st, hash_some, &n, err));
    return OK;
}

/* ---- one customer ---- */

static enum status find_customer(struct db *db, struct text account, struct text email,
                                 int64_t *ret_account, struct hash *ret_hash)
{
    const struct account_keys *keys;
    TRY(account_row_find(db, account, ret_account));
    TRY(account_key(db, *ret_account, &keys));
    *ret_hash = customer_hash(keys, email);
    return OK;
}

static enum status read_kept(struct db *db, struct arena *a, int64_t id,
                             struct customer_row *row)
{
    struct booking_stored b;
    struct page_stored page;
    TRY(booking_load(db, a, id, &b));
    TRY(page_load(db, a, b.page, &page));
    *row = (struct customer_row){
        .booking = {.id = booking_id_format(a, b.id),
                    .state = b.state,
                    .start = b.slot.start,
                    .end = b.slot.end,
                    .ended = b.ended,
                    .reason = b.reason,
                    .customer = b.customer,
                    .page = page.page},
        .title = b.title,
        .description = b.description,
        .made_at = booking_made_at(b.id),
        .in_calendar = b.connection != 0 && b.state == BOOKING_CONFIRMED,
        .left_behind = b.left_behind,
    };
    return OK;
}

enum status store_customer_bookings(struct store *st, struct arena *a,
                                    const struct customer_export_ask *ask,
                                    struct customer_export_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account = 0, after = 0, ids[MAX_CUSTOMER_ROWS];
    struct hash hash;
    size_t n = 0;
    enum status status;
    TRY(find_customer(db, ask->account, ask->email, &account, &hash));
    if (ask->after.n)
        TRY(booking_id_parse(ask->after, &after));
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT id FROM bookings WHERE account_id = ? AND customer_hash = ?"
                          " AND id > ? ORDER BY id LIMIT ?");
        bind_i64(&q, account);
        bind_hash(&q, &hash);
        bind_i64(&q, after);
        bind_i64(&q, MAX_CUSTOMER_ROWS);
        while (n < MAX_CUSTOMER_ROWS && (status = query_step(&q)) == OK)
            ids[n++] = column_i64(&q);
        if (n < MAX_CUSTOMER_ROWS && status != ERR_NOT_FOUND)
            return status;
    }
    struct customer_export_answer list = {.rows = ARENA_ARRAY(a, n, struct customer_row)};
    for (; list.n_rows < n; list.n_rows++)
        TRY(read_kept(db, a, ids[list.n_rows], &list.rows[list.n_rows]));
    *ret_list = list;
    return OK;
}

enum status store_customer_count(struct store *st, struct text account, struct text email,
                                 struct instant now, struct customer_count *ret_count,
                                 struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t id = 0;
    struct hash hash;
    TRY(find_customer(db, account, email, &id, &hash));
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT count(*), count(CASE WHEN (state = 2 OR (state = 0 AND waits <> 0)) AND "
            "end_at > ? THEN 1 END),"
            " count(CASE WHEN step <> 0 AND (state <> 0 OR waits = 0) THEN 1 END) FROM bookings"
            " WHERE account_id = ? AND customer_hash = ?");
    bind_instant(&q, now);
    bind_i64(&q, id);
    bind_hash(&q, &hash);
    TRY(query_step(&q));
    *ret_count = (struct customer_count){.bookings = column_i64(&q)};
    ret_count->coming = column_i64(&q);
    ret_count->in_flight = column_i64(&q);
    return q.status;
}

struct note {
    struct text account;
    int64_t n;
};

static enum status note_export(struct db *db, void *arg)
{
    const struct note *note = arg;
    int64_t account = 0;
    TRY(account_row_find(db, note->account, &account));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_CUSTOMER_EXPORTED,
                                               .account = account,
                                               .subject = note->n});
}

enum status store_customer_note(struct store *st, struct text account, int64_t n,
                                struct error *err)
{
    struct note note = {account, n};
    return store_write(st, note_export, &note, err);
}

/* ---- erasing one ---- */

struct begin {
    struct text account, email;
    struct instant now;
    struct erasure_open open;
};

static enum status begin_customer(struct db *db, void *arg)
{
    struct begin *begin = arg;
    struct hash hash;
    struct text subject;
    struct arena a CLEANUP(arena_done) = {0};
    begin->open.kind = ERASURE_CUSTOMER;
    TRY(find_customer(db, begin->account, begin->email, &begin->open.account, &hash));
    subject = text_hex(&a, hash.at, HASH_BYTES);
    TRY(erasure_insert(db, &begin->open, begin->account, subject, begin->now,
                       &(struct erasure_facts){0}));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_CUSTOMER_ERASED,
                                               .account = begin->open.account,
                                               .subject = begin->open.id});
}

enum status store_customer_erase(struct store *st, struct text account, struct text email,
                                 struct instant now, struct erasure_open *ret_open,
                                 struct error *err)
{
    struct begin begin = {.account = account, .email = email, .now = now};
    TRY(store_write(st, begin_customer, &begin, err));
    *ret_open = begin.open;
    return OK;
}

enum status person_erase_some(struct db *db, int64_t account, struct text subject,
                              size_t *ret_n)
{
    struct batch batch;
    struct hash hash;
    TRY(text_unhex(subject, hash.at, HASH_BYTES));
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "SELECT id, account_id FROM bookings WHERE account_id = ? AND customer_hash = ?"
                " AND step = 0 LIMIT ?" FOR_UPDATE);
        bind_i64(&q, account);
        bind_hash(&q, &hash);
        bind_i64(&q, BATCH);
        TRY(read_batch(&q, &batch));
    }
    TRY(anonymise_batch(db, &batch));
    *ret_n = batch.n;
    return OK;
}
