/* SPDX-License-Identifier: ISC
 *
 * The public interface for programs (web/openapi.json describes it).
 */
#include "edge/api/api.h"
#include "base/base64.h"
#include "edge/answer.h"
#include "edge/customer/parts.h"
#include "edge/failure.h"
#include "edge/route.h"
#include "os/random.h"
#include "time/instant.h"

enum { KEY_BYTES = 16 };

static void fail_with(struct visit *visit, unsigned http, const char *detail)
{
    struct failure failure = *failure_of_http(http);
    failure.detail = (struct message){.one = detail}; /* the API speaks English */
    struct http_response response;
    answer_failure(visit, &response, &failure);
    visit_send(visit, &response);
}

/* ---- the page ---- */

static void page_came(struct visit *visit, enum status status, const void *answer)
{
    const struct page_answer *found = answer;
    struct http_response response;
    if (status != OK || !found) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    visit_response(visit, &response, 200, "application/json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    json_put_text(&w, "title", found->page.title);
    json_put_text(&w, "description", found->page.description);
    json_put_text(&w, "account", found->page.account_name);
    json_put_text(&w, "host", found->page.host_name);
    json_put_text(&w, "location", found->page.location);
    json_put_text(&w, "zone", found->page.zone);
    json_put_i64(&w, "duration", found->page.duration_min);
    answer_questions(&w, found->questions, found->n_questions);
    json_close(&w, '}');
    visit_send(visit, &response);
}

void api_page(struct visit *visit)
{
    struct page_ask ask = {visit->parts[3], visit->parts[4]};
    if (!text_is_slug(ask.account, MAX_SLUG) || !text_is_slug(ask.page, MAX_SLUG))
        visit_fail(visit, ERR_NOT_FOUND);
    else
        visit_ask(visit, WIRE_page, &ask, DOOR_READ, page_came);
}

/* ---- slots ---- */

static void send_slots(struct visit *visit, const struct slot *slots, size_t n_slots)
{
    struct http_response response;
    visit_response(visit, &response, 200, "application/json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    answer_slots(&w, slots, n_slots);
    json_close(&w, '}');
    visit_send(visit, &response);
}

/* A calendar that does not answer looks like one that is full. */
static void slots_came(struct visit *visit, enum status status, const void *answer)
{
    const struct slots_answer *found = answer;
    if (failure_is_upstream(status))
        send_slots(visit, NULL, 0);
    else if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        send_slots(visit, found->slots, found->n_slots);
}

/* Read from and to, both inclusive, as dates in tz. */
static enum status parse_span(const struct visit *visit, const struct form *form,
                              struct slots_ask *ret_ask, const char **ret_problem)
{
    struct text tz = form_find(form, "tz"), from = form_find(form, "from"),
                to = form_find(form, "to");
    const struct zone *zone = zone_find(visit->edge->zones, tz.n ? tz : TEXT("UTC"));
    *ret_problem = "tz must be an IANA time zone, such as Europe/Zurich.";
    if (!zone)
        return ERR_INVALID;
    int64_t first, last;
    *ret_problem = "from and to must be dates, such as 2026-11-24.";
    TRY(civil_parse_date(from, &first));
    TRY(civil_parse_date(to, &last));
    *ret_problem = "to must not be before from, nor 62 days or more behind it.";
    if (last < first || last - first >= MAX_SLOT_DAYS)
        return ERR_INVALID;
    ret_ask->from = zone_day_start(zone, first);
    ret_ask->to = zone_day_start(zone, last + 1);
    *ret_problem = "to must be a day before the end of the year 9999.";
    return ret_ask->to.s == instant_clamp(ret_ask->to).s ? OK : ERR_INVALID;
}

void api_slots(struct visit *visit)
{
    struct form form;
    struct slots_ask ask = {.account = visit->parts[3], .page = visit->parts[4]};
    const char *problem = "The query cannot be read.";
    if (!text_is_slug(ask.account, MAX_SLUG) || !text_is_slug(ask.page, MAX_SLUG)) {
        visit_fail(visit, ERR_NOT_FOUND);
    } else if (form_parse(&visit->arena, visit->request->query, &form) != OK ||
               parse_span(visit, &form, &ask, &problem) != OK) {
        fail_with(visit, 400, problem);
    } else {
        arena_done(&visit->arena); /* nothing of it is kept: thousands may wait here */
        visit->has_equals = true;
        visit_ask(visit, WIRE_slots, &ask, DOOR_READ, slots_came);
    }
}

/* ---- booking ---- */

static const char *state_name(enum booking_state state)
{
    static const char *const names[BOOKING_STATE_COUNT] = {
        [BOOKING_HELD] = "held",           [BOOKING_UNCERTAIN] = "uncertain",
        [BOOKING_CONFIRMED] = "confirmed", [BOOKING_CANCELLED] = "cancelled",
        [BOOKING_REQUESTED] = "requested", [BOOKING_UNVERIFIED] = "unverified",
    };
    return names[state];
}

static void send_booked(struct visit *visit, const struct book_answer *booked)
{
    const struct booking_public *booking = &booked->booking;
    char start[INSTANT_SIZE], finish[INSTANT_SIZE];
    instant_format(booking->start, start);
    instant_format(booking->end, finish);
    struct http_response response;
    bool certain = booking->state == BOOKING_CONFIRMED;
    visit_response(visit, &response, certain ? 201 : 202, "application/json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    json_put_text(&w, "id", booking->id);
    json_put_text(&w, "state", text_from(state_name(booking->state)));
    json_put_text(&w, "start", text_from(start));
    json_put_text(&w, "end", text_from(finish));
    if (booked->token.n > 0) {
        const char *url = arena_printf(&visit->arena, TEXT_FMT "/b/%.*s",
                                       TEXT_ARG(visit->edge->config.base_url),
                                       (int)booked->token.n, (const char *)booked->token.at);
        json_put_text(&w, "manage_url", text_from(url));
        http_response_add(&response, "Location", text_from(url));
    }
    json_close(&w, '}');
    visit_send(visit, &response);
}

/* One answer for every start that cannot be had, whatever the reason. */
static void send_conflict(struct visit *visit, const struct book_answer *refused)
{
    const struct failure *failure = failure_of(ERR_CONFLICT);
    struct http_response response;
    visit_response(visit, &response, failure->http, "application/problem+json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    answer_problem_members(&w, failure);
    answer_slots(&w, refused ? refused->slots : NULL, refused ? refused->n_slots : 0);
    json_close(&w, '}');
    visit_send(visit, &response);
}

/* Which answers do not fit, and why not. */
static void send_mistakes(struct visit *visit, const struct book_answer *booked)
{
    static const char *const words[MISTAKE_KIND_COUNT] = {[MISTAKE_MISSING] = "missing",
                                                          [MISTAKE_UNFIT] = "unfit",
                                                          [MISTAKE_UNASKED] = "unasked"};
    struct failure failure = *failure_of_http(422);
    failure.detail = (struct message){.one = "The answers do not fit what the page asks."};
    struct http_response response;
    visit_response(visit, &response, 422, "application/problem+json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    answer_problem_members(&w, &failure);
    json_name(&w, "mistakes");
    json_open(&w, '[');
    for (size_t i = 0; i < booked->n_mistakes; i++) {
        json_open(&w, '{');
        json_put_text(&w, "question", booked->mistakes[i].question);
        json_put_text(&w, "mistake", text_from(words[booked->mistakes[i].kind]));
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    visit_send(visit, &response);
}

static void booked(struct visit *visit, enum status status, const void *answer)
{
    const struct book_answer *booked = answer;
    if ((status == OK || status == ERR_UNCERTAIN) && booked && booked->booking.id.n > 0)
        send_booked(visit, booked);
    else if (status == ERR_CONFLICT || failure_is_upstream(status))
        send_conflict(visit, booked);
    else if (status == ERR_INVALID && booked && booked->n_mistakes)
        send_mistakes(visit, booked);
    else
        visit_fail(visit, status == OK ? ERR_UNCERTAIN : status);
}

struct body {
    struct json *json;
    struct book_ask ask;
    struct answer answers[MAX_ANSWERS];
};

static void body_done(struct body *body)
{
    json_free(body->json);
}

/* Read a member that must be a text where it is there. */
static bool get_text(const struct json *object, const char *name, struct text *ret_text)
{
    const struct json *member = json_member(object, name);
    return !member || json_get_text(member, ret_text);
}

static bool is_plain(struct text t)
{
    return text_is_clean(t) && !text_misleads(t);
}

static bool read_answers(struct body *body)
{
    const struct json *list = json_member(body->json, "answers");
    struct customer *customer = &body->ask.customer;
    customer->answers = body->answers;
    for (size_t i = 0; i < json_count(list); i++) {
        struct answer *answer = &body->answers[i];
        if (i == MAX_ANSWERS || !get_text(json_item(list, i), "question", &answer->question) ||
            !get_text(json_item(list, i), "answer", &answer->answer) ||
            answer->question.n == 0 || answer->question.n > MAX_QUESTION ||
            answer->answer.n > MAX_ANSWER || !is_plain(answer->question) ||
            !is_plain(answer->answer))
            return false;
        customer->n_answers++;
    }
    return true;
}

/* Read the body into a question; NULL, or what is wrong with it. */
static const char *read_body(struct visit *visit, struct body *body)
{
    struct text start = {0}, tz = {0}, language = {0};
    struct customer *customer = &body->ask.customer;
    if (json_parse(buf_text(&visit->request->body), &body->json, NULL) != OK ||
        !json_is_an_object(body->json))
        return "The body must be a JSON object that names each member once.";
    if (!get_text(body->json, "start", &start) || instant_parse(start, &body->ask.start) != OK)
        return "start must be an instant, such as 2026-11-24T09:00:00Z.";
    bool has_name = get_text(body->json, "name", &customer->name);
    customer->name = text_trim(customer->name);
    if (!has_name || parts_name_error(LANGUAGE_EN, customer->name))
        return "name must be one line of 1 to 200 bytes, without hidden characters.";
    bool has_email = get_text(body->json, "email", &customer->email);
    customer->email = text_trim(customer->email);
    if (!has_email || parts_email_error(LANGUAGE_EN, customer->email))
        return "email must be an e-mail address.";
    if (!get_text(body->json, "tz", &tz) || (tz.n && !zone_find(visit->edge->zones, tz)))
        return "tz must be an IANA time zone, such as Europe/Zurich.";
    if (!get_text(body->json, "language", &language) ||
        (language.n && !language_find(language, &customer->language)))
        return "language must be en, de, fr, it or ar.";
    customer->has_language = language.n > 0;
    if (!read_answers(body))
        return "answers must be a list of at most 20 {\"question\", \"answer\"}.";
    customer->zone = tz;
    return NULL;
}

const char *const api_key_words = "Idempotency-Key must be 1 to 100 visible ASCII characters.";

bool api_is_key(struct text key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.at[i] <= ' ' || key.at[i] >= 0x7f)
            return false;
    return key.n > 0 && key.n <= MAX_KEY;
}

static struct text key_of(struct visit *visit)
{
    struct text key;
    if (http_header_find(visit->request, "Idempotency-Key", &key))
        return key;
    unsigned char bytes[KEY_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct buf out CLEANUP(buf_done) = BUF(64);
    base64url_format(&out, bytes, sizeof bytes);
    return arena_text(&visit->arena, buf_text(&out));
}

void api_book(struct visit *visit)
{
    struct body body CLEANUP(body_done) = {0};
    body.ask.account = visit->parts[3];
    body.ask.page = visit->parts[4];
    body.ask.key = key_of(visit);
    if (!text_is_slug(body.ask.account, MAX_SLUG) || !text_is_slug(body.ask.page, MAX_SLUG)) {
        visit_fail(visit, ERR_NOT_FOUND);
        return;
    }
    if (!visit_has_type(visit, "application/json")) {
        fail_with(visit, 415, "The body must be application/json.");
        return;
    }
    if (!api_is_key(body.ask.key)) {
        fail_with(visit, 400, api_key_words);
        return;
    }
    const char *problem = read_body(visit, &body);
    if (problem)
        fail_with(visit, 422, problem);
    else
        visit_ask(visit, WIRE_book, &body.ask, DOOR_WRITE, booked);
}
