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

enum {
    OUTBOX_TRY_S = 48 * 3600,      /* so long a mail is tried */
    OUTBOX_REFUSED_S = 30 * 86400, /* so long a refused one can be seen */
    IDS_BATCH = 32,
};

static struct seal_place place(const char *column, int64_t id)
{
    return (struct seal_place){.table = "outbox", .column = column, .row = id};
}

/* ---- rows ---- */

struct row {
    int64_t account;
    int64_t booking, connection; /* one of them */
    int64_t user;                /* as in struct outbox_entry */
    enum mail_kind kind;
    int64_t sequence, minutes;
    struct outbox_content content;
    struct instant due, until;
};

static enum status seal_content(struct db *db, const struct row *row, int64_t id,
                                struct query *q)
{
    const struct account_keys *key;
    struct buf bytes CLEANUP(buf_done) = BUF(wire_max(outbox_content_shape));
    TRY(account_key(db, row->account, &key));
    ENSURE(wire_encode(&bytes, outbox_content_shape, &row->content) == OK);
    bind_sealed(q, key, place("content", id), buf_text(&bytes));
    return OK;
}

static enum status put(struct db *db, const struct row *row)
{
    int64_t id = 0;
    TRY(next_id(db, "outbox", &id));
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO outbox (content, id, account_id, booking_id, connection_id, user_id,"
            " kind, sequence, minutes, state, dated_at, due_at, until_at, leased_until, tries)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, 0)");
    TRY(seal_content(db, row, id, &q));
    bind_i64(&q, id);
    bind_i64(&q, row->account);
    bind_id(&q, row->booking);
    bind_id(&q, row->connection);
    bind_id(&q, row->user);
    bind_i64(&q, row->kind);
    bind_i64(&q, row->sequence);
    bind_i64(&q, row->minutes);
    bind_instant(&q, row->due);
    bind_instant(&q, row->due);
    bind_instant(&q, row->until);
    return query_run(&q, NULL);
}

static struct instant later(struct instant t, int64_t s)
{
    return (struct instant){t.s + s};
}

/* ---- what the other families write ---- */

/* A booking as it stands in this write. */
struct subject {
    int64_t id, account;
    int64_t sequence;
    bool left_behind;
    int64_t series; /* 0: none */
    struct slot slot;
    struct reminder_list reminders;
    struct arena a;
};

static void subject_done(struct subject *s)
{
    arena_done(&s->a);
}

static enum status subject_get(struct db *db, int64_t booking, struct subject *s)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT b.account_id, b.sequence, b.left_behind, b.series_id, b.start_at, b.end_at,"
            " p.reminders FROM bookings AS b JOIN pages AS p ON p.id = b.page_id"
            " WHERE b.id = ?");
    bind_i64(&q, booking);
    TRY(query_step(&q));
    s->id = booking;
    s->account = column_i64(&q);
    s->sequence = column_i64(&q);
    s->left_behind = column_i64(&q) != 0;
    s->series = column_i64(&q);
    s->slot.start = column_instant(&q);
    s->slot.end = column_instant(&q);
    if (!column_is_null(&q))
        column_wire(&q, &s->a, reminder_list_shape, &s->reminders);
    return q.status;
}

static enum status put_about(struct db *db, const struct subject *s, enum mail_kind kind,
                             struct slot before, struct instant now)
{
    const struct row row = {.account = s->account,
                            .booking = s->id,
                            .kind = kind,
                            .sequence = s->sequence,
                            .content = {.slot = s->slot, .before = before},
                            .due = now,
                            .until = later(now, OUTBOX_TRY_S)};
    return put(db, &row);
}

/* Those whose time is over are not made up for. No reminder is tried beyond the start. */
static enum status put_reminders(struct db *db, const struct subject *s, struct instant now)
{
    for (size_t i = 0; i < s->reminders.n_reminders && !s->left_behind; i++) {
        int64_t minutes = s->reminders.reminders[i].minutes;
        const struct row row = {.account = s->account,
                                .booking = s->id,
                                .kind = MAIL_REMINDER,
                                .sequence = s->sequence,
                                .minutes = minutes,
                                .content = {.slot = s->slot},
                                .due = later(s->slot.start, -minutes * 60),
                                .until = s->slot.start};
        if (now.s < row.due.s)
            TRY(put(db, &row));
    }
    return OK;
}

