/* SPDX-License-Identifier: ISC
 *
 * Auto-sync: a journal of intervals. Each part says on which state it builds, so that one that was lost is noticed and
 * one that comes twice changes nothing; a full sync counts once its last part has come, and until then nothing does.
 */
#include "store/desk_inner.h"

#include "wire/codec.h"

enum {
    INTERVAL_BYTES = 64,
    INTERVALS_MAX = MAX_BUSY - 2, /* of one connector; what is not covered makes two more */
};

static struct seal_place busy_place(int64_t id)
{
    return (struct seal_place){.table = "desk_intervals", .column = "busy", .row = id};
}

/* ---- pushing ---- */

struct push {
    int64_t id;
    const struct desk_push *said;
    struct instant now;
    struct desk_push_answer answer;
};

static enum status superseded(struct db *db)
{
    return error_set(db->err, ERR_CONFLICT, "connector", "the journal begins anew");
}

static enum status delete_interval(struct db *db, int64_t desk, int64_t key)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM desk_intervals WHERE desk_id = ? AND journal_key = ?");
    bind_i64(&q, desk);
    bind_i64(&q, key);
    return query_run(&q, NULL);
}

static enum status insert_interval(struct db *db, const struct account_keys *keys,
                                   const struct desk_stored *desk,
                                   const struct desk_interval *interval)
{
    const struct busy busy = {interval->start, interval->end, interval->status};
    struct buf bytes CLEANUP(buf_wipe) = BUF(INTERVAL_BYTES);
    int64_t id;
    ENSURE(wire_encode(&bytes, busy_shape, &busy) == OK);
    TRY(next_id(db, "desk_intervals", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO desk_intervals (id, account_id, desk_id, journal_key, busy)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, desk->account);
    bind_i64(&q, desk->id);
    bind_i64(&q, interval->key);
    bind_sealed(&q, keys, busy_place(id), buf_text(&bytes));
    return query_run(&q, NULL);
}

static enum status check_room(struct db *db, int64_t desk)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM desk_intervals WHERE desk_id = ?");
    bind_i64(&q, desk);
    TRY(query_step(&q));
    return column_i64(&q) <= INTERVALS_MAX ? OK
                                           : error_set(db->err, ERR_INVALID, "connector",
                                                       "more than %d intervals", INTERVALS_MAX);
}

static enum status apply(struct db *db, const struct desk_stored *desk,
                         const struct desk_push *said)
{
    const struct account_keys *keys;
    TRY(account_key(db, desk->account, &keys));
    for (size_t i = 0; i < said->n_intervals; i++) {
        const struct desk_interval *interval = &said->intervals[i];
        if (!said->is_full || said->base)
            TRY(delete_interval(db, desk->id, interval->key));
        if (!interval->is_removed)
            TRY(insert_interval(db, keys, desk, interval));
    }
    return said->n_intervals ? check_room(db, desk->id) : OK;
}

/* How far the journal is now, what of the calendar it covers, and until when that counts. */
static enum status advance(struct db *db, struct push *p, const struct desk_stored *desk)
{
    const struct desk_push *said = p->said;
    bool is_synced = said->is_full ? !said->more : desk->is_synced;
    int64_t lease_s = desk->mode.only_here ? DESK_LEASE_LONG_S : DESK_LEASE_S;
    p->answer.sequence = said->sequence;
    p->answer.lease_until = instant_add_s(p->now, lease_s);
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE desks SET sequence = ?, synced = ?, from_at = ?, to_at = ?,"
                      " lease_until = ? WHERE id = ?");
    bind_i64(&q, said->sequence);
    bind_i64(&q, is_synced);
    bind_instant(&q, said->from);
    bind_instant(&q, said->to);
    bind_instant(&q, p->answer.lease_until);
    bind_i64(&q, p->id);
    return query_run(&q, NULL);
}

static enum status write_push(struct db *db, void *arg)
{
    struct push *p = arg;
    const struct desk_push *said = p->said;
    struct desk_stored desk;
    TRY(desk_get(db, p->id, &desk));
    bool takes = desk.mode.mode == DESK_AUTO || desk.mode.may_fall_back;
    bool begins = said->is_full && said->base == 0;
    if (!takes || said->epoch != desk.epoch)
        return superseded(db);
    if (!begins &&
        (said->base != desk.sequence || desk.sequence == 0 || said->is_full == desk.is_synced))
        return superseded(db);
    if (begins) {
        struct query q CLEANUP(query_done) =
            query_new(db, "DELETE FROM desk_intervals WHERE desk_id = ?");
        bind_i64(&q, p->id);
        TRY(query_run(&q, NULL));
    }
    TRY(apply(db, &desk, said));
    TRY(advance(db, p, &desk));
    return OK;
}

