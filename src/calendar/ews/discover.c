/* SPDX-License-Identifier: ISC
 *
 * Where to ask for a mailbox of example.ch, in the documented order (SCP, the first, is a directory's and out of
 * reach from here):
 *
 *   1 https://example.ch/autodiscover/...
 *   2 https://autodiscover.example.ch/...
 *   3 http://autodiscover.example.ch/autodiscover/autodiscover.xml, which may only say where to go
 *   4 the SRV record _autodiscover._tcp.example.ch
 *
 * At each place SOAP first, then POX. Never a parent domain: whoever owns it would get the password. A place
 * is asked without a credential first; it gets one only with the certificate verified, within the mailbox's own
 * domain or one that the person agreed to, and by the one method that was chosen and is offered. A refused
 * sign-in ends the search, as every further one would count towards the directory's lock-out.
 */
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar/ews/autodiscover.h"
#include "calendar/ews/ews.h"
#include "calendar/ews/srv.h"
#include "format/url.h"

enum { REDIRECTS_MAX = 10, VISITED_MAX = 48, LOCATION_MAX = 159, HTTPS = 443, HTTP = 80 };

#define SOAP_PATH "/autodiscover/autodiscover.svc"
#define POX_PATH "/autodiscover/autodiscover.xml"

struct search {
    struct calendar *ews;
    const struct discover_ask *ask;
    int64_t deadline_ms;
    struct arena *a;
    struct discover_answer *answer;
    struct text address; /* of the mailbox, as the last redirect says */
    struct text domain;
    unsigned redirects;
    const char *visited[VISITED_MAX]; /* addresses and URLs */
    size_t n_visited;
    struct error *err;
};

struct place {
    struct text host;
    int64_t port;
    struct text path;
    enum autodiscover_language language;
};

/* Every step below returns OK where the search is over (found, online, or a person must be asked), and
 * ERR_NOT_FOUND where the next place is to be tried. */

static void note(struct search *search, enum layer_state state, const char *where,
                 const char *what, const char *fix)
{
    struct discover_answer *answer = search->answer;
    struct error clean; /* masks what is not clean text */
    if (answer->n_layers == MAX_LAYERS)
        return;
    error_set(&clean, OK, "", "%s: %s", where, what);
    answer->layers[answer->n_layers++] =
        (struct layer){.name = TEXT("autodiscover"),
                       .state = state,
                       .detail = arena_text(search->a, text_from(clean.what)),
                       .fix = arena_text(search->a, text_from(fix))};
}

static bool is_within(struct text host, struct text domain)
{
    if (host.n <= domain.n)
        return text_equal_nocase(host, domain);
    struct text end = {host.at + host.n - domain.n, domain.n};
    return host.at[host.n - domain.n - 1] == '.' && text_equal_nocase(end, domain);
}

static bool is_online(struct text host)
{
    return is_within(host, TEXT("outlook.com")) || is_within(host, TEXT("office365.com")) ||
           is_within(host, TEXT("office.com")) || is_within(host, TEXT("outlook.cn")) ||
           is_within(host, TEXT("partner.outlook.cn"));
}

/* May this host be asked? Where not, who runs hourgate is asked for consent. */
static bool may_go(struct search *search, struct text host)
{
    if (is_within(host, search->domain))
        return true;
    for (size_t i = 0; i < search->ask->n_consents; i++)
        if (search->ask->consents[i].domain.n &&
            is_within(host, search->ask->consents[i].domain))
            return true;
    search->answer->asks = arena_text(search->a, host);
    return false;
}

static bool is_new(struct search *search, const char *what)
{
    for (size_t i = 0; i < search->n_visited; i++)
        if (strcmp(search->visited[i], what) == 0)
            return false;
    if (search->n_visited == VISITED_MAX)
        return false;
    search->visited[search->n_visited++] = what;
    return true;
}

static enum status found_online(struct search *search, const char *where)
{
    search->answer->online = true;
    note(search, LAYER_WARN, where, "this mailbox lives in Exchange Online",
         "connect it by Microsoft Graph: EWS ends there, and password sign-in has ended");
    return OK;
}