static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status drop_reminders(struct db *db, int64_t booking)
{
    return run_for(db, "DELETE FROM outbox WHERE booking_id = ? AND kind = 3", booking);
}

/* It counts also where no mail is sent: a customer's own .ics has it too. */
static enum status grow_sequence(struct db *db, int64_t booking)
{
    return run_for(db, "UPDATE bookings SET sequence = sequence + 1 WHERE id = ?", booking);
}

/* One mail about several sessions, by the first of them. */
static enum status put_sessions(struct db *db, const struct outbox_session *sessions, size_t n,
                                enum mail_kind kind, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    TRY(subject_get(db, sessions->booking, &s));
    const struct row row = {.account = s.account,
                            .booking = s.id,
                            .kind = kind,
                            .sequence = s.sequence,
                            .content = {.slot = sessions->slot,
                                        .sessions = (struct outbox_session *)sessions,
                                        .n_sessions = n},
                            .due = now,
                            .until = later(now, OUTBOX_TRY_S)};
    return put(db, &row);
}

static enum status list_sessions(struct db *db, int64_t series,
                                 struct outbox_session ret_sessions[static MAX_SERIES],
                                 size_t *ret_n)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, sequence, start_at, end_at FROM bookings WHERE series_id = ?"
                      " AND state = 2 ORDER BY start_at, id LIMIT ?");
    bind_i64(&q, series);
    bind_i64(&q, MAX_SERIES);
    enum status status;
    for (*ret_n = 0; (status = query_step(&q)) == OK; (*ret_n)++) {
        struct outbox_session *session = &ret_sessions[*ret_n];
        session->booking = column_i64(&q);
        session->sequence = column_i64(&q);
        session->slot.start = column_instant(&q);
        session->slot.end = column_instant(&q);
    }
    return status == ERR_NOT_FOUND ? q.status : status;
}

/* A series is told of when its last session is certain, by whoever comes last: the rows are locked. */
static enum status tell_series(struct db *db, int64_t series, struct instant now)
{
    struct outbox_session sessions[MAX_SERIES];
    size_t n = 0;
    bool is_whole = false;
    TRY(series_is_whole(db, series, &is_whole));
    if (!is_whole)
        return OK;
    TRY(list_sessions(db, series, sessions, &n));
    TRY(put_sessions(db, sessions, n, MAIL_CONFIRMED, now));
    return put_sessions(db, sessions, n, MAIL_HOST_BOOKED, now);
}

enum status outbox_confirmed(struct db *db, int64_t booking, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    const struct slot none = {{0}, {0}};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    TRY(put_reminders(db, &s, now));
    if (s.series)
        return tell_series(db, s.series, now);
    TRY(put_about(db, &s, MAIL_CONFIRMED, none, now));
    return put_about(db, &s, MAIL_HOST_BOOKED, none, now);
}

enum status outbox_moved(struct db *db, int64_t booking, struct slot before, bool by_host,
                         struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    TRY(grow_sequence(db, booking));
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    TRY(put_about(db, &s, MAIL_MOVED, before, now));
    if (!s.left_behind && !by_host) /* outbox_attention tells the host more */
        TRY(put_about(db, &s, MAIL_HOST_MOVED, before, now));
    TRY(drop_reminders(db, booking));
    return put_reminders(db, &s, now);
}

enum status outbox_cancelled(struct db *db, int64_t booking, bool by_host, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    const struct slot none = {{0}, {0}};
    TRY(grow_sequence(db, booking));
    TRY(drop_reminders(db, booking));
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    TRY(put_about(db, &s, MAIL_CANCELLED, none, now));
    return s.left_behind || by_host ? OK : put_about(db, &s, MAIL_HOST_CANCELLED, none, now);
}

