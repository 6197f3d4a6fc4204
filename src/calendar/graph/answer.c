/* SPDX-License-Identifier: ISC */
#include "calendar/graph/answer.h"

#include "calendar/ews/value.h"
#include "calendar/graph/code.h"
#include "calendar/graph/property.h"

enum { HOUR_S = 3600, EAST_MOST_S = 14 * HOUR_S, WEST_MOST_S = 12 * HOUR_S };

#define TIMES "start", "end", "dateTime", "timeZone"
#define PAGES "error", "code", "value", "@odata.nextLink"

const char *const graph_schedule_names[] = {
    PAGES,          "scheduleItems",    "status",     TIMES,
    "responseCode", "availabilityView", "scheduleId", NULL};
const char *const graph_event_names[] = {PAGES,
                                         TIMES,
                                         "@odata.deltaLink",
                                         "@odata.etag",
                                         "@removed",
                                         "id",
                                         "isAllDay",
                                         "showAs",
                                         "originalStart",
                                         "singleValueExtendedProperties",
                                         "attendees",
                                         "type",
                                         "status",
                                         "response",
                                         "onlineMeeting",
                                         "joinUrl",
                                         NULL};
const char *const graph_sight_names[] = {PAGES,
                                         TIMES,
                                         "@odata.etag",
                                         "id",
                                         "isAllDay",
                                         "showAs",
                                         "originalStart",
                                         "singleValueExtendedProperties",
                                         "subject",
                                         "location",
                                         "displayName",
                                         "sensitivity",
                                         "body",
                                         "content",
                                         NULL};
const char *const graph_calendar_names[] = {
    PAGES, "id", "name", "owner", "address", "canEdit", "isDefaultCalendar", NULL};

/* ---- values ---- */

static struct text text_of(const struct json *object, const char *name)
{
    struct text t = {0};
    json_get_text(json_member(object, name), &t);
    return t;
}

static bool is_utc(struct text zone)
{
    static const char *const names[] = {"UTC", "tzone://Microsoft/Utc", "Etc/UTC", "Etc/GMT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal_nocase(zone, text_from(names[i])))
            return true;
    return false;
}

enum status graph_time_read(const struct json *value, bool round_up,
                            struct instant *ret_instant)
{
    if (!is_utc(text_of(value, "timeZone")))
        return ERR_INVALID;
    return ews_time_parse(text_of(value, "dateTime"), round_up, ret_instant);
}

enum busy_status graph_status_parse(struct text word)
{
    static const struct {
        const char *word;
        enum busy_status status;
    } words[] = {
        {"busy", BUSY_BUSY}, {"tentative", BUSY_TENTATIVE},        {"free", BUSY_FREE},
        {"oof", BUSY_OOF},   {"workingElsewhere", BUSY_ELSEWHERE},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal_nocase(word, text_from(words[i].word)))
            return words[i].status;
    return BUSY_NO_DATA;
}

/* Both ends of something, in UTC and in order. */
static enum status read_times(const struct json *object, struct instant *ret_start,
                              struct instant *ret_end, struct error *err)
{
    struct instant start, end;
    if (graph_time_read(json_member(object, "start"), false, &start) != OK ||
        graph_time_read(json_member(object, "end"), true, &end) != OK ||
        instant_before(end, start))
        return error_set(err, ERR_UPSTREAM, "graph",
                         "an event in the answer has no times in UTC that fit");
    *ret_start = start;
    *ret_end = end;
    return OK;
}

/* ---- schedules ---- */

enum status graph_schedule_read(const struct json *schedule, struct busylist *busy,
                                struct error *err)
{
    const struct json *problem = json_member(schedule, "error");
    const struct json *items = json_member(schedule, "scheduleItems");
    struct text code = text_of(problem, "responseCode"), view;
    char shown[64];
    if (text_equal(code, TEXT("5006")))
        return ERR_FULL;
    text_print(code, "", shown, sizeof shown);
    if (problem && json_is_an_object(problem))
        return error_set(err, graph_code_status(code), "graph getSchedule",
                         "the service does not say when the mailbox is busy (%s)", shown);
    if (!json_is_a_list(items) ||
        !json_get_text(json_member(schedule, "availabilityView"), &view))
        return error_set(
            err, ERR_NO_DATA, "graph getSchedule",
            "the service shows nothing of this mailbox: give the user the right to "
            "see its free/busy time");
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *item = json_item(items, i);
        struct busy one = {.status = graph_status_parse(text_of(item, "status"))};
        TRY(read_times(item, &one.start, &one.end, err));
        busylist_add(busy, one);
    }
    return OK;
}

