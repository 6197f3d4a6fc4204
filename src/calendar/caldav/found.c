/* SPDX-License-Identifier: ISC
 *
 * Where the calendars are (RFC 6764, RFC 5397, RFC 4791 6.2.1), asked once in a connection's life:
 *
 *   base       the configured address; where that is the host alone, where /.well-known/caldav leads.
 *              Without a sign-in, so that a password goes nowhere that has not shown its certificate first
 *   principal  current-user-principal of the base
 *   home       calendar-home-set of the principal, often on another host of the same owner
 *   calendars  its collections that take events; or the base itself, where that is one
 */
#include <stdlib.h>

#include "calendar/caldav/inner.h"

static const char find_body[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<propfind xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop>"
    "<current-user-principal/><resourcetype/><displayname/><current-user-privilege-set/>"
    "<C:calendar-home-set/><C:schedule-outbox-URL/><C:schedule-inbox-URL/>"
    "<C:supported-calendar-component-set/></prop></propfind>";
static const char list_body[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<propfind xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop>"
    "<resourcetype/><displayname/><current-user-privilege-set/>"
    "<C:supported-calendar-component-set/></prop></propfind>";
static const char default_body[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<propfind xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop>"
    "<C:schedule-default-calendar-URL/></prop></propfind>";

#define WELL_KNOWN "/.well-known/caldav"

/* ---- base ---- */

/* Ask without a sign-in; OK and where it was answered. A host that is not there is an error; a bad answer is none. */
static enum status knock(struct calendar *c, struct dav_place *place, int64_t deadline_ms,
                         int *ret_http, struct error *err)
{
    static const char *const headers[] = {"Depth: 0", NULL};
    for (int i = 0; i <= DAV_REDIRECTS_MAX; i++) {
        struct server server = *c->dav.server;
        struct fetch *fetch = NULL;
        server.host = place->host;
        server.port = place->port;
        server.path = TEXT("/");
        struct fetch_request request = {.verb = "PROPFIND",
                                        .target = arena_cstr(&c->life, place->target),
                                        .body = text_from(find_body),
                                        .type = "application/xml; charset=utf-8",
                                        .headers = headers,
                                        .max_answer = DAV_SHORT_MAX};
        TRY(fetch_open(&server, c->dav.options, FETCH_ANONYMOUS, &fetch, err));
        enum status status = fetch_send(fetch, &request, NULL, deadline_ms, err);
        const struct fetch_facts *facts = fetch_facts_of(fetch);
        struct dav_place next = *place;
        bool goes_on = status == OK && facts->http_status / 100 == 3 && *facts->location;
        *ret_http = facts->http_status;
        if (goes_on)
            status =
                dav_resolve(&c->dav, &c->life, place, text_from(facts->location), &next, err);
        fetch_close(fetch);
        TRY(status);
        if (!goes_on)
            return OK;
        *place = next;
    }
    return error_set(err, ERR_UPSTREAM, "caldav", "more than %d redirects", DAV_REDIRECTS_MAX);
}

enum status caldav_find_base(struct calendar *c, int64_t deadline_ms, struct error *err)
{
    struct dav_place start = dav_start(&c->dav), base = start;
    int http = 0;
    if (!text_equal(start.target, TEXT("/"))) {
        c->base = start;
        return OK;
    }
    base.target = TEXT(WELL_KNOWN);
    TRY(knock(c, &base, deadline_ms, &http, err));
    bool is_there = http == 207 || http == 401;
    c->base = is_there ? base : start;
    if (!is_there)
        TRY(knock(c, &c->base, deadline_ms, &http, err));
    return OK;
}

/* ---- principal, home ---- */

struct found {
    struct calendar *c;
    const struct dav_place *asked;
    struct dav_place principal, home, outbox, inbox, default_calendar;
    bool has_principal, has_home, has_outbox, has_inbox, has_default;
    bool is_calendar;
    struct caldav_calendar itself;
};

static enum status take(struct found *f, struct text href, struct dav_place *ret_place,
                        bool *ret_has, struct error *err)
{
    if (!href.n || *ret_has)
        return OK;
    TRY(dav_resolve(&f->c->dav, &f->c->life, f->asked, href, ret_place, err));
    *ret_has = true;
    return OK;
}

static struct caldav_calendar calendar_of(struct arena *a, const struct dav_place *place,
                                          const struct dav_response *response)
{
    bool says_rights = response->lists_rights;
    return (struct caldav_calendar){.place = *place,
                                    .name = arena_text(a, text_first(response->name, MAX_NAME)),
                                    .can_read = !says_rights || response->can_read,
                                    .can_write = !says_rights || response->can_write};
}

static enum status on_found(void *owner, const struct dav_response *response, struct error *err)
{
    struct found *f = owner;
    TRY(take(f, response->principal, &f->principal, &f->has_principal, err));
    TRY(take(f, response->home, &f->home, &f->has_home, err));
    TRY(take(f, response->outbox, &f->outbox, &f->has_outbox, err));
    TRY(take(f, response->inbox, &f->inbox, &f->has_inbox, err));
    TRY(take(f, response->default_calendar, &f->default_calendar, &f->has_default, err));
    if (response->is_calendar) {
        f->is_calendar = true;
        f->itself = calendar_of(&f->c->life, f->asked, response);
    }
    return OK;
}

static enum status ask(struct found *f, struct dav_place *place, const char *body,
                       int64_t deadline_ms, struct error *err)
{
    struct dav_request request = {.verb = "PROPFIND", .depth = "0", .body = text_from(body)};
    struct dav_sink sink = {.owner = f, .response = on_found};
    struct dav_reply reply;
    f->asked = place;
    TRY(dav_ask(&f->c->dav, &f->c->life, place, &request, &sink, deadline_ms, &reply, err));
    *place = reply.place;
    return OK;
}

/* ---- calendars ---- */

struct listing {
    struct calendar *c;
    struct dav_place home;
    bool is_full;
};

static enum status on_calendar(void *owner, const struct dav_response *response,
                               struct error *err)
{
    struct listing *l = owner;
    struct calendar *c = l->c;
    struct dav_place place;
    bool takes_events = !response->lists_components || response->takes_events;
    if (!response->is_calendar || !takes_events)
        return OK;
    TRY(dav_resolve(&c->dav, &c->life, &l->home, response->href, &place, err));
    for (size_t i = 0; i < c->n_calendars; i++)
        if (dav_is_same(&c->calendars[i].place, &place))
            return OK;
    if (c->n_calendars == MAX_CALENDARS)
        return error_set(err, ERR_LIMIT, "caldav", "there are more than %d calendars",
                         MAX_CALENDARS);
    c->calendars[c->n_calendars++] = calendar_of(&c->life, &place, response);
    return OK;
}

static int by_address(const void *one, const void *other)
{
    const struct caldav_calendar *a = one, *b = other;
    struct text x = a->place.target, y = b->place.target;
    int order = memcmp(x.at, y.at, x.n < y.n ? x.n : y.n);
    return order ? order : (x.n > y.n) - (x.n < y.n);
}

static enum status list(struct calendar *c, int64_t deadline_ms, struct error *err)
{
    struct listing l = {.c = c, .home = c->home};
    struct dav_request request = {
        .verb = "PROPFIND", .depth = "1", .body = text_from(list_body)};
    struct dav_sink sink = {.owner = &l, .response = on_calendar};
    struct dav_reply reply;
    TRY(dav_ask(&c->dav, &c->life, &c->home, &request, &sink, deadline_ms, &reply, err));
    if (c->n_calendars)
        qsort(c->calendars, c->n_calendars, sizeof *c->calendars, by_address);
    return OK;
}

static bool is_named(const struct caldav_calendar *calendar, struct text name)
{
    struct text t = calendar->place.target;
    t.n -= text_ends(t, TEXT("/"));
    return t.n > name.n && text_ends(t, name) && t.at[t.n - name.n - 1] == '/';
}

/* Where the server names no default one: those that servers make for a new user, else the first that can be written. */
static void choose_default(struct calendar *c, const struct found *f)
{
    static const struct text usual[] = {
        {"home", 4}, {"personal", 8}, {"default", 7}, {"calendar", 8}};
    struct caldav_calendar *chosen = NULL;
    for (size_t i = 0; i < c->n_calendars && f->has_default && !chosen; i++)
        if (dav_is_same(&c->calendars[i].place, &f->default_calendar))
            chosen = &c->calendars[i];
    for (size_t k = 0; k < sizeof usual / sizeof *usual && !chosen; k++)
        for (size_t i = 0; i < c->n_calendars && !chosen; i++)
            if (c->calendars[i].can_write && is_named(&c->calendars[i], usual[k]))
                chosen = &c->calendars[i];
    for (size_t i = 0; i < c->n_calendars && !chosen; i++)
        if (c->calendars[i].can_write)
            chosen = &c->calendars[i];
    if (!chosen && c->n_calendars)
        chosen = &c->calendars[0];
    if (chosen)
        chosen->is_default = true;
}

/* ---- all of it ---- */

static enum status find_home(struct calendar *c, struct found *f, int64_t deadline_ms,
                             struct error *err)
{
    struct dav_place at = c->base;
    enum status status = ask(f, &at, find_body, deadline_ms, err);
    if (status == ERR_NOT_FOUND)
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "there is no CalDAV at this address (HTTP 404): give the address that "
                         "your provider names for calendars");
    TRY(status);
    if (f->has_principal && !f->has_home && !f->is_calendar) {
        at = f->principal;
        TRY(ask(f, &at, find_body, deadline_ms, err));
    }
    if (f->has_home || f->is_calendar)
        return OK;
    return error_set(err, ERR_UPSTREAM, "caldav",
                     "the server signs us in but names no home of calendars: give the address "
                     "that your provider names for calendars");
}

enum status caldav_find(struct calendar *c, int64_t deadline_ms, struct error *err)
{
    struct found f = {.c = c};
    if (c->is_found)
        return OK;
    if (!c->base.host.n)
        TRY(caldav_find_base(c, deadline_ms, err));
    TRY(find_home(c, &f, deadline_ms, err));
    c->calendars = ARENA_ARRAY(&c->life, MAX_CALENDARS, struct caldav_calendar);
    c->n_calendars = 0;
    if (f.is_calendar) { /* this one was named, and so it is the one */
        c->calendars[c->n_calendars++] = f.itself;
        c->calendars[0].is_default = true;
    } else {
        c->home = f.home;
        TRY(list(c, deadline_ms, err));
        if (f.has_inbox && !f.has_default &&
            ask(&f, &f.inbox, default_body, deadline_ms, NULL) != OK)
            f.has_default = false; /* a server without scheduling: nothing is lost */
        choose_default(c, &f);
    }
    c->has_principal = f.has_principal;
    c->principal = f.principal;
    c->has_outbox = f.has_outbox;
    c->outbox = f.outbox;
    c->is_found = true;
    return OK;
}

enum status caldav_place_of(struct calendar *c, struct text id, int64_t deadline_ms,
                            struct arena *a, struct dav_place *ret_place, struct error *err)
{
    if (id.n)
        return dav_of_id(&c->dav, a, id, ret_place, err);
    TRY(caldav_find(c, deadline_ms, err));
    for (size_t i = 0; i < c->n_calendars; i++)
        if (c->calendars[i].is_default) {
            *ret_place = c->calendars[i].place;
            return OK;
        }
    return error_set(err, ERR_NOT_FOUND, "caldav", "this sign-in has no calendar");
}

enum status caldav_calendars(struct calendar *c, int64_t deadline_ms, struct arena *a,
                             struct calendars_answer *ret_answer, struct error *err)
{
    c->is_found = false; /* looked at anew: people ask because they have made one */
    TRY(caldav_find(c, deadline_ms, err));
    ret_answer->calendars = ARENA_ARRAY(a, c->n_calendars, struct calendar_row);
    for (size_t i = 0; i < c->n_calendars; i++) {
        const struct caldav_calendar *one = &c->calendars[i];
        struct text id = dav_id(&c->dav, a, &one->place);
        ret_answer->calendars[ret_answer->n_calendars++] = (struct calendar_row){
            .id = id,
            .name = one->name.n ? arena_text(a, one->name) : text_first(id, MAX_NAME),
            .mailbox = c->dav.server->mailbox,
            .is_default = one->is_default,
            .can_read = one->can_read,
            .can_write = one->can_write};
    }
    return OK;
}
