/* SPDX-License-Identifier: ISC
 *
 * What a signed-in person may know of what is done with their data.
 *
 *     GET  /settings/readings?days=N&before=T-R    who read their calendar, from the audit
 *     GET  /settings/data                          what is kept about them, counted now
 */
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/place/settings.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "lang/place.h"

enum { DAY_S = 86400, FIRST_DAYS = 7 };

/* ---- the settings' places ---- */

struct tabs_view settings_places(struct visit *visit, enum settings_place here)
{
    static const struct {
        struct message label;
        const char *href;
    } places[SETTINGS_PLACES] = {
        [SETTINGS_SIGN_IN] = {MESSAGE("Sign-in"), "/settings"},
        [SETTINGS_TOKENS] = {MESSAGE("API tokens"), "/settings/tokens"},
        [SETTINGS_READINGS] = {MESSAGE("Who read my calendar"), "/settings/readings"},
        [SETTINGS_DATA] = {MESSAGE("What is kept about me"), "/settings/data"},
        [SETTINGS_HEALTH] = {MESSAGE("Health"), "/health"},
    };
    struct tabs_view view = {.label = visit_say(visit, MESSAGE("Parts of the settings")),
                             .tabs =
                                 ARENA_ARRAY(&visit->arena, SETTINGS_PLACES, struct tab_view)};
    for (int i = 0; i < SETTINGS_PLACES; i++)
        view.tabs[view.n_tabs++] = (struct tab_view){.label = visit_say(visit, places[i].label),
                                                     .href = places[i].href,
                                                     .is_here = i == (int)here};
    return view;
}

/* ---- who read ---- */

static const struct message whats[AUDIT_KIND_COUNT] = {
    [AUDIT_SIGN_IN] = MESSAGE("hourgate signed in at the calendar server"),
    [AUDIT_BUSY] = MESSAGE("It was read when you are busy: start, end and status"),
    [AUDIT_FIND] = MESSAGE("A booked appointment was looked for"),
    [AUDIT_VIEW] = MESSAGE("A colleague looked when you are busy"),
    [AUDIT_CALENDARS] = MESSAGE("The names of your calendars were read"),
    [AUDIT_DETAILS] = MESSAGE("Appointments were read as they stand"),
    [AUDIT_CHECK] = MESSAGE("The connection was checked"),
    [AUDIT_PROBE] = MESSAGE("A test appointment was written and removed"),
    [AUDIT_CREATE] = MESSAGE("A booked appointment was written"),
    [AUDIT_UPDATE] = MESSAGE("A booked appointment was changed"),
    [AUDIT_REMOVE] = MESSAGE("A booked appointment was removed"),
};

static const char *what_of(struct visit *visit, const struct reading_row *row)
{
    if (row->kind == AUDIT_DETAILS && row->actor == AUDIT_BY_SYSTEM)
        return visit_say(visit, MESSAGE("It was asked what became of booked appointments"));
    return whats[row->kind].one ? visit_say(visit, whats[row->kind])
                                : audit_kind_name(row->kind);
}

static const char *who_of(struct visit *visit, const struct reading_row *row)
{
    static const struct message whos[AUDIT_ACTOR_COUNT] = {
        [AUDIT_BY_SYSTEM] = MESSAGE("hourgate by itself, to keep bookings and calendar alike"),
        [AUDIT_BY_COMMAND] = MESSAGE("at the command line of the server"),
        [AUDIT_BY_VISITOR] = MESSAGE("for somebody who looked at a booking page"),
        [AUDIT_BY_CUSTOMER] = MESSAGE("for a customer who booked, moved or cancelled"),
        [AUDIT_BY_HOST] = MESSAGE("{name}, signed in"),
        [AUDIT_BY_TOKEN] = MESSAGE("a program that {name} let in"),
    };
    const struct message_value values[] = {{"name", row->name}, {0}};
    bool is_self = row->actor == AUDIT_BY_HOST &&
                   (!row->name.n || text_equal_nocase(row->name, visit->session->email));
    if (is_self)
        return visit_say(visit, MESSAGE("you, signed in"));
    return message_fill(&visit->arena, visit->language, whos[row->actor], values).at;
}

