/* SPDX-License-Identifier: ISC
 *
 * The online calendar: what is in one's own calendars, asked when the page is, for nobody else's eyes and kept nowhere.
 *
 *     GET  /calendar?view=day|week|month|list&day=2026-11-24
 *     GET  /calendar/changes    server-sent events: a number that is another one once something changed, or `off`
 */
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/place/grid.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "time/civil.h"
#include "time/instant.h"

enum {
    LIST_DAYS = 14,
    WEEK_DAYS = 7,
    FEW = 3,     /* titles in a cell of a month */
    EARLY_H = 7, /* the hours that are always shown */
    LATE_H = 19,
    WHOLE_DAY_S = 86400, /* what lasts so long stands above the hours */
    HALF_DAY_S = 43200,
    AGAIN_MS = 5000, /* between two looks of a page that keeps up */
};

enum span { SPAN_DAY, SPAN_WEEK, SPAN_MONTH, SPAN_LIST, SPANS };

static const struct {
    const char *word;
    struct message label;
} spans[SPANS] = {
    [SPAN_DAY] = {"day", MESSAGE("Day")},
    [SPAN_WEEK] = {"week", MESSAGE("Week")},
    [SPAN_MONTH] = {"month", MESSAGE("Month")},
    [SPAN_LIST] = {"list", MESSAGE("List")},
};

struct agenda {
    struct visit *visit;
    const struct zone *zone;
    enum span span;
    int64_t day;         /* that was asked for */
    int64_t first, last; /* days: of the window, last beyond it */
    int64_t today;
    const struct agenda_answer *answer;
    struct agenda_view *view;
};

/* ---- which days ---- */

static int64_t monday_of(int64_t day)
{
    return day - civil_weekday(day);
}

static int64_t month_start(int64_t day, int months)
{
    struct civil c = civil_from_days(day);
    int month = c.year * 12 + c.month - 1 + months;
    return civil_days((struct civil){.year = month / 12, .month = month % 12 + 1, .day = 1});
}

static void set_window(struct agenda *g)
{
    switch (g->span) {
    case SPAN_DAY:
        g->first = g->day;
        g->last = g->day + 1;
        break;
    case SPAN_MONTH:
        g->first = monday_of(month_start(g->day, 0));
        g->last = monday_of(month_start(g->day, 1) - 1) + WEEK_DAYS;
        break;
    case SPAN_LIST:
        g->first = g->day;
        g->last = g->day + LIST_DAYS;
        break;
    default:
        g->first = monday_of(g->day);
        g->last = g->first + WEEK_DAYS;
        break;
    }
}

static void read_query(struct agenda *g)
{
    struct form form;
    frame_query(g->visit, &form);
    struct text word = form_find(&form, "view");
    g->span = SPAN_WEEK;
    for (int i = 0; i < SPANS; i++)
        if (text_equal(word, text_from(spans[i].word)))
            g->span = (enum span)i;
    g->zone = frame_zone(g->visit);
    g->today = zone_day(g->zone, g->visit->now);
    if (civil_parse_date(form_find(&form, "day"), &g->day) != OK ||
        g->day < CIVIL_FIRST_DAY + 366 || g->day > CIVIL_LAST_DAY - 366)
        g->day = g->today;
    set_window(g);
}

static const char *href_of(const struct agenda *g, enum span span, int64_t day)
{
    char date[CIVIL_DATE_SIZE];
    civil_format_date(day, date);
    return arena_printf(&g->visit->arena, "/calendar?view=%s&day=%s", spans[span].word, date);
}

/* ---- events on days ---- */

static const char *const tones[BUSY_STATUS_COUNT] = {
    [BUSY_FREE] = "free",
    [BUSY_ELSEWHERE] = "elsewhere",
    [BUSY_TENTATIVE] = "tentative",
    [BUSY_BUSY] = "busy",
    [BUSY_OOF] = "oof",
    [BUSY_NO_DATA] = "unknown",
};

