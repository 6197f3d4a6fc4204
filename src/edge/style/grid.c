/* SPDX-License-Identifier: ISC */
#include "edge/style/grid.h"

#include "edge/place/grid.h"
#include "edge/web.h"

enum { DAYS = 7, FIRST_H = 7, LAST_H = 19, WEEKS = 5, NOW_MIN = 14 * 60 + 20, TODAY = 1 };
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SCALE "dh12"

/* An event of the sample week, of a column from 0. */
struct sample_event {
    int column, from_min, to_min;
    const char *title, *tone, *status; /* status NULL: busy */
    bool is_booking;
};

static const struct sample_event samples[] = {
    {0, 9 * 60, 10 * 60, "Team meeting", "busy", NULL, false},
    {0, 9 * 60 + 30, 11 * 60, "Review with everybody who was in it", "tentative", "tentative",
     false},
    {0, 14 * 60, 14 * 60 + 30, "Carla Customer", "busy", NULL, true},
    {1, 8 * 60, 8 * 60 + 15, "Short", "busy", NULL, false},
    {1, 13 * 60, 17 * 60, "Workshop", "oof", "out of office", false},
    {2, 10 * 60, 11 * 60, "Focus", "free", "free", false},
    {3, 9 * 60, 12 * 60, "On the train", "elsewhere", "working elsewhere", false},
    {4, 11 * 60, 12 * 60, "Not known", "unknown", "not known", false},
    {4, 15 * 60, 15 * 60 + 45, "Max Muster", "busy", NULL, true},
};

static const char *clock(struct visit *visit, int minute)
{
    return arena_printf(&visit->arena, "%02d:%02d", minute / 60, minute % 60);
}

static struct agenda_hour_view *hours_of(struct visit *visit, size_t *ret_n)
{
    struct agenda_hour_view *hours =
        ARENA_ARRAY(&visit->arena, LAST_H - FIRST_H, struct agenda_hour_view);
    for (int h = FIRST_H; h < LAST_H; h++)
        hours[h - FIRST_H].time = clock(visit, h * 60);
    *ret_n = LAST_H - FIRST_H;
    return hours;
}

/* The blocks of a column, in their places. */
static size_t place_blocks(int column, struct grid_block blocks[static COUNT(samples)])
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT(samples); i++)
        if (samples[i].column == column)
            blocks[n++] = (struct grid_block){
                .from_min = samples[i].from_min, .to_min = samples[i].to_min, .item = i};
    grid_lay_out(blocks, n);
    return n;
}

static struct agenda_event_view event_of(struct visit *visit, const struct grid_block *block)
{
    const struct sample_event *sample = &samples[block->item];
    return (struct agenda_event_view){
        .place = grid_place(&visit->arena, block, FIRST_H),
        .time = arena_printf(&visit->arena, "%s – %s", clock(visit, sample->from_min),
                             clock(visit, sample->to_min)),
        .datetime = clock(visit, sample->from_min),
        .from = clock(visit, sample->from_min),
        .to = clock(visit, sample->to_min),
        .title = text_from(sample->title),
        .tone = sample->tone,
        .status = sample->status,
        .is_booking = sample->is_booking,
    };
}

/* ---- one's own calendar ---- */

static struct agenda_day_view day_of(struct visit *visit, int column)
{
    static const char *const weekdays[DAYS] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static struct agenda_event_view fair = {
        .title = {"Trade fair", 10}, .tone = "oof", .status = "out of office"};
    struct grid_block blocks[COUNT(samples)];
    size_t n = place_blocks(column, blocks);
    const char *name =
        arena_printf(&visit->arena, "%s, %d November", weekdays[column % DAYS], 23 + column);
    struct agenda_day_view day = {
        .weekday = text_from(weekdays[column % DAYS]),
        .name = text_from(name),
        .label = text_from(name),
        .number = 23 + column,
        .href = "/style",
        .is_today = column == TODAY,
        .now = column == TODAY ? grid_line(&visit->arena, NOW_MIN, FIRST_H) : NULL,
        .whole = &fair,
        .n_whole = column == 2 || column == 3,
        .blocks = ARENA_ARRAY(&visit->arena, COUNT(samples), struct agenda_event_view),
    };
    for (size_t i = 0; i < n; i++)
        day.blocks[day.n_blocks++] = event_of(visit, &blocks[i]);
    day.few = day.n_whole ? day.whole : day.blocks;
    day.n_few = day.n_whole ? 1 : n < 2 ? n : 2;
    day.n_events = day.n_whole + n;
    day.n_more = day.n_events - day.n_few;
    return day;
}

