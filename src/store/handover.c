/* SPDX-License-Identifier: ISC */
#include "store/handover.h"

#include "store/booking.h"
#include "store/trail.h"

enum { HANDED_MAX = 2000 }; /* occupancies that are handed over at once */

struct handing {
    int64_t account, user, heir;
    struct text email; /* the heir's */
    struct instant now;
    struct arena a;
};

static void handing_done(struct handing *h)
{
    arena_done(&h->a);
}

/* Run a statement about the user: its values are the heir's number, where it names one, and the user's. */
enum status run_for(struct db *db, const char *sql, int64_t heir, int64_t user,
                    int64_t *ret_changed)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    if (heir)
        bind_i64(&q, heir);
    bind_i64(&q, user);
    return query_run(&q, ret_changed);
}

enum status handover_count(struct db *db, int64_t account, int64_t user, struct instant now,
                           struct handed *ret_handed)
{
    struct query q CLEANUP(query_done) = query_new(
        db,
        "SELECT (SELECT count(*) FROM pages WHERE host_id = ? AND removed = 0),"
        " count(CASE WHEN (state = 2 OR (state = 0 AND waits <> 0)) AND end_at > ? THEN 1 END),"
        " count(CASE WHEN state = 2 AND end_at > ? AND connection_id IS NOT NULL"
        " THEN 1 END),"
        " count(CASE WHEN step <> 0 AND (state <> 0 OR waits = 0) THEN 1 END) FROM bookings"
        " WHERE account_id = ? AND host_id = ?");
    bind_i64(&q, user);
    bind_instant(&q, now);
    bind_instant(&q, now);
    bind_i64(&q, account);
    bind_i64(&q, user);
    TRY(query_step(&q));
    ret_handed->pages = column_i64(&q);
    ret_handed->coming = column_i64(&q);
    ret_handed->events = column_i64(&q);
    ret_handed->in_flight = column_i64(&q);
    return q.status;
}

/* A host's time does not change its host: it is given up and taken again, which the database refuses where the other
 * host's time is taken. */
struct taken {
    int64_t booking, target, page;
    struct instant start, end, slot;
};

static enum status read_taken(struct db *db, struct handing *h, struct taken **ret_taken,
                              size_t *ret_n)
{
    struct taken *taken = ARENA_ARRAY(&h->a, HANDED_MAX, struct taken);
    size_t n = 0;
    enum status status;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT booking_id, target, page_id, start_at, end_at, slot_at"
                      " FROM occupancies WHERE host_id = ? AND end_at > ? LIMIT ?");
    bind_i64(&q, h->user);
    bind_instant(&q, h->now);
    bind_i64(&q, HANDED_MAX + 1);
    while ((status = query_step(&q)) == OK) {
        if (n == HANDED_MAX)
            return error_set(db->err, ERR_LIMIT, "user", "more than %d future bookings",
                             HANDED_MAX);
        struct taken *row = &taken[n++];
        row->booking = column_i64(&q);
        row->target = column_i64(&q);
        row->page = column_i64(&q);
        row->start = column_instant(&q);
        row->end = column_instant(&q);
        row->slot = column_instant(&q);
    }
    *ret_taken = taken;
    *ret_n = n;
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status take(struct db *db, struct handing *h, const struct taken *row)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO occupancies (booking_id, target, host_id, page_id, start_at,"
                      " end_at, slot_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    bind_i64(&q, row->booking);
    bind_i64(&q, row->target);
    bind_i64(&q, h->heir);
    bind_i64(&q, row->page);
    bind_instant(&q, row->start);
    bind_instant(&q, row->end);
    bind_instant(&q, row->slot);
    enum status status = query_insert(&q);
    if (status != ERR_CONFLICT)
        return status;
    struct text id = booking_id_format(&h->a, row->booking);
    return error_set(db->err, status, "user",
                     TEXT_FMT " has another booking at the time of booking " TEXT_FMT
                              ": cancel one of the two first",
                     TEXT_ARG(h->email), TEXT_ARG(id));
}

