/* SPDX-License-Identifier: ISC
 *
 * The signed-in person's second factor.
 *
 *     GET  /settings/second-factor    how it stands; while it waits for its first code, the secret
 *     POST /settings/second-factor    action=begin; action=confirm and code; action=codes; action=off and password, code
 *
 * The secret and the recovery codes pass through here once, on their way to the screen.
 */
#include "base/buf.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/qr.h"
#include "format/url.h"
#include "lang/moment.h"

enum { URI_MAX = 1024, PATH_MAX_BYTES = 64 * 1024, GROUP = 4, QUIET = 4 };

/* ---- showing ---- */

/* In groups of four, which are easier to type. */
static const char *grouped(struct arena *a, struct text secret)
{
    struct buf out CLEANUP(buf_wipe) = BUF(2 * MAX_TOKEN);
    for (size_t i = 0; i < secret.n; i++) {
        if (i && i % GROUP == 0)
            buf_add_text(&out, TEXT(" "));
        buf_add(&out, secret.at + i, 1);
    }
    ENSURE(!buf_failed(&out));
    return arena_cstr(a, buf_text(&out));
}

/* What apps read: otpauth://totp/ISSUER:NAME?secret=...&issuer=ISSUER. */
static void lay_out_secret(struct visit *visit, struct text secret, struct factor_view *view)
{
    struct buf uri CLEANUP(buf_wipe) = BUF(URI_MAX),
                   path CLEANUP(buf_wipe) = BUF(PATH_MAX_BYTES);
    int side = 0;
    view->secret = grouped(&visit->arena, secret);
    buf_add_text(&uri, TEXT("otpauth://totp/"));
    url_encode(&uri, visit->session->account_name);
    buf_add_text(&uri, TEXT(":"));
    url_encode(&uri, visit->session->email);
    buf_add_text(&uri, TEXT("?secret="));
    url_encode(&uri, secret);
    buf_add_text(&uri, TEXT("&issuer="));
    url_encode(&uri, visit->session->account_name);
    if (buf_failed(&uri) || qr_path(&path, buf_text(&uri), &side) != OK)
        return; /* the name is too long for a picture: the text does */
    view->qr = arena_cstr(&visit->arena, buf_text(&path));
    view->qr_box = arena_printf(&visit->arena, "%d %d %d %d", -QUIET, -QUIET, side + 2 * QUIET,
                                side + 2 * QUIET);
}

/* The field for a code; a recovery code is longer than the app's. */
static struct field_view code_field(struct visit *visit, bool is_pending)
{
    return (struct field_view){
        .name = "code",
        .label = is_pending
                     ? visit_say(visit, MESSAGE("The six figures that the app shows now"))
                     : visit_say(visit, MESSAGE("A code of the app, or a recovery code")),
        .autocomplete = "one-time-code",
        .type = "text",
        .longest = is_pending ? 12 : 40,
        .is_required = true,
        .is_narrow = true,
    };
}

static struct factor_view view_new(struct visit *visit)
{
    return (struct factor_view){
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Second factor"))),
        .email = visit->session->email,
        .password = {.name = "password",
                     .label = visit_say(visit, MESSAGE("Password")),
                     .type = "password",
                     .autocomplete = "current-password",
                     .longest = MAX_PASSWORD,
                     .is_required = true},
    };
}

static void shown(struct visit *visit, enum status status, const void *answer)
{
    const struct factor_show_answer *factor = answer;
    struct factor_view view = view_new(visit);
    if (status != OK || !factor) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    struct text secret = {(const char *)factor->secret.at, factor->secret.n};
    view.is_on = factor->state == FACTOR_ON;
    view.is_pending = factor->state == FACTOR_PENDING && secret.n;
    view.is_off = !view.is_on && !view.is_pending;
    view.is_required = factor->is_required;
    view.is_demanded = factor->is_required && !view.is_on;
    view.code = code_field(visit, view.is_pending);
    if (view.is_pending)
        lay_out_secret(visit, secret, &view);
    if (view.is_on) {
        struct slot since = {factor->since, factor->since};
        view.since = month_when(&visit->arena, visit->language, since, frame_zone(visit),
                                frame_zone(visit))
                         .day;
        view.left = factor->codes;
    }
    FRAME_SEND(visit, visit->problem ? 403 : 200, web_factor, &view);
}

static void ask(struct visit *visit)
{
    struct factor_show_ask ask = {session_secret(visit, session_cookie(visit))};
    visit_ask(visit, WIRE_factor_show, &ask, DOOR_READ, shown);
}

void factor_get(struct visit *visit)
{
    session_need(visit, ask);
}

/* ---- changing ---- */

