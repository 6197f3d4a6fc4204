/* SPDX-License-Identifier: ISC
 *
 * The arrows of the diagram in store.h. Each is one write: look where the booking stands, refuse what the
 * diagram does not have, change the row and its occupancies.
 */
#include "store/booking_step.h"

#include "store/desk.h"
#include "store/outbox.h"
#include "store/trail.h"

enum status booking_standing_get(struct db *db, int64_t id,
                                 struct booking_standing *ret_standing)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id, host_id, page_id, connection_id, state,"
                      " CASE WHEN undoing = 1 THEN 5 ELSE step END, left_behind, sequence, "
                      "move_start_at, start_at, end_at, waits, open_until FROM bookings "
                      "WHERE id = ?" FOR_UPDATE);
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
    ret_standing->sequence = column_i64(&q);
    ret_standing->move_to = column_instant(&q);
    ret_standing->slot.start = column_instant(&q);
    ret_standing->slot.end = column_instant(&q);
    ret_standing->waits = column_code(&q, WAITS_COUNT);
    ret_standing->open_until = column_instant(&q);
    ret_standing->state = booking_state_of(ret_standing->state, ret_standing->waits);
    return q.status;
}

enum status step_denied(struct db *db)
{
    return error_set(db->err, ERR_DENIED, "booking", "its state does not allow that");
}

enum status step_audit(struct db *db, enum audit_kind kind, const struct booking_standing *s,
                       int64_t id)
{
    return audit_add(db,
                     &(struct audit_event){.kind = kind, .account = s->account, .subject = id});
}

bool step_is_settled(const struct booking_standing *s)
{
    return s->state == BOOKING_CONFIRMED && s->step == STEP_NONE;
}

enum status step_run_for(struct db *db, const char *sql, int64_t id)
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

