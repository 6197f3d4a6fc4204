/* SPDX-License-Identifier: ISC
 *
 * Connected calendars: how they are, which of their calendars count, their password, their end.
 *
 *     GET  /connections              all that the person may see
 *     GET  /connections/N            one; POST action=check, or action=password and password
 *     GET  /connections/N/calendars  what it sees, asked live; POST book=ID, busyI=ID ...
 *     GET  /connections/N/remove     what disconnecting would mean; POST does it. Both want the password said just now
 */
#include "edge/person.h"
#include "edge/place/doctor.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"

static const char *const methods[AUTH_METHOD_COUNT] = {
    [AUTH_NTLM] = "NTLM",      [AUTH_BASIC] = "Basic",   [AUTH_NEGOTIATE] = "Kerberos",
    [AUTH_BEARER] = "OAuth 2", [AUTH_OAUTH] = "OAuth 2", [AUTH_ASSERTION] = "OAuth 2",
    [AUTH_NONE] = ""};

static const char *href_of(struct visit *visit, int64_t id, const char *more)
{
    return arena_printf(&visit->arena, "/connections/%lld%s", (long long)id, more);
}

static const char *moment_of(struct visit *visit, struct instant t)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    if (!t.s)
        return NULL;
    return arena_printf(a, TEXT_FMT ", " TEXT_FMT,
                        TEXT_ARG(moment_day_short(a, visit->language, zone, t)),
                        TEXT_ARG(moment_time(a, visit->language, zone, t)));
}

static struct text mailbox_of(const struct connection_row *row)
{
    return row->mailbox.n ? row->mailbox : row->user;
}

static bool is_own(const struct visit *visit, const struct connection_row *row)
{
    return text_equal_nocase(row->email, visit->session->email);
}

/* ---- the list ---- */

static bool is_own_desk(const struct visit *visit, const struct connection_row *row)
{
    return row->kind == CALENDAR_CONNECTOR && is_own(visit, row);
}

static void show_list(struct visit *visit, const struct told *told)
{
    const struct connection_list_answer *list = told->answer;
    bool has_own = false;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CONNECTIONS, told);
        return;
    }
    struct connections_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS, visit_say(visit, MESSAGE("Connections"))),
        .rows = ARENA_ARRAY(&visit->arena, list->n_rows + 1, struct connection_row_view),
        .shows_people = visit->session->role != USER_MEMBER,
        .empty = {visit_say(visit, MESSAGE("No calendar is connected yet")),
                  visit_say(visit,
                            MESSAGE("Connect yours, and only times that are free in it are "
                                    "offered. What stands in it is read at the moment of "
                                    "need and never stored.")),
                  "/connections/new", visit_say(visit, MESSAGE("Connect a calendar"))},
    };
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct connection_row *row = &list->rows[i];
        has_own = has_own || is_own(visit, row);
        view.rows[view.n_rows++] = (struct connection_row_view){
            .href = is_own_desk(visit, row) ? "/connections/desk" : href_of(visit, row->id, ""),
            .mailbox = mailbox_of(row),
            .host = row->kind == CALENDAR_CONNECTOR
                        ? text_from(visit_say(visit, MESSAGE("Outlook on a PC")))
                        : row->host,
            .user = row->user,
            .email =
                text_equal_nocase(row->email, mailbox_of(row)) ? (struct text){0} : row->email,
            .is_service = !row->email.n,
            .mark = doctor_mark(visit, row),
            .checked = moment_of(visit, row->checked_at)};
    }
    view.can_add = !has_own && view.n_rows;
    if (list->n_rows == MAX_ROWS) {
        view.pager.later = visit_say(visit, MESSAGE("More"));
        view.pager.later_href = arena_printf(&visit->arena, "/connections?after=%lld",
                                             (long long)list->rows[list->n_rows - 1].id);
    }
    FRAME_SEND(visit, 200, web_connections, &view);
}

