/* SPDX-License-Identifier: ISC
 *
 * A host's time. occupancies_disjoint (schema_ground.c; a trigger or a constraint) refuses what overlaps; here is what goes
 * before it and what is read of it.
 */
#include "store/booking.h"

#include <string.h>

enum status occupancy_check(const struct occupancy *o, struct error *err)
{
    bool fits = o->slot.start.s < o->slot.end.s && o->occupied.start.s <= o->slot.start.s &&
                o->slot.end.s <= o->occupied.end.s &&
                o->occupied.end.s - o->occupied.start.s <= STORE_OCCUPIED_MAX_S &&
                o->day.start.s <= o->slot.start.s && o->slot.start.s < o->day.end.s &&
                o->max_per_day >= 0;
    if (!fits)
        return error_set(err, ERR_INVALID, "booking", "its times do not fit each other");
    return OK;
}

/* Delete the holds that are over by now around it. The whole day, since such a hold must not count against
 * the page's limit either. Their occupancies go with them (ON DELETE CASCADE); only HELD bookings have a
 * time that expires. */
static enum status sweep(struct db *db, const struct occupancy *o, int64_t *ret_swept)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM bookings WHERE id IN (SELECT booking_id FROM occupancies"
                      " WHERE host_id = ? AND start_at > ? AND start_at < ? AND expires_at <= ?"
                      " AND booking_id <> ?)");
    int64_t from = o->day.start.s < o->occupied.start.s ? o->day.start.s : o->occupied.start.s;
    int64_t to = o->day.end.s > o->occupied.end.s ? o->day.end.s : o->occupied.end.s;
    bind_i64(&q, o->host);
    bind_i64(&q, from - STORE_OCCUPIED_MAX_S);
    bind_i64(&q, to);
    bind_instant(&q, o->now);
    bind_i64(&q, o->booking);
    return query_run(&q, ret_swept);
}

enum status page_lock(struct db *db, int64_t page)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM pages WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, page);
    return query_step(&q);
}

/* ERR_CONFLICT where the page's day is full; the booking itself does not count. */
static enum status check_day(struct db *db, const struct occupancy *o)
{
    if (o->max_per_day == 0)
        return OK;
    TRY(page_lock(db, o->page));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(DISTINCT booking_id) FROM occupancies"
                      " WHERE host_id = ? AND start_at > ? AND start_at < ?"
                      " AND page_id = ? AND slot_at >= ? AND slot_at < ? AND booking_id <> ?");
    bind_i64(&q, o->host);
    bind_i64(&q, o->day.start.s - STORE_OCCUPIED_MAX_S);
    bind_i64(&q, o->day.end.s);
    bind_i64(&q, o->page);
    bind_instant(&q, o->day.start);
    bind_instant(&q, o->day.end);
    bind_i64(&q, o->booking);
    TRY(query_step(&q));
    if (column_i64(&q) < o->max_per_day)
        return OK;
    return error_set(db->err, ERR_CONFLICT, "booking", "the page's day is full");
}

static enum status insert(struct db *db, const struct occupancy *o)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO occupancies (booking_id, target, host_id, page_id, start_at,"
                      " end_at, slot_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                      " ON CONFLICT DO NOTHING");
    bind_i64(&q, o->booking);
    bind_i64(&q, o->target);
    bind_i64(&q, o->host);
    bind_i64(&q, o->page);
    bind_instant(&q, o->occupied.start);
    bind_instant(&q, o->occupied.end);
    bind_instant(&q, o->slot.start);
    bind_id(&q, o->expires.s);
    enum status status = query_insert(&q);
    if (status == ERR_CONFLICT)
        return error_set(db->err, status, "booking", "the time is taken");
    return status;
}

static enum status take_once(struct db *db, const struct occupancy *o)
{
    TRY(check_day(db, o));
    return insert(db, o);
}

enum status occupancy_take(struct db *db, const struct occupancy *o)
{
    int64_t swept = 0;
    enum status status = take_once(db, o);
    if (status != ERR_CONFLICT)
        return status;
    TRY(sweep(db, o, &swept)); /* only now: most bookings meet no hold that is over */
    return swept ? take_once(db, o) : ERR_CONFLICT;
}

/* Make room for one more row; what was outgrown stays in a, at most as much again. */
static struct occupied *next_row(struct arena *a, struct occupied_list *list, size_t *room)
{
    if (list->n_rows == *room) {
        struct occupied *grown = ARENA_ARRAY(a, *room ? *room * 2 : 64, struct occupied);
        if (*room)
            memcpy(grown, list->rows, list->n_rows * sizeof *grown);
        list->rows = grown;
        *room = *room ? *room * 2 : 64;
    }
    return &list->rows[list->n_rows++];
}

static void read_occupied(struct query *q, struct occupied *row)
{
    row->occupied.start = column_instant(q);
    row->occupied.end = column_instant(q);
    row->slot_start = column_instant(q);
    row->page = column_i64(q);
}

enum status store_occupied_list(struct store *st, struct arena *a, int64_t host,
                                struct instant from, struct instant to, int64_t except,
                                struct instant now, struct occupied_list *ret_list,
                                struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT start_at, end_at, slot_at, page_id FROM occupancies"
                      " WHERE host_id = ? AND start_at > ? AND start_at < ? AND end_at > ? AND "
                      "booking_id <> ?"
                      " AND (expires_at IS NULL OR expires_at > ?) ORDER BY start_at");
    bind_i64(&q, host);
    bind_i64(&q, from.s - STORE_OCCUPIED_MAX_S);
    bind_instant(&q, to);
    bind_instant(&q, from);
    bind_i64(&q, except);
    bind_instant(&q, now);
    struct occupied_list list = {0};
    size_t room = 0;
    enum status status;
    while ((status = query_step(&q)) == OK) {
        if (list.n_rows == MAX_BUSY)
            return error_set(err, ERR_LIMIT, "booking",
                             "the host has more than %d bookings in one window", MAX_BUSY);
        read_occupied(&q, next_row(a, &list, &room));
    }
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}
