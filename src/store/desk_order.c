/* SPDX-License-Identifier: ISC
 *
 * What a PC is to do in its calendar. A booking has one order at most, and the newest one counts: each has a number of its
 * own, and what is said of an earlier one changes nothing.
 *
 *     CREATE   the booking is REQUESTED    written: CONFIRMED; else it has not come about
 *              it ends otherwise before    seen by the PC: a REMOVE instead; else nothing
 *     UPDATE   its step is MOVE            settle.c goes on by what is found here
 *              nobody answered in time     seen by the PC: an UPDATE back to where it stood; else nothing
 *     REMOVE   its step is CANCEL          likewise; refused: again
 *
 * An order that belongs to no step of its booking takes back what may have been written. Nobody waits for it.
 */
#include "store/desk_inner.h"

#include "store/outbox.h"
#include "store/trail.h"

enum state { WAITS, SEEN, WRITTEN, BUSY, GONE, FAILED, STATE_COUNT };

struct order {
    int64_t number, account, desk, booking;
    enum desk_order_kind kind;
    enum state state;
    struct slot slot;
    struct instant until;
    struct text event_id; /* in the reader's arena */
};

static struct seal_place event_place(int64_t id)
{
    return (struct seal_place){.table = "desk_orders", .column = "event_id", .row = id};
}

#define ORDER_COLUMNS                                                                          \
    "SELECT id, account_id, desk_id, booking_id, kind, state, start_at, end_at, until_at,"     \
    " event_id FROM desk_orders"

static enum status read_order(struct query *q, struct arena *a, struct order *ret_order)
{
    const struct account_keys *keys;
    struct order o = {.number = column_i64(q), .account = column_i64(q)};
    TRY(account_key(q->db, o.account, &keys));
    o.desk = column_i64(q);
    o.booking = column_i64(q);
    o.kind = column_code(q, DESK_ORDER_KIND_COUNT);
    o.state = column_code(q, STATE_COUNT);
    o.slot.start = column_instant(q);
    o.slot.end = column_instant(q);
    o.until = column_instant(q);
    o.event_id = column_sealed(q, a, keys, event_place(o.number));
    TRY(q->status);
    *ret_order = o;
    return OK;
}

/* The order of a booking. ERR_NOT_FOUND, without a line. */
static enum status order_of(struct db *db, struct arena *a, int64_t booking,
                            struct order *ret_order)
{
    struct query q CLEANUP(query_done) = query_new(db, ORDER_COLUMNS " WHERE booking_id = ?");
    bind_i64(&q, booking);
    TRY(query_step(&q));
    return read_order(&q, a, ret_order);
}

static enum status run_for(struct db *db, const char *sql, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

/* Put an order in the place of whichever its booking has. */
static enum status put(struct db *db, const struct order *o)
{
    int64_t id;
    TRY(run_for(db, "DELETE FROM desk_orders WHERE booking_id = ?", o->booking));
    TRY(next_id(db, "desk_orders", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO desk_orders (id, account_id, desk_id, booking_id, kind,"
                      " start_at, end_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, o->account);
    bind_i64(&q, o->desk);
    bind_i64(&q, o->booking);
    bind_i64(&q, o->kind);
    bind_instant(&q, o->slot.start);
    bind_instant(&q, o->slot.end);
    bind_instant(&q, o->until);
    return query_run(&q, NULL);
}

/* What may have been written is taken back; what was not seen is not there. */
static enum status take_back(struct db *db, const struct order *o, enum desk_order_kind kind,
                             struct slot slot)
{
    struct order back = *o;
    if (o->state == WAITS)
        return run_for(db, "DELETE FROM desk_orders WHERE booking_id = ?", o->booking);
    back.kind = kind;
    back.slot = slot;
    back.until = instant_add_s(slot.end, DESK_REMOVE_S);
    return put(db, &back);
}

enum status desk_call_off(struct db *db, int64_t booking)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct order o;
    enum status status = order_of(db, &a, booking, &o);
    if (status == ERR_NOT_FOUND || (status == OK && o.kind != DESK_CREATE))
        return OK;
    TRY(status);
    return take_back(db, &o, DESK_REMOVE, o.slot);
}

enum status desk_settled(struct db *db, int64_t booking)
{
    return run_for(db, "DELETE FROM desk_orders WHERE booking_id = ? AND state > 1", booking);
}

/* ---- a new booking ---- */

struct creation {
    int64_t booking;
    struct instant until, now;
};

static enum status write_request(struct db *db, const struct creation *c)
{
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "UPDATE bookings SET by_mail = CASE WHEN waits = 2 THEN 1 ELSE by_mail"
                " END, waits = 1, step_at = ?, open_until = ? WHERE id = ?");
        bind_instant(&q, c->now);
        bind_instant(&q, c->until);
        bind_i64(&q, c->booking);
        TRY(query_run(&q, NULL));
    }
    return run_for(db, "UPDATE occupancies SET expires_at = NULL WHERE booking_id = ?",
                   c->booking);
}

static enum status write_create(struct db *db, void *arg)
{
    const struct creation *c = arg;
    struct arena a CLEANUP(arena_wipe) = {0};
    struct booking_standing s;
    struct order o;
    TRY(booking_standing_get(db, c->booking, &s));
    enum status status = order_of(db, &a, c->booking, &o);
    if (status == OK && o.kind == DESK_CREATE)
        return OK;
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    bool waits = s.state == BOOKING_HELD || s.state == BOOKING_REQUESTED ||
                 s.state == BOOKING_UNVERIFIED;
    if (!waits || !s.connection)
        return error_set(db->err, ERR_DENIED, "booking", "its state does not allow that");
    o = (struct order){.account = s.account,
                       .desk = s.connection,
                       .booking = c->booking,
                       .kind = DESK_CREATE,
                       .slot = s.slot,
                       .until = c->until};
    TRY(write_request(db, c));
    TRY(put(db, &o));
    if (s.state == BOOKING_REQUESTED) /* its customer was told when they asked */
        return OK;
    TRY(outbox_at_desk(db, c->booking, c->now));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_BOOKING_REQUESTED,
                                               .account = s.account,
                                               .subject = c->booking});
}