static struct mark_view mark_of(struct visit *visit, enum audit_result result)
{
    static const struct message words[AUDIT_RESULT_COUNT] = {
        [AUDIT_WENT_REFUSED] = MESSAGE("sign-in refused"),
        [AUDIT_WENT_DENIED] = MESSAGE("not allowed"),
        [AUDIT_WENT_NOT_FOUND] = MESSAGE("nothing found"),
        [AUDIT_WENT_CONFLICT] = MESSAGE("changed meanwhile"),
        [AUDIT_WENT_THROTTLED] = MESSAGE("put off by the server"),
        [AUDIT_WENT_TIMEOUT] = MESSAGE("no answer in time"),
        [AUDIT_WENT_UNREACHABLE] = MESSAGE("server not reached"),
        [AUDIT_WENT_UNTRUSTED] = MESSAGE("certificate refused"),
        [AUDIT_WENT_FAILED] = MESSAGE("failed"),
        [AUDIT_WENT_NO_DATA] = MESSAGE("the server does not know"),
        [AUDIT_WENT_UNCERTAIN] = MESSAGE("answer lost"),
        [AUDIT_WENT_UNSENT] = MESSAGE("nothing was sent"),
    };
    bool is_plain = result == AUDIT_WENT_NOT_FOUND || result == AUDIT_WENT_CONFLICT ||
                    result == AUDIT_WENT_UNSENT;
    if (!words[result].one)
        return (struct mark_view){0};
    return (struct mark_view){is_plain ? "off" : "warn", visit_say(visit, words[result])};
}

/* "Monday, 23 November, 09:05 – 09:58" */
static const char *when_of(struct visit *visit, const struct reading_row *row,
                           const char **ret_datetime)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    struct slot span = {row->since, row->at};
    struct text day = moment_day(a, visit->language, zone, row->since);
    struct text time = row->at.s - row->since.s < 60
                           ? moment_time(a, visit->language, zone, row->since)
                           : moment_span(a, visit->language, zone, span);
    *ret_datetime = month_when(a, visit->language, span, zone, zone).datetime;
    return arena_printf(a, TEXT_FMT ", " TEXT_FMT, TEXT_ARG(day), TEXT_ARG(time));
}

static int64_t days_of(const struct form *form)
{
    int64_t days = FIRST_DAYS;
    if (!text_to_i64(form_find(form, "days"), &days) || days < 0 || days > 3660)
        days = FIRST_DAYS;
    return days;
}

static struct tabs_view spans_of(struct visit *visit, int64_t days)
{
    static const struct {
        struct message label;
        int64_t days;
    } spans[] = {
        {MESSAGE("A day"), 1},
        {MESSAGE("A week"), 7},
        {MESSAGE("30 days"), 30},
        {MESSAGE("All that is kept"), 0},
    };
    const size_t n = sizeof spans / sizeof *spans;
    struct tabs_view view = {.label = visit_say(visit, MESSAGE("How far back")),
                             .tabs = ARENA_ARRAY(&visit->arena, n, struct tab_view)};
    for (size_t i = 0; i < n; i++)
        view.tabs[view.n_tabs++] = (struct tab_view){
            .label = visit_say(visit, spans[i].label),
            .href = arena_printf(&visit->arena, "/settings/readings?days=%lld",
                                 (long long)spans[i].days),
            .is_here = spans[i].days == days};
    return view;
}

static void show_readings(struct visit *visit, const struct told *told)
{
    struct arena *a = &visit->arena;
    const struct readings_answer *list = told->answer;
    struct form form;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    frame_query(visit, &form);
    int64_t days = days_of(&form);
    struct readings_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS,
                            visit_say(visit, MESSAGE("Who read my calendar"))),
        .places = settings_places(visit, SETTINGS_READINGS),
        .spans = spans_of(visit, days),
        .zone = place_zone(a, visit->language, frame_zone(visit), visit->now),
        .rows = ARENA_ARRAY(a, list->n_rows + 1, struct reading_view),
        .empty = {.title = visit_say(visit, MESSAGE("Nobody has read it in this time")),
                  .text = visit_say(
                      visit, MESSAGE("Each reading of your calendar is written down here: "
                                     "when, by whom and why. What was read is not."))},
    };
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct reading_row *row = &list->rows[i];
        struct reading_view *shown = &view.rows[view.n_rows++];
        *shown = (struct reading_view){.what = what_of(visit, row),
                                       .who = who_of(visit, row),
                                       .mark = mark_of(visit, row->result)};
        shown->when = when_of(visit, row, &shown->datetime);
        if (row->times > 1)
            shown->times = message_count(a, visit->language, MESSAGES("{n} time", "{n} times"),
                                         row->times);
    }
    if (list->goes_on) {
        view.pager.later = visit_say(visit, MESSAGE("Earlier"));
        view.pager.later_href =
            arena_printf(a, "/settings/readings?days=%lld&before=%lld-%lld", (long long)days,
                         (long long)list->next_at.s, (long long)list->next);
    }
    FRAME_SEND(visit, 200, web_readings, &view);
}

/* "T-R": behind the row R of the second T. */
static void read_before(struct text before, struct readings_ask *ask)
{
    struct text at, row;
    int64_t at_s = 0, id = 0;
    if (text_cut(before, '-', &at, &row) && text_to_i64(at, &at_s) && text_to_i64(row, &id) &&
        at_s > 0 && id > 0) {
        ask->before_at.s = at_s;
        ask->before = id;
    }
}

