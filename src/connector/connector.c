/* SPDX-License-Identifier: ISC
 *
 * A step does, in this order: notice that the PC slept; read the settings again; say hello; push; pull; listen.
 * Each is due at a time of its own, and whatever fails on the way to the server silences them all until
 * quiet_until_ms. A calendar that cannot be read silences pushes alone: the lease ends, and what is not known is
 * not sold.
 */
#include "connector/connector.h"

#include <stdarg.h>
#include <stdio.h>

#include "connector/delta.h"
#include "connector/question.h"
#include "time/instant.h"
#include "wire/codec.h"

enum { INTERVAL_MOST_S = 24 * 3600, LEASE_MOST_S = 60 * 24 * 3600 };
enum { PUSH_LEAST_S = 10, TICKET_EARLY_S = 60, NUMBERS_MOST = 8, POLL_LEAST_MS = 5000 };

static int64_t now_ms(const struct connector *c)
{
    return c->at->clock.ms(c->at->clock.self);
}

static struct instant now(const struct connector *c)
{
    return c->at->clock.now(c->at->clock.self);
}

static uint64_t chance(const struct connector *c)
{
    uint64_t number;
    c->at->random(c->at->self, &number, sizeof number);
    return number;
}

static void say(const struct connector *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct connector *c, const char *format, ...)
{
    char line[REPORT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    c->at->say(c->at->self, text_from(line));
}

/* Put into the report what fails, or that it does not, and into the log when that changes. */
static void tell(const struct connector *c, struct report_problem *problem, const char *of,
                 enum status status, const struct error *err)
{
    if (!report_problem_set(problem, status, err))
        return;
    if (status == OK)
        say(c, "%s: in order again", of);
    else
        say(c, "%s: %s", of, problem->what);
}

static bool is_realtime(const struct connector *c)
{
    return c->told.is_valid && c->told.mode == DESK_REALTIME;
}

static int64_t retry_limit_s(const struct connector *c)
{
    return is_realtime(c) ? CONNECTOR_RETRY_S / 2 : CONNECTOR_RETRY_S;
}

static void forget_told(struct connector *c)
{
    wire_wipe(desk_xmpp_shape, &c->told.xmpp);
    arena_done(&c->told.a);
    c->told = (struct connector_told){0};
}

/* The connection was removed: nothing of it stays, but that it was. */
static void end_for_good(struct connector *c)
{
    const struct platform *at = c->at;
    struct error err = {0};
    wake_close(&c->wake);
    forget_told(c);
    server_line_done(&c->line);
    kept_set_journal(&c->kept, 0, 0, NULL, 0);
    c->kept.pairing.end = KEPT_REVOKED;
    enum status status = kept_store_pairing(&c->kept, &err);
    if (status == OK)
        status = at->secret.forget(at->secret.self, &err);
    if (status == OK)
        status = kept_drop_journal(&c->kept, &err);
    if (status != OK)
        say(c, "what was kept could not be erased: %s: %s", err.where, err.what);
    c->report.state = REPORT_REVOKED;
}

/* Something on the way to the server failed: when is it asked again? */
static void line_failed(struct connector *c, enum status status, const struct error *err)
{
    int64_t wait_ms = backoff_failed_ms(&c->line_backoff, retry_limit_s(c), chance(c));
    c->report.state = REPORT_WAITS;
    if (status == ERR_CONFLICT) { /* once at once; a server that always says so is waited for */
        kept_set_journal(&c->kept, 0, 0, NULL, 0);
        forget_told(c);
        if (c->line_backoff.n_failures == 1)
            wait_ms = 0;
    }
    if (status == ERR_AUTH) {
        forget_told(c);
        wait_ms = CONNECTOR_REFUSED_MS;
        c->report.state = REPORT_REFUSED;
    }
    if ((status == ERR_LIMIT || status == ERR_FULL) && err->retry_s * 1000 > wait_ms)
        wait_ms = err->retry_s * 1000 + (int64_t)(chance(c) % 5000);
    c->quiet_until_ms = now_ms(c) + wait_ms;
    tell(c, &c->report.server, "server", status, err);
    if (status == ERR_CLOSED)
        end_for_good(c);
}

static void line_works(struct connector *c)
{
    c->line_backoff = (struct backoff){0};
    c->report.contact = now(c);
    c->report.state = REPORT_WORKS;
    tell(c, &c->report.server, "server", OK, NULL);
}

static int64_t sooner(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* ---- hello ---- */

static void take_xmpp(struct connector *c, struct desk_xmpp *xmpp, struct arena *a)
{
    wire_wipe(desk_xmpp_shape, &c->told.xmpp);
    arena_done(&c->told.a);
    c->told.a = *a; /* the texts of xmpp live there */
    *a = (struct arena){0};
    c->told.xmpp = *xmpp;
    *xmpp = (struct desk_xmpp){0};
}

static int64_t within(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void take_hello(struct connector *c, struct desk_hello_answer *answer, struct arena *a)
{
    bool switched = c->report.mode != answer->mode;
    c->told.is_valid = true;
    c->told.mode = answer->mode;
    c->told.may_fall_back = answer->may_fall_back;
    c->told.interval_s = within(answer->interval_s, PUSH_LEAST_S, INTERVAL_MOST_S);
    c->told.lease_s = within(answer->lease_s, 0, LEASE_MOST_S);
    c->told.days_ahead = answer->days_ahead;
    c->told.epoch = answer->epoch;
    c->told.ahead_s = instant_until_s(now(c), instant_clamp(answer->now));
    take_xmpp(c, &answer->xmpp, a);
    if (c->kept.journal.epoch != answer->epoch || c->kept.journal.sequence != answer->sequence)
        kept_set_journal(&c->kept, 0, 0, NULL, 0);
    if (answer->mode != DESK_REALTIME)
        wake_close(&c->wake);
    c->report.mode = answer->mode;
    c->report.interval_s = c->told.interval_s;
    c->report.ahead_s = c->told.ahead_s;
    if (switched)
        say(c, "mode: %s", report_mode(answer->mode));
    c->push_ms = c->pull_ms = c->poll_ms = now_ms(c);
    if (!c->xmpp_blocked)
        c->wake_ms = now_ms(c);
}

static enum status hello(const struct platform *at, const struct server_line *line,
                         const struct kept_pairing *pairing, bool xmpp_blocked,
                         struct desk_hello_answer *ret_answer, struct arena *a,
                         struct error *err)
{
    struct desk_hello ask = {.program = text_from(at->program),
                             .version = text_from(at->version),
                             .platform = text_from(at->system),
                             .asks_mode = pairing->asks_mode,
                             .mode = pairing->mode,
                             .xmpp_blocked = xmpp_blocked};
    struct error of_calendar;
    if (at->calendar.list(at->calendar.self, a, &ask.calendars, &ask.n_calendars,
                          &of_calendar) != OK)
        ask.n_calendars = 0; /* the server hears from us all the same */
    return server_ask(line, "hello", desk_hello_shape, &ask, desk_hello_answer_shape,
                      ret_answer, a, 0, err);
}

static void greet(struct connector *c)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct error err = {0};
    struct desk_hello_answer answer = {0};
    c->hello_ms = now_ms(c) + CONNECTOR_HELLO_MS;
    enum status status =
        hello(c->at, &c->line, &c->kept.pairing, c->xmpp_blocked, &answer, &a, &err);
    if (status != OK) {
        c->hello_ms = now_ms(c);
        line_failed(c, status, &err);
        return;
    }
    if (c->kept.pairing.asks_mode) {
        c->kept.pairing.asks_mode = false;
        if (kept_store_pairing(&c->kept, &err) != OK)
            say(c, "the settings could not be stored: %s: %s", err.where, err.what);
    }
    take_hello(c, &answer, &a);
    line_works(c);
}

/* ---- push and pull ---- */

static bool wants_pushes(const struct connector *c)
{
    return c->told.mode == DESK_AUTO || c->told.may_fall_back;
}

/* The next push in the ordinary course of things: by the interval, and three times within a lease. */
static int64_t push_again_ms(const struct connector *c)
{
    int64_t s = c->told.interval_s;
    if (c->told.lease_s > 0)
        s = sooner(s, c->told.lease_s / 3 > PUSH_LEAST_S ? c->told.lease_s / 3 : PUSH_LEAST_S);
    return now_ms(c) + s * 1000;
}

static enum status read_window(struct connector *c, struct sync_window window, struct arena *a,
                               struct stretch **ret_list, size_t *ret_n)
{
    const struct calendar_adapter *calendar = &c->at->calendar;
    struct error err = {0};
    enum status status =
        calendar->read(calendar->self, window.from, window.to, a, ret_list, ret_n, &err);
    tell(c, &c->report.calendar, "calendar", status, &err);
    if (status == OK)
        c->calendar_backoff = (struct backoff){0};
    return status;
}

static void push(struct connector *c)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct error err = {0};
    struct stretch *list = NULL;
    size_t n = 0;
    struct sync_window window = sync_window_at(now(c), c->told.days_ahead);
    if (read_window(c, window, &a, &list, &n) != OK) {
        c->push_ms = now_ms(c) +
                     backoff_failed_ms(&c->calendar_backoff, CONNECTOR_RETRY_S / 3, chance(c));
        return;
    }
    struct sync_told told;
    n = delta_normalise(list, n);
    enum status status =
        sync_push(&c->kept, &c->line, c->told.epoch, window, list, n, &told, &err);
    if (status != OK) {
        line_failed(c, status, &err);
        return;
    }
    line_works(c);
    c->push_ms = push_again_ms(c);
    c->report.pushed = now(c);
    c->report.lease_until = told.lease_until;
    c->report.n_times = told.n_times;
    if (told.has_orders)
        c->pull_ms = now_ms(c);
}

static void pull(struct connector *c)
{
    struct error err = {0};
    struct orders_done done = {0};
    bool line_is_down;
    struct instant there = instant_add_s(now(c), c->told.ahead_s);
    enum status status = orders_pull(&c->kept, &c->line, there, &done, &line_is_down, &err);
    c->report.n_written += done.n[DESK_WRITTEN];
    c->report.n_refused += done.n[DESK_BUSY];
    if (done.n[DESK_WRITTEN] + done.n[DESK_GONE] > 0 && wants_pushes(c))
        c->push_ms = now_ms(c);
    if (line_is_down) {
        line_failed(c, status, &err);
        return;
    }
    line_works(c);
    tell(c, &c->report.orders, "booking", status, &err);
    c->pull_ms = now_ms(c) + c->told.interval_s * 1000;
    if (status != OK && status != ERR_TIMEOUT)
        c->pull_ms = now_ms(c) +
                     backoff_failed_ms(&c->calendar_backoff, CONNECTOR_RETRY_S / 3, chance(c));
}

/* ---- Real-time ---- */

/* Answer one question; false: the line failed, or nothing waited. */
static bool answer(struct connector *c, int64_t number, int64_t wait_s)
{
    struct error err = {0};
    struct question_seen seen;
    enum status status = question_answer(&c->line, number, wait_s, &seen, &err);
    if (status != OK) {
        line_failed(c, status, &err);
        return false;
    }
    line_works(c);
    if (seen.was_one) {
        c->report.n_questions++;
        tell(c, &c->report.calendar, "calendar", seen.is_known ? OK : ERR_NO_DATA, &err);
    }
    if (seen.has_orders)
        c->pull_ms = now_ms(c);
    return seen.was_one;
}

static void renew_ticket(struct connector *c)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct desk_ticket ask = {0};
    struct desk_ticket_answer got = {0};
    struct error err = {0};
    enum status status = server_ask(&c->line, "ticket", desk_ticket_shape, &ask,
                                    desk_ticket_answer_shape, &got, &a, 0, &err);
    if (status != OK) {
        line_failed(c, status, &err);
        return;
    }
    take_xmpp(c, &got.xmpp, &a);
    wire_wipe(desk_ticket_answer_shape, &got);
}

