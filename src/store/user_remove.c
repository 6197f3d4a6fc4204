/* SPDX-License-Identifier: ISC
 *
 * Removing a user, in one transaction. The row stays without any name, since past bookings and removed pages refer to
 * it; what is still to come goes to another host, or nothing happens.
 */
#include <string.h>

#include "os/random.h"
#include "store/booking.h"
#include "store/certify.h"
#include "store/erasure.h"
#include "store/trail.h"

enum { HANDED_MAX = 2000 }; /* occupancies that one removal hands over */

struct removal {
    const struct user_remove_ask *ask;
    struct instant now;
    int64_t account, user, heir; /* heir 0: none */
    struct user_remove_answer counts;
    struct erasure_open open;
    struct arena a;
};

static void removal_done(struct removal *r)
{
    arena_done(&r->a);
}

/* Run a statement about the user: its values are the heir's number, where it names one, and the user's. */
static enum status run_for(struct db *db, const char *sql, int64_t heir, int64_t user,
                           int64_t *ret_changed)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    if (heir)
        bind_i64(&q, heir);
    bind_i64(&q, user);
    return query_run(&q, ret_changed);
}

static enum status count_all(struct db *db, struct removal *r)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT (SELECT count(*) FROM pages WHERE host_id = ? AND removed = 0),"
                      " count(CASE WHEN state = 2 AND end_at > ? THEN 1 END),"
                      " count(CASE WHEN step <> 0 THEN 1 END) FROM bookings"
                      " WHERE account_id = ? AND host_id = ?");
    bind_i64(&q, r->user);
    bind_instant(&q, r->now);
    bind_i64(&q, r->account);
    bind_i64(&q, r->user);
    TRY(query_step(&q));
    r->counts.pages = column_i64(&q);
    r->counts.coming = column_i64(&q);
    r->counts.in_flight = column_i64(&q);
    return q.status;
}

static enum status find(struct db *db, struct removal *r)
{
    TRY(account_row_find(db, r->ask->account, &r->account));
    TRY(user_row_find(db, r->account, r->ask->email, &r->user));
    if (r->ask->hand_over_to.n)
        TRY(user_row_find(db, r->account, r->ask->hand_over_to, &r->heir));
    if (r->heir == r->user)
        return error_set(db->err, ERR_INVALID, "user", "hand over to somebody else");
    return count_all(db, r);
}

/* Is there anything that keeps the user? */
static enum status check(struct db *db, const struct removal *r)
{
    bool is_last = false;
    TRY(user_is_last_owner(db, r->account, r->user, &is_last));
    if (is_last)
        return error_set(db->err, ERR_CONFLICT, "user",
                         "the account's last owner stays: make somebody else an owner first "
                         "(hourgate user role), or remove the account");
    if (r->counts.in_flight)
        return error_set(db->err, ERR_CONFLICT, "user",
                         "%lld bookings are being written just now: try again in a minute",
                         (long long)r->counts.in_flight);
    if (r->heir || r->counts.pages + r->counts.coming == 0)
        return OK;
    return error_set(db->err, ERR_CONFLICT, "user",
                     "%lld pages and %lld future bookings: --hand-over-to EMAIL gives them to "
                     "another host; or remove the pages (hourgate page remove) and cancel the "
                     "bookings (hourgate booking cancel) first",
                     (long long)r->counts.pages, (long long)r->counts.coming);
}

/* ---- handing over ---- */

/* A host's time does not change its host: it is given up and taken again, which the database refuses where the other
 * host's time is taken. */
struct taken {
    int64_t booking, target, page;
    struct instant start, end, slot;
};

static enum status read_taken(struct db *db, struct removal *r, struct taken **ret_taken,
                              size_t *ret_n)
{
    struct taken *taken = ARENA_ARRAY(&r->a, HANDED_MAX, struct taken);
    size_t n = 0;
    enum status status;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT booking_id, target, page_id, start_at, end_at, slot_at"
                      " FROM occupancies WHERE host_id = ? AND end_at > ? LIMIT ?");
    bind_i64(&q, r->user);
    bind_instant(&q, r->now);
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

static enum status take(struct db *db, const struct removal *r, const struct taken *row)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO occupancies (booking_id, target, host_id, page_id, start_at,"
                      " end_at, slot_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    bind_i64(&q, row->booking);
    bind_i64(&q, row->target);
    bind_i64(&q, r->heir);
    bind_i64(&q, row->page);
    bind_instant(&q, row->start);
    bind_instant(&q, row->end);
    bind_instant(&q, row->slot);
    enum status status = query_insert(&q);
    if (status != ERR_CONFLICT)
        return status;
    struct text id = booking_id_format(&((struct removal *)r)->a, row->booking);
    return error_set(db->err, status, "user",
                     TEXT_FMT " has another booking at the time of booking " TEXT_FMT
                              ": cancel one of the two first",
                     TEXT_ARG(r->ask->hand_over_to), TEXT_ARG(id));
}

