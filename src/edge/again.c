/* SPDX-License-Identifier: ISC
 *
 * The password once more, before something dangerous (session_need_fresh).
 *
 *     GET  /again    the form; next= names where it goes on
 *     POST /again    password -> 303 there, with another cookie
 */
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"

static void show(struct visit *visit, const struct form *form, unsigned http,
                 const char *problem)
{
    struct again_view view = {
        .head = visit_head_said(visit, MESSAGE("Your password, please")),
        .email = visit->session->email,
        .form = visit->session->form,
        .next = session_next(visit, form_find(form, "next")),
        .problem = problem,
    };
    if (visit->session->means == MEANS_PROVIDER)
        view.provider_href =
            arena_printf(&visit->arena, "/sign-in/with/" TEXT_FMT "?again=1&next=%s",
                         TEXT_ARG(visit->session->account), view.next);
    struct http_response response;
    visit_response(visit, &response, http, "text/html; charset=utf-8");
    web_again(&response.body, &view);
    visit_send(visit, &response);
}

static void ask(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    show(visit, &form, 200, NULL);
}

void again_get(struct visit *visit)
{
    session_need(visit, ask);
}

static void proved(struct visit *visit, enum status status, const void *answer)
{
    const struct session_prove_answer *proved = answer;
    struct form form;
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK)
        form.n_fields = 0;
    if (status == OK && proved) {
        session_see_other(visit, session_next(visit, form_find(&form, "next")), &proved->token);
    } else if (status == ERR_DENIED) {
        session_count_wrong(visit);
        show(visit, &form, 403,
             visit_say(visit, MESSAGE("This is not your password, or it was wrong too often: "
                                      "then please wait a while.")));
    } else if (status == ERR_AUTH) {
        session_see_other(visit, "/sign-in", NULL);
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

static void prove(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) ||
        !session_may_try(visit))
        return;
    struct text password = form_find(&form, "password");
    if (!password.n || password.n > MAX_PASSWORD) {
        show(visit, &form, 400, visit_say(visit, MESSAGE("Please fill in your password.")));
        return;
    }
    struct session_prove_ask ask = {session_secret(visit, session_cookie(visit)),
                                    session_secret(visit, password)};
    visit_ask(visit, WIRE_session_prove, &ask, DOOR_WRITE, proved);
}

void again_post(struct visit *visit)
{
    session_need(visit, prove);
}
