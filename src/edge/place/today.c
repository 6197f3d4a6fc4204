/* SPDX-License-Identifier: ISC
 *
 * Where a signed-in person begins: what needs attention, what is coming, and for a new host the next step.
 *
 *     GET  /me    bookings, then notices, then connections, then pages: each asked as the person
 *     POST /me    id and action: done, a notice was seen to; accept, the booking follows its event; restore, the event is
 *                 put back
 */
#include "edge/person.h"
#include "edge/place/booking.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "lang/place.h"

enum { FAR_DAYS = 366, SHOWN_MAX = 40, TODOS_MAX = 12, SHARES_MAX = 8 };

/* ---- bookings, by day ---- */

static struct mark_view mark_of(struct visit *visit, const struct booking_public *row)
{
    switch (row->state) {
    case BOOKING_CONFIRMED:
        return (struct mark_view){0};
    case BOOKING_REQUESTED:
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("a request"))};
    case BOOKING_UNVERIFIED:
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("not confirmed yet"))};
    default:
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("being checked"))};
    }
}

static struct coming_view lay_out_row(struct visit *visit, const struct booking_public *row)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    struct slot slot = {row->start, row->end};
    return (struct coming_view){
        .from = moment_time(a, visit->language, zone, row->start).at,
        .to = moment_time(a, visit->language, zone, row->end).at,
        .datetime = month_when(a, visit->language, slot, zone, zone).datetime,
        .href = booking_href(visit, row->id, ""),
        .title = row->page.title,
        .customer = row->customer.name,
        .mark = mark_of(visit, row),
    };
}

static void name_day(struct visit *visit, int64_t day, struct coming_day_view *view)
{
    int64_t today = zone_day(frame_zone(visit), visit->now);
    const char *date = moment_date(&visit->arena, visit->language, MOMENT_DAY_OF_YEAR, day).at;
    view->is_today = day == today;
    view->name = day == today       ? visit_say(visit, MESSAGE("Today"))
                 : day == today + 1 ? visit_say(visit, MESSAGE("Tomorrow"))
                                    : date;
    view->date = day <= today + 1 ? date : "";
}

static void lay_out_bookings(struct visit *visit, const struct booking_list_answer *list,
                             struct today_view *view)
{
    struct arena *a = &visit->arena;
    struct coming_day_view *day = NULL;
    int64_t shown_day = INT64_MIN;
    size_t n_shown = 0;
    view->days = ARENA_ARRAY(a, SHOWN_MAX, struct coming_day_view);
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct booking_public *row = &list->rows[i];
        if (row->state == BOOKING_CANCELLED)
            continue;
        if (n_shown++ == SHOWN_MAX) {
            view->has_more = true;
            return;
        }
        int64_t row_day = zone_day(frame_zone(visit), row->start);
        if (!day || row_day != shown_day) {
            day = &view->days[view->n_days++];
            day->rows = ARENA_ARRAY(a, SHOWN_MAX, struct coming_view);
            name_day(visit, shown_day = row_day, day);
        }
        day->rows[day->n_rows++] = lay_out_row(visit, row);
    }
}

/* ---- what needs attention ---- */

static const struct {
    struct message what, fix;
} todos[ATTENTION_KIND_COUNT] = {
    [ATTENTION_CANCELLED] =
        {MESSAGE("A booking was cancelled"),
         MESSAGE("Its event stands in a calendar that is disconnected: remove it "
                 "there.")},
    [ATTENTION_MOVED] =
        {MESSAGE("A booking was moved"),
         MESSAGE("Its event stands in a calendar that is disconnected: move it there.")},
    [ATTENTION_UNSURE] = {MESSAGE("The calendar was disconnected while this was written"),
                          MESSAGE("Look whether the event stands there as it should.")},
    [ATTENTION_HANDED_OVER] = {MESSAGE("A booking was handed over to you"),
                               MESSAGE("Enter it into your own calendar.")},
    [ATTENTION_EVENT_MOVED] =
        {MESSAGE("An event was moved in your calendar"),
         MESSAGE("The booking has not followed: move it, or put the event back.")},
    [ATTENTION_EVENT_GONE] =
        {MESSAGE("An event is gone from your calendar"),
         MESSAGE("The booking still stands: cancel it, or enter the event again.")},
    [ATTENTION_NOT_APPROVED] = {MESSAGE(
                                    "Your calendar did not take a booking that you approved"),
                                MESSAGE("The request waits again: approve or decline it.")},
    [ATTENTION_EVENT_UNFIT] =
        {MESSAGE("An event was moved to where its booking cannot follow"),
         MESSAGE("Another booking has that time, or it is too long: look at both.")},
};

static const char *when_of(struct visit *visit, struct slot slot)
{
    const struct zone *zone = frame_zone(visit);
    struct when_view when = month_when(&visit->arena, visit->language, slot, zone, zone);
    return arena_printf(&visit->arena, "%s, %s", when.day, when.time);
}

