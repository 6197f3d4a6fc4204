/* SPDX-License-Identifier: ISC
 *
 * A customer's own booking, behind its private link: see, move, cancel.
 *
 *     GET  /b/T            what stands
 *     GET  /b/T?cancel=1   asks once more
 *     GET  /b/T?move=1...  the slots to which it can move
 *     GET  /b/T.ics        the same as a calendar file
 *     POST /b/T            action=confirm, action=cancel, or action=move and start -> 303 to /b/T
 *                          a reason that is missing or unfit -> 422, asked once more
 */
#include "edge/customer/own.h"

#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/language.h"
#include "edge/route.h"
#include "edge/web.h"
#include "format/ical.h"
#include "format/url.h"
#include "lang/message.h"
#include "time/instant.h"

enum { NEIGHBOURS = 6, HREF_MAX = 6 * 1024 };

/* A borrowed secret for a question; the vault's token lives in the path. */
static struct secret token_of(struct visit *visit)
{
    return (struct secret){(unsigned char *)arena_cstr(&visit->arena, visit->parts[1]),
                           visit->parts[1].n};
}

/* The address of the booking's page, or of one behind it; in the language that the visitor has chosen. */
static const char *own_bare(struct visit *visit, const char *behind)
{
    return arena_printf(&visit->arena, "/b/" TEXT_FMT "%s", TEXT_ARG(visit->parts[1]), behind);
}

static const char *own_path(struct visit *visit, const char *behind)
{
    return language_kept(visit, own_bare(visit, behind));
}

/* The visitor's zone: the one they named, else the one they booked in, else the page's. */
static const struct zone *zone_of(const struct visit *visit,
                                  const struct booking_public *booking)
{
    const struct zones *zones = visit->edge->zones;
    const struct zone *zone = visit->query.zone;
    if (!zone && booking->customer.zone.n > 0)
        zone = zone_find(zones, booking->customer.zone);
    return zone ? zone : parts_page_zone(zones, &booking->page);
}

static struct slot slot_of(const struct booking_public *booking)
{
    return (struct slot){booking->start, booking->end};
}

static bool waits(const struct booking_public *booking)
{
    return booking->state == BOOKING_REQUESTED || booking->state == BOOKING_UNVERIFIED;
}

/* Can it still be cancelled? */
static bool can_change(const struct visit *visit, const struct booking_public *booking)
{
    return (booking->state == BOOKING_CONFIRMED || waits(booking)) &&
           instant_before(visit->now, booking->start) &&
           (booking->changes_until.s == 0 ||
            instant_before(visit->now, booking->changes_until));
}

/* Where its host confirms each booking, another time is another request. */
static bool can_move(const struct visit *visit, const struct booking_public *booking)
{
    return can_change(visit, booking) && booking->state == BOOKING_CONFIRMED &&
           !booking->page.approves;
}

/* ---- seeing ---- */

static const char *too_late(struct visit *visit, const struct booking_public *booking)
{
    const struct message_value values[] = {{"host", booking->page.host_name}, {0}};
    return message_fill(&visit->arena, visit->language,
                        MESSAGE("It is too late to move or cancel it here. If you cannot "
                                "come, please tell {host}."),
                        values)
        .at;
}

/* A sentence that names the page's host. */
static const char *say_of_host(struct visit *visit, const struct booking_public *booking,
                               struct message message)
{
    const struct message_value values[] = {{"host", booking->page.host_name}, {0}};
    return message_fill(&visit->arena, visit->language, message, values).at;
}

