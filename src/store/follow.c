/* SPDX-License-Identifier: ISC
 *
 * connections.follow_at is both: when a connection is due, and, put off before anything is asked, whose turn it is.
 * A vault that died leaves it a little in the future.
 */
#include "store/follow.h"

#include "store/booking.h"

static struct seal_place place(const char *column, int64_t id)
{
    return (struct seal_place){.table = "sync_states", .column = column, .row = id};
}

/* ---- turns ---- */

enum status store_follow_due(struct store *st, struct instant now,
                             int64_t ret_ids[static STORE_FOLLOW_DUE_MAX], size_t *ret_n,
                             struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT c.id FROM connections AS c WHERE c.follow_at <= ? AND c.user_id IS NOT NULL"
            " AND c.kind <> 5"
            " AND (EXISTS (SELECT 1 FROM pages AS p WHERE p.host_id = c.user_id"
            " AND p.removed = 0)"
            " OR EXISTS (SELECT 1 FROM bookings AS b JOIN pages AS p ON p.id = b.page_id"
            " WHERE b.connection_id = c.id AND b.end_at > ? AND b.state IN (1, 2)"
            " AND p.follow <> 2)) ORDER BY c.follow_at, c.id LIMIT ?");
    bind_instant(&q, now);
    bind_instant(&q, now);
    bind_i64(&q, STORE_FOLLOW_DUE_MAX);
    enum status status;
    for (*ret_n = 0; (status = query_step(&q)) == OK; (*ret_n)++)
        ret_ids[*ret_n] = column_i64(&q);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_watchable_list(struct store *st, struct instant now,
                                 struct watchable ret_list[static STORE_WATCHABLE_MAX],
                                 size_t *ret_n, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT c.id, s.id FROM connections AS c"
            " JOIN connections AS s ON s.id = COALESCE(c.service_id, c.id)"
            " WHERE c.user_id IS NOT NULL AND s.kind = 0 AND s.state = ? AND s.method <> ?"
            " AND EXISTS (SELECT 1 FROM bookings AS b JOIN pages AS p ON p.id = b.page_id"
            " WHERE b.connection_id = c.id AND b.end_at > ? AND b.state IN (1, 2)"
            " AND p.follow <> 2) ORDER BY s.id, c.id LIMIT ?");
    bind_i64(&q, CONNECTION_OK);
    bind_i64(&q,
             AUTH_OAUTH); /* its token ends long before the stream: such calendars are polled */
    bind_instant(&q, now);
    bind_i64(&q, STORE_WATCHABLE_MAX);
    enum status status;
    size_t n = 0;
    for (; (status = query_step(&q)) == OK; n++) {
        ret_list[n].connection = column_i64(&q);
        ret_list[n].sign_in = column_i64(&q);
    }
    *ret_n = n;
    return status == ERR_NOT_FOUND ? OK : status;
}

struct turn {
    int64_t connection;
    struct instant now, until;
};

static enum status write_take(struct db *db, void *arg)
{
    const struct turn *turn = arg;
    int64_t changed = 0;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET follow_at = ? WHERE id = ? AND follow_at <= ?");
    bind_instant(&q, turn->until);
    bind_i64(&q, turn->connection);
    bind_instant(&q, turn->now);
    TRY(query_run(&q, &changed));
    return changed ? OK : ERR_NOT_FOUND;
}

enum status store_follow_take(struct store *st, int64_t connection, struct instant now,
                              struct instant until, struct error *err)
{
    struct turn turn = {connection, now, until};
    return store_write(st, write_take, &turn, err);
}

static enum status write_put_off(struct db *db, void *arg)
{
    const struct turn *turn = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET follow_at = ? WHERE id = ?");
    bind_instant(&q, turn->until);
    bind_i64(&q, turn->connection);
    return query_run(&q, NULL);
}

enum status store_follow_put_off(struct store *st, int64_t connection, struct instant due,
                                 struct error *err)
{
    struct turn turn = {connection, {0}, due};
    return store_write(st, write_put_off, &turn, err);
}

/* ---- what there is to follow ---- */

/* Whose is it? ERR_NOT_FOUND: the connection is gone. In a write nobody else is at its states until the commit. */
static enum status account_of(struct db *db, int64_t connection, int64_t *ret_account,
                              const struct account_keys **ret_key)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id FROM connections WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, connection);
    TRY(query_step(&q));
    *ret_account = column_i64(&q);
    return account_key(db, *ret_account, ret_key);
}

static enum status account_of_reader(struct db *db, int64_t connection,
                                     const struct account_keys **ret_key)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id FROM connections WHERE id = ?");
    bind_i64(&q, connection);
    TRY(query_step(&q));
    return account_key(db, column_i64(&q), ret_key);
}

