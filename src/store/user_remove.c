/* SPDX-License-Identifier: ISC
 *
 * Removing a user, in one transaction. The row stays without any name, since past bookings and removed pages refer to
 * it; what is still to come goes to another host, or nothing happens.
 */
#include <string.h>

#include "os/random.h"
#include "store/booking.h"
#include "store/certify.h"
#include "store/desk.h"
#include "store/erasure.h"
#include "store/handover.h"
#include "store/trail.h"

struct removal {
    const struct user_remove_ask *ask;
    struct instant now;
    int64_t account, user, heir; /* heir 0: none */
    struct user_remove_answer counts;
    struct handed handed;
    struct erasure_open open;
    struct arena a;
};

static void removal_done(struct removal *r)
{
    arena_done(&r->a);
}

static enum status find(struct db *db, struct removal *r)
{
    TRY(account_row_find(db, r->ask->account, &r->account));
    TRY(user_row_find(db, r->account, r->ask->email, &r->user));
    if (r->ask->hand_over_to.n)
        TRY(user_row_find(db, r->account, r->ask->hand_over_to, &r->heir));
    if (r->heir == r->user)
        return error_set(db->err, ERR_INVALID, "user", "hand over to somebody else");
    TRY(handover_count(db, r->account, r->user, r->now, &r->handed));
    r->counts.pages = r->handed.pages;
    r->counts.coming = r->handed.coming;
    r->counts.in_flight = r->handed.in_flight;
    TRY(user_is_last_owner(db, r->account, r->user, &r->counts.is_last_owner));
    return OK;
}

/* Is there anything that keeps the user? */
static enum status check(struct db *db, const struct removal *r)
{
    if (r->counts.is_last_owner)
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
    TRY(desk_end(db, connection));
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
    if (r->heir)
        TRY(hand_over(db, r->account, r->user, r->heir, r->ask->hand_over_to, r->now));
    else
        TRY(run_for(db, "DELETE FROM attentions WHERE host_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM tokens WHERE user_id = ?", 0, r->user, &tokens));
    TRY(run_for(db, "DELETE FROM invites WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM recovery_codes WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM second_factors WHERE id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM sign_in_steps WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM sessions WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM oauth_flows WHERE user_id = ?", 0, r->user, NULL));
    TRY(run_for(db, "DELETE FROM identities WHERE user_id = ?", 0, r->user, NULL));
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
