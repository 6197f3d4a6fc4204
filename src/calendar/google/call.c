/* SPDX-License-Identifier: ISC
 *
 * The API's word for what went wrong is errors[0].reason: the status alone does not tell a quota (403) from a missing
 * right (403), nor an event that was removed (410) from a sync token that has expired (410). Messages are not
 * passed on: they quote what was asked.
 */
#include "calendar/google/call.h"

#include <stdio.h>
#include <string.h>

#include "format/url.h"
#include "os/random.h"
#include "time/instant.h"

enum { RETRY_FIRST_S = 2, RETRY_UNSAID_MAX_S = 64, RETRY_MAX_S = 3600 };

/* ---- requests ---- */

void google_call_init(struct google_call *call, const struct calendar *google, const char *verb)
{
    *call = (struct google_call){
        .verb = verb, .target = BUF(GOOGLE_TARGET_MAX), .body = BUF(GOOGLE_BODY_MAX)};
    struct text base = google->server->path;
    while (base.n && base.at[base.n - 1] == '/')
        base.n--;
    buf_add_text(&call->target, base);
}

void google_call_done(struct google_call *call)
{
    json_free(call->json);
    call->json = NULL;
    buf_wipe(&call->body);
    buf_done(&call->target);
}

void google_path(struct buf *target, const char *words)
{
    buf_add_cstr(target, words);
}

void google_path_id(struct buf *target, struct text id)
{
    url_encode(target, id);
}

void google_param(struct buf *target, const char *name, struct text value)
{
    bool is_first = !target->n || !memchr(target->at, '?', target->n);
    buf_printf(target, "%c%s=", is_first ? '?' : '&', name);
    url_encode(target, value);
}

void google_param_time(struct buf *target, const char *name, struct instant value)
{
    char text[INSTANT_SIZE];
    instant_format(value, text);
    google_param(target, name, text_from(text));
}

/* ---- answers ---- */

struct meaning {
    const char *reason;
    enum status status;
    const char *words;
};

static const struct meaning meanings[] = {
    {"rateLimitExceeded", ERR_LIMIT, "too many calls for this user or project"},
    {"userRateLimitExceeded", ERR_LIMIT, "too many calls for this user"},
    {"quotaExceeded", ERR_LIMIT, "the calendar's own limits are reached"},
    {"dailyLimitExceeded", ERR_LIMIT, "the project's calls for today are used up"},
    {"calendarUsageLimitsExceeded", ERR_LIMIT, "the calendar's own limits are reached"},
    {"insufficientPermissions", ERR_DENIED,
     "what was granted does not cover this: connect again and leave all boxes ticked"},
    {"requiredAccessLevel", ERR_DENIED, "the user may not write into that calendar"},
    {"forbiddenForNonOrganizer", ERR_DENIED, "somebody else organises that event"},
    {"accessNotConfigured", ERR_DENIED, "the project has the Google Calendar API turned off"},
    {"SERVICE_DISABLED", ERR_DENIED, "the project has the Google Calendar API turned off"},
    {"forbidden", ERR_DENIED, "the user has no right to do this there"},
    {"notACalendarUser", ERR_NOT_FOUND, "that user has no Google Calendar"},
    {"notFound", ERR_NOT_FOUND, "it is not there, or the user may not know of it"},
    {"deleted", ERR_NOT_FOUND, "the event was removed"},
    {"duplicate", ERR_CONFLICT, "an event with that id is there, or was"},
    {"conflict", ERR_CONFLICT, "the event was changed by somebody else at the same time"},
    {"conditionNotMet", ERR_CONFLICT, "the event was changed meanwhile"},
    {"fullSyncRequired", ERR_NOT_FOUND, "the server knows that state no more"},
    {"updatedMinTooLongAgo", ERR_NOT_FOUND, "the server knows that state no more"},
    {"timeRangeTooLong", ERR_UPSTREAM, "the server allows shorter windows only"},
};

static const struct meaning *meaning_of(const char *reason)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].reason, reason) == 0)
            return &meanings[i];
    return NULL;
}