static void say_end(struct visit *visit, const struct booking_public *booking,
                    struct own_view *view)
{
    view->is_ended = true;
    view->explanation =
        visit_say(visit, MESSAGE("The time is free again. Nothing else needs to be done."));
    if (booking->ended == ENDED_DECLINED) {
        view->heading = visit_say(visit, MESSAGE("Your request is declined"));
        view->explanation = say_of_host(
            visit, booking, MESSAGE("{host} cannot take the appointment at this time."));
    } else if (booking->ended == ENDED_NOT_MADE) {
        view->heading = visit_say(visit, MESSAGE("Your booking did not come about"));
        view->explanation = say_of_host(
            visit, booking,
            MESSAGE("The calendar of {host} has not taken the appointment: it does not take "
                    "place. Please choose another time."));
    } else if (booking->ended == ENDED_LAPSED) {
        view->heading = visit_say(visit, MESSAGE("Your request was not answered in time"));
        view->explanation =
            visit_say(visit, MESSAGE("The appointment does not take place. We are sorry."));
    } else {
        view->heading = visit_say(visit, MESSAGE("This booking is cancelled"));
    }
}

static void say_state(struct visit *visit, const struct booking_public *booking,
                      struct own_view *view)
{
    switch (booking->state) {
    case BOOKING_CONFIRMED:
        view->is_good = true;
        view->heading = visit_say(visit, MESSAGE("Your booking is confirmed"));
        if (instant_before(booking->end, visit->now))
            view->explanation = visit_say(visit, MESSAGE("It has taken place."));
        else if (can_change(visit, booking) || !instant_before(visit->now, booking->start))
            view->explanation =
                visit_say(visit, MESSAGE("Nothing else is needed. Keep this page's address: "
                                         "with it you can move or cancel."));
        else
            view->explanation = too_late(visit, booking);
        return;
    case BOOKING_CANCELLED:
        say_end(visit, booking, view);
        return;
    case BOOKING_REQUESTED:
        view->is_waiting = true;
        view->heading = visit_say(visit, MESSAGE("Your request has arrived"));
        view->explanation = say_of_host(
            visit, booking,
            MESSAGE("The appointment is not confirmed yet: {host} will answer. Until then the "
                    "time is held for you."));
        return;
    case BOOKING_UNVERIFIED:
        view->is_waiting = true;
        view->heading = visit_say(visit, MESSAGE("Please confirm your booking"));
        view->explanation =
            visit_say(visit, MESSAGE("The time is held for you for a short while. Nothing is "
                                     "booked until you press the button."));
        return;
    case BOOKING_HELD:
    case BOOKING_UNCERTAIN:
    case BOOKING_STATE_COUNT:
        break;
    }
    view->is_waiting = true;
    view->heading = visit_say(visit, MESSAGE("Your booking is being checked"));
    view->explanation =
        visit_say(visit, MESSAGE("The time is held for you, but the calendar has not answered "
                                 "yet. Open this page again in a few minutes; there is no "
                                 "need to book again."));
}

/* ---- the customer's own calendar ---- */

static struct text entry_title(struct visit *visit, const struct booking_public *booking)
{
    const struct message_value values[] = {
        {"what", booking->page.title}, {"host", booking->page.host_name}, {0}};
    return message_fill(&visit->arena, visit->language, MESSAGE("{what} with {host}"), values);
}

static void add_field(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "&%s=", name);
    url_encode(out, value);
}

/* Plain links: whoever follows one tells that calendar what stands in it, and the private link does not. */
static void offer_calendars(struct visit *visit, const struct booking_public *booking,
                            struct own_view *view)
{
    struct buf google CLEANUP(buf_done) = BUF(HREF_MAX),
                      outlook CLEANUP(buf_done) = BUF(HREF_MAX);
    struct text title = entry_title(visit, booking), location = booking->page.location;
    struct civil from = civil_from_seconds(booking->start.s);
    struct civil to = civil_from_seconds(booking->end.s);
    char start[INSTANT_SIZE], end[INSTANT_SIZE];
    instant_format(booking->start, start);
    instant_format(booking->end, end);
    buf_printf(&google,
               "https://calendar.google.com/calendar/render?action=TEMPLATE"
               "&dates=%04d%02d%02dT%02d%02d00Z/%04d%02d%02dT%02d%02d00Z",
               from.year, from.month, from.day, from.hour, from.minute, to.year, to.month,
               to.day, to.hour, to.minute);
    add_field(&google, "text", title);
    add_field(&google, "location", location);
    buf_printf(&outlook, "https://outlook.live.com/calendar/0/deeplink/compose"
                         "?path=/calendar/action/compose&rru=addevent");
    add_field(&outlook, "startdt", text_from(start));
    add_field(&outlook, "enddt", text_from(end));
    add_field(&outlook, "subject", title);
    add_field(&outlook, "location", location);
    view->google_href = arena_cstr(&visit->arena, buf_text(&google));
    view->outlook_href = arena_cstr(&visit->arena, buf_text(&outlook));
}

