/* SPDX-License-Identifier: ISC
 *
 * The arrows of the diagram in store.h. Each is one write: look where the booking stands, refuse what the
 * diagram does not have, change the row and its occupancies.
 */
#include "store/desk.h"
#include "store/follow.h"
#include "store/outbox.h"
#include "store/trail.h"

/* What a step needs to know; arg of every write below. */
struct change {
    int64_t id;
    struct instant now;
    const struct event_ref *ref;      /* NULL: none */
    const struct booking_end *ending; /* NULL: none */
};

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

static enum status denied(struct db *db)
{
    return error_set(db->err, ERR_DENIED, "booking", "its state does not allow that");
}

static enum status audit_booking(struct db *db, enum audit_kind kind,
                                 const struct booking_standing *s, int64_t id)
{
    return audit_add(db,
                     &(struct audit_event){.kind = kind, .account = s->account, .subject = id});
}

static bool is_settled(const struct booking_standing *s)
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
                             const struct booking_standing *s)
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

static enum status check_ref(const struct event_ref *ref, struct error *err)
{
    return ref ? value_check(event_ref_shape, ref, err) : OK;
}

static enum status change_step(struct store *st, write_function *function, int64_t id,
                               const struct event_ref *ref, struct instant now,
                               struct error *err)
{
    struct change change = {.id = id, .now = now, .ref = ref};
    TRY(check_ref(ref, err));
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
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if ((!is_before_write(&s) && s.state != BOOKING_UNCERTAIN) || s.step == STEP_UNDO)
        return denied(db);
    TRY(run_at(db,
               "UPDATE bookings SET state = 2, step = 0, step_at = ?, waits = 0,"
               " open_until = NULL WHERE id = ?",
               change));
    if (s.state != BOOKING_UNCERTAIN)
        TRY(run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
                    change->id));
    TRY(write_ref(db, change, &s));
    TRY(outbox_confirmed(db, change->id, change->now));
    return audit_booking(db, AUDIT_BOOKING_MADE, &s, change->id);
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
    TRY(run_for(db, "UPDATE bookings SET state = 0, step = 1 WHERE id = ?", change->id));
    if (s->waits == WAITS_FOR_HOST)
        return change->now.s ? attention_add(db, &notice) : OK;
    return run_for(db,
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
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", change->id));
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
        return denied(db);
    if (s.waits)
        TRY(put_back(db, change, &s));
    else if (s.state == BOOKING_UNCERTAIN && change->now.s)
        TRY(write_not_made(db, change, &s));
    else
        TRY(run_for(db, "DELETE FROM bookings WHERE id = ?", change->id));
    if (s.state == BOOKING_HELD) /* a slot was taken for a moment: nothing came of it */
        return OK;
    return audit_booking(db, AUDIT_BOOKING_DROPPED, &s, change->id);
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

/* The time that a move took is the booking's only one from now on. */
static enum status occupy_target(struct db *db, int64_t id)
{
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 0", id));
    return run_for(db, "UPDATE occupancies SET target = 0 WHERE booking_id = ?", id);
}

static enum status write_move_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_MOVED));
    TRY(run_at(db,
               "UPDATE bookings SET start_at = move_start_at, end_at = move_end_at,"
               " move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ? WHERE id = ?",
               change));
    TRY(occupy_target(db, change->id));
    TRY(desk_settled(db, change->id));
    TRY(write_ref(db, change, &s));
    TRY(outbox_moved(db, change->id, s.slot, false, change->now));
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
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.step != STEP_MOVE)
        return denied(db);
    TRY(run_at(
        db,
        "UPDATE bookings SET move_start_at = NULL, move_end_at = NULL, step = 0, step_at = ?"
        " WHERE id = ?",
        change));
    TRY(run_for(db, "DELETE FROM occupancies WHERE booking_id = ? AND target = 1", change->id));
    TRY(desk_settled(db, change->id));
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