static const char *status_of(const struct agenda *g, enum busy_status status)
{
    static const struct message words[BUSY_STATUS_COUNT] = {
        [BUSY_FREE] = MESSAGE("free"),
        [BUSY_ELSEWHERE] = MESSAGE("working elsewhere"),
        [BUSY_TENTATIVE] = MESSAGE("tentative"),
        [BUSY_BUSY] = MESSAGE("busy"),
        [BUSY_OOF] = MESSAGE("out of office"),
        [BUSY_NO_DATA] = MESSAGE("not known"),
    };
    return status == BUSY_BUSY ? NULL : visit_say(g->visit, words[status]);
}

static const char *calendar_of(const struct agenda *g, const struct agenda_row *row)
{
    if (row->name.n)
        return arena_printf(&g->visit->arena, TEXT_FMT " (" TEXT_FMT ")", TEXT_ARG(row->name),
                            TEXT_ARG(row->mailbox));
    if (row->is_default)
        return arena_printf(&g->visit->arena, TEXT_FMT, TEXT_ARG(row->mailbox));
    return arena_printf(&g->visit->arena, "%s (" TEXT_FMT ")",
                        visit_say(g->visit, MESSAGE("Another calendar")),
                        TEXT_ARG(row->mailbox));
}

static struct text text_of(const struct secret *secret)
{
    return (struct text){(const char *)secret->at, secret->n};
}

/* Is it a matter of whole days? Which, their zone's midnights tell only roughly: the middle of each is surely in it. */
static bool is_whole(const struct seen_event *seen)
{
    return seen->all_day || instant_until_s(seen->start, seen->end) >= WHOLE_DAY_S;
}

static void days_of(const struct agenda *g, const struct seen_event *seen, int64_t *ret_first,
                    int64_t *ret_last)
{
    struct instant start = seen->start, end = {seen->end.s - 1};
    if (seen->all_day) {
        start.s += HALF_DAY_S;
        end.s = seen->end.s - HALF_DAY_S;
    }
    if (end.s < start.s)
        end = start;
    *ret_first = zone_day(g->zone, start);
    *ret_last = zone_day(g->zone, end);
}

static struct agenda_event_view show_event(const struct agenda *g,
                                           const struct agenda_event *event)
{
    const struct seen_event *seen = &event->seen;
    struct arena *a = &g->visit->arena;
    struct slot slot = {seen->start, seen->end};
    char start[INSTANT_SIZE];
    instant_format(seen->start, start);
    struct text title = text_of(&seen->title);
    return (struct agenda_event_view){
        .time = seen->all_day
                    ? NULL
                    : arena_cstr(a, moment_span(a, g->visit->language, g->zone, slot)),
        .datetime = arena_cstr(a, text_from(start)),
        .title = title.n ? title
                         : text_from(visit_say(g->visit, seen->status == BUSY_BUSY
                                                             ? MESSAGE("Busy")
                                                             : MESSAGE("No title"))),
        .where = text_of(&seen->place),
        .text = text_of(&seen->text),
        .tone = tones[seen->status],
        .status = status_of(g, seen->status),
        .calendar = g->answer->n_rows > 1 ? calendar_of(g, &g->answer->rows[event->row]) : NULL,
        .is_booking = seen->uid.n > 0,
        .is_private = seen->is_private,
    };
}

/* ---- a day's column ---- */

static int minute_of(const struct agenda *g, struct instant t, int64_t day, int otherwise)
{
    if (zone_day(g->zone, t) != day)
        return otherwise;
    struct civil c = zone_civil(g->zone, t);
    return c.hour * 60 + c.minute;
}

