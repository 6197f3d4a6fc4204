/* SPDX-License-Identifier: ISC
 *
 *     a report of ...       where it was told     then
 *     a pause               -                     tell, when the state changes
 *     an outage             no, and it is long    tell
 *     an outage             yes                   nothing: once is enough
 *     a mailbox that moved  -                     tell at once, as it says what to do
 *     none                  yes                   tell that it works again
 */
#include "store/outbox.h"
#include "store/trail.h"
#include "wire/codec.h"

/* How it stands in this write. */
struct standing {
    int64_t account, service;
    enum connection_state state;
    struct standing_connection now;
};

static enum status standing_get(struct db *db, int64_t id, struct standing *ret_standing)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT account_id, service_id, state, outage, failing_at, failing_told"
                      " FROM connections WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "connection", "there is no such connection");
    TRY(status);
    ret_standing->account = column_i64(&q);
    ret_standing->service = column_i64(&q);
    ret_standing->state = column_code(&q, CONNECTION_STATE_COUNT);
    ret_standing->now.outage = column_code(&q, OUTAGE_COUNT);
    ret_standing->now.failing_at = column_instant(&q);
    ret_standing->now.told = column_i64(&q) != 0;
    return q.status;
}

/* A state that changed is written down, and a pause told; another problem alone is not worth a row. */
static enum status note_state(struct db *db, const struct connection_report *report,
                              const struct standing *was)
{
    static const enum audit_kind kinds[CONNECTION_STATE_COUNT] = {
        [CONNECTION_OK] = AUDIT_CONNECTION_OK,
        [CONNECTION_REFUSED_ONCE] = AUDIT_CONNECTION_REFUSED,
        [CONNECTION_PAUSED] = AUDIT_CONNECTION_PAUSED,
    };
    const struct audit_event event = {
        .kind = kinds[report->state], .account = was->account, .subject = report->id};
    if (was->state == report->state)
        return OK;
    if (report->state == CONNECTION_PAUSED)
        TRY(outbox_paused(db, was->account, report->id, report->refused_at));
    return audit_add(db, &event);
}

static bool is_long(const struct connection_report *report, struct instant failing_at)
{
    return failing_at.s && report->now.s - failing_at.s >= report->tell_after_s;
}

/* Is its service account down as well, so that those who look after that know, or soon will? */
static enum status is_services(struct db *db, const struct connection_report *report,
                               const struct standing *was, bool *ret_is)
{
    *ret_is = false;
    if (!was->service)
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT failing_at FROM connections WHERE id = ?");
    bind_i64(&q, was->service);
    TRY(query_step(&q));
    *ret_is = is_long(report, column_instant(&q));
    return q.status;
}

/* How it stands from now on; whom that concerns is told. */
static enum status note_outage(struct db *db, const struct connection_report *report,
                               const struct standing *was,
                               struct standing_connection *ret_stands)
{
    struct standing_connection stands = {.outage = report->outage, .told = was->now.told};
    bool is_services_own = false;
    bool has_moved = report->outage == OUTAGE_MOVED && was->now.outage != OUTAGE_MOVED;
    struct instant since = was->now.failing_at;
    if (has_moved && was->now.told) { /* of something else: another mail, from now on */
        stands.told = false;
        since = report->now;
    }
    if (report->outage == OUTAGE_NONE) {
        stands.told = false;
        if (was->now.told)
            TRY(outbox_works(db, was->account, report->id, was->now.failing_at, report->now));
    } else {
        stands.failing_at = since.s ? since : report->now;
        TRY(is_services(db, report, was, &is_services_own));
        if (!stands.told && report->state == CONNECTION_OK && !is_services_own &&
            (has_moved || is_long(report, stands.failing_at))) {
            stands.told = true;
            TRY(outbox_failing(db, was->account, report->id, stands.failing_at, report->now));
        }
    }
    *ret_stands = stands;
    return OK;
}

static enum status write_report(struct db *db, void *arg)
{
    const struct connection_report *report = arg;
    const struct account_keys *key;
    struct standing was = {0};
    struct standing_connection stands;
    TRY(standing_get(db, report->id, &was));
    TRY(account_key(db, was.account, &key));
    TRY(note_state(db, report, &was));
    TRY(note_outage(db, report, &was, &stands));
    struct seal_place place = {.table = "connections", .column = "problem", .row = report->id};
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE connections SET state = ?, refused_at = ?, problem = ?,"
                      " outage = ?, failing_at = ?, failing_told = ? WHERE id = ?");
    bind_i64(&q, report->state);
    bind_instant(&q, report->refused_at);
    bind_sealed(&q, key, place, report->problem);
    bind_i64(&q, stands.outage);
    bind_instant(&q, stands.failing_at);
    bind_i64(&q, stands.told);
    bind_i64(&q, report->id);
    return query_run(&q, NULL);
}

/* Would the write leave all as it is? */
static enum status stands_already(struct store *st, const struct connection_report *report,
                                  bool *ret_does, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct connection_stored now;
    TRY(store_connection_get(st, &a, report->id, &now, err));
    bool tells = report->outage == OUTAGE_NONE
                     ? now.standing.told
                     : !now.standing.told && is_long(report, now.standing.failing_at);
    *ret_does =
        !tells && now.state == report->state && now.refused_at.s == report->refused_at.s &&
        now.standing.outage == report->outage && text_equal(now.problem, report->problem);
    wire_wipe(server_shape, &now.server);
    return OK;
}

enum status store_connection_report(struct store *st, const struct connection_report *report,
                                    struct error *err)
{
    struct connection_report copy = *report;
    bool stands = false;
    if (report->problem.n > MAX_WHAT || !text_is_clean(report->problem) ||
        report->state >= CONNECTION_STATE_COUNT || report->outage >= OUTAGE_COUNT)
        return error_set(err, ERR_INVALID, "connection", "its state breaks the limits");
    TRY(stands_already(st, report, &stands, err));
    return stands ? OK : store_write(st, write_report, &copy, err);
}