/* The note of a page that asks nothing stands under our own word for it. */
static struct answer *answers_of(struct visit *visit, const struct customer *customer)
{
    struct answer *answers = ARENA_ARRAY(&visit->arena, customer->n_answers, struct answer);
    for (size_t i = 0; i < customer->n_answers; i++) {
        answers[i] = customer->answers[i];
        if (text_equal(answers[i].question, TEXT("Note")))
            answers[i].question = text_from(visit_say(visit, MESSAGE("Note")));
    }
    return answers;
}

struct own_view own_lay_out(struct visit *visit, const struct booking_public *booking,
                            bool asks_cancel)
{
    struct arena *a = &visit->arena;
    const struct zone *page_zone = parts_page_zone(visit->edge->zones, &booking->page);
    struct own_view view = {
        .head = parts_head(a, visit_head_said(visit, MESSAGE("Your booking")), &booking->page),
        .offer = parts_offer(a, visit->language, &booking->page),
        .when = month_when(a, visit->language, slot_of(booking), zone_of(visit, booking),
                           page_zone),
        .customer_name = booking->customer.name,
        .customer_email = booking->customer.email,
        .answers = answers_of(visit, &booking->customer),
        .n_answers = booking->customer.n_answers,
        .meeting = booking->meeting,
        .can_change = can_change(visit, booking),
        .is_invited = booking->invited,
        .can_move = can_move(visit, booking),
        .has_entry = booking->state == BOOKING_CONFIRMED,
        .asks_confirm = booking->state == BOOKING_UNVERIFIED && !asks_cancel,
        .asks_cancel = asks_cancel && can_change(visit, booking),
        .problem = visit->problem,
        .asks_reason = booking->page.ask_reason != ASK_REASON_NO && !waits(booking),
        .needs_reason = booking->page.ask_reason == ASK_REASON_REQUIRED,
        .reason = booking->state == BOOKING_CANCELLED ? booking->reason : visit->form.note,
        .reason_error = visit->form.note_error,
        .action = own_path(visit, ""),
        .move_href = own_path(visit, "?move=1"),
        .cancel_href = own_path(visit, "?cancel=1"),
        .calendar_href = own_path(visit, ".ics"),
        .again_href = language_kept(visit, arena_printf(a, "/" TEXT_FMT "/" TEXT_FMT,
                                                        TEXT_ARG(booking->page.account),
                                                        TEXT_ARG(booking->page.page))),
    };
    say_state(visit, booking, &view);
    offer_calendars(visit, booking, &view);
    return view;
}

static void show(struct visit *visit, const struct booking_public *booking, bool asks_cancel)
{
    language_of_customer(visit, &booking->customer);
    visit->frame_sites = booking->page.sites;
    struct own_view view = own_lay_out(visit, booking, asks_cancel);
    language_offer(visit, &view.head, own_bare(visit, view.asks_cancel ? "?cancel=1" : ""));
    struct http_response response;
    visit_response(visit, &response,
                   view.asks_cancel && view.reason_error ? 422
                   : view.problem                        ? 409
                                                         : 200,
                   "text/html; charset=utf-8");
    web_own(&response.body, &view);
    visit_send(visit, &response);
}

