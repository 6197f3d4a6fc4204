/* SPDX-License-Identifier: ISC
 *
 * The removal of a connection, and its move to another server: what bookings had through it is let go of.
 */
#include "store/follow.h"
#include "store/outbox.h"

enum { FLIGHT_BATCH = 32 };

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
            query_new(db, "SELECT id, move_start_at, CASE WHEN step = 2 AND undoing = 0 THEN 1"
                          " ELSE 0 END FROM bookings WHERE account_id = ? AND connection_id"
                          " = ? AND step IN (2, 3, 4) AND id > ? ORDER BY id LIMIT ?");
        bind_i64(&q, account);
        bind_i64(&q, connection);
        bind_i64(&q, found[FLIGHT_BATCH - 1].booking);
        bind_i64(&q, FLIGHT_BATCH);
        enum status status;
        for (n = 0; (status = query_step(&q)) == OK; n++) {
            found[n] = (struct attention){column_i64(&q), ATTENTION_UNSURE, now, {0}};
            found[n].moved_to = column_instant(&q);
            is_confirmed[n] = column_i64(&q) != 0;
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
        " FROM bookings WHERE account_id = ? AND connection_id = ? AND (step IN (3, 4)"
        " OR undoing = 1))",
        account, connection, NULL));
    TRY(run_unbind(db,
                   "DELETE FROM booking_calendars WHERE id IN"
                   " (SELECT id FROM bookings WHERE account_id = ? AND connection_id = ?)",
                   account, connection, NULL));
    TRY(run_unbind(
        db,
        "UPDATE bookings SET connection_id = NULL, external_id = NULL, change_key = NULL,"
        " left_behind = CASE WHEN state IN (1, 2) THEN 1 ELSE left_behind END,"
        " state = CASE WHEN step = 4 OR undoing = 1 THEN 3 WHEN state = 1 THEN 2 ELSE state "
        "END,"
        " step = CASE WHEN state = 0 THEN 1 ELSE 0 END, waits = CASE WHEN state = 1 THEN 0 "
        "ELSE waits END,"
        " open_until = CASE WHEN state = 1 THEN NULL ELSE open_until END,"
        " undoing = 0, move_start_at = NULL, move_end_at = NULL"
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
                        "DELETE FROM sync_states WHERE account_id = ? AND connection_id IN"
                        " (SELECT id FROM connections WHERE id = ? OR service_id = ?)",
                        account, connection));
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
