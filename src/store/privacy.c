/* SPDX-License-Identifier: ISC */
#include "store/privacy.h"

#include "store/db.h"
#include "store/trail.h"

enum {
    LOOKED_AT = 4000,   /* rows of the audit that one answer goes through at most */
    MAILBOXES_MAX = 16, /* of one user */
    HOUR_S = 3600,
};

/* ---- who read ---- */

/* By which mailboxes the audit tells of a user. */
struct mailboxes {
    struct text at[MAILBOXES_MAX];
    size_t n;
};

static enum status find_mailboxes(struct db *db, struct arena *a, int64_t account,
                                  struct text email, struct mailboxes *ret_mailboxes)
{
    const struct account_keys *key;
    int64_t user = 0;
    struct mailboxes found = {.at = {email}, .n = 1};
    TRY(account_key(db, account, &key));
    TRY(user_row_find(db, account, email, &user));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, mailbox FROM connections WHERE user_id = ? LIMIT ?");
    bind_i64(&q, user);
    bind_i64(&q, MAILBOXES_MAX - 1);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct seal_place place = {
            .table = "connections", .column = "mailbox", .row = column_i64(&q)};
        found.at[found.n++] = column_sealed(&q, a, key, place);
    }
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_mailboxes = found;
    return OK;
}

static bool has_mailbox(const struct mailboxes *mailboxes, struct text mailbox)
{
    for (size_t i = 0; i < mailboxes->n; i++)
        if (mailbox.n && text_equal_nocase(mailboxes->at[i], mailbox))
            return true;
    return false;
}

static bool tells_the_same(const struct reading_row *one, const struct reading_row *other)
{
    return one->kind == other->kind && one->actor == other->actor &&
           one->result == other->result && text_equal(one->name, other->name) &&
           one->at.s / HOUR_S == other->at.s / HOUR_S;
}

/* Put a row behind those that stand already, or into the last of them. */
static void add_reading(struct readings_answer *out, const struct reading_row *row)
{
    struct reading_row *last = out->n_rows ? &out->rows[out->n_rows - 1] : NULL;
    if (last && tells_the_same(last, row)) {
        last->since = row->at;
        last->times++;
    } else {
        out->rows[out->n_rows++] = *row;
    }
}

static enum status read_reading(struct query *q, struct arena *a, const struct seal_key *key,
                                const struct mailboxes *mailboxes, struct readings_answer *out)
{
    struct audit_details details;
    out->next = column_i64(q);
    out->next_at = column_instant(q);
    struct reading_row row = {.at = out->next_at, .since = out->next_at, .times = 1};
    row.kind = column_code(q, AUDIT_KIND_COUNT);
    row.actor = column_code(q, AUDIT_ACTOR_COUNT);
    row.result = column_code(q, AUDIT_RESULT_COUNT);
    TRY(audit_details_open(q, a, key, out->next, &details));
    TRY(q->status);
    row.name = details.actor;
    if (has_mailbox(mailboxes, details.mailbox))
        add_reading(out, &row);
    return OK;
}

static struct query query_readings(struct db *db, int64_t account,
                                   const struct readings_ask *ask)
{
    bool is_first = !ask->before_at.s;
    struct query q =
        query_new(db, "SELECT id, at, kind, actor, result, details FROM audit"
                      " WHERE account = ? AND at >= ? AND at < ? AND (at, id) < (?, ?)"
                      " AND kind BETWEEN ? AND ? ORDER BY at DESC, id DESC LIMIT ?");
    bind_i64(&q, account);
    bind_instant(&q, ask->from);
    bind_instant(&q, ask->to);
    bind_i64(&q, is_first ? INT64_MAX : ask->before_at.s);
    bind_i64(&q, is_first ? INT64_MAX : ask->before);
    bind_i64(&q, AUDIT_SIGN_IN);
    bind_i64(&q, AUDIT_REMOVE);
    bind_i64(&q, LOOKED_AT);
    return q;
}

enum status store_readings(struct store *st, struct arena *a, const struct readings_ask *ask,
                           struct readings_answer *ret_readings, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct seal_key key;
    struct mailboxes mailboxes;
    int64_t account = 0, n_seen = 0;
    struct readings_answer out = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct reading_row)};
    TRY(account_row_find(db, ask->account, &account));
    TRY(find_mailboxes(db, a, account, ask->email, &mailboxes));
    enum status status = audit_key_get(db, account, &key);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    bool has_key = status == OK;
    struct query q CLEANUP(query_done) = query_readings(db, account, ask);
    while (out.n_rows < MAX_ROWS && (status = query_step(&q)) == OK && ++n_seen)
        if ((status = read_reading(&q, a, has_key ? &key : NULL, &mailboxes, &out)) != OK)
            break;
    wipe_bytes(&key, sizeof key);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    out.goes_on = out.n_rows == MAX_ROWS || n_seen == LOOKED_AT;
    *ret_readings = out;
    return OK;
}

