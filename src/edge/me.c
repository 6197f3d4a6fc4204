/* SPDX-License-Identifier: ISC
 *
 * The signed-in person's own place.
 *
 *     GET  /me    who they are, what is coming, their sessions, their password
 *     POST /me    action=end and id, action=end-others, or action=password and old, password
 */
#include "edge/person.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "wire/grant.h"

enum { AHEAD_S = 366 * 86400, SHOWN_MAX = 20 };

/* ---- seeing ---- */

static const struct zone *zone_of(const struct visit *visit)
{
    const struct zone *zone = zone_find(visit->edge->zones, visit->session->zone);
    return zone ? zone : zone_find(visit->edge->zones, TEXT("UTC"));
}

static void lay_out_sessions(struct visit *visit, struct me_view *view)
{
    struct arena *a = &visit->arena;
    const struct session_show_answer *session = visit->session;
    view->sessions = ARENA_ARRAY(a, session->n_rows + 1, struct session_view);
    for (size_t i = 0; i < session->n_rows; i++) {
        const struct session_row *row = &session->rows[i];
        struct slot made = {row->made, row->made}, seen = {row->seen, row->seen};
        bool is_own = row->id == session->id;
        view->has_others |= !is_own;
        view->sessions[view->n_sessions++] = (struct session_view){
            .id = arena_printf(a, "%lld", (long long)row->id),
            .made = month_when(a, visit->language, made, zone_of(visit), zone_of(visit)).day,
            .seen = arena_printf(
                a, "%s, about %s",
                month_when(a, visit->language, seen, zone_of(visit), zone_of(visit)).day,
                moment_time(a, visit->language, zone_of(visit), row->seen).at),
            .is_own = is_own,
        };
    }
}

static void lay_out_bookings(struct visit *visit, const struct booking_list_answer *list,
                             struct me_view *view)
{
    struct arena *a = &visit->arena;
    view->bookings = ARENA_ARRAY(a, SHOWN_MAX, struct coming_view);
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct booking_public *row = &list->rows[i];
        if (row->state == BOOKING_CANCELLED)
            continue;
        if (view->n_bookings == SHOWN_MAX) {
            view->has_more = true;
            return;
        }
        struct slot slot = {row->start, row->end};
        view->bookings[view->n_bookings++] = (struct coming_view){
            .when = month_when(a, visit->language, slot, zone_of(visit), zone_of(visit)),
            .title = row->page.title,
            .customer = row->customer.name,
            .is_open = row->state != BOOKING_CONFIRMED};
    }
}

static const char *said(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        return NULL;
    struct text done = form_find(&form, "done");
    if (text_equal(done, TEXT("password")))
        return "Your password is changed. All other sessions have ended.";
    return text_equal(done, TEXT("ended")) ? "Ended. Nobody gets in with it any more." : NULL;
}

static void show(struct visit *visit, const struct told *told)
{
    const struct session_show_answer *session = visit->session;
    struct me_view view = {
        .head = visit_head_said(visit, MESSAGE("Your place")),
        .name = session->name,
        .email = session->email,
        .account_name = session->account_name,
        .role = user_role_name(session->role),
        .zone = place_zone(&visit->arena, visit->language, zone_of(visit), visit->now),
        .form = session->form,
        .done = said(visit),
        .problem = visit->problem,
        .lacks_bookings = told->status != OK,
    };
    if (told->status == OK)
        lay_out_bookings(visit, told->answer, &view);
    lay_out_sessions(visit, &view);
    struct http_response response;
    visit_response(visit, &response, visit->problem ? 403 : 200, "text/html; charset=utf-8");
    web_me(&response.body, &view);
    visit_send(visit, &response);
}

static void ask_bookings(struct visit *visit)
{
    struct booking_list_ask ask = {.account = visit->session->account,
                                   .email = visit->session->email,
                                   .from = visit->now,
                                   .to = {visit->now.s + AHEAD_S}};
    person_ask(visit, WIRE_booking_list, &ask, DOOR_READ, show);
}

void me_get(struct visit *visit)
{
    session_need(visit, ask_bookings);
}

/* ---- changing ---- */

static void ended(struct visit *visit, enum status status, const void *answer)
{
    (void)answer;
    if (status == OK || status == ERR_NOT_FOUND)
        visit_see_other(visit, "/me?done=ended");
    else if (status == ERR_AUTH)
        session_see_other(visit, "/sign-in", NULL);
    else
        visit_fail(visit, status);
}

static void replaced(struct visit *visit, enum status status, const void *answer)
{
    const struct password_set_answer *begun = answer;
    if (status == OK && begun) {
        session_see_other(visit, "/me?done=password", &begun->token);
    } else if (status == ERR_DENIED || status == ERR_INVALID) {
        bool is_wrong = status == ERR_DENIED;
        if (is_wrong)
            session_count_wrong(visit);
        visit->problem =
            is_wrong
                ? "Not changed: the present password is another, or was wrong too often."
                : "Not changed: a password has at least 10 characters and is not your address.";
        ask_bookings(visit);
    } else if (status == ERR_AUTH) {
        session_see_other(visit, "/sign-in", NULL);
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

static void replace(struct visit *visit, const struct form *form)
{
    struct text old = form_find(form, "old"), password = form_find(form, "password");
    if (!session_may_try(visit))
        return;
    if (old.n > MAX_PASSWORD || password.n > MAX_PASSWORD) {
        visit_fail_http(visit, 400);
        return;
    }
    struct password_set_ask ask = {session_secret(visit, session_cookie(visit)),
                                   session_secret(visit, old), session_secret(visit, password)};
    visit_ask(visit, WIRE_password_set, &ask, DOOR_WRITE, replaced);
}

static void change(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct text action = form_find(&form, "action");
    struct session_end_ask ask = {session_secret(visit, session_cookie(visit)), 0};
    bool is_one = text_equal(action, TEXT("end")) &&
                  text_to_i64(form_find(&form, "id"), &ask.id) && ask.id > 0;
    if (text_equal(action, TEXT("password")))
        replace(visit, &form);
    else if (is_one || text_equal(action, TEXT("end-others")))
        visit_ask(visit, WIRE_session_end, &ask, DOOR_WRITE, ended);
    else
        visit_fail_http(visit, 400);
}

void me_post(struct visit *visit)
{
    session_need(visit, change);
}
