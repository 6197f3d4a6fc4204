/* SPDX-License-Identifier: ISC
 *
 * Tokens, by which programs ask as a person. A member sees their own, administrators those of the whole account; each
 * makes them for themselves alone.
 *
 *     GET  /settings/tokens                 all of them
 *     GET  /settings/tokens/new             the form for one more
 *     POST /settings/tokens/new             name, days, and SCOPE=yes for each: shows the token, this once
 *     GET  /settings/tokens/ID/revoke       asks
 *     POST /settings/tokens/ID/revoke       does it
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/place/settings.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "wire/grant.h"

#define TOKENS "/settings/tokens"

enum { DAY_S = 86400, SCOPES_TEXT = SCOPE_COUNT * 32 };

/* ---- all of them ---- */

static const char *day_of(struct visit *visit, struct instant t)
{
    const struct zone *zone = frame_zone(visit);
    return t.s ? moment_date(&visit->arena, visit->language, MOMENT_DATE, zone_day(zone, t)).at
               : NULL;
}

static const char *scopes_of(struct visit *visit, int64_t scopes)
{
    struct buf out CLEANUP(buf_done) = BUF(SCOPES_TEXT);
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (scopes >> bit & 1)
            buf_printf(&out, "%s%s", out.n ? " " : "", scope_name(bit));
    return arena_cstr(&visit->arena, buf_text(&out));
}

static struct mark_view mark_of(struct visit *visit, const struct token_row *row)
{
    bool is_over = row->expires.s && !instant_before(visit->now, row->expires);
    return is_over ? (struct mark_view){"off", visit_say(visit, MESSAGE("has ended"))}
                   : (struct mark_view){"good", visit_say(visit, MESSAGE("opens"))};
}

static void show(struct visit *visit, const struct told *told)
{
    struct arena *a = &visit->arena;
    const struct token_list_answer *list = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct tokens_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("API tokens"))),
        .places = settings_places(visit, SETTINGS_TOKENS),
        .rows = ARENA_ARRAY(a, list->n_rows + 1, struct token_row_view),
        .empty = {.title = visit_say(visit, MESSAGE("No program asks as you")),
                  .text = visit_say(
                      visit, MESSAGE("A token lets a program of yours read or change what you "
                                     "choose, without your password.")),
                  .href = TOKENS "/new",
                  .action = visit_say(visit, MESSAGE("Make a token"))},
    };
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct token_row *row = &list->rows[i];
        view.rows[view.n_rows++] = (struct token_row_view){
            .name = row->name,
            .email = visit->session->role >= USER_ADMINISTRATOR ? row->email : TEXT(""),
            .mark = mark_of(visit, row),
            .scopes = scopes_of(visit, row->scopes),
            .made = day_of(visit, row->made),
            .used = day_of(visit, row->used),
            .ends = day_of(visit, row->expires),
            .revoke_href = arena_printf(a, TOKENS "/%lld/revoke", (long long)row->id),
        };
    }
    if (list->n_rows == MAX_ROWS) {
        view.pager.later = visit_say(visit, MESSAGE("More of the list"));
        view.pager.later_href =
            arena_printf(a, TOKENS "?after=%lld", (long long)list->rows[list->n_rows - 1].id);
    }
    FRAME_SEND(visit, 200, web_tokens, &view);
}

static void ask_list(struct visit *visit)
{
    struct form form;
    struct token_list_ask ask = {.account = visit->session->account};
    frame_query(visit, &form);
    if (!text_to_i64(form_find(&form, "after"), &ask.after) || ask.after < 0)
        ask.after = 0;
    person_ask(visit, WIRE_token_list, &ask, DOOR_READ, show);
}

void tokens_get(struct visit *visit)
{
    session_need(visit, ask_list);
}

/* ---- one more ---- */

