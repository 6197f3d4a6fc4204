/* SPDX-License-Identifier: ISC
 *
 * A host's booking pages.
 *
 *     GET  /pages                  the list
 *     GET  /pages/new              a form of four fields; POST makes the page, of which no other has the name
 *     GET  /pages/NAME?part=P      the editor, part by part (edit.h); POST part, version and its fields
 *                                  ... and action=preview: shown as customers would see it, not kept (preview.h)
 *     GET  /pages/NAME/remove      what that would mean; POST does it. Both want the password said just now
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/edit.h"
#include "edge/place/hours.h"
#include "edge/place/preview.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"

enum {
    NOTICE_MIN = 60,
    HORIZON_DAYS = 60,
    BLOCKING = 1 << BUSY_TENTATIVE | 1 << BUSY_BUSY | 1 << BUSY_OOF,
    WORKING_DAYS = 5,
    DURATION_MAX = 1440,
};

static const char *public_href(struct visit *visit, const struct page_row *row)
{
    return arena_printf(&visit->arena, "/" TEXT_FMT "/" TEXT_FMT, TEXT_ARG(row->account),
                        TEXT_ARG(row->page));
}

static const char *whole_address(struct visit *visit, const char *href)
{
    return arena_printf(&visit->arena, TEXT_FMT "%s", TEXT_ARG(visit->edge->config.base_url),
                        href);
}

static const char *place_of(struct visit *visit, struct text page, const char *more)
{
    return arena_printf(&visit->arena, "/pages/" TEXT_FMT "%s", TEXT_ARG(page), more);
}

/* ---- the list ---- */

static struct mark_view mark_of(struct visit *visit, const struct page_row *row)
{
    if (!row->connected)
        return (struct mark_view){"warn", visit_say(visit, MESSAGE("no calendar connected"))};
    if (row->failing_at.s)
        return (struct mark_view){
            "bad", visit_say(visit, MESSAGE("offers no times: the calendar fails"))};
    if (!row->rule.n_hours && !row->rule.n_overrides)
        return (struct mark_view){"off", visit_say(visit, MESSAGE("no hours"))};
    return (struct mark_view){"good", visit_say(visit, MESSAGE("offers times"))};
}

static struct page_row_view lay_out_row(struct visit *visit, const struct page_row *row)
{
    const char *href = public_href(visit, row);
    return (struct page_row_view){
        .href = place_of(visit, row->page, ""),
        .public_href = href,
        .url = whole_address(visit, href),
        .duration = moment_duration(&visit->arena, visit->language, row->rule.duration_min).at,
        .title = row->title,
        .host = row->email,
        .mark = mark_of(visit, row),
    };
}

static void show_list(struct visit *visit, const struct told *told)
{
    const struct page_list_answer *list = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_PAGES, told);
        return;
    }
    struct pages_view view = {
        .frame = frame_fill(visit, FRAME_PAGES, visit_say(visit, MESSAGE("Pages"))),
        .rows = ARENA_ARRAY(&visit->arena, list->n_rows + 1, struct page_row_view),
        .shows_people = visit->session->role != USER_MEMBER,
        .empty = {visit_say(visit, MESSAGE("There is no booking page yet")),
                  visit_say(
                      visit,
                      MESSAGE("A page says what can be booked with you, how long it takes, "
                              "and when. Whoever has its link can book.")),
                  "/pages/new", visit_say(visit, MESSAGE("Make a booking page"))},
    };
    for (size_t i = 0; i < list->n_rows; i++)
        view.rows[view.n_rows++] = lay_out_row(visit, &list->rows[i]);
    if (list->n_rows == MAX_PAGE_ROWS) {
        view.pager.later = visit_say(visit, MESSAGE("More"));
        view.pager.later_href = arena_printf(&visit->arena, "/pages?after=" TEXT_FMT,
                                             TEXT_ARG(list->rows[list->n_rows - 1].page));
    }
    FRAME_SEND(visit, 200, web_pages, &view);
}

static void ask_list(struct visit *visit)
{
    struct form form;
    frame_query(visit, &form);
    struct page_list_ask ask = {.account = visit->session->account,
                                .after = form_find(&form, "after")};
    if (ask.after.n > MAX_SLUG)
        ask.after.n = 0;
    person_ask(visit, WIRE_page_list, &ask, DOOR_READ, show_list);
}

