/* SPDX-License-Identifier: ISC
 *
 * A request, from its first line to its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "http/inner.h"
#include "os/clock.h"

struct gathered {
    struct guard_field fields[GUARD_FIELDS_MAX + 1];
    size_t n;
};

static enum MHD_Result gather(void *context, enum MHD_ValueKind kind, const char *name,
                              size_t n_name, const char *value, size_t n_value)
{
    (void)kind;
    struct gathered *g = context;
    g->fields[g->n++] = (struct guard_field){{name, n_name}, {value, n_value}};
    return g->n <= GUARD_FIELDS_MAX ? MHD_YES : MHD_NO;
}

static enum http_method method_of(struct text method)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {
        {"GET", HTTP_GET}, {"HEAD", HTTP_GET},      {"POST", HTTP_POST},
        {"PUT", HTTP_PUT}, {"DELETE", HTTP_DELETE},
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (text_equal(method, text_from(methods[i].name)))
            return methods[i].method;
    return HTTP_OTHER;
}

/* Return how many bytes the head took, from its method to the empty line; 0 where it is not told. */
static size_t head_size(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/* The head is there. */
static enum MHD_Result begin(struct exchange *x, const char *url, const char *method,
                             const char *version)
{
    struct gathered g;
    g.n = 0; /* and the fields are left as they are: this runs for every request */
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, gather, &g);
    struct guard_head head = {
        .method = text_from(method),
        .target = text_from(x->target),
        .version = text_from(version),
        .fields = g.fields,
        .n_fields = g.n,
    };
    if (x->connection->server->way == LIBRARY_LEAVES_TRACES)
        head.trace = (struct guard_trace){url, head_size(x->mhd)};
    x->connection->server->counts.requests++;
    switch (guard_check(&head)) {
    case GUARD_OK:
        break;
    case GUARD_TOO_LONG:
        return exchange_refuse(x, 414);
    case GUARD_TOO_MANY:
        return exchange_refuse(x, 431);
    case GUARD_REFUSED:
        return exchange_refuse(x, 400);
    }
    if (guard_content_length(&head) > (int64_t)x->request.body.max)
        return exchange_refuse(x, 413);
    x->request.method = method_of(head.method);
    x->state = READING;
    return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *x, const char *at, size_t *n)
{
    buf_add(&x->request.body, at, *n);
    *n = 0;
    /* The library can refuse only at the end of a body; what is chunked may never end. */
    if (!buf_failed(&x->request.body))
        return MHD_YES;
    if (x->too_large)
        return MHD_NO;
    x->too_large = true;
    return MHD_YES;
}

/* The request is whole. */
static enum MHD_Result handle(struct exchange *x)
{
    struct connection *c = x->connection;
    struct http_server *server = c->server;
    list_remove(&c->node);
    if (x->too_large)
        return exchange_refuse(x, 413);
    x->state = HANDLING;
    server->settings.handle(server->settings.owner, &x->request);
    if (x->state == ANSWERED)
        return exchange_send(x);
    if (!connection_watch(c)) {
        server->settings.gone(server->settings.owner, &x->request);
        x->state = ABANDONED;
        return MHD_NO;
    }
    x->state = WAITING;
    list_add_last(&server->waiting, &c->node);
    server->counts.waiting++;
    MHD_suspend_connection(x->mhd);
    return MHD_YES;
}

enum MHD_Result exchange_on_request(void *owner, struct MHD_Connection *mhd, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *n_upload, void **context)
{
    (void)owner;
    (void)mhd;
    struct exchange *x = *context;
    switch (x->state) {
    case STARTED:
        return begin(x, url, method, version);
    case READING:
        return *n_upload ? take_body(x, upload, n_upload) : handle(x);
    case ANSWERED:
        return x->answer ? exchange_send(x) : MHD_YES;
    case HANDLING:
    case WAITING:
    case PAUSED:
    case ABANDONED:
        break;
    }
    return MHD_NO;
}

void *exchange_on_target(void *owner, const char *target, struct MHD_Connection *mhd)
{
    struct http_server *server = owner;
    size_t n = strlen(target);
    if (n > GUARD_TARGET_MAX)
        n = GUARD_TARGET_MAX + 1; /* enough for the guard to see it */
    struct exchange *x = calloc(1, sizeof *x + n + 1);
    ENSURE(x);
    memcpy(x->target, target, n);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *c = info->socket_context;
    x->mhd = mhd;
    x->connection = c;
    x->request.peer = c->peer;
    x->request.body = BUF(server->settings.max_body);
    x->request.path = (struct text){x->target, n};
    (void)text_cut(x->request.path, '?', &x->request.path, &x->request.query);
    c->exchange = x;
    c->since_ms = clock_ms();
    list_remove(&c->node);
    list_add_last(&server->reading, &c->node);
    return x;
}

void exchange_on_completed(void *owner, struct MHD_Connection *mhd, void **context,
                           enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    (void)code;
    struct http_server *server = owner;
    struct exchange *x = *context;
    if (!x)
        return;
    *context = NULL;
    struct connection *c = x->connection;
    exchange_lose(x);
    c->exchange = NULL;
    c->since_ms = clock_ms();
    list_remove(&c->node);
    list_add_last(&server->idle, &c->node);
    exchange_drop_answer(x);
    buf_wipe(&x->request.body);
    buf_wipe(&x->pieces);
    wipe_bytes(x->target, strlen(x->target)); /* one-time tokens and codes stand in it */
    free(x);
}

static enum MHD_Result keep_last(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t n_name, const char *value, size_t n_value)
{
    (void)kind;
    struct guard_field *wanted = context;
    if (text_equal_nocase(wanted->name, (struct text){name, n_name}))
        wanted->value = (struct text){value, n_value};
    return MHD_YES;
}

bool http_header_find(const struct http_request *request, const char *name,
                      struct text *ret_value)
{
    const struct exchange *x = (const struct exchange *)request;
    struct guard_field wanted = {.name = text_from(name)};
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, keep_last, &wanted);
    if (!wanted.value.at)
        return false;
    *ret_value = text_trim(wanted.value);
    return true;
}

struct text http_header(const struct http_request *request, const char *name)
{
    struct text value = {0};
    (void)http_header_find(request, name, &value);
    return value;
}