static enum status begin_cancel(struct db *db, const struct change *change)
{
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (!is_settled(&s))
        return denied(db);
    TRY(run_begin(db, "UPDATE bookings SET step = 4, step_at = ?, step_node = ? WHERE id = ?",
                  change));
    TRY(booking_write_end(db, change->id, s.account, change->ending));
    return audit_booking(db, AUDIT_BOOKING_CANCEL_ASKED, &s, change->id);
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

static enum status write_cancelled(struct db *db, const struct change *change)
{
    TRY(run_at(db,
               "UPDATE bookings SET state = 3, step = 0, external_id = NULL, change_key = NULL,"
               " step_at = ? WHERE id = ?",
               change));
    TRY(desk_settled(db, change->id));
    return run_for(db, "DELETE FROM occupancies WHERE booking_id = ?", change->id);
}

static enum status write_cancel_confirm(struct db *db, void *arg)
{
    const struct change *change = arg;
    struct booking_standing s;
    TRY(booking_standing_get(db, change->id, &s));
    if (s.state == BOOKING_CANCELLED)
        return OK;
    if (!is_settled(&s) && s.step != STEP_CANCEL)
        return denied(db);
    TRY(tell_host(db, change, &s, ATTENTION_CANCELLED));
    TRY(write_cancelled(db, change));
    TRY(booking_write_end(db, change->id, s.account, change->ending));
    if (s.step != STEP_CANCEL) /* cancel_begin has told of it */
        TRY(outbox_cancelled(db, change->id, false, change->now));
    return audit_booking(db, AUDIT_BOOKING_CANCELLED, &s, change->id);
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
        return denied(db);
    TRY(run_at(
        db, "UPDATE bookings SET step = 0, ended = 0, reason = NULL, step_at = ? WHERE id = ?",
        change));
    return audit_booking(db, AUDIT_BOOKING_CANCEL_DROPPED, &s, change->id);
}

enum status store_booking_cancel_release(struct store *st, int64_t id, struct instant now,
                                         struct error *err)
{
    return change_step(st, write_cancel_release, id, NULL, now, err);
}

/* ---- what the host did to the event ---- */

/* Is the booking as it was when its event was looked for? */
static enum status check_unchanged(struct db *db, const struct found_event *found,
                                   struct booking_standing *ret_standing)
{
    TRY(booking_standing_get(db, found->booking, ret_standing));
    bool is_same = is_settled(ret_standing) && ret_standing->connection &&
                   ret_standing->sequence == found->sequence &&
                   ret_standing->slot.start.s == found->slot.start.s &&
                   ret_standing->slot.end.s == found->slot.end.s;
    return is_same ? OK : denied(db);
}

/* Was the host told of just this already? A notice that was seen to does not come again. */
static enum status is_told(struct db *db, const struct attention *attention,
                           const struct booking_standing *s, bool *ret_is)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM attentions WHERE account_id = ? AND booking_id = ?"
                      " AND kind = ? AND start_at = ? AND COALESCE(moved_to, 0) = ?");
    bind_i64(&q, s->account);
    bind_i64(&q, attention->booking);
    bind_i64(&q, attention->kind);
    bind_instant(&q, s->slot.start);
    bind_instant(&q, attention->moved_to);
    TRY(query_step(&q));
    *ret_is = column_i64(&q) != 0;
    return q.status;
}

static enum status ask_host(struct db *db, const struct found_event *found,
                            const struct booking_standing *s, enum attention_kind kind)
{
    struct attention attention = {.booking = found->booking, .kind = kind, .at = found->now};
    bool told = false;
    if (!found->is_gone)
        attention.moved_to = found->ref.start;
    TRY(is_told(db, &attention, s, &told));
    return told ? OK : attention_add(db, &attention);
}

static enum status write_event_ask(struct db *db, void *arg)
{
    const struct found_event *found = *(const struct found_event **)arg;
    struct booking_standing s;
    TRY(check_unchanged(db, found, &s));
    return ask_host(db, found, &s,
                    found->is_gone ? ATTENTION_EVENT_GONE : ATTENTION_EVENT_MOVED);
}

enum status store_event_ask(struct store *st, const struct found_event *found,
                            struct error *err)
{
    TRY(check_ref(&found->ref, err));
    return store_write(st, write_event_ask, &found, err);
}

