/* SPDX-License-Identifier: ISC
 *
 * Bookings that wait for a word before anything is written into a calendar. An UNVERIFIED one holds its time as a
 * hold does, until a time that the database itself looks at; it tells nobody when it goes, since whose address it
 * names has said nothing. A REQUESTED one keeps its time until it was ended, and both sides were told.
 */
#include "store/desk.h"
#include "store/outbox.h"
#include "store/trail.h"

struct opening {
    int64_t id;
    enum booking_state state;
    struct instant until, now;
};

static enum status denied(struct db *db)
{
    return error_set(db->err, ERR_DENIED, "booking", "its state does not allow that");
}

static enum status write_open(struct db *db, void *arg)
{
    const struct opening *o = arg;
    bool is_request = o->state == BOOKING_REQUESTED;
    struct booking_standing s;
    TRY(booking_standing_get(db, o->id, &s));
    if (s.state == o->state)
        return OK;
    if (s.state != BOOKING_HELD && !(is_request && s.state == BOOKING_UNVERIFIED))
        return denied(db);
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "UPDATE bookings SET waits = ?, by_mail = CASE WHEN waits = 2 THEN 1 "
                          "ELSE CAST(? AS BIGINT) END,"
                          " step_at = ?, open_until = ? WHERE id = ?");
        bind_i64(&q, is_request ? WAITS_FOR_HOST : WAITS_FOR_CUSTOMER);
        bind_i64(&q, !is_request);
        bind_instant(&q, o->now);
        bind_instant(&q, o->until);
        bind_i64(&q, o->id);
        TRY(query_run(&q, NULL));
    }
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "UPDATE occupancies SET expires_at = ? WHERE booking_id = ?");
        bind_id(&q, is_request ? 0 : o->until.s);
        bind_i64(&q, o->id);
        TRY(query_run(&q, NULL));
    }
    TRY(outbox_opened(db, o->id, o->state, o->until, o->now));
    return audit_add(db, &(struct audit_event){.kind = is_request ? AUDIT_BOOKING_REQUESTED
                                                                  : AUDIT_BOOKING_UNVERIFIED,
                                               .account = s.account,
                                               .subject = o->id});
}

enum status store_booking_open(struct store *st, int64_t id, enum booking_state state,
                               struct instant until, struct instant now, struct error *err)
{
    struct opening opening = {id, state, until, now};
    return store_write(st, write_open, &opening, err);
}

/* ---- another calendar than when it was asked for ---- */

struct rebinding {
    int64_t id;
    const struct page_stored *page;
};

static enum status write_rebind(struct db *db, void *arg)
{
    const struct rebinding *r = arg;
    const struct page_stored *page = r->page;
    const struct account_keys *keys;
    int64_t connection = page->synchronise ? page->connection : 0;
    struct booking_standing s;
    TRY(booking_standing_get(db, r->id, &s));
    if (s.state != BOOKING_REQUESTED && s.state != BOOKING_UNVERIFIED)
        return denied(db);
    TRY(account_key(db, s.account, &keys));
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "UPDATE bookings SET connection_id = (SELECT id FROM connections WHERE id = ?"
                " " FOR_SHARE "), invited = ?, left_behind = 0 WHERE id = ?");
        bind_id(&q, connection);
        bind_i64(&q, page->invite == INVITE_EXCHANGE && connection != 0);
        bind_i64(&q, r->id);
        TRY(query_run(&q, NULL));
    }
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "DELETE FROM booking_calendars WHERE id = ?");
        bind_i64(&q, r->id);
        TRY(query_run(&q, NULL));
    }
    if (!connection || !page->calendar.n)
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO booking_calendars (id, account_id, calendar)"
                      " VALUES (?, ?, ?)");
    bind_i64(&q, r->id);
    bind_i64(&q, s.account);
    bind_sealed(&q, keys, booking_calendar_place(r->id), page->calendar);
    return query_run(&q, NULL);
}

enum status store_booking_rebind(struct store *st, int64_t id, const struct page_stored *page,
                                 struct error *err)
{
    struct rebinding rebinding = {id, page};
    return store_write(st, write_rebind, &rebinding, err);
}

/* ---- the end of waiting ---- */

struct end {
    int64_t id;
    const struct booking_end *ending;
    struct instant now;
};

static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum audit_kind kind_of(enum ended how)
{
    return how == ENDED_LAPSED     ? AUDIT_BOOKING_LAPSED
           : how == ENDED_NOT_MADE ? AUDIT_BOOKING_DROPPED
           : how == ENDED_DECLINED ? AUDIT_BOOKING_DECLINED
                                   : AUDIT_BOOKING_WITHDRAWN;
}

static enum status write_end(struct db *db, void *arg)
{
    const struct end *end = arg;
    struct booking_standing s;
    enum status status = booking_standing_get(db, end->id, &s);
    if (status == ERR_NOT_FOUND || (status == OK && s.state == BOOKING_CANCELLED))
        return OK;
    TRY(status);
    bool waits = s.state == BOOKING_REQUESTED || s.state == BOOKING_UNVERIFIED;
    if (!waits || (end->ending->how == ENDED_LAPSED && end->now.s < s.open_until.s))
        return denied(db);
    if (s.state == BOOKING_UNVERIFIED) {
        TRY(run_for(db, "DELETE FROM bookings WHERE id = ?", end->id));
    } else {
        TRY(desk_call_off(db, end->id));
        TRY(run_for(db,
                    "UPDATE bookings SET state = 3, step = 0, waits = 0, open_until = NULL "
                    "WHERE id = ?",
                    end->id));
        TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", end->id));
        TRY(booking_write_end(db, end->id, s.account, end->ending));
        TRY(outbox_ended(db, end->id, end->ending->how, end->now));
    }
    return audit_add(db, &(struct audit_event){.kind = kind_of(end->ending->how),
                                               .account = s.account,
                                               .subject = end->id});
}

enum status booking_end_request(struct db *db, int64_t id, const struct booking_end *ending,
                                struct instant now)
{
    return write_end(db, &(struct end){id, ending, now});
}

enum status store_booking_end(struct store *st, int64_t id, const struct booking_end *ending,
                              struct instant now, struct error *err)
{
    struct end end = {id, ending, now};
    TRY(booking_check_end(ending, err));
    return store_write(st, write_end, &end, err);
}

enum status store_booking_lapsing(struct store *st, struct instant now,
                                  int64_t ret_ids[static STORE_UNSETTLED_MAX], size_t *ret_n,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM bookings WHERE open_until IS NOT NULL AND open_until <= ?"
                      " AND state = 0 AND waits <> 0 ORDER BY open_until LIMIT ?");
    bind_instant(&q, now);
    bind_i64(&q, STORE_UNSETTLED_MAX);
    enum status status;
    size_t n = 0;
    while ((status = query_step(&q)) == OK)
        ret_ids[n++] = column_i64(&q);
    *ret_n = n;
    return status == ERR_NOT_FOUND ? q.status : status;
}

_Static_assert(BOOKING_HELD == 0 && BOOKING_CANCELLED == 3 && WAITS_FOR_CUSTOMER == 2,
               "the statements say it in figures");
