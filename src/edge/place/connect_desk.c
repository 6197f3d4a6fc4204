/* SPDX-License-Identifier: ISC
 *
 * Outlook on this PC: a calendar that comes by a program on its owner's desk, where there is no server to ask.
 *
 *     GET  /connections/desk    how to connect one; or how it is, and what the program said of itself
 *     POST /connections/desk    action=add or token: shows id and token, this once; action=mode
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"

#define DESK "/connections/desk"

enum { SILENT_S = 600 }; /* heard of so long ago it counts as away */

/* What was just made, to be shown with the rest. */
struct shown_once {
    int64_t id;
    struct text token;
};

static const char *moment_text(struct visit *visit, struct instant t)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    return t.s ? arena_printf(a, TEXT_FMT ", " TEXT_FMT,
                              TEXT_ARG(moment_day_short(a, visit->language, zone, t)),
                              TEXT_ARG(moment_time(a, visit->language, zone, t)))
               : NULL;
}

static void fill_form(struct visit *visit, const struct connector_mode *mode,
                      struct desk_view *view)
{
    struct choice_of_view *choices = ARENA_ARRAY(&visit->arena, 2, struct choice_of_view);
    choices[0] = (struct choice_of_view){
        "auto", visit_say(visit, MESSAGE("Auto-sync: the PC sends busy times every minute")),
        mode->mode == DESK_AUTO};
    choices[1] = (struct choice_of_view){
        "realtime",
        visit_say(visit, MESSAGE("Real-time: the PC is asked each time, and nothing is kept")),
        mode->mode == DESK_REALTIME};
    view->mode = (struct field_view){.name = "mode",
                                     .label = visit_say(visit, MESSAGE("How it is read")),
                                     .is_choice = true,
                                     .choices = choices,
                                     .n_choices = 2};
    view->fall_back = (struct field_view){
        .name = "fall_back",
        .label = visit_say(
            visit, MESSAGE("Real-time: while the PC is silent, let what it sent last count")),
        .is_box = true,
        .is_set = mode->may_fall_back};
    view->only_here = (struct field_view){
        .name = "only_here",
        .label = visit_say(visit, MESSAGE("Nobody changes this calendar but I on this PC")),
        .hint = visit_say(visit,
                          MESSAGE("What the PC sent then counts for a week, not for an hour.")),
        .is_box = true,
        .is_set = mode->only_here};
}

static struct mark_view mark_of(struct visit *visit, const struct connector_row *row)
{
    bool is_away = row->heard_at.s + SILENT_S < visit->now.s;
    if (!row->heard_at.s)
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("not heard from yet"))};
    if (row->mode.mode == DESK_AUTO && !row->is_synced)
        return (struct mark_view){"wait",
                                  visit_say(visit, MESSAGE("the first sync is not complete"))};
    if (row->mode.mode == DESK_AUTO && !instant_before(visit->now, row->lease_until))
        return (struct mark_view){
            "bad", visit_say(visit, MESSAGE("away for too long: no times are offered"))};
    return is_away ? (struct mark_view){"warn", visit_say(visit, MESSAGE("away"))}
                   : (struct mark_view){"good", visit_say(visit, MESSAGE("works"))};
}

static void fill_state(struct visit *visit, const struct connector_row *row,
                       struct desk_view *view)
{
    const struct desk_hello *said = &row->said;
    view->is_paired = true;
    view->is_realtime = row->mode.mode == DESK_REALTIME;
    view->mark = mark_of(visit, row);
    view->heard = moment_text(visit, row->heard_at);
    view->lease = row->is_synced ? moment_text(visit, row->lease_until) : NULL;
    view->blocked = moment_text(visit, row->blocked_until);
    view->xmpp_blocked = said->xmpp_blocked && view->is_realtime;
    view->program = said->program;
    view->version = said->version;
    view->platform = said->platform;
    view->n_orders = row->n_orders;
    view->remove_href =
        arena_printf(&visit->arena, "/connections/%lld/remove", (long long)row->id);
    view->calendars =
        ARENA_ARRAY(&visit->arena, said->n_calendars + 1, struct desk_calendar_view);
    for (size_t i = 0; i < said->n_calendars; i++)
        view->calendars[view->n_calendars++] = (struct desk_calendar_view){
            said->calendars[i].name, said->calendars[i].is_read, said->calendars[i].is_booked};
}

static void fill_installers(struct visit *visit, struct desk_view *view)
{
    const char **hrefs[INSTALLERS] = {&view->user_href, &view->machine_href, &view->msi_href};
    for (int i = 0; i < INSTALLERS; i++) {
        const struct installer *one = &visit->edge->installers.at[i];
        if (!one->bytes.n)
            continue;
        *hrefs[i] = arena_printf(&visit->arena, "/a/connector/%s", one->name);
        view->has_installers = true;
    }
}