/* Take the event's time for the booking, if it is to be had. The host's own hand breaks the page's rules and no day
 * is too full for it; that a time is sold once holds even so. */
static enum status take_event_time(struct db *db, const struct found_event *found,
                                   const struct booking_standing *s, bool *ret_taken)
{
    struct occupancy o = {.booking = found->booking,
                          .host = s->host,
                          .page = s->page,
                          .target = true,
                          .slot = {found->ref.start, found->ref.end},
                          .occupied = found->occupied,
                          .day = {found->ref.start, found->ref.end},
                          .now = found->now};
    *ret_taken = false;
    if (found->ref.end.s <= found->now.s || occupancy_check(&o, NULL) != OK)
        return OK;
    enum status status = occupancy_take(db, &o);
    *ret_taken = status == OK;
    return status == ERR_CONFLICT ? OK : status;
}

static enum status write_slot(struct db *db, const struct found_event *found)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET start_at = ?, end_at = ?, step_at = ? WHERE id = ?");
    bind_instant(&q, found->ref.start);
    bind_instant(&q, found->ref.end);
    bind_instant(&q, found->now);
    bind_i64(&q, found->booking);
    return query_run(&q, NULL);
}

static enum status cannot_follow(struct db *db, const struct found_event *found,
                                 const struct booking_standing *s)
{
    if (found->notice)
        return error_set(db->err, ERR_CONFLICT, "booking",
                         "the event's time is over, or taken by another booking");
    return ask_host(db, found, s, ATTENTION_EVENT_UNFIT);
}

static enum status answer_notice(struct db *db, const struct found_event *found)
{
    return found->notice ? attention_done(db, found->notice, found->now) : OK;
}

static enum status write_event_follow(struct db *db, void *arg)
{
    const struct found_event *found = *(const struct found_event **)arg;
    const struct booking_end by_host = {.how = ENDED_BY_HOST};
    const struct change change = {found->booking, found->now, &found->ref, &by_host};
    struct booking_standing s;
    bool taken = false;
    TRY(check_unchanged(db, found, &s));
    TRY(answer_notice(db, found));
    if (found->is_gone) {
        TRY(write_cancelled(db, &change));
        TRY(booking_write_end(db, found->booking, s.account, &by_host));
        TRY(outbox_cancelled(db, found->booking, true, found->now));
        return audit_booking(db, AUDIT_BOOKING_CANCELLED, &s, found->booking);
    }
    TRY(take_event_time(db, found, &s, &taken));
    if (!taken)
        return cannot_follow(db, found, &s);
    TRY(occupy_target(db, found->booking));
    TRY(write_slot(db, found));
    TRY(write_ref(db, &change, &s));
    TRY(outbox_moved(db, found->booking, s.slot, true, found->now));
    return audit_booking(db, AUDIT_BOOKING_MOVED, &s, found->booking);
}

enum status store_event_follow(struct store *st, const struct found_event *found,
                               struct error *err)
{
    TRY(check_ref(&found->ref, err));
    return store_write(st, write_event_follow, &found, err);
}

static enum status write_event_forget(struct db *db, void *arg)
{
    const struct found_event *found = *(const struct found_event **)arg;
    struct booking_standing s;
    TRY(check_unchanged(db, found, &s));
    return run_for(db, "UPDATE bookings SET external_id = NULL, change_key = NULL WHERE id = ?",
                   found->booking);
}

enum status store_event_forget(struct store *st, const struct found_event *found,
                               struct error *err)
{
    return store_write(st, write_event_forget, &found, err);
}

static enum status write_event_restored(struct db *db, void *arg)
{
    const struct found_event *found = *(const struct found_event **)arg;
    const struct change change = {.id = found->booking, .now = found->now, .ref = &found->ref};
    struct booking_standing s;
    TRY(check_unchanged(db, found, &s));
    TRY(answer_notice(db, found));
    TRY(write_ref(db, &change, &s));
    return audit_booking(db, AUDIT_EVENT_RESTORED, &s, found->booking);
}

enum status store_event_restored(struct store *st, const struct found_event *found,
                                 struct error *err)
{
    TRY(check_ref(&found->ref, err));
    return store_write(st, write_event_restored, &found, err);
}
