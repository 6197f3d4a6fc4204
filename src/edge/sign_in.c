/* SPDX-License-Identifier: ISC
 *
 * Coming in and going out.
 *
 *     GET  /sign-in     the form; next= names where to go then
 *     POST /sign-in     email, password, account -> 303, with the cookie; or to the code, with another
 *     GET  /sign-in/code     the form for the code of a second factor
 *     POST /sign-in/code     code -> 303, with the cookie
 *     GET  /invite/T    the form for a first or new password
 *     POST /invite/T    password -> 303 to /me, with the cookie
 *     POST /sign-out    -> 303 to /sign-in, without it
 */
#include "edge/failure.h"
#include "edge/language.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/single_sign_on.h"
#include "edge/web.h"
#include "format/url.h"

/* ---- signing in ---- */

static const char *offered_path(struct visit *visit, const struct sign_in_view *view)
{
    struct buf out CLEANUP(buf_done) = BUF(3 * MAX_PATH);
    buf_add_cstr(&out, "/sign-in?next=");
    url_encode(&out, text_from(view->next));
    return arena_cstr(&visit->arena, buf_text(&out));
}

/* What the page shows, until it is known by which provider the account's people sign in. */
struct showing {
    struct sign_in_view view;
    unsigned http;
};

static void send_sign_in(struct visit *visit, enum status status, const void *answer)
{
    struct showing *showing = visit->gathered;
    const struct sso_offer_answer *offer = status == OK ? answer : NULL;
    struct http_response response;
    if (offer && offer->label.n) {
        showing->view.provider = offer->label;
        showing->view.provider_href =
            arena_printf(&visit->arena, "/sign-in/with/" TEXT_FMT "?next=%s",
                         TEXT_ARG(offer->account), showing->view.next);
    }
    visit_response(visit, &response, showing->http, "text/html; charset=utf-8");
    web_sign_in(&response.body, &showing->view);
    visit_send(visit, &response);
}

static void show_sign_in(struct visit *visit, const struct form *form, unsigned http,
                         const char *problem)
{
    struct showing *showing = ARENA_NEW(&visit->arena, struct showing);
    struct sso_offer_ask ask = {form_find(form, "account")};
    showing->http = http;
    showing->view = (struct sign_in_view){
        .head = visit_head_said(visit, MESSAGE("Sign in")),
        .email = form_find(form, "email"),
        .account = form_find(form, "account"),
        .action = language_kept(visit, "/sign-in"),
        .next = session_next(visit, form_find(form, "next")),
        .problem = problem,
    };
    language_offer(visit, &showing->view.head, offered_path(visit, &showing->view));
    visit->gathered = showing;
    if (ask.account.n && !text_is_slug(ask.account, MAX_SLUG))
        send_sign_in(visit, ERR_NOT_FOUND, NULL);
    else
        visit_ask(visit, WIRE_sso_offer, &ask, DOOR_READ, send_sign_in);
}

void sign_in_show(struct visit *visit, unsigned http, struct message problem)
{
    struct form none = {0};
    show_sign_in(visit, &none, http, visit_say(visit, problem));
}

void sign_in_get(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    show_sign_in(visit, &form, 200,
                 form_find(&form, "late").n
                     ? visit_say(visit, MESSAGE("That took too long. Please sign in again."))
                     : NULL);
}

static void signed_in(struct visit *visit, enum status status, const void *answer)
{
    const struct session_begin_answer *begun = answer;
    struct form form;
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK)
        form.n_fields = 0;
    if (status == OK && begun) {
        session_begun(visit, &begun->token, begun->needs_code,
                      session_next(visit, form_find(&form, "next")));
    } else if (status == ERR_AUTH) {
        session_count_wrong(visit);
        show_sign_in(
            visit, &form, 403,
            visit_say(
                visit,
                MESSAGE("Address and password do not fit together, or were wrong too often: "
                        "then please wait a while.")));
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

void sign_in_post(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_may_try(visit))
        return;
    struct text account = form_find(&form, "account"), email = form_find(&form, "email");
    struct text password = form_find(&form, "password");
    bool is_sound = email.n && email.n <= MAX_EMAIL && password.n &&
                    password.n <= MAX_PASSWORD && account.n <= MAX_SLUG;
    if (!is_sound) {
        show_sign_in(
            visit, &form, 400,
            visit_say(visit, MESSAGE("Please fill in your address and your password.")));
        return;
    }
    struct session_begin_ask ask = {account, email, session_secret(visit, password)};
    visit_ask(visit, WIRE_session_begin, &ask, DOOR_WRITE, signed_in);
}

/* ---- the second step ---- */

