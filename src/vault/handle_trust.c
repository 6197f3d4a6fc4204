/* SPDX-License-Identifier: ISC
 *
 * What the public may know of how data is kept, coarsened here: days instead of times, all or not all instead of
 * counts, so that the edge has nothing to tell by which anybody's booking could be seen. The operator's list of
 * servers is made from the connections.
 */
#include "os/clock.h"
#include "store/facts.h"
#include "store/setup.h"
#include "vault/request.h"

enum { DAY_S = 86400 };

static int64_t day_of(struct instant t)
{
    return t.s > 0 ? t.s / DAY_S : 0;
}

enum status handle_trust(struct vault *v, struct request *r, const struct trust_ask *ask,
                         struct trust_answer *answer, struct error *err)
{
    struct store_facts facts;
    struct text location;
    (void)ask;
    TRY(store_facts_read(v->store, &facts, err));
    TRY(store_location_get(v->store, &r->a, &location, err));
    int64_t up_s = (clock_ms() - v->started_ms) / 1000;
    *answer = (struct trust_answer){
        .ready = couriers_attached(&v->couriers),
        .jailed = v->jailed,
        .since_day = day_of(instant_add_s(v->now(), -up_s)),
        .sealing = facts.n_plain ? SEALING_BUT_PLAIN : SEALING_ALL,
        .key_day = day_of(facts.key_since),
        .backup_day = day_of(facts.last_backup),
        .keep_bookings_days = v->keep_bookings_days,
        .keep_audit_days = v->audit.keep_days,
        .audit_day = atomic_load(&v->audit_verified_s) / DAY_S,
        .audit_holds = atomic_load(&v->audit_holds),
        .location = location,
    };
    return OK;
}

/* ---- for the operator ---- */

struct listing {
    struct vault *v;
    struct request *r;
    struct trust_servers_answer *answer;
    struct connection_use *uses;
    size_t n_uses;
};

static struct instant last_use(const struct listing *l, int64_t connection)
{
    size_t from = 0, to = l->n_uses; /* they are in the order of their numbers */
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (l->uses[middle].connection == connection)
            return l->uses[middle].last;
        if (l->uses[middle].connection < connection)
            from = middle + 1;
        else
            to = middle;
    }
    return (struct instant){0};
}

/* Count a connection to a server; the list stops at its maximum. */
static void add_server(struct listing *l, struct text host, enum calendar_kind kind,
                       struct instant last)
{
    struct trust_servers_answer *answer = l->answer;
    size_t i = 0;
    while (i < answer->n_servers &&
           (answer->servers[i].kind != kind || !text_equal(answer->servers[i].host, host)))
        i++;
    if (i == TRUST_SERVERS_MAX)
        return;
    struct trust_server *server = &answer->servers[i];
    if (i == answer->n_servers) {
        *server = (struct trust_server){.host = host, .kind = kind};
        answer->n_servers++;
    }
    server->connections++;
    if (last.s > server->last.s)
        server->last = last;
}

static enum status list_connections(struct listing *l, struct text account, struct error *err)
{
    struct connection_list_ask ask = {.account = account};
    struct connection_list_answer rows = {0};
    do {
        TRY(store_connection_list(l->v->store, &l->r->a, &ask, &rows, err));
        for (size_t i = 0; i < rows.n_rows; i++) {
            const struct connection_row *row = &rows.rows[i];
            ask.after = row->id;
            add_server(l, row->host, row->kind, last_use(l, row->id));
        }
    } while (rows.n_rows == MAX_ROWS);
    return OK;
}

enum status handle_trust_servers(struct vault *v, struct request *r,
                                 const struct trust_servers_ask *ask,
                                 struct trust_servers_answer *answer, struct error *err)
{
    struct listing l = {.v = v, .r = r, .answer = answer};
    struct account_list_answer accounts = {0};
    struct text after = {0};
    (void)ask;
    answer->servers = ARENA_ARRAY(&r->a, TRUST_SERVERS_MAX, struct trust_server);
    TRY(store_connection_uses(v->store, &r->a, &l.uses, &l.n_uses, err));
    do {
        TRY(store_account_list(v->store, &r->a, after, &accounts, err));
        for (size_t i = 0; i < accounts.n_rows; i++) {
            after = accounts.rows[i].slug;
            TRY(list_connections(&l, after, err));
        }
    } while (accounts.n_rows == MAX_ROWS);
    return OK;
}