void pages_get(struct visit *visit)
{
    session_need(visit, ask_list);
}

/* ---- a new one ---- */

struct new_page {
    struct text title, page, duration, hours;
    struct page_put_ask ask;
};

static struct new_page_view new_view(struct visit *visit, const struct new_page *typed)
{
    return (struct new_page_view){
        .frame =
            frame_fill(visit, FRAME_PAGES, visit_say(visit, MESSAGE("A new booking page"))),
        .title = {.name = "title",
                  .label = visit_say(visit, MESSAGE("Title")),
                  .hint =
                      visit_say(visit, MESSAGE("What is booked, such as First consultation.")),
                  .type = "text",
                  .value = typed->title,
                  .longest = MAX_NAME,
                  .is_required = true},
        .page = {.name = "page",
                 .label = visit_say(visit, MESSAGE("Name in the address")),
                 .hint =
                     visit_say(visit, MESSAGE("Of a-z, 0-9 and -. Empty: made of the title.")),
                 .type = "text",
                 .value = typed->page,
                 .longest = MAX_SLUG,
                 .is_optional = true},
        .duration = {.name = "duration",
                     .label = visit_say(visit, MESSAGE("Duration")),
                     .type = "number",
                     .value = typed->duration,
                     .unit = visit_say(visit, MESSAGE("minutes")),
                     .least = "1",
                     .most = "1440",
                     .is_required = true,
                     .is_narrow = true},
        .monday = {.name = "hours",
                   .label = visit_say(visit, MESSAGE("Monday to Friday")),
                   .hint = visit_say(
                       visit,
                       MESSAGE("Such as 9-12, 13:30-17:00. Single days and dates are set "
                               "afterwards.")),
                   .type = "text",
                   .value = typed->hours,
                   .longest = 200,
                   .is_required = true},
    };
}

static void show_new(struct visit *visit)
{
    struct new_page typed = {.duration = TEXT("30"), .hours = TEXT("09:00-12:00, 13:00-17:00")};
    struct new_page_view view = new_view(visit, &typed);
    FRAME_SEND(visit, 200, web_new_page, &view);
}

void new_page_get(struct visit *visit)
{
    session_need(visit, show_new);
}

