/* SPDX-License-Identifier: ISC
 *
 * A connection's gate lives in memory, its state in the store:
 *
 *             refused                refused again, by the one retry; or at once, where a grant is over
 *     OK ───────────────▶ REFUSED_ONCE ───────────────▶ PAUSED
 *      ◀───────────────────────┘ went well                │
 *      ◀──────────────────────────────────────────────────┘ password replaced, or the doctor's success
 *
 * A refusal counts only for the password that it was about (version), and pauses only where it was the
 * retry itself that was refused: of several jobs that were out at once, all are refused, and that is one
 * refusal. A connection that goes through a service account passes that account's gate, and the state is
 * that account's.
 */
#include "vault/gate.h"

#include <stdio.h>
#include <stdlib.h>

#include "os/log.h"
#include "os/random.h"
#include "vault/wait.h"
#include "wire/codec.h"

struct gate {
    int64_t connection;
    enum calendar_kind kind; /* once sign_in is known */
    int64_t sign_in;         /* whose gate its jobs pass; 0: not known yet. It never changes */
    uint64_t version;        /* of its password, as far as this process saw it change */
    bool proved;             /* a sign-in went well since the last doubt */
    bool proving;            /* a job is out that will tell */
    size_t n_inside;         /* jobs that are out, or wait to go */
    struct instant withheld_until; /* throttled */
    struct instant answered_at;    /* let a job in */
    struct instant worked_at;      /* did one, of this connection */
    int64_t n_changes;             /* said by its stream since the start */
    bool watched;                  /* there is such a stream */
};

void gates_init(struct calendar *cal)
{
    cal->gates = MAP(random_u64());
    pthread_mutex_init(&cal->lock, NULL);
    wait_init(&cal->proved);
}

void gates_done(struct calendar *cal)
{
    size_t at = 0;
    for (struct gate *gate; (gate = map_next(&cal->gates, &at));)
        free(gate);
    map_done(&cal->gates);
    pthread_cond_destroy(&cal->proved);
    pthread_mutex_destroy(&cal->lock);
}

/* Lock held. */
static struct gate *gate_of(struct calendar *cal, int64_t connection)
{
    struct gate *gate =
        map_find(&cal->gates, (struct text){(char *)&connection, sizeof connection});
    if (gate)
        return gate;
    gate = calloc(1, sizeof *gate);
    ENSURE(gate);
    gate->connection = connection;
    map_put(&cal->gates, (struct text){(char *)&gate->connection, sizeof gate->connection},
            gate);
    return gate;
}

/* Wait until this job may go out. Lock held. */
static enum status wait_at(struct calendar *cal, struct gate *gate, bool yields,
                           int64_t deadline_ms, struct error *err)
{
    if (yields && gate->n_inside >= CALENDAR_INSIDE)
        return error_set(err, ERR_FULL, "calendar", "too many visitors wait for this calendar");
    gate->n_inside++;
    bool in_time = true;
    while (gate->proving && in_time)
        in_time = wait_until(&cal->proved, &cal->lock, deadline_ms);
    gate->n_inside--;
    if (gate->proving)
        return error_set(err, ERR_FULL, "calendar", "another sign-in is under way");
    int64_t left_s = instant_until_s(cal->now(), gate->withheld_until);
    if (left_s <= 0)
        return OK;
    METRIC_ADD(cal->metrics, upstream_withheld);
    enum status status = error_set(err, ERR_LIMIT, "calendar", "the server asked us to wait");
    err->retry_s = left_s;
    return status;
}

/* Read once what never changes of a connection: who signs in for it, and which kind it is. */
static enum status know(struct calendar *cal, int64_t connection, int64_t *ret_sign_in,
                        enum calendar_kind *ret_kind, struct error *err)
{
    pthread_mutex_lock(&cal->lock);
    struct gate *gate = gate_of(cal, connection);
    *ret_sign_in = gate->sign_in;
    *ret_kind = gate->kind;
    pthread_mutex_unlock(&cal->lock);
    if (*ret_sign_in)
        return OK;
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored c;
    TRY(store_connection_get(cal->store, &a, connection, &c, err));
    enum calendar_kind kind = c.server.kind;
    wire_wipe(server_shape, &c.server);
    pthread_mutex_lock(&cal->lock);
    gate = gate_of(cal, connection);
    *ret_sign_in = gate->sign_in = c.sign_in;
    *ret_kind = gate->kind = kind;
    pthread_mutex_unlock(&cal->lock);
    return OK;
}

enum status gate_find(struct calendar *cal, int64_t connection, int64_t *ret_sign_in,
                      struct error *err)
{
    enum calendar_kind kind;
    int64_t known;
    TRY(know(cal, connection, &known, &kind, err));
    *ret_sign_in = known;
    return OK;
}