enum status store_desk_create(struct store *st, int64_t booking, struct instant until,
                              struct instant now, struct error *err)
{
    struct creation creation = {booking, until, now};
    return store_write(st, write_create, &creation, err);
}

/* ---- changes of what stands ---- */

/* What became of an order, for whoever asks again and again. */
static enum status outcome(struct db *db, const struct order *o, struct event_ref *ret_ref)
{
    switch (o->state) {
    case WAITS:
    case SEEN:
        return error_set(db->err, ERR_UNCERTAIN, "connector", "the PC has not said yet");
    case WRITTEN:
        *ret_ref =
            (struct event_ref){.id = o->event_id, .start = o->slot.start, .end = o->slot.end};
        return OK;
    case BUSY:
        return error_set(db->err, ERR_CONFLICT, "connector", "the PC found the time taken");
    case GONE:
        return error_set(db->err, ERR_NOT_FOUND, "connector",
                         "the event is not there any more");
    case FAILED:
    case STATE_COUNT:
        break;
    }
    return error_set(db->err, ERR_UPSTREAM, "connector", "the calendar on the PC refused");
}

struct changing {
    const struct desk_change *change;
    struct instant now;
    struct arena *a;
    struct event_ref ref;
    enum status found; /* what became of it */
};

/* Where does a booking stand, and with which event? */
struct stand {
    int64_t account;
    enum booking_step step;
    struct slot slot;
    struct instant move_to;
    struct text event_id;
};

static enum status stand_get(struct db *db, struct arena *a, int64_t booking, struct stand *s)
{
    const struct account_keys *keys;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id, CASE WHEN undoing = 1 THEN 5 ELSE step END, start_at,"
                      " end_at, move_start_at, external_id FROM bookings WHERE id = ?");
    bind_i64(&q, booking);
    TRY(query_step(&q));
    s->account = column_i64(&q);
    TRY(account_key(db, s->account, &keys));
    s->step = column_code(&q, STEP_COUNT);
    s->slot.start = column_instant(&q);
    s->slot.end = column_instant(&q);
    s->move_to = column_instant(&q);
    s->event_id = column_sealed(&q, a, keys, booking_place("external_id", booking));
    return q.status;
}

static bool is_same(const struct order *o, const struct desk_change *c)
{
    return o->kind == c->kind && (c->kind == DESK_REMOVE || o->slot.start.s == c->slot.start.s);
}

static enum status write_change(struct db *db, void *arg)
{
    struct changing *c = arg;
    const struct desk_change *change = c->change;
    struct order o;
    struct stand stand;
    struct desk_stored desk;
    enum status status = order_of(db, c->a, change->booking, &o);
    if (status == OK && is_same(&o, change)) {
        bool is_over = o.state < WRITTEN && o.until.s < c->now.s;
        if (!is_over)
            c->found = outcome(db, &o, &c->ref);
        else if (change->kind == DESK_REMOVE)
            c->found = OK; /* long past */
        else
            c->found = error_set(db->err, ERR_TIMEOUT, "connector", "the PC did not answer");
        if (!is_over || change->kind == DESK_REMOVE)
            return OK;
        TRY(stand_get(db, c->a, change->booking, &stand));
        return take_back(db, &o, DESK_UPDATE, stand.slot);
    }
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    TRY(desk_get(db, change->desk, &desk));
    o = (struct order){.account = desk.account,
                       .desk = change->desk,
                       .booking = change->booking,
                       .kind = change->kind,
                       .slot = change->slot,
                       .until = change->until};
    c->found = ERR_UNCERTAIN;
    return put(db, &o);
}

