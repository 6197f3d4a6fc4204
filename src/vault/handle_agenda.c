/* SPDX-License-Identifier: ISC
 *
 * A person's own calendars with titles and descriptions, read live: those that count as busy and the one that
 * bookings go into. What comes back is handed on and wiped (request_run); nothing of it is kept.
 */
#include <stdlib.h>

#include "os/clock.h"
#include "time/civil.h"
#include "vault/request.h"
#include "wire/codec.h"

struct reading {
    struct vault *v;
    struct request *r;
    const struct agenda_ask *ask;
    struct agenda_answer *answer;
    struct text calendars[AGENDA_CALENDARS_MAX]; /* the server's ids, beside answer->rows */
    bool pattern_only[AGENDA_CALENDARS_MAX];
};

/* ---- which calendars ---- */

/* Titles are for a mailbox's own person. A sign-in of one's own shows what the server lets it see; a service account
 * could be pointed at any mailbox by an administrator, so through it only the person's own address shows more
 * than the pattern. */
static bool shows_pattern_only(const struct reading *g, const struct connection_stored *c)
{
    return c->free_busy_only ||
           (c->sign_in != c->id && !text_equal_nocase(c->server.mailbox, g->ask->email));
}

static enum status add_row(struct reading *g, const struct connection_stored *c,
                           struct text calendar, struct error *err)
{
    struct agenda_answer *answer = g->answer;
    for (size_t i = 0; i < answer->n_rows; i++)
        if (answer->rows[i].connection == c->id && text_equal(g->calendars[i], calendar))
            return OK;
    if (answer->n_rows == AGENDA_CALENDARS_MAX)
        return error_set(err, ERR_LIMIT, "agenda", "more than %d calendars are chosen",
                         AGENDA_CALENDARS_MAX);
    g->calendars[answer->n_rows] = calendar;
    g->pattern_only[answer->n_rows] = shows_pattern_only(g, c);
    answer->rows[answer->n_rows++] =
        (struct agenda_row){.connection = c->id,
                            .mailbox = arena_text(&g->r->a, c->server.mailbox),
                            .is_default = !calendar.n,
                            .is_book = !c->free_busy_only && text_equal(calendar, c->book)};
    return OK;
}

static enum status add_calendars(struct reading *g, const struct connection_stored *c,
                                 struct error *err)
{
    if (shows_pattern_only(g, c)) /* all that counts as busy, as one */
        return add_row(g, c, (struct text){0}, err);
    if (!c->busy.n_sources)
        TRY(add_row(g, c, (struct text){0}, err));
    for (size_t i = 0; i < c->busy.n_sources; i++)
        TRY(add_row(g, c, c->busy.sources[i].calendar, err));
    return add_row(g, c, c->book, err);
}

static enum status add_connections(struct reading *g, struct error *err)
{
    struct arena *a = &g->r->a;
    struct connection_list_ask ask = {.account = g->ask->account, .email = g->ask->email};
    struct connection_list_answer list;
    do {
        TRY(store_connection_list(g->v->store, a, &ask, &list, err));
        for (size_t i = 0; i < list.n_rows; i++) {
            struct connection_stored c = {0};
            ask.after = list.rows[i].id;
            TRY(store_connection_get(g->v->store, a, list.rows[i].id, &c, err));
            enum status status = add_calendars(g, &c, err);
            wire_wipe(server_shape, &c.server);
            TRY(status);
        }
    } while (list.n_rows > 0);
    return OK;
}

/* ---- what they hold ---- */

/* How long may one of n more calendars take, so that a dead server leaves the others their time? */
static int64_t share_ms(const struct reading *g, size_t n)
{
    int64_t now_ms = clock_ms();
    return now_ms + (g->r->deadline_ms - now_ms) / (int64_t)n;
}

/* Call the calendars of a connection by their names; where the server does not say, they stay without. */
static void name_rows(struct reading *g, size_t first, int64_t deadline_ms)
{
    struct agenda_answer *answer = g->answer;
    struct calendars_answer seen = {0};
    int64_t connection = answer->rows[first].connection;
    if (calendar_list(&g->v->calendar, connection, deadline_ms, &g->r->a, &seen, NULL) != OK)
        return;
    for (size_t i = first; i < answer->n_rows && answer->rows[i].connection == connection; i++)
        for (size_t k = 0; k < seen.n_calendars; k++)
            if (g->calendars[i].n && text_equal(seen.calendars[k].id, g->calendars[i]))
                answer->rows[i].name = seen.calendars[k].name;
}

static void name_all(struct reading *g)
{
    int64_t named = 0;
    for (size_t i = 0; i < g->answer->n_rows; i++) {
        if (!g->calendars[i].n || g->answer->rows[i].connection == named)
            continue;
        named = g->answer->rows[i].connection;
        name_rows(g, i, share_ms(g, g->answer->n_rows - i + 1));
    }
}

