/* SPDX-License-Identifier: ISC
 *
 * The interface for people: bookings with them.
 */
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"
#include "time/civil.h"

enum { BOOKING_DAYS_DEFAULT = 366 };

/* ---- bookings ---- */

static void put_answers(struct json_writer *w, const struct customer *customer)
{
    json_name(w, "answers");
    json_open(w, '[');
    for (size_t i = 0; i < customer->n_answers; i++) {
        json_open(w, '{');
        json_put_text(w, "question", customer->answers[i].question);
        json_put_text(w, "answer", customer->answers[i].answer);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* How it came to its end; null where it has not, or where that was not written down. */
static void put_end(struct json_writer *w, const struct booking_public *booking)
{
    static const char *const ends[ENDED_COUNT] = {[ENDED_BY_CUSTOMER] = "by_customer",
                                                  [ENDED_BY_HOST] = "by_host",
                                                  [ENDED_DECLINED] = "declined",
                                                  [ENDED_LAPSED] = "lapsed",
                                                  [ENDED_NOT_MADE] = "not_made"};
    json_name(w, "ended");
    if (ends[booking->ended])
        json_add_text(w, text_from(ends[booking->ended]));
    else
        json_add_null(w);
    json_put_text(w, "reason", booking->reason);
}

void put_booking(struct json_writer *w, const struct booking_public *booking)
{
    static const char *const states[BOOKING_STATE_COUNT] = {
        [BOOKING_HELD] = "held",           [BOOKING_UNCERTAIN] = "uncertain",
        [BOOKING_CONFIRMED] = "confirmed", [BOOKING_CANCELLED] = "cancelled",
        [BOOKING_REQUESTED] = "requested", [BOOKING_UNVERIFIED] = "unverified",
    };
    json_put_text(w, "id", booking->id);
    json_put_text(w, "state", text_from(states[booking->state]));
    json_put_bool(w, "no_show", booking->no_show);
    json_put_text(w, "series", booking->series);
    put_end(w, booking);
    json_put_text(w, "meeting", booking->meeting);
    put_instant(w, "open_until", booking->open_until);
    put_instant(w, "start", booking->start);
    put_instant(w, "end", booking->end);
    json_put_text(w, "page", booking->page.page);
    json_put_text(w, "title", booking->page.title);
    json_put_text(w, "zone", booking->page.zone);
    json_name(w, "customer");
    json_open(w, '{');
    json_put_text(w, "name", booking->customer.name);
    json_put_text(w, "email", booking->customer.email);
    json_put_text(w, "zone", booking->customer.zone);
    put_answers(w, &booking->customer);
    json_close(w, '}');
}

static void bookings_told(struct visit *visit, const struct told *told)
{
    const struct booking_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "bookings");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++) {
        json_open(&w, '{');
        put_booking(&w, &list->rows[i]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    if (list->n_rows)
        json_put_text(&w, "next", list->rows[list->n_rows - 1].id);
    person_send(visit, &response, &w);
}

void api_bookings(struct visit *visit)
{
    static const char *const names[] = {"from",     "to",    "email", "after",
                                        "customer", "order", NULL};
    struct form form;
    struct booking_list_ask ask = {.account = visit->parts[3], .from = visit->now};
    ask.to = instant_add_s(visit->now, BOOKING_DAYS_DEFAULT * (int64_t)CIVIL_DAY_S);
    if (!person_query(visit, names, &form) || !person_span(visit, &form, &ask.from, &ask.to))
        return;
    ask.email = form_find(&form, "email");
    ask.after = form_find(&form, "after");
    ask.customer = form_find(&form, "customer");
    ask.latest_first = text_equal(form_find(&form, "order"), TEXT("latest"));
    person_ask(visit, WIRE_booking_list, &ask, DOOR_READ, bookings_told);
}

bool api_has_booking(struct visit *visit)
{
    struct text id = visit->parts[5];
    if (id.n > 0 && id.n <= MAX_TOKEN && text_is_clean(id))
        return true;
    person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    return false;
}

static void send_booking(struct visit *visit, const struct booking_public *booking)
{
    struct http_response response;
    struct json_writer w = person_begin(visit, &response, 200);
    put_booking(&w, booking);
    person_send(visit, &response, &w);
}

static void booking_told(struct visit *visit, const struct told *told)
{
    const struct booking_answer *found = told->answer;
    if (told->status != OK)
        person_refuse(visit, told);
    else
        send_booking(visit, &found->booking);
}

void api_booking(struct visit *visit)
{
    struct booking_show_ask ask = {visit->parts[3], visit->parts[5]};
    if (api_has_booking(visit))
        person_ask(visit, WIRE_booking_show, &ask, DOOR_READ, booking_told);
}

void api_booking_cancel(struct visit *visit)
{
    static const struct body_field fields[] = {
        {"reason", BODY_TEXT, false, offsetof(struct booking_cancel_ask, reason),
         .most = MAX_REASON},
        {"rest", BODY_FLAG, false, offsetof(struct booking_cancel_ask, rest)},
    };
    static const struct body_shape body = BODY_SHAPE(struct booking_cancel_ask, fields);
    struct booking_cancel_ask ask = {.account = visit->parts[3], .id = visit->parts[5]};
    if (api_has_booking(visit) && person_body(visit, &body, &ask))
        person_ask(visit, WIRE_booking_cancel, &ask, DOOR_WRITE, booking_told);
}

void api_booking_decline(struct visit *visit)
{
    static const struct body_field fields[] = {{"reason", BODY_TEXT, false,
                                                offsetof(struct booking_decline_ask, reason),
                                                .most = MAX_REASON}};
    static const struct body_shape body = BODY_SHAPE(struct booking_decline_ask, fields);
    struct booking_decline_ask ask = {.account = visit->parts[3], .id = visit->parts[5]};
    if (api_has_booking(visit) && person_body(visit, &body, &ask))
        person_ask(visit, WIRE_booking_decline, &ask, DOOR_WRITE, booking_told);
}

static void approval_told(struct visit *visit, const struct told *told)
{
    const struct booking_approve_answer *found = told->answer;
    if (told->status != OK)
        person_refuse(visit, told);
    else
        send_booking(visit, &found->booking);
}

void api_booking_approve(struct visit *visit)
{
    static const struct body_field fields[] = {
        {"over_busy", BODY_FLAG, false, offsetof(struct booking_approve_ask, over_busy)}};
    static const struct body_shape body = BODY_SHAPE(struct booking_approve_ask, fields);
    struct booking_approve_ask ask = {.account = visit->parts[3], .id = visit->parts[5]};
    if (api_has_booking(visit) && person_body(visit, &body, &ask))
        person_ask(visit, WIRE_booking_approve, &ask, DOOR_WRITE, approval_told);
}
