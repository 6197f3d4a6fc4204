/* SPDX-License-Identifier: ISC
 *
 * Bookings that the host enters or moves. What stands in the way is told, and may be set aside by a word for each kind:
 * the page's rules, or a busy calendar; another booking never.
 *
 *     GET  /bookings/new?page=SLUG&day=DATE    POST page, day, time, name, email, key, and beyond-rules, over-busy
 *     GET  /bookings/ID/move                   POST day, time, and the same two words
 */
#include "edge/customer/parts.h"
#include "edge/person.h"
#include "edge/place/booking.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/form.h"
#include "time/civil.h"

enum { TIME_LENGTH = 5 };

/* What was typed so far. */
struct entering {
    struct form form;
    const struct reason *reasons; /* that stood in the way */
    size_t n_reasons;
    int64_t day, minute;
    bool is_move, was_sent;
    struct booking_public booking; /* of a move */
};

static struct entering *entering(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct entering);
    return visit->gathered;
}

/* Read "09:30". */
static bool read_time(struct text t, int64_t *ret_minute)
{
    int64_t hour, minute;
    if (t.n != TIME_LENGTH || t.at[2] != ':' || !text_to_i64((struct text){t.at, 2}, &hour) ||
        !text_to_i64((struct text){t.at + 3, 2}, &minute) || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59)
        return false;
    *ret_minute = hour * 60 + minute;
    return true;
}

static struct text typed(struct visit *visit, const char *name)
{
    return form_find(&entering(visit)->form, name);
}

/* ---- the form ---- */

static struct field_view box(struct visit *visit, const char *name, struct message label)
{
    return (struct field_view){.name = name,
                               .label = visit_say(visit, label),
                               .is_box = true,
                               .is_set = typed(visit, name).n > 0};
}

static void lay_out_time(struct visit *visit, struct host_enter_view *view)
{
    view->day = (struct field_view){.name = "day",
                                    .label = visit_say(visit, MESSAGE("Day")),
                                    .type = "date",
                                    .value = typed(visit, "day"),
                                    .is_required = true};
    view->time = (struct field_view){.name = "time",
                                     .label = visit_say(visit, MESSAGE("Start")),
                                     .hint = visit_say(visit, MESSAGE("By the page's clock.")),
                                     .type = "time",
                                     .value = typed(visit, "time"),
                                     .is_required = true};
    view->beyond_rules =
        box(visit, "beyond-rules", MESSAGE("Book it outside the page's rules all the same"));
    view->over_busy =
        box(visit, "over-busy", MESSAGE("Book it over what the calendar says all the same"));
}

static void lay_out_person(struct visit *visit, struct host_enter_view *view)
{
    view->name = (struct field_view){.name = "name",
                                     .label = visit_say(visit, MESSAGE("Customer's name")),
                                     .type = "text",
                                     .value = typed(visit, "name"),
                                     .longest = MAX_NAME,
                                     .is_required = true};
    view->email = (struct field_view){
        .name = "email",
        .label = visit_say(visit, MESSAGE("Customer's e-mail")),
        .hint = visit_say(visit, MESSAGE("The confirmation and the private link go there.")),
        .type = "email",
        .value = typed(visit, "email"),
        .longest = MAX_EMAIL,
        .is_required = true};
}

static void lay_out_wrong(struct visit *visit, struct host_enter_view *view)
{
    const struct entering *e = entering(visit);
    int64_t day, minute;
    if (!e->was_sent)
        return;
    if (civil_parse_date(typed(visit, "day"), &day) != OK)
        frame_problem(visit, &view->frame, &view->day,
                      visit_say(visit, MESSAGE("Please give a day.")));
    if (!read_time(typed(visit, "time"), &minute))
        frame_problem(visit, &view->frame, &view->time,
                      visit_say(visit, MESSAGE("Please give a time, such as 09:30.")));
    if (e->is_move)
        return;
    const char *wrong = parts_name_error(visit->language, text_trim(typed(visit, "name")));
    if (wrong)
        frame_problem(visit, &view->frame, &view->name, wrong);
    wrong = parts_email_error(visit->language, text_trim(typed(visit, "email")));
    if (wrong)
        frame_problem(visit, &view->frame, &view->email, wrong);
}

static struct host_enter_view lay_out(struct visit *visit, struct message heading)
{
    struct entering *e = entering(visit);
    struct host_enter_view view = {
        .frame = frame_fill(visit, FRAME_BOOKINGS, visit_say(visit, heading)),
        .is_move = e->is_move,
        .back_href = "/bookings",
    };
    lay_out_time(visit, &view);
    lay_out_person(visit, &view);
    lay_out_wrong(visit, &view);
    booking_ways(visit, e->reasons, e->n_reasons, &view);
    return view;
}

/* ---- enter one ---- */