/* Which hours do the columns show? The usual ones, and what lies around them. */
static void hours_of(const struct agenda *g, int *ret_first, int *ret_last)
{
    *ret_first = EARLY_H;
    *ret_last = LATE_H;
    for (size_t i = 0; i < g->answer->n_events; i++) {
        const struct seen_event *seen = &g->answer->events[i].seen;
        if (is_whole(seen))
            continue;
        int64_t first = zone_day(g->zone, seen->start);
        int64_t last = zone_day(g->zone, (struct instant){seen->end.s - 1});
        if (first < last && last < g->last)
            *ret_first = 0;
        if (first < last && first >= g->first)
            *ret_last = 24;
        int from = minute_of(g, seen->start, first, 0) / 60;
        int to = (minute_of(g, (struct instant){seen->end.s - 1}, last, 0) + 59) / 60;
        if (first >= g->first && from < *ret_first)
            *ret_first = from;
        if (first == last && to > *ret_last)
            *ret_last = to > 24 ? 24 : to;
    }
}

/* "09:30"; the end of a day is "24:00". */
static const char *clock_of(struct arena *a, int minute)
{
    return arena_printf(a, "%02d:%02d", minute / 60, minute % 60);
}

static void fill_blocks(struct agenda *g, int64_t day, struct agenda_day_view *view,
                        int first_h)
{
    struct arena *a = &g->visit->arena;
    const struct agenda_answer *answer = g->answer;
    struct grid_block *blocks = ARENA_ARRAY(a, answer->n_events, struct grid_block);
    size_t n = 0;
    for (size_t i = 0; i < answer->n_events; i++) {
        const struct seen_event *seen = &answer->events[i].seen;
        int64_t first, last;
        days_of(g, seen, &first, &last);
        if (is_whole(seen) || day < first || day > last)
            continue;
        blocks[n++] = (struct grid_block){
            .from_min = minute_of(g, seen->start, day, 0),
            .to_min = minute_of(g, seen->end, day, GRID_DAY_MIN),
            .item = i,
        };
    }
    grid_lay_out(blocks, n);
    view->blocks = ARENA_ARRAY(a, n, struct agenda_event_view);
    for (size_t i = 0; i < n; i++) {
        view->blocks[i] = show_event(g, &answer->events[blocks[i].item]);
        view->blocks[i].place = grid_place(a, &blocks[i], first_h);
        view->blocks[i].from = clock_of(a, blocks[i].from_min);
        view->blocks[i].to = clock_of(a, blocks[i].to_min);
    }
    view->n_blocks = n;
}

static void fill_whole(struct agenda *g, int64_t day, struct agenda_day_view *view)
{
    const struct agenda_answer *answer = g->answer;
    view->whole = ARENA_ARRAY(&g->visit->arena, answer->n_events, struct agenda_event_view);
    for (size_t i = 0; i < answer->n_events; i++) {
        int64_t first, last;
        days_of(g, &answer->events[i].seen, &first, &last);
        if (is_whole(&answer->events[i].seen) && day >= first && day <= last)
            view->whole[view->n_whole++] = show_event(g, &answer->events[i]);
    }
}

static void fill_few(struct agenda *g, struct agenda_day_view *view)
{
    view->n_events = view->n_whole + view->n_blocks;
    view->few = ARENA_ARRAY(&g->visit->arena, FEW, struct agenda_event_view);
    for (size_t i = 0; i < view->n_whole && view->n_few < FEW; i++)
        view->few[view->n_few++] = view->whole[i];
    for (size_t i = 0; i < view->n_blocks && view->n_few < FEW; i++)
        view->few[view->n_few++] = view->blocks[i];
    view->n_more = view->n_events - view->n_few;
    struct text count =
        message_count(&g->visit->arena, g->visit->language, MESSAGES("{n} event", "{n} events"),
                      (int64_t)view->n_events);
    view->label = text_from(arena_printf(&g->visit->arena, TEXT_FMT ": " TEXT_FMT,
                                         TEXT_ARG(view->name), TEXT_ARG(count)));
}

static const char *now_of(const struct agenda *g, int64_t day, int first_h, int last_h)
{
    int minute = minute_of(g, g->visit->now, day, -1);
    if (minute < first_h * 60 || minute >= last_h * 60)
        return NULL;
    return grid_line(&g->visit->arena, minute, first_h);
}