static struct agenda_view agenda_of(struct visit *visit, const struct style_state *state)
{
    static struct tab_view tabs[] = {{"Day", "/style", 0, false},
                                     {"Week", "/style/calendar", 0, true},
                                     {"Month", "/style/calendar-month", 0, false},
                                     {"List", "/style", 0, false}};
    static struct agenda_failure_view failure = {"Projects",
                                                 {"The server did not answer in time.", 34}};
    return (struct agenda_view){
        .frame = style_frame(visit, state->title),
        .tabs = {.label = "What is shown", .tabs = tabs, .n_tabs = COUNT(tabs)},
        .title = TEXT("23 – 29 November 2026"),
        .earlier_href = "/style",
        .later_href = "/style",
        .today_href = "/style",
        .failures = &failure,
        .n_failures = 1,
        .zone = TEXT("Zurich"),
    };
}

void style_write_week(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct agenda_view view = agenda_of(visit, state);
    view.is_grid = view.has_whole = true;
    view.scale = SCALE;
    view.hours = hours_of(visit, &view.n_hours);
    view.days = ARENA_ARRAY(&visit->arena, DAYS, struct agenda_day_view);
    for (int column = 0; column < DAYS; column++)
        view.days[view.n_days++] = day_of(visit, column);
    web_agenda(out, &view);
}

void style_write_month(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct agenda_view view = agenda_of(visit, state);
    view.is_month = true;
    view.title = TEXT("November 2026");
    view.weeks = ARENA_ARRAY(&visit->arena, WEEKS, struct agenda_week_view);
    for (int week = 0; week < WEEKS; week++) {
        struct agenda_week_view *to = &view.weeks[view.n_weeks++];
        to->days = ARENA_ARRAY(&visit->arena, DAYS, struct agenda_day_view);
        for (int column = 0; column < DAYS; column++) {
            to->days[column] = day_of(visit, column);
            to->days[column].number = 1 + week * DAYS + column;
            to->days[column].is_outside = to->days[column].number > 30;
            to->days[column].is_today = week == 3 && column == TODAY;
        }
        to->n_days = DAYS;
    }
    view.head = view.weeks[0].days;
    view.n_head = DAYS;
    web_agenda(out, &view);
}

/* ---- the team ---- */

static struct team_column_view column_of(struct visit *visit, int column)
{
    static const char *const people[] = {"Anna Host", "Bea Long-Doublename", "Carl", "Dora"};
    struct grid_block blocks[COUNT(samples)];
    size_t n = place_blocks(column, blocks);
    struct team_column_view view = {
        .name = text_from(people[column]),
        .email = text_from(people[column]),
        .is_self = column == 0,
        .is_chosen = column < 2,
        .now = grid_line(&visit->arena, NOW_MIN, FIRST_H),
        .blocks = ARENA_ARRAY(&visit->arena, COUNT(samples), struct team_block_view),
    };
    if (column == 2)
        view.why = "The server does not let you see this calendar.";
    for (size_t i = 0; i < n && !view.why; i++) {
        struct agenda_event_view event = event_of(visit, &blocks[i]);
        view.blocks[view.n_blocks++] = (struct team_block_view){
            event.place, event.tone, event.status ? event.status : "busy", event.time};
    }
    return view;
}

void style_write_team(struct visit *visit, const struct style_state *state, struct buf *out)
{
    static struct text times[] = {{"09:00 – 10:00", 15}, {"13:30 – 14:00", 15}};
    static struct team_found_day_view found = {
        .name = {"Tuesday, 24 November", 20}, .times = times, .n_times = COUNT(times)};
    struct team_view view = {
        .frame = style_frame(visit, state->title),
        .title = TEXT("Tuesday, 24 November 2026"),
        .date = "2026-11-24",
        .earlier_href = "/style",
        .later_href = "/style",
        .scale = SCALE,
        .minutes = {.name = "minutes",
                    .label = "How long",
                    .type = "number",
                    .value = TEXT("30"),
                    .unit = "minutes",
                    .is_narrow = true},
        .was_searched = true,
        .leaves_out = true,
        .found = &found,
        .n_found = 1,
        .more_href = "/style",
        .zone = TEXT("Zurich"),
    };
    view.columns = ARENA_ARRAY(&visit->arena, 4, struct team_column_view);
    view.hours = hours_of(visit, &view.n_hours);
    for (int column = 0; column < 4; column++)
        view.columns[view.n_columns++] = column_of(visit, column);
    web_team(out, &view);
}
