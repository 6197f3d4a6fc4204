/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "http/inner.h"
#include "os/clock.h"

/* Take the headers. */
static void add_headers(struct MHD_Response *built, const struct http_response *response)
{
    ENSURE(built);
    for (size_t i = 0; i < response->n_headers; i++)
        ENSURE(MHD_add_response_header(built, response->headers[i].name,
                                       response->headers[i].value) == MHD_YES);
    if (response->close)
        ENSURE(MHD_add_response_header(built, "Connection", "close") == MHD_YES);
}

static struct MHD_Response *build(struct http_response *response)
{
    ENSURE(!buf_failed(&response->body));
    static char nothing[1];
    struct buf *body = &response->body;
    struct MHD_Response *built =
        body->n ? MHD_create_response_from_buffer(body->n, body->at, MHD_RESPMEM_MUST_FREE)
                : MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    if (body->n)
        *body = BUF(body->max); /* the library frees it */
    add_headers(built, response);
    http_response_done(response);
    return built;
}

struct http_shared *http_share(struct http_response *response)
{
    struct http_shared *shared = malloc(sizeof *shared);
    ENSURE(shared);
    unsigned status = response->status;
    *shared = (struct http_shared){build(response), status, 1};
    return shared;
}

void http_shared_release(struct http_shared *shared)
{
    if (!shared || --shared->n_holders > 0)
        return;
    MHD_destroy_response(shared->answer);
    free(shared);
}

void exchange_drop_answer(struct exchange *x)
{
    if (x->shared)
        http_shared_release(x->shared);
    else if (x->answer)
        MHD_destroy_response(x->answer);
    x->shared = NULL;
    x->answer = NULL;
}

enum MHD_Result exchange_send(struct exchange *x)
{
    list_remove(&x->connection->node);
    enum MHD_Result queued = MHD_queue_response(x->mhd, x->status, x->answer);
    exchange_drop_answer(x);
    return queued;
}

enum MHD_Result exchange_refuse(struct exchange *x, unsigned status)
{
    struct http_server *server = x->connection->server;
    struct http_response response = {0};
    server->settings.refuse(server->settings.owner, status, &response);
    response.close = true;
    server->counts.refused++;
    x->status = response.status;
    x->answer = build(&response);
    x->state = ANSWERED;
    return exchange_send(x);
}

void exchange_resume(struct exchange *x)
{
    struct http_server *server = x->connection->server;
    list_remove(&x->connection->node);
    server->counts.waiting--;
    if (!server->resumed)
        server->resumed_ms = clock_ms();
    server->resumed = true;
    MHD_resume_connection(x->mhd);
}

static void answer(struct exchange *x, unsigned status, struct MHD_Response *built)
{
    ENSURE(x->state == HANDLING || x->state == WAITING);
    bool waited = x->state == WAITING;
    x->status = status;
    x->answer = built;
    x->state = ANSWERED;
    if (waited)
        exchange_resume(x);
}

void http_answer(struct http_request *request, struct http_response *response)
{
    unsigned status = response->status;
    answer((struct exchange *)request, status, build(response));
}

void http_answer_shared(struct http_request *request, struct http_shared *shared)
{
    struct exchange *x = (struct exchange *)request;
    shared->n_holders++;
    x->shared = shared;
    answer(x, shared->status, shared->answer);
}

/* ---- in pieces ---- */

enum { PIECE_MAX = 16 * 1024 };

void exchange_lose(struct exchange *x)
{
    struct http_server *server = x->connection->server;
    if (!x->goes_on)
        return;
    x->goes_on = false;
    server->settings.gone(server->settings.owner, &x->request);
}

/* The library's question for the next bytes. Without any the connection waits as one whose answer is not there yet. */
static ssize_t next_piece(void *exchange, uint64_t at, char *to, size_t max)
{
    (void)at;
    struct exchange *x = exchange;
    struct http_server *server = x->connection->server;
    size_t left = x->pieces.n - x->n_sent;
    if (left) {
        size_t n = left < max ? left : max;
        memcpy(to, x->pieces.at + x->n_sent, n);
        x->n_sent += n;
        return (ssize_t)n;
    }
    buf_clear(&x->pieces);
    x->n_sent = 0;
    if (x->state == ABANDONED)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!x->goes_on)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!connection_watch(x->connection)) {
        exchange_lose(x);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    x->state = PAUSED;
    list_add_last(&server->waiting, &x->connection->node);
    server->counts.waiting++;
    MHD_suspend_connection(x->mhd);
    return 0;
}

void http_answer_begin(struct http_request *request, struct http_response *response)
{
    struct exchange *x = (struct exchange *)request;
    struct MHD_Response *built =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_MAX, next_piece, x, NULL);
    http_response_add_static(response, "X-Accel-Buffering", "no");
    add_headers(built, response);
    unsigned status = response->status;
    x->pieces = BUF(HTTP_BODY_MAX);
    buf_add_text(&x->pieces, buf_text(&response->body));
    x->goes_on = true;
    http_response_done(response);
    answer(x, status, built);
}

static void go_on(struct exchange *x)
{
    if (x->state != PAUSED)
        return;
    x->state = ANSWERED;
    exchange_resume(x);
}

void http_answer_more(struct http_request *request, struct text piece)
{
    struct exchange *x = (struct exchange *)request;
    ENSURE(x->goes_on);
    buf_add_text(&x->pieces, piece);
    go_on(x);
}

void http_answer_end(struct http_request *request)
{
    struct exchange *x = (struct exchange *)request;
    ENSURE(x->goes_on);
    x->goes_on = false;
    go_on(x);
}