/* ---- addresses ---- */

static enum status split(struct search *search, struct text url, struct place *ret_place)
{
    struct url parts;
    struct text host, port;
    int64_t number = HTTPS;
    if (url_split(url, &parts) != OK || !text_equal_nocase(parts.scheme, TEXT("https")))
        return ERR_INVALID;
    host = parts.authority;
    if (text_cut(parts.authority, ':', &host, &port) && !text_to_i64(port, &number))
        return ERR_INVALID;
    if (!host.n || host.n > MAX_HOST || number < 1 || number > 65535 || parts.path.n > MAX_PATH)
        return ERR_INVALID;
    bool is_soap = text_ends(parts.path, TEXT(".svc"));
    *ret_place =
        (struct place){.host = arena_text(search->a, host),
                       .port = number,
                       .path = parts.path.n ? arena_text(search->a, parts.path) : TEXT("/"),
                       .language = is_soap ? AUTODISCOVER_SOAP : AUTODISCOVER_POX};
    return OK;
}

static enum status try_place(struct search *search, const struct place *place);
static enum status search_domain(struct search *search);

static enum status redirected(struct search *search, const char *where, struct text url)
{
    struct place place;
    if (++search->redirects > REDIRECTS_MAX)
        return error_set(search->err, ERR_UPSTREAM, "autodiscover",
                         "more than %d redirects, the last from %s", REDIRECTS_MAX, where);
    if (url.n >= LOCATION_MAX || split(search, url, &place) != OK) {
        note(search, LAYER_WARN, where, "it redirects to an address that is not HTTPS", "");
        return ERR_NOT_FOUND;
    }
    if (is_online(place.host))
        return found_online(search, where);
    if (!may_go(search, place.host)) {
        note(search, LAYER_WARN, where, "it redirects into another domain",
             arena_printf(search->a, "agree to " TEXT_FMT " if you know it",
                          TEXT_ARG(place.host)));
        return OK;
    }
    return try_place(search, &place);
}

/* The mailbox has another address; the search begins again with that. */
static enum status redirected_address(struct search *search, const char *where,
                                      struct text address)
{
    struct text name, domain;
    if (++search->redirects > REDIRECTS_MAX)
        return error_set(search->err, ERR_UPSTREAM, "autodiscover",
                         "more than %d redirects, the last from %s", REDIRECTS_MAX, where);
    if (!text_cut(address, '@', &name, &domain) || !domain.n || address.n > MAX_EMAIL) {
        note(search, LAYER_WARN, where, "it names an address that is none", "");
        return ERR_NOT_FOUND;
    }
    if (!is_new(search, arena_cstr(search->a, address)))
        return error_set(search->err, ERR_UPSTREAM, "autodiscover",
                         "the addresses that it names lead in a circle");
    if (is_within(domain, TEXT("onmicrosoft.com")))
        return found_online(search, where);
    if (!may_go(search, domain)) {
        note(search, LAYER_WARN, where, "it names an address in another domain",
             arena_printf(search->a, "agree to " TEXT_FMT " if you know it", TEXT_ARG(domain)));
        return OK;
    }
    search->address = arena_text(search->a, address);
    search->domain = arena_text(search->a, domain);
    return search_domain(search);
}

/* ---- one place ---- */

static enum status found(struct search *search, const char *where,
                         const struct autodiscover_answer *said)
{
    struct place place;
    struct text url = said->external.n ? said->external : said->internal;
    if (said->online)
        return found_online(search, where);
    if (said->redirect_url.n)
        return redirected(search, where, said->redirect_url);
    if (said->redirect_address.n)
        return redirected_address(search, where, said->redirect_address);
    if (!url.n || split(search, url, &place) != OK) {
        note(search, LAYER_WARN, where,
             said->code.n ? arena_printf(search->a, "it answers with error " TEXT_FMT,
                                         TEXT_ARG(said->code))
                          : "it names no address of EWS",
             "");
        return ERR_NOT_FOUND;
    }
    if (is_online(place.host))
        return found_online(search, where);
    search->answer->host = place.host;
    search->answer->port = place.port;
    search->answer->path = place.path;
    search->answer->mailbox =
        said->address.n && said->address.n <= MAX_EMAIL ? said->address : search->address;
    note(search, LAYER_OK, where, "it names the server", "");
    return OK;
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)facts, (void)err;
    buf_add_text(owner, bytes);
    return OK;
}