void own_mailed(struct visit *visit, const struct booking_public *booking)
{
    struct arena *a = &visit->arena;
    const struct zone *page_zone = parts_page_zone(visit->edge->zones, &booking->page);
    const struct own_view view = {
        .head = parts_head(a, visit_head_said(visit, MESSAGE("Your booking")), &booking->page),
        .offer = parts_offer(a, visit->language, &booking->page),
        .when = month_when(a, visit->language, slot_of(booking), zone_of(visit, booking),
                           page_zone),
        .customer_name = booking->customer.name,
        .customer_email = booking->customer.email,
        .heading = visit_say(visit, MESSAGE("Please look at your mail")),
        .explanation = visit_say(visit, MESSAGE("Nothing is booked yet. The time is held for "
                                                "a short while: open the link that we have "
                                                "sent you, and confirm the booking there.")),
        .is_waiting = true,
        .is_mailed = true,
    };
    struct http_response response;
    visit_response(visit, &response, 202, "text/html; charset=utf-8");
    web_own(&response.body, &view);
    visit_send(visit, &response);
}

static void show_booking(struct visit *visit, enum status status, const void *answer)
{
    const struct booking_answer *found = answer;
    if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        show(visit, &found->booking, false);
}

/* The entry that mails carry too: the same UID (vault/booking.h), so that it is one in either order. Exchange's
 * invitation has another UID: whoever was invited has their entry, and the page says so. */
static void send_file(struct visit *visit, enum status status, const void *answer)
{
    const struct booking_answer *found = answer;
    if (status == OK && (!found || found->booking.state != BOOKING_CONFIRMED))
        status = ERR_NOT_FOUND;
    if (status != OK) {
        visit_fail(visit, status);
        return;
    }
    struct arena *a = &visit->arena;
    const struct booking_public *booking = &found->booking;
    if (booking->invited) {
        visit_see_other(visit, own_path(visit, ""));
        return;
    }
    language_of_customer(visit, &booking->customer);
    const struct ical_event event = {
        .method = ICAL_PLAIN,
        .uid = text_from(arena_printf(a, TEXT_FMT "@hourgate", TEXT_ARG(booking->id))),
        .sequence = booking->sequence,
        .stamp = visit->now,
        .start = booking->start,
        .end = booking->end,
        .title = entry_title(visit, booking),
        .location = booking->page.location,
        .meeting = booking->meeting,
    };
    struct http_response response;
    visit_response(visit, &response, 200, "text/calendar; charset=utf-8");
    http_response_add_static(&response, "Content-Disposition",
                             "attachment; filename=\"appointment.ics\"");
    ical_write(&response.body, &event);
    visit_send(visit, &response);
}

static void show_cancel(struct visit *visit, enum status status, const void *answer)
{
    const struct booking_answer *found = answer;
    if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        show(visit, &found->booking, true);
}

/* ---- moving ---- */