/* What each scope is good for, as its bit's place says. */
static const struct message scope_meanings[SCOPE_COUNT] = {
    MESSAGE("See the account and how you stand in it"),
    MESSAGE("See who belongs to the account"),
    MESSAGE("Add people, change what they may do, hand over, set what the account shows"),
    MESSAGE("See which calendars are connected"),
    MESSAGE("Connect and disconnect calendars"),
    MESSAGE("See booking pages and why a time is not offered"),
    MESSAGE("Make, change and remove booking pages"),
    MESSAGE("See bookings, with their customers"),
    MESSAGE("Enter, move, approve and cancel bookings"),
    MESSAGE("See when colleagues are busy, as far as you may"),
    MESSAGE("See which tokens there are"),
    MESSAGE("Revoke tokens"),
    MESSAGE("Read the events of your calendars, with title and description"),
};

static const struct {
    const char *days;
    struct message label;
} lives[] = {
    {"30", MESSAGE("in 30 days")},
    {"90", MESSAGE("in 90 days")},
    {"365", MESSAGE("in a year")},
    {"0", MESSAGE("never, until you revoke it")},
};

static void lay_out_scopes(struct visit *visit, const struct form *form,
                           struct token_new_view *view)
{
    int64_t may = grant_scopes(visit->session->role);
    view->scopes = ARENA_ARRAY(&visit->arena, SCOPE_COUNT, struct field_view);
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (may >> bit & 1)
            view->scopes[view->n_scopes++] =
                (struct field_view){.name = scope_name(bit),
                                    .label = scope_name(bit),
                                    .hint = visit_say(visit, scope_meanings[bit]),
                                    .is_box = true,
                                    .is_set = form && form_find(form, scope_name(bit)).n};
}

static void lay_out_days(struct visit *visit, struct text chosen, struct token_new_view *view)
{
    const size_t n = sizeof lives / sizeof *lives;
    view->days = (struct field_view){
        .name = "days",
        .label = visit_say(visit, MESSAGE("It ends")),
        .is_choice = true,
        .choices = ARENA_ARRAY(&visit->arena, n, struct choice_of_view),
        .n_choices = n,
    };
    for (size_t i = 0; i < n; i++)
        view->days.choices[i] =
            (struct choice_of_view){lives[i].days, visit_say(visit, lives[i].label),
                                    text_equal(chosen, text_from(lives[i].days))};
}

/* The form; where one was sent, with what stood in it. */
static struct token_new_view view_new(struct visit *visit, const struct form *form)
{
    struct token_new_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Make a token"))),
        .name = {.name = "name",
                 .label = visit_say(visit, MESSAGE("What it is for")),
                 .hint = visit_say(visit, MESSAGE("By this you know it again in the list.")),
                 .type = "text",
                 .autocomplete = "off",
                 .value = form ? form_find(form, "name") : TEXT(""),
                 .longest = MAX_NAME,
                 .is_required = true},
    };
    lay_out_scopes(visit, form, &view);
    lay_out_days(visit, form ? form_find(form, "days") : TEXT("90"), &view);
    return view;
}

static void show_form(struct visit *visit)
{
    struct token_new_view view = view_new(visit, NULL);
    FRAME_SEND(visit, 200, web_token_new, &view);
}

void token_new_get(struct visit *visit)
{
    session_need_fresh(visit, show_form);
}

/* Shown with this answer, and never again: the vault keeps its hash alone. */
static void made(struct visit *visit, const struct told *told)
{
    const struct token_add_answer *answer = told->answer;
    struct form form = {0};
    if (told->status != OK && told->status != ERR_FULL) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    (void)!form_parse(&visit->arena, buf_text(&visit->request->body), &form);
    if (told->status == ERR_FULL)
        visit->problem = visit_say(visit, person_failure(visit, told).detail);
    struct token_new_view view = view_new(visit, &form);
    if (told->status == OK) {
        struct text token = {(const char *)answer->token.at, answer->token.n};
        int64_t days = 0;
        view.token = arena_cstr(&visit->arena, token);
        if (text_to_i64(form_find(&form, "days"), &days) && days)
            view.ends = day_of(visit, (struct instant){visit->now.s + days * DAY_S});
    }
    FRAME_SEND(visit, told->status == OK ? 200 : 422, web_token_new, &view);
}