static void ask_list(struct visit *visit)
{
    struct form form;
    struct connection_list_ask ask = {.account = visit->session->account};
    frame_query(visit, &form);
    if (!text_to_i64(form_find(&form, "after"), &ask.after) || ask.after < 0)
        ask.after = 0;
    person_ask(visit, WIRE_connection_list, &ask, DOOR_READ, show_list);
}

void connections_get(struct visit *visit)
{
    session_need(visit, ask_list);
}

/* ---- one of them ---- */

/* What is known of one while something is asked about it. */
struct looked {
    int64_t id;
    struct connection_row row;
    const struct layer *layers; /* found just now */
    size_t n_layers;
    bool was_checked;
    struct doctor_page page; /* on which they stand already, if it has begun */
};

static struct looked *looked(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct looked);
    return visit->gathered;
}

/* Read which one the address names. False: it has been answered. */
static bool names_one(struct visit *visit)
{
    int64_t id = 0;
    if (text_to_i64(visit->parts[1], &id) && id > 0) {
        looked(visit)->id = id;
        return true;
    }
    visit_fail_http(visit, 404);
    return false;
}

/* The layers stand on the page already: the rest of it. */
static void end_page(struct visit *visit, struct connection_view *view)
{
    struct http_response response;
    view->steps.n_steps = 0;
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_connection_rest(&response.body, visit->language, view);
    web_place_foot(&response.body, visit->language, &view->frame);
    visit_send(visit, &response);
}

static void show_one(struct visit *visit, const struct told *told)
{
    const struct connection_list_answer *list = told->answer;
    const struct looked *at = looked(visit);
    const struct connection_row *row = NULL;
    for (size_t i = 0; told->status == OK && i < list->n_rows; i++)
        if (list->rows[i].id == at->id)
            row = &list->rows[i];
    if (!row) {
        frame_refuse(visit, FRAME_CONNECTIONS,
                     &(struct told){.status = told->status ? told->status : ERR_NOT_FOUND});
        return;
    }
    if (is_own_desk(visit, row)) { /* it has a page of its own */
        visit_see_other(visit, "/connections/desk");
        return;
    }
    struct connection_view view = {
        .frame =
            frame_fill(visit, FRAME_CONNECTIONS, arena_cstr(&visit->arena, mailbox_of(row))),
        .mailbox = mailbox_of(row),
        .host = row->host,
        .user = row->user,
        .problem = row->problem,
        .method = methods[row->method],
        .checked = moment_of(visit, row->checked_at),
        .self_href = href_of(visit, row->id, ""),
        .calendars_href = href_of(visit, row->id, "/calendars"),
        .remove_href = href_of(visit, row->id, "/remove"),
        .mark = doctor_mark(visit, row),
        .is_own = is_own(visit, row),
        .can_choose = is_own(visit, row) && !row->free_busy_only,
        .goes_through = row->through != 0,
        .is_granted = row->method == AUTH_OAUTH || row->kind == CALENDAR_CONNECTOR,
        .has_moved = row->outage == OUTAGE_MOVED && row->kind == CALENDAR_EWS,
        .id = arena_printf(&visit->arena, "%lld", (long long)row->id),
        .steps = at->was_checked ? doctor_steps(visit, at->layers, at->n_layers)
                                 : doctor_steps(visit, row->findings, row->n_findings),
        .was_checked = at->was_checked,
        .password = {.name = "password",
                     .label = visit_say(visit, MESSAGE("New password of the mailbox")),
                     .hint = visit_say(visit,
                                       MESSAGE("The one that the calendar server takes now. It "
                                               "ends a pause.")),
                     .type = "password",
                     .autocomplete = "off",
                     .longest = MAX_PASSWORD,
                     .is_required = true},
    };
    if (at->page.n_told)
        end_page(visit, &view);
    else
        FRAME_SEND(visit, visit->problem ? 422 : 200, web_connection, &view);
}

static void ask_one(struct visit *visit)
{
    struct connection_list_ask ask = {.account = visit->session->account,
                                      .after = looked(visit)->id - 1};
    person_ask(visit, WIRE_connection_list, &ask, DOOR_READ, show_one);
}

