/* SPDX-License-Identifier: ISC
 *
 * Colleagues side by side: when each is busy, read with the viewer's own right, and when all of some are free.
 *
 *     GET  /team?day=2026-11-24&who:ADDRESS=1&who:ADDRESS=1&minutes=30
 */
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/place/grid.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "time/civil.h"

enum {
    SEARCH_DAYS = 14,
    EARLY_H = 7, /* the hours that are shown */
    LATE_H = 19,
    WORK_FROM_MIN = 8 * 60, /* within which a common time is looked for, Monday to Friday */
    WORK_TO_MIN = 18 * 60,
    FOUND_MAX = 12, /* of a day */
    WORK_WEEKDAYS = 5,
};

static const int lengths[] = {15, 30, 45, 60, 90, 120};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

struct team {
    struct visit *visit;
    const struct zone *zone;
    struct form form;
    int64_t day, today;
    int64_t minutes; /* 0: no common time is looked for */
    struct text after;
    const struct team_answer *answer;
    struct team_view *view;
};

static void read_query(struct team *g)
{
    int64_t minutes = 0;
    frame_query(g->visit, &g->form);
    g->zone = frame_zone(g->visit);
    g->today = zone_day(g->zone, g->visit->now);
    if (civil_parse_date(form_find(&g->form, "day"), &g->day) != OK ||
        g->day < CIVIL_FIRST_DAY + 366 || g->day > CIVIL_LAST_DAY - 366)
        g->day = g->today;
    if (text_to_i64(form_find(&g->form, "minutes"), &minutes))
        for (int i = 0; i < LENGTHS; i++)
            if (lengths[i] == minutes)
                g->minutes = minutes;
    g->after = form_find(&g->form, "after");
}

static const char *href_of(const struct team *g, int64_t day)
{
    char date[CIVIL_DATE_SIZE];
    civil_format_date(day, date);
    return arena_printf(&g->visit->arena, "/team?day=%s", date);
}

static bool is_chosen(const struct team *g, struct text email)
{
    const struct text who = TEXT("who:");
    for (size_t i = 0; i < g->form.n_fields; i++) {
        struct text name = g->form.fields[i].name;
        if (text_starts(name, who) &&
            text_equal_nocase((struct text){name.at + who.n, name.n - who.n}, email))
            return true;
    }
    return false;
}

/* ---- a column for each ---- */

static bool blocks(enum busy_status status)
{
    return status != BUSY_FREE && status != BUSY_ELSEWHERE;
}

/* Where does a busy time begin and end on a day? False: it is not on it. */
static bool clip(const struct team *g, const struct busy *busy, int64_t day, int *ret_from,
                 int *ret_to)
{
    struct instant start = zone_day_start(g->zone, day), end = zone_day_start(g->zone, day + 1);
    if (!instant_before(busy->start, end) || !instant_before(start, busy->end))
        return false;
    struct civil from = zone_civil(g->zone, busy->start), to = zone_civil(g->zone, busy->end);
    *ret_from = instant_before(busy->start, start) ? 0 : from.hour * 60 + from.minute;
    *ret_to = instant_before(busy->end, end) ? to.hour * 60 + to.minute : GRID_DAY_MIN;
    return true;
}

static void fill_column(struct team *g, const struct team_row *row,
                        struct team_column_view *view)
{
    static const struct {
        const char *tone;
        struct message word;
    } states[BUSY_STATUS_COUNT] = {
        [BUSY_FREE] = {"free", MESSAGE("free")},
        [BUSY_ELSEWHERE] = {"elsewhere", MESSAGE("working elsewhere")},
        [BUSY_TENTATIVE] = {"tentative", MESSAGE("tentative")},
        [BUSY_BUSY] = {"busy", MESSAGE("busy")},
        [BUSY_OOF] = {"oof", MESSAGE("out of office")},
        [BUSY_NO_DATA] = {"unknown", MESSAGE("not known")},
    };
    struct arena *a = &g->visit->arena;
    struct grid_block *at = ARENA_ARRAY(a, row->view.n_busy, struct grid_block);
    size_t n = 0;
    for (size_t i = 0; i < row->view.n_busy; i++) {
        int from, to;
        if (row->view.busy[i].status == BUSY_FREE ||
            !clip(g, &row->view.busy[i], g->day, &from, &to) || to <= EARLY_H * 60 ||
            from >= LATE_H * 60)
            continue;
        at[n++] = (struct grid_block){.from_min = from < EARLY_H * 60 ? EARLY_H * 60 : from,
                                      .to_min = to > LATE_H * 60 ? LATE_H * 60 : to,
                                      .item = i};
    }
    grid_lay_out(at, n);
    view->blocks = ARENA_ARRAY(a, n, struct team_block_view);
    for (size_t i = 0; i < n; i++) {
        const struct busy *busy = &row->view.busy[at[i].item];
        struct slot slot = {busy->start, busy->end};
        view->blocks[view->n_blocks++] = (struct team_block_view){
            .place = grid_place(a, &at[i], EARLY_H),
            .tone = states[busy->status].tone,
            .status = visit_say(g->visit, states[busy->status].word),
            .time = arena_cstr(a, moment_span(a, g->visit->language, g->zone, slot)),
        };
    }
}

