/* SPDX-License-Identifier: ISC
 *
 * The arrows of the diagram in store.h. Each is one write: look where the booking stands, refuse what the
 * diagram does not have, change the row and its occupancies.
 */
#include "store/outbox.h"
#include "store/trail.h"

enum { FLIGHT_BATCH = 32 };

/* Where a booking stands. */
struct standing {
    int64_t account, host, page;
    int64_t connection; /* 0: none */
    enum booking_state state;
    enum booking_step step;
    bool left_behind;
    struct instant move_to; /* where a move goes; else 0 */
    struct slot slot;
};

/* What a step needs to know; arg of every write below. */
struct change {
    int64_t id;
    struct instant now;
    const struct event_ref *ref; /* NULL: none */
};

static enum status standing_get(struct db *db, int64_t id, struct standing *ret_standing)
{
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT account_id, host_id, page_id, connection_id, state, step,"
        " left_behind, move_start_at, start_at, end_at FROM bookings WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "booking", "there is no such booking");
    TRY(status);
    ret_standing->account = column_i64(&q);
    ret_standing->host = column_i64(&q);
    ret_standing->page = column_i64(&q);
    ret_standing->connection = column_i64(&q);
    ret_standing->state = column_code(&q, BOOKING_STATE_COUNT);
    ret_standing->step = column_code(&q, STEP_COUNT);
    ret_standing->left_behind = column_i64(&q) != 0;
    ret_standing->move_to = column_instant(&q);
    ret_standing->slot.start = column_instant(&q);
    ret_standing->slot.end = column_instant(&q);
    return q.status;
}

static enum status denied(struct db *db)
{
    return error_set(db->err, ERR_DENIED, "booking", "its state does not allow that");
}

static enum status audit_booking(struct db *db, enum audit_kind kind, const struct standing *s,
                                 int64_t id)
{
    return audit_add(db,
                     &(struct audit_event){.kind = kind, .account = s->account, .subject = id});
}

static bool is_settled(const struct standing *s)
{
    return s->state == BOOKING_CONFIRMED && s->step == STEP_NONE;
}

/* Run a statement whose only value is a booking's id. */
static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

/* Begin a step: the statement sets step_at and step_node of a booking. */
static enum status run_begin(struct db *db, const char *sql, const struct change *change)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_instant(&q, change->now);
    bind_text(&q, db_node(db));
    bind_i64(&q, change->id);
    return query_run(&q, NULL);
}

/* Run a statement that sets step_at of a booking. */
static enum status run_at(struct db *db, const char *sql, const struct change *change)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_instant(&q, change->now);
    bind_i64(&q, change->id);
    return query_run(&q, NULL);
}

/* Remember where the event stands; nothing of a calendar whose connection was removed meanwhile. */
static enum status write_ref(struct db *db, const struct change *change,
                             const struct standing *s)
{
    const struct account_keys *key;
    if (!change->ref || !change->ref->id.n || !s->connection)
        return OK;
    TRY(account_key(db, s->account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET external_id = ?, change_key = ? WHERE id = ?");
    bind_sealed(&q, key, booking_place("external_id", change->id), change->ref->id);
    bind_sealed(&q, key, booking_place("change_key", change->id), change->ref->change_key);
    bind_i64(&q, change->id);
    return query_run(&q, NULL);
}

/* The booking changes and its event cannot follow: tell the host. Before the row changes. */
static enum status tell_host(struct db *db, const struct change *change,
                             const struct standing *s, enum attention_kind kind)
{
    struct attention attention = {
        .booking = change->id, .kind = kind, .at = change->now, .moved_to = s->move_to};
    return s->left_behind ? attention_add(db, &attention) : OK;
}

static enum status check_ref(const struct event_ref *ref, struct error *err)
{
    return ref ? value_check(event_ref_shape, ref, err) : OK;
}

static enum status change_step(struct store *st, write_function *function, int64_t id,
                               const struct event_ref *ref, struct instant now,
                               struct error *err)
{
    struct change change = {id, now, ref};
    TRY(check_ref(ref, err));
    return store_write(st, function, &change, err);
}

/* ---- a new booking ---- */

static enum status write_begin(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.state != BOOKING_HELD)
        return denied(db);
    TRY(run_begin(
        db, "UPDATE bookings SET state = 1, step = 2, step_at = ?, step_node = ? WHERE id = ?",
        change));
    return run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
                   change->id);
}

enum status store_booking_begin(struct store *st, int64_t id, struct instant now,
                                struct error *err)
{
    return change_step(st, write_begin, id, NULL, now, err);
}

static enum status write_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.state != BOOKING_HELD && s.state != BOOKING_UNCERTAIN)
        return denied(db);
    TRY(run_at(db, "UPDATE bookings SET state = 2, step = 0, step_at = ? WHERE id = ?",
               change));
    if (s.state == BOOKING_HELD)
        TRY(run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
                    change->id));
    TRY(write_ref(db, change, &s));
    TRY(outbox_confirmed(db, change->id, change->now));
    return audit_booking(db, AUDIT_BOOKING_MADE, &s, change->id);
}