static bool ticket_is_over(const struct connector *c)
{
    struct instant there = instant_add_s(now(c), c->told.ahead_s + TICKET_EARLY_S);
    return c->told.xmpp.host.n && c->told.xmpp.ends.s && c->told.xmpp.ends.s <= there.s;
}

static void connect_wake(struct connector *c)
{
    struct error err = {0};
    bool was_blocked = c->xmpp_blocked;
    if (ticket_is_over(c))
        renew_ticket(c);
    if (!c->told.is_valid || now_ms(c) < c->quiet_until_ms)
        return;
    enum status status = wake_open(&c->wake, c->at, &c->told.xmpp, &c->xmpp_blocked, &err);
    tell(c, &c->report.xmpp, "Real-time", status, &err);
    if (status == OK) {
        c->wake_backoff = (struct backoff){0};
        c->pull_ms = now_ms(c); /* what was said while nobody listened */
        say(c, "Real-time: waiting to be woken over XMPP");
    } else {
        if (status == ERR_AUTH)
            c->told.xmpp.ends = (struct instant){1}; /* another ticket next time */
        c->wake_ms =
            now_ms(c) + (c->xmpp_blocked ? CONNECTOR_BLOCKED_MS
                                         : backoff_failed_ms(&c->wake_backoff,
                                                             CONNECTOR_RETRY_S / 2, chance(c)));
    }
    if (c->xmpp_blocked != was_blocked)
        c->hello_ms = now_ms(c); /* the host's page shows it */
}