static const char *why_unknown(const struct team *g, enum status status)
{
    switch (status) {
    case OK:
        return NULL;
    case ERR_DENIED:
    case ERR_NO_DATA:
        return visit_say(g->visit,
                         MESSAGE("Your calendar server does not show you when they are busy."));
    case ERR_NOT_FOUND:
        return visit_say(g->visit, MESSAGE("Your calendar server does not know this address."));
    default:
        return visit_say(g->visit, MESSAGE("This could not be read just now."));
    }
}

static void fill_columns(struct team *g)
{
    struct team_view *view = g->view;
    struct arena *a = &g->visit->arena;
    view->columns = ARENA_ARRAY(a, g->answer->n_rows, struct team_column_view);
    for (size_t i = 0; i < g->answer->n_rows; i++) {
        const struct team_row *row = &g->answer->rows[i];
        struct team_column_view *column = &view->columns[view->n_columns++];
        *column = (struct team_column_view){
            .name = row->name,
            .email = row->email,
            .why = why_unknown(g, row->view.status),
            .is_self = text_equal_nocase(row->email, g->visit->session->email),
            .is_chosen = is_chosen(g, row->email),
        };
        struct civil now = zone_civil(g->zone, g->visit->now);
        if (g->day == g->today && now.hour >= EARLY_H && now.hour < LATE_H)
            column->now = grid_line(a, now.hour * 60 + now.minute, EARLY_H);
        fill_column(g, row, column);
    }
    view->is_alone = g->answer->n_rows < 2 && !g->after.n;
    view->hours = ARENA_ARRAY(a, LATE_H - EARLY_H, struct agenda_hour_view);
    for (int h = EARLY_H; h < LATE_H; h++)
        view->hours[view->n_hours++].time = arena_printf(a, "%02d:00", h);
    view->scale = arena_printf(a, "dh%d", LATE_H - EARLY_H);
}

/* ---- a common time ---- */

/* Mark what is taken of a day by anybody who was chosen. Unknown is never free. */
static void mark_taken(const struct team *g, int64_t day, bool taken[GRID_DAY_MIN])
{
    memset(taken, 0, GRID_DAY_MIN * sizeof *taken);
    for (size_t i = 0; i < g->answer->n_rows; i++) {
        const struct team_row *row = &g->answer->rows[i];
        if (!is_chosen(g, row->email) || row->view.status != OK)
            continue;
        for (size_t k = 0; k < row->view.n_busy; k++) {
            int from, to;
            if (blocks(row->view.busy[k].status) &&
                clip(g, &row->view.busy[k], day, &from, &to))
                for (int m = from; m < to; m++)
                    taken[m] = true;
        }
    }
    if (day == g->today) {
        struct civil now = zone_civil(g->zone, g->visit->now);
        memset(taken, 1, (size_t)(now.hour * 60 + now.minute) * sizeof *taken);
    }
}

static void add_time(const struct team *g, int64_t day, int from, int to,
                     struct team_found_day_view *view)
{
    struct arena *a = &g->visit->arena;
    struct civil at = civil_from_days(day), until = at;
    at.hour = from / 60, at.minute = from % 60;
    until.hour = to / 60, until.minute = to % 60;
    struct slot slot = {zone_match(g->zone, at).first, zone_match(g->zone, until).first};
    if (view->n_times < FOUND_MAX)
        view->times[view->n_times++] = moment_span(a, g->visit->language, g->zone, slot);
}

static void search_day(struct team *g, int64_t day)
{
    bool taken[GRID_DAY_MIN];
    struct arena *a = &g->visit->arena;
    struct team_found_day_view found = {
        .name = moment_date(a, g->visit->language, MOMENT_DAY_OF_YEAR, day),
        .times = ARENA_ARRAY(a, FOUND_MAX, struct text)};
    mark_taken(g, day, taken);
    for (int from = WORK_FROM_MIN, m = from; m <= WORK_TO_MIN; m++) {
        if (m < WORK_TO_MIN && !taken[m])
            continue;
        if (m - from >= g->minutes)
            add_time(g, day, from, m, &found);
        from = m + 1;
    }
    if (found.n_times)
        g->view->found[g->view->n_found++] = found;
}

