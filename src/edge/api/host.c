/* SPDX-License-Identifier: ISC
 *
 * The interface for people: what a host does to bookings by themselves. What is in the way, or was set aside, is told:
 * it is their own calendar.
 */
#include "edge/answer.h"
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"

/* ---- bodies ---- */

static const struct body_field answer_fields[] = {
    {"question", BODY_TEXT, true, offsetof(struct answer, question), .least = 1,
     .most = MAX_QUESTION},
    {"answer", BODY_TEXT, true, offsetof(struct answer, answer), .most = MAX_ANSWER},
};
static const struct body_shape answer_body = BODY_SHAPE(struct answer, answer_fields);

#define ADD(field) offsetof(struct booking_add_ask, field)
static const struct body_field add_fields[] = {
    {"date", BODY_DATE, true, ADD(day)},
    {"time", BODY_CLOCK, true, ADD(minute)},
    {"name", BODY_TEXT, true, ADD(customer.name), .least = 1, .most = MAX_NAME},
    {"email", BODY_TEXT, true, ADD(customer.email), .least = 1, .most = MAX_EMAIL},
    {"zone", BODY_TEXT, false, ADD(customer.zone), .most = MAX_ZONE},
    {"answers", BODY_LIST, false, ADD(customer.answers),
     .count_offset = ADD(customer.n_answers), .most = MAX_ANSWERS, .of = &answer_body},
    {"beyond_rules", BODY_FLAG, false, ADD(beyond_rules)},
    {"over_busy", BODY_FLAG, false, ADD(over_busy)},
};
const struct body_shape body_booking_add = BODY_SHAPE(struct booking_add_ask, add_fields);

#define MOVE(field) offsetof(struct booking_move_ask, field)
static const struct body_field move_fields[] = {
    {"date", BODY_DATE, true, MOVE(day)},
    {"time", BODY_CLOCK, true, MOVE(minute)},
    {"beyond_rules", BODY_FLAG, false, MOVE(beyond_rules)},
    {"over_busy", BODY_FLAG, false, MOVE(over_busy)},
};
const struct body_shape body_booking_move = BODY_SHAPE(struct booking_move_ask, move_fields);

struct noshow_body {
    bool no_show;
};
static const struct body_field noshow_fields[] = {
    {"no_show", BODY_FLAG, true, offsetof(struct noshow_body, no_show)},
};
const struct body_shape body_booking_noshow = BODY_SHAPE(struct noshow_body, noshow_fields);

/* ---- reasons ---- */

static void add_reason(struct json_writer *w, const struct reason *reason)
{
    static const char *const words[WHY_COUNT] = {
        [WHY_PAST] = "past",   [WHY_NOTICE] = "notice", [WHY_HORIZON] = "horizon",
        [WHY_HOURS] = "hours", [WHY_GRID] = "grid",     [WHY_FULL] = "full",
        [WHY_BUSY] = "busy",   [WHY_TAKEN] = "taken",   [WHY_UNKNOWN] = "unknown"};
    json_open(w, '{');
    json_put_text(w, "why", text_from(words[reason->why]));
    if (reason->number)
        json_put_i64(w, "number", reason->number);
    if (reason->from.s)
        put_instant(w, "from", reason->from);
    if (reason->to.s)
        put_instant(w, "to", reason->to);
    if (reason->why == WHY_BUSY)
        json_put_text(w, "status", text_from(person_busy_words[reason->status]));
    json_close(w, '}');
}

void put_reasons(struct json_writer *w, const char *name, const struct reason *reasons,
                 size_t n)
{
    json_name(w, name);
    json_open(w, '[');
    for (size_t i = 0; i < n; i++)
        add_reason(w, &reasons[i]);
    json_close(w, ']');
}

