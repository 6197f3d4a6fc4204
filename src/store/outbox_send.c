/* SPDX-License-Identifier: ISC
 *
 * A row waits until it is due, is claimed with a lease, and goes when its mail was taken. A lease that ran
 * out is as if there had been none: whoever held it died, and the next one sends the same mail under the
 * same Message-ID. So nothing here knows, or needs to know, how many vaults there are.
 *
 *     WAITING -- claim --> WAITING, leased -- done --> gone
 *        ^  ^--- later, or the lease runs out ---|
 *        `------------- retry ------------- REFUSED <-- refuse
 */
#include "store/outbox.h"

#include "wire/codec.h"

enum { OUTBOX_REFUSED_S = 30 * 86400 /* so long a refused one can be seen */ };

/* ---- sending ---- */

struct claiming {
    struct instant now;
    int64_t lease_s;
    struct arena *a;
    struct outbox_entry *ret_entry;
};

static enum status drop_old(struct db *db, struct instant now)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM outbox WHERE state = 1 AND due_at < ?");
    bind_i64(&q, now.s - OUTBOX_REFUSED_S);
    return query_run(&q, NULL);
}

static enum status read_entry(struct query *q, struct arena *a, struct outbox_entry *e)
{
    const struct account_keys *key;
    e->id = column_i64(q);
    e->account = column_i64(q);
    e->booking = column_i64(q);
    e->connection = column_i64(q);
    e->user = column_i64(q);
    e->kind = column_code(q, MAIL_KIND_COUNT);
    e->sequence = column_i64(q);
    e->minutes = column_i64(q);
    e->date = column_instant(q);
    e->until = column_instant(q);
    e->tries = column_i64(q);
    TRY(q->status);
    TRY(account_key(q->db, e->account, &key));
    column_sealed_wire(q, a, key, outbox_place("content", e->id), outbox_content_shape,
                       &e->content);
    return q->status;
}

/* What may be sent now, of outbox AS o: of a booking's mails the earlier ones first, as long as they are not put off. */
#define IS_NEXT                                                                                \
    "o.state = 0 AND o.due_at <= ? AND o.leased_until <= ? AND NOT EXISTS (SELECT 1 FROM"      \
    " outbox AS e WHERE e.booking_id = o.booking_id AND e.id < o.id AND e.state = 0"           \
    " AND e.due_at <= ?)"

static void bind_next(struct query *q, struct instant now)
{
    for (int i = 0; i < 3; i++)
        bind_instant(q, now);
}

/* The condition on the lease stands outside the choice as well: PostgreSQL looks at it again where another
 * vault's claim of the same row came first. */
static enum status write_claim(struct db *db, void *arg)
{
    struct claiming *c = arg;
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE outbox SET leased_until = ?, tries = tries + 1 WHERE leased_until <= ?"
            " AND id = (SELECT o.id FROM outbox AS o WHERE " IS_NEXT
            " ORDER BY o.due_at, o.id LIMIT 1)"
            " RETURNING id, account_id, booking_id, connection_id, user_id, kind, sequence,"
            " minutes, dated_at, until_at, tries, content");
    bind_instant(&q, instant_add_s(c->now, c->lease_s));
    bind_instant(&q, c->now);
    bind_next(&q, c->now);
    TRY(query_step(&q));
    return read_entry(&q, c->a, c->ret_entry);
}

/* Anything due? Asked before the write, so that an idle outbox costs no write. */
static enum status look(struct store *st, struct instant now, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM outbox AS o WHERE " IS_NEXT " LIMIT 1");
    bind_next(&q, now);
    return query_step(&q);
}

enum status store_outbox_claim(struct store *st, struct arena *a, struct instant now,
                               int64_t lease_s, struct outbox_entry *ret_entry,
                               struct error *err)
{
    struct claiming claiming = {now, lease_s, a, ret_entry};
    TRY(look(st, now, err));
    return store_write(st, write_claim, &claiming, err);
}

static enum status write_done(struct db *db, void *arg)
{
    const int64_t *id = arg;
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM outbox WHERE id = ?");
    bind_i64(&q, *id);
    return query_run(&q, NULL);
}

enum status store_outbox_done(struct store *st, int64_t id, struct error *err)
{
    return store_write(st, write_done, &id, err);
}

struct failure {
    int64_t id;
    enum outbox_state state;
    struct instant due;
    struct text problem;
};

static enum status write_failure(struct db *db, void *arg)
{
    const struct failure *f = arg;
    const struct account_keys *key;
    int64_t account = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT account_id FROM outbox WHERE id = ?");
        bind_i64(&q, f->id);
        enum status status = query_step(&q);
        if (status != OK) /* its booking is gone, or a move made another reminder */
            return status == ERR_NOT_FOUND ? OK : status;
        account = column_i64(&q);
    }
    TRY(account_key(db, account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE outbox SET state = ?, due_at = ?, leased_until = 0, problem = ?"
                      " WHERE id = ?");
    bind_i64(&q, f->state);
    bind_instant(&q, f->due);
    bind_sealed(&q, key, outbox_place("problem", f->id), f->problem);
    bind_i64(&q, f->id);
    TRY(query_run(&q, NULL));
    return drop_old(db, f->due);
}

enum status store_outbox_later(struct store *st, int64_t id, struct instant due,
                               struct text problem, struct error *err)
{
    struct failure failure = {id, OUTBOX_WAITING, due, text_first(problem, MAX_WHAT)};
    return store_write(st, write_failure, &failure, err);
}