enum status store_booking_confirm(struct store *st, int64_t id, const struct event_ref *ref,
                                  struct instant now, struct error *err)
{
    return change_step(st, write_confirm, id, ref, now, err);
}

static enum status write_release(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    enum status status = standing_get(db, change->id, &s);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (s.state != BOOKING_HELD && s.state != BOOKING_UNCERTAIN)
        return denied(db);
    TRY(run_for(db, "DELETE FROM bookings WHERE id = ?", change->id));
    if (s.state == BOOKING_HELD) /* a slot was taken for a moment: nothing came of it */
        return OK;
    return audit_booking(db, AUDIT_BOOKING_DROPPED, &s, change->id);
}

enum status store_booking_release(struct store *st, int64_t id, struct error *err)
{
    return change_step(st, write_release, id, NULL, (struct instant){0}, err);
}

/* ---- a move ---- */

static enum status write_move(struct db *db, const struct booking_move *move)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE bookings SET step = 3, step_at = ?, step_node = ?, move_start_at = ?,"
            " move_end_at = ? WHERE id = ?");
    bind_instant(&q, move->now);
    bind_text(&q, db_node(db));
    bind_instant(&q, move->slot.start);
    bind_instant(&q, move->slot.end);
    bind_i64(&q, move->id);
    return query_run(&q, NULL);
}

static struct occupancy occupancy_of(const struct booking_move *move)
{
    return (struct occupancy){
        .booking = move->id,
        .target = true,
        .slot = move->slot,
        .occupied = move->occupied,
        .day = move->day,
        .max_per_day = move->max_per_day,
        .now = move->now,
    };
}

static enum status write_move_hold(struct db *db, void *arg)
{
    const struct booking_move *move = *(const struct booking_move **)arg;
    struct occupancy o = occupancy_of(move);
    struct standing s;
    TRY(standing_get(db, move->id, &s));
    if (!is_settled(&s))
        return denied(db);
    o.host = s.host;
    o.page = s.page;
    TRY(occupancy_take(db, &o));
    TRY(write_move(db, move));
    return audit_booking(db, AUDIT_BOOKING_MOVE_ASKED, &s, move->id);
}

enum status store_booking_move_hold(struct store *st, const struct booking_move *move,
                                    struct error *err)
{
    struct occupancy o = occupancy_of(move);
    TRY(occupancy_check(&o, err));
    return store_write(st, write_move_hold, &move, err);
}

static enum status write_move_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_MOVED));
    TRY(run_at(db,
               "UPDATE bookings SET start_at = move_start_at, end_at = move_end_at,"
               " move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ? WHERE id = ?",
               change));
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 0", change->id));
    TRY(run_for(db, "UPDATE occupancies SET target = 0 WHERE booking_id = ?", change->id));
    TRY(write_ref(db, change, &s));
    TRY(outbox_moved(db, change->id, s.slot, change->now));
    return audit_booking(db, AUDIT_BOOKING_MOVED, &s, change->id);
}

enum status store_booking_move_confirm(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err)
{
    return change_step(st, write_move_confirm, id, ref, now, err);
}

static enum status write_move_release(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return denied(db);
    TRY(run_at(
        db,
        "UPDATE bookings SET move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ?"
        " WHERE id = ?",
        change));
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 1", change->id));
    TRY(write_ref(db, change, &s));
    return audit_booking(db, AUDIT_BOOKING_MOVE_DROPPED, &s, change->id);
}

enum status store_booking_move_release(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err)
{
    return change_step(st, write_move_release, id, ref, now, err);
}

/* ---- a cancellation ---- */

static enum status write_cancel_begin(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (!is_settled(&s))
        return denied(db);
    TRY(run_begin(db, "UPDATE bookings SET step = 4, step_at = ?, step_node = ? WHERE id = ?",
                  change));
    TRY(outbox_cancelled(db, change->id, change->now));
    return audit_booking(db, AUDIT_BOOKING_CANCEL_ASKED, &s, change->id);
}

enum status store_booking_cancel_begin(struct store *st, int64_t id, struct instant now,
                                       struct error *err)
{
    return change_step(st, write_cancel_begin, id, NULL, now, err);
}

static enum status write_cancel_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.state == BOOKING_CANCELLED)
        return OK;
    if (!is_settled(&s) && s.step != STEP_CANCEL)
        return denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_CANCELLED));
    TRY(run_at(db,
               "UPDATE bookings SET state = 3, step = 0, external_id = NULL, change_key = NULL,"
               " step_at = ? WHERE id = ?",
               change));
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", change->id));
    if (s.step != STEP_CANCEL) /* cancel_begin has told of it */
        TRY(outbox_cancelled(db, change->id, change->now));
    return audit_booking(db, AUDIT_BOOKING_CANCELLED, &s, change->id);
}

