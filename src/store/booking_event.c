/* SPDX-License-Identifier: ISC
 *
 * What a host did to a booked event in their calendar, and what becomes of its booking. Each write goes by how the
 * booking stood when the event was looked for.
 */
#include "store/booking_step.h"
#include "store/follow.h"
#include "store/outbox.h"
#include "store/trail.h"

/* Is the booking as it was when its event was looked for? */
static enum status check_unchanged(struct db *db, const struct found_event *found,
                                   struct booking_standing *ret_standing)
{
    TRY(booking_standing_get(db, found->booking, ret_standing));
    bool is_same = step_is_settled(ret_standing) && ret_standing->connection &&
                   ret_standing->sequence == found->sequence &&
                   ret_standing->slot.start.s == found->slot.start.s &&
                   ret_standing->slot.end.s == found->slot.end.s;
    return is_same ? OK : step_denied(db);
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
    TRY(step_check_ref(&found->ref, err));
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
        TRY(step_write_cancelled(db, &change));
        TRY(booking_write_end(db, found->booking, s.account, &by_host));
        TRY(outbox_cancelled(db, found->booking, true, found->now));
        return step_audit(db, AUDIT_BOOKING_CANCELLED, &s, found->booking);
    }
    TRY(take_event_time(db, found, &s, &taken));
    if (!taken)
        return cannot_follow(db, found, &s);
    TRY(step_occupy_target(db, found->booking));
    TRY(write_slot(db, found));
    TRY(step_write_ref(db, &change, &s));
    TRY(outbox_moved(db, found->booking, s.slot, true, found->now));
    return step_audit(db, AUDIT_BOOKING_MOVED, &s, found->booking);
}

enum status store_event_follow(struct store *st, const struct found_event *found,
                               struct error *err)
{
    TRY(step_check_ref(&found->ref, err));
    return store_write(st, write_event_follow, &found, err);
}

static enum status write_event_forget(struct db *db, void *arg)
{
    const struct found_event *found = *(const struct found_event **)arg;
    struct booking_standing s;
    TRY(check_unchanged(db, found, &s));
    return step_run_for(
        db, "UPDATE bookings SET external_id = NULL, change_key = NULL WHERE id = ?",
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
    TRY(step_write_ref(db, &change, &s));
    return step_audit(db, AUDIT_EVENT_RESTORED, &s, found->booking);
}

enum status store_event_restored(struct store *st, const struct found_event *found,
                                 struct error *err)
{
    TRY(step_check_ref(&found->ref, err));
    return store_write(st, write_event_restored, &found, err);
}