enum status gate_kind(struct calendar *cal, int64_t connection, enum calendar_kind *ret_kind,
                      struct error *err)
{
    enum calendar_kind kind;
    int64_t sign_in;
    TRY(know(cal, connection, &sign_in, &kind, err));
    *ret_kind = kind;
    return OK;
}

uint64_t gate_version(struct calendar *cal, int64_t sign_in)
{
    pthread_mutex_lock(&cal->lock);
    uint64_t version = gate_of(cal, sign_in)->version;
    pthread_mutex_unlock(&cal->lock);
    return version;
}

enum status gate_enter(struct calendar *cal, int64_t sign_in, bool yields, int64_t deadline_ms,
                       struct pass *ret_pass, struct error *err)
{
    pthread_mutex_lock(&cal->lock);
    struct gate *gate = gate_of(cal, sign_in);
    enum status status = wait_at(cal, gate, yields, deadline_ms, err);
    if (status == OK) {
        *ret_pass =
            (struct pass){.gate = gate, .version = gate->version, .proves = !gate->proved};
        gate->proving = !gate->proved;
        gate->n_inside++;
    }
    pthread_mutex_unlock(&cal->lock);
    return status;
}

/* Leave the gate. Lock held. */
static void leave(struct calendar *cal, const struct pass *pass, bool went_well, bool refused)
{
    struct gate *gate = pass->gate;
    gate->n_inside--;
    if (went_well)
        gate->answered_at = cal->now();
    if (gate->version == pass->version) {
        gate->proved = (gate->proved || went_well) && !refused;
        if (pass->proves)
            gate->proving = false;
    }
    pthread_cond_broadcast(&cal->proved);
}

/* Lock held. */
static void start_over(struct calendar *cal, int64_t connection)
{
    struct gate *gate = gate_of(cal, connection);
    gate->version++;
    gate->proved = gate->proving = false;
    gate->withheld_until = (struct instant){0};
    pthread_cond_broadcast(&cal->proved);
}

/* Whoever holds the old password ends, and a token that was got by it. */
static void forget(struct calendar *cal, int64_t connection)
{
    grant_forget(cal, connection);
    couriers_forget(cal->couriers, connection);
}

enum status calendar_password_set(struct calendar *cal, int64_t connection,
                                  const struct secret *password, struct error *err)
{
    pthread_mutex_lock(&cal->lock); /* no refusal of the old one may be noted after this */
    enum status status = store_connection_password_set(cal->store, connection, password, err);
    if (status == OK)
        start_over(cal, connection);
    pthread_mutex_unlock(&cal->lock);
    if (status == OK)
        forget(cal, connection);
    return status;
}

enum status calendar_move(struct calendar *cal, int64_t connection, const struct server *server,
                          struct error *err)
{
    pthread_mutex_lock(&cal->lock); /* as above */
    enum status status = store_connection_move(cal->store, connection, server, err);
    if (status == OK)
        start_over(cal, connection);
    pthread_mutex_unlock(&cal->lock);
    if (status == OK)
        forget(cal, connection);
    return status;
}

void calendar_forget(struct calendar *cal, int64_t connection)
{
    pthread_mutex_lock(&cal->lock);
    start_over(cal, connection);
    pthread_mutex_unlock(&cal->lock);
    forget(cal, connection);
}

void calendar_tidy(struct calendar *cal)
{
    int64_t connections[COURIER_CHILDREN];
    size_t n = couriers_connections(cal->couriers, connections);
    for (size_t i = 0; i < n; i++) {
        bool exists = true;
        if (store_connection_exists(cal->store, connections[i], &exists, NULL) == OK && !exists)
            calendar_forget(cal, connections[i]);
    }
}

enum status gate_may_send(struct calendar *cal, const struct connection_stored *c,
                          struct error *err)
{
    int64_t since_s = instant_until_s(c->refused_at, cal->now());
    if (c->state == CONNECTION_OK ||
        (c->state == CONNECTION_REFUSED_ONCE && since_s >= CALENDAR_RETRY_S))
        return OK;
    METRIC_ADD(cal->metrics, upstream_withheld);
    return error_set(err, ERR_PAUSED, "calendar",
                     c->state == CONNECTION_PAUSED
                         ? "paused after two refused sign-ins; replace the password"
                         : "sign-in was refused; it is tried again after 15 minutes");
}

/* Did the server let us in, whatever it then said? */
static bool was_let_in(enum status status)
{
    return status == OK || status == ERR_NOT_FOUND || status == ERR_CONFLICT ||
           status == ERR_NO_DATA;
}

