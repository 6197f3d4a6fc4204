/* SPDX-License-Identifier: ISC
 *
 * __Host- makes a browser refuse the cookie over plain HTTP, for other paths, and from other names of the same
 * domain. On loopback, where there is no HTTPS, it goes by its bare name.
 */
#include "edge/session.h"

#include <string.h>

#include "edge/route.h"
#include "format/multipart.h"
#include "os/clock.h"

enum {
    COOKIE_TEXT = 54,
    COOKIE_AGE_S = 7 * 86400, /* crypt/token.h; the vault's SESSION_LIFE_S */
    SHOW_S = SESSION_FRESH_S - 300,
    STEP_AGE_S = 300, /* the vault's STEP_LIFE_S */
    NEXT_MAX = 200,
};

#define HOME "/me"

static const struct {
    const char *secure, *bare;
    int age_s;
} cookies[] = {[COOKIE_SESSION] = {"__Host-hourgate", "hourgate", COOKIE_AGE_S},
               [COOKIE_STEP] = {"__Host-hourgate-step", "hourgate-step", STEP_AGE_S},
               [COOKIE_WAY] = {"__Host-hourgate-way", "hourgate-way", OAUTH_FLOW_S}};

static const char *cookie_name(const struct visit *visit, enum session_cookie which)
{
    return visit->edge->config.is_https ? cookies[which].secure : cookies[which].bare;
}

static bool is_token(struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return t.n == COOKIE_TEXT;
}

struct text session_cookie_of(const struct visit *visit, enum session_cookie which)
{
    struct text rest = http_header(visit->request, "Cookie");
    while (rest.n) {
        struct text pair = rest, after = {0}, name, value;
        if (!text_cut(rest, ';', &pair, &after))
            pair = rest;
        if (text_cut(text_trim(pair), '=', &name, &value) &&
            text_equal(name, text_from(cookie_name(visit, which))) && is_token(value))
            return value;
        rest = after;
    }
    return (struct text){0};
}

struct secret session_secret(struct visit *visit, struct text t)
{
    return (struct secret){(unsigned char *)arena_cstr(&visit->arena, t), t.n};
}

struct text session_cookie(const struct visit *visit)
{
    return session_cookie_of(visit, COOKIE_SESSION);
}

void session_set_cookie(struct visit *visit, struct http_response *response,
                        enum session_cookie which, const struct secret *token)
{
    struct buf cookie CLEANUP(buf_wipe) = BUF(256);
    buf_printf(&cookie, "%s=", cookie_name(visit, which));
    if (token)
        buf_add(&cookie, token->at, token->n);
    buf_printf(&cookie, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
               token ? cookies[which].age_s : 0,
               visit->edge->config.is_https ? "; Secure" : "");
    ENSURE(!buf_failed(&cookie));
    http_response_add(response, "Set-Cookie", buf_text(&cookie));
}

void session_see_other(struct visit *visit, const char *location, const struct secret *token)
{
    struct http_response response;
    visit_response(visit, &response, 303, "text/plain; charset=utf-8");
    http_response_add(&response, "Location", text_from(location));
    session_set_cookie(visit, &response, COOKIE_SESSION, token);
    if (session_cookie_of(visit, COOKIE_STEP).n)
        session_set_cookie(visit, &response, COOKIE_STEP, NULL);
    if (session_cookie_of(visit, COOKIE_WAY).n)
        session_set_cookie(visit, &response, COOKIE_WAY, NULL);
    visit_send(visit, &response);
}

void session_begun(struct visit *visit, const struct secret *token, bool needs_code,
                   const char *next)
{
    struct http_response response;
    if (!needs_code) {
        session_see_other(visit, next, token);
        return;
    }
    visit_response(visit, &response, 303, "text/plain; charset=utf-8");
    http_response_add(
        &response, "Location",
        text_from(strcmp(next, HOME) == 0
                      ? "/sign-in/code"
                      : arena_printf(&visit->arena, "/sign-in/code?next=%s", next)));
    session_set_cookie(visit, &response, COOKIE_STEP, token);
    visit_send(visit, &response);
}

/* Letters that have one meaning in an address, whoever reads it. */
static bool is_plain(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_=&?",
                    t.at[i]))
            return false;
    return !memchr(t.at, '\0', t.n);
}