/* Ask one place once; what came stands in facts and body. */
static enum status ask_once(struct search *search, const struct place *place,
                            enum fetch_way way, struct buf *body, struct fetch_facts *ret_facts,
                            struct error *err)
{
    struct server server = *search->ews->server;
    server.host = place->host;
    server.port = place->port;
    server.path = place->path;
    struct fetch *fetch = NULL;
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    autodiscover_write(&request, place->language, search->address);
    struct fetch_request post = {.body = buf_text(&request),
                                 .max_answer = AUTODISCOVER_ANSWER_MAX};
    struct fetch_sink sink = {.owner = body, .bytes = on_bytes};
    *ret_facts = (struct fetch_facts){0};
    TRY(fetch_open(&server, search->ews->options, way, &fetch, err));
    enum status status = fetch_send(fetch, &post, &sink, search->deadline_ms, err);
    *ret_facts = *fetch_facts_of(fetch);
    fetch_close(fetch);
    return status;
}

static bool is_redirect(const struct fetch_facts *facts)
{
    return facts->http_status >= 301 && facts->http_status <= 308 && *facts->location;
}

static bool is_offered(const struct fetch_facts *facts, enum auth_method method)
{
    static const char *const words[AUTH_METHOD_COUNT] = {
        "ntlm", "basic", "negotiate", "bearer", "bearer", "bearer", ""};
    struct text rest = text_from(facts->challenges), word;
    while (text_cut(rest, ' ', &word, &rest))
        if (text_equal(word, text_from(words[method])))
            return true;
    return text_equal(rest, text_from(words[method]));
}

static enum status ask_signed_in(struct search *search, const struct place *place,
                                 const char *url)
{
    CLEANUP(buf_done) struct buf body = BUF(AUTODISCOVER_ANSWER_MAX);
    struct fetch_facts facts;
    struct autodiscover_answer said;
    struct error why = {0};
    enum status status = ask_once(search, place, FETCH_SIGNED_IN, &body, &facts, &why);
    if (status == ERR_AUTH || (status == OK && facts.http_status == 401)) {
        note(search, LAYER_REFUSED, url, "it refuses the sign-in",
             "check user and password; nothing further is asked with them");
        return error_set(search->err, ERR_AUTH, "autodiscover",
                         "%s refuses the sign-in (HTTP 401)", url);
    }
    if (status == OK && is_redirect(&facts))
        return redirected(search, url, text_from(facts.location));
    if (status == OK && facts.http_status != 200 && facts.http_status != 500)
        status = error_set(&why, ERR_UPSTREAM, "http", "HTTP %d", facts.http_status);
    if (status == OK)
        status = autodiscover_read(buf_text(&body), search->a, &said, &why);
    if (status == OK)
        return found(search, url, &said);
    note(search, LAYER_WARN, url, why.what, "");
    return ERR_NOT_FOUND;
}

static enum status try_place(struct search *search, const struct place *place)
{
    char *url = arena_printf(search->a, "https://" TEXT_FMT ":%d" TEXT_FMT,
                             TEXT_ARG(place->host), (int)place->port, TEXT_ARG(place->path));
    CLEANUP(buf_done) struct buf body = BUF(AUTODISCOVER_ANSWER_MAX);
    struct fetch_facts facts;
    struct error why = {0};
    if (!is_new(search, url))
        return ERR_NOT_FOUND;
    enum status status = ask_once(search, place, FETCH_ANONYMOUS, &body, &facts, &why);
    if (status != OK) {
        /* Of no harm where a later place answers: many a website has a certificate of its own there. */
        note(search, LAYER_WARN, url, why.what, facts.tls.refused ? facts.tls.fix : "");
        return status == ERR_CLOSED ? status : ERR_NOT_FOUND;
    }
    if (is_redirect(&facts))
        return redirected(search, url, text_from(facts.location));
    if (facts.http_status == 401 && is_offered(&facts, search->ews->server->method))
        return ask_signed_in(search, place, url);
    note(search, LAYER_WARN, url,
         facts.http_status == 401
             ? arena_printf(search->a, "it does not offer the chosen sign-in (offered: %s)",
                            *facts.challenges ? facts.challenges : "none")
             : arena_printf(search->a, "HTTP %d, no Autodiscover", facts.http_status),
         "");
    return ERR_NOT_FOUND;
}