/* "First consultation" -> "first-consultation"; what is no letter of an address parts two words. */
static struct text slug_of(struct arena *a, struct text title)
{
    char *slug = arena_alloc(a, MAX_SLUG + 1);
    size_t n = 0;
    for (size_t i = 0; i < title.n && n < MAX_SLUG; i++) {
        char c = title.at[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fits)
            slug[n++] = c;
        else if (n && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n && slug[n - 1] == '-')
        n--;
    return (struct text){slug, n};
}

static void made(struct visit *visit, const struct told *told)
{
    const struct new_page *typed = visit->gathered;
    if (told->status == OK) {
        visit_see_other(visit, place_of(visit, typed->ask.page, "?done=made"));
        return;
    }
    struct new_page_view view = new_view(visit, typed);
    if (told->status == ERR_CONFLICT)
        frame_problem(visit, &view.frame, &view.page,
                      visit_say(visit, MESSAGE("There is a page of that name already.")));
    else
        view.frame.problem = visit_say(visit, person_failure(visit, told).detail);
    FRAME_SEND(visit, 422, web_new_page, &view);
}

static void check_new(struct visit *visit, struct new_page *typed, struct new_page_view *view)
{
    struct rule *rule = &typed->ask.rule;
    if (!typed->title.n || typed->title.n > MAX_NAME)
        frame_problem(visit, &view->frame, &view->title,
                      visit_say(visit, MESSAGE("Please enter a title.")));
    if (!text_is_slug(typed->ask.page, MAX_SLUG))
        frame_problem(visit, &view->frame, &view->page,
                      visit_say(visit, MESSAGE("Please enter a name of a-z, 0-9 and -.")));
    if (!text_to_i64(typed->duration, &rule->duration_min) || rule->duration_min < 1 ||
        rule->duration_min > DURATION_MAX)
        frame_problem(visit, &view->frame, &view->duration,
                      visit_say(visit, MESSAGE("Please enter minutes, at most a day.")));
    bool can_read = true;
    for (int day = 0; day < WORKING_DAYS; day++)
        can_read = hours_read(typed->hours, day, rule) && can_read;
    if (!can_read)
        frame_problem(
            visit, &view->frame, &view->monday,
            visit_say(visit, MESSAGE("Please enter hours such as 9-12, 13:30-17:00.")));
    rule->increment_min = rule->duration_min < 5 ? 5 : rule->duration_min;
}

static void make(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct new_page *typed = ARENA_NEW(&visit->arena, struct new_page);
    *typed = (struct new_page){.title = text_trim(form_find(&form, "title")),
                               .page = text_trim(form_find(&form, "page")),
                               .duration = text_trim(form_find(&form, "duration")),
                               .hours = form_find(&form, "hours")};
    typed->ask = (struct page_put_ask){
        .account = visit->session->account,
        .email = visit->session->email,
        .page = typed->page.n ? typed->page : slug_of(&visit->arena, typed->title),
        .version = -1,
        .title = typed->title,
        .synchronise = true,
        .language = visit->language,
        .rule = {.zone = visit->session->zone,
                 .notice_min = NOTICE_MIN,
                 .horizon_days = HORIZON_DAYS,
                 .blocking = BLOCKING,
                 .hours = ARENA_ARRAY(&visit->arena, MAX_HOURS, struct hours)},
    };
    struct new_page_view view = new_view(visit, typed);
    check_new(visit, typed, &view);
    visit->gathered = typed;
    if (view.frame.n_problems)
        FRAME_SEND(visit, 422, web_new_page, &view);
    else
        person_ask(visit, WIRE_page_put, &typed->ask, DOOR_WRITE, made);
}

void new_page_post(struct visit *visit)
{
    session_need(visit, make);
}

/* ---- the editor ---- */

struct editing {
    enum edit_part part;
    struct form form; /* what was typed, of a POST */
    struct page_row row;
    struct page_put_ask ask;
    int64_t seen; /* the version that was typed over */
};

static void show_editor(struct visit *visit, struct editing *e, unsigned http)
{
    bool is_typed = visit->request->method == HTTP_POST;
    const char *href = public_href(visit, &e->row);
    struct edit_view view = {
        .frame = frame_fill(visit, FRAME_PAGES, arena_cstr(&visit->arena, e->row.title)),
        .tabs = {.label = visit_say(visit, MESSAGE("Parts of the page")),
                 .tabs = ARENA_ARRAY(&visit->arena, EDIT_PARTS, struct tab_view)},
        .part = edit_names[e->part],
        .action = place_of(visit, e->row.page, ""),
        .public_href = href,
        .url = whole_address(visit, href),
        .remove_href = place_of(visit, e->row.page, "/remove"),
        .version = e->row.version,
        .lead = visit_say(visit, edit_leads[e->part]),
    };
    for (int i = 0; i < EDIT_PARTS; i++)
        view.tabs.tabs[view.tabs.n_tabs++] = (struct tab_view){
            .label = visit_say(visit, edit_titles[i]),
            .href = place_of(visit, e->row.page,
                             arena_printf(&visit->arena, "?part=%s", edit_names[i])),
            .is_here = i == (int)e->part};
    edit_lay_out(visit, e->part, is_typed ? &e->form : NULL, &e->ask, &view);
    FRAME_SEND(visit, http, web_edit, &view);
}

static void put_told(struct visit *visit, const struct told *told)
{
    struct editing *e = visit->gathered;
    if (told->status == OK) {
        visit_see_other(visit, place_of(visit, e->row.page,
                                        arena_printf(&visit->arena, "?part=%s&done=saved",
                                                     edit_names[e->part])));
        return;
    }
    if (told->status == ERR_CONFLICT)
        visit->problem = visit_say(
            visit,
            MESSAGE("Somebody else changed this page meanwhile. What you typed stands below; "
                    "saved again, it replaces what they wrote here."));
    else
        visit->problem = visit_say(visit, person_failure(visit, told).detail);
    show_editor(visit, e, told->status == ERR_CONFLICT ? 409 : 422);
}

static bool is_in_order(struct visit *visit, struct editing *e)
{
    struct edit_view probe = {0};
    edit_lay_out(visit, e->part, &e->form, &e->ask, &probe);
    return probe.frame.n_problems == 0;
}

static void shown(struct visit *visit, const struct told *told)
{
    struct editing *e = visit->gathered;
    const struct page_show_answer *found = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_PAGES, told);
        return;
    }
    e->row = found->page;
    e->ask = edit_copy(&e->row);
    if (visit->request->method == HTTP_GET) {
        show_editor(visit, e, 200);
        return;
    }
    edit_take(visit, e->part, &e->form, &e->ask);
    e->ask.version = e->seen;
    if (text_equal(form_find(&e->form, "action"), TEXT("preview")))
        preview_show(visit, &e->ask, e->part == EDIT_QUESTIONS);
    else if (is_in_order(visit, e))
        person_ask(visit, WIRE_page_put, &e->ask, DOOR_WRITE, put_told);
    else
        show_editor(visit, e, 422);
}