/* A problem, and what is in the way. */
static void refuse(struct visit *visit, const struct told *told, const struct reason *reasons,
                   size_t n)
{
    struct failure failure = person_failure(visit, told);
    struct http_response response;
    visit_response(visit, &response, failure.http, "application/problem+json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    answer_problem_members(&w, &failure);
    put_reasons(&w, "reasons", reasons, n);
    json_close(&w, '}');
    visit_send(visit, &response);
}

/* ---- bookings ---- */

void put_link(struct visit *visit, struct json_writer *w, const struct secret *token)
{
    const char *url =
        arena_printf(&visit->arena, TEXT_FMT "/b/%.*s", TEXT_ARG(visit->edge->config.base_url),
                     (int)token->n, (const char *)token->at);
    json_put_text(w, "manage_url", text_from(url));
}

static void put_booking_in(struct json_writer *w, const struct booking_public *booking)
{
    json_name(w, "booking");
    json_open(w, '{');
    put_booking(w, booking);
    json_close(w, '}');
}

static void added(struct visit *visit, const struct told *told)
{
    const struct booking_add_answer *added = told->answer;
    struct http_response response;
    if (told->status == ERR_CONFLICT && added) {
        refuse(visit, told, added->reasons, added->n_reasons);
        return;
    }
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    bool is_certain = added->booking.state == BOOKING_CONFIRMED;
    struct json_writer w = person_begin(visit, &response, is_certain ? 201 : 202);
    put_booking_in(&w, &added->booking);
    put_link(visit, &w, &added->token);
    put_reasons(&w, "set_aside", added->reasons, added->n_reasons);
    person_send(visit, &response, &w);
}

void api_booking_add(struct visit *visit)
{
    struct booking_add_ask ask = {.account = visit->parts[3], .page = visit->parts[5]};
    bool has_key = http_header_find(visit->request, "Idempotency-Key", &ask.key);
    if (!text_is_slug(ask.page, MAX_SLUG))
        person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    else if (has_key && !api_is_key(ask.key))
        person_fail(visit, 400, api_key_words);
    else if (person_body(visit, &body_booking_add, &ask))
        person_ask(visit, WIRE_booking_add, &ask, DOOR_WRITE, added);
}

static void moved(struct visit *visit, const struct told *told)
{
    const struct booking_move_answer *moved = told->answer;
    struct http_response response;
    if (told->status == ERR_CONFLICT && moved) {
        refuse(visit, told, moved->reasons, moved->n_reasons);
        return;
    }
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    put_booking_in(&w, &moved->booking);
    put_reasons(&w, "set_aside", moved->reasons, moved->n_reasons);
    person_send(visit, &response, &w);
}

void api_booking_move(struct visit *visit)
{
    struct booking_move_ask ask = {.account = visit->parts[3], .id = visit->parts[5]};
    if (api_has_booking(visit) && person_body(visit, &body_booking_move, &ask))
        person_ask(visit, WIRE_booking_move, &ask, DOOR_WRITE, moved);
}

void api_booking_noshow(struct visit *visit)
{
    struct noshow_body body = {0};
    if (!api_has_booking(visit) || !person_body(visit, &body_booking_noshow, &body))
        return;
    struct booking_noshow_ask ask = {
        .account = visit->parts[3], .id = visit->parts[5], .undo = !body.no_show};
    person_ask(visit, WIRE_booking_noshow, &ask, DOOR_WRITE, person_done);
}

/* ---- series ---- */

enum { EVERY_MAX = 8, WEEK_DAYS = 7 };

struct series_body {
    struct booking_series_ask ask;
    int64_t day, minute, weekly, every;
    struct series_time *also;
    size_t n_also;
};

static const struct body_field time_fields[] = {
    {"date", BODY_DATE, true, offsetof(struct series_time, day)},
    {"time", BODY_CLOCK, true, offsetof(struct series_time, minute)},
};
static const struct body_shape time_body = BODY_SHAPE(struct series_time, time_fields);

#define SERIES(field) offsetof(struct series_body, field)
static const struct body_field series_fields[] = {
    {"date", BODY_DATE, true, SERIES(day)},
    {"time", BODY_CLOCK, true, SERIES(minute)},
    {"weekly", BODY_I64, false, SERIES(weekly), .least = 1, .most = MAX_SERIES},
    {"every", BODY_I64, false, SERIES(every), .least = 1, .most = EVERY_MAX},
    {"also", BODY_LIST, false, SERIES(also), .count_offset = SERIES(n_also), .most = MAX_SERIES,
     .of = &time_body},
    {"name", BODY_TEXT, true, SERIES(ask.customer.name), .least = 1, .most = MAX_NAME},
    {"email", BODY_TEXT, true, SERIES(ask.customer.email), .least = 1, .most = MAX_EMAIL},
    {"zone", BODY_TEXT, false, SERIES(ask.customer.zone), .most = MAX_ZONE},
    {"answers", BODY_LIST, false, SERIES(ask.customer.answers),
     .count_offset = SERIES(ask.customer.n_answers), .most = MAX_ANSWERS, .of = &answer_body},
    {"beyond_rules", BODY_FLAG, false, SERIES(ask.beyond_rules)},
    {"over_busy", BODY_FLAG, false, SERIES(ask.over_busy)},
    {"skip_clashes", BODY_FLAG, false, SERIES(ask.skip_clashes)},
};
const struct body_shape body_booking_series = BODY_SHAPE(struct series_body, series_fields);

static void put_sessions(struct json_writer *w, const char *name,
                         const struct series_session *sessions, size_t n)
{
    json_name(w, name);
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, '{');
        if (sessions[i].id.n) {
            json_put_text(w, "id", sessions[i].id);
            json_put_bool(w, "confirmed", sessions[i].state == BOOKING_CONFIRMED);
        }
        put_instant(w, "start", sessions[i].start);
        put_instant(w, "end", sessions[i].end);
        put_reasons(w, "reasons", sessions[i].reasons, sessions[i].n_reasons);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static bool is_certain(const struct booking_series_answer *series)
{
    for (size_t i = 0; i < series->n_sessions; i++)
        if (series->sessions[i].state != BOOKING_CONFIRMED)
            return false;
    return true;
}

static void series_added(struct visit *visit, const struct told *told)
{
    const struct booking_series_answer *series = told->answer;
    struct http_response response;
    if (told->status == ERR_CONFLICT && series) {
        struct failure failure = person_failure(visit, told);
        visit_response(visit, &response, failure.http, "application/problem+json");
        struct json_writer w = JSON_WRITER(&response.body);
        json_open(&w, '{');
        answer_problem_members(&w, &failure);
        put_sessions(&w, "clashes", series->clashes, series->n_clashes);
        person_send(visit, &response, &w);
        return;
    }
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, is_certain(series) ? 201 : 202);
    json_put_text(&w, "series", series->id);
    put_sessions(&w, "bookings", series->sessions, series->n_sessions);
    put_sessions(&w, "clashes", series->clashes, series->n_clashes);
    person_send(visit, &response, &w);
}

