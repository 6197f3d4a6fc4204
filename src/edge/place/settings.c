/* SPDX-License-Identifier: ISC
 *
 * What a signed-in person says about themselves.
 *
 *     GET  /settings    their sessions, their password
 *     POST /settings    action=end and id, action=end-others, or action=password and old, password
 */
#include "edge/place/settings.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "wire/grant.h"

static const struct message roles[USER_ROLE_COUNT] = {
    [USER_MEMBER] = MESSAGE("member"),
    [USER_ADMINISTRATOR] = MESSAGE("administrator"),
    [USER_OWNER] = MESSAGE("owner"),
};

static const struct message means_words[SIGN_IN_MEANS_COUNT] = {
    [MEANS_PASSWORD] = MESSAGE("Signed in by your password"),
    [MEANS_CODE] = MESSAGE("Signed in by your password and a code"),
    [MEANS_PROVIDER] = MESSAGE("Signed in through your organisation's provider"),
};

/* ---- seeing ---- */

static void lay_out_sessions(struct visit *visit, struct settings_view *view)
{
    struct arena *a = &visit->arena;
    const struct session_show_answer *session = visit->session;
    const struct zone *zone = frame_zone(visit);
    view->sessions = ARENA_ARRAY(a, session->n_rows + 1, struct session_view);
    for (size_t i = 0; i < session->n_rows; i++) {
        const struct session_row *row = &session->rows[i];
        struct slot made = {row->made, row->made}, seen = {row->seen, row->seen};
        bool is_own = row->id == session->id;
        view->has_others |= !is_own;
        view->sessions[view->n_sessions++] = (struct session_view){
            .id = arena_printf(a, "%lld", (long long)row->id),
            .made = month_when(a, visit->language, made, zone, zone).day,
            .seen =
                arena_printf(a, "%s, %s", month_when(a, visit->language, seen, zone, zone).day,
                             moment_time(a, visit->language, zone, row->seen).at),
            .is_own = is_own,
            .means = is_own ? visit_say(visit, means_words[session->means]) : NULL,
        };
    }
}

static void show(struct visit *visit)
{
    const struct session_show_answer *session = visit->session;
    struct settings_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Settings"))),
        .places = settings_places(visit, SETTINGS_SIGN_IN),
        .email = session->email,
        .is_administrator = session->role >= USER_ADMINISTRATOR,
        .has_factor = session->has_factor,
        .is_linked = session->is_linked,
        .role = visit_say(visit, roles[session->role]),
        .zone = place_zone(&visit->arena, visit->language, frame_zone(visit), visit->now),
        .old = {.name = "old",
                .label = visit_say(visit, MESSAGE("Present password")),
                .type = "password",
                .autocomplete = "current-password",
                .longest = MAX_PASSWORD,
                .is_required = true},
        .password =
            {.name = "password",
             .label = visit_say(visit, MESSAGE("New password")),
             .hint = visit_say(
                 visit,
                 MESSAGE("At least 10 characters. All other sessions end with the change.")),
             .type = "password",
             .autocomplete = "new-password",
             .longest = MAX_PASSWORD,
             .is_required = true},
    };
    lay_out_sessions(visit, &view);
    FRAME_SEND(visit, visit->problem ? 403 : 200, web_settings, &view);
}

void settings_get(struct visit *visit)
{
    session_need(visit, show);
}

/* ---- changing ---- */

static void ended(struct visit *visit, enum status status, const void *answer)
{
    (void)answer;
    if (status == OK || status == ERR_NOT_FOUND)
        visit_see_other(visit, "/settings?done=ended");
    else if (status == ERR_AUTH)
        session_see_other(visit, "/sign-in", NULL);
    else
        visit_fail(visit, status);
}

static void replaced(struct visit *visit, enum status status, const void *answer)
{
    const struct password_set_answer *begun = answer;
    if (status == OK && begun) {
        session_see_other(visit, "/settings?done=password", &begun->token);
    } else if (status == ERR_DENIED || status == ERR_INVALID) {
        bool is_wrong = status == ERR_DENIED;
        if (is_wrong)
            session_count_wrong(visit);
        visit->problem =
            is_wrong ? visit_say(visit, MESSAGE("Not changed: the present password is another, "
                                                "or was wrong too often."))
                     : visit_say(visit, MESSAGE("Not changed: a password has at least 10 "
                                                "characters and is not your address."));
        show(visit);
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

void settings_post(struct visit *visit)
{
    session_need(visit, change);
}