enum status store_booking_cancel_confirm(struct store *st, int64_t id, struct instant now,
                                         struct error *err)
{
    return change_step(st, write_cancel_confirm, id, NULL, now, err);
}

static enum status write_cancel_release(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct standing s;
    TRY(standing_get(db, change->id, &s));
    if (s.step != STEP_CANCEL)
        return denied(db);
    TRY(run_at(db, "UPDATE bookings SET step = 0, step_at = ? WHERE id = ?", change));
    return audit_booking(db, AUDIT_BOOKING_CANCEL_DROPPED, &s, change->id);
}

enum status store_booking_cancel_release(struct store *st, int64_t id, struct instant now,
                                         struct error *err)
{
    return change_step(st, write_cancel_release, id, NULL, now, err);
}

/* ---- the removal of a connection ---- */

static enum status run_unbind(struct db *db, const char *sql, int64_t account,
                              int64_t connection, int64_t *ret_changed)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, account);
    bind_i64(&q, connection);
    return query_run(&q, ret_changed);
}

/* Tell hosts of what was in flight: nobody will know any more what became of it in the calendar. Few rows at
 * a time, since no query may be open while others of its connection run. */
static enum status tell_of_flight(struct db *db, int64_t account, int64_t connection,
                                  struct instant now)
{
    struct attention found[FLIGHT_BATCH] = {{.booking = 0}};
    bool is_confirmed[FLIGHT_BATCH] = {false}; /* counts as such from now on: both are told */
    size_t n;
    do {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT id, move_start_at, step FROM bookings WHERE account_id = ? "
                          "AND connection_id"
                          " = ? AND step IN (2, 3, 4) AND id > ? ORDER BY id LIMIT ?");
        bind_i64(&q, account);
        bind_i64(&q, connection);
        bind_i64(&q, found[FLIGHT_BATCH - 1].booking);
        bind_i64(&q, FLIGHT_BATCH);
        enum status status;
        for (n = 0; (status = query_step(&q)) == OK; n++) {
            found[n] = (struct attention){column_i64(&q), ATTENTION_UNSURE, now, {0}};
            found[n].moved_to = column_instant(&q);
            is_confirmed[n] = column_code(&q, STEP_COUNT) == STEP_CREATE;
        }
        if (status != ERR_NOT_FOUND)
            return status;
        for (size_t i = 0; i < n; i++) {
            TRY(attention_add(db, &found[i]));
            if (is_confirmed[i])
                TRY(outbox_confirmed(db, found[i].booking, now));
        }
    } while (n == FLIGHT_BATCH);
    return OK;
}

enum status bookings_unbind(struct db *db, int64_t account, int64_t connection,
                            struct instant now, int64_t *ret_unbound)
{
    TRY(tell_of_flight(db, account, connection, now));
    TRY(outbox_disconnected(db, account, connection));
    /* account_id leads to the rows by an index; the connection is then compared. */
    TRY(run_unbind(
        db,
        "DELETE FROM occupancies WHERE (booking_id, target) IN"
        " (SELECT id, CASE WHEN step = 3 THEN 1 ELSE 0 END"
        " FROM bookings WHERE account_id = ? AND connection_id = ? AND step IN (3, 4))",
        account, connection, NULL));
    TRY(run_unbind(db,
                   "DELETE FROM booking_calendars WHERE id IN"
                   " (SELECT id FROM bookings WHERE account_id = ? AND connection_id = ?)",
                   account, connection, NULL));
    TRY(run_unbind(
        db,
        "UPDATE bookings SET connection_id = NULL, external_id = NULL, change_key = NULL,"
        " left_behind = CASE WHEN state IN (1, 2) THEN 1 ELSE left_behind END,"
        " state = CASE WHEN state = 1 THEN 2 WHEN step = 4 THEN 3 ELSE state END,"
        " step = CASE WHEN state = 0 THEN 1 ELSE 0 END,"
        " move_start_at = NULL, move_end_at = NULL"
        " WHERE account_id = ? AND connection_id = ?",
        account, connection, ret_unbound));
    return OK;
}

/* Run a statement about the bookings of a connection and of those that sign in through it. */
static enum status run_for_sign_in(struct db *db, const char *sql, int64_t account,
                                   int64_t connection)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, account);
    bind_i64(&q, connection);
    bind_i64(&q, connection);
    return query_run(&q, NULL);
}

enum status bookings_unplace(struct db *db, int64_t account, int64_t connection)
{
    TRY(run_for_sign_in(db,
                        "DELETE FROM booking_calendars WHERE id IN (SELECT id FROM"
                        " bookings WHERE account_id = ? AND connection_id IN"
                        " (SELECT id FROM connections WHERE id = ? OR service_id = ?))",
                        account, connection));
    return run_for_sign_in(db,
                           "UPDATE bookings SET external_id = NULL, change_key = NULL"
                           " WHERE account_id = ? AND connection_id IN"
                           " (SELECT id FROM connections WHERE id = ? OR service_id = ?)",
                           account, connection);
}