/* ---- counting ---- */

/* A number, and the statement that finds it: by no value, by a row's number, or by that and an instant. */
struct count {
    int n_values;
    int64_t *ret_n;
    const char *sql;
};

static enum status run_counts(struct db *db, const struct count *counts, size_t n, int64_t row,
                              struct instant now)
{
    for (size_t i = 0; i < n; i++) {
        struct query q CLEANUP(query_done) = query_new(db, counts[i].sql);
        if (counts[i].n_values > 0)
            bind_i64(&q, row);
        if (counts[i].n_values > 1)
            bind_instant(&q, now);
        TRY(query_step(&q));
        *counts[i].ret_n = column_i64(&q);
        TRY(q.status);
    }
    return OK;
}

enum status store_holdings(struct store *st, const struct holdings_ask *ask, struct instant now,
                           int64_t keep_bookings_days, struct holdings_answer *ret_holdings,
                           struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account = 0, user = 0, own_days = -1;
    struct holdings_answer h = {0};
    const struct count of_account[] = {
        {1, &own_days, "SELECT COALESCE(keep_days, -1) FROM accounts WHERE id = ?"},
    };
    const struct count of_user[] = {
        {2, &h.sessions, "SELECT count(*) FROM sessions WHERE user_id = ? AND expires_at > ?"},
        {1, &h.tokens, "SELECT count(*) FROM tokens WHERE user_id = ?"},
        {1, &h.connections, "SELECT count(*) FROM connections WHERE user_id = ?"},
        {1, &h.pages, "SELECT count(*) FROM pages WHERE host_id = ? AND removed = 0"},
        {1, &h.bookings, "SELECT count(*) FROM bookings WHERE host_id = ? AND anonymous = 0"},
        {2, &h.coming,
         "SELECT count(*) FROM bookings WHERE host_id = ? AND state = 2"
         " AND end_at > ?"},
        {1, &h.nameless, "SELECT count(*) FROM bookings WHERE host_id = ? AND anonymous = 1"},
        {1, &h.notices, "SELECT count(*) FROM attentions WHERE host_id = ?"},
        {1, &h.mails,
         "SELECT count(*) FROM outbox AS o LEFT JOIN bookings AS b"
         " ON b.id = o.booking_id LEFT JOIN connections AS c"
         " ON c.id = o.connection_id"
         " WHERE COALESCE(o.user_id, b.host_id, c.user_id) = ?"},
    };
    TRY(account_row_find(db, ask->account, &account));
    TRY(user_row_find(db, account, ask->email, &user));
    TRY(run_counts(db, of_account, 1, account, now));
    TRY(run_counts(db, of_user, sizeof of_user / sizeof *of_user, user, now));
    h.keep_bookings_days = own_days >= 0 ? own_days : keep_bookings_days;
    *ret_holdings = h;
    return OK;
}

enum status store_condition(struct store *st, struct text account, struct instant now,
                            struct condition_answer *ret_condition, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t row = 0;
    struct condition_answer c = {0};
    const struct count counts[] = {
        {2, &c.mails_waiting,
         "SELECT count(*) FROM outbox WHERE account_id = ? AND state = 0 AND dated_at <= ?"},
        {2, &c.mails_since.s,
         "SELECT COALESCE(min(dated_at), 0) FROM outbox WHERE account_id = ? AND state = 0"
         " AND dated_at <= ?"},
        {1, &c.mails_refused, "SELECT count(*) FROM outbox WHERE account_id = ? AND state = 1"},
        {1, &c.in_flight, "SELECT count(*) FROM bookings WHERE account_id = ? AND step <> 0"},
        {2, &c.follow_since.s,
         "SELECT COALESCE(min(follow_at), 0) FROM connections WHERE account_id = ?"
         " AND follow_at > 0 AND follow_at <= ?"},
        {0, &c.backup_at.s, "SELECT COALESCE(max(made_at), 0) FROM backups"},
    };
    TRY(account_row_find(db, account, &row));
    TRY(run_counts(db, counts, sizeof counts / sizeof *counts, row, now));
    TRY(db_size(db, &c.database_bytes));
    *ret_condition = c;
    return OK;
}