static void search(struct team *g)
{
    struct team_view *view = g->view;
    size_t n_chosen = 0;
    for (size_t i = 0; i < view->n_columns; i++) {
        n_chosen += view->columns[i].is_chosen;
        view->leaves_out |= view->columns[i].is_chosen && view->columns[i].why;
    }
    view->was_searched = g->minutes && n_chosen;
    if (!view->was_searched || view->leaves_out)
        return;
    view->found = ARENA_ARRAY(&g->visit->arena, SEARCH_DAYS, struct team_found_day_view);
    for (int64_t day = g->day; day < g->day + SEARCH_DAYS; day++)
        if (civil_weekday(day) < WORK_WEEKDAYS && day >= g->today)
            search_day(g, day);
    view->found_nothing = view->n_found == 0;
}

static struct field_view length_field(const struct team *g)
{
    struct arena *a = &g->visit->arena;
    struct field_view field = {.name = "minutes",
                               .label = visit_say(g->visit, MESSAGE("How long")),
                               .is_choice = true,
                               .is_narrow = true,
                               .choices = ARENA_ARRAY(a, LENGTHS, struct choice_of_view)};
    for (int i = 0; i < LENGTHS; i++)
        field.choices[field.n_choices++] = (struct choice_of_view){
            .value = arena_printf(a, "%d", lengths[i]),
            .label = arena_cstr(a, moment_duration(a, g->visit->language, lengths[i])),
            .is_chosen = g->minutes ? lengths[i] == g->minutes : lengths[i] == 30};
    return field;
}

/* ---- the page ---- */

static void fill_ways(struct team *g)
{
    struct team_view *view = g->view;
    struct arena *a = &g->visit->arena;
    char date[CIVIL_DATE_SIZE];
    civil_format_date(g->day, date);
    view->date = arena_cstr(a, text_from(date));
    view->title = moment_date(a, g->visit->language, MOMENT_DAY, g->day);
    view->earlier_href = href_of(g, g->day - 1);
    view->later_href = href_of(g, g->day + 1);
    view->today_href = g->day == g->today ? NULL : href_of(g, g->today);
    view->zone = text_from(place_zone(a, g->visit->language, g->zone, g->visit->now));
    view->minutes = length_field(g);
}

/* The address of the colleagues behind one. */
static const char *behind(const struct team *g, struct text email)
{
    CLEANUP(buf_done) struct buf href = BUF(MAX_LINK);
    buf_add_cstr(&href, href_of(g, g->day));
    buf_add_cstr(&href, "&after=");
    url_encode(&href, email);
    return arena_cstr(&g->visit->arena, buf_text(&href));
}

static void show(struct visit *visit, const struct told *told)
{
    struct team g = {.visit = visit, .answer = told->answer};
    read_query(&g);
    if (told->status != OK && told->status != ERR_NOT_FOUND) {
        frame_refuse(visit, FRAME_TEAM, told);
        return;
    }
    struct team_view view = {
        .frame = frame_fill(visit, FRAME_TEAM, visit_say(visit, MESSAGE("Team"))),
        .has_none = told->status == ERR_NOT_FOUND,
        .none = {.title = visit_say(visit, MESSAGE("Connect your calendar to see colleagues")),
                 .text =
                     visit_say(visit, MESSAGE("Their free and busy times are read with your "
                                              "own right, and with nobody else's.")),
                 .href = "/connections",
                 .action = visit_say(visit, MESSAGE("Connect a calendar"))}};
    g.view = &view;
    fill_ways(&g);
    if (!view.has_none) {
        fill_columns(&g);
        search(&g);
        if (g.answer->n_rows == MAX_MAILBOXES)
            view.more_href = behind(&g, g.answer->rows[g.answer->n_rows - 1].email);
    }
    FRAME_SEND(visit, 200, web_team, &view);
}

static void ask(struct visit *visit)
{
    struct team g = {.visit = visit};
    read_query(&g);
    int64_t days = g.minutes ? SEARCH_DAYS : 1;
    struct team_ask ask = {
        .account = visit->session->account,
        .viewer = visit->session->email,
        .from = zone_day_start(g.zone, g.day),
        .to = zone_day_start(g.zone, g.day + days),
        .after = g.after,
    };
    person_ask(visit, WIRE_team, &ask, DOOR_READ, show);
}

void team_get(struct visit *visit)
{
    session_need(visit, ask);
}
