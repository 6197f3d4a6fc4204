/* SPDX-License-Identifier: ISC
 *
 * libmicrohttpd without threads of its own, its epoll descriptor inside the owner's loop.
 *
 * A connection is in one of three lists: idle (nothing received, or a part of a request's first line),
 * reading (a request is coming in), waiting (it is suspended until its request is answered); or in none
 * (an answer is going out). The first two are in order of time, so the sweep that ends slow visitors
 * looks at their heads alone.
 *
 *     STARTED --head passes guard--> READING --whole--> HANDLING --answered--> ANSWERED --sent--> (freed)
 *        |                                                 |  ^
 *        +--refused: ANSWERED, and closed                  v  |
 *                                                       WAITING --visitor left--> ABANDONED
 *
 * Three things that the library needs us to do (all seen): a resumed connection moves only in MHD_run; a
 * suspended one never times out and does not notice that its visitor left, so its socket is in our loop for
 * EPOLLRDHUP as well; and a response queued in the handler's first call costs the keep-alive, so only
 * refusals are.
 */
#include "http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/list.h"
#include "http/guard.h"
#include "os/clock.h"

enum {
    LISTENERS_MAX = 4,
    ACCEPTS_A_TURN = 128,
    POOL = 8 * 1024, /* the library's memory for one connection: bounds the head of a request */
    INACTIVE_S = 30, /* no byte either way */
    IDLE_MS = 60 * 1000,    /* between requests, and for the first line of one */
    READING_MS = 20 * 1000, /* for the rest of a request */
    SWEEP_MS = 1000,
    PAUSE_MS = 100, /* accept again after there were too many connections or descriptors */
    MANY_WAITING =
        256, /* from here on resumed connections move together: each MHD_run looks at all */
    TOGETHER_MS = 2,
};

enum exchange_state {
    STARTED,
    READING,
    HANDLING,
    WAITING,
    ANSWERED,
    ABANDONED,
};

struct connection {
    struct watch watch; /* for the visitor's leaving */
    struct http_server *server;
    struct list node; /* in idle, reading or waiting */
    int64_t since_ms;
    struct exchange *exchange; /* NULL between requests */
    int fd;                    /* the library's */
    struct peer peer;
    bool watched; /* is in our loop */
    bool left;    /* the visitor's side is closed */
};

/* One request and its answer. */
struct exchange {
    struct http_request request;
    struct MHD_Connection *mhd;
    struct connection *connection;
    enum exchange_state state;
    bool too_large;
    unsigned status;             /* of the answer */
    struct MHD_Response *answer; /* owned until it is queued, or of shared */
    struct http_shared *shared;  /* held until then; NULL: not shared */
    char target[];
};

struct http_shared {
    struct MHD_Response *answer;
    unsigned status;
    unsigned n_holders;
};

struct listener {
    struct watch watch;
    struct http_server *server;
    int fd; /* -1: none */
};

struct http_server {
    struct http_settings settings;
    struct MHD_Daemon *mhd;
    struct watch watch; /* the library's epoll descriptor */
    struct listener listeners[LISTENERS_MAX];
    struct list idle, reading, waiting;
    struct connection *accepting; /* while MHD_add_connection runs */
    struct http_counts counts;
    bool ready, resumed;
    int64_t resumed_ms; /* when the first of those that were resumed was */
    int64_t run_ms; /* when the library wants to run at the latest; INT64_MAX: not by itself */
    int64_t sweep_ms;
    int64_t paused_until_ms; /* 0: listeners are in the loop */
};

/* ---- answers ---- */

static struct MHD_Response *build(struct http_response *response)
{
    ENSURE(!buf_failed(&response->body));
    static char nothing[1];
    struct buf *body = &response->body;
    struct MHD_Response *built =
        body->n ? MHD_create_response_from_buffer(body->n, body->at, MHD_RESPMEM_MUST_FREE)
                : MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    ENSURE(built);
    if (body->n)
        *body = BUF(body->max); /* the library frees it */
    for (size_t i = 0; i < response->n_headers; i++)
        ENSURE(MHD_add_response_header(built, response->headers[i].name,
                                       response->headers[i].value) == MHD_YES);
    if (response->close)
        ENSURE(MHD_add_response_header(built, "Connection", "close") == MHD_YES);
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

static void drop_answer(struct exchange *x)
{
    if (x->shared)
        http_shared_release(x->shared);
    else if (x->answer)
        MHD_destroy_response(x->answer);
    x->shared = NULL;
    x->answer = NULL;
}

static enum MHD_Result queue(struct exchange *x)
{
    list_remove(&x->connection->node);
    enum MHD_Result queued = MHD_queue_response(x->mhd, x->status, x->answer);
    drop_answer(x);
    return queued;
}

static enum MHD_Result refuse(struct exchange *x, unsigned status)
{
    struct http_server *server = x->connection->server;
    struct http_response response = {0};
    server->settings.refuse(server->settings.owner, status, &response);
    response.close = true;
    server->counts.refused++;
    x->status = response.status;
    x->answer = build(&response);
    x->state = ANSWERED;
    return queue(x);
}

static void resume(struct exchange *x)
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
        resume(x);
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

/* ---- requests ---- */

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
        .target_at = url,
    };
    x->connection->server->counts.requests++;
    switch (guard_check(&head)) {
    case GUARD_OK:
        break;
    case GUARD_TOO_LONG:
        return refuse(x, 414);
    case GUARD_TOO_MANY:
        return refuse(x, 431);
    case GUARD_REFUSED:
        return refuse(x, 400);
    }
    if (guard_content_length(&head) > (int64_t)x->request.body.max)
        return refuse(x, 413);
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