/* Read how long it lives: one of those that the form offers. */
static bool read_days(const struct form *form, int64_t *ret_days)
{
    struct text chosen = form_find(form, "days");
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        if (text_equal(chosen, text_from(lives[i].days)))
            return text_to_i64(chosen, ret_days);
    return false;
}

/* Is everything said? Otherwise the form has been sent again. */
static bool check_new(struct visit *visit, const struct form *form,
                      const struct token_add_ask *ask)
{
    bool has_name = text_is_line(ask->name) && ask->name.n <= MAX_NAME;
    if (has_name && ask->scopes)
        return true;
    struct token_new_view view = view_new(visit, form);
    if (!has_name)
        frame_problem(visit, &view.frame, &view.name,
                      visit_say(visit, MESSAGE("Say what it is for.")));
    if (!ask->scopes) {
        view.scopes_error = visit_say(visit, MESSAGE("Choose at least one."));
        frame_problem(visit, &view.frame, &view.scopes[0], view.scopes_error);
        view.scopes[0].error = NULL; /* said above them all */
    }
    FRAME_SEND(visit, 422, web_token_new, &view);
    return false;
}

static void make(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct token_add_ask ask = {.account = visit->session->account,
                                .email = visit->session->email,
                                .name = text_trim(form_find(&form, "name"))};
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (form_find(&form, scope_name(bit)).n)
            ask.scopes |= INT64_C(1) << bit;
    if (!read_days(&form, &ask.days))
        visit_fail_http(visit, 400);
    else if (check_new(visit, &form, &ask))
        person_ask(visit, WIRE_token_add, &ask, DOOR_WRITE, made);
}

void token_new_post(struct visit *visit)
{
    session_need_fresh(visit, make);
}

/* ---- revoking ---- */

static bool read_id(struct visit *visit, int64_t *ret_id)
{
    if (text_to_i64(visit->parts[2], ret_id) && *ret_id > 0)
        return true;
    visit_fail_http(visit, 404);
    return false;
}

static void show_revocation(struct visit *visit, const struct told *told)
{
    const struct token_list_answer *list = told->answer;
    int64_t id = 0;
    if (!read_id(visit, &id))
        return;
    if (told->status != OK || !list->n_rows || list->rows[0].id != id) {
        frame_refuse(visit, FRAME_SETTINGS,
                     &(struct told){.status = told->status ? told->status : ERR_NOT_FOUND});
        return;
    }
    const struct message_value values[] = {{"token", list->rows[0].name}, {0}};
    struct confirm_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Revoke a token"))),
        .question =
            message_fill(&visit->arena, visit->language, MESSAGE("Revoke “{token}”?"), values)
                .at,
        .meaning = visit_say(visit, MESSAGE("The program that has it gets in no more, at once. "
                                            "It cannot be taken back: make another one.")),
        .action = arena_printf(&visit->arena, TOKENS "/%lld/revoke", (long long)id),
        .name = "action",
        .value = "revoke",
        .button = visit_say(visit, MESSAGE("Revoke")),
        .back_href = TOKENS,
    };
    FRAME_SEND(visit, 200, web_confirm, &view);
}

static void ask_revocation(struct visit *visit)
{
    int64_t id = 0;
    if (!read_id(visit, &id))
        return;
    struct token_list_ask ask = {.account = visit->session->account, .after = id - 1};
    person_ask(visit, WIRE_token_list, &ask, DOOR_READ, show_revocation);
}

void token_revoke_get(struct visit *visit)
{
    session_need(visit, ask_revocation);
}

static void revoked(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        visit_see_other(visit, TOKENS "?done=revoked");
    else
        frame_refuse(visit, FRAME_SETTINGS, told);
}

static void revoke(struct visit *visit)
{
    struct form form;
    int64_t id = 0;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) ||
        !read_id(visit, &id))
        return;
    struct token_revoke_ask ask = {visit->session->account, id};
    person_ask(visit, WIRE_token_revoke, &ask, DOOR_WRITE, revoked);
}

/* No fresh password: what is found in wrong hands must end now. */
void token_revoke_post(struct visit *visit)
{
    session_need(visit, revoke);
}