static void look(struct visit *visit)
{
    if (names_one(visit))
        ask_one(visit);
}

void connection_get(struct visit *visit)
{
    session_need(visit, look);
}

/* ---- the doctor, and the password ---- */

static void found(struct visit *visit, const void *part)
{
    const struct connection_check_answer *so_far = part;
    doctor_tell(visit, &looked(visit)->page,
                visit_say(visit, MESSAGE("Looking at the connection")), so_far->layers,
                so_far->n_layers);
}

static void checked(struct visit *visit, const struct told *told)
{
    const struct check_answer *found = told->answer;
    struct looked *at = looked(visit);
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CONNECTIONS, told);
        return;
    }
    if (at->page.n_told)
        doctor_tell_rest(visit, &at->page, found->layers, found->n_layers, NULL);
    at->layers = found->layers;
    at->n_layers = found->n_layers;
    at->was_checked = true;
    ask_one(visit);
}

static void ask_check(struct visit *visit)
{
    struct connection_check_ask ask = {.account = visit->session->account,
                                       .id = looked(visit)->id};
    person_ask_by_parts(visit, WIRE_connection_check, &ask, found, checked);
}

/* A new password is tried at once: whether it is the right one is what its owner wants to know. */
static void replaced(struct visit *visit, const struct told *told)
{
    if (told->status != OK)
        frame_refuse(visit, FRAME_CONNECTIONS, told);
    else
        ask_check(visit);
}

static void replace(struct visit *visit, const struct form *form)
{
    struct text password = form_find(form, "password");
    struct connection_password_ask ask = {.account = visit->session->account,
                                          .id = looked(visit)->id,
                                          .password = session_secret(visit, password)};
    if (password.n && password.n <= MAX_PASSWORD) {
        person_ask(visit, WIRE_connection_password, &ask, DOOR_WRITE, replaced);
        return;
    }
    visit->problem = visit_say(visit, MESSAGE("Please enter the mailbox's password."));
    ask_one(visit);
}

static void change(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) || !names_one(visit))
        return;
    if (text_equal(form_find(&form, "action"), TEXT("check")))
        ask_check(visit);
    else if (text_equal(form_find(&form, "action"), TEXT("password")))
        replace(visit, &form);
    else
        visit_fail_http(visit, 400);
}

void connection_post(struct visit *visit)
{
    session_need(visit, change);
}

/* ---- its calendars ---- */

static void show_calendars(struct visit *visit, const struct told *told)
{
    const struct connection_calendars_answer *seen = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CONNECTIONS, told);
        return;
    }
    if (visit->request->method == HTTP_POST) {
        visit_see_other(visit, href_of(visit, looked(visit)->id, "/calendars?done=saved"));
        return;
    }
    struct calendars_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS,
                            visit_say(visit, MESSAGE("Which calendars count"))),
        .action = href_of(visit, looked(visit)->id, "/calendars"),
        .back_href = href_of(visit, looked(visit)->id, ""),
        .calendars = ARENA_ARRAY(&visit->arena, seen->n_uses + 1, struct calendar_view),
        .lost = seen->lost,
        .free_busy_only = seen->free_busy_only,
    };
    for (size_t i = 0; i < seen->n_uses; i++) {
        const struct calendar_use *use = &seen->uses[i];
        view.calendars[view.n_calendars] = (struct calendar_view){
            .number = (int64_t)++view.n_calendars,
            .id = use->calendar.id,
            .name = use->calendar.name,
            .mailbox = use->calendar.mailbox,
            .is_default = use->calendar.is_default,
            .can_read = use->calendar.can_read,
            .can_write = use->calendar.can_write,
            .is_busy = use->is_busy,
            .is_book = use->is_book,
        };
    }
    FRAME_SEND(visit, 200, web_calendars, &view);
}

