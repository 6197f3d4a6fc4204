/* SPDX-License-Identifier: ISC
 *
 * Bookings as their host sees them, in lists.
 *
 *     GET  /bookings?view=upcoming|past&customer=ADDRESS&after=ID
 *     GET  /bookings/export?view=...&customer=...     the same as a table (RFC 4180)
 */
#include "edge/person.h"
#include "edge/place/booking.h"
#include "edge/place/gather.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"
#include "lang/place.h"
#include "time/civil.h"
#include "time/instant.h"

enum { FAR_DAYS = 3 * 366, EXPORT_MAX = 16 << 20 };

/* What is listed. */
struct listing {
    bool is_past;
    struct text customer, after;
};

static struct listing read_query(struct visit *visit)
{
    struct form form;
    frame_query(visit, &form);
    return (struct listing){
        .is_past = text_equal(form_find(&form, "view"), TEXT("past")),
        .customer = text_first(form_find(&form, "customer"), MAX_EMAIL),
        .after = text_first(form_find(&form, "after"), MAX_TOKEN),
    };
}

static const char *href_of(struct visit *visit, const char *path, struct listing what)
{
    CLEANUP(buf_done) struct buf href = BUF(MAX_LINK);
    buf_printf(&href, "%s?view=%s", path, what.is_past ? "past" : "upcoming");
    if (what.customer.n) {
        buf_add_cstr(&href, "&customer=");
        url_encode(&href, what.customer);
    }
    if (what.after.n) {
        buf_add_cstr(&href, "&after=");
        url_encode(&href, what.after);
    }
    return arena_cstr(&visit->arena, buf_text(&href));
}

/* The signed-in person's own: an administrator's place is theirs too. */
static struct booking_list_ask ask_for(struct visit *visit, struct listing what)
{
    struct instant now = visit->now;
    int64_t far_s = FAR_DAYS * (int64_t)CIVIL_DAY_S;
    return (struct booking_list_ask){
        .account = visit->session->account,
        .email = visit->session->email,
        .from = what.is_past ? instant_add_s(now, -far_s) : now,
        .to = what.is_past ? now : instant_add_s(now, far_s),
        .after = what.after,
        .customer = what.customer,
        .latest_first = what.is_past,
    };
}

/* ---- the page ---- */

static struct tabs_view tabs_of(struct visit *visit, struct listing what)
{
    struct listing upcoming = {.customer = what.customer}, past = {true, what.customer, {0}};
    struct tabs_view tabs = {.label = visit_say(visit, MESSAGE("Which bookings")),
                             .tabs = ARENA_ARRAY(&visit->arena, 3, struct tab_view)};
    tabs.tabs[tabs.n_tabs++] =
        (struct tab_view){visit_say(visit, MESSAGE("Upcoming")),
                          href_of(visit, "/bookings", upcoming), 0, !what.is_past};
    tabs.tabs[tabs.n_tabs++] = (struct tab_view){
        visit_say(visit, MESSAGE("Past")), href_of(visit, "/bookings", past), 0, what.is_past};
    tabs.tabs[tabs.n_tabs++] =
        (struct tab_view){visit_say(visit, MESSAGE("Needs attention")), "/me#todos",
                          visit->session->attentions, false};
    return tabs;
}

static struct empty_view empty_of(struct visit *visit, struct listing what)
{
    if (what.customer.n)
        return (struct empty_view){
            visit_say(visit, MESSAGE("Nothing of this address")),
            visit_say(visit, MESSAGE("Look at the other tab too, and at how it is written.")),
            NULL, NULL};
    if (what.is_past)
        return (struct empty_view){visit_say(visit, MESSAGE("Nothing is behind you yet")),
                                   visit_say(visit, MESSAGE("Bookings stand here once their "
                                                            "time is over.")),
                                   NULL, NULL};
    return (struct empty_view){
        visit_say(visit, MESSAGE("Nobody has booked a time yet")),
        visit_say(visit,
                  MESSAGE("Bookings stand here and in your calendar as soon as somebody "
                          "books. For a customer on the telephone, enter one yourself.")),
        "/bookings/new", visit_say(visit, MESSAGE("Enter a booking"))};
}

