/* SPDX-License-Identifier: ISC
 *
 * Two ways to read when a calendar is busy:
 *
 *   events.list     times and marks, by `fields` nothing else: titles never leave Google. It tells tentative, out of
 *                   office and working elsewhere apart, which hosts have rules about, and an event of ours can be
 *                   left out
 *   freeBusy.query  busy and nothing more: for connections that are free/busy only, calendars of which the user sees
 *                   no more, or where no more was granted; for colleagues and rooms
 *
 * What is not read whole fails the question: unknown is never free.
 */
#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/ical/ical.h"

enum { DAY_S = 86400 };

#define BUSY_FIELDS_WANTED                                                                     \
    "accessRole,timeZone,nextPageToken,items(id,status,start,end,transparency,eventType,"      \
    "workingLocationProperties/type,attendees(self,responseStatus),"                           \
    "extendedProperties/private/" GOOGLE_UID ")"

struct reading {
    struct calendar *google;
    const struct busy_ask *ask;
    int64_t deadline_ms;
    struct busylist *busy;
};

static bool is_own(const struct busy_ask *ask, const struct google_event *event)
{
    return (ask->own_id.n && text_equal(ask->own_id, event->id)) ||
           (ask->own_uid.n && text_equal_nocase(ask->own_uid, event->uid));
}

static enum status take_page(struct reading *r, const struct json *page, struct error *err)
{
    const struct json *items = json_member(page, "items");
    struct text name;
    bool has_zone = json_get_text(json_member(page, "timeZone"), &name);
    const struct zone *zone = has_zone ? ical_zone_named(name) : NULL;
    if (items ? !json_is_a_list(items) : !has_zone)
        return error_set(err, ERR_UPSTREAM, "google", "the answer holds no list of events");
    for (size_t i = 0; i < json_count(items); i++) {
        struct google_event event;
        TRY(google_event_read(json_item(items, i), zone, &event, err));
        if (!event.is_cancelled && !is_own(r->ask, &event))
            busylist_add(r->busy, (struct busy){event.start, event.end, event.status});
    }
    return OK;
}

static bool is_free_busy_only(const struct json *page)
{
    struct text role;
    return json_get_text(json_member(page, "accessRole"), &role) &&
           text_equal(role, TEXT("freeBusyReader"));
}

/* Read the events of one calendar. *ret_is_hidden: only its free/busy is shown, and nothing was read. */
static enum status read_events(struct reading *r, struct text calendar, bool *ret_is_hidden,
                               struct error *err)
{
    CLEANUP(google_pages_done) struct google_pages pages;
    enum status status;
    google_pages_init(&pages, r->google, r->deadline_ms);
    google_path(&pages.target, "/calendars/");
    google_path_id(&pages.target, google_calendar_of(r->google, calendar));
    google_path(&pages.target, "/events");
    google_param(&pages.target, "singleEvents", TEXT("true"));
    google_param(&pages.target, "maxResults", TEXT("2500"));
    google_param(&pages.target, "maxAttendees", TEXT("1")); /* the calendar's own */
    google_param_time(&pages.target, "timeMin", r->ask->from);
    google_param_time(&pages.target, "timeMax", r->ask->to);
    google_param(&pages.target, "fields", TEXT(BUSY_FIELDS_WANTED));
    while (google_pages_next(&pages, &status, err)) {
        *ret_is_hidden = is_free_busy_only(pages.call.json);
        if (*ret_is_hidden)
            return OK;
        TRY(take_page(r, pages.call.json, err));
    }
    /* Granted was nothing but free/busy, perhaps. */
    *ret_is_hidden = status == ERR_DENIED &&
                     text_equal(text_from(pages.call.reason), TEXT("insufficientPermissions"));
    return *ret_is_hidden ? OK : status;
}

static enum status read_free_busy(struct reading *r, struct text calendar, struct error *err)
{
    struct text id = google_calendar_of(r->google, calendar);
    enum status status = OK;
    TRY(google_free_busy(r->google, &id, 1, r->ask->from, r->ask->to, r->deadline_ms, r->busy,
                         &status, err));
    if (status != OK)
        return error_set(err, status, "google",
                         "the server does not say when the calendar is busy (%s)",
                         status_name(status));
    return OK;
}

static enum status read_calendar(struct reading *r, struct text calendar, struct error *err)
{
    bool is_hidden = r->ask->availability_only;
    if (!is_hidden)
        TRY(read_events(r, calendar, &is_hidden, err));
    return is_hidden ? read_free_busy(r, calendar, err) : OK;
}

/* A room's time has no ids: what it gave to our own event is left out by its slot. */
static enum status read_room(struct reading *r, struct error *err)
{
    CLEANUP(busylist_done) struct busylist busy = {0};
    const struct busy_ask *ask = r->ask;
    enum status status = OK;
    TRY(google_free_busy(r->google, &ask->room, 1, ask->from, ask->to, r->deadline_ms, &busy,
                         &status, err));
    if (status != OK)
        return error_set(err, status, "room",
                         "the server does not show when " TEXT_FMT " is free (%s)",
                         TEXT_ARG(ask->room), status_name(status));
    for (size_t i = 0; i < busy.n; i++)
        busylist_add_around(r->busy, busy.at[i], &ask->own_slot);
    r->busy->is_full = r->busy->is_full || busy.is_full;
    return OK;
}

enum status google_busy(struct calendar *google, const struct busy_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct busy_answer *ret_answer,
                        struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)GOOGLE_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "busy", "the window is empty or longer than %d days",
                         GOOGLE_WINDOW_MAX_DAYS);
    CLEANUP(busylist_done) struct busylist busy = {0};
    struct reading r = {google, ask, deadline_ms, &busy};
    TRY(read_calendar(&r, ask->calendar, err));
    for (size_t i = 0; i < ask->n_sources; i++)
        TRY(read_calendar(&r, ask->sources[i].calendar, err));
    if (ask->room.n)
        TRY(read_room(&r, err));
    if (busylist_finish(&busy, ask->from, ask->to, a, &ret_answer->busy, &ret_answer->n_busy) !=
        OK)
        return error_set(err, ERR_LIMIT, "busy", "more than %d events lie in the window",
                         MAX_BUSY);
    return OK;
}