static void ask_page(struct visit *visit, const struct form *form)
{
    struct editing *e = visit->gathered;
    struct text part = form_find(form, "part");
    for (int i = 0; i < EDIT_PARTS; i++)
        if (text_equal(part, text_from(edit_names[i])))
            e->part = (enum edit_part)i;
    struct page_show_ask ask = {visit->session->account, visit->parts[1]};
    if (text_is_slug(ask.page, MAX_SLUG))
        person_ask(visit, WIRE_page_show, &ask, DOOR_READ, shown);
    else
        visit_fail_http(visit, 404);
}

static void look(struct visit *visit)
{
    struct form form;
    visit->gathered = ARENA_NEW(&visit->arena, struct editing);
    frame_query(visit, &form);
    ask_page(visit, &form);
}

void page_edit_get(struct visit *visit)
{
    session_need(visit, look);
}

static void change(struct visit *visit)
{
    struct editing *e = visit->gathered = ARENA_NEW(&visit->arena, struct editing);
    if (!session_form(visit, &e->form) || !session_is_own_form(visit, &e->form))
        return;
    if (text_to_i64(form_find(&e->form, "version"), &e->seen) && e->seen > 0)
        ask_page(visit, &e->form);
    else
        visit_fail_http(visit, 400);
}

void page_edit_post(struct visit *visit)
{
    session_need(visit, change);
}

/* ---- removing ---- */

static void show_removal(struct visit *visit, const struct told *told)
{
    const struct page_remove_answer *would = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_PAGES, told);
        return;
    }
    struct loss_view *loss = ARENA_NEW(&visit->arena, struct loss_view);
    *loss = (struct loss_view){
        .n = would->coming,
        .of_what = visit_say(visit, MESSAGE("coming bookings")),
        .meaning = visit_say(
            visit, MESSAGE("stay as they are, in your calendar and for the customers."))};
    struct confirm_view view = {
        .frame = frame_fill(visit, FRAME_PAGES, visit_say(visit, MESSAGE("Remove this page"))),
        .question = arena_printf(&visit->arena, "/" TEXT_FMT "/" TEXT_FMT,
                                 TEXT_ARG(visit->session->account), TEXT_ARG(visit->parts[1])),
        .meaning =
            visit_say(visit, MESSAGE("Its address then answers that there is no such page. Its "
                                     "settings cannot be brought back.")),
        .losses = loss,
        .n_losses = would->coming > 0,
        .action = place_of(visit, visit->parts[1], "/remove"),
        .name = "action",
        .value = "remove",
        .button = visit_say(visit, MESSAGE("Remove the page")),
        .back_href = place_of(visit, visit->parts[1], ""),
    };
    FRAME_SEND(visit, 200, web_confirm, &view);
}

static void ask_removal(struct visit *visit)
{
    struct page_remove_ask ask = {
        .account = visit->session->account, .page = visit->parts[1], .forecast = true};
    if (text_is_slug(ask.page, MAX_SLUG))
        person_ask(visit, WIRE_page_remove, &ask, DOOR_READ, show_removal);
    else
        visit_fail_http(visit, 404);
}

void page_remove_get(struct visit *visit)
{
    session_need_fresh(visit, ask_removal);
}

static void removed(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        visit_see_other(visit, "/pages?done=removed");
    else
        frame_refuse(visit, FRAME_PAGES, told);
}

static void remove_it(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct page_remove_ask ask = {.account = visit->session->account, .page = visit->parts[1]};
    if (text_is_slug(ask.page, MAX_SLUG))
        person_ask(visit, WIRE_page_remove, &ask, DOOR_WRITE, removed);
    else
        visit_fail_http(visit, 404);
}

void page_remove_post(struct visit *visit)
{
    session_need_fresh(visit, remove_it);
}