static void show(struct visit *visit, const struct told *told)
{
    const struct connector_list_answer *list = told->answer;
    const struct shown_once *once = visit->gathered;
    const struct connector_mode usual = {.mode = DESK_AUTO};
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CONNECTIONS, told);
        return;
    }
    const struct connector_row *row = list->n_rows ? &list->rows[0] : NULL;
    struct desk_view view = {.frame =
                                 frame_fill(visit, FRAME_CONNECTIONS,
                                            visit_say(visit, MESSAGE("Outlook on this PC"))),
                             .address = visit->edge->config.base_url};
    fill_form(visit, row ? &row->mode : &usual, &view);
    fill_installers(visit, &view);
    if (row)
        fill_state(visit, row, &view);
    if (once) {
        view.id = text_from(arena_printf(&visit->arena, "%lld", (long long)once->id));
        view.token = once->token;
    }
    FRAME_SEND(visit, 200, web_desk, &view);
}

static void ask_list(struct visit *visit)
{
    struct connector_list_ask ask = {.account = visit->session->account,
                                     .email = visit->session->email};
    person_ask(visit, WIRE_connector_list, &ask, DOOR_READ, show);
}

void desk_get(struct visit *visit)
{
    session_need(visit, ask_list);
}

/* ---- doing ---- */

/* The vault's answer lives, with the token, until the page was sent. */
static void show_once(struct visit *visit, int64_t id, const struct secret *token)
{
    struct shown_once *once = ARENA_NEW(&visit->arena, struct shown_once);
    *once = (struct shown_once){id, {(const char *)token->at, token->n}};
    visit->gathered = once;
    ask_list(visit);
}

static void was_added(struct visit *visit, const struct told *told)
{
    const struct connector_add_answer *answer = told->answer;
    if (told->status != OK)
        frame_refuse(visit, FRAME_CONNECTIONS, told);
    else
        show_once(visit, answer->id, &answer->token);
}

static void was_renewed(struct visit *visit, const struct told *told)
{
    const struct connector_token_answer *answer = told->answer;
    if (told->status != OK)
        frame_refuse(visit, FRAME_CONNECTIONS, told);
    else
        show_once(visit, answer->id, &answer->token);
}

static void was_switched(struct visit *visit, const struct told *told)
{
    if (told->status != OK)
        frame_refuse(visit, FRAME_CONNECTIONS, told);
    else
        visit_see_other(visit, DESK "?done=saved");
}

/* What the form said, kept for when it is known which connector it is about. */
struct wish {
    bool renews;
    struct connector_mode mode;
};

static void do_for_own(struct visit *visit, const struct told *told)
{
    const struct connector_list_answer *list = told->answer;
    const struct wish *wish = visit->gathered;
    if (told->status != OK || !list->n_rows) {
        frame_refuse(visit, FRAME_CONNECTIONS,
                     told->status == OK ? &(struct told){.status = ERR_NOT_FOUND} : told);
        return;
    }
    struct connector_token_ask renew = {.account = visit->session->account,
                                        .id = list->rows[0].id};
    struct connector_switch_ask change = {
        .account = renew.account, .id = renew.id, .mode = wish->mode};
    if (wish->renews)
        person_ask(visit, WIRE_connector_token, &renew, DOOR_WRITE, was_renewed);
    else
        person_ask(visit, WIRE_connector_switch, &change, DOOR_WRITE, was_switched);
}

static struct connector_mode mode_of(const struct form *form)
{
    return (struct connector_mode){.mode = text_equal(form_find(form, "mode"), TEXT("realtime"))
                                               ? DESK_REALTIME
                                               : DESK_AUTO,
                                   .may_fall_back = form_find(form, "fall_back").n > 0,
                                   .only_here = form_find(form, "only_here").n > 0};
}

static void take(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct text action = form_find(&form, "action");
    struct connector_add_ask add = {.account = visit->session->account,
                                    .email = visit->session->email,
                                    .mode = mode_of(&form)};
    if (text_equal(action, TEXT("add"))) {
        person_ask(visit, WIRE_connector_add, &add, DOOR_WRITE, was_added);
        return;
    }
    struct wish *wish = ARENA_NEW(&visit->arena, struct wish);
    *wish = (struct wish){text_equal(action, TEXT("token")), add.mode};
    visit->gathered = wish;
    struct connector_list_ask ask = {.account = add.account, .email = add.email};
    person_ask(visit, WIRE_connector_list, &ask, DOOR_READ, do_for_own);
}

void desk_place_post(struct visit *visit)
{
    session_need(visit, take);
}