enum status store_desk_change(struct store *st, struct arena *a,
                              const struct desk_change *change, struct instant now,
                              struct event_ref *ret_ref, struct error *err)
{
    struct changing c = {.change = change, .now = now, .a = a, .found = ERR_IO};
    TRY(store_write(st, write_change, &c, err));
    if (c.found == OK)
        *ret_ref = c.ref;
    return c.found == ERR_UNCERTAIN
               ? error_set(err, c.found, "connector", "the PC has not said yet")
               : c.found;
}

/* ---- finding ---- */

/* A move that nobody answered in time. */
static enum status write_expired(struct db *db, void *arg)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    int64_t booking = *(int64_t *)arg;
    struct stand stand;
    struct order o;
    enum status status = order_of(db, &a, booking, &o);
    if (status == ERR_NOT_FOUND || (status == OK && o.state >= WRITTEN))
        return OK;
    TRY(status);
    TRY(stand_get(db, &a, booking, &stand));
    return take_back(db, &o, DESK_UPDATE, stand.slot);
}

static enum status find(struct db *db, struct arena *a, int64_t booking, struct instant now,
                        struct event_ref *ret_ref, bool *ret_is_over)
{
    struct stand s;
    struct order o = {0};
    struct event_ref ref = {0};
    enum status status = stand_get(db, a, booking, &s);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "connector", "there is no such booking");
    TRY(status);
    status = order_of(db, a, booking, &o);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    bool moves = status == OK && s.step == STEP_MOVE && o.kind == DESK_UPDATE &&
                 o.slot.start.s == s.move_to.s;
    *ret_is_over = moves && o.state < WRITTEN && o.until.s < now.s;
    status = moves && !*ret_is_over ? outcome(db, &o, &ref) : ERR_CONFLICT;
    if (status == OK || status == ERR_UNCERTAIN || status == ERR_NOT_FOUND) {
        *ret_ref = ref;
        return status;
    }
    if (!s.event_id.n)
        return error_set(db->err, ERR_NOT_FOUND, "connector", "no event was written");
    *ret_ref = (struct event_ref){.id = s.event_id, .start = s.slot.start, .end = s.slot.end};
    return OK;
}

enum status store_desk_find(struct store *st, struct arena *a, int64_t booking,
                            struct instant now, struct event_ref *ret_ref, struct error *err)
{
    enum status status;
    bool is_over = false;
    {
        struct db *db CLEANUP(read_end) = read_begin(st, err);
        status = db ? find(db, a, booking, now, ret_ref, &is_over) : ERR_IO;
    }
    if (is_over)
        TRY(store_write(st, write_expired, &booking, err));
    return status;
}

/* ---- handing out ---- */

enum status store_desk_has_orders(struct store *st, int64_t desk, bool *ret_has,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM desk_orders WHERE desk_id = ? AND state < 2 LIMIT 1");
    bind_i64(&q, desk);
    enum status status = query_step(&q);
    *ret_has = status == OK;
    return status == ERR_NOT_FOUND ? OK : status;
}

struct pull {
    int64_t desk;
    struct instant now;
    struct desk_order_row *rows;
    size_t n;
    bool more;
};

static enum status write_pull(struct db *db, void *arg)
{
    struct pull *p = arg;
    {
        struct query q CLEANUP(query_done) = query_new(
            db, "SELECT id, booking_id, kind, start_at, end_at, until_at FROM desk_orders"
                " WHERE desk_id = ? AND state < 2 AND until_at > ? ORDER BY id LIMIT ?");
        bind_i64(&q, p->desk);
        bind_instant(&q, p->now);
        bind_i64(&q, DESK_ORDERS_MAX + 1);
        enum status status;
        p->more = false;
        for (p->n = 0; (status = query_step(&q)) == OK && !p->more;) {
            p->more = p->n == DESK_ORDERS_MAX;
            if (p->more)
                break;
            struct desk_order_row *row = &p->rows[p->n++];
            row->number = column_i64(&q);
            row->booking = column_i64(&q);
            row->kind = column_code(&q, DESK_ORDER_KIND_COUNT);
            row->slot.start = column_instant(&q);
            row->slot.end = column_instant(&q);
            row->until = column_instant(&q);
        }
        if (status != OK && status != ERR_NOT_FOUND)
            return status;
    }
    for (size_t i = 0; i < p->n; i++)
        TRY(run_for(db, "UPDATE desk_orders SET state = 1 WHERE id = ?", p->rows[i].number));
    return OK;
}

