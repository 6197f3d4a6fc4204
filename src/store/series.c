/* SPDX-License-Identifier: ISC
 *
 * Bookings that are entered together. Nobody hears of a series before all of it is certain (outbox.c), so until then it
 * can be undone without a word; whichever way it goes is written down for all of its sessions at once.
 */
#include "store/outbox.h"
#include "store/trail.h"

/* Run a statement about a series that sets step_at and step_node. */
static enum status run_begin(struct db *db, const char *sql, int64_t series, struct instant now,
                             int64_t *ret_changed)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_instant(&q, now);
    bind_text(&q, db_node(db));
    bind_i64(&q, series);
    return query_run(&q, ret_changed);
}

static enum status run_for(struct db *db, const char *sql, int64_t series)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, series);
    return query_run(&q, NULL);
}

enum status series_is_whole(struct db *db, int64_t series, bool *ret_is)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT state FROM bookings WHERE series_id = ? ORDER BY id" FOR_UPDATE);
    bind_i64(&q, series);
    enum status status;
    bool is_whole = true;
    while ((status = query_step(&q)) == OK) {
        enum booking_state state = column_code(&q, BOOKING_STATE_COUNT);
        is_whole = is_whole && state != BOOKING_HELD && state != BOOKING_UNCERTAIN;
    }
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_is = is_whole;
    return q.status;
}

static enum status write_release(struct db *db, void *arg)
{
    const int64_t *series = arg;
    return run_for(db, "DELETE FROM bookings WHERE series_id = ? AND state = 0", *series);
}

enum status store_series_release(struct store *st, int64_t series, struct error *err)
{
    return store_write(st, write_release, &series, err);
}

struct beginning {
    int64_t series;
    size_t n;
    struct instant now;
};

static enum status write_begin(struct db *db, void *arg)
{
    const struct beginning *b = arg;
    int64_t changed = 0;
    TRY(run_begin(db,
                  "UPDATE bookings SET state = 1, step = 2, step_at = ?, step_node = ?"
                  " WHERE series_id = ? AND state = 0",
                  b->series, b->now, &changed));
    if (changed != (int64_t)b->n)
        return error_set(db->err, ERR_CONFLICT, "booking", "it took too long: a hold was over");
    return run_for(db,
                   "UPDATE occupancies SET expires_at = NULL WHERE booking_id IN"
                   " (SELECT id FROM bookings WHERE series_id = ?)",
                   b->series);
}

enum status store_series_begin(struct store *st, int64_t series, size_t n, struct instant now,
                               struct error *err)
{
    struct beginning beginning = {series, n, now};
    return store_write(st, write_begin, &beginning, err);
}

static enum status write_undo(struct db *db, void *arg)
{
    const struct beginning *b = arg;
    bool is_whole = true;
    TRY(series_is_whole(db, b->series, &is_whole));
    if (is_whole)
        return error_set(db->err, ERR_DENIED, "booking", "the whole series is booked");
    return run_begin(
        db,
        "UPDATE bookings SET state = 1, step = 2, undoing = 1, step_at = ?, step_node = ?"
        " WHERE series_id = ? AND (state = 1 AND step = 2 OR state = 2 AND step = 0)",
        b->series, b->now, NULL);
}

enum status store_series_undo(struct store *st, int64_t series, struct instant now,
                              struct error *err)
{
    struct beginning beginning = {series, 0, now};
    return store_write(st, write_undo, &beginning, err);
}

/* List the ids of a series' sessions that start no sooner than one of them, or of all (booking 0). */
static enum status list_ids(struct db *db, int64_t series, int64_t booking,
                            int64_t ret_ids[static MAX_SERIES], size_t *ret_n)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM bookings WHERE series_id = ? AND start_at >= COALESCE("
                      "(SELECT start_at FROM bookings WHERE id = ?), 0)"
                      " ORDER BY start_at, id LIMIT ?");
    bind_i64(&q, series);
    bind_i64(&q, booking);
    bind_i64(&q, MAX_SERIES);
    enum status status;
    for (*ret_n = 0; (status = query_step(&q)) == OK; (*ret_n)++)
        ret_ids[*ret_n] = column_i64(&q);
    return status == ERR_NOT_FOUND ? q.status : status;
}

enum status store_series_list(struct store *st, struct arena *a, int64_t series,
                              struct series_held *ret_list, struct error *err)
{
    int64_t ids[MAX_SERIES];
    size_t n = 0;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(list_ids(db, series, 0, ids, &n));
    ret_list->bookings = ARENA_ARRAY(a, MAX_SERIES, struct booking_stored);
    ret_list->n_bookings = 0;
    for (size_t i = 0; i < n; i++)
        TRY(booking_load(db, a, ids[i], &ret_list->bookings[ret_list->n_bookings++]));
    return OK;
}

/* ---- the rest of a series ---- */

struct cancelling {
    int64_t booking;
    const struct booking_end *ending;
    struct instant now;
    int64_t *ids;
    size_t n;
};

/* What is the booking's series, and is this session to be cancelled still? */
static enum status look_at(struct db *db, int64_t id, int64_t *ret_series, bool *ret_stands)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT series_id, state, step FROM bookings WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "booking", "there is no such booking");
    TRY(status);
    *ret_series = column_i64(&q);
    enum booking_state state = column_code(&q, BOOKING_STATE_COUNT);
    enum booking_step step = column_code(&q, STEP_COUNT);
    TRY(q.status);
    *ret_stands = state == BOOKING_CONFIRMED && step == STEP_NONE;
    if (*ret_stands || state == BOOKING_CANCELLED || step == STEP_CANCEL)
        return OK;
    return error_set(db->err, ERR_CONFLICT, "booking",
                     "a session of the series is being written or moved just now");
}

static enum status write_cancel(struct db *db, void *arg)
{
    struct cancelling *c = *(struct cancelling **)arg;
    int64_t ids[MAX_SERIES], series = 0;
    size_t n = 0;
    bool stands;
    c->n = 0;
    TRY(look_at(db, c->booking, &series, &stands));
    if (!series)
        return error_set(db->err, ERR_CONFLICT, "booking", "the booking is of no series");
    TRY(list_ids(db, series, c->booking, ids, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(look_at(db, ids[i], &series, &stands));
        if (!stands)
            continue;
        TRY(booking_cancel_begin(db, ids[i], c->ending, c->now));
        c->ids[c->n++] = ids[i];
    }
    return outbox_sessions_cancelled(db, c->ids, c->n, c->now);
}

enum status store_series_cancel_begin(struct store *st, int64_t booking,
                                      const struct booking_end *ending, struct instant now,
                                      int64_t ret_ids[static MAX_SERIES], size_t *ret_n,
                                      struct error *err)
{
    struct cancelling cancelling = {booking, ending, now, ret_ids, 0};
    struct cancelling *at = &cancelling;
    TRY(store_write(st, write_cancel, &at, err));
    *ret_n = cancelling.n;
    return OK;
}