/* Its event stays where it is, and is hourgate's no more. */
static enum status let_go(struct db *db, int64_t booking)
{
    TRY(run_for(db, "DELETE FROM booking_calendars WHERE id = ?", 0, booking, NULL));
    return run_for(db,
                   "UPDATE bookings SET left_behind = 1, connection_id = NULL,"
                   " external_id = NULL, change_key = NULL"
                   " WHERE id = ? AND connection_id IS NOT NULL",
                   0, booking, NULL);
}

static enum status give_time(struct db *db, struct handing *h)
{
    struct taken *taken;
    size_t n = 0;
    TRY(read_taken(db, h, &taken, &n));
    TRY(run_for(db, "DELETE FROM occupancies WHERE host_id = ?", 0, h->user, NULL));
    for (size_t i = 0; i < n; i++) {
        struct attention attention = {
            .booking = taken[i].booking, .kind = ATTENTION_HANDED_OVER, .at = h->now};
        TRY(take(db, h, &taken[i]));
        TRY(let_go(db, taken[i].booking));
        TRY(run_for(db, "UPDATE bookings SET host_id = ? WHERE id = ?", h->heir,
                    taken[i].booking, NULL));
        TRY(attention_add(db, &attention));
    }
    return OK;
}

enum status hand_over(struct db *db, int64_t account, int64_t user, int64_t heir,
                      struct text heir_email, struct instant now)
{
    struct handing h CLEANUP(handing_done) = {account, user, heir, heir_email, now, {0}};
    TRY(run_for(db, "UPDATE pages SET host_id = ? WHERE host_id = ?", heir, user, NULL));
    TRY(run_for(db, "UPDATE attentions SET host_id = ? WHERE host_id = ?", heir, user, NULL));
    return give_time(db, &h);
}

/* ---- alone ---- */

struct alone {
    const struct user_handover_ask *ask;
    struct instant now;
    int64_t account, user, heir;
    struct handed handed;
};

static enum status find_both(struct db *db, struct alone *alone)
{
    TRY(account_row_find(db, alone->ask->account, &alone->account));
    TRY(user_row_find(db, alone->account, alone->ask->email, &alone->user));
    TRY(user_row_find(db, alone->account, alone->ask->to, &alone->heir));
    TRY(user_enabled(db, alone->heir));
    if (alone->heir == alone->user)
        return error_set(db->err, ERR_INVALID, "user", "hand over to somebody else");
    return handover_count(db, alone->account, alone->user, alone->now, &alone->handed);
}

static enum status hand_alone(struct db *db, void *arg)
{
    struct alone *alone = arg;
    TRY(find_both(db, alone));
    if (alone->handed.in_flight)
        return error_set(db->err, ERR_CONFLICT, "user",
                         "%lld bookings are being written just now: try again in a minute",
                         (long long)alone->handed.in_flight);
    TRY(hand_over(db, alone->account, alone->user, alone->heir, alone->ask->to, alone->now));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_HANDED_OVER,
                                               .account = alone->account,
                                               .subject = alone->user,
                                               .what = alone->ask->to});
}

enum status store_user_handover(struct store *st, const struct user_handover_ask *ask,
                                struct instant now, struct user_handover_answer *ret_counts,
                                struct error *err)
{
    struct alone alone = {.ask = ask, .now = now};
    TRY(value_check(user_handover_ask_shape, ask, err));
    if (ask->forecast) {
        struct db *db CLEANUP(read_end) = read_begin(st, err);
        if (!db)
            return ERR_IO;
        TRY(find_both(db, &alone));
    } else {
        TRY(store_write(st, hand_alone, &alone, err));
    }
    *ret_counts = (struct user_handover_answer){alone.handed.pages, alone.handed.coming,
                                                alone.handed.events, alone.handed.in_flight};
    return OK;
}