enum status store_desk_pull(struct store *st, int64_t desk, struct instant now,
                            struct desk_order_row ret_rows[static DESK_ORDERS_MAX],
                            size_t *ret_n, bool *ret_more, struct error *err)
{
    struct pull pull = {.desk = desk, .now = now, .rows = ret_rows};
    bool has = false;
    TRY(store_desk_has_orders(st, desk, &has, err));
    if (has)
        TRY(store_write(st, write_pull, &pull, err));
    *ret_n = pull.n;
    *ret_more = pull.more;
    return OK;
}

/* ---- what became of them ---- */

struct doing {
    int64_t desk;
    const struct desk_done *said;
    struct instant now;
    int64_t booking; /* whose step goes on */
};

/* The booking is confirmed, or it has not come about; one that is gone meanwhile is nobody's. */
static enum status end_create(struct db *db, const struct doing *d, const struct order *o)
{
    const struct booking_end not_made = {.how = ENDED_NOT_MADE};
    const struct event_ref ref = {
        .id = d->said->id, .start = o->slot.start, .end = o->slot.end};
    TRY(run_for(db, "DELETE FROM desk_orders WHERE id = ?", o->number));
    enum status status = d->said->outcome == DESK_WRITTEN
                             ? booking_confirm(db, o->booking, &ref, d->now)
                             : booking_end_request(db, o->booking, &not_made, d->now);
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status end_change(struct db *db, const struct doing *d, const struct order *o)
{
    static const enum state states[DESK_OUTCOME_COUNT] = {[DESK_WRITTEN] = WRITTEN,
                                                          [DESK_BUSY] = BUSY,
                                                          [DESK_GONE] = GONE,
                                                          [DESK_FAILED] = FAILED};
    enum state state = states[d->said->outcome];
    const struct account_keys *keys;
    if (o->kind == DESK_REMOVE)
        state = state == FAILED || state == BUSY ? WAITS : WRITTEN;
    TRY(account_key(db, o->account, &keys));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE desk_orders SET state = ?, event_id = ? WHERE id = ?");
    bind_i64(&q, state);
    if (d->said->id.n)
        bind_sealed(&q, keys, event_place(o->number), d->said->id);
    else
        bind_null(&q);
    bind_i64(&q, o->number);
    return query_run(&q, NULL);
}

/* Does a step of its booking wait for it? */
static enum status is_awaited(struct db *db, struct arena *a, const struct order *o,
                              bool *ret_is)
{
    struct stand s;
    enum status status = stand_get(db, a, o->booking, &s);
    *ret_is =
        status == OK &&
        ((o->kind == DESK_UPDATE && s.step == STEP_MOVE && s.move_to.s == o->slot.start.s) ||
         (o->kind == DESK_REMOVE && (s.step == STEP_CANCEL || s.step == STEP_UNDO)));
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status write_done(struct db *db, void *arg)
{
    struct doing *d = arg;
    struct arena a CLEANUP(arena_wipe) = {0};
    struct order o;
    bool awaited = false;
    d->booking = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, ORDER_COLUMNS " WHERE id = ?" FOR_UPDATE);
        bind_i64(&q, d->said->number);
        enum status status = query_step(&q);
        if (status == ERR_NOT_FOUND)
            return OK;
        TRY(status);
        TRY(read_order(&q, &a, &o));
    }
    if (o.desk != d->desk || o.state >= WRITTEN)
        return OK;
    if (o.kind == DESK_CREATE && d->said->outcome == DESK_WRITTEN && !d->said->id.n)
        return error_set(db->err, ERR_INVALID, "connector", "what was written has an id");
    if (o.kind == DESK_CREATE)
        return end_create(db, d, &o);
    TRY(is_awaited(db, &a, &o, &awaited));
    d->booking = awaited ? o.booking : 0;
    bool fails = o.kind == DESK_REMOVE && d->said->outcome != DESK_WRITTEN &&
                 d->said->outcome != DESK_GONE;
    if (!awaited && !fails)
        return run_for(db, "DELETE FROM desk_orders WHERE id = ?", o.number);
    return end_change(db, d, &o);
}

enum status store_desk_done(struct store *st, int64_t desk, const struct desk_done *done,
                            struct instant now, int64_t *ret_booking, struct error *err)
{
    struct doing doing = {.desk = desk, .said = done, .now = now};
    TRY(value_check(desk_done_shape, done, err));
    TRY(store_write(st, write_done, &doing, err));
    *ret_booking = doing.booking;
    return OK;
}

_Static_assert(WAITS == 0 && SEEN == 1 && WRITTEN == 2 && STEP_UNDO == 5,
               "the statements say it in figures");