/* What letting the booking follow its event would be called; NULL: it cannot. */
static const char *accept_of(struct visit *visit, enum attention_kind kind)
{
    if (kind == ATTENTION_EVENT_MOVED)
        return visit_say(visit, MESSAGE("Move the booking too"));
    return kind == ATTENTION_EVENT_GONE ? visit_say(visit, MESSAGE("Cancel the booking too"))
                                        : NULL;
}

static void lay_out_todos(struct visit *visit, const struct attention_list_answer *list,
                          struct today_view *view)
{
    for (size_t i = 0; i < list->n_rows && view->n_todos < TODOS_MAX; i++) {
        const struct attention_row *row = &list->rows[i];
        view->todos[view->n_todos++] =
            (struct todo_view){.id = row->id,
                               .what = visit_say(visit, todos[row->kind].what),
                               .fix = visit_say(visit, todos[row->kind].fix),
                               .title = row->title,
                               .when = when_of(visit, (struct slot){row->start, row->end}),
                               .accept = accept_of(visit, row->kind),
                               .may_restore = accept_of(visit, row->kind) != NULL};
    }
}

struct trouble {
    struct message what, fix; /* no text: there is none */
};

static struct trouble trouble_of(const struct connection_row *row)
{
    if (row->state == CONNECTION_PAUSED)
        return (struct trouble){MESSAGE("Your calendar is paused: no times are offered"),
                                MESSAGE("Its server refused the password twice. Replace it, "
                                        "and times are offered again.")};
    if (row->state == CONNECTION_REFUSED_ONCE)
        return (struct trouble){MESSAGE("Your calendar refused the sign-in once"),
                                MESSAGE("It is tried once more in a quarter of an hour. Has "
                                        "the password changed?")};
    if (row->outage != OUTAGE_NONE)
        return (struct trouble){MESSAGE("Your calendar cannot be read: no times are offered"),
                                MESSAGE("It is tried again and again. What is wrong, and what "
                                        "to do, stands with the connection.")};
    return (struct trouble){0};
}

static void lay_out_troubles(struct visit *visit, const struct connection_list_answer *list,
                             struct today_view *view)
{
    for (size_t i = 0; i < list->n_rows && view->n_todos < TODOS_MAX; i++) {
        const struct connection_row *row = &list->rows[i];
        const struct trouble trouble = trouble_of(row);
        if (trouble.what.one)
            view->todos[view->n_todos++] = (struct todo_view){
                .what = visit_say(visit, trouble.what),
                .fix = visit_say(visit, trouble.fix),
                .title = row->mailbox.n ? row->mailbox : row->user,
                .href = "/connections",
                .action = visit_say(visit, MESSAGE("Look at it")),
            };
    }
}

/* ---- a new host's next steps ---- */

enum { STEPS = 3 };

static const struct {
    struct message name, detail, action;
    enum frame_place place;
    const char *href;
} steps[STEPS] = {
    {MESSAGE("Connect your calendar"), MESSAGE("Only times that are free there are offered."),
     MESSAGE("Connect"), FRAME_CONNECTIONS, "/connections/new"},
    {MESSAGE("Make a booking page"), MESSAGE("What can be booked, how long, and when."),
     MESSAGE("Make one"), FRAME_PAGES, "/pages/new"},
    {MESSAGE("Share its link"),
     MESSAGE("In a mail, on your website, wherever people ask for a time."), MESSAGE("Pages"),
     FRAME_PAGES, "/pages"},
};

/* The first that is not done is the next one. */
static void lay_out_steps(struct visit *visit, size_t n_done, struct today_view *view)
{
    view->is_new = n_done + 1 < STEPS;
    for (size_t i = 0; i < STEPS; i++) {
        bool is_next = i == n_done;
        struct mark_view mark = i < n_done ? (struct mark_view){"good", NULL}
                                : is_next  ? (struct mark_view){"wait", NULL}
                                           : (struct mark_view){"off", NULL};
        mark.word = i < n_done ? visit_say(visit, MESSAGE("done"))
                    : is_next  ? visit_say(visit, MESSAGE("next"))
                               : visit_say(visit, MESSAGE("then"));
        view->steps.steps[view->steps.n_steps++] = (struct step_view){
            .mark = mark,
            .name = visit_say(visit, steps[i].name),
            .detail = text_from(visit_say(visit, steps[i].detail)),
            .href = is_next && frame_has(steps[i].place) ? steps[i].href : NULL,
            .action = visit_say(visit, steps[i].action),
        };
    }
}

static void lay_out_shares(struct visit *visit, const struct page_list_answer *list,
                           struct today_view *view)
{
    struct arena *a = &visit->arena;
    view->shares = ARENA_ARRAY(a, SHARES_MAX, struct share_view);
    for (size_t i = 0; i < list->n_rows && view->n_shares < SHARES_MAX; i++) {
        const struct page_row *row = &list->rows[i];
        const char *href = arena_printf(a, "/" TEXT_FMT "/" TEXT_FMT, TEXT_ARG(row->account),
                                        TEXT_ARG(row->page));
        const char *url =
            arena_printf(a, TEXT_FMT "%s", TEXT_ARG(visit->edge->config.base_url), href);
        view->shares[view->n_shares++] = (struct share_view){row->title, href, url};
    }
}