static void log_state(int64_t connection, enum connection_state state)
{
    static const char *const lines[CONNECTION_STATE_COUNT] = {
        [CONNECTION_OK] = "signed in again",
        [CONNECTION_REFUSED_ONCE] = "sign-in refused; it is tried once more in 15 minutes",
        [CONNECTION_PAUSED] = "sign-in refused again; paused until the password is replaced",
    };
    log_line(state == CONNECTION_OK ? LOG_NOTE : LOG_WARN, "connection %lld: %s",
             (long long)connection, lines[state]);
}

static enum outage outage_of(enum status status)
{
    switch (status) {
    case ERR_AUTH:
        return OUTAGE_SIGN_IN;
    case ERR_NETWORK:
        return OUTAGE_UNREACHABLE;
    case ERR_TLS:
        return OUTAGE_CERTIFICATE;
    case ERR_TIMEOUT:
    case ERR_UNCERTAIN:
        return OUTAGE_SILENT;
    case ERR_LIMIT:
        return OUTAGE_THROTTLED;
    case ERR_NOT_FOUND:
    case ERR_DENIED:
    case ERR_NO_DATA:
        return OUTAGE_MAILBOX;
    default:
        return OUTAGE_BROKEN;
    }
}

/* Write a new state of a sign-in down, as a job changed it that saw it as `seen`. Lock held. */
static enum status note_sign_in(struct calendar *cal, const struct pass *pass,
                                const struct connection_stored *seen, enum status result,
                                const struct connection_report *found, struct error *err)
{
    /* Others were out at the same time: judge from what stands now. */
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored now = {0};
    struct connection_report report = *found;
    enum status status = store_connection_get(cal->store, &a, seen->sign_in, &now, err);
    wire_wipe(server_shape, &now.server);
    TRY(status);
    report.id = seen->sign_in;
    report.state = now.state;
    report.refused_at = now.refused_at;
    if (was_let_in(result)) {
        report.state = CONNECTION_OK;
        report.refused_at = (struct instant){0};
        if (seen->sign_in != seen->id) { /* what is wrong with one mailbox is not the others' */
            report.outage = OUTAGE_NONE;
            report.problem = (struct text){0};
        }
    } else if (result == ERR_AUTH && now.state != CONNECTION_PAUSED) {
        report.state = seen->state == CONNECTION_OK && !pass->grant_is_over
                           ? CONNECTION_REFUSED_ONCE
                           : CONNECTION_PAUSED;
        report.refused_at = cal->now();
    }
    if (report.state != now.state)
        log_state(seen->sign_in, report.state);
    return store_connection_report(cal->store, &report, err);
}

/* Does a report of an outage say something new? */
static bool is_news(const struct standing_connection *stands,
                    const struct connection_report *report)
{
    bool is_due = stands->failing_at.s &&
                  instant_until_s(stands->failing_at, report->now) >= report->tell_after_s;
    return stands->outage != report->outage ||
           (report->outage == OUTAGE_NONE ? stands->told : is_due && !stands->told);
}

/* Write down what a job that saw the connection as `seen` changed. A failure to do so is logged, not passed
 * on: the calendar's answer is what the caller needs. Lock held. */
static enum status note_state(struct calendar *cal, const struct pass *pass,
                              const struct connection_stored *seen, enum status result,
                              const struct error *why, struct error *err)
{
    char line[ERROR_WHERE_MAX + ERROR_WHAT_MAX + 2] = "";
    bool has_moved =
        seen->standing.outage == OUTAGE_MOVED &&
        outage_of(result) == OUTAGE_MAILBOX; /* its old server says nothing better */
    bool is_fine = result == OK || result == ERR_CONFLICT ||
                   (result == ERR_NOT_FOUND && pass->seeks_event);
    if (!is_fine)
        snprintf(line, sizeof line, "%s: %s", why->where, why->what);
    const struct connection_report found = {
        .id = seen->id,
        .outage = is_fine               ? OUTAGE_NONE
                  : pass->grant_is_over ? OUTAGE_GRANT
                  : has_moved           ? OUTAGE_MOVED
                                        : outage_of(result),
        .problem =
            has_moved && !is_fine ? seen->problem : text_first(text_from(line), MAX_WHAT),
        .now = cal->now(),
        .tell_after_s = cal->tell_after_s,
    };
    bool is_its_own = seen->sign_in == seen->id;
    bool same_state =
        result != ERR_AUTH && (seen->state == CONNECTION_OK || !was_let_in(result));
    bool same_problem =
        text_equal(seen->problem, found.problem) && !is_news(&seen->standing, &found);
    struct connection_report of_service = found;
    if (was_let_in(result))
        of_service.outage = OUTAGE_NONE;
    bool concerns_service = was_let_in(result) || outage_of(result) != OUTAGE_MAILBOX;
    if (is_its_own)
        return same_state && same_problem ? OK
                                          : note_sign_in(cal, pass, seen, result, &found, err);
    if (concerns_service && !(same_state && !is_news(&seen->service, &of_service)))
        TRY(note_sign_in(cal, pass, seen, result, &found, err));
    return same_problem ? OK : store_connection_report(cal->store, &found, err);
}

