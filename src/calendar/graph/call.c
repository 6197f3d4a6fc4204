/* SPDX-License-Identifier: ISC */
#include "calendar/graph/call.h"

#include <stdio.h>
#include <string.h>

#include "calendar/graph/code.h"
#include "fetch/server.h"
#include "format/url.h"

enum { HEADERS_MAX = 6 };

/* ---- what comes back ---- */

void graph_reading_begin(struct graph_reading *reading, const char *const *names)
{
    *reading = (struct graph_reading){.kept = BUF(GRAPH_KEPT_MAX)};
    reading->sieve = SIEVE(names, &reading->kept);
}

void graph_reading_add(struct graph_reading *reading, const struct fetch_facts *facts,
                       struct text bytes)
{
    reading->is_json = strcmp(facts->content_type, "application/json") == 0;
    if (!reading->is_json || reading->is_wrong)
        return; /* a page for people, or nothing to go on with: passed over */
    enum status status = sieve_read(&reading->sieve, bytes);
    reading->is_full = status == ERR_FULL;
    reading->is_wrong = status != OK;
}

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    (void)err;
    graph_reading_add(owner, facts, bytes);
    return OK;
}

static enum status parse(const struct graph_reading *reading, struct graph_answer *answer,
                         const char *where, struct error *err)
{
    if (reading->is_full)
        return error_set(err, ERR_UPSTREAM, where, "the answer is longer than %d bytes",
                         GRAPH_KEPT_MAX);
    if (reading->is_wrong || !sieve_is_whole(&reading->sieve) ||
        json_parse(buf_text(&reading->kept), &answer->json, NULL) != OK ||
        !json_is_an_object(answer->json))
        return error_set(err, ERR_UPSTREAM, where, "the answer is no whole JSON object");
    json_get_text(json_member(json_member(answer->json, "error"), "code"), &answer->code);
    return OK;
}

static enum status judge(const struct graph_reading *reading, const struct fetch_facts *facts,
                         const char *where, struct graph_answer *answer, struct error *err)
{
    struct error unread = {0};
    enum status status = OK;
    if (facts->http_status == 204)
        return OK;
    if (reading->is_json)
        status = parse(reading, answer, where, &unread);
    TRY(graph_code_judge(facts, answer->code, where, err));
    if (status != OK && err)
        *err = unread;
    TRY(status);
    if (!reading->is_json)
        return error_set(err, ERR_UPSTREAM, where,
                         "no JSON came (HTTP %d, %s): is a proxy or login page in front?",
                         facts->http_status,
                         *facts->content_type ? facts->content_type : "empty");
    return OK;
}

enum status graph_reading_end(struct graph_reading *reading, const struct fetch_facts *facts,
                              const char *where, struct graph_answer *ret_answer,
                              struct error *err)
{
    struct graph_answer answer = {.http_status = facts->http_status};
    enum status status = judge(reading, facts, where, &answer, err);
    answer.is_doubtful = status != OK && graph_code_is_doubtful(facts->http_status);
    buf_wipe(&reading->kept);
    *ret_answer = answer;
    return status;
}

/* ---- what goes out ---- */

struct headers {
    char prefer[128], if_match[MAX_EXTERNAL_ID + 16];
    const char *list[HEADERS_MAX];
};

/* A version that came from a server goes into a header: nothing but printable ASCII. */
static bool is_header_value(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] < ' ' || t.at[i] > '~')
            return false;
    return t.n <= MAX_EXTERNAL_ID;
}

static void make_headers(const struct graph_ask *ask, struct headers *to)
{
    size_t n = 0;
    int end = snprintf(to->prefer, sizeof to->prefer,
                       "Prefer: IdType=\"ImmutableId\", outlook.timezone=\"UTC\", "
                       "outlook.body-content-type=\"text\"");
    if (ask->page)
        snprintf(to->prefer + end, sizeof to->prefer - (size_t)end, ", odata.maxpagesize=%d",
                 ask->page);
    to->list[n++] = "Accept: application/json";
    to->list[n++] = to->prefer;
    if (ask->if_match.n && is_header_value(ask->if_match)) {
        snprintf(to->if_match, sizeof to->if_match, "If-Match: " TEXT_FMT,
                 TEXT_ARG(ask->if_match));
        to->list[n++] = to->if_match;
    }
    to->list[n] = NULL;
}