enum status store_outbox_refuse(struct store *st, int64_t id, struct instant now,
                                struct text problem, struct error *err)
{
    struct failure failure = {id, OUTBOX_REFUSED, now, text_first(problem, MAX_WHAT)};
    return store_write(st, write_failure, &failure, err);
}

static struct seal_place place_of(const char *table, const char *column, int64_t id)
{
    return (struct seal_place){.table = table, .column = column, .row = id};
}

enum status store_connection_host(struct store *st, struct arena *a, int64_t connection,
                                  int64_t user, struct connection_host *ret_host,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT a.id, a.slug, a.name, u.id, u.email, u.name, u.zone, c.mailbox, s.id,"
            " s.problem, s.state, c.user_id IS NULL, c.outage, c.failing_at, c.failing_told,"
            " c.problem, (SELECT language FROM pages WHERE host_id = u.id"
            " AND removed = 0 ORDER BY id LIMIT 1)"
            " FROM connections AS c JOIN users AS u ON u.id = COALESCE(?, c.user_id)"
            " JOIN accounts AS a ON a.id = c.account_id AND a.id = u.account_id"
            " JOIN connections AS s ON s.id = COALESCE(c.service_id, c.id)"
            " WHERE c.id = ? AND u.removed = 0");
    bind_id(&q, user);
    bind_i64(&q, connection);
    TRY(query_step(&q));
    struct connection_host host = {0};
    TRY(account_key(db, column_i64(&q), &key));
    host.account = column_text(&q, a);
    host.account_name = column_text(&q, a);
    int64_t to = column_i64(&q);
    host.email = column_sealed(&q, a, key, place_of("users", "email", to));
    host.name = column_sealed(&q, a, key, place_of("users", "name", to));
    host.zone = column_text(&q, a);
    host.mailbox = column_sealed(&q, a, key, place_of("connections", "mailbox", connection));
    int64_t sign_in = column_i64(&q);
    host.problem = column_sealed(&q, a, key, place_of("connections", "problem", sign_in));
    host.state = column_code(&q, CONNECTION_STATE_COUNT);
    host.is_service = column_i64(&q) != 0;
    host.standing.outage = column_code(&q, OUTAGE_COUNT);
    host.standing.failing_at = column_instant(&q);
    host.standing.told = column_i64(&q) != 0;
    struct text own = column_sealed(&q, a, key, place_of("connections", "problem", connection));
    if (own.n)
        host.problem = own;
    host.language = column_code(&q, LANGUAGE_COUNT);
    TRY(q.status);
    *ret_host = host;
    return OK;
}

/* ---- seeing, and trying again ---- */

static enum status read_row(struct query *q, struct arena *a, const struct account_keys *key,
                            struct outbox_row *row)
{
    row->id = column_i64(q);
    row->kind = column_code(q, MAIL_KIND_COUNT);
    row->state = column_code(q, OUTBOX_STATE_COUNT);
    row->due = column_instant(q);
    row->tries = column_i64(q);
    row->problem = column_sealed(q, a, key, outbox_place("problem", row->id));
    int64_t booking = column_i64(q);
    struct text customer = column_sealed(q, a, key, booking_place("customer_email", booking));
    struct seal_place email = {.table = "users", .column = "email", .row = column_i64(q)};
    struct text host = column_sealed(q, a, key, email);
    if (booking)
        row->booking = booking_id_format(a, booking);
    row->to = mail_is_for_customer(row->kind) ? customer : host;
    return q->status;
}

enum status store_outbox_list(struct store *st, struct arena *a,
                              const struct outbox_list_ask *ask,
                              struct outbox_list_answer *ret_list, struct error *err)
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
        db, "SELECT o.id, o.kind, o.state, o.due_at, o.tries, o.problem, b.id,"
            " b.customer_email, u.id, u.email FROM outbox AS o"
            " LEFT JOIN bookings AS b ON b.id = o.booking_id"
            " LEFT JOIN connections AS c ON c.id = o.connection_id"
            " LEFT JOIN users AS u ON u.id = COALESCE(o.user_id, b.host_id, c.user_id)"
            " WHERE o.account_id = ? AND o.id > ? AND COALESCE(u.id, 0) >= ?"
            " AND COALESCE(u.id, 0) <= ?"
            " ORDER BY o.id LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, ask->after);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    bind_i64(&q, MAX_ROWS);
    struct outbox_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct outbox_row)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(read_row(&q, a, key, &list.rows[list.n_rows++]));
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}

struct retry {
    const struct outbox_retry_ask *ask;
    struct instant now;
};

static enum status write_retry(struct db *db, void *arg)
{
    const struct retry *retry = arg;
    int64_t account = 0, changed = 0;
    TRY(account_row_find(db, retry->ask->account, &account));
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE outbox SET state = 0, due_at = ?, until_at = ?, tries = 0 WHERE id = ?"
            " AND account_id = ?");
    bind_instant(&q, retry->now);
    bind_instant(&q, instant_add_s(retry->now, OUTBOX_TRY_S));
    bind_i64(&q, retry->ask->id);
    bind_i64(&q, account);
    TRY(query_run(&q, &changed));
    return changed ? OK
                   : error_set(db->err, ERR_NOT_FOUND, "outbox", "there is no mail %lld in it",
                               (long long)retry->ask->id);
}

enum status store_outbox_retry(struct store *st, const struct outbox_retry_ask *ask,
                               struct instant now, struct error *err)
{
    struct retry retry = {ask, now};
    return store_write(st, write_retry, &retry, err);
}