/* All its times, one after the other. False: they are too many. */
static bool list_times(struct visit *visit, struct series_body *body)
{
    size_t n = (size_t)body->weekly + body->n_also;
    if (n > MAX_SERIES)
        return false;
    body->ask.times = ARENA_ARRAY(&visit->arena, n, struct series_time);
    for (int64_t i = 0; i < body->weekly; i++)
        body->ask.times[body->ask.n_times++] =
            (struct series_time){body->day + i * body->every * WEEK_DAYS, body->minute};
    for (size_t i = 0; i < body->n_also; i++)
        body->ask.times[body->ask.n_times++] = body->also[i];
    return true;
}

void api_booking_series(struct visit *visit)
{
    struct series_body body = {
        .ask = {.account = visit->parts[3], .page = visit->parts[5]}, .weekly = 1, .every = 1};
    bool has_key = http_header_find(visit->request, "Idempotency-Key", &body.ask.key);
    if (!text_is_slug(body.ask.page, MAX_SLUG))
        person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    else if (has_key && !api_is_key(body.ask.key))
        person_fail(visit, 400, api_key_words);
    else if (!person_body(visit, &body_booking_series, &body))
        return;
    else if (!list_times(visit, &body))
        person_fail(visit, 422, "A series has 26 sessions at most.");
    else
        person_ask(visit, WIRE_booking_series, &body.ask, DOOR_WRITE, series_added);
}
