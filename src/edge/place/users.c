/* SPDX-License-Identifier: ISC
 *
 * The account's users, for its administrators. What may be done to whom, the vault decides (wire/grant.h).
 *
 *     GET  /settings/users                       all of them, and the form for one more
 *     POST /settings/users                       email, name, zone
 *     GET  /settings/user?email=                 one of them
 *     POST /settings/user?email=                 action=invite, disable, enable, or role and role
 *     GET  /settings/user/handover?email=&to=    what handing over would mean, in numbers
 *     POST /settings/user/handover?email=&to=    does it
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"
#include "lang/moment.h"
#include "wire/grant.h"

#define USERS "/settings/users"

static const struct message roles[USER_ROLE_COUNT] = {
    [USER_MEMBER] = MESSAGE("member"),
    [USER_ADMINISTRATOR] = MESSAGE("administrator"),
    [USER_OWNER] = MESSAGE("owner"),
};

/* ---- addresses ---- */

/* An address of ours with whom it is about in its query. */
static const char *href_of(struct visit *visit, const char *path, struct text email,
                           struct text to)
{
    struct buf out CLEANUP(buf_done) = BUF(8 * MAX_EMAIL);
    buf_add_cstr(&out, path);
    buf_add_cstr(&out, "?email=");
    url_encode(&out, email);
    if (to.n) {
        buf_add_cstr(&out, "&to=");
        url_encode(&out, to);
    }
    return buf_failed(&out) ? USERS : arena_cstr(&visit->arena, buf_text(&out));
}

/* Read from the query whom it is about. False: it has been answered. */
static bool read_query(struct visit *visit, const char *name, struct text *ret_email)
{
    struct form form;
    frame_query(visit, &form);
    *ret_email = form_find(&form, name);
    if (ret_email->n && ret_email->n <= MAX_EMAIL && text_is_line(*ret_email))
        return true;
    visit_see_other(visit, USERS);
    return false;
}

static struct mark_view mark_of(struct visit *visit, bool is_disabled)
{
    return is_disabled ? (struct mark_view){"off", visit_say(visit, MESSAGE("disabled"))}
                       : (struct mark_view){"good", visit_say(visit, MESSAGE("may sign in"))};
}

static void refuse(struct visit *visit, const struct told *told)
{
    if (told->status == ERR_AUTH)
        session_see_other(visit, "/sign-in", NULL);
    else
        frame_refuse(visit, FRAME_SETTINGS, told);
}

static bool is_administrator(struct visit *visit)
{
    if (visit->session->role >= USER_ADMINISTRATOR)
        return true;
    frame_refuse(visit, FRAME_SETTINGS, &(struct told){.status = ERR_DENIED});
    return false;
}

/* ---- all of them ---- */

static void lay_out_fields(struct visit *visit, struct users_view *view)
{
    view->email = (struct field_view){.name = "email",
                                      .label = visit_say(visit, MESSAGE("E-mail")),
                                      .type = "email",
                                      .autocomplete = "off",
                                      .longest = MAX_EMAIL,
                                      .is_required = true};
    view->name = (struct field_view){.name = "name",
                                     .label = visit_say(visit, MESSAGE("Name")),
                                     .hint = visit_say(visit, MESSAGE("As customers read it.")),
                                     .type = "text",
                                     .autocomplete = "off",
                                     .longest = MAX_NAME,
                                     .is_required = true};
    view->zone = (struct field_view){.name = "zone",
                                     .label = visit_say(visit, MESSAGE("Time zone")),
                                     .type = "text",
                                     .value = visit->session->zone,
                                     .longest = MAX_ZONE,
                                     .is_required = true};
}

static void show_users(struct visit *visit, const struct told *told)
{
    const struct user_list_answer *list = told->answer;
    if (told->status != OK) {
        refuse(visit, told);
        return;
    }
    struct users_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("People"))),
        .rows = ARENA_ARRAY(&visit->arena, list->n_rows + 1, struct user_line_view),
    };
    lay_out_fields(visit, &view);
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct user_row *row = &list->rows[i];
        view.rows[view.n_rows++] = (struct user_line_view){
            .href = href_of(visit, "/settings/user", row->email, (struct text){0}),
            .name = row->name,
            .email = row->email,
            .role = visit_say(visit, roles[row->role]),
            .mark = mark_of(visit, row->is_disabled),
            .pages = row->pages,
        };
    }
    if (list->n_rows == MAX_ROWS) {
        struct buf out CLEANUP(buf_done) = BUF(4 * MAX_EMAIL);
        buf_add_cstr(&out, USERS "?after=");
        url_encode(&out, list->rows[list->n_rows - 1].email);
        view.later_href = arena_cstr(&visit->arena, buf_text(&out));
    }
    FRAME_SEND(visit, visit->problem ? 422 : 200, web_users, &view);
}