static void listen_to_xmpp(struct connector *c)
{
    for (int i = 0; i < NUMBERS_MOST && now_ms(c) >= c->quiet_until_ms; i++) {
        struct error err = {0};
        int64_t number;
        enum status status = wake_next(&c->wake, &number, &err);
        if (status == ERR_TIMEOUT)
            return;
        if (status != OK) {
            tell(c, &c->report.xmpp, "Real-time", status, &err);
            c->wake_ms = now_ms(c) +
                         backoff_failed_ms(&c->wake_backoff, CONNECTOR_RETRY_S / 2, chance(c));
            return;
        }
        if (number == 0)
            c->pull_ms = now_ms(c);
        else
            (void)answer(c, number, 0);
    }
}

/* A server that does not wait is not asked in a loop. */
static void wait_for_question(struct connector *c)
{
    int64_t began_ms = now_ms(c);
    bool was_one = answer(c, 0, DESK_WAIT_MAX_S);
    c->poll_ms = was_one ? now_ms(c) : began_ms + POLL_LEAST_MS;
}

/* Be woken by XMPP; while that cannot be, wait for questions over HTTPS. */
static void listen_for_questions(struct connector *c)
{
    if (c->told.xmpp.host.n && !c->wake.is_open && now_ms(c) >= c->wake_ms)
        connect_wake(c);
    if (c->wake.is_open)
        listen_to_xmpp(c);
    c->report.is_awake = c->wake.is_open;
    bool may_poll = c->told.is_valid && !c->wake.is_open && now_ms(c) >= c->quiet_until_ms;
    if (may_poll && now_ms(c) >= c->poll_ms && now_ms(c) < c->pull_ms)
        wait_for_question(c);
}