/* ---- events ---- */

/* A value of an event's named property; empty where it has none. */
static struct text property_of(const struct json *event, const char *id)
{
    const struct json *list = json_member(event, "singleValueExtendedProperties");
    for (size_t i = 0; i < json_count(list); i++)
        if (text_equal_nocase(text_of(json_item(list, i), "id"), text_from(id)))
            return text_of(json_item(list, i), "value");
    return (struct text){0};
}

/* A real instant of what `naive` calls midnight, if it may be one anywhere on earth. */
static bool may_be(struct text said, struct instant naive, struct instant *ret_real)
{
    struct instant real;
    if (!said.n || ews_time_parse(said, false, &real) != OK)
        return false;
    int64_t west_s = instant_until_s(naive, real);
    if (west_s < -EAST_MOST_S || west_s > WEST_MOST_S)
        return false;
    *ret_real = real;
    return true;
}

/* Turn midnights of an unknown zone into instants. */
static void place_all_day(const struct json *event, struct graph_event *to)
{
    struct instant start = to->start, end = to->end;
    bool has_start = may_be(property_of(event, GRAPH_START_WHOLE), to->start, &start);
    bool has_end = may_be(property_of(event, GRAPH_END_WHOLE), to->end, &end);
    if (!has_start) {
        has_start = may_be(text_of(event, "originalStart"), to->start, &start);
        has_end = false; /* of the series' first date, if it was there */
    }
    if (has_start && has_end && instant_before(start, end)) {
        to->start = start;
        to->end = end;
    } else if (has_start) { /* its last midnight may be an hour off: clocks change */
        int64_t shift_s = instant_until_s(to->start, start);
        to->start = start;
        to->end = instant_add_s(to->end, shift_s + HOUR_S);
    } else {
        to->is_vague = true;
        to->start = instant_add_s(to->start, -EAST_MOST_S);
        to->end = instant_add_s(to->end, WEST_MOST_S);
    }
}

/* What the rooms among those who were invited say; of several the first that does not accept. */
static enum room_answer room_of(const struct json *attendees)
{
    enum room_answer found = ROOM_NONE;
    for (size_t i = 0; i < json_count(attendees); i++) {
        const struct json *one = json_item(attendees, i);
        struct text said = text_of(json_member(one, "status"), "response");
        if (!text_equal_nocase(text_of(one, "type"), TEXT("resource")))
            continue;
        if (text_equal_nocase(said, TEXT("declined")))
            return ROOM_DECLINED;
        if (!text_equal_nocase(said, TEXT("accepted")))
            found = ROOM_OPEN;
        else if (found == ROOM_NONE)
            found = ROOM_ACCEPTED;
    }
    return found;
}

static struct text meeting_of(const struct json *event)
{
    struct text link = text_of(json_member(event, "onlineMeeting"), "joinUrl");
    return text_is_link(link) ? link : (struct text){0};
}

enum status graph_event_read(const struct json *event, struct graph_event *ret_event,
                             struct error *err)
{
    struct graph_event to = {.id = text_of(event, "id")};
    to.is_removed = json_is_an_object(json_member(event, "@removed"));
    if (!to.id.n || to.id.n > MAX_EXTERNAL_ID)
        return error_set(err, ERR_UPSTREAM, "graph", "an event in the answer has no id");
    if (!to.is_removed) {
        TRY(read_times(event, &to.start, &to.end, err));
        to.etag = text_of(event, "@odata.etag");
        to.uid = property_of(event, GRAPH_UID);
        to.status = graph_status_parse(text_of(event, "showAs"));
        to.room = room_of(json_member(event, "attendees"));
        to.meeting = meeting_of(event);
        json_get_bool(json_member(event, "isAllDay"), &to.all_day);
        to.is_private = text_equal_nocase(text_of(event, "sensitivity"), TEXT("private"));
        to.title = text_of(event, "subject");
        to.place = text_of(json_member(event, "location"), "displayName");
        to.text = text_of(json_member(event, "body"), "content");
    }
    if (to.all_day)
        place_all_day(event, &to);
    *ret_event = to;
    return OK;
}