/* A server that says nothing of the meeting takes no link away: not all of its answers say it. */
static enum status write_meeting(struct db *db, const struct account_keys *key, int64_t id,
                                 struct text meeting)
{
    if (!meeting.n)
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET meeting = ? WHERE id = ?");
    bind_sealed(&q, key, booking_place("meeting", id), meeting);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status step_write_ref(struct db *db, const struct change *change,
                           const struct booking_standing *s)
{
    const struct account_keys *key;
    if (!change->ref || !change->ref->id.n || !s->connection)
        return OK;
    TRY(account_key(db, s->account, &key));
    TRY(write_meeting(db, key, change->id, change->ref->meeting));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET external_id = ?, change_key = ? WHERE id = ?");
    bind_sealed(&q, key, booking_place("external_id", change->id), change->ref->id);
    bind_sealed(&q, key, booking_place("change_key", change->id), change->ref->change_key);
    bind_i64(&q, change->id);
    return query_run(&q, NULL);
}

/* The booking changes and its event cannot follow: tell the host. Before the row changes. */
static enum status tell_host(struct db *db, const struct change *change,
                             const struct booking_standing *s, enum attention_kind kind)
{
    struct attention attention = {
        .booking = change->id, .kind = kind, .at = change->now, .moved_to = s->move_to};
    return s->left_behind ? attention_add(db, &attention) : OK;
}

enum status booking_write_end(struct db *db, int64_t id, int64_t account,
                              const struct booking_end *ending)
{
    const struct account_keys *key;
    if (!ending)
        return OK;
    TRY(account_key(db, account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET ended = ?, reason = ? WHERE id = ?");
    bind_i64(&q, ending->how);
    if (ending->reason.n)
        bind_sealed(&q, key, booking_place("reason", id), ending->reason);
    else
        bind_null(&q);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status booking_check_end(const struct booking_end *ending, struct error *err)
{
    if (ending && (ending->reason.n > MAX_REASON || !text_is_clean(ending->reason)))
        return error_set(err, ERR_INVALID, "booking", "the reason breaks its limits");
    return OK;
}

enum status step_check_ref(const struct event_ref *ref, struct error *err)
{
    return ref ? value_check(event_ref_shape, ref, err) : OK;
}

static enum status change_step(struct store *st, write_function *function, int64_t id,
                               const struct event_ref *ref, struct instant now,
                               struct error *err)
{
    struct change change = {.id = id, .now = now, .ref = ref};
    TRY(step_check_ref(ref, err));
    return store_write(st, function, &change, err);
}

/* As change_step, for what ends a booking. */
static enum status end_step(struct store *st, write_function *function, int64_t id,
                            const struct booking_end *ending, struct instant now,
                            struct error *err)
{
    struct change change = {.id = id, .now = now, .ending = ending};
    TRY(booking_check_end(ending, err));
    return store_write(st, function, &change, err);
}

/* ---- a new booking ---- */

/* Is its time taken, and nothing was written? */
static bool is_before_write(const struct booking_standing *s)
{
    return s->state == BOOKING_HELD || s->state == BOOKING_REQUESTED ||
           s->state == BOOKING_UNVERIFIED;
}

static enum status write_begin(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (!is_before_write(&s))
        return step_denied(db);
    TRY(run_begin(
        db, "UPDATE bookings SET state = 1, step = 2, step_at = ?, step_node = ? WHERE id = ?",
        change));
    return step_run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
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
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if ((!is_before_write(&s) && s.state != BOOKING_UNCERTAIN) || s.step == STEP_UNDO)
        return step_denied(db);
    TRY(run_at(db,
               "UPDATE bookings SET state = 2, step = 0, step_at = ?, waits = 0,"
               " open_until = NULL WHERE id = ?",
               change));
    if (s.state != BOOKING_UNCERTAIN)
        TRY(step_run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
                         change->id));
    TRY(step_write_ref(db, change, &s));
    TRY(outbox_confirmed(db, change->id, change->now));
    return step_audit(db, AUDIT_BOOKING_MADE, &s, change->id);
}

enum status booking_confirm(struct db *db, int64_t id, const struct event_ref *ref,
                            struct instant now)
{
    return write_confirm(db, &(struct change){.id = id, .now = now, .ref = ref});
}

enum status store_booking_confirm(struct store *st, int64_t id, const struct event_ref *ref,
                                  struct instant now, struct error *err)
{
    return change_step(st, write_confirm, id, ref, now, err);
}

/* It waits for its word again, if still in time. */
static enum status put_back(struct db *db, const struct change *change,
                            const struct booking_standing *s)
{
    const struct attention notice = {
        .booking = change->id, .kind = ATTENTION_NOT_APPROVED, .at = change->now};
    TRY(step_run_for(db, "UPDATE bookings SET state = 0, step = 1 WHERE id = ?", change->id));
    if (s->waits == WAITS_FOR_HOST)
        return change->now.s ? attention_add(db, &notice) : OK;
    return step_run_for(
        db,
        "UPDATE occupancies SET expires_at = (SELECT open_until FROM bookings AS b"
        " WHERE b.id = booking_id) WHERE booking_id = ?",
        change->id);
}

/* Its customer was told that it is being checked: they find at its link, and by mail, what became of it. Its key opens
 * it no more, so that whoever tries again books anew. */
static enum status write_not_made(struct db *db, const struct change *change,
                                  const struct booking_standing *s)
{
    const struct booking_end not_made = {.how = ENDED_NOT_MADE};
    TRY(run_at(db,
               "UPDATE bookings SET state = 3, step = 0, external_id = NULL, change_key = NULL,"
               " key_hash = NULL, step_at = ? WHERE id = ?",
               change));
    TRY(step_run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", change->id));
    TRY(booking_write_end(db, change->id, s->account, &not_made));
    return outbox_ended(db, change->id, ENDED_NOT_MADE, change->now);
}

static enum status write_release(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    enum status status = booking_standing_get(db, change->id, &s);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (s.state != BOOKING_HELD && s.state != BOOKING_UNCERTAIN)
        return step_denied(db);
    if (s.waits)
        TRY(put_back(db, change, &s));
    else if (s.state == BOOKING_UNCERTAIN && change->now.s)
        TRY(write_not_made(db, change, &s));
    else
        TRY(step_run_for(db, "DELETE FROM bookings WHERE id = ?", change->id));
    if (s.state == BOOKING_HELD) /* a slot was taken for a moment: nothing came of it */
        return OK;
    return step_audit(db, AUDIT_BOOKING_DROPPED, &s, change->id);
}

enum status store_booking_release(struct store *st, int64_t id, struct error *err)
{
    return change_step(st, write_release, id, NULL, (struct instant){0}, err);
}

enum status store_booking_give_up(struct store *st, int64_t id, struct instant now,
                                  struct error *err)
{
    return change_step(st, write_release, id, NULL, now, err);
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
    struct booking_standing s;
    TRY(booking_standing_get(db, move->id, &s));
    if (!step_is_settled(&s))
        return step_denied(db);
    o.host = s.host;
    o.page = s.page;
    TRY(occupancy_take(db, &o));
    TRY(write_move(db, move));
    return step_audit(db, AUDIT_BOOKING_MOVE_ASKED, &s, move->id);
}

enum status store_booking_move_hold(struct store *st, const struct booking_move *move,
                                    struct error *err)
{
    struct occupancy o = occupancy_of(move);
    TRY(occupancy_check(&o, err));
    return store_write(st, write_move_hold, &move, err);
}

/* The time that a move took is the booking's only one from now on. */
enum status step_occupy_target(struct db *db, int64_t id)
{
    TRY(step_run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 0", id));
    return step_run_for(db, "UPDATE occupancies SET target = 0 WHERE booking_id = ?", id);
}

static enum status write_move_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return step_denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_MOVED));
    TRY(run_at(db,
               "UPDATE bookings SET start_at = move_start_at, end_at = move_end_at,"
               " move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ? WHERE id = ?",
               change));
    TRY(step_occupy_target(db, change->id));
    TRY(desk_settled(db, change->id));
    TRY(step_write_ref(db, change, &s));
    TRY(outbox_moved(db, change->id, s.slot, false, change->now));
    return step_audit(db, AUDIT_BOOKING_MOVED, &s, change->id);
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
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return step_denied(db);
    TRY(run_at(
        db,
        "UPDATE bookings SET move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ?"
        " WHERE id = ?",
        change));
    TRY(step_run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 1",
                     change->id));
    TRY(desk_settled(db, change->id));
    TRY(step_write_ref(db, change, &s));
    return step_audit(db, AUDIT_BOOKING_MOVE_DROPPED, &s, change->id);
}

static enum status write_move_give_up(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    TRY(write_move_release(db, arg));
    return outbox_not_moved(db, change->id, s.move_to, change->now);
}

enum status store_booking_move_give_up(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err)
{
    return change_step(st, write_move_give_up, id, ref, now, err);
}

enum status store_booking_move_release(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err)
{
    return change_step(st, write_move_release, id, ref, now, err);
}

/* ---- a cancellation ---- */

static enum status begin_cancel(struct db *db, const struct change *change)
{
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (!step_is_settled(&s))
        return step_denied(db);
    TRY(run_begin(db, "UPDATE bookings SET step = 4, step_at = ?, step_node = ? WHERE id = ?",
                  change));
    TRY(booking_write_end(db, change->id, s.account, change->ending));
    return step_audit(db, AUDIT_BOOKING_CANCEL_ASKED, &s, change->id);
}

enum status booking_cancel_begin(struct db *db, int64_t id, const struct booking_end *ending,
                                 struct instant now)
{
    return begin_cancel(db, &(struct change){.id = id, .now = now, .ending = ending});
}

static enum status write_cancel_begin(struct db *db, void *arg)
{
    const struct change *change = arg;
    TRY(begin_cancel(db, change));
    return outbox_cancelled(db, change->id, false, change->now);
}

enum status store_booking_cancel_begin(struct store *st, int64_t id,
                                       const struct booking_end *ending, struct instant now,
                                       struct error *err)
{
    return end_step(st, write_cancel_begin, id, ending, now, err);
}

enum status step_write_cancelled(struct db *db, const struct change *change)
{
    TRY(run_at(db,
               "UPDATE bookings SET state = 3, step = 0, external_id = NULL, change_key = NULL,"
               " step_at = ? WHERE id = ?",
               change));
    TRY(desk_settled(db, change->id));
    return step_run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", change->id);
}

static enum status write_cancel_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.state == BOOKING_CANCELLED)
        return OK;
    if (!step_is_settled(&s) && s.step != STEP_CANCEL)
        return step_denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_CANCELLED));
    TRY(step_write_cancelled(db, change));
    TRY(booking_write_end(db, change->id, s.account, change->ending));
    if (s.step != STEP_CANCEL) /* cancel_begin has told of it */
        TRY(outbox_cancelled(db, change->id, false, change->now));
    return step_audit(db, AUDIT_BOOKING_CANCELLED, &s, change->id);
}

enum status store_booking_cancel_confirm(struct store *st, int64_t id,
                                         const struct booking_end *ending, struct instant now,
                                         struct error *err)
{
    return end_step(st, write_cancel_confirm, id, ending, now, err);
}

static enum status write_cancel_release(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.step != STEP_CANCEL)
        return step_denied(db);
    TRY(run_at(
        db, "UPDATE bookings SET step = 0, ended = 0, reason = NULL, step_at = ? WHERE id = ?",
        change));
    return step_audit(db, AUDIT_BOOKING_CANCEL_DROPPED, &s, change->id);
}

enum status store_booking_cancel_release(struct store *st, int64_t id, struct instant now,
                                         struct error *err)
{
    return change_step(st, write_cancel_release, id, NULL, now, err);
}
