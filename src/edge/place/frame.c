/* SPDX-License-Identifier: ISC */
#include "edge/place/frame.h"

#include "edge/failure.h"
#include "edge/person.h"
#include "edge/route.h"
#include "edge/web.h"

enum { BAR_MAX = 5, PROBLEMS_MAX = 24 }; /* so many have room side by side on a phone */

static const struct {
    struct message label;
    const char *href, *icon;
} places[FRAME_PLACES] = {
    [FRAME_TODAY] = {MESSAGE("Today"), "/me", "today"},
    [FRAME_BOOKINGS] = {MESSAGE("Bookings"), "/bookings", "bookings"},
    [FRAME_PAGES] = {MESSAGE("Pages"), "/pages", "pages"},
    [FRAME_CALENDAR] = {MESSAGE("Calendar"), "/calendar", "calendar"},
    [FRAME_TEAM] = {MESSAGE("Team"), "/team", "team"},
    [FRAME_CONNECTIONS] = {MESSAGE("Connections"), "/connections", "connections"},
    [FRAME_SETTINGS] = {MESSAGE("Settings"), "/settings", "settings"},
};

/* What `?done=` may say: an action answers with 303 to a page that tells it. */
static const struct {
    const char *word;
    struct message text;
} notices[] = {
    {"saved", MESSAGE("Saved.")},
    {"made", MESSAGE("The page is made. Its link can be shared now.")},
    {"removed", MESSAGE("Removed.")},
    {"revoked", MESSAGE("Revoked. It opens nothing any more.")},
    {"connected", MESSAGE("Your calendar is connected. Choose which calendars count.")},
    {"password", MESSAGE("Your password is changed. All other sessions have ended.")},
    {"ended", MESSAGE("Ended. Nobody gets in with it any more.")},
    {"factor-off", MESSAGE("It is off. Signing in takes the password alone from now on.")},
    {"noted", MESSAGE("Noted as done.")},
    {"approved",
     MESSAGE("Approved. It stands in your calendar, and the customer has been written to.")},
    {"booked",
     MESSAGE("Booked. It stands in your calendar, and the customer has been written to.")},
    {"moved", MESSAGE("Moved. The customer has been written to.")},
    {"cancelled", MESSAGE("Cancelled. The customer has been written to.")},
};

/* ---- navigation ---- */

static bool is_there(const char *href)
{
    struct text part = {href + 1, strlen(href) - 1};
    return route_find(&part, 1) != NULL;
}

static int64_t count_of(const struct session_show_answer *session, enum frame_place place)
{
    switch (place) {
    case FRAME_TODAY:
        return session->attentions;
    case FRAME_CONNECTIONS:
        return session->troubled;
    default:
        return 0;
    }
}

static void add_entries(struct visit *visit, enum frame_place here, struct frame_view *frame)
{
    frame->entries = ARENA_ARRAY(&visit->arena, FRAME_PLACES, struct entry_view);
    for (int i = 0; i < FRAME_PLACES; i++)
        if (is_there(places[i].href))
            frame->entries[frame->n_entries++] = (struct entry_view){
                .label = visit_say(visit, places[i].label),
                .href = places[i].href,
                .icon = places[i].icon,
                .count = count_of(visit->session, (enum frame_place)i),
                .is_here = i == (int)here,
            };
    frame->has_rest = frame->n_entries > BAR_MAX;
    for (size_t i = BAR_MAX - 1; frame->has_rest && i < frame->n_entries; i++) {
        frame->entries[i].is_rest = true;
        frame->rest_is_here = frame->rest_is_here || frame->entries[i].is_here;
    }
}

bool frame_has(enum frame_place place)
{
    return is_there(places[place].href);
}

/* ---- the frame ---- */

void frame_query(struct visit *visit, struct form *ret_form)
{
    if (form_parse(&visit->arena, visit->request->query, ret_form) != OK)
        ret_form->n_fields = 0;
}

static const char *notice_of(struct visit *visit)
{
    struct form form;
    frame_query(visit, &form);
    struct text done = form_find(&form, "done");
    for (size_t i = 0; i < sizeof notices / sizeof *notices; i++)
        if (text_equal(done, text_from(notices[i].word)))
            return visit_say(visit, notices[i].text);
    return NULL;
}

struct frame_view frame_fill(struct visit *visit, enum frame_place here, const char *heading)
{
    const struct session_show_answer *session = visit->session;
    const char *title =
        arena_printf(&visit->arena, "%s · " TEXT_FMT, heading, TEXT_ARG(session->account_name));
    struct frame_view frame = {
        .head = visit_head(visit, text_from(title)),
        .heading = heading,
        .person = session->name,
        .account_name = session->account_name,
        .form = session->form,
        .done = visit->problem ? NULL : notice_of(visit),
        .problem = visit->problem,
    };
    frame.head.is_place = true;
    add_entries(visit, here, &frame);
    return frame;
}

void frame_problem(struct visit *visit, struct frame_view *frame, struct field_view *field,
                   const char *error)
{
    if (!frame->problems)
        frame->problems = ARENA_ARRAY(&visit->arena, PROBLEMS_MAX, struct problem_view);
    field->error = error;
    if (frame->n_problems < PROBLEMS_MAX)
        frame->problems[frame->n_problems++] = (struct problem_view){field->name, error};
}

const struct zone *frame_zone(const struct visit *visit)
{
    const struct zone *zone = zone_find(visit->edge->zones, visit->session->zone);
    return zone ? zone : zone_find(visit->edge->zones, TEXT("UTC"));
}

/* The page stands already: say it where it ends. */
static void refuse_late(struct visit *visit, const char *why)
{
    struct http_response response;
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_doctor_end(&response.body, visit->language, &(struct doctor_end_view){why});
    web_place_foot(&response.body, visit->language, &(struct frame_view){0});
    visit_send(visit, &response);
}

void frame_refuse(struct visit *visit, enum frame_place here, const struct told *told)
{
    struct failure failure = person_failure(visit, told);
    if (visit->has_begun) {
        refuse_late(visit, visit_say(visit, failure.detail));
        return;
    }
    struct refused_view view = {.frame =
                                    frame_fill(visit, here, visit_say(visit, failure.title)),
                                .detail = visit_say(visit, failure.detail),
                                .back_href = places[here].href,
                                .back = visit_say(visit, places[here].label)};
    FRAME_SEND(visit, failure.http, web_refused, &view);
}
