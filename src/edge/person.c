/* SPDX-License-Identifier: ISC */
#include "edge/person.h"

#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/route.h"
#include "edge/session.h"
#include "os/clock.h"
#include "time/instant.h"
#include "wire/bearer.h"
#include "wire/codec.h"

enum { RESPONSE_MAX = 16 << 20 }; /* a hundred colleagues with 1500 intervals each */

/* ---- who asks ---- */

/* What Authorization carries; the empty text where it is no bearer (RFC 6750, 2.1). */
static struct text bearer_of(const struct visit *visit)
{
    struct text value = http_header(visit->request, "Authorization"), scheme, bearer;
    if (!text_cut(value, ' ', &scheme, &bearer) || !text_equal_nocase(scheme, TEXT("Bearer")))
        return (struct text){0};
    return text_trim(bearer);
}

/* Not known, whatever the reason: one answer, but for whether anything was sent at all (RFC 6750, 3.1). */
static void refuse_bearer(struct visit *visit)
{
    unsigned char key[16];
    struct http_response response;
    bool was_sent = bearer_of(visit).n > 0;
    int64_t retry_s;
    if (was_sent && visit_peer_key(visit, key))
        (void)rate_take(visit->edge->rate_wrong, key, clock_ms(), &retry_s);
    answer_failure(visit, &response, failure_of_http(401));
    http_response_add_static(&response, "WWW-Authenticate",
                             was_sent ? "Bearer realm=\"hourgate\", error=\"invalid_token\""
                                      : "Bearer realm=\"hourgate\"");
    visit_send(visit, &response);
}

/* A token in an address ends in logs and histories. */
static bool holds_bearer(struct text query)
{
    for (; query.n >= 3; query = (struct text){query.at + 1, query.n - 1})
        if (text_starts(query, TEXT("hg_")))
            return true;
    return false;
}

bool person_admit(struct visit *visit)
{
    unsigned char key[16];
    struct text inner;
    if (visit_peer_key(visit, key) &&
        !rate_has(visit->edge->rate_wrong, key, clock_ms(), &visit->retry_s)) {
        visit->edge->counts.limited++;
        visit_fail_http(visit, 429);
        return false;
    }
    if (holds_bearer(visit->request->query)) {
        person_fail(visit, 400,
                    "A token does not belong into an address, which stays in logs and "
                    "histories: revoke it, and send another as Authorization: Bearer.");
        return false;
    }
    if (!bearer_parse(bearer_of(visit), &inner)) {
        refuse_bearer(visit);
        return false;
    }
    if (!text_is_slug(visit->parts[3], MAX_SLUG)) {
        person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
        return false;
    }
    return true;
}

/* ---- asking ---- */

/* Open the envelope: how the question within went. */
static void told(struct visit *visit, enum status status, const void *answer)
{
    const struct as_answer *as = answer;
    if (status == ERR_AUTH) {
        refuse_bearer(visit);
        return;
    }
    if (status != OK || !as) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    struct told told = {.status = as->reply.status, .what = as->reply.what};
    visit->retry_s = as->reply.retry_s;
    if (as->reply.has_body) {
        shape_table *shape = wire_message_of(visit->asked)->answer;
        void *inner = arena_alloc(&visit->arena, shape()->size);
        if (wire_decode(&visit->arena, shape, as->answer, inner) == OK) {
            visit_keep(visit, shape, inner);
            told.answer = inner;
        } else {
            told.status = ERR_INVALID;
        }
    }
    if (told.status == OK && !told.answer)
        visit_fail_http(visit, 500);
    else
        visit->then_told(visit, &told);
}

void person_ask(struct visit *visit, enum wire_type type, const void *ask,
                enum door_patience patience,
                void (*then)(struct visit *visit, const struct told *told))
{
    struct buf question CLEANUP(buf_wipe) = BUF(AS_QUESTION_MAX);
    bool is_token = visit->route->is_person;
    struct text bearer = is_token ? bearer_of(visit) : session_cookie(visit);
    if (wire_encode(&question, wire_message_of(type)->ask, ask) != OK) {
        person_fail(visit, 422, "A value is longer than this takes.");
        return;
    }
    struct as_ask as = {.kind = is_token ? BEARER_TOKEN : BEARER_SESSION,
                        .bearer = secret_new(bearer.at, bearer.n),
                        .type = type,
                        .question = secret_new(question.at, question.n)};
    visit->asked = type;
    visit->then_told = then;
    /* It may answer at once, and then the visit is gone. */
    visit_ask(visit, WIRE_as, &as, patience, told);
    wire_wipe(as_ask_shape, &as);
}

/* Open the envelope of a part. */
static void told_part(struct door_question *question, const void *answer)
{
    struct visit *visit = LIST_OWNER(question, struct visit, question);
    const struct as_answer *as = answer;
    struct arena a CLEANUP(arena_wipe) = {0};
    shape_table *shape = wire_message_of(visit->asked)->answer;
    void *part = arena_alloc(&a, shape()->size);
    if (!visit->then_part || !as->reply.has_body ||
        wire_decode(&a, shape, as->answer, part) != OK)
        return;
    visit->then_part(visit, part);
    wire_wipe(shape, part);
}

void person_ask_by_parts(struct visit *visit, enum wire_type type, const void *ask,
                         void (*part)(struct visit *visit, const void *part),
                         void (*then)(struct visit *visit, const struct told *told))
{
    visit->then_part = part;
    visit->question.part = told_part;
    person_ask(visit, type, ask, DOOR_WRITE, then);
}

/* ---- reading ---- */