static void show_move(struct visit *visit, const struct booking_public *booking,
                      const struct slot *slots, size_t n_slots, bool is_taken)
{
    struct arena *a = &visit->arena;
    struct month_query *query = &visit->query;
    const struct zone *page_zone = parts_page_zone(visit->edge->zones, &booking->page);
    const struct zone *zone = zone_of(visit, booking);
    language_of_customer(visit, &booking->customer);
    visit->frame_sites = booking->page.sites;
    struct month_links links = {.path = own_bare(visit, ""),
                                .mode = "move",
                                .zone_name = query->zone_name,
                                .lang = visit->lang,
                                .language = visit->language};
    month_query_settle(query, zone, visit->now);
    struct move_view view = {
        .head =
            parts_head(a, visit_head_said(visit, MESSAGE("Move your booking")), &booking->page),
        .offer = parts_offer(a, visit->language, &booking->page),
        .when = month_when(a, visit->language, slot_of(booking), zone, page_zone),
        .zones = parts_zones(a, &visit->edge->zone_choices, zone, page_zone, query, &links,
                             visit->now),
        .month = month_lay_out(a, slots, n_slots, query, &links, zone, visit->now),
        .action = own_path(visit, ""),
        .own_href = own_path(visit, ""),
        .is_taken = is_taken,
    };
    for (size_t i = 0; i < n_slots && query->has_start && !is_taken; i++)
        if (slots[i].start.s == query->start.s) {
            view.has_choice = true;
            view.chosen = month_when(a, visit->language, slots[i], zone, page_zone);
            view.start = text_from(view.chosen.datetime);
        }
    view.is_taken |= query->has_start && !view.has_choice;
    if (view.is_taken) {
        view.zones.start = TEXT("");
        view.n_neighbours = month_neighbours(a, slots, n_slots, query->start, NEIGHBOURS,
                                             &links, zone, &view.neighbours);
    }
    struct month_query back = *query;
    back.has_start = false;
    view.back_href = month_href(a, &links, &back);
    links.lang = (struct text){0};
    language_offer(visit, &view.head, month_href(a, &links, query));
    struct http_response response;
    visit_response(visit, &response, is_taken ? 409 : 200, "text/html; charset=utf-8");
    web_move(&response.body, &view);
    visit_send(visit, &response);
}

static void show_no_slots(struct visit *visit, enum status status, const void *answer)
{
    const struct booking_answer *found = answer;
    if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else if (!can_change(visit, &found->booking))
        show(visit, &found->booking, false);
    else
        show_move(visit, &found->booking, NULL, 0, visit->http_status == 409);
}

static void ask_without_slots(struct visit *visit)
{
    struct booking_ask ask = {.token = token_of(visit)};
    visit_ask(visit, WIRE_booking, &ask, DOOR_READ, show_no_slots);
}

static void show_move_slots(struct visit *visit, enum status status, const void *answer)
{
    const struct move_slots_answer *found = answer;
    if (failure_is_upstream(status))
        ask_without_slots(visit);
    else if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else if (!can_change(visit, &found->booking))
        show(visit, &found->booking, false);
    else
        show_move(visit, &found->booking, found->slots, found->n_slots, false);
}

static void ask_move_slots(struct visit *visit)
{
    const struct zone *zone = visit->query.zone;
    const struct zone *shown = zone ? zone : zone_find(visit->edge->zones, TEXT("UTC"));
    struct month_query query = visit->query;
    month_query_settle(&query, shown, visit->now);
    struct month_window window = month_ask(&query, shown, zone != NULL, visit->now);
    struct move_slots_ask ask = {
        .token = token_of(visit), .from = window.from, .to = window.to};
    visit_ask(visit, WIRE_move_slots, &ask, DOOR_READ, show_move_slots);
}

void own_get(struct visit *visit)
{
    struct form form;
    bool wants_file = text_ends(visit->parts[1], TEXT(".ics"));
    if (wants_file)
        visit->parts[1].n -= strlen(".ics");
    if (visit->parts[1].n > MAX_TOKEN) {
        visit_fail(visit, ERR_NOT_FOUND);
        return;
    }
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    parts_query(&form, visit->edge->zones, &visit->query);
    struct booking_ask ask = {.token = token_of(visit)};
    visit->http_status = 200;
    if (form_find(&form, "checking").n > 0)
        visit->problem = visit_say(
            visit, MESSAGE("The new time is being checked. Until you hear of it by mail, the "
                           "booking stands as it is shown here."));
    if (wants_file)
        visit_ask(visit, WIRE_booking, &ask, DOOR_READ, send_file);
    else if (form_find(&form, "move").n > 0)
        ask_move_slots(visit);
    else if (form_find(&form, "cancel").n > 0)
        visit_ask(visit, WIRE_booking, &ask, DOOR_READ, show_cancel);
    else
        visit_ask(visit, WIRE_booking, &ask, DOOR_READ, show_booking);
}

/* ---- changing ---- */