/* Keep the reason, where it is a word; else what newer parts of Google say in details or status. */
static void keep_reason(struct google_call *call)
{
    const struct json *error = json_member(call->json, "error");
    struct text said = {0};
    if (!json_get_text(json_member(json_item(json_member(error, "errors"), 0), "reason"),
                       &said))
        json_get_text(json_member(json_item(json_member(error, "details"), 0), "reason"),
                      &said);
    if (!said.n)
        json_get_text(json_member(error, "status"), &said);
    text_print(said, " ", call->reason, sizeof call->reason);
}

/* Each answer that does not say how long doubles the wait, so that many who are held back spread out. */
static enum status throttled(struct calendar *google, const struct fetch_facts *facts,
                             const char *words, struct error *err)
{
    int64_t wait_s = facts->retry_after_s;
    if (wait_s < 0) {
        unsigned n = google->n_throttled < 5 ? google->n_throttled : 5;
        wait_s = (int64_t)RETRY_FIRST_S << n;
        wait_s += (int64_t)(random_u64() % (uint64_t)wait_s) / 2;
        wait_s = wait_s > RETRY_UNSAID_MAX_S ? RETRY_UNSAID_MAX_S : wait_s;
        google->n_throttled++;
    }
    error_set(err, ERR_LIMIT, "google", "%s (HTTP %d)", words, facts->http_status);
    if (err)
        err->retry_s = wait_s < 1 ? 1 : wait_s > RETRY_MAX_S ? RETRY_MAX_S : wait_s;
    return ERR_LIMIT;
}

/* What is no answer of the API's: something else stands at this address, or before it. */
static enum status judge_stranger(const struct fetch_facts *facts, struct error *err)
{
    switch (facts->http_status) {
    case 403:
        return error_set(err, ERR_DENIED, "http",
                         "the server does not let this user in (HTTP 403)");
    case 404:
        return error_set(err, ERR_UPSTREAM, "http",
                         "there is nothing at this address (HTTP 404): the path is usually "
                         "/calendar/v3");
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return error_set(
            err, ERR_UPSTREAM, "http",
            "the server sends us elsewhere (HTTP %d, %.100s): nothing was sent there",
            facts->http_status, *facts->location ? facts->location : "not saying where");
    case 200:
        return error_set(
            err, ERR_UPSTREAM, "http",
            "what answered is not Google Calendar (HTTP 200, no JSON): is a proxy or "
            "login page in front?");
    default:
        return error_set(err, ERR_UPSTREAM, "http", "the server answered HTTP %d",
                         facts->http_status);
    }
}

static enum status refused(struct calendar *google, const struct fetch_facts *facts,
                           struct google_call *call, struct error *err)
{
    const struct meaning *meaning = meaning_of(call->reason);
    enum status status = meaning ? meaning->status : ERR_UPSTREAM;
    if (facts->http_status == 429 || facts->http_status == 503 || status == ERR_LIMIT)
        return throttled(google, facts,
                         meaning ? meaning->words : "the server asks to come back later", err);
    if (facts->http_status == 401)
        return error_set(err, ERR_AUTH, "sign-in",
                         "Google refuses the access token (HTTP 401): it has expired, or its "
                         "owner has taken the access away");
    if (!call->json)
        return judge_stranger(facts, err);
    if (!meaning && facts->http_status == 403)
        status = ERR_DENIED;
    if (!meaning && (facts->http_status == 404 || facts->http_status == 410))
        status = ERR_NOT_FOUND;
    if (!meaning && (facts->http_status == 409 || facts->http_status == 412))
        status = ERR_CONFLICT;
    return error_set(err, status, "google", "%s (HTTP %d, %s)",
                     meaning ? meaning->words : "the server does not do what we ask",
                     facts->http_status, *call->reason ? call->reason : "no reason");
}

/* Which answers leave open whether it happened? Those of a gateway, and of a server that failed inside. */
static bool is_doubtful(int http_status)
{
    return http_status == 200 || http_status == 408 || http_status == 500 ||
           (http_status > 500 && http_status != 503);
}