static void show(struct visit *visit, const struct told *told)
{
    const struct booking_list_answer *list = told->answer;
    struct listing what = read_query(visit);
    if (told->status != OK) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    struct listing all = {.is_past = what.is_past};
    struct bookings_view view = {
        .frame = frame_fill(visit, FRAME_BOOKINGS, visit_say(visit, MESSAGE("Bookings"))),
        .tabs = tabs_of(visit, what),
        .customer = what.customer,
        .all_href = href_of(visit, "/bookings", all),
        .view = what.is_past ? "past" : "upcoming",
        .rows = ARENA_ARRAY(&visit->arena, list->n_rows, struct booking_row_view),
        .empty = empty_of(visit, what),
        .export_href = list->n_rows ? href_of(visit, "/bookings/export", what) : NULL,
        .zone = place_zone(&visit->arena, visit->language, frame_zone(visit), visit->now),
    };
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct booking_public *row = &list->rows[i];
        view.rows[view.n_rows++] = (struct booking_row_view){
            .href = booking_href(visit, row->id, ""),
            .when = booking_when_short(visit, row),
            .datetime = booking_when(visit, row).datetime,
            .title = row->page.title,
            .customer = row->customer.name,
            .email = row->customer.email,
            .mark = booking_mark(visit, row),
        };
    }
    if (list->n_rows) {
        struct listing next = {what.is_past, what.customer, list->rows[list->n_rows - 1].id};
        view.pager.later = visit_say(visit, MESSAGE("More"));
        view.pager.later_href =
            list->n_rows == MAX_ROWS ? href_of(visit, "/bookings", next) : NULL;
    }
    FRAME_SEND(visit, 200, web_bookings, &view);
}

static void ask(struct visit *visit)
{
    struct booking_list_ask ask = ask_for(visit, read_query(visit));
    person_ask(visit, WIRE_booking_list, &ask, DOOR_READ, show);
}

void bookings_get(struct visit *visit)
{
    session_need(visit, ask);
}

/* ---- the table to take along ---- */

/* A value of a table. One that a spreadsheet would take for a formula is told apart by an apostrophe. */
static void add_cell(struct buf *out, struct text t, bool is_last)
{
    buf_add_cstr(out, "\"");
    if (t.n && strchr("=+-@\t\r", t.at[0]))
        buf_add_cstr(out, "'");
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] == '"')
            buf_add_cstr(out, "\"");
        buf_add(out, &t.at[i], 1);
    }
    buf_add_cstr(out, is_last ? "\"\r\n" : "\",");
}

static void add_instant(struct buf *out, struct instant t)
{
    char time[INSTANT_SIZE];
    instant_format(t, time);
    add_cell(out, text_from(time), false);
}

static void add_row(struct buf *out, const struct booking_public *row)
{
    static const char *const states[BOOKING_STATE_COUNT] = {
        [BOOKING_HELD] = "held",           [BOOKING_UNCERTAIN] = "uncertain",
        [BOOKING_CONFIRMED] = "confirmed", [BOOKING_CANCELLED] = "cancelled",
        [BOOKING_REQUESTED] = "requested", [BOOKING_UNVERIFIED] = "unverified"};
    add_cell(out, row->id, false);
    add_instant(out, row->start);
    add_instant(out, row->end);
    add_cell(out, text_from(states[row->state]), false);
    add_cell(out, row->page.title, false);
    add_cell(out, row->customer.name, false);
    add_cell(out, row->customer.email, false);
    add_cell(out, row->no_show ? TEXT("yes") : TEXT("no"), true);
}

static void export(struct visit *visit, const struct told *told)
{
    const struct gather *all = visit->gathered;
    struct http_response response;
    if (told->status != OK || all->is_cut) {
        frame_refuse(visit, FRAME_BOOKINGS,
                     told->status != OK ? told : &(struct told){.status = ERR_LIMIT});
        return;
    }
    visit_response(visit, &response, 200, "text/csv; charset=utf-8");
    http_response_add_static(&response, "Content-Disposition",
                             "attachment; filename=\"bookings.csv\"");
    buf_add_cstr(&response.body, "id,start,end,state,title,name,email,no_show\r\n");
    response.body.max = EXPORT_MAX;
    for (size_t i = 0; i < all->n_answers; i++) {
        const struct booking_list_answer *list = all->answers[i];
        for (size_t j = 0; j < list->n_rows; j++)
            add_row(&response.body, &list->rows[j]);
    }
    visit_send(visit, &response);
}

GATHER_NEXT(booking_list, id)

static void ask_export(struct visit *visit)
{
    struct booking_list_ask *ask = ARENA_NEW(&visit->arena, struct booking_list_ask);
    struct gather *all = ARENA_NEW(&visit->arena, struct gather);
    *ask = ask_for(visit, read_query(visit));
    *all = (struct gather){WIRE_booking_list, ask, next_booking_list, export};
    gather(visit, all);
}

void bookings_export(struct visit *visit)
{
    session_need(visit, ask_export);
}