/* From its first request that waits on, a connection is watched for its visitor's leaving. False where that
 * has happened. */
static bool watch_leaving(struct connection *c)
{
    if (!c->watched)
        c->watched =
            loop_add(c->server->settings.loop, c->fd, EPOLLRDHUP | EPOLLET, &c->watch) == OK;
    return c->watched && !c->left;
}

/* The request is whole. */
static enum MHD_Result handle(struct exchange *x)
{
    struct connection *c = x->connection;
    struct http_server *server = c->server;
    list_remove(&c->node);
    if (x->too_large)
        return refuse(x, 413);
    x->state = HANDLING;
    server->settings.handle(server->settings.owner, &x->request);
    if (x->state == ANSWERED)
        return queue(x);
    if (!watch_leaving(c)) {
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

static enum MHD_Result on_request(void *owner, struct MHD_Connection *mhd, const char *url,
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
        return x->answer ? queue(x) : MHD_YES;
    case HANDLING:
    case WAITING:
    case ABANDONED:
        break;
    }
    return MHD_NO;
}

/* A request's first line is there: the earliest that we hear of it, and the only time that its target is
 * shown as it was sent. */
static void *on_target(void *owner, const char *target, struct MHD_Connection *mhd)
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

static void on_completed(void *owner, struct MHD_Connection *mhd, void **context,
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
    c->exchange = NULL;
    c->since_ms = clock_ms();
    list_remove(&c->node);
    list_add_last(&server->idle, &c->node);
    drop_answer(x);
    buf_wipe(&x->request.body);
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

struct text http_header(const struct http_request *request, const char *name)
{
    const struct exchange *x = (const struct exchange *)request;
    struct guard_field wanted = {.name = text_from(name)};
    MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, keep_last, &wanted);
    return text_trim(wanted.value);
}

/* ---- connections ---- */

static void on_left(struct watch *watch, uint32_t events)
{
    (void)events;
    struct connection *c = (struct connection *)watch;
    c->left = true;
    struct exchange *x = c->exchange;
    if (!x || x->state != WAITING)
        return;
    x->state = ABANDONED;
    c->server->settings.gone(c->server->settings.owner, &x->request);
    resume(x);
}

static void on_connection(void *owner, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)mhd;
    struct http_server *server = owner;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *c = server->accepting;
        server->accepting = NULL;
        server->counts.connections++;
        *context = c;
        return;
    }
    struct connection *c = *context;
    list_remove(&c->node);
    if (c->watched)
        loop_remove(server->settings.loop, c->fd);
    server->counts.connections--;
    free(c);
}

static void admit(struct http_server *server, int fd, const struct sockaddr *address,
                  socklen_t n_address)
{
    struct connection *c = calloc(1, sizeof *c);
    ENSURE(c);
    *c = (struct connection){.watch.ready = on_left,
                             .server = server,
                             .fd = fd,
                             .peer = peer_of(address),
                             .since_ms = clock_ms()};
    list_init(&c->node);
    server->accepting = c;
    server->counts.accepted++;
    if (MHD_add_connection(server->mhd, fd, address, n_address) != MHD_YES) {
        if (server->accepting)
            free(server->accepting);
        server->accepting = NULL;
        return;
    }
    server->ready = true;
    list_add_last(&server->idle, &c->node);
}

static void pause_listeners(struct http_server *server)
{
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (server->listeners[i].fd >= 0)
            loop_remove(server->settings.loop, server->listeners[i].fd);
    server->paused_until_ms = clock_ms() + PAUSE_MS;
}

static void unpause_listeners(struct http_server *server)
{
    server->paused_until_ms = 0;
    for (int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *l = &server->listeners[i];
        if (l->fd >= 0 && loop_add(server->settings.loop, l->fd, EPOLLIN, &l->watch) != OK)
            server->paused_until_ms = clock_ms() + PAUSE_MS;
    }
}

static void on_listener(struct watch *watch, uint32_t events)
{
    (void)events;
    struct listener *l = (struct listener *)watch;
    struct http_server *server = l->server;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        if (server->counts.connections >= server->settings.max_connections) {
            pause_listeners(server);
            return;
        }
        union {
            struct sockaddr any;
            struct sockaddr_in6 in6;
            struct sockaddr_un un;
        } address = {0};
        socklen_t n_address = sizeof address;
        int fd = accept4(l->fd, &address.any, &n_address, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            admit(server, fd, &address.any, n_address);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_listeners(server); /* it stays readable: waiting for it would spin */
        if (fd < 0)
            return;
    }
}