static void ask_users(struct visit *visit)
{
    struct form form;
    if (!is_administrator(visit))
        return;
    frame_query(visit, &form);
    struct user_list_ask ask = {.account = visit->session->account,
                                .after = form_find(&form, "after")};
    person_ask(visit, WIRE_user_list, &ask, DOOR_READ, show_users);
}

void users_get(struct visit *visit)
{
    session_need(visit, ask_users);
}

static void added(struct visit *visit, const struct told *told)
{
    struct form form;
    if (told->status == ERR_INVALID || told->status == ERR_CONFLICT) {
        visit->problem = visit_say(visit, person_failure(visit, told).detail);
        ask_users(visit);
    } else if (told->status != OK) {
        refuse(visit, told);
    } else if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) == OK) {
        visit_see_other(visit, href_of(visit, "/settings/user", form_find(&form, "email"),
                                       (struct text){0}));
    } else {
        visit_see_other(visit, USERS);
    }
}

static void add(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) ||
        !is_administrator(visit))
        return;
    struct user_add_ask ask = {.account = visit->session->account,
                               .email = form_find(&form, "email"),
                               .name = form_find(&form, "name"),
                               .zone = form_find(&form, "zone")};
    person_ask(visit, WIRE_user_add, &ask, DOOR_WRITE, added);
}

void users_post(struct visit *visit)
{
    session_need(visit, add);
}

/* ---- one of them ---- */

static void lay_out_role(struct visit *visit, const struct user_row *row,
                         struct user_view *view)
{
    view->new_role = (struct field_view){
        .name = "role",
        .label = visit_say(visit, MESSAGE("Role")),
        .hint = visit_say(visit, MESSAGE("Their sessions end with a change.")),
        .is_choice = true,
        .choices = ARENA_ARRAY(&visit->arena, USER_ROLE_COUNT, struct choice_of_view),
        .n_choices = USER_ROLE_COUNT};
    for (int role = 0; role < USER_ROLE_COUNT; role++)
        view->new_role.choices[role] = (struct choice_of_view){
            user_role_name((enum user_role)role), visit_say(visit, roles[role]),
            row->role == (enum user_role)role};
}

static void show_user(struct visit *visit, const struct told *told)
{
    const struct user_list_answer *list = told->answer;
    if (told->status != OK || !list->n_rows) {
        refuse(visit, told->status != OK ? told : &(struct told){.status = ERR_NOT_FOUND});
        return;
    }
    const struct user_row *row = &list->rows[0];
    const struct invite_begin_answer *invite = visit->gathered;
    struct user_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, arena_cstr(&visit->arena, row->name)),
        .email = row->email,
        .role = visit_say(visit, roles[row->role]),
        .zone = arena_cstr(&visit->arena, row->zone),
        .mark = mark_of(visit, row->is_disabled),
        .action = href_of(visit, "/settings/user", row->email, (struct text){0}),
        .remove_href = href_of(visit, "/settings/user/remove", row->email, (struct text){0}),
        .is_own = text_equal_nocase(row->email, visit->session->email),
        .is_disabled = row->is_disabled,
        .is_owner = visit->session->role == USER_OWNER,
        .pages = row->pages,
        .to = {.name = "to",
               .label = visit_say(visit, MESSAGE("E-mail of the colleague")),
               .type = "email",
               .autocomplete = "off",
               .longest = MAX_EMAIL,
               .is_required = true},
    };
    lay_out_role(visit, row, &view);
    if (invite) {
        view.link = arena_printf(&visit->arena, TEXT_FMT "/invite/%.*s",
                                 TEXT_ARG(visit->edge->config.base_url), (int)invite->token.n,
                                 (const char *)invite->token.at);
        view.until = month_when(&visit->arena, visit->language,
                                (struct slot){invite->expires, invite->expires},
                                frame_zone(visit), frame_zone(visit))
                         .day;
    }
    FRAME_SEND(visit, visit->problem ? 422 : 200, web_user, &view);
}

static void ask_user(struct visit *visit)
{
    struct user_list_ask ask = {.account = visit->session->account};
    if (is_administrator(visit) && read_query(visit, "email", &ask.email))
        person_ask(visit, WIRE_user_list, &ask, DOOR_READ, show_user);
}

void user_get(struct visit *visit)
{
    session_need_fresh(visit, ask_user);
}

static void changed(struct visit *visit, const struct told *told)
{
    struct text email;
    if (told->status == ERR_CONFLICT || told->status == ERR_INVALID) {
        visit->problem = visit_say(visit, person_failure(visit, told).detail);
        ask_user(visit);
    } else if (told->status != OK) {
        refuse(visit, told);
    } else if (read_query(visit, "email", &email)) {
        const char *href = href_of(visit, "/settings/user", email, (struct text){0});
        visit_see_other(visit, arena_printf(&visit->arena, "%s&done=saved", href));
    }
}