/* Is it a part of a journal at all? */
static enum status check_push(const struct desk_push *said, struct error *err)
{
    bool is_idle = said->sequence == said->base && !said->n_intervals && !said->is_full;
    bool fits = said->base >= 0 && (said->sequence > said->base || is_idle) &&
                said->from.s < said->to.s && (said->is_full || !said->more);
    for (size_t i = 0; i < said->n_intervals && fits; i++) {
        const struct desk_interval *interval = &said->intervals[i];
        fits = interval->is_removed ? !said->is_full : interval->start.s < interval->end.s;
    }
    return fits ? OK
                : error_set(err, ERR_INVALID, "connector", "the push does not fit together");
}

enum status store_desk_push(struct store *st, int64_t id, const struct desk_push *push,
                            struct instant now, struct desk_push_answer *ret_answer,
                            struct error *err)
{
    struct push p = {.id = id, .said = push, .now = now};
    TRY(value_check(desk_push_shape, push, err));
    TRY(check_push(push, err));
    TRY(store_write(st, write_push, &p, err));
    *ret_answer = p.answer;
    return OK;
}

/* ---- reading ---- */

static void add_busy(struct busy_answer *list, struct instant start, struct instant end,
                     enum busy_status status)
{
    if (instant_before(start, end))
        list->busy[list->n_busy++] = (struct busy){start, end, status};
}

/* What lies outside of what was pushed is not known. */
static void add_unknown(struct busy_answer *list, struct slot window, struct slot covered)
{
    struct instant until =
        instant_before(window.end, covered.start) ? window.end : covered.start;
    struct instant from =
        instant_before(covered.end, window.start) ? window.start : covered.end;
    add_busy(list, window.start, until, BUSY_NO_DATA);
    add_busy(list, from, window.end, BUSY_NO_DATA);
}

static enum status read_intervals(struct db *db, struct arena *a,
                                  const struct desk_stored *desk, struct slot window,
                                  struct slot own, struct busy_answer *list)
{
    const struct account_keys *keys;
    TRY(account_key(db, desk->account, &keys));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, busy FROM desk_intervals WHERE desk_id = ? LIMIT ?");
    bind_i64(&q, desk->id);
    bind_i64(&q, INTERVALS_MAX);
    enum status status;
    bool left_out = own.start.s == own.end.s;
    while ((status = query_step(&q)) == OK) {
        struct busy busy = {{0}, {0}, BUSY_NO_DATA};
        int64_t id = column_i64(&q);
        column_sealed_wire(&q, a, keys, busy_place(id), busy_shape, &busy);
        TRY(q.status);
        bool is_own = !left_out && busy.start.s == own.start.s && busy.end.s == own.end.s;
        left_out = left_out || is_own;
        if (is_own || !instant_before(busy.start, window.end) ||
            !instant_before(window.start, busy.end))
            continue;
        add_busy(list, instant_before(busy.start, window.start) ? window.start : busy.start,
                 instant_before(window.end, busy.end) ? window.end : busy.end, busy.status);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_desk_busy(struct store *st, struct arena *a, int64_t id, struct slot window,
                            struct slot own, struct instant now, struct busy_answer *ret_busy,
                            struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    struct desk_stored desk;
    if (!db)
        return ERR_IO;
    TRY(desk_get(db, id, &desk));
    if (!desk.is_synced)
        return error_set(err, ERR_NO_DATA, "connector", "no full sync is complete yet");
    if (!instant_before(now, desk.lease_until))
        return error_set(err, ERR_NO_DATA, "connector",
                         "the PC has not been heard for too long");
    struct busy_answer list = {.busy = ARENA_ARRAY(a, MAX_BUSY, struct busy)};
    add_unknown(&list, window, desk.covered);
    TRY(read_intervals(db, a, &desk, window, own, &list));
    *ret_busy = list;
    return OK;
}
