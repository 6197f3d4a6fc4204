/* SPDX-License-Identifier: ISC */
#include "edge/visit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/language.h"
#include "edge/person.h"
#include "edge/route.h"
#include "edge/web.h"
#include "format/json.h"
#include "os/clock.h"
#include "wire/codec.h"
#include "wire/reserved.h"

enum { PAGE_ROOM = 6 * 1024 }; /* most pages fit: they are not copied while they grow */

/* ---- life ---- */

static void leave_share(struct visit *visit)
{
    if (visit->share)
        (*visit->share)--;
    visit->share = NULL;
}

void visit_forget(struct visit *visit, size_t n)
{
    for (size_t i = n; i < visit->n_answers; i++)
        wire_wipe(visit->answers[i].shape, visit->answers[i].value);
    if (visit->n_answers > n)
        visit->n_answers = n;
}

static void drop_answers(struct visit *visit)
{
    visit_forget(visit, 0);
    arena_wipe(&visit->arena);
}

static void end(struct visit *visit)
{
    leave_share(visit);
    door_forget(&visit->edge->door, &visit->question);
    drop_answers(visit);
    wipe_bytes(visit, sizeof *visit);
    free(visit);
}

void visit_gone(void *owner, struct http_request *request)
{
    struct edge *edge = owner;
    edge->counts.gone++;
    if (request->visit)
        end(request->visit);
    request->visit = NULL;
}

bool path_split(struct text path, struct text parts[static VISIT_PARTS], size_t *ret_n)
{
    struct text rest = {path.at + 1, path.n - 1};
    size_t n = 0;
    while (rest.n > 0) {
        if (n == VISIT_PARTS)
            return false;
        struct text part = rest, after = {0};
        (void)text_cut(rest, '/', &part, &after);
        parts[n++] = part;
        if (part.n < rest.n && after.n == 0)
            return false; /* a slash at the end names something else */
        rest = after;
    }
    *ret_n = n;
    return true;
}

/* An address behind a Unix socket that is no believed proxy is unknown: its owner has to limit it. */
bool visit_peer_key(const struct visit *visit, unsigned char ret_key[static 16])
{
    struct peer peer =
        peer_visitor(visit->request->peer, http_header(visit->request, "X-Forwarded-For"),
                     &visit->edge->config.proxies);
    if (peer.known)
        peer_key(&peer, ret_key);
    return peer.known;
}

static bool may_ask(struct visit *visit, int64_t *ret_retry_s)
{
    struct edge *edge = visit->edge;
    unsigned char key[16];
    if (visit->route->is_free || !visit_peer_key(visit, key))
        return true;
    int64_t now_ms = clock_ms();
    if (!rate_take(edge->rate, key, now_ms, ret_retry_s))
        return false;
    return visit->request->method != HTTP_POST || visit->route->is_person ||
           visit->route->is_desk || rate_take(edge->rate_booking, key, now_ms, ret_retry_s);
}

static visit_handler *handler_of(const struct route *route, enum http_method method)
{
    switch (method) {
    case HTTP_GET:
        return route->get;
    case HTTP_POST:
        return route->post;
    case HTTP_PUT:
        return route->put;
    case HTTP_DELETE:
        return route->del;
    case HTTP_OTHER:
        break;
    }
    return NULL;
}

static void refuse_method(struct visit *visit)
{
    const struct route *route = visit->route;
    struct http_response response;
    char allow[64];
    int n = snprintf(allow, sizeof allow, "%s%s%s%s", route->get ? ", GET, HEAD" : "",
                     route->post ? ", POST" : "", route->put ? ", PUT" : "",
                     route->del ? ", DELETE" : "");
    answer_failure(visit, &response, failure_of_http(405));
    http_response_add(&response, "Allow", (struct text){allow + 2, (size_t)n - 2});
    visit_send(visit, &response);
}

/* A handler begins with an empty arena: some empty it before they wait. */
void visit_handle(struct visit *visit)
{
    drop_answers(visit);
    visit_handler *handler = handler_of(visit->route, visit->request->method);
    if (!handler)
        refuse_method(visit);
    else if (!visit->route->is_person || person_admit(visit))
        handler(visit);
}

void visit_begin(void *owner, struct http_request *request)
{
    struct visit *visit = calloc(1, sizeof *visit);
    ENSURE(visit);
    visit->edge = owner;
    visit->request = request;
    visit->now = clock_now();
    request->visit = visit;
    visit->route = path_split(request->path, visit->parts, &visit->n_parts)
                       ? route_find(visit->parts, visit->n_parts)
                       : NULL;
    language_choose(visit);
    if (!visit->route) {
        visit_fail_http(visit, 404);
        return;
    }
    if (!may_ask(visit, &visit->retry_s)) {
        visit->edge->counts.limited++;
        visit_fail_http(visit, 429);
        return;
    }
    if (visit->edge->may_wait_for_setup && !visit->route->is_setup && !visit->route->is_free)
        setup_gate(visit);
    else
        visit_handle(visit);
}