/* ---- the step ---- */

/* A PC that slept finds its connections dead and its server's mind changed. */
static void notice_jump(struct connector *c)
{
    int64_t ms = now_ms(c), s = now(c).s;
    int64_t jump_s = s - c->seen_s - (ms - c->seen_ms) / 1000;
    bool slept_long = ms - c->seen_ms > 2 * (int64_t)CONNECTOR_IDLE_MS;
    if (c->seen_s && (jump_s > CONNECTOR_JUMP_S || jump_s < -CONNECTOR_JUMP_S || slept_long)) {
        say(c, "the clock went on by itself: this PC slept, or was set");
        wake_close(&c->wake);
        c->told.is_valid = false;
        if (c->report.state == REPORT_WAITS)
            c->quiet_until_ms = sooner(c->quiet_until_ms, ms + CONNECTOR_SETTLE_MS);
    }
    c->seen_ms = ms;
    c->seen_s = s;
}

static enum status take_settings(struct connector *c, struct error *err)
{
    wake_close(&c->wake);
    forget_told(c);
    server_line_done(&c->line);
    kept_done(&c->kept);
    c->quiet_until_ms = c->hello_ms = 0;
    c->line_backoff = (struct backoff){0};
    c->report = (struct report){.state = REPORT_UNPAIRED};
    TRY(kept_load(&c->kept, c->at, err));
    const struct kept_pairing *pairing = &c->kept.pairing;
    if (pairing->url.n == 0)
        return OK;
    c->report.url = pairing->url;
    c->report.connection = pairing->connection;
    c->report.mode = pairing->mode;
    c->report.state = pairing->end == KEPT_REVOKED ? REPORT_REVOKED : REPORT_STARTS;
    if (pairing->end == KEPT_REVOKED)
        return OK;
    struct secret token CLEANUP(secret_free) = {0};
    TRY(c->at->secret.load(c->at->secret.self, &token, err));
    server_line_init(&c->line, c->at, pairing->url, pairing->connection, &token);
    return OK;
}

