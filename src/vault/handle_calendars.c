/* SPDX-License-Identifier: ISC
 *
 * Which calendars of a connection count as busy, and into which one bookings go. They are named by the
 * server's ids; the mailbox's default calendar is stored as the empty name, because it is asked by the
 * mailbox's availability and keeps its meaning on another server.
 */
#include "vault/request.h"

/* Is it the default calendar of the connection's own mailbox? */
static bool is_own_default(const struct calendar_row *row, const struct connection_stored *c)
{
    return row->is_default &&
           (!row->mailbox.n || text_equal_nocase(row->mailbox, c->server.mailbox));
}

static bool is_named(const struct calendar_row *row, const struct connection_stored *c,
                     struct text name)
{
    return name.n ? text_equal(row->id, name) : is_own_default(row, c);
}

static const struct calendar_row *find_row(const struct calendars_answer *seen,
                                           const struct connection_stored *c, struct text name)
{
    for (size_t i = 0; i < seen->n_calendars; i++)
        if (is_named(&seen->calendars[i], c, name))
            return &seen->calendars[i];
    return NULL;
}

/* Look a calendar up that somebody chose, and see whether it can do what it is chosen for. */
static enum status choose(const struct calendars_answer *seen,
                          const struct connection_stored *c, struct text name, bool to_write,
                          struct text *ret_name, struct error *err)
{
    const struct calendar_row *row = find_row(seen, c, name);
    if (!row)
        return error_set(err, ERR_NOT_FOUND, "calendars",
                         "the connection sees no calendar with the id " TEXT_FMT,
                         TEXT_ARG(text_first(name, 80)));
    if (to_write ? !row->can_write : !row->can_read)
        return error_set(err, ERR_DENIED, "calendars",
                         "the server does not let this sign-in %s " TEXT_FMT,
                         to_write ? "write into" : "read", TEXT_ARG(row->name));
    *ret_name = is_own_default(row, c) ? (struct text){0} : row->id;
    return OK;
}

static enum status change(struct vault *v, struct request *r,
                          const struct connection_calendars_ask *ask,
                          const struct calendars_answer *seen, struct connection_stored *c,
                          struct error *err)
{
    struct source_list busy = {ARENA_ARRAY(&r->a, ask->n_busy, struct source), ask->n_busy};
    if (c->server.kind == CALENDAR_CONNECTOR)
        return error_set(err, ERR_DENIED, "calendars",
                         "calendars on a PC are chosen there, in the connector");
    if (c->free_busy_only)
        return error_set(err, ERR_DENIED, "calendars",
                         "this connection reads availability alone: it has nothing to choose");
    for (size_t i = 0; i < ask->n_busy; i++)
        TRY(choose(seen, c, ask->busy[i].calendar, false, &busy.sources[i].calendar, err));
    if (ask->n_busy)
        c->busy = busy;
    if (c->busy.n_sources == 1 && !c->busy.sources[0].calendar.n)
        c->busy.n_sources = 0; /* the default one alone needs no choice */
    if (ask->book.n)
        TRY(choose(seen, c, ask->book, true, &c->book, err));
    return store_connection_calendars_set(v->store, c->id, &c->busy, c->book, err);
}

static bool is_busy_source(const struct calendar_row *row, const struct connection_stored *c)
{
    bool found = !c->busy.n_sources && is_own_default(row, c);
    for (size_t i = 0; i < c->busy.n_sources; i++)
        found = found || is_named(row, c, c->busy.sources[i].calendar);
    return found;
}

/* How many of the chosen ones are not seen any more? */
static int64_t count_lost(const struct calendars_answer *seen,
                          const struct connection_stored *c)
{
    int64_t lost = c->book.n && !find_row(seen, c, c->book);
    for (size_t i = 0; i < c->busy.n_sources; i++)
        lost += !find_row(seen, c, c->busy.sources[i].calendar);
    return lost;
}

/* Say what is seen and what is done with it. */
static void tell(struct arena *a, const struct calendars_answer *seen,
                 const struct connection_stored *c, struct connection_calendars_answer *answer)
{
    answer->uses = ARENA_ARRAY(a, seen->n_calendars, struct calendar_use);
    answer->free_busy_only = c->free_busy_only;
    bool at_desk = c->server.kind == CALENDAR_CONNECTOR; /* the choice is the program's */
    for (size_t i = 0; i < seen->n_calendars; i++) {
        const struct calendar_row *row = &seen->calendars[i];
        answer->uses[answer->n_uses++] = (struct calendar_use){
            .calendar = *row,
            .is_busy = at_desk ? row->can_read : is_busy_source(row, c),
            .is_book =
                at_desk ? row->can_write : !c->free_busy_only && is_named(row, c, c->book),
        };
    }
    answer->lost = count_lost(seen, c);
}

enum status calendars_lost(struct vault *v, struct request *r, int64_t id, int64_t *ret_n)
{
    struct connection_stored c;
    struct calendars_answer seen = {0};
    TRY(store_connection_get(v->store, &r->a, id, &c, NULL));
    secret_free(&c.server.password);
    secret_free(&c.server.keytab);
    if (c.free_busy_only || (!c.busy.n_sources && !c.book.n))
        return ERR_NOT_FOUND;
    TRY(calendar_list(&v->calendar, id, r->deadline_ms, &r->a, &seen, NULL));
    *ret_n = count_lost(&seen, &c);
    return OK;
}

enum status handle_connection_calendars(struct vault *v, struct request *r,
                                        const struct connection_calendars_ask *ask,
                                        struct connection_calendars_answer *answer,
                                        struct error *err)
{
    struct connection_stored c;
    struct calendars_answer seen = {0};
    TRY(store_connection_find(v->store, &r->a, ask->account, ask->id, &c, err));
    secret_free(&c.server.password); /* its address is needed */
    secret_free(&c.server.keytab);
    TRY(calendar_list(&v->calendar, ask->id, r->deadline_ms, &r->a, &seen, err));
    if (ask->changes)
        TRY(change(v, r, ask, &seen, &c, err));
    tell(&r->a, &seen, &c, answer);
    return OK;
}
