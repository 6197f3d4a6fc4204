/* SPDX-License-Identifier: ISC
 *
 * Signing in by an account's own provider (OpenID Connect).
 *
 *     GET /sign-in/with/ACCOUNT    next, again -> 303 to the provider, with a cookie for ten minutes
 *     GET /sign-in/callback        state, and code or error -> 303 with a session; or the sign-in page, with why not
 *
 * The cookie ties what comes back to the browser that was sent there: an address that somebody else made signs nobody in
 * as them. Where it goes on is looked at twice, before it is kept and when it comes back.
 */
#include "edge/single_sign_on.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"
#include "os/clock.h"

#define CALLBACK "/sign-in/callback"
enum { ADDRESS_MAX = 8 * 1024 };

/* ---- there ---- */

static void add_parameter(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "&%s=", name);
    url_encode(out, value);
}

static struct text callback_of(struct visit *visit)
{
    return text_from(
        arena_printf(&visit->arena, TEXT_FMT CALLBACK, TEXT_ARG(visit->edge->config.base_url)));
}

static const char *address_of(struct visit *visit, const struct sso_begin_answer *begun,
                              bool again)
{
    struct buf out CLEANUP(buf_wipe) = BUF(ADDRESS_MAX);
    const struct endpoint *at = &begun->authorize;
    bool is_v6 = memchr(at->host.at, ':', at->host.n);
    buf_printf(&out, "https://%s" TEXT_FMT "%s", is_v6 ? "[" : "", TEXT_ARG(at->host),
               is_v6 ? "]" : "");
    if (at->port != 443)
        buf_printf(&out, ":%lld", (long long)at->port);
    buf_printf(&out, TEXT_FMT "?response_type=code&code_challenge_method=S256",
               TEXT_ARG(at->path));
    add_parameter(&out, "scope", TEXT("openid email profile"));
    add_parameter(&out, "client_id", begun->client_id);
    add_parameter(&out, "redirect_uri", callback_of(visit));
    add_parameter(&out, "code_challenge", begun->challenge);
    add_parameter(&out, "nonce", begun->nonce);
    add_parameter(&out, "state", (struct text){(const char *)begun->state.at, begun->state.n});
    if (again)
        buf_add_cstr(&out, "&prompt=login&max_age=0");
    ENSURE(!buf_failed(&out)); /* of fields that all have their maximum */
    return arena_cstr(&visit->arena, buf_text(&out));
}

static bool wants_again(struct visit *visit)
{
    struct form form;
    return form_parse(&visit->arena, visit->request->query, &form) == OK &&
           form_find(&form, "again").n > 0;
}

static void begun(struct visit *visit, enum status status, const void *answer)
{
    const struct sso_begin_answer *begun = answer;
    if (status == ERR_NOT_FOUND || status == ERR_LIMIT || status == ERR_FULL) {
        visit_fail(visit, status);
        return;
    }
    if (status != OK || !begun) {
        sign_in_show(visit, 502,
                     MESSAGE("The place where you sign in cannot be reached just now. Please "
                             "try again in a while."));
        return;
    }
    struct http_response response;
    visit_response(visit, &response, 303, "text/plain; charset=utf-8");
    http_response_add(&response, "Location",
                      text_from(address_of(visit, begun, wants_again(visit))));
    session_set_cookie(visit, &response, COOKIE_WAY, &begun->cookie);
    visit_send(visit, &response);
}

/* May this address begin once more? It makes us ask a provider and write a row, so it costs as much as a booking. */
static bool may_begin(struct visit *visit)
{
    unsigned char key[16];
    if (!visit_peer_key(visit, key) ||
        rate_take(visit->edge->rate_booking, key, clock_ms(), &visit->retry_s))
        return true;
    visit->edge->counts.limited++;
    visit_fail_http(visit, 429);
    return false;
}

void single_sign_on_get(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    struct sso_begin_ask ask = {
        .account = visit->parts[2],
        .redirect = callback_of(visit),
        .next = text_from(session_next(visit, form_find(&form, "next"))),
        .again = form_find(&form, "again").n > 0,
    };
    if (!text_is_slug(ask.account, MAX_SLUG))
        visit_fail_http(visit, 404);
    else if (may_begin(visit))
        visit_ask(visit, WIRE_sso_begin, &ask, DOOR_WRITE, begun);
}

/* ---- and back ---- */

static void refuse(struct visit *visit, unsigned http, struct message why)
{
    session_count_wrong(visit);
    sign_in_show(visit, http, why);
}

static void ended(struct visit *visit, enum status status, const void *answer)
{
    const struct sso_end_answer *end = answer;
    if (status == OK && end)
        session_see_other(visit, session_next(visit, end->next), &end->token);
    else if (status == ERR_AUTH)
        refuse(visit, 403,
               MESSAGE("This was begun in another browser, was used already, or took longer "
                       "than ten minutes. Please begin again."));
    else if (status == ERR_DENIED)
        refuse(
            visit, 403,
            MESSAGE("You are not let in here by that account. Ask whoever runs this place."));
    else if (status == ERR_FULL || status == ERR_LIMIT)
        visit_fail(visit, status);
    else
        sign_in_show(visit, 502,
                     MESSAGE("The place where you sign in cannot be reached just now. Please "
                             "try again in a while."));
}

void single_sign_on_back_get(struct visit *visit)
{
    struct form form;
    struct text cookie = session_cookie_of(visit, COOKIE_WAY);
    if (!session_may_try(visit))
        return;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    struct text state = form_find(&form, "state"), code = form_find(&form, "code");
    struct text issuer = form_find(&form, "iss");
    bool was_declined = form_find(&form, "error").n > 0;
    if (!state.n || state.n > MAX_TOKEN || code.n > MAX_GRANT_CODE || issuer.n > MAX_PATH ||
        was_declined == (code.n > 0)) {
        visit_fail_http(visit, 400);
        return;
    }
    struct sso_end_ask ask = {session_secret(visit, state), session_secret(visit, cookie),
                              session_secret(visit, code), issuer};
    visit_ask(visit, WIRE_sso_end, &ask, DOOR_WRITE, ended);
}
