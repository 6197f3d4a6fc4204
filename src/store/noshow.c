/* SPDX-License-Identifier: ISC
 *
 * Who had an appointment and did not come. It changes nothing else about the booking.
 */
#include "store/trail.h"

struct noshow {
    int64_t id;
    bool no_show;
    struct instant now;
};

/* May it be said of that booking? */
static enum status check(struct db *db, const struct noshow *noshow, int64_t *ret_account)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT account_id, state, step, start_at FROM bookings WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, noshow->id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "booking", "there is no such booking");
    TRY(status);
    *ret_account = column_i64(&q);
    bool is_settled = column_code(&q, BOOKING_STATE_COUNT) == BOOKING_CONFIRMED;
    is_settled = column_code(&q, STEP_COUNT) == STEP_NONE && is_settled;
    struct instant start = column_instant(&q);
    TRY(q.status);
    if (is_settled && !instant_before(noshow->now, start))
        return OK;
    return error_set(db->err, ERR_CONFLICT, "booking",
                     "a no-show is a confirmed booking whose time has come");
}

static enum status write_noshow(struct db *db, void *arg)
{
    const struct noshow *noshow = arg;
    int64_t account = 0, changed = 0;
    TRY(check(db, noshow, &account));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE bookings SET no_show = ? WHERE id = ? AND no_show <> ?");
    bind_i64(&q, noshow->no_show);
    bind_i64(&q, noshow->id);
    bind_i64(&q, noshow->no_show);
    TRY(query_run(&q, &changed));
    struct audit_event event = {.kind = noshow->no_show ? AUDIT_BOOKING_NO_SHOW
                                                        : AUDIT_BOOKING_NO_SHOW_UNDONE,
                                .account = account,
                                .subject = noshow->id};
    return changed ? audit_add(db, &event) : OK;
}

enum status store_booking_noshow(struct store *st, int64_t id, bool no_show, struct instant now,
                                 struct error *err)
{
    struct noshow noshow = {id, no_show, now};
    return store_write(st, write_noshow, &noshow, err);
}