static void show_enter(struct visit *visit, const struct told *told)
{
    const struct page_list_answer *pages = told->answer;
    struct arena *a = &visit->arena;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    struct host_enter_view view = lay_out(visit, MESSAGE("Enter a booking"));
    struct text chosen = typed(visit, "page"), key = typed(visit, "key");
    view.action = "/bookings/new";
    view.key = key.n ? arena_cstr(a, key) : arena_cstr(a, parts_new_key(a));
    view.page =
        (struct field_view){.name = "page",
                            .label = visit_say(visit, MESSAGE("What")),
                            .is_choice = true,
                            .choices = ARENA_ARRAY(a, pages->n_rows, struct choice_of_view)};
    for (size_t i = 0; i < pages->n_rows; i++)
        view.page.choices[view.page.n_choices++] = (struct choice_of_view){
            arena_cstr(a, pages->rows[i].page), arena_cstr(a, pages->rows[i].title),
            text_equal(chosen, pages->rows[i].page)};
    view.has_no_page = pages->n_rows == 0;
    view.none = (struct empty_view){
        visit_say(visit, MESSAGE("A booking belongs to a page, and there is none yet")),
        visit_say(visit, MESSAGE("Make one first: what can be booked, how long, and when.")),
        frame_has(FRAME_PAGES) ? "/pages/new" : NULL, visit_say(visit, MESSAGE("Make a page"))};
    FRAME_SEND(visit,
               view.n_ways             ? 409
               : view.frame.n_problems ? 422
                                       : 200,
               web_host_enter, &view);
}

static void ask_pages(struct visit *visit)
{
    struct page_list_ask ask = {.account = visit->session->account,
                                .email = visit->session->email};
    person_ask(visit, WIRE_page_list, &ask, DOOR_READ, show_enter);
}

static void begin_enter(struct visit *visit)
{
    frame_query(visit, &entering(visit)->form);
    ask_pages(visit);
}

void booking_new_get(struct visit *visit)
{
    session_need(visit, begin_enter);
}

static void entered(struct visit *visit, const struct told *told)
{
    const struct booking_add_answer *made = told->answer;
    struct entering *e = entering(visit);
    if (told->status == OK) {
        session_see_other(visit, booking_href(visit, made->booking.id, "?done=booked"), NULL);
    } else if (told->status == ERR_CONFLICT && made) {
        e->reasons = made->reasons;
        e->n_reasons = made->n_reasons;
        ask_pages(visit);
    } else {
        frame_refuse(visit, FRAME_BOOKINGS, told);
    }
}

static bool read_when(struct visit *visit)
{
    struct entering *e = entering(visit);
    e->was_sent = true;
    return civil_parse_date(typed(visit, "day"), &e->day) == OK &&
           read_time(typed(visit, "time"), &e->minute);
}

static void enter(struct visit *visit)
{
    struct entering *e = entering(visit);
    if (!session_form(visit, &e->form) || !session_is_own_form(visit, &e->form))
        return;
    struct text name = text_trim(typed(visit, "name")),
                email = text_trim(typed(visit, "email"));
    if (!read_when(visit) || parts_name_error(visit->language, name) ||
        parts_email_error(visit->language, email)) {
        ask_pages(visit);
        return;
    }
    struct booking_add_ask ask = {
        .account = visit->session->account,
        .page = text_first(typed(visit, "page"), MAX_SLUG),
        .day = e->day,
        .minute = e->minute,
        .customer = {.name = name, .email = email},
        .key = text_first(typed(visit, "key"), MAX_KEY),
        .beyond_rules = typed(visit, "beyond-rules").n > 0,
        .over_busy = typed(visit, "over-busy").n > 0,
    };
    person_ask(visit, WIRE_booking_add, &ask, DOOR_WRITE, entered);
}

void booking_new_post(struct visit *visit)
{
    session_need(visit, enter);
}

/* ---- move one ---- */

static void show_move(struct visit *visit, const struct told *told)
{
    const struct booking_show_answer *found = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    entering(visit)->is_move = true;
    struct host_enter_view view = lay_out(visit, MESSAGE("Move this booking"));
    view.title = found->booking.page.title;
    view.customer = found->booking.customer.name;
    view.when = booking_when(visit, &found->booking);
    view.action = booking_href(visit, visit->parts[1], "/move");
    view.back_href = booking_href(visit, visit->parts[1], "");
    FRAME_SEND(visit,
               view.n_ways             ? 409
               : view.frame.n_problems ? 422
                                       : 200,
               web_host_enter, &view);
}

static void ask_moved(struct visit *visit)
{
    struct booking_show_ask ask = {visit->session->account,
                                   text_first(visit->parts[1], MAX_TOKEN)};
    person_ask(visit, WIRE_booking_show, &ask, DOOR_READ, show_move);
}

static void begin_move(struct visit *visit)
{
    frame_query(visit, &entering(visit)->form);
    ask_moved(visit);
}

void booking_move_get(struct visit *visit)
{
    session_need(visit, begin_move);
}

static void moved(struct visit *visit, const struct told *told)
{
    const struct booking_move_answer *made = told->answer;
    struct entering *e = entering(visit);
    if (told->status == OK) {
        session_see_other(visit, booking_href(visit, visit->parts[1], "?done=moved"), NULL);
    } else if (told->status == ERR_CONFLICT && made) {
        e->reasons = made->reasons;
        e->n_reasons = made->n_reasons;
        ask_moved(visit);
    } else {
        frame_refuse(visit, FRAME_BOOKINGS, told);
    }
}

static void move(struct visit *visit)
{
    struct entering *e = entering(visit);
    if (!session_form(visit, &e->form) || !session_is_own_form(visit, &e->form))
        return;
    if (!read_when(visit)) {
        ask_moved(visit);
        return;
    }
    struct booking_move_ask ask = {
        .account = visit->session->account,
        .id = text_first(visit->parts[1], MAX_TOKEN),
        .day = e->day,
        .minute = e->minute,
        .beyond_rules = typed(visit, "beyond-rules").n > 0,
        .over_busy = typed(visit, "over-busy").n > 0,
    };
    person_ask(visit, WIRE_booking_move, &ask, DOOR_WRITE, moved);
}

void booking_move_post(struct visit *visit)
{
    session_need(visit, move);
}