/* Where only the pattern may be shown, blocks without titles. */
static enum status read_busy(struct reading *g, const struct agenda_row *row,
                             int64_t deadline_ms, struct events_answer *ret_seen,
                             struct error *err)
{
    struct busy_ask ask = {.from = g->ask->from, .to = g->ask->to};
    struct busy_answer busy = {0};
    TRY(calendar_busy(&g->v->calendar, row->connection, &ask, false, deadline_ms, &g->r->a,
                      &busy, err));
    ret_seen->events = ARENA_ARRAY(&g->r->a, busy.n_busy, struct seen_event);
    for (size_t i = 0; i < busy.n_busy; i++)
        ret_seen->events[ret_seen->n_events++] =
            (struct seen_event){.start = busy.busy[i].start,
                                .end = busy.busy[i].end,
                                .status = busy.busy[i].status};
    return OK;
}

static enum status read_events(struct reading *g, size_t i, int64_t deadline_ms,
                               struct events_answer *ret_seen, struct error *err)
{
    struct events_ask ask = {.calendar = g->calendars[i],
                             .from = g->ask->from,
                             .to = g->ask->to,
                             .with_text = g->ask->with_text};
    if (g->pattern_only[i])
        return read_busy(g, &g->answer->rows[i], deadline_ms, ret_seen, err);
    return calendar_events(&g->v->calendar, g->answer->rows[i].connection, &ask, deadline_ms,
                           &g->r->a, ret_seen, err);
}

/* Take over a calendar's events, and their secrets with them: all or none. */
static enum status take_events(struct agenda_answer *answer, size_t row,
                               const struct events_answer *seen, struct error *err)
{
    if (seen->n_events > MAX_EVENTS - answer->n_events)
        return error_set(err, ERR_INVALID, "agenda",
                         "the calendars hold more than %d events: look at a shorter time",
                         MAX_EVENTS);
    for (size_t i = 0; i < seen->n_events; i++)
        answer->events[answer->n_events++] =
            (struct agenda_event){.row = (int64_t)row, .seen = seen->events[i]};
    answer->rows[row].lacks_text = seen->lacks_text;
    return OK;
}

static void read_row(struct reading *g, size_t i)
{
    struct error err = {0};
    struct events_answer seen = {0};
    struct agenda_row *row = &g->answer->rows[i];
    row->status = read_events(g, i, share_ms(g, g->answer->n_rows - i), &seen, &err);
    if (row->status == OK) {
        row->status = take_events(g->answer, i, &seen, &err);
        if (row->status != OK)
            wire_wipe(events_answer_shape, &seen);
    }
    if (row->status != OK)
        row->what = arena_text(&g->r->a, text_from(err.what));
}

static int by_start(const void *one, const void *other)
{
    const struct seen_event *a = &((const struct agenda_event *)one)->seen;
    const struct seen_event *b = &((const struct agenda_event *)other)->seen;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (a->end.s < b->end.s) - (a->end.s > b->end.s);
}

enum status handle_agenda(struct vault *v, struct request *r, const struct agenda_ask *ask,
                          struct agenda_answer *answer, struct error *err)
{
    struct reading g = {.v = v, .r = r, .ask = ask, .answer = answer};
    if (!instant_before(ask->from, ask->to) ||
        instant_until_s(ask->from, ask->to) > AGENDA_DAYS_MAX * CIVIL_DAY_S + 2 * 3600)
        return error_set(err, ERR_INVALID, "agenda", "a calendar is read for 1 to %d days",
                         AGENDA_DAYS_MAX);
    answer->rows = ARENA_ARRAY(&r->a, AGENDA_CALENDARS_MAX, struct agenda_row);
    answer->events = ARENA_ARRAY(&r->a, MAX_EVENTS, struct agenda_event);
    TRY(add_connections(&g, err));
    name_all(&g);
    for (size_t i = 0; i < answer->n_rows; i++)
        read_row(&g, i);
    if (answer->n_events)
        qsort(answer->events, answer->n_events, sizeof *answer->events, by_start);
    return OK;
}

enum status handle_agenda_mark(struct vault *v, struct request *r,
                               const struct agenda_mark_ask *ask,
                               struct agenda_mark_answer *answer, struct error *err)
{
    struct connection_list_ask connections = {.account = ask->account, .email = ask->email};
    struct connection_list_answer list;
    answer->watched = true;
    do {
        TRY(store_connection_list(v->store, &r->a, &connections, &list, err));
        for (size_t i = 0; i < list.n_rows; i++) {
            int64_t n;
            connections.after = list.rows[i].id;
            answer->watched &= calendar_changes_of(&v->calendar, list.rows[i].id, &n);
            answer->mark += n;
        }
    } while (list.n_rows > 0);
    return OK;
}
