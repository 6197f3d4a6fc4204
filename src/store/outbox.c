/* SPDX-License-Identifier: ISC
 *
 * What is to be told, written down: inside the write that gives rise to it. How it goes out is outbox_send.c's.
 */
#include "store/outbox.h"

#include "wire/codec.h"

enum {
    IDS_BATCH = 32,
};

struct seal_place outbox_place(const char *column, int64_t id)
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
    bind_sealed(q, key, outbox_place("content", id), buf_text(&bytes));
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
                            .until = instant_add_s(now, OUTBOX_TRY_S)};
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
                                .due = instant_add_s(s->slot.start, -minutes * 60),
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
                            .until = instant_add_s(now, OUTBOX_TRY_S)};
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

enum status outbox_not_moved(struct db *db, int64_t booking, struct instant asked,
                             struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    struct slot not_taken = {asked, instant_add_s(asked, s.slot.end.s - s.slot.start.s)};
    TRY(put_about(db, &s, MAIL_NOT_MOVED, not_taken, now));
    return s.left_behind ? OK : put_about(db, &s, MAIL_HOST_NOT_MOVED, not_taken, now);
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

enum status outbox_at_desk(struct db *db, int64_t booking, struct instant now)
{
    struct subject s CLEANUP(subject_done) = {0};
    const struct slot none = {{0}, {0}};
    if (!store_sends_mail(db->st))
        return OK;
    TRY(subject_get(db, booking, &s));
    return put_about(db, &s, MAIL_REQUESTED, none, now);
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
                      .until = instant_add_s(attention->at, OUTBOX_TRY_S)};
    if (attention->moved_to.s) {
        row.content.before = s.slot;
        row.content.slot =
            (struct slot){attention->moved_to, instant_add_s(attention->moved_to, length_s)};
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
                      .until = instant_add_s(now, OUTBOX_TRY_S)};
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
                            .until = instant_add_s(span.end, OUTBOX_TRY_S)};
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