enum status calendar_moved_away(struct calendar *cal, int64_t connection, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored now = {0};
    pthread_mutex_lock(&cal->lock);
    enum status status = store_connection_get(cal->store, &a, connection, &now, err);
    wire_wipe(server_shape, &now.server);
    if (status == OK && now.standing.outage == OUTAGE_MAILBOX) {
        bool is_its_own = now.sign_in == now.id;
        const struct connection_report report = {
            .id = connection,
            .state = is_its_own ? now.state : CONNECTION_OK,
            .refused_at = is_its_own ? now.refused_at : (struct instant){0},
            .outage = OUTAGE_MOVED,
            .problem = TEXT("autodiscover: the mailbox has moved to Microsoft 365"),
            .now = cal->now(),
            .tell_after_s = cal->tell_after_s,
        };
        status = store_connection_report(cal->store, &report, err);
    }
    pthread_mutex_unlock(&cal->lock);
    return status;
}

struct instant calendar_worked_at(struct calendar *cal, int64_t connection)
{
    pthread_mutex_lock(&cal->lock);
    struct instant at = gate_of(cal, connection)->worked_at;
    pthread_mutex_unlock(&cal->lock);
    return at;
}

struct instant calendar_answered_at(struct calendar *cal, int64_t connection)
{
    pthread_mutex_lock(&cal->lock);
    int64_t sign_in = gate_of(cal, connection)->sign_in;
    struct instant at = sign_in ? gate_of(cal, sign_in)->answered_at : (struct instant){0};
    pthread_mutex_unlock(&cal->lock);
    return at;
}

static int64_t withhold_for_s(int64_t asked_s)
{
    if (asked_s <= 0)
        return CALENDAR_LIMIT_S;
    return asked_s > CALENDAR_LIMIT_MAX_S ? CALENDAR_LIMIT_MAX_S : asked_s;
}

void gate_leave(struct calendar *cal, const struct pass *pass, const struct budget_hold *hold,
                const struct connection_stored *c, enum status result, struct error *err)
{
    bool of_server = result != ERR_CLOSED && result != ERR_FULL; /* or our own trouble */
    METRIC_ADD(cal->metrics, upstream_calls);
    if (!was_let_in(result))
        METRIC_ADD(cal->metrics, upstream_failures);

    struct error trouble = {0};
    enum status noted = OK;
    pthread_mutex_lock(&cal->lock); /* the next job must see the state that this one left */
    if (pass->gate->version == pass->version && of_server) {
        noted = note_state(cal, pass, c, result, err, &trouble);
        if (result == ERR_LIMIT) {
            err->retry_s = withhold_for_s(err->retry_s);
            pass->gate->withheld_until = instant_add_s(cal->now(), err->retry_s);
            budget_withhold(&cal->budgets, hold, cal->now(), pass->gate->withheld_until);
            METRIC_ADD(cal->metrics, upstream_throttled);
        }
    }
    if (result == OK)
        gate_of(cal, c->id)->worked_at = cal->now();
    leave(cal, pass, was_let_in(result), result == ERR_AUTH);
    pthread_mutex_unlock(&cal->lock);
    if (noted != OK && noted != ERR_NOT_FOUND)
        log_error(LOG_ERROR, "a connection's state was not written", noted, &trouble);
    if (result == ERR_AUTH)
        couriers_forget(cal->couriers, c->sign_in);
}

void gate_leave_unsent(struct calendar *cal, const struct pass *pass)
{
    pthread_mutex_lock(&cal->lock);
    leave(cal, pass, false, false);
    pthread_mutex_unlock(&cal->lock);
}

void calendar_changed(struct calendar *cal, int64_t connection)
{
    pthread_mutex_lock(&cal->lock);
    gate_of(cal, connection)->n_changes++;
    pthread_mutex_unlock(&cal->lock);
}

void calendar_watched(struct calendar *cal, int64_t connection, bool is_watched)
{
    pthread_mutex_lock(&cal->lock);
    gate_of(cal, connection)->watched = is_watched;
    pthread_mutex_unlock(&cal->lock);
}

bool calendar_changes_of(struct calendar *cal, int64_t connection, int64_t *ret_n)
{
    pthread_mutex_lock(&cal->lock);
    struct gate *gate = gate_of(cal, connection);
    *ret_n = gate->n_changes;
    bool watched = gate->watched;
    pthread_mutex_unlock(&cal->lock);
    return watched;
}