const char *session_next(struct visit *visit, struct text asked)
{
    struct text parts[VISIT_PARTS], path = asked, query;
    size_t n = 0;
    if (!asked.n || asked.n > NEXT_MAX || asked.at[0] != '/' || !is_plain(asked))
        return HOME;
    (void)text_cut(asked, '?', &path, &query);
    if (!path_split(path, parts, &n))
        return HOME;
    const struct route *route = route_find(parts, n);
    return route && route->is_place && route->get ? arena_cstr(&visit->arena, asked) : HOME;
}

/* ---- who is it ---- */

/* Send the visitor to a page of sign-in, from which they come back here: after a POST, to the page of the same name. */
static const char *detour(struct visit *visit, const char *page)
{
    const char *next = session_next(visit, visit->request->path);
    return strcmp(next, HOME) == 0 ? page
                                   : arena_printf(&visit->arena, "%s?next=%s", page, next);
}

static void known(struct visit *visit, enum status status, const void *answer)
{
    if (status == ERR_AUTH) {
        session_see_other(visit, detour(visit, "/sign-in"), NULL);
        return;
    }
    if (status != OK || !answer) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    visit->session = answer;
    if (visit->session->lacks_factor && !visit->route->is_bare)
        visit_see_other(visit, FACTOR_PAGE);
    else
        visit->then_known(visit);
}

void session_need(struct visit *visit, void (*then)(struct visit *visit))
{
    struct text cookie = session_cookie(visit);
    if (!cookie.n) {
        visit_see_other(visit, detour(visit, "/sign-in"));
        return;
    }
    struct session_show_ask ask = {.token = session_secret(visit, cookie)};
    visit->then_known = then;
    visit_ask(visit, WIRE_session_show, &ask, DOOR_READ, known);
}

static void need_fresh(struct visit *visit)
{
    int64_t age_s = visit->now.s - visit->session->proved.s;
    if (age_s < (visit->request->method == HTTP_GET ? SHOW_S : SESSION_FRESH_S))
        visit->then_fresh(visit);
    else
        visit_see_other(visit, detour(visit, "/again"));
}

void session_need_fresh(struct visit *visit, void (*then)(struct visit *visit))
{
    visit->then_fresh = then;
    session_need(visit, need_fresh);
}

/* ---- forms ---- */

bool session_form(struct visit *visit, struct form *ret_form)
{
    unsigned refused = 0;
    if (!visit_is_same_origin(visit))
        refused = 403;
    else if (!visit_has_type(visit, "application/x-www-form-urlencoded"))
        refused = 415;
    else if (form_parse(&visit->arena, buf_text(&visit->request->body), ret_form) != OK)
        refused = 400;
    if (refused)
        visit_fail_http(visit, refused);
    return !refused;
}

bool session_form_file(struct visit *visit, struct form *ret_form, struct text *ret_file)
{
    unsigned refused = 0;
    if (!visit_is_same_origin(visit))
        refused = 403;
    else if (!visit_has_type(visit, "multipart/form-data"))
        refused = 415;
    else if (multipart_parse(&visit->arena, http_header(visit->request, "Content-Type"),
                             buf_text(&visit->request->body), ret_form, ret_file) != OK)
        refused = 400;
    if (refused)
        visit_fail_http(visit, refused);
    return !refused;
}

bool session_is_own_form(struct visit *visit, const struct form *form)
{
    struct text sent = form_find(form, "form"), own = visit->session->form;
    struct secret one = {(unsigned char *)(uintptr_t)sent.at, sent.n};
    struct secret other = {(unsigned char *)(uintptr_t)own.at, own.n};
    if (sent.n == own.n && secret_equal(&one, &other))
        return true;
    visit_fail_http(visit, 403);
    return false;
}

/* ---- tries ---- */

bool session_may_try(struct visit *visit)
{
    unsigned char key[16];
    if (!visit_peer_key(visit, key) ||
        rate_has(visit->edge->rate_wrong, key, clock_ms(), &visit->retry_s))
        return true;
    visit->edge->counts.limited++;
    visit_fail_http(visit, 429);
    return false;
}

void session_count_wrong(struct visit *visit)
{
    unsigned char key[16];
    int64_t retry_s;
    if (visit_peer_key(visit, key))
        (void)rate_take(visit->edge->rate_wrong, key, clock_ms(), &retry_s);
}
