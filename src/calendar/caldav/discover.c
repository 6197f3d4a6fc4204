/* SPDX-License-Identifier: ISC
 *
 * The server of an address, from its domain (RFC 6764): what is known by name, the SRV record _caldavs._tcp, then the
 * domain's own well-known address. All of it without a sign-in. A host that is not of the domain's owner is asked
 * about first: whoever runs a name server or a web server there could lead a password anywhere.
 */
#include <arpa/nameser.h>
#include <resolv.h>

#include "calendar/caldav/inner.h"
#include "calendar/ews/srv.h"

enum { HTTPS = 443 };

struct search {
    struct calendar *c;
    const struct discover_ask *ask;
    struct arena *a;
    struct discover_answer *answer;
    struct text domain;
    int64_t deadline_ms;
};

static void note(struct search *s, enum layer_state state, const char *where, const char *what)
{
    struct error clean; /* masks what is not clean text */
    if (s->answer->n_layers == MAX_LAYERS)
        return;
    error_set(&clean, OK, "", "%s: %s", where, what);
    s->answer->layers[s->answer->n_layers++] =
        (struct layer){.name = TEXT("discovery"),
                       .state = state,
                       .detail = arena_text(s->a, text_from(clean.what))};
}

static bool may_go(struct search *s, struct text host)
{
    if (dav_is_same_owner(host, s->domain))
        return true;
    for (size_t i = 0; i < s->ask->n_consents; i++)
        if (text_equal_nocase(host, s->ask->consents[i].domain) ||
            dav_is_same_owner(host, s->ask->consents[i].domain))
            return true;
    s->answer->asks = arena_text(s->a, host);
    return false;
}

static void found(struct search *s, struct text host, int64_t port, struct text path)
{
    s->answer->host = arena_text(s->a, host);
    s->answer->port = port;
    s->answer->path = arena_text(s->a, path);
    note(s, LAYER_OK, arena_cstr(s->a, host), "a calendar server");
}

static bool is_known(struct search *s)
{
    static const struct {
        struct text domain, host;
    } known[] = {{{"icloud.com", 10}, {"caldav.icloud.com", 17}},
                 {{"me.com", 6}, {"caldav.icloud.com", 17}},
                 {{"mac.com", 7}, {"caldav.icloud.com", 17}},
                 {{"fastmail.com", 12}, {"caldav.fastmail.com", 19}}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal_nocase(s->domain, known[i].domain)) {
            found(s, known[i].host, HTTPS, TEXT("/"));
            return true;
        }
    return false;
}

/* True: the search is over, by a server or by a question. */
static bool try_srv(struct search *s)
{
    unsigned char answer[4096];
    char host[MAX_HOST + 1] = "";
    int64_t port = 0;
    char *name = arena_printf(s->a, "_caldavs._tcp." TEXT_FMT, TEXT_ARG(s->domain));
    int n = res_query(name, ns_c_in, ns_t_srv, answer, sizeof answer);
    if (n <= 0 || n > (int)sizeof answer || !srv_read(answer, (size_t)n, host, &port)) {
        note(s, LAYER_WARN, name, "there is no SRV record");
        return false;
    }
    if (may_go(s, text_from(host)))
        found(s, text_from(host), port, TEXT("/"));
    return true;
}

/* The domain's own well-known address, one step far: further ones are followed with the checks of a connection. */
static bool try_well_known(struct search *s)
{
    static const char *const headers[] = {"Depth: 0", NULL};
    struct server server = *s->c->dav.server;
    struct fetch *fetch = NULL;
    struct error why = {0};
    struct dav_place at = {.host = s->domain,
                           .port = HTTPS,
                           .target = TEXT("/.well-known/caldav")},
                     next;
    server.host = s->domain;
    server.port = HTTPS;
    server.path = TEXT("/");
    struct fetch_request request = {.verb = "PROPFIND",
                                    .target = "/.well-known/caldav",
                                    .headers = headers,
                                    .max_answer = DAV_SHORT_MAX};
    enum status status = fetch_open(&server, s->c->dav.options, FETCH_ANONYMOUS, &fetch, &why);
    if (status == OK)
        status = fetch_send(fetch, &request, NULL, s->deadline_ms, &why);
    int http = status == OK ? fetch_facts_of(fetch)->http_status : 0;
    bool is_over = false;
    if (http == 401 || http == 207) {
        found(s, s->domain, HTTPS, TEXT("/"));
        is_over = true;
    } else if (http / 100 == 3) {
        struct dav there = {.server = &server};
        struct text location = text_from(fetch_facts_of(fetch)->location), host, rest;
        if (dav_resolve(&there, s->a, &at, location, &next, NULL) == OK) {
            found(s, next.host, next.port, next.target);
            is_over = true;
        } else if (text_starts(location, TEXT("https://")) &&
                   text_cut((struct text){location.at + 8, location.n - 8}, '/', &host,
                            &rest) &&
                   host.n <= MAX_HOST && !memchr(host.at, ':', host.n)) {
            if (may_go(s, host))
                found(s, host, HTTPS, TEXT("/"));
            is_over = true;
        }
    }
    if (!is_over)
        note(s, LAYER_WARN, arena_cstr(s->a, s->domain),
             status == OK ? "its well-known address leads to no calendar" : why.what);
    fetch_close(fetch);
    return is_over;
}

enum status caldav_discover(struct calendar *c, const struct discover_ask *ask,
                            int64_t deadline_ms, struct arena *a,
                            struct discover_answer *ret_answer, struct error *err)
{
    struct text user;
    struct search s = {
        .c = c, .ask = ask, .a = a, .answer = ret_answer, .deadline_ms = deadline_ms};
    if (!text_cut(c->dav.server->mailbox, '@', &user, &s.domain) || !s.domain.n ||
        s.domain.n > MAX_HOST - 16)
        return error_set(err, ERR_INVALID, "discovery", "the mailbox has no address");
    ret_answer->layers = ARENA_ARRAY(a, MAX_LAYERS, struct layer);
    if (!is_known(&s) && !try_srv(&s))
        (void)try_well_known(&s);
    return OK;
}