/* ---- asking, one after the other ---- */

struct today {
    struct told bookings, notices, connections;
};

static struct today *gathered(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct today);
    return visit->gathered;
}

static void show(struct visit *visit, const struct told *pages)
{
    const struct today *all = gathered(visit);
    struct arena *a = &visit->arena;
    const struct connection_list_answer *connections = all->connections.answer;
    const struct page_list_answer *list = pages->answer;
    struct today_view view = {
        .frame = frame_fill(visit, FRAME_TODAY, visit_say(visit, MESSAGE("Today"))),
        .date =
            moment_date(a, visit->language, MOMENT_DAY, zone_day(frame_zone(visit), visit->now))
                .at,
        .zone = place_zone(a, visit->language, frame_zone(visit), visit->now),
        .lacks_bookings = all->bookings.status != OK,
        .todos = ARENA_ARRAY(a, TODOS_MAX, struct todo_view),
        .steps = {.steps = ARENA_ARRAY(a, STEPS, struct step_view)},
        .empty = {.title = visit_say(visit, MESSAGE("Nobody has booked a time with you yet")),
                  .text = visit_say(
                      visit, MESSAGE("What is booked stands here and in your calendar."))},
    };
    if (all->connections.status == OK)
        lay_out_troubles(visit, connections, &view);
    if (all->notices.status == OK)
        lay_out_todos(visit, all->notices.answer, &view);
    if (all->bookings.status == OK)
        lay_out_bookings(visit, all->bookings.answer, &view);
    if (all->connections.status == OK && pages->status == OK)
        lay_out_steps(visit, !connections->n_rows ? 0 : !list->n_rows ? 1 : 2, &view);
    if (pages->status == OK)
        lay_out_shares(visit, list, &view);
    FRAME_SEND(visit, 200, web_today, &view);
}

static void ask_pages(struct visit *visit, const struct told *connections)
{
    gathered(visit)->connections = *connections;
    struct page_list_ask ask = {.account = visit->session->account,
                                .email = visit->session->email};
    person_ask(visit, WIRE_page_list, &ask, DOOR_READ, show);
}

static void ask_connections(struct visit *visit, const struct told *notices)
{
    gathered(visit)->notices = *notices;
    struct connection_list_ask ask = {.account = visit->session->account,
                                      .email = visit->session->email};
    person_ask(visit, WIRE_connection_list, &ask, DOOR_READ, ask_pages);
}

static void ask_notices(struct visit *visit, const struct told *bookings)
{
    gathered(visit)->bookings = *bookings;
    struct attention_list_ask ask = {.account = visit->session->account,
                                     .email = visit->session->email};
    person_ask(visit, WIRE_attention_list, &ask, DOOR_READ, ask_connections);
}

/* From midnight on, so that what is over today still stands there. */
static void ask_bookings(struct visit *visit)
{
    const struct zone *zone = frame_zone(visit);
    struct booking_list_ask ask = {
        .account = visit->session->account,
        .email = visit->session->email,
        .from = zone_day_start(zone, zone_day(zone, visit->now)),
        .to = {visit->now.s + FAR_DAYS * INT64_C(86400)},
    };
    person_ask(visit, WIRE_booking_list, &ask, DOOR_READ, ask_notices);
}

void today_get(struct visit *visit)
{
    session_need(visit, ask_bookings);
}

/* ---- notices ---- */

static void noted(struct visit *visit, const struct told *told)
{
    if (told->status == OK) {
        visit_see_other(visit, "/me?done=noted");
        return;
    }
    if (told->status == ERR_CONFLICT) {
        visit->problem =
            visit_say(visit, MESSAGE("That cannot be done by itself: the calendar says "
                                     "something else now, or the time is taken or over. "
                                     "Please look at both."));
        ask_bookings(visit);
        return;
    }
    frame_refuse(visit, FRAME_TODAY, told);
}

static void change(struct visit *visit)
{
    struct form form;
    int64_t id = 0;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct text account = visit->session->account, action = form_find(&form, "action");
    bool has_id = text_to_i64(form_find(&form, "id"), &id) && id > 0;
    struct attention_done_ask done = {account, id};
    struct attention_accept_ask accept = {account, id};
    struct attention_restore_ask restore = {.account = account, .id = id};
    if (has_id && text_equal(action, TEXT("done")))
        person_ask(visit, WIRE_attention_done, &done, DOOR_WRITE, noted);
    else if (has_id && text_equal(action, TEXT("accept")))
        person_ask(visit, WIRE_attention_accept, &accept, DOOR_WRITE, noted);
    else if (has_id && text_equal(action, TEXT("restore")))
        person_ask(visit, WIRE_attention_restore, &restore, DOOR_WRITE, noted);
    else
        visit_fail_http(visit, 400);
}

void today_post(struct visit *visit)
{
    session_need(visit, change);
}