enum status http_server_listen(struct http_server *server, int fd)
{
    for (int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *l = &server->listeners[i];
        if (l->fd >= 0)
            continue;
        l->fd = fd;
        return server->paused_until_ms
                   ? OK
                   : loop_add(server->settings.loop, fd, EPOLLIN, &l->watch);
    }
    close(fd);
    return ERR_FULL;
}

/* ---- turns ---- */

static void end_slow(struct list *list, int64_t before_ms)
{
    for (struct list *node; (node = list_first(list));) {
        struct connection *c = LIST_OWNER(node, struct connection, node);
        if (c->since_ms > before_ms)
            return;
        list_remove(node);
        shutdown(c->fd, SHUT_RDWR); /* the library sees the end and tidies up */
    }
}

static void on_ready(struct watch *watch, uint32_t events)
{
    (void)events;
    LIST_OWNER(watch, struct http_server, watch)->ready = true;
}

static bool must_run(const struct http_server *server, int64_t now)
{
    if (server->ready || now >= server->run_ms)
        return true;
    return server->resumed &&
           (server->counts.waiting < MANY_WAITING || now >= server->resumed_ms + TOGETHER_MS);
}

void http_server_turn(struct http_server *server)
{
    int64_t now = clock_ms();
    if (server->paused_until_ms && now >= server->paused_until_ms)
        unpause_listeners(server);
    if (now >= server->sweep_ms) {
        end_slow(&server->idle, now - IDLE_MS);
        end_slow(&server->reading, now - READING_MS);
        server->sweep_ms = now + SWEEP_MS;
    }
    if (!must_run(server, now))
        return;
    server->ready = server->resumed = false;
    MHD_run(server->mhd);
    MHD_UNSIGNED_LONG_LONG wait_ms;
    server->run_ms = INT64_MAX;
    if (MHD_get_timeout(server->mhd, &wait_ms) == MHD_YES)
        server->run_ms = now + (wait_ms < 60000 ? (int64_t)wait_ms : 60000);
}

int http_server_timeout_ms(struct http_server *server)
{
    if (server->ready)
        return 0;
    int64_t now = clock_ms();
    int64_t next = server->counts.connections ? server->sweep_ms : INT64_MAX;
    if (server->run_ms < next)
        next = server->run_ms;
    if (server->paused_until_ms && server->paused_until_ms < next)
        next = server->paused_until_ms;
    if (server->resumed) {
        int64_t together =
            server->counts.waiting < MANY_WAITING ? now : server->resumed_ms + TOGETHER_MS;
        next = together < next ? together : next;
    }
    if (next == INT64_MAX)
        return -1;
    return next > now ? (int)(next - now) : 0;
}

struct http_counts http_server_counts(const struct http_server *server)
{
    return server->counts;
}

/* ---- life ---- */

/* Targets are decoded by whoever knows what they mean. */
static size_t leave_escaped(void *owner, struct MHD_Connection *mhd, char *text)
{
    (void)owner;
    (void)mhd;
    return strlen(text);
}

static void init(struct http_server *server, const struct http_settings *settings)
{
    server->settings = *settings;
    server->watch.ready = on_ready;
    server->run_ms = INT64_MAX;
    list_init(&server->idle);
    list_init(&server->reading);
    list_init(&server->waiting);
    for (int i = 0; i < LISTENERS_MAX; i++)
        server->listeners[i] =
            (struct listener){.watch.ready = on_listener, .server = server, .fd = -1};
}

enum status http_server_new(const struct http_settings *settings,
                            struct http_server **ret_server, struct error *err)
{
    struct http_server *server = calloc(1, sizeof *server);
    ENSURE(server);
    init(server, settings);
    server->mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_request, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)INACTIVE_S, MHD_OPTION_CONNECTION_LIMIT,
        settings->max_connections + 1, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->mhd ? MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info || loop_add(settings->loop, info->epoll_fd, EPOLLIN, &server->watch) != OK) {
        http_server_free(server);
        return error_set(err, ERR_IO, "http", "libmicrohttpd does not start");
    }
    *ret_server = server;
    return OK;
}

/* The library must not be stopped while a connection is suspended. */
static void abandon_waiting(struct http_server *server)
{
    for (struct list *node; (node = list_first(&server->waiting));) {
        struct exchange *x = LIST_OWNER(node, struct connection, node)->exchange;
        x->state = ABANDONED;
        resume(x);
    }
    MHD_run(server->mhd);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (server->listeners[i].fd >= 0) {
            loop_remove(server->settings.loop, server->listeners[i].fd);
            close(server->listeners[i].fd);
        }
    if (server->mhd) {
        abandon_waiting(server);
        MHD_stop_daemon(server->mhd);
    }
    free(server);
}