/* Where nothing special is to be said: back to the page, which shows how it stands by now. */
static void refuse(struct visit *visit, enum status status)
{
    if (status == ERR_AUTH)
        session_see_other(visit, "/sign-in", NULL);
    else if (status == ERR_CONFLICT)
        visit_see_other(visit, FACTOR_PAGE);
    else if (status == ERR_DENIED)
        visit_see_other(visit, "/again?next=" FACTOR_PAGE);
    else
        visit_fail(visit, status == OK ? ERR_INVALID : status);
}

static void begun(struct visit *visit, enum status status, const void *answer)
{
    (void)answer;
    if (status == OK)
        visit_see_other(visit, FACTOR_PAGE);
    else
        refuse(visit, status);
}

/* Show recovery codes, the one time that they are known. */
static void show_codes(struct visit *visit, const struct factor_recovery *codes, size_t n,
                       const struct secret *token)
{
    struct factor_view view = view_new(visit);
    struct http_response response;
    view.has_codes = true;
    view.frame.done =
        token ? visit_say(
                    visit,
                    MESSAGE("It is on. From now on signing in asks for a code of your app."))
              : visit_say(visit, MESSAGE("Here are the new ones."));
    view.codes = ARENA_ARRAY(&visit->arena, FACTOR_RECOVERY_CODES, struct recovery_view);
    for (size_t i = 0; i < n; i++)
        view.codes[view.n_codes++].code =
            (struct text){(const char *)codes[i].code.at, codes[i].code.n};
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    if (token)
        session_set_cookie(visit, &response, COOKIE_SESSION, token);
    web_factor(&response.body, &view);
    visit_send(visit, &response);
}

static void confirmed(struct visit *visit, enum status status, const void *answer)
{
    const struct factor_confirm_answer *on = answer;
    if (status == OK && on) {
        show_codes(visit, on->codes, on->n_codes, &on->token);
    } else if (status == ERR_INVALID) {
        visit->problem = visit_say(
            visit,
            MESSAGE("This is not the code of now. Look at the app again: it changes every "
                    "30 seconds, and the clock of the phone must be right."));
        ask(visit);
    } else {
        refuse(visit, status);
    }
}

static void renewed(struct visit *visit, enum status status, const void *answer)
{
    const struct factor_codes_answer *codes = answer;
    if (status == OK && codes)
        show_codes(visit, codes->codes, codes->n_codes, NULL);
    else
        refuse(visit, status);
}

static void ended(struct visit *visit, enum status status, const void *answer)
{
    const struct factor_off_answer *off = answer;
    if (status == OK && off) {
        session_see_other(visit, FACTOR_PAGE "?done=factor-off", &off->token);
    } else if (status == ERR_DENIED) {
        session_count_wrong(visit);
        visit->problem = visit_say(
            visit,
            MESSAGE("Still on: the password or the code is wrong, or there were too many "
                    "wrong ones. A code that you signed in with does not work again."));
        ask(visit);
    } else {
        refuse(visit, status);
    }
}

static void end(struct visit *visit, const struct form *form, struct text code)
{
    struct text password = form_find(form, "password");
    if (!session_may_try(visit))
        return;
    if (password.n > MAX_PASSWORD) {
        visit_fail_http(visit, 400);
        return;
    }
    struct factor_off_ask ask = {session_secret(visit, session_cookie(visit)),
                                 session_secret(visit, password), session_secret(visit, code)};
    visit_ask(visit, WIRE_factor_off, &ask, DOOR_WRITE, ended);
}

static void change(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct text action = form_find(&form, "action"), code = form_find(&form, "code");
    struct secret token = session_secret(visit, session_cookie(visit));
    if (code.n > FACTOR_CODE_MAX) {
        visit_fail_http(visit, 400);
    } else if (text_equal(action, TEXT("begin"))) {
        struct factor_begin_ask ask = {token};
        visit_ask(visit, WIRE_factor_begin, &ask, DOOR_WRITE, begun);
    } else if (text_equal(action, TEXT("confirm"))) {
        struct factor_confirm_ask ask = {token, session_secret(visit, code)};
        visit_ask(visit, WIRE_factor_confirm, &ask, DOOR_WRITE, confirmed);
    } else if (text_equal(action, TEXT("codes"))) {
        struct factor_codes_ask ask = {token};
        visit_ask(visit, WIRE_factor_codes, &ask, DOOR_WRITE, renewed);
    } else if (text_equal(action, TEXT("off"))) {
        end(visit, &form, code);
    } else {
        visit_fail_http(visit, 400);
    }
}

void factor_post(struct visit *visit)
{
    session_need_fresh(visit, change);
}