enum status outbox_opened(struct db *db, int64_t booking, enum booking_state state,
                          struct instant until, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    const struct slot none = {{0}, {0}};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    if (state == BOOKING_REQUESTED) {
        TRY(put_about(db, &s, MAIL_REQUESTED, none, now));
        return put_about(db, &s, MAIL_HOST_REQUESTED, none, now);
    }
    const struct row row = {.account = s.account,
                            .booking = s.id,
                            .kind = MAIL_CONFIRM,
                            .sequence = s.sequence,
                            .content = {.slot = s.slot},
                            .due = now,
                            .until = until};
    return put(db, &row);
}

enum status outbox_ended(struct db *db, int64_t booking, enum ended how, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    const struct slot none = {{0}, {0}};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    if (how == ENDED_DECLINED || how == ENDED_BY_HOST)
        return put_about(db, &s, MAIL_DECLINED, none, now);
    if (how == ENDED_NOT_MADE) {
        TRY(put_about(db, &s, MAIL_NOT_MADE, none, now));
        return put_about(db, &s, MAIL_HOST_NOT_MADE, none, now);
    }
    bool lapsed = how == ENDED_LAPSED;
    TRY(put_about(db, &s, lapsed ? MAIL_LAPSED : MAIL_WITHDRAWN, none, now));
    return put_about(db, &s, lapsed ? MAIL_HOST_LAPSED : MAIL_HOST_WITHDRAWN, none, now);
}

enum status outbox_sessions_cancelled(struct db *db, const int64_t *bookings, size_t n,
                                      struct instant now)
{
    struct outbox_session sessions[MAX_SERIES];
    for (size_t i = 0; i < n; i++) {
        struct subject s CLEANUP(subject_done) = {0};
        TRY(grow_sequence(db, bookings[i]));
        TRY(drop_reminders(db, bookings[i]));
        TRY(subject_get(db, bookings[i], &s));
        sessions[i] = (struct outbox_session){s.id, s.sequence, s.slot};
    }
    if (!n || !store_sends_mail(db->st))
        return OK;
    TRY(put_sessions(db, sessions, n, MAIL_CANCELLED, now));
    return put_sessions(db, sessions, n, MAIL_HOST_CANCELLED, now);
}

enum status outbox_disconnected(struct db *db, int64_t account, int64_t connection)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM outbox WHERE account_id = ? AND kind = 3 AND booking_id IN"
                      " (SELECT id FROM bookings WHERE connection_id = ?)");
    bind_i64(&q, account);
    bind_i64(&q, connection);
    return query_run(&q, NULL);
}

enum status outbox_attention(struct db *db, const struct attention *attention)
{
    struct subject s CLEANUP(subject_done) = {0};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, attention->booking, &s));
    int64_t length_s = s.slot.end.s - s.slot.start.s;
    struct row row = {.account = s.account,
                      .booking = s.id,
                      .kind = MAIL_HOST_ATTENTION,
                      .sequence = s.sequence,
                      .content = {.slot = s.slot, .attention = attention->kind},
                      .due = attention->at,
                      .until = later(attention->at, OUTBOX_TRY_S)};
    if (attention->moved_to.s) {
        row.content.before = s.slot;
        row.content.slot =
            (struct slot){attention->moved_to, later(attention->moved_to, length_s)};
    }
    return put(db, &row);
}

/* ---- about connections ---- */

/* The next ids behind `after` that a statement lists: it takes two values, `after` and a limit. */
static enum status list_ids(struct db *db, const char *sql, int64_t first, int64_t second,
                            int64_t after, int64_t ret_ids[static IDS_BATCH], size_t *ret_n)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, first);
    bind_i64(&q, second);
    bind_i64(&q, after);
    bind_i64(&q, IDS_BATCH);
    enum status status;
    for (*ret_n = 0; (status = query_step(&q)) == OK; (*ret_n)++)
        ret_ids[*ret_n] = column_i64(&q);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Tell a connection's host; of a service account, the account's administrators. */