static enum status try_host(struct search *search, struct text host, int64_t port)
{
    struct place soap = {host, port, TEXT(SOAP_PATH), AUTODISCOVER_SOAP};
    struct place pox = {host, port, TEXT(POX_PATH), AUTODISCOVER_POX};
    enum status status = try_place(search, &soap);
    return status == ERR_NOT_FOUND ? try_place(search, &pox) : status;
}

/* ---- the places of a domain ---- */

static enum status try_plain(struct search *search, struct text host)
{
    struct place place = {host, HTTP, TEXT(POX_PATH), AUTODISCOVER_POX};
    char *url = arena_printf(search->a, "http://" TEXT_FMT POX_PATH, TEXT_ARG(host));
    CLEANUP(buf_done) struct buf body = BUF(AUTODISCOVER_ANSWER_MAX);
    struct fetch_facts facts;
    struct error why = {0};
    enum status status = ask_once(search, &place, FETCH_PLAIN, &body, &facts, &why);
    if (status == OK && is_redirect(&facts))
        return redirected(search, url, text_from(facts.location));
    note(search, LAYER_WARN, url, status == OK ? "it redirects nowhere" : why.what, "");
    return status == ERR_CLOSED ? status : ERR_NOT_FOUND;
}

static enum status try_srv(struct search *search)
{
    unsigned char answer[4096];
    char host[MAX_HOST + 1] = "";
    int64_t port = 0;
    char *name =
        arena_printf(search->a, "_autodiscover._tcp." TEXT_FMT, TEXT_ARG(search->domain));
    int n = res_query(name, ns_c_in, ns_t_srv, answer, sizeof answer);
    if (n <= 0 || n > (int)sizeof answer || !srv_read(answer, (size_t)n, host, &port)) {
        note(search, LAYER_WARN, name, "there is no SRV record", "");
        return ERR_NOT_FOUND;
    }
    char *url = arena_printf(search->a, "https://%s:%d" POX_PATH, host, (int)port);
    return redirected(search, name, text_from(url));
}

static enum status search_domain(struct search *search)
{
    struct text domain = search->domain;
    char *sub = arena_printf(search->a, "autodiscover." TEXT_FMT, TEXT_ARG(domain));
    enum status status = try_host(search, domain, HTTPS);
    if (status == ERR_NOT_FOUND)
        status = try_host(search, text_from(sub), HTTPS);
    if (status == ERR_NOT_FOUND)
        status = try_plain(search, text_from(sub));
    if (status == ERR_NOT_FOUND)
        status = try_srv(search);
    return status;
}

enum status ews_discover(struct calendar *ews, const struct discover_ask *ask,
                         int64_t deadline_ms, struct arena *a,
                         struct discover_answer *ret_answer, struct error *err)
{
    struct text name;
    struct search search = {.ews = ews,
                            .ask = ask,
                            .deadline_ms = deadline_ms,
                            .a = a,
                            .answer = ret_answer,
                            .address = ews->address,
                            .err = err};
    if (!text_cut(search.address, '@', &name, &search.domain) || !name.n || !search.domain.n)
        return error_set(err, ERR_INVALID, "autodiscover",
                         "the mailbox's address is needed, as anna@example.ch");
    ret_answer->layers = ARENA_ARRAY(a, MAX_LAYERS, struct layer);
    is_new(&search, arena_cstr(a, search.address));
    enum status status = search_domain(&search);
    if (status != ERR_NOT_FOUND)
        return status;
    note(&search, LAYER_REFUSED, "all places", "no server was found",
         "give the server's address yourself: https://mail.example.ch/EWS/Exchange.asmx");
    return OK;
}
