/* SPDX-License-Identifier: ISC
 *
 * One booking, as its host sees it.
 *
 *     GET  /bookings/ID           what it is and what became of it; POST action=noshow, came or approve (over-busy)
 *     GET  /bookings/ID/cancel    the form; POST reason. A request is declined by the same
 */
#include "edge/person.h"
#include "edge/place/booking.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"

/* ---- what became of it ---- */

static const char *what_of(struct visit *visit, enum audit_kind kind)
{
    switch (kind) {
    case AUDIT_BOOKING_MADE:
        return visit_say(visit, MESSAGE("Booked"));
    case AUDIT_BOOKING_DROPPED:
        return visit_say(visit, MESSAGE("Given up: its event could not be written"));
    case AUDIT_BOOKING_MOVED:
        return visit_say(visit, MESSAGE("Moved"));
    case AUDIT_BOOKING_MOVE_DROPPED:
        return visit_say(visit, MESSAGE("A move was given up"));
    case AUDIT_BOOKING_CANCELLED:
        return visit_say(visit, MESSAGE("Cancelled"));
    case AUDIT_BOOKING_CANCEL_DROPPED:
        return visit_say(visit, MESSAGE("A cancellation was given up"));
    case AUDIT_BOOKING_ANONYMISED:
        return visit_say(visit, MESSAGE("Its customer was forgotten"));
    case AUDIT_BOOKING_NO_SHOW:
        return visit_say(visit, MESSAGE("Noted: did not come"));
    case AUDIT_BOOKING_NO_SHOW_UNDONE:
        return visit_say(visit, MESSAGE("That note was taken back"));
    case AUDIT_EVENT_RESTORED:
        return visit_say(visit, MESSAGE("Its event was written again"));
    case AUDIT_BOOKING_REQUESTED:
        return visit_say(visit, MESSAGE("Requested"));
    case AUDIT_BOOKING_DECLINED:
        return visit_say(visit, MESSAGE("Declined"));
    case AUDIT_BOOKING_LAPSED:
        return visit_say(visit, MESSAGE("Ended by itself: nobody answered in time"));
    case AUDIT_BOOKING_WITHDRAWN:
        return visit_say(visit, MESSAGE("Withdrawn"));
    case AUDIT_BOOKING_UNVERIFIED:
        return visit_say(visit, MESSAGE("The customer was asked to confirm it by mail"));
    case AUDIT_BOOKING_MOVE_ASKED:
    case AUDIT_BOOKING_CANCEL_ASKED:
        return NULL; /* what came of it says enough */
    default:
        return audit_kind_name(kind);
    }
}

static const char *who_of(struct visit *visit, const struct booking_event *event)
{
    if (event->name.n)
        return arena_cstr(&visit->arena, event->name);
    switch (event->actor) {
    case AUDIT_BY_CUSTOMER:
        return visit_say(visit, MESSAGE("the customer"));
    case AUDIT_BY_COMMAND:
        return visit_say(visit, MESSAGE("the operator"));
    default:
        return NULL;
    }
}

static const char *moment_of(struct visit *visit, struct instant t)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    return arena_printf(a, TEXT_FMT ", " TEXT_FMT,
                        TEXT_ARG(moment_day_short(a, visit->language, zone, t)),
                        TEXT_ARG(moment_time(a, visit->language, zone, t)));
}

static void lay_out_history(struct visit *visit, const struct booking_history_answer *history,
                            struct host_booking_view *view)
{
    struct arena *a = &visit->arena;
    view->history = ARENA_ARRAY(a, history->n_events, struct history_view);
    for (size_t i = 0; i < history->n_events; i++) {
        const struct booking_event *event = &history->events[i];
        const char *what = what_of(visit, event->kind);
        if (what)
            view->history[view->n_history++] = (struct history_view){
                .when = moment_of(visit, event->at), .what = what, .who = who_of(visit, event)};
    }
}

/* ---- one ---- */

/* What is kept while the next question is asked. */
struct seen {
    struct booking_public booking;
    bool is_busy; /* the calendar was in the way of approving it */
};

static struct seen *seen(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct seen);
    return visit->gathered;
}

static struct host_booking_view lay_out(struct visit *visit,
                                        const struct booking_public *booking)
{
    struct arena *a = &visit->arena;
    bool stands = booking->state == BOOKING_CONFIRMED;
    bool is_ahead = instant_before(visit->now, booking->end);
    struct host_booking_view view = {
        .frame = frame_fill(visit, FRAME_BOOKINGS, arena_cstr(a, booking->customer.name)),
        .mark = booking_mark(visit, booking),
        .when = booking_when(visit, booking),
        .title = booking->page.title,
        .customer = booking->customer.name,
        .email = booking->customer.email,
        .customer_zone = booking->customer.zone,
        .reason = booking->reason,
        .location = booking->page.location,
        .meeting = booking->meeting,
        .page_href = arena_printf(a, "/" TEXT_FMT "/" TEXT_FMT, TEXT_ARG(booking->page.account),
                                  TEXT_ARG(booking->page.page)),
        .answers = ARENA_ARRAY(a, booking->customer.n_answers, struct given_view),
        .can_answer = booking->state == BOOKING_REQUESTED && !booking->at_desk,
        .open_until =
            booking->state == BOOKING_REQUESTED ? moment_of(visit, booking->open_until) : NULL,
        .can_decline = booking->at_desk,
        .can_change = stands && is_ahead,
        .can_note = stands && instant_before(booking->start, visit->now),
        .is_no_show = booking->no_show,
        .self_href = booking_href(visit, booking->id, ""),
        .cancel_href = booking_href(visit, booking->id, "/cancel"),
        .move_href = booking_href(visit, booking->id, "/move"),
    };
    for (size_t i = 0; i < booking->customer.n_answers; i++)
        view.answers[view.n_answers++] = (struct given_view){
            booking->customer.answers[i].question, booking->customer.answers[i].answer};
    return view;
}