/* ---- visitors who are to see the same ---- */

/* When a calendar has answered thousands who waited for one page, that page is written once. What it is
 * written from is the batch's answer and what struct echo names; nothing of it outlives the turn. */

static bool is_echo(const struct echo *echo, const struct visit *visit)
{
    const struct month_query *one = &echo->query, *other = &visit->query;
    return echo->batch == visit->question.batch && echo->then == visit->then && echo->page &&
           echo->now.s == visit->now.s && echo->language == visit->language &&
           text_equal(echo->lang, visit->lang) &&
           echo->host_chooses_language == visit->host_chooses_language &&
           one->zone == other->zone && one->has_month == other->has_month &&
           one->month == other->month && one->has_day == other->has_day &&
           one->day == other->day;
}

static struct http_shared *find_echo(const struct visit *visit)
{
    for (size_t i = 0; i < EDGE_ECHOES; i++)
        if (is_echo(&visit->edge->echoes[i], visit))
            return visit->edge->echoes[i].page;
    return NULL;
}

static void await_echo(struct visit *visit)
{
    struct edge *edge = visit->edge;
    struct echo *echo = &edge->echoes[edge->n_echoes++ % EDGE_ECHOES];
    http_shared_release(echo->page);
    *echo = (struct echo){.batch = visit->question.batch,
                          .then = visit->then,
                          .now = visit->now,
                          .query = visit->query,
                          .language = visit->language,
                          .lang = visit->lang,
                          .host_chooses_language = visit->host_chooses_language};
    visit->echo = echo;
}

void visit_turn(struct edge *edge)
{
    for (size_t i = 0; edge->n_echoes && i < EDGE_ECHOES; i++) {
        http_shared_release(edge->echoes[i].page);
        edge->echoes[i] = (struct echo){0};
    }
    edge->n_echoes = 0;
}

static void send_shared(struct visit *visit, struct http_shared *page)
{
    struct http_request *request = visit->request;
    end(visit);
    request->visit = NULL;
    http_answer_shared(request, page);
}

void visit_keep(struct visit *visit, shape_table *shape, void *value)
{
    ENSURE(visit->n_answers < VISIT_ANSWERS);
    visit->answers[visit->n_answers].shape = shape;
    visit->answers[visit->n_answers++].value = value;
}

/* ---- asking ---- */

static void on_answered(struct door_question *question, enum status status, int64_t retry_s,
                        void *answer)
{
    struct visit *visit = LIST_OWNER(question, struct visit, question);
    bool is_batch = question->batch != 0;
    visit->retry_s = retry_s;
    leave_share(visit);
    if (is_batch && visit->has_equals && status == OK) {
        struct http_shared *page = find_echo(visit);
        if (page) {
            visit->edge->counts.answers[2]++;
            send_shared(visit, page);
            return;
        }
        await_echo(visit);
    }
    if (answer && !is_batch)
        visit_keep(visit, wire_message_of(question->type)->answer, answer);
    visit->then(visit, status, answer);
}

/* An address names its account first, or behind what says that it is the API's; a private link and the pages of
 * signed-in people do not. */
static struct text account_of(const struct visit *visit)
{
    if (visit->n_parts == 2 && !reserved_segment(visit->parts[0]))
        return visit->parts[0];
    bool is_page = visit->n_parts > 3 && text_equal(visit->parts[2], TEXT("pages"));
    return is_page ? visit->parts[3] : (struct text){0};
}

/* Take a place among those who wait for an account; false where it has its part of all already. Whom an account's
 * crowd keeps waiting are its own visitors. */
static bool join_share(struct visit *visit)
{
    struct edge *edge = visit->edge;
    struct text account = account_of(visit);
    uint64_t hash = edge->share_seed;
    for (size_t i = 0; i < account.n; i++)
        hash = (hash ^ (unsigned char)account.at[i]) * 0x100000001b3u;
    uint32_t *share = &edge->waiting_by[(hash ^ hash >> 32) % EDGE_SHARES];
    if (account.n == 0)
        return true;
    if (*share >= edge->config.max_waiting)
        return false;
    ++*share;
    visit->share = share;
    return true;
}