static void store_report(struct connector *c)
{
    struct buf out CLEANUP(buf_done) = BUF(REPORT_MAX);
    struct error err = {0};
    report_format(&c->report, &out);
    if (text_equal(buf_text(&out), buf_text(&c->shown)))
        return;
    buf_clear(&c->shown);
    buf_add(&c->shown, out.at, out.n);
    if (c->at->storage.store(c->at->storage.self, "status", buf_text(&out), &err) != OK)
        say(c, "the status could not be stored: %s: %s", err.where, err.what);
}

enum status connector_init(struct connector *c, const struct platform *at, struct error *err)
{
    *c = (struct connector){.at = at, .shown = BUF(REPORT_MAX)};
    TRY(take_settings(c, err));
    store_report(c);
    return OK;
}

void connector_done(struct connector *c)
{
    if (!c->at)
        return;
    wake_close(&c->wake);
    forget_told(c);
    server_line_done(&c->line);
    kept_done(&c->kept);
    buf_done(&c->shown);
    *c = (struct connector){0};
}

static bool serves(const struct connector *c)
{
    return c->line.at && c->report.state != REPORT_REVOKED;
}

static bool may_ask(const struct connector *c)
{
    return serves(c) && c->told.is_valid && now_ms(c) >= c->quiet_until_ms;
}

static int64_t next_ms(const struct connector *c)
{
    if (!serves(c))
        return CONNECTOR_IDLE_MS;
    int64_t due_ms = c->told.is_valid ? c->hello_ms : now_ms(c);
    if (c->told.is_valid) {
        due_ms = sooner(due_ms, c->pull_ms);
        if (wants_pushes(c))
            due_ms = sooner(due_ms, c->push_ms);
        if (c->wake.is_open)
            due_ms = sooner(due_ms, wake_due_ms(&c->wake));
        else if (c->told.mode == DESK_REALTIME)
            due_ms = sooner(due_ms, c->poll_ms);
    }
    if (due_ms < c->quiet_until_ms)
        due_ms = c->quiet_until_ms;
    int64_t wait_ms = due_ms - now_ms(c);
    return wait_ms < 0 ? 0 : sooner(wait_ms, CONNECTOR_IDLE_MS);
}

int64_t connector_step(struct connector *c, unsigned signals)
{
    struct error err = {0};
    notice_jump(c);
    if (signals & SIGNAL_SETTINGS) {
        enum status status = take_settings(c, &err);
        if (status != OK)
            tell(c, &c->report.server, "settings", status, &err);
    }
    if (serves(c) && now_ms(c) >= c->quiet_until_ms &&
        (!c->told.is_valid || now_ms(c) >= c->hello_ms))
        greet(c);
    if (signals & SIGNAL_CALENDAR && c->calendar_backoff.n_failures == 0)
        c->push_ms = sooner(c->push_ms, now_ms(c) + CONNECTOR_SETTLE_MS);
    if (may_ask(c) && now_ms(c) >= c->pull_ms)
        pull(c);
    if (may_ask(c) && wants_pushes(c) && now_ms(c) >= c->push_ms)
        push(c);
    if (may_ask(c) && is_realtime(c) && c->wake.is_open && ticket_is_over(c))
        renew_ticket(c);
    if (may_ask(c) && is_realtime(c)) {
        store_report(c); /* a question may be waited for long */
        listen_for_questions(c);
    }
    store_report(c);
    return next_ms(c);
}