bool person_id(struct visit *visit, int64_t *ret_id)
{
    if (text_to_i64(visit->parts[5], ret_id) && *ret_id > 0)
        return true;
    person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    return false;
}

static bool is_among(struct text name, const char *const *names)
{
    for (; *names; names++)
        if (text_equal(name, text_from(*names)))
            return true;
    return false;
}

bool person_query(struct visit *visit, const char *const *names, struct form *ret_form)
{
    bool good = form_parse(&visit->arena, visit->request->query, ret_form) == OK;
    for (size_t i = 0; good && i < ret_form->n_fields; i++)
        good = is_among(ret_form->fields[i].name, names);
    if (!good)
        person_fail(visit, 400, "The query cannot be read, or says what is not known here.");
    return good;
}

bool person_after(struct visit *visit, const struct form *form, int64_t *ret_after)
{
    struct text after = form_find(form, "after");
    *ret_after = 0;
    if (!after.n || (text_to_i64(after, ret_after) && *ret_after >= 0))
        return true;
    person_fail(visit, 400, "after must be what the answer before said as next.");
    return false;
}

static bool read_instant(const struct form *form, const char *name, struct instant *t)
{
    struct text value = form_find(form, name);
    return value.n == 0 || instant_parse(value, t) == OK;
}

bool person_span(struct visit *visit, const struct form *form, struct instant *from,
                 struct instant *to)
{
    if (read_instant(form, "from", from) && read_instant(form, "to", to) &&
        instant_before(*from, *to))
        return true;
    person_fail(visit, 400,
                "from and to must be instants, such as 2026-11-24T09:00:00Z, in this order.");
    return false;
}

bool person_body(struct visit *visit, const struct body_shape *shape, void *value)
{
    char problem[BODY_PROBLEM_MAX];
    struct text body = buf_text(&visit->request->body);
    if (body.n && !visit_has_type(visit, "application/json")) {
        person_fail(visit, 415, "The body must be application/json.");
        return false;
    }
    if (body_read(&visit->arena, shape, body, value, problem) == OK)
        return true;
    person_fail(visit, 422, problem);
    return false;
}

/* ---- answering ---- */

struct json_writer person_begin(struct visit *visit, struct http_response *ret_response,
                                unsigned status)
{
    visit_response(visit, ret_response, status, "application/json");
    ret_response->body.max = RESPONSE_MAX;
    struct json_writer w = JSON_WRITER(&ret_response->body);
    json_open(&w, '{');
    return w;
}

void person_send(struct visit *visit, struct http_response *response, struct json_writer *w)
{
    json_close(w, '}');
    visit_send(visit, response);
}

static void send_failure(struct visit *visit, const struct failure *failure)
{
    struct http_response response;
    answer_failure(visit, &response, failure);
    visit_send(visit, &response);
}

void person_fail(struct visit *visit, unsigned http, const char *detail)
{
    struct failure failure = *failure_of_http(http);
    if (detail)
        failure.detail = (struct message){.one = detail};
    send_failure(visit, &failure);
}

/* What visitors must not tell apart, people may: it is their own calendar. */
static struct failure failure_for(enum status status)
{
    static const struct failure not_there = {
        404,
        "not-found",
        {"There is no such thing", NULL},
        {"It may never have been there, or be somebody else's.", NULL},
        false};
    static const struct failure forbidden = {
        403,
        "forbidden",
        {"This is not yours to do", NULL},
        {"The token's scopes or your role do not give it.", NULL},
        false};
    static const struct failure conflict = {409,
                                            "conflict",
                                            {"This does not fit what is there", NULL},
                                            {"Please look at what is there now.", NULL},
                                            false};
    static const struct failure paused = {
        409,
        "paused",
        {"The connection is paused", NULL},
        {"Its server refused the sign-in twice: replace the password.", NULL},
        false};
    switch (status) {
    case ERR_NOT_FOUND:
        return not_there;
    case ERR_DENIED:
        return forbidden;
    case ERR_CONFLICT:
        return conflict;
    case ERR_PAUSED:
        return paused;
    case ERR_LIMIT:
        return *failure_of_http(503);
    default:
        return failure_is_upstream(status) ? *failure_of_http(502) : *failure_of(status);
    }
}

struct failure person_failure(struct visit *visit, const struct told *told)
{
    struct failure failure = failure_for(told->status);
    /* What is not there is told in the same words whatever was asked; faults of ours are in the log. */
    bool may_tell = failure.http != 404 && failure.http != 500;
    if (may_tell && told->what.n)
        failure.detail = (struct message){.one = arena_cstr(&visit->arena, told->what)};
    return failure;
}

void person_refuse(struct visit *visit, const struct told *told)
{
    struct failure failure = person_failure(visit, told);
    send_failure(visit, &failure);
}

void person_done(struct visit *visit, const struct told *told)
{
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    visit_response(visit, &response, 204, "application/json");
    visit_send(visit, &response);
}

const char *const person_busy_words[BUSY_STATUS_COUNT] = {[BUSY_FREE] = "free",
                                                          [BUSY_ELSEWHERE] = "elsewhere",
                                                          [BUSY_TENTATIVE] = "tentative",
                                                          [BUSY_BUSY] = "busy",
                                                          [BUSY_OOF] = "oof",
                                                          [BUSY_NO_DATA] = "unknown"};

void put_instant(struct json_writer *w, const char *name, struct instant t)
{
    char formatted[INSTANT_SIZE];
    instant_format(t, formatted);
    json_name(w, name);
    if (t.s)
        json_add_text(w, text_from(formatted));
    else
        json_add_null(w);
}