enum status google_judge(struct calendar *google, const struct fetch_facts *facts,
                         struct google_call *call, struct error *err)
{
    int http = facts->http_status;
    if (http == 204 || (http == 200 && json_is_an_object(call->json))) {
        google->n_throttled = 0;
        return OK;
    }
    keep_reason(call);
    call->doubt = is_doubtful(http);
    return http == 200 ? judge_stranger(facts, err) : refused(google, facts, call, err);
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)facts, (void)err;
    buf_add_text(owner, bytes);
    return OK;
}

static bool is_html(const struct fetch_facts *facts)
{
    return strstr(facts->content_type, "html");
}

enum status google_send(struct calendar *google, struct google_call *call, int64_t deadline_ms,
                        struct error *err)
{
    char if_match[GOOGLE_TOKEN_MAX];
    const char *const headers[] = {"Accept: application/json", call->if_match ? if_match : NULL,
                                   NULL};
    if (buf_failed(&call->target) || buf_failed(&call->body) ||
        (call->if_match && snprintf(if_match, sizeof if_match, "If-Match: %s",
                                    call->if_match) >= (int)sizeof if_match))
        return error_set(err, ERR_INVALID, "google", "the request is too long");
    struct fetch_request request = {.verb = call->verb,
                                    .target = buf_cstr(&call->target),
                                    .body = buf_text(&call->body),
                                    .type = "application/json",
                                    .headers = headers,
                                    .once = call->once,
                                    .max_answer = GOOGLE_ANSWER_MAX};
    CLEANUP(buf_wipe) struct buf answer = BUF(GOOGLE_ANSWER_MAX + 1);
    struct fetch_sink sink = {.owner = &answer, .bytes = on_bytes};
    enum status status = fetch_send(google->fetch, &request, &sink, deadline_ms, err);
    const struct fetch_facts *facts = fetch_facts_of(google->fetch);
    call->doubt = facts->sent;
    TRY(status);
    if (answer.n && !is_html(facts) && json_parse(buf_text(&answer), &call->json, NULL) != OK)
        call->json = NULL;
    return google_judge(google, facts, call, err);
}

/* ---- pages ---- */

void google_pages_init(struct google_pages *pages, struct calendar *google, int64_t deadline_ms)
{
    *pages = (struct google_pages){
        .google = google, .deadline_ms = deadline_ms, .token = BUF(GOOGLE_TOKEN_MAX)};
    google_call_init(&pages->call, google, "GET");
    pages->target = pages->call.target;
    pages->call.target = BUF(GOOGLE_TARGET_MAX);
}

void google_pages_done(struct google_pages *pages)
{
    google_call_done(&pages->call);
    buf_done(&pages->target);
    buf_done(&pages->token);
}

/* Keep the next page's token. ERR_UPSTREAM: it is the one that led here, or there is no end of pages. */
static enum status keep_token(struct google_pages *pages, struct error *err)
{
    struct text next = {0};
    bool has_next =
        json_get_text(json_member(pages->call.json, "nextPageToken"), &next) && next.n;
    if (has_next && (pages->n == GOOGLE_PAGES_MAX || text_equal(next, buf_text(&pages->token))))
        return error_set(err, ERR_UPSTREAM, "google", "the pages of a list have no end");
    buf_clear(&pages->token);
    buf_add_text(&pages->token, next);
    if (buf_failed(&pages->token))
        return error_set(err, ERR_UPSTREAM, "google", "the next page has too long a name");
    return OK;
}

static enum status get_page(struct google_pages *pages, struct error *err)
{
    struct google_call *call = &pages->call;
    google_call_done(call);
    call->target = BUF(GOOGLE_TARGET_MAX);
    buf_add_text(&call->target, buf_text(&pages->target));
    if (pages->token.n)
        google_param(&call->target, "pageToken", buf_text(&pages->token));
    TRY(google_send(pages->google, call, pages->deadline_ms, err));
    pages->n++;
    return keep_token(pages, err);
}

bool google_pages_next(struct google_pages *pages, enum status *ret_status, struct error *err)
{
    *ret_status = OK;
    if (pages->n && !pages->token.n)
        return false;
    *ret_status = get_page(pages, err);
    return *ret_status == OK;
}