static void ask_calendars(struct visit *visit)
{
    if (!names_one(visit))
        return;
    struct connection_calendars_ask ask = {.account = visit->session->account,
                                           .id = looked(visit)->id};
    person_ask(visit, WIRE_connection_calendars, &ask, DOOR_READ, show_calendars);
}

void calendars_get(struct visit *visit)
{
    session_need(visit, ask_calendars);
}

static void choose(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) || !names_one(visit))
        return;
    struct connection_calendars_ask ask = {
        .account = visit->session->account,
        .id = looked(visit)->id,
        .changes = true,
        .busy = ARENA_ARRAY(&visit->arena, form.n_fields, struct source),
        .book = form_find(&form, "book"),
    };
    for (size_t i = 0; i < form.n_fields; i++)
        if (text_starts(form.fields[i].name, TEXT("busy")) && ask.n_busy < MAX_CALENDARS)
            ask.busy[ask.n_busy++].calendar = form.fields[i].value;
    person_ask(visit, WIRE_connection_calendars, &ask, DOOR_WRITE, show_calendars);
}

void calendars_post(struct visit *visit)
{
    session_need(visit, choose);
}

/* ---- disconnecting ---- */

static void add_loss(struct visit *visit, struct confirm_view *view, int64_t n,
                     struct message of_what, struct message meaning)
{
    if (n)
        view->losses[view->n_losses++] =
            (struct loss_view){n, visit_say(visit, of_what), visit_say(visit, meaning)};
}

static void show_removal(struct visit *visit, const struct told *told)
{
    const struct connection_remove_answer *gone = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CONNECTIONS, told);
        return;
    }
    struct confirm_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS,
                            visit_say(visit, MESSAGE("Disconnect this calendar"))),
        .question = visit_say(visit, MESSAGE("Disconnect it, and erase its password here?")),
        .meaning =
            visit_say(visit, MESSAGE("The events in the calendar stay as they are. hourgate "
                                     "forgets the password and every reference to them, and "
                                     "cannot take that back.")),
        .losses = ARENA_ARRAY(&visit->arena, 4, struct loss_view),
        .action = href_of(visit, looked(visit)->id, "/remove"),
        .name = "action",
        .value = "remove",
        .button = visit_say(visit, MESSAGE("Disconnect")),
        .back_href = href_of(visit, looked(visit)->id, ""),
    };
    add_loss(
        visit, &view, gone->coming, MESSAGE("coming bookings"),
        MESSAGE("become plain events: what customers change later does not reach the calendar, "
                "you are told instead, and no reminders are sent."));
    add_loss(visit, &view, gone->unbound_bookings, MESSAGE("bookings in all"),
             MESSAGE("lose their link to their event, also after connecting again."));
    add_loss(visit, &view, gone->in_flight, MESSAGE("bookings being written just now"),
             MESSAGE("may or may not arrive: look at their events afterwards."));
    add_loss(visit, &view, gone->pages, MESSAGE("booking pages"),
             MESSAGE("offer all their hours from then on, since nothing says what is busy."));
    FRAME_SEND(visit, 200, web_confirm, &view);
}

static void ask_removal(struct visit *visit)
{
    if (!names_one(visit))
        return;
    struct connection_remove_ask ask = {
        .account = visit->session->account, .id = looked(visit)->id, .forecast = true};
    person_ask(visit, WIRE_connection_remove, &ask, DOOR_READ, show_removal);
}

void connection_remove_get(struct visit *visit)
{
    session_need_fresh(visit, ask_removal);
}

static void removed(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        visit_see_other(visit, "/connections?done=removed");
    else
        frame_refuse(visit, FRAME_CONNECTIONS, told);
}

static void remove_it(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form) || !names_one(visit))
        return;
    struct connection_remove_ask ask = {.account = visit->session->account,
                                        .id = looked(visit)->id};
    person_ask(visit, WIRE_connection_remove, &ask, DOOR_WRITE, removed);
}

void connection_remove_post(struct visit *visit)
{
    session_need_fresh(visit, remove_it);
}