enum status graph_call(struct calendar *graph, const struct graph_ask *ask, int64_t deadline_ms,
                       struct graph_answer *ret_answer, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct headers headers;
    struct graph_reading reading;
    graph_reading_begin(&reading, ask->names);
    make_headers(ask, &headers);
    struct fetch_request request = {.verb = ask->verb,
                                    .target = arena_cstr(&a, ask->target),
                                    .body = ask->body,
                                    .type = "application/json",
                                    .headers = headers.list,
                                    .once = ask->once,
                                    .max_answer = GRAPH_ANSWER_MAX};
    struct fetch_sink sink = {.owner = &reading, .bytes = on_bytes};
    enum status status = fetch_send(graph->fetch, &request, &sink, deadline_ms, err);
    const struct fetch_facts *facts = fetch_facts_of(graph->fetch);
    if (status == OK)
        return graph_reading_end(&reading, facts, ask->where, ret_answer, err);
    buf_wipe(&reading.kept);
    *ret_answer = (struct graph_answer){.is_doubtful = facts->sent};
    return status;
}

void graph_answer_done(struct graph_answer *answer)
{
    json_free(answer->json);
    *answer = (struct graph_answer){0};
}

/* ---- addresses ---- */

void graph_target(const struct calendar *graph, struct text mailbox, struct buf *out)
{
    struct text path = graph->server->path;
    while (path.n && path.at[path.n - 1] == '/')
        path.n--;
    buf_add_text(out, path);
    if (!mailbox.n)
        return buf_add_cstr(out, "/me/");
    buf_add_cstr(out, "/users/");
    url_encode(out, mailbox);
    buf_add_cstr(out, "/");
}

/* The service's own name and port, or nothing that we follow: a token goes along. */
static bool is_own_authority(const struct calendar *graph, struct text authority)
{
    struct text name = authority, port = {0};
    int64_t number = 443;
    const char *colon = memrchr(authority.at, ':', authority.n);
    if (colon && !memchr(colon, ']', (size_t)(authority.at + authority.n - colon))) {
        name.n = (size_t)(colon - authority.at);
        port = (struct text){colon + 1, authority.n - name.n - 1};
        if (!text_to_i64(port, &number))
            return false;
    }
    return text_equal_nocase(name, graph->server->host) && number == graph->server->port;
}

enum status graph_link(const struct calendar *graph, struct text address,
                       struct text *ret_target, struct error *err)
{
    const struct text scheme = TEXT("https://");
    struct text rest, target;
    if (text_starts(address, scheme)) {
        rest = (struct text){address.at + scheme.n, address.n - scheme.n};
        const char *slash = memchr(rest.at, '/', rest.n);
        if (slash) {
            target = (struct text){slash, rest.n - (size_t)(slash - rest.at)};
            rest.n = (size_t)(slash - rest.at);
            if (is_own_authority(graph, rest) && server_is_target(target)) {
                *ret_target = target;
                return OK;
            }
        }
    }
    return error_set(
        err, ERR_UPSTREAM, "graph",
        "an answer names its next page at another server, or not as an address: it "
        "is not followed");
}

/* ---- pages ---- */

void graph_pages_begin(struct graph_pages *pages, struct calendar *graph,
                       const struct graph_ask *ask, int64_t deadline_ms)
{
    *pages = (struct graph_pages){.graph = graph,
                                  .ask = *ask,
                                  .deadline_ms = deadline_ms,
                                  .target = BUF(MAX_TARGET),
                                  .has_more = true};
    buf_add_text(&pages->target, ask->target);
}

void graph_pages_done(struct graph_pages *pages)
{
    graph_answer_done(&pages->answer);
    buf_done(&pages->target);
}

/* Note where the page after this one is. */
static enum status note_next(struct graph_pages *pages, struct error *err)
{
    struct text link, target;
    pages->has_more = json_get_text(json_member(pages->answer.json, "@odata.nextLink"), &link);
    if (!pages->has_more)
        return OK;
    TRY(graph_link(pages->graph, link, &target, err));
    if (text_equal(target, buf_text(&pages->target)) || pages->n == GRAPH_PAGES_MAX)
        return error_set(err, ERR_UPSTREAM, pages->ask.where,
                         "the pages of the answer lead back to where they were, or do not end");
    buf_clear(&pages->target);
    buf_add_text(&pages->target, target);
    return OK;
}

enum status graph_pages_next(struct graph_pages *pages, bool *ret_has, struct error *err)
{
    *ret_has = pages->has_more;
    if (!pages->has_more)
        return OK;
    graph_answer_done(&pages->answer);
    pages->n++;
    pages->ask.target = buf_text(&pages->target);
    TRY(graph_call(pages->graph, &pages->ask, pages->deadline_ms, &pages->answer, err));
    pages->items = json_member(pages->answer.json, "value");
    if (!json_is_a_list(pages->items))
        return error_set(err, ERR_UPSTREAM, pages->ask.where, "the answer holds no list");
    return note_next(pages, err);
}