static enum status give_time(struct db *db, struct removal *r)
{
    struct taken *taken;
    size_t n = 0;
    TRY(read_taken(db, r, &taken, &n));
    TRY(run_for(db, "DELETE FROM occupancies WHERE host_id = ?", 0, r->user, NULL));
    for (size_t i = 0; i < n; i++) {
        struct attention attention = {
            .booking = taken[i].booking, .kind = ATTENTION_HANDED_OVER, .at = r->now};
        TRY(take(db, r, &taken[i]));
        TRY(run_for(db, "UPDATE bookings SET host_id = ? WHERE id = ?", r->heir,
                    taken[i].booking, NULL));
        TRY(attention_add(db, &attention));
    }
    return OK;
}

static enum status hand_over(struct db *db, struct removal *r)
{
    if (!r->heir)
        return run_for(db, "DELETE FROM attentions WHERE host_id = ?", 0, r->user, NULL);
    TRY(run_for(db, "UPDATE pages SET host_id = ? WHERE host_id = ?", r->heir, r->user, NULL));
    TRY(run_for(db, "UPDATE attentions SET host_id = ? WHERE host_id = ?", r->heir, r->user,
                NULL));
    return give_time(db, r);
}

/* ---- removing ---- */

/* Their calendar goes first: events stay there as plain ones. */
static enum status disconnect(struct db *db, struct removal *r)
{
    int64_t connection = 0, unbound = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT id FROM connections WHERE user_id = ?");
        bind_i64(&q, r->user);
        enum status status = query_step(&q);
        if (status != OK)
            return status == ERR_NOT_FOUND ? OK : status;
        connection = column_i64(&q);
    }
    TRY(run_for(db, "DELETE FROM connections WHERE id = ?", 0, connection, NULL));
    r->counts.connections = 1;
    return bookings_unbind(db, r->account, connection, r->now, &unbound);
}

/* The row is kept for past bookings, and says nothing any more. */
static enum status blank(struct db *db, struct removal *r)
{
    const struct account_keys *keys;
    struct hash chance;
    struct seal_place email = {.table = "users", .column = "email", .row = r->user};
    struct seal_place name = {.table = "users", .column = "name", .row = r->user};
    random_bytes(chance.at, sizeof chance.at);
    TRY(account_key(db, r->account, &keys));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE users SET removed = 1, role = 0, zone = '', email_hash = ?,"
                      " email = ?, name = ? WHERE id = ?");
    bind_hash(&q, &chance);
    bind_sealed(&q, keys, email, (struct text){0});
    bind_sealed(&q, keys, name, (struct text){0});
    bind_i64(&q, r->user);
    return query_run(&q, NULL);
}

static enum status record(struct db *db, struct removal *r, struct text subject, int64_t tokens)
{
    struct erased tables[] = {{TEXT("users"), 1},
                              {TEXT("connections"), r->counts.connections},
                              {TEXT("tokens"), tokens}};
    struct erasure_facts facts = {.tables = tables, .n_tables = 3};
    r->open = (struct erasure_open){.account = r->account, .kind = ERASURE_USER};
    TRY(erasure_insert(db, &r->open, r->ask->account, subject, r->now, &facts));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_USER_REMOVED,
                                               .account = r->account,
                                               .subject = r->user});
}

static enum status remove_user(struct db *db, void *arg)
{
    struct removal *r = arg;
    const struct account_keys *keys;
    int64_t tokens = 0;
    TRY(find(db, r));
    TRY(check(db, r));
    TRY(account_key(db, r->account, &keys));
    struct hash hash = email_hash(keys, r->ask->email);
    struct text subject = text_hex(&r->a, hash.at, HASH_BYTES);
    TRY(disconnect(db, r));
    TRY(hand_over(db, r));
    TRY(run_for(db, "DELETE FROM tokens WHERE user_id = ?", 0, r->user, &tokens));
    TRY(run_for(db, "DELETE FROM invites WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM recovery_codes WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM second_factors WHERE id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM sign_in_steps WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM sessions WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM passwords WHERE id = ?", 0, r->user, NULL));
    TRY(blank(db, r));
    return record(db, r, subject, tokens);
}

enum status store_user_remove(struct store *st, const struct user_remove_ask *ask,
                              struct instant now, struct user_remove_answer *ret_counts,
                              struct erasure_open *ret_open, struct error *err)
{
    struct removal r CLEANUP(removal_done) = {.ask = ask, .now = now};
    TRY(store_write(st, remove_user, &r, err));
    *ret_counts = r.counts;
    *ret_open = r.open;
    return OK;
}

enum status store_user_forecast(struct store *st, const struct user_remove_ask *ask,
                                struct instant now, struct user_remove_answer *ret_counts,
                                struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct removal r CLEANUP(removal_done) = {.ask = ask, .now = now};
    TRY(find(db, &r));
    *ret_counts = r.counts;
    return OK;
}