static void ask_readings(struct visit *visit)
{
    struct form form;
    frame_query(visit, &form);
    int64_t days = days_of(&form);
    struct readings_ask ask = {
        .account = visit->session->account,
        .email = visit->session->email,
        .from = {days ? visit->now.s - days * DAY_S : 0},
        .to = {visit->now.s + DAY_S},
    };
    read_before(form_find(&form, "before"), &ask);
    person_ask(visit, WIRE_readings, &ask, DOOR_READ, show_readings);
}

void readings_get(struct visit *visit)
{
    session_need(visit, ask_readings);
}

/* ---- what is kept ---- */

/* "365 days", or for good. */
static const char *days_said(struct visit *visit, int64_t days)
{
    if (!days)
        return visit_say(visit, MESSAGE("for good"));
    return message_count(&visit->arena, visit->language, MESSAGES("{n} day", "{n} days"), days)
        .at;
}

static const char *fill_days(struct visit *visit, struct message message, int64_t days)
{
    const struct message_value values[] = {{"days", text_from(days_said(visit, days))}, {0}};
    return message_fill(&visit->arena, visit->language, message, values).at;
}

static void lay_out_holdings(struct visit *visit, const struct holdings_answer *h,
                             struct holdings_view *view)
{
    const char *with_user = visit_say(visit, MESSAGE("until you are removed"));
    const char *with_calendar = visit_say(visit, MESSAGE("until you disconnect it"));
    const char *sealed = visit_say(visit, MESSAGE("as AES-256 ciphertext"));
    const char *clear = visit_say(visit, MESSAGE("readable"));
    const char *hashed = visit_say(visit, MESSAGE("as a hash, which opens nothing"));
    const char *days = fill_days(
        visit, MESSAGE("the customer {days} after the appointment; then who it was is erased"),
        h->keep_bookings_days);
    const struct holding_view rows[] = {
        {visit_say(visit, MESSAGE("Your name and address")), sealed, with_user},
        {visit_say(visit, MESSAGE("Your time zone and role")), clear, with_user},
        {visit_say(visit, MESSAGE("Your password")), hashed, with_user},
        {visit_say(visit, MESSAGE("Where you are signed in")), hashed,
         visit_say(visit, MESSAGE("until you sign out, or it ends by itself")), true,
         h->sessions},
        {visit_say(visit, MESSAGE("Tokens of programs that you let in")), hashed,
         visit_say(visit, MESSAGE("until you revoke them")), true, h->tokens},
        {visit_say(visit, MESSAGE("Connected calendars, with their passwords")), sealed,
         with_calendar, true, h->connections},
        {visit_say(visit, MESSAGE("Events in your calendars")),
         visit_say(visit, MESSAGE("not kept: read at the moment of need")), "", true, 0},
        {visit_say(visit, MESSAGE("Your booking pages")), clear,
         visit_say(visit, MESSAGE("until they are removed")), true, h->pages},
        {visit_say(visit, MESSAGE("Bookings with you, with their customers")), sealed, days,
         true, h->bookings},
        {visit_say(visit, MESSAGE("Bookings with you that name nobody any more")), clear,
         visit_say(visit, MESSAGE("until the account is removed")), true, h->nameless},
        {visit_say(visit, MESSAGE("Notices of what to do by hand")), clear,
         visit_say(visit, MESSAGE("with their bookings")), true, h->notices},
        {visit_say(visit, MESSAGE("Mails that wait or were refused")), sealed,
         visit_say(visit, MESSAGE("until they are sent, at most 30 days")), true, h->mails},
        {visit_say(visit, MESSAGE("Who read your calendar, and what was changed")), sealed,
         days_said(visit, h->keep_audit_days)},
    };
    const size_t n = sizeof rows / sizeof *rows;
    view->rows = ARENA_ARRAY(&visit->arena, n, struct holding_view);
    memcpy(view->rows, rows, sizeof rows);
    view->n_rows = n;
}

static void show_holdings(struct visit *visit, const struct told *told)
{
    const struct holdings_answer *holdings = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct holdings_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS,
                            visit_say(visit, MESSAGE("What is kept about me"))),
        .places = settings_places(visit, SETTINGS_DATA),
        .backups = text_from(
            fill_days(visit, MESSAGE("Backups may hold what was erased since: {days} at most."),
                      holdings->keep_backups_days)),
        .erasing = visit_say(
            visit,
            MESSAGE("You can have yourself erased. Your pages and coming bookings go to a "
                    "colleague whom you name, all else goes, and you get a signed "
                    "certificate.")),
    };
    lay_out_holdings(visit, holdings, &view);
    FRAME_SEND(visit, 200, web_holdings, &view);
}

static void ask_holdings(struct visit *visit)
{
    const struct holdings_ask ask = {visit->session->account, visit->session->email};
    person_ask(visit, WIRE_holdings, &ask, DOOR_READ, show_holdings);
}

void holdings_get(struct visit *visit)
{
    session_need(visit, ask_holdings);
}