static void fill_day(struct agenda *g, int64_t day, int first_h, int last_h,
                     struct agenda_day_view *view)
{
    struct arena *a = &g->visit->arena;
    struct civil c = civil_from_days(day);
    struct civil asked = civil_from_days(g->day);
    *view = (struct agenda_day_view){
        .weekday = moment_date(a, g->visit->language, MOMENT_WEEKDAY_SHORT, day),
        .name = moment_date(a, g->visit->language, MOMENT_DAY_OF_YEAR, day),
        .number = c.day,
        .href = href_of(g, SPAN_DAY, day),
        .now = now_of(g, day, first_h, last_h),
        .is_today = day == g->today,
        .is_outside = g->span == SPAN_MONTH && c.month != asked.month,
    };
    fill_whole(g, day, view);
    fill_blocks(g, day, view, first_h);
    fill_few(g, view);
    g->view->has_whole |= view->n_whole > 0;
    g->view->is_empty &= view->n_events == 0;
}

static void fill_hours(struct agenda *g, int first_h, int last_h)
{
    struct agenda_view *view = g->view;
    struct arena *a = &g->visit->arena;
    view->scale = arena_printf(a, "dh%d%s", last_h - first_h,
                               last_h - first_h > LATE_H - EARLY_H + 2 ? " is-long" : "");
    view->early = first_h < EARLY_H ? EARLY_H - first_h : 0;
    view->hours = ARENA_ARRAY(a, (size_t)(last_h - first_h), struct agenda_hour_view);
    for (int h = first_h; h < last_h; h++)
        view->hours[view->n_hours++].time = arena_printf(a, "%02d:00", h);
}

static void fill_days(struct agenda *g)
{
    struct agenda_view *view = g->view;
    struct arena *a = &g->visit->arena;
    int first_h, last_h;
    hours_of(g, &first_h, &last_h);
    fill_hours(g, first_h, last_h);
    view->is_empty = true;
    view->days = ARENA_ARRAY(a, (size_t)(g->last - g->first), struct agenda_day_view);
    for (int64_t day = g->first; day < g->last; day++)
        fill_day(g, day, first_h, last_h, &view->days[view->n_days++]);
    if (g->span != SPAN_MONTH)
        return;
    view->head = view->days;
    view->n_head = WEEK_DAYS;
    view->weeks = ARENA_ARRAY(a, view->n_days / WEEK_DAYS, struct agenda_week_view);
    for (size_t i = 0; i < view->n_days; i += WEEK_DAYS)
        view->weeks[view->n_weeks++] = (struct agenda_week_view){&view->days[i], WEEK_DAYS};
}

/* ---- around it ---- */

static struct text title_of(const struct agenda *g)
{
    struct arena *a = &g->visit->arena;
    enum language language = g->visit->language;
    if (g->span == SPAN_MONTH)
        return moment_date(a, language, MOMENT_MONTH, g->day);
    if (g->span == SPAN_DAY)
        return moment_date(a, language, MOMENT_DAY, g->day);
    return text_from(
        arena_printf(a, TEXT_FMT " \xe2\x80\x93 " TEXT_FMT,
                     TEXT_ARG(moment_date(a, language, MOMENT_DATE, g->first)),
                     TEXT_ARG(moment_date(a, language, MOMENT_DATE, g->last - 1))));
}

static void fill_ways(struct agenda *g)
{
    struct agenda_view *view = g->view;
    int64_t step = g->last - g->first;
    int64_t earlier = g->span == SPAN_MONTH ? month_start(g->day, -1) : g->day - step;
    int64_t later = g->span == SPAN_MONTH ? month_start(g->day, 1) : g->day + step;
    view->earlier_href = href_of(g, g->span, earlier);
    view->later_href = href_of(g, g->span, later);
    bool shows_today = g->today >= g->first && g->today < g->last &&
                       (g->span != SPAN_LIST || g->day == g->today);
    view->today_href = shows_today ? NULL : href_of(g, g->span, g->today);
    view->tabs =
        (struct tabs_view){.label = visit_say(g->visit, MESSAGE("How it is shown")),
                           .tabs = ARENA_ARRAY(&g->visit->arena, SPANS, struct tab_view)};
    for (int i = 0; i < SPANS; i++)
        view->tabs.tabs[view->tabs.n_tabs++] =
            (struct tab_view){.label = visit_say(g->visit, spans[i].label),
                              .href = href_of(g, (enum span)i, g->day),
                              .is_here = g->span == (enum span)i};
}