static void show_code(struct visit *visit, const struct form *form, unsigned http,
                      const char *problem)
{
    struct code_view view = {
        .head = visit_head_said(visit, MESSAGE("Your code")),
        .next = session_next(visit, form_find(form, "next")),
        .problem = problem,
    };
    struct http_response response;
    visit_response(visit, &response, http, "text/html; charset=utf-8");
    web_code(&response.body, &view);
    visit_send(visit, &response);
}

void sign_in_code_get(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    if (session_cookie_of(visit, COOKIE_STEP).n)
        show_code(visit, &form, 200, NULL);
    else
        visit_see_other(visit, "/sign-in");
}

/* The step is over: from the beginning. */
static void start_over(struct visit *visit)
{
    struct http_response response;
    visit_response(visit, &response, 303, "text/plain; charset=utf-8");
    http_response_add(&response, "Location", TEXT("/sign-in?late=1"));
    session_set_cookie(visit, &response, COOKIE_STEP, NULL);
    visit_send(visit, &response);
}

static void code_told(struct visit *visit, enum status status, const void *answer)
{
    const struct session_code_answer *begun = answer;
    struct form form;
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK)
        form.n_fields = 0;
    if (status == OK && begun) {
        session_see_other(visit, session_next(visit, form_find(&form, "next")), &begun->token);
    } else if (status == ERR_DENIED) {
        session_count_wrong(visit);
        show_code(
            visit, &form, 403,
            visit_say(visit,
                      MESSAGE("This code is wrong or was used already, or there were too many "
                              "wrong ones: "
                              "then please wait a while. Each code of the app works once.")));
    } else if (status == ERR_AUTH) {
        start_over(visit);
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

void sign_in_code_post(struct visit *visit)
{
    struct form form;
    struct text step = session_cookie_of(visit, COOKIE_STEP);
    if (!session_form(visit, &form) || !session_may_try(visit))
        return;
    struct text code = form_find(&form, "code");
    if (!step.n) {
        start_over(visit);
        return;
    }
    if (!code.n || code.n > FACTOR_CODE_MAX) {
        show_code(visit, &form, 400, visit_say(visit, MESSAGE("Please fill in the code.")));
        return;
    }
    struct session_code_ask ask = {session_secret(visit, step), session_secret(visit, code)};
    visit_ask(visit, WIRE_session_code, &ask, DOOR_WRITE, code_told);
}

/* ---- by a link ---- */

static void show_invite(struct visit *visit, unsigned http, const char *problem)
{
    struct invite_view view = {
        .head = visit_head_said(visit, MESSAGE("Choose your password")),
        .action = arena_printf(&visit->arena, "/invite/" TEXT_FMT, TEXT_ARG(visit->parts[1])),
        .problem = problem,
    };
    struct http_response response;
    visit_response(visit, &response, http, "text/html; charset=utf-8");
    web_invite(&response.body, &view);
    visit_send(visit, &response);
}

void invite_get(struct visit *visit)
{
    if (visit->parts[1].n > MAX_TOKEN)
        visit_fail(visit, ERR_NOT_FOUND);
    else
        show_invite(visit, 200, NULL);
}

static void invited(struct visit *visit, enum status status, const void *answer)
{
    const struct invite_use_answer *begun = answer;
    if (status == OK && begun) {
        session_begun(visit, &begun->token, begun->needs_code, "/me");
    } else if (status == ERR_INVALID) {
        show_invite(
            visit, 422,
            visit_say(
                visit,
                MESSAGE(
                    "A password has at least 10 characters and is not your e-mail address.")));
    } else {
        if (status == ERR_NOT_FOUND)
            session_count_wrong(visit);
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

void invite_post(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_may_try(visit))
        return;
    struct text password = form_find(&form, "password");
    if (visit->parts[1].n > MAX_TOKEN) {
        visit_fail(visit, ERR_NOT_FOUND);
        return;
    }
    if (password.n > MAX_PASSWORD) {
        show_invite(visit, 422, visit_say(visit, MESSAGE("This password is too long.")));
        return;
    }
    struct invite_use_ask ask = {session_secret(visit, visit->parts[1]),
                                 session_secret(visit, password)};
    visit_ask(visit, WIRE_invite_use, &ask, DOOR_WRITE, invited);
}

/* ---- signing out ---- */

static void signed_out(struct visit *visit, enum status status, const void *answer)
{
    (void)answer;
    if (status == OK || status == ERR_AUTH || status == ERR_NOT_FOUND)
        session_see_other(visit, "/sign-in", NULL);
    else
        visit_fail(visit, status);
}

static void end_own(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct session_end_ask ask = {session_secret(visit, session_cookie(visit)),
                                  visit->session->id};
    visit_ask(visit, WIRE_session_end, &ask, DOOR_WRITE, signed_out);
}

void sign_out_post(struct visit *visit)
{
    session_need(visit, end_own);
}