void visit_ask(struct visit *visit, enum wire_type type, const void *ask,
               enum door_patience patience,
               void (*then)(struct visit *visit, enum status status, const void *answer))
{
    visit->then = then;
    visit->echo = NULL;
    visit->question.arena = &visit->arena;
    visit->question.answered = on_answered;
    enum status status =
        join_share(visit) ? door_ask(&visit->edge->door, &visit->question, type, ask, patience)
                          : ERR_FULL;
    if (status != OK) {
        leave_share(visit);
        then(visit, status, NULL);
    }
}

/* ---- checks ---- */

/* A browser says where a form was sent from in Sec-Fetch-Site; older ones in Origin, which is "null" under
 * our own referrer policy. This keeps other sites from letting their visitors book or sign in by surprise; forms
 * behind a session carry a proof besides (session.h). */
bool visit_is_same_origin(const struct visit *visit)
{
    struct text site = http_header(visit->request, "Sec-Fetch-Site");
    if (site.n > 0)
        return text_equal(site, TEXT("same-origin"));
    struct text origin = http_header(visit->request, "Origin");
    if (origin.n == 0 || text_equal(origin, TEXT("null")) ||
        text_equal(origin, visit->edge->config.base_url))
        return true;
    struct text scheme, authority;
    if (!text_cut(origin, ':', &scheme, &authority) || !text_starts(authority, TEXT("//")))
        return false;
    authority = (struct text){authority.at + 2, authority.n - 2};
    return text_equal_nocase(authority, http_header(visit->request, "Host"));
}

bool visit_has_type(const struct visit *visit, const char *media_type)
{
    struct text type = http_header(visit->request, "Content-Type"), parameters;
    (void)text_cut(type, ';', &type, &parameters);
    return text_equal_nocase(text_trim(type), text_from(media_type));
}

struct head_view visit_head(const struct visit *visit, struct text title)
{
    return (struct head_view){.title = title,
                              .language = visit->language,
                              .lang = language_tag(visit->language),
                              .is_rtl = language_is_rtl(visit->language),
                              .is_private = true};
}

struct head_view visit_head_said(const struct visit *visit, struct message title)
{
    return visit_head(visit, text_from(visit_say(visit, title)));
}

const char *visit_say(const struct visit *visit, struct message message)
{
    return message_in(visit->language, message);
}

/* ---- answering ---- */

void visit_response(struct visit *visit, struct http_response *ret_response, unsigned status,
                    const char *content_type)
{
    bool is_page = strncmp(content_type, "text/html", 9) == 0 || status == 303;
    http_response_init(ret_response, status, content_type);
    if (is_page)
        (void)buf_room(&ret_response->body, PAGE_ROOM);
    http_response_add_security(ret_response, is_page ? HTTP_PAGE : HTTP_DATA,
                               visit->frame_sites, visit->edge->config.is_https);
}

void visit_begin_answer(struct visit *visit, struct http_response *response)
{
    visit->edge->counts.answers[response->status / 100]++;
    visit->has_begun = true;
    http_answer_begin(visit->request, response);
}

void visit_more(struct visit *visit, struct text piece)
{
    http_answer_more(visit->request, piece);
}

static void end_answer(struct visit *visit, struct http_response *response)
{
    struct http_request *request = visit->request;
    visit_more(visit, buf_text(&response->body));
    http_response_done(response);
    end(visit);
    request->visit = NULL;
    http_answer_end(request);
}

void visit_send(struct visit *visit, struct http_response *response)
{
    struct http_request *request = visit->request;
    if (visit->has_begun) {
        end_answer(visit, response);
        return;
    }
    unsigned kind = response->status / 100;
    if (kind < 6)
        visit->edge->counts.answers[kind]++;
    if (buf_failed(&response->body)) {
        buf_clear(&response->body);
        response->status = 500;
    } else if (visit->echo && response->status == 200) {
        struct http_shared *page = visit->echo->page = http_share(response);
        send_shared(visit, page);
        return;
    }
    end(visit);
    request->visit = NULL;
    http_answer(request, response);
}

static void send_failure(struct visit *visit, const struct failure *failure)
{
    struct http_response response;
    answer_failure(visit, &response, failure);
    visit_send(visit, &response);
}

void visit_fail(struct visit *visit, enum status status)
{
    send_failure(visit, failure_of(status));
}

void visit_fail_http(struct visit *visit, unsigned http_status)
{
    send_failure(visit, failure_of_http(http_status));
}

void visit_see_other(struct visit *visit, const char *location)
{
    struct http_response response;
    visit_response(visit, &response, 303, "text/plain; charset=utf-8");
    http_response_add(&response, "Location", text_from(location));
    visit_send(visit, &response);
}
