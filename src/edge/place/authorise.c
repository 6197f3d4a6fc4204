/* SPDX-License-Identifier: ISC
 *
 * Letting hourgate into a calendar at its provider, by its owner: no password is typed here.
 *
 *     POST /connections/authorise    name (of the registration), connection (to be let in anew) -> a page that leads to
 *                                    the provider, by itself where the browser does that
 *     GET  /oauth/callback           state, and code or error -> 303 to the connection, or what went wrong
 *
 * The way out is no answer to a form by 303: form-action of our own policy holds for where such an answer leads, and a
 * provider sends people on to others.
 */
#include "edge/place/doctor.h"
#include "edge/place/frame.h"
#include "edge/place/provider.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"

#define CALLBACK "/oauth/callback"
enum { ADDRESS_MAX = 8 * 1024 };

static const char *callback_of(struct visit *visit)
{
    return arena_printf(&visit->arena, TEXT_FMT CALLBACK,
                        TEXT_ARG(visit->edge->config.base_url));
}

/* ---- there ---- */

static void add_parameter(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "&%s=", name);
    url_encode(out, value);
}

/* What only some understand: Google gives what lasts on these terms alone, Microsoft asks which of several accounts. */
static void add_own_parameters(struct buf *out, enum calendar_kind kind)
{
    if (kind == CALENDAR_GOOGLE)
        buf_add_cstr(out, "&access_type=offline&prompt=consent");
    else if (kind == CALENDAR_GRAPH)
        buf_add_cstr(out, "&prompt=select_account");
}

static const char *address_of(struct visit *visit, const struct oauth_begin_answer *begun)
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
    add_parameter(&out, "client_id", begun->client_id);
    add_parameter(&out, "redirect_uri", text_from(callback_of(visit)));
    add_parameter(&out, "scope", begun->scope);
    add_parameter(&out, "code_challenge", begun->challenge);
    add_parameter(&out, "state", (struct text){(const char *)begun->state.at, begun->state.n});
    if (begun->hint.n)
        add_parameter(&out, "login_hint", begun->hint);
    add_own_parameters(&out, begun->kind);
    ENSURE(!buf_failed(&out)); /* of fields that all have their maximum */
    return arena_cstr(&visit->arena, buf_text(&out));
}

static void refuse(struct visit *visit, unsigned http, struct message detail)
{
    struct authorised_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS,
                            visit_say(visit, MESSAGE("Nothing was connected"))),
        .detail = visit_say(visit, detail),
    };
    FRAME_SEND(visit, http, web_authorised, &view);
}

static void begun(struct visit *visit, enum status status, const void *answer)
{
    const struct oauth_begin_answer *begun = answer;
    if (status == ERR_AUTH) {
        session_see_other(visit, "/sign-in", NULL);
    } else if (status == ERR_CONFLICT) {
        refuse(visit, 409,
               MESSAGE("You have a calendar connected already. Disconnect it first, or let "
                       "hourgate in anew on its page."));
    } else if (status == ERR_NOT_FOUND) {
        refuse(visit, 404,
               MESSAGE("There is no such provider here, or no such connection of yours."));
    } else if (status != OK || !begun) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    } else {
        const char *address = address_of(visit, begun);
        struct leaving_view view = {
            .frame = frame_fill(visit, FRAME_CONNECTIONS,
                                visit_say(visit, MESSAGE("You are being sent on"))),
            .label = begun->label,
            .host = begun->authorize.host,
            .href = address,
        };
        struct http_response response;
        visit_response(visit, &response, 200, "text/html; charset=utf-8");
        http_response_add(&response, "Refresh",
                          text_from(arena_printf(&visit->arena, "0;url=%s", address)));
        web_leaving(&response.body, &view);
        visit_send(visit, &response);
    }
}

static void begin(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct oauth_begin_ask ask = {.token = session_secret(visit, session_cookie(visit)),
                                  .name = form_find(&form, "name"),
                                  .redirect = text_from(callback_of(visit))};
    struct text connection = form_find(&form, "connection");
    bool is_sound =
        !connection.n || (text_to_i64(connection, &ask.connection) && ask.connection > 0);
    if (!is_sound || ask.name.n > MAX_SLUG)
        visit_fail_http(visit, 400);
    else
        visit_ask(visit, WIRE_oauth_begin, &ask, DOOR_WRITE, begun);
}

void authorise_post(struct visit *visit)
{
    session_need(visit, begin);
}

/* ---- and back ---- */

static const struct message reasons[OAUTH_OUTCOME_COUNT] = {
    [OAUTH_STALE] =
        MESSAGE("This was begun in another browser, was used already, or took longer "
                "than ten minutes. Please begin again."),
    [OAUTH_DECLINED] =
        MESSAGE("The provider says that it was not allowed. Where an organisation "
                "decides about programs, its administrator must allow hourgate."),
    [OAUTH_FAILED] =
        MESSAGE("The provider has not given hourgate access. Please begin again; "
                "where that does not help, whoever runs this place finds the reason "
                "in the log."),
    [OAUTH_SHORT] =
        MESSAGE("The provider has given access for an hour only, which is of no use: "
                "bookings come at any time. Please begin again."),
    [OAUTH_UNSOUND] = MESSAGE("Nothing was stored: the calendar cannot be used like this. What "
                              "was found stands below."),
    [OAUTH_OTHER] = MESSAGE("That is the calendar of another mailbox than the one that is "
                            "connected here. Please sign in there as the same one."),
    [OAUTH_TAKEN] = MESSAGE("You have a calendar connected already. Disconnect it first, or "
                            "let hourgate in anew on its page."),
};

static void ended(struct visit *visit, enum status status, const void *answer)
{
    const struct oauth_end_answer *end = answer;
    if (status == ERR_AUTH) {
        session_see_other(visit, "/sign-in", NULL);
        return;
    }
    if (status != OK || !end) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    if (end->outcome == OAUTH_CONNECTED) {
        visit_see_other(visit, arena_printf(&visit->arena, "/connections/%lld?done=connected",
                                            (long long)end->connection));
        return;
    }
    struct authorised_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS,
                            visit_say(visit, MESSAGE("Nothing was connected"))),
        .detail = visit_say(visit, reasons[end->outcome]),
        .mailbox = end->mailbox,
        .steps = doctor_steps(visit, end->layers, end->n_layers),
    };
    FRAME_SEND(visit, end->outcome == OAUTH_STALE ? 403 : 422, web_authorised, &view);
}

static void end(struct visit *visit)
{
    struct form form;
    frame_query(visit, &form);
    struct text state = form_find(&form, "state"), code = form_find(&form, "code");
    bool was_declined = form_find(&form, "error").n > 0;
    if (!state.n || state.n > MAX_TOKEN || code.n > MAX_GRANT_CODE ||
        was_declined == (code.n > 0)) {
        visit_fail_http(visit, 400);
        return;
    }
    struct oauth_end_ask ask = {session_secret(visit, session_cookie(visit)),
                                session_secret(visit, state), session_secret(visit, code)};
    visit_ask(visit, WIRE_oauth_end, &ask, DOOR_WRITE, ended);
}

void oauth_callback_get(struct visit *visit)
{
    session_need(visit, end);
}