static void read_row(struct query *q, struct arena *a, const struct account_keys *key,
                     struct follow_row *row)
{
    row->booking = column_i64(q);
    row->slot.start = column_instant(q);
    row->slot.end = column_instant(q);
    row->step = column_code(q, STEP_COUNT);
    row->event_id = column_sealed(q, a, key, booking_place("external_id", row->booking));
    row->calendar = column_sealed(q, a, key, booking_calendar_place(row->booking));
}

enum status store_follow_list(struct store *st, struct arena *a, int64_t connection,
                              struct instant now, struct follow_list *ret_list,
                              struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    TRY(account_of_reader(db, connection, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT b.id, b.start_at, b.end_at, b.step, b.external_id, k.calendar"
                      " FROM bookings AS b JOIN pages AS p ON p.id = b.page_id"
                      " LEFT JOIN booking_calendars AS k ON k.id = b.id"
                      " WHERE b.connection_id = ? AND b.end_at > ? AND b.state IN (1, 2)"
                      " AND p.follow <> 2 ORDER BY b.end_at, b.id LIMIT ?");
    bind_i64(&q, connection);
    bind_instant(&q, now);
    bind_i64(&q, STORE_FOLLOW_MAX);
    struct follow_list list = {.rows = ARENA_ARRAY(a, STORE_FOLLOW_MAX, struct follow_row)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        read_row(&q, a, key, &list.rows[list.n_rows++]);
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}

/* ---- how far changes are known ---- */

/* Find a calendar's row among those of its connection; what is sealed is told apart by opening it.
 * ERR_NOT_FOUND: there is none. */
static enum status find_state(struct db *db, struct arena *a, const struct account_keys *key,
                              int64_t connection, struct text calendar, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT id, calendar FROM sync_states WHERE connection_id = ? ORDER BY id LIMIT ?");
    bind_i64(&q, connection);
    bind_i64(&q, STORE_SYNC_STATES_MAX);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        int64_t id = column_i64(&q);
        if (text_equal(column_sealed(&q, a, key, place("calendar", id)), calendar) &&
            q.status == OK) {
            *ret_id = id;
            return OK;
        }
    }
    return status;
}

enum status store_sync_state_get(struct store *st, struct arena *a, int64_t connection,
                                 struct text calendar, struct text *ret_state,
                                 struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t id = 0;
    TRY(account_of_reader(db, connection, &key));
    *ret_state = (struct text){0};
    enum status status = find_state(db, a, key, connection, calendar, &id);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT state FROM sync_states WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    *ret_state = column_sealed(&q, a, key, place("state", id));
    return q.status;
}

struct known {
    int64_t connection;
    struct text calendar, state;
    struct instant now;
};

static enum status delete_state(struct db *db, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM sync_states WHERE id = ?");
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

/* Calendars that bookings left long ago make room. */
static enum status drop_oldest(struct db *db, int64_t connection)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "DELETE FROM sync_states WHERE connection_id = ? AND id NOT IN (SELECT id FROM"
            " sync_states WHERE connection_id = ? ORDER BY read_at DESC, id DESC LIMIT ?)");
    bind_i64(&q, connection);
    bind_i64(&q, connection);
    bind_i64(&q, STORE_SYNC_STATES_MAX);
    return query_run(&q, NULL);
}

static enum status insert_state(struct db *db, const struct known *known, int64_t account,
                                const struct account_keys *key)
{
    int64_t id = 0;
    TRY(next_id(db, "sync_states", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO sync_states (id, account_id, connection_id, calendar, state,"
                      " read_at) VALUES (?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, known->connection);
    bind_sealed(&q, key, place("calendar", id), known->calendar);
    bind_sealed(&q, key, place("state", id), known->state);
    bind_instant(&q, known->now);
    TRY(query_run(&q, NULL));
    return drop_oldest(db, known->connection);
}

static enum status write_state(struct db *db, void *arg)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    const struct known *known = arg;
    const struct account_keys *key;
    int64_t account = 0, id = 0;
    TRY(account_of(db, known->connection, &account, &key));
    enum status status = find_state(db, &a, key, known->connection, known->calendar, &id);
    if (status == ERR_NOT_FOUND)
        return known->state.n ? insert_state(db, known, account, key) : OK;
    TRY(status);
    if (!known->state.n)
        return delete_state(db, id);
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE sync_states SET state = ?, read_at = ? WHERE id = ?");
    bind_sealed(&q, key, place("state", id), known->state);
    bind_instant(&q, known->now);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status store_sync_state_set(struct store *st, int64_t connection, struct text calendar,
                                 struct text state, struct instant now, struct error *err)
{
    struct known known = {connection, calendar, state, now};
    const struct changes_ask limits = {.calendar = calendar, .state = state};
    TRY(value_check(changes_ask_shape, &limits, err));
    return store_write(st, write_state, &known, err);
}

_Static_assert(CALENDAR_CONNECTOR == 5,
               "the statements say it in figures: a PC tells by itself");