static void invited(struct visit *visit, const struct told *told)
{
    if (told->status == OK) {
        struct invite_begin_answer *invite =
            arena_alloc(&visit->arena, sizeof *invite); /* shown with the page, this once */
        *invite = *(const struct invite_begin_answer *)told->answer;
        visit->gathered = invite;
        ask_user(visit);
    } else {
        changed(visit, told);
    }
}

static void change_role(struct visit *visit, const struct form *form, struct text email)
{
    struct user_role_ask ask = {.account = visit->session->account, .email = email};
    if (user_role_find(form_find(form, "role"), &ask.role))
        person_ask(visit, WIRE_user_role, &ask, DOOR_WRITE, changed);
    else
        visit_fail_http(visit, 400);
}

static void change(struct visit *visit)
{
    struct form form;
    struct text email, account = visit->session->account;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) ||
        !is_administrator(visit) || !read_query(visit, "email", &email))
        return;
    struct text action = form_find(&form, "action");
    bool disables = text_equal(action, TEXT("disable"));
    if (text_equal(action, TEXT("invite"))) {
        struct invite_begin_ask ask = {account, email};
        person_ask(visit, WIRE_invite_begin, &ask, DOOR_WRITE, invited);
    } else if (disables || text_equal(action, TEXT("enable"))) {
        struct user_disable_ask ask = {account, email, disables};
        person_ask(visit, WIRE_user_disable, &ask, DOOR_WRITE, changed);
    } else if (text_equal(action, TEXT("role"))) {
        change_role(visit, &form, email);
    } else {
        visit_fail_http(visit, 400);
    }
}

void user_post(struct visit *visit)
{
    session_need_fresh(visit, change);
}

/* ---- handing over ---- */

static void add_loss(struct visit *visit, struct confirm_view *view, int64_t n,
                     struct message of_what, struct message meaning)
{
    if (n)
        view->losses[view->n_losses++] =
            (struct loss_view){n, visit_say(visit, of_what), visit_say(visit, meaning)};
}

static bool read_handover(struct visit *visit, struct user_handover_ask *ask)
{
    ask->account = visit->session->account;
    return is_administrator(visit) && read_query(visit, "email", &ask->email) &&
           read_query(visit, "to", &ask->to);
}

static void show_handover(struct visit *visit, const struct told *told)
{
    const struct user_handover_answer *would = told->answer;
    struct user_handover_ask ask = {0};
    if (told->status != OK) {
        refuse(visit, told);
        return;
    }
    if (!read_handover(visit, &ask))
        return;
    struct confirm_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Hand over"))),
        .question = arena_printf(&visit->arena, "%s " TEXT_FMT " → " TEXT_FMT,
                                 visit_say(visit, MESSAGE("Hand over?")), TEXT_ARG(ask.email),
                                 TEXT_ARG(ask.to)),
        .meaning =
            visit_say(visit, MESSAGE("All of it or nothing: where the colleague has a booking "
                                     "at one of these times already, nothing is handed over.")),
        .losses = ARENA_ARRAY(&visit->arena, 4, struct loss_view),
        .action = href_of(visit, "/settings/user/handover", ask.email, ask.to),
        .name = "action",
        .value = "handover",
        .button = visit_say(visit, MESSAGE("Hand over")),
        .back_href = href_of(visit, "/settings/user", ask.email, (struct text){0}),
    };
    add_loss(visit, &view, would->pages, MESSAGE("booking pages"),
             MESSAGE("are the colleague's then: with their name, and by their calendar."));
    add_loss(visit, &view, would->coming, MESSAGE("coming bookings"),
             MESSAGE("are with the colleague then, who is told to look after them."));
    add_loss(visit, &view, would->events, MESSAGE("events in the calendar"),
             MESSAGE("stay where they are, as plain ones; the colleague enters them anew."));
    add_loss(visit, &view, would->in_flight, MESSAGE("bookings being written just now"),
             MESSAGE("keep it from being done: try again in a minute."));
    FRAME_SEND(visit, 200, web_confirm, &view);
}

static void ask_handover(struct visit *visit)
{
    struct user_handover_ask ask = {.forecast = true};
    if (read_handover(visit, &ask))
        person_ask(visit, WIRE_user_handover, &ask, DOOR_READ, show_handover);
}

void user_handover_get(struct visit *visit)
{
    session_need_fresh(visit, ask_handover);
}

static void hand_it_over(struct visit *visit)
{
    struct form form;
    struct user_handover_ask ask = {0};
    if (session_form(visit, &form) && session_is_own_form(visit, &form) &&
        read_handover(visit, &ask))
        person_ask(visit, WIRE_user_handover, &ask, DOOR_WRITE, changed);
}

void user_handover_post(struct visit *visit)
{
    session_need_fresh(visit, hand_it_over);
}