static void moved(struct visit *visit, enum status status, const void *answer)
{
    const struct move_answer *refused = answer;
    bool taken = status == ERR_CONFLICT || failure_is_upstream(status);
    visit->http_status = 409;
    if (status == OK || status == ERR_UNCERTAIN)
        visit_see_other(visit, own_path(visit, status == OK ? "" : "?checking=1"));
    else if (taken && refused && refused->booking.page.page.n > 0 &&
             !can_change(visit, &refused->booking))
        show(visit, &refused->booking, false);
    else if (taken && refused && refused->booking.page.page.n > 0)
        show_move(visit, &refused->booking, refused->slots, refused->n_slots, true);
    else if (taken)
        ask_without_slots(visit);
    else
        visit_fail(visit, status);
}

static void confirmed(struct visit *visit, enum status status, const void *answer)
{
    const struct confirm_answer *refused = answer;
    if (status == OK || status == ERR_UNCERTAIN) {
        visit_see_other(visit, own_path(visit, ""));
    } else if (status == ERR_CONFLICT && refused) {
        visit->problem = visit_say(visit, MESSAGE("This time is no longer available."));
        show(visit, &refused->booking, false);
    } else {
        visit_fail(visit, status);
    }
}

static void cancelled(struct visit *visit, enum status status, const void *answer)
{
    const struct cancel_answer *refused = answer;
    if (status == ERR_INVALID && refused) { /* the edge would have said else: it is missing */
        visit->form.note_error = visit_say(visit, MESSAGE("Please say why."));
        show(visit, &refused->booking, true);
    } else if (status == OK || status == ERR_UNCERTAIN || status == ERR_CONFLICT)
        visit_see_other(visit, own_path(visit, ""));
    else
        visit_fail(visit, status);
}

/* What customers write of why is their note here, and looked at as such. */
static void cancel(struct visit *visit, const struct form *form)
{
    struct customer_form *typed = &visit->form;
    typed->note = text_trim(form_find(form, "reason"));
    struct cancel_ask ask = {.token = token_of(visit), .reason = typed->note};
    struct booking_ask only_show = {.token = ask.token};
    if (typed->note.n > MAX_REASON)
        typed->note_error =
            visit_say(visit, MESSAGE("This is too long: 1,000 characters at most."));
    else if (!text_is_clean(typed->note) || text_misleads(typed->note))
        typed->note_error =
            visit_say(visit, MESSAGE("This holds characters that cannot be sent."));
    if (typed->note_error)
        visit_ask(visit, WIRE_booking, &only_show, DOOR_READ, show_cancel);
    else
        visit_ask(visit, WIRE_cancel, &ask, DOOR_WRITE, cancelled);
}

void own_post(struct visit *visit)
{
    struct form form;
    if (visit->parts[1].n > MAX_TOKEN) {
        visit_fail(visit, ERR_NOT_FOUND);
        return;
    }
    if (!visit_is_same_origin(visit)) {
        visit_fail(visit, ERR_DENIED);
        return;
    }
    if (!visit_has_type(visit, "application/x-www-form-urlencoded")) {
        visit_fail_http(visit, 415);
        return;
    }
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK) {
        visit_fail_http(visit, 400);
        return;
    }
    struct text action = form_find(&form, "action");
    parts_query(&form, visit->edge->zones, &visit->query);
    if (text_equal(action, TEXT("confirm"))) {
        struct confirm_ask ask = {.token = token_of(visit)};
        visit_ask(visit, WIRE_confirm, &ask, DOOR_WRITE, confirmed);
    } else if (text_equal(action, TEXT("cancel"))) {
        cancel(visit, &form);
    } else if (text_equal(action, TEXT("move")) && visit->query.has_start) {
        struct move_ask ask = {.token = token_of(visit), .start = visit->query.start};
        visit_ask(visit, WIRE_move, &ask, DOOR_WRITE, moved);
    } else {
        visit_fail_http(visit, 400);
    }
}
