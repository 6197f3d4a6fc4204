/* SPDX-License-Identifier: ISC
 *
 * Notices for hosts: what they have to do by hand, since the event stands in a calendar that was disconnected.
 * A notice is written in the transaction that makes it necessary (booking_step.c), so that none is lost.
 */
#include "store/outbox.h"

enum status attention_add(struct db *db, const struct attention *attention)
{
    int64_t id = 0;
    TRY(next_id(db, "attentions", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO attentions (id, account_id, host_id, booking_id, kind, at,"
                      " start_at, end_at, moved_to)"
                      " SELECT CAST(? AS BIGINT), account_id, host_id, id, CAST(? AS BIGINT),"
                      " CAST(? AS BIGINT), start_at, end_at, CAST(? AS BIGINT)"
                      " FROM bookings WHERE id = ?");
    bind_i64(&q, id);
    bind_i64(&q, attention->kind);
    bind_instant(&q, attention->at);
    bind_id(&q, attention->moved_to.s);
    bind_i64(&q, attention->booking);
    TRY(query_run(&q, NULL));
    return outbox_attention(db, attention);
}

static enum status not_found(struct db *db, int64_t id)
{
    return error_set(db->err, ERR_NOT_FOUND, "attention", "there is no notice %lld",
                     (long long)id);
}

enum status store_attention_get(struct store *st, struct text account, int64_t id,
                                struct attention_stored *ret_attention, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account_id = 0;
    TRY(account_row_find(db, account, &account_id));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, booking_id, kind, start_at, moved_to, COALESCE(done_at, 0)"
                      " FROM attentions WHERE id = ? AND account_id = ?");
    bind_i64(&q, id);
    bind_i64(&q, account_id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db, id);
    TRY(status);
    struct attention_stored found = {.id = column_i64(&q), .booking = column_i64(&q)};
    found.kind = column_code(&q, ATTENTION_KIND_COUNT);
    found.start = column_instant(&q);
    found.moved_to = column_instant(&q);
    found.is_done = column_i64(&q) != 0;
    TRY(q.status);
    *ret_attention = found;
    return OK;
}

enum status attention_done(struct db *db, int64_t id, struct instant now)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE attentions SET done_at = COALESCE(done_at, ?) WHERE id = ?");
    bind_instant(&q, now);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

struct done {
    const struct attention_done_ask *ask;
    struct instant now;
};

static enum status set_done(struct db *db, void *arg)
{
    const struct done *done = arg;
    int64_t account = 0, changed = 0;
    TRY(account_row_find(db, done->ask->account, &account));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE attentions SET done_at = COALESCE(done_at, ?) WHERE id = ?"
                      " AND account_id = ?");
    bind_instant(&q, done->now);
    bind_i64(&q, done->ask->id);
    bind_i64(&q, account);
    TRY(query_run(&q, &changed));
    return changed ? OK : not_found(db, done->ask->id);
}

enum status store_attention_done(struct store *st, const struct attention_done_ask *ask,
                                 struct instant now, struct error *err)
{
    struct done done = {ask, now};
    return store_write(st, set_done, &done, err);
}

static enum status read_row(struct query *q, struct arena *a, const struct account_keys *key,
                            struct attention_row *row)
{
    row->id = column_i64(q);
    struct seal_place email = {.table = "users", .column = "email", .row = column_i64(q)};
    row->host = column_sealed(q, a, key, email);
    row->kind = column_code(q, ATTENTION_KIND_COUNT);
    row->at = column_instant(q);
    int64_t booking = column_i64(q);
    row->booking = booking_id_format(a, booking);
    row->title = column_sealed(q, a, key, booking_place("event_title", booking));
    row->start = column_instant(q);
    row->end = column_instant(q);
    row->moved_to = column_instant(q);
    row->done_at = column_instant(q);
    return q->status;
}

enum status store_attention_list(struct store *st, struct arena *a,
                                 const struct attention_list_ask *ask,
                                 struct attention_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t account = 0;
    struct user_range range;
    TRY(account_row_find(db, ask->account, &account));
    TRY(account_key(db, account, &key));
    TRY(user_range_find(db, account, ask->email, &range));
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT t.id, u.id, u.email, t.kind, t.at, b.id, b.event_title,"
            " t.start_at, t.end_at, t.moved_to, t.done_at FROM attentions AS t"
            " JOIN users AS u ON u.id = t.host_id"
            " JOIN bookings AS b ON b.id = t.booking_id"
            " WHERE t.account_id = ? AND t.id > ? AND t.host_id >= ? AND t.host_id <= ?"
            " AND (t.done_at IS NULL OR CAST(? AS BIGINT) = 1) ORDER BY t.id LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, ask->after);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    bind_i64(&q, ask->all);
    bind_i64(&q, MAX_ROWS);
    struct attention_list_answer list = {.rows =
                                             ARENA_ARRAY(a, MAX_ROWS, struct attention_row)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(read_row(&q, a, key, &list.rows[list.n_rows++]));
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}