static void fill_failures(struct agenda *g)
{
    struct agenda_view *view = g->view;
    const struct agenda_answer *answer = g->answer;
    view->failures = ARENA_ARRAY(&g->visit->arena, answer->n_rows, struct agenda_failure_view);
    for (size_t i = 0; i < answer->n_rows; i++) {
        const struct agenda_row *row = &answer->rows[i];
        view->lacks_text |= row->lacks_text;
        if (row->status != OK)
            view->failures[view->n_failures++] =
                (struct agenda_failure_view){calendar_of(g, row), row->what};
    }
}

static void show(struct visit *visit, const struct told *told)
{
    struct agenda g = {.visit = visit, .answer = told->answer};
    read_query(&g);
    if (told->status != OK) {
        frame_refuse(visit, FRAME_CALENDAR, told);
        return;
    }
    struct agenda_view view = {
        .frame = frame_fill(visit, FRAME_CALENDAR, visit_say(visit, MESSAGE("Calendar"))),
        .is_grid = g.span == SPAN_DAY || g.span == SPAN_WEEK,
        .is_month = g.span == SPAN_MONTH,
        .is_list = g.span == SPAN_LIST || g.span == SPAN_DAY,
        .has_details = g.span == SPAN_DAY,
        .has_none = g.answer->n_rows == 0,
        .none = {.title = visit_say(visit, MESSAGE("No calendar is connected yet")),
                 .text =
                     visit_say(visit, MESSAGE("Connect yours, and its events stand here: read "
                                              "when you look, shown to nobody else, kept "
                                              "nowhere.")),
                 .href = "/connections",
                 .action = visit_say(visit, MESSAGE("Connect a calendar"))},
        .title = title_of(&g),
        .zone = text_from(place_zone(&visit->arena, visit->language, g.zone, visit->now)),
    };
    g.view = &view;
    fill_ways(&g);
    fill_failures(&g);
    fill_days(&g);
    FRAME_SEND(visit, 200, web_agenda, &view);
}

static void ask(struct visit *visit)
{
    struct agenda g = {.visit = visit};
    read_query(&g);
    struct agenda_ask ask = {
        .account = visit->session->account,
        .email = visit->session->email,
        .from = zone_day_start(g.zone, g.first),
        .to = zone_day_start(g.zone, g.last),
        .with_text = g.span == SPAN_DAY || g.span == SPAN_LIST,
    };
    person_ask(visit, WIRE_agenda, &ask, DOOR_READ, show);
}

void agenda_get(struct visit *visit)
{
    session_need(visit, ask);
}

/* ---- keeping up ---- */

/* One event and the end: the browser comes again by itself after `retry`, so no answer is held open here. */
static void tell_mark(struct visit *visit, const struct told *told)
{
    const struct agenda_mark_answer *now = told->answer;
    struct http_response response;
    visit_response(visit, &response, 200, "text/event-stream; charset=utf-8");
    if (told->status == OK && now->watched)
        buf_printf(&response.body, "retry: %d\ndata: %lld\n\n", AGAIN_MS, (long long)now->mark);
    else
        buf_add_cstr(&response.body, "event: off\ndata: off\n\n");
    visit_send(visit, &response);
}

static void ask_mark(struct visit *visit)
{
    struct agenda_mark_ask ask = {visit->session->account, visit->session->email};
    person_ask(visit, WIRE_agenda_mark, &ask, DOOR_READ, tell_mark);
}

void agenda_changes(struct visit *visit)
{
    session_need(visit, ask_mark);
}