static void show(struct visit *visit, const struct told *told)
{
    const struct seen *seen = visit->gathered;
    struct host_booking_view view = lay_out(visit, &seen->booking);
    view.over_busy = seen->is_busy;
    view.lacks_history = told->status != OK;
    if (told->status == OK)
        lay_out_history(visit, told->answer, &view);
    FRAME_SEND(visit, visit->problem ? 409 : 200, web_host_booking, &view);
}

static void ask_history(struct visit *visit, const struct told *told)
{
    const struct booking_show_answer *found = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    seen(visit)->booking = found->booking;
    struct booking_history_ask ask = {visit->session->account, visit->parts[1]};
    person_ask(visit, WIRE_booking_history, &ask, DOOR_READ, show);
}

static void ask_one(struct visit *visit, void (*then)(struct visit *, const struct told *))
{
    struct booking_show_ask ask = {visit->session->account, visit->parts[1]};
    if (ask.id.n > MAX_TOKEN || !text_is_clean(ask.id))
        visit_fail_http(visit, 404);
    else
        person_ask(visit, WIRE_booking_show, &ask, DOOR_READ, then);
}

static void see(struct visit *visit)
{
    ask_one(visit, ask_history);
}

void booking_get(struct visit *visit)
{
    session_need(visit, see);
}

/* ---- did they come ---- */

static void noted(struct visit *visit, const struct told *told)
{
    if (told->status == OK) {
        session_see_other(visit, booking_href(visit, visit->parts[1], "?done=saved"), NULL);
        return;
    }
    if (told->status == ERR_CONFLICT) {
        visit->problem = visit_say(
            visit,
            MESSAGE("That can be noted once the booking has begun, and while it stands."));
        ask_one(visit, ask_history);
        return;
    }
    frame_refuse(visit, FRAME_BOOKINGS, told);
}

static void approved(struct visit *visit, const struct told *told)
{
    const struct booking_approve_answer *answer = told->answer;
    if (told->status == OK) {
        session_see_other(visit, booking_href(visit, visit->parts[1], "?done=approved"), NULL);
        return;
    }
    if (told->status != ERR_CONFLICT) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    seen(visit)->is_busy = answer && answer->n_reasons;
    visit->problem =
        seen(visit)->is_busy
            ? visit_say(visit, MESSAGE("Your calendar is busy at that time, or does "
                                       "not answer. It still waits for you."))
            : visit_say(visit, MESSAGE("It waits for you no longer."));
    ask_one(visit, ask_history);
}

static void approve(struct visit *visit, const struct form *form)
{
    struct booking_approve_ask ask = {
        .account = visit->session->account,
        .id = text_first(visit->parts[1], MAX_TOKEN),
        .over_busy = form_find(form, "over-busy").n > 0,
    };
    person_ask(visit, WIRE_booking_approve, &ask, DOOR_WRITE, approved);
}

static void note(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    if (text_equal(form_find(&form, "action"), TEXT("approve"))) {
        approve(visit, &form);
        return;
    }
    struct booking_noshow_ask ask = {
        .account = visit->session->account,
        .id = text_first(visit->parts[1], MAX_TOKEN),
        .undo = text_equal(form_find(&form, "action"), TEXT("came")),
    };
    person_ask(visit, WIRE_booking_noshow, &ask, DOOR_WRITE, noted);
}

void booking_post(struct visit *visit)
{
    session_need(visit, note);
}

/* ---- cancel ---- */

static void show_cancel(struct visit *visit, const struct told *told)
{
    const struct booking_show_answer *found = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_BOOKINGS, told);
        return;
    }
    bool is_request = found->booking.state == BOOKING_REQUESTED;
    struct host_cancel_view view = {
        .frame = frame_fill(visit, FRAME_BOOKINGS,
                            is_request ? visit_say(visit, MESSAGE("Decline this request?"))
                                       : visit_say(visit, MESSAGE("Cancel this booking?"))),
        .is_request = is_request,
        .title = found->booking.page.title,
        .customer = found->booking.customer.name,
        .when = booking_when(visit, &found->booking),
        .reason = {.name = "reason",
                   .label = visit_say(visit, MESSAGE("Reason")),
                   .hint = visit_say(visit, MESSAGE("The customer reads it in the mail.")),
                   .longest = MAX_REASON,
                   .rows = 3,
                   .is_optional = true},
        .self_href = booking_href(visit, visit->parts[1], ""),
    };
    FRAME_SEND(visit, 200, web_host_cancel, &view);
}

static void see_cancel(struct visit *visit)
{
    ask_one(visit, show_cancel);
}

void booking_cancel_get(struct visit *visit)
{
    session_need(visit, see_cancel);
}

static void cancelled(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        session_see_other(visit, booking_href(visit, visit->parts[1], "?done=cancelled"), NULL);
    else
        frame_refuse(visit, FRAME_BOOKINGS, told);
}

static void cancel(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    bool declines = form_find(&form, "decline").n > 0;
    struct booking_cancel_ask ask = {
        .account = visit->session->account,
        .id = text_first(visit->parts[1], MAX_TOKEN),
        .reason = text_first(text_trim(form_find(&form, "reason")), MAX_REASON)};
    struct booking_decline_ask decline = {ask.account, ask.id, ask.reason};
    if (declines)
        person_ask(visit, WIRE_booking_decline, &decline, DOOR_WRITE, cancelled);
    else
        person_ask(visit, WIRE_booking_cancel, &ask, DOOR_WRITE, cancelled);
}

void booking_cancel_post(struct visit *visit)
{
    session_need(visit, cancel);
}