static enum status put_about_connection(struct db *db, const struct row *about)
{
    int64_t ids[IDS_BATCH] = {0};
    size_t n = 0;
    struct row row = *about;
    TRY(list_ids(db,
                 "SELECT id FROM connections WHERE id = ? AND account_id = ?"
                 " AND user_id IS NOT NULL AND id > ? LIMIT ?",
                 row.connection, row.account, 0, ids, &n));
    if (n)
        return put(db, &row);
    do {
        TRY(list_ids(db,
                     "SELECT id FROM users WHERE account_id = ? AND role >= ? AND removed = 0"
                     " AND id > ? ORDER BY id LIMIT ?",
                     row.account, USER_ADMINISTRATOR, row.user, ids, &n));
        for (size_t i = 0; i < n; i++) {
            row.user = ids[i];
            TRY(put(db, &row));
        }
    } while (n == IDS_BATCH);
    return OK;
}

enum status outbox_paused(struct db *db, int64_t account, int64_t connection,
                          struct instant now)
{
    int64_t ids[IDS_BATCH] = {0};
    size_t n = 0;
    struct row row = {.account = account,
                      .connection = connection,
                      .kind = MAIL_HOST_PAUSED,
                      .due = now,
                      .until = later(now, OUTBOX_TRY_S)};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(put_about_connection(db, &row));
    row.connection = 0;
    do {
        TRY(list_ids(db,
                     "SELECT id FROM connections WHERE service_id = ? AND account_id = ?"
                     " AND id > ? ORDER BY id LIMIT ?",
                     connection, account, row.connection, ids, &n));
        for (size_t i = 0; i < n; i++) {
            row.connection = ids[i];
            TRY(put(db, &row));
        }
    } while (n == IDS_BATCH);
    return OK;
}

static enum status put_outage(struct db *db, enum mail_kind kind, int64_t account,
                              int64_t connection, struct slot span)
{
    const struct row row = {.account = account,
                            .connection = connection,
                            .kind = kind,
                            .content.slot = span,
                            .due = span.end,
                            .until = later(span.end, OUTBOX_TRY_S)};
    return store_sends_mail(db->st) ? put_about_connection(db, &row) : OK;
}

enum status outbox_failing(struct db *db, int64_t account, int64_t connection,
                           struct instant since, struct instant now)
{
    return put_outage(db, MAIL_HOST_FAILING, account, connection, (struct slot){since, now});
}

enum status outbox_works(struct db *db, int64_t account, int64_t connection,
                         struct instant since, struct instant now)
{
    return put_outage(db, MAIL_HOST_WORKS, account, connection, (struct slot){since, now});
}

/* ---- sending ---- */

struct claiming {
    struct instant now;
    int64_t lease_s;
    struct arena *a;
    struct outbox_entry *ret_entry;
};

static enum status drop_old(struct db *db, struct instant now)
{
    return run_for(db, "DELETE FROM outbox WHERE state = 1 AND due_at < ?",
                   now.s - OUTBOX_REFUSED_S);
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
    column_sealed_wire(q, a, key, place("content", e->id), outbox_content_shape, &e->content);
    return q->status;
}

/* The condition on the lease stands outside the choice as well: PostgreSQL looks at it again where another
 * vault's claim of the same row came first. */
static enum status write_claim(struct db *db, void *arg)
{
    struct claiming *c = arg;
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE outbox SET leased_until = ?, tries = tries + 1 WHERE leased_until <= ?"
            " AND id = (SELECT id FROM outbox WHERE state = 0 AND due_at <= ?"
            " AND leased_until <= ? ORDER BY due_at, id LIMIT 1)"
            " RETURNING id, account_id, booking_id, connection_id, user_id, kind, sequence,"
            " minutes, dated_at, until_at, tries, content");
    bind_instant(&q, later(c->now, c->lease_s));
    bind_instant(&q, c->now);
    bind_instant(&q, c->now);
    bind_instant(&q, c->now);
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
        query_new(db, "SELECT 1 FROM outbox WHERE state = 0 AND due_at <= ?"
                      " AND leased_until <= ? LIMIT 1");
    bind_instant(&q, now);
    bind_instant(&q, now);
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
    return run_for(db, "DELETE FROM outbox WHERE id = ?", *id);
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
    bind_sealed(&q, key, place("problem", f->id), f->problem);
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
    row->problem = column_sealed(q, a, key, place("problem", row->id));
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
    bind_instant(&q, later(retry->now, OUTBOX_TRY_S));
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
