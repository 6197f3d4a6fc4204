/* SPDX-License-Identifier: ISC
 *
 * The steps of every program (doc/boundary.md), then one loop: visitors, the vault, the parent.
 */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/versions.h"
#include "edge/answer.h"
#include "edge/edge.h"
#include "edge/route.h"
#include "format/json.h"
#include "format/url.h"
#include "http/tls.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "os/clock.h"
#include "os/jail.h"
#include "os/log.h"
#include "os/process.h"
#include "os/random.h"
#include "wire/codec.h"

enum {
    WAITING_DEFAULT = 5000,
    WAITING_MAX = 100000,
    SPARE_CONNECTIONS = 1024, /* beyond those that wait: visitors that are reading or sending */
    REDIRECTED_MAX = 256,
    BODY_MAX = 64 * 1024,
    START_MS = 60 * 1000,
    BOOKINGS_SHARE = 6, /* a booking weighs as much as six other requests */
    BURST_MIN = 10,
    WRONG_PER_MINUTE = 1, /* bearers that prove nobody, of one address: ten, then this many */
    WRONG_BURST = 10,
};

#define ZONEINFO "/usr/share/zoneinfo"

/* ---- start ---- */

static enum status configure(struct edge *edge, const struct edge_start_ask *ask,
                             struct error *err)
{
    struct edge_config *config = &edge->config;
    struct url url;
    config->base_url = arena_text(&edge->arena, ask->base_url);
    if (url_split(config->base_url, &url) != OK)
        return error_set(err, ERR_INVALID, "base_url",
                         "must be an address such as https://book.example.ch");
    config->authority = url.authority;
    config->is_https = text_equal(url.scheme, TEXT("https"));
    config->jail = ask->jail;
    config->demo = ask->demo;
    edge->may_wait_for_setup = ask->may_wait_for_setup;
    config->location = arena_text(&edge->arena, ask->location);
    config->security_contact = arena_text(&edge->arena, ask->security_contact);
    config->max_waiting = ask->max_waiting > 0 ? ask->max_waiting : WAITING_DEFAULT;
    if (config->max_waiting > WAITING_MAX)
        config->max_waiting = WAITING_MAX;
    config->max_per_minute = ask->max_per_minute > 0 ? ask->max_per_minute : 0;
    return peer_proxies_parse(ask->proxies, &config->proxies, err);
}

static int64_t at_least(int64_t value, int64_t least)
{
    return value > least ? value : least;
}

static void limit(struct edge *edge)
{
    int64_t per_minute = edge->config.max_per_minute;
    int64_t bookings = per_minute ? at_least(per_minute / BOOKINGS_SHARE, 1) : 0;
    edge->share_seed = random_u64();
    edge->rate = rate_new(per_minute, at_least(per_minute, BURST_MIN), random_u64());
    edge->rate_booking = rate_new(bookings, at_least(bookings, BURST_MIN), random_u64());
    edge->rate_wrong = rate_new(WRONG_PER_MINUTE, WRONG_BURST, random_u64());
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* How many may wait: a third is kept for others while one account's visitors take all of theirs. */
static unsigned count_places(const struct edge *edge)
{
    return (unsigned)(edge->config.max_waiting + edge->config.max_waiting / 3 + 1);
}

static enum status serve_http(struct edge *edge, const struct edge_start_ask *ask,
                              struct error *err)
{
    struct http_settings settings = {
        .loop = &edge->loop,
        .handle = visit_begin,
        .gone = visit_gone,
        .refuse = answer_refusal,
        .owner = edge,
        .max_connections = count_places(edge) + SPARE_CONNECTIONS,
        .max_body = BODY_MAX,
        .has_tls = ask->has_tls,
    };
    TRY(http_server_new(&settings, &edge->web, err));
    settings.has_tls = false;
    settings.handle = metrics_begin;
    settings.max_connections = 32;
    settings.max_body = 0;
    TRY(http_server_new(&settings, &edge->metrics, err));
    settings.handle = redirect_begin;
    settings.max_connections = REDIRECTED_MAX;
    return ask->redirects ? http_server_new(&settings, &edge->redirect, err) : OK;
}

/* Everything that needs a file or a new descriptor, and then the jail. */
static enum status start(struct edge *edge, const struct edge_start_ask *ask, struct error *err)
{
    TRY(configure(edge, ask, err));
    edge->zones = zones_load(ZONEINFO, err);
    if (!edge->zones)
        return ERR_IO;
    TRY(installers_load(arena_cstr(&edge->arena, ask->installers), &edge->arena,
                        &edge->installers, err));
    TRY(moment_init(err));
    place_init(edge->zones);
    parts_choices(&edge->arena, edge->zones, &edge->zone_choices);
    json_prepare(random_u64());
    raise_descriptors();
    limit(edge);
    if (loop_init(&edge->loop) != OK)
        return error_set(err, ERR_IO, "epoll", "cannot be had");
    TRY(serve_http(edge, ask, err));
    door_init(&edge->door, &edge->loop, count_places(edge));
    TRY(process_become(ask->uid, ask->gid, err));
    if (ask->jail)
        TRY(jail_enter(JAIL_EDGE, NULL, err));
    edge->started = clock_now();
    return OK;
}

static enum status answer_parent(struct edge *edge, const struct frame *frame,
                                 enum status status, const struct error *err)
{
    struct reply reply = reply_from(status, err);
    return link_answer(&edge->control, frame, &reply, NULL, -1, clock_ms() + START_MS);
}

static enum status wait_for_start(struct edge *edge)
{
    struct frame frame;
    struct arena a CLEANUP(arena_done) = {0};
    struct edge_start_ask ask;
    struct error err = {0};
    TRY(link_next(&edge->control, clock_ms() + START_MS, &frame));
    if (frame.type != WIRE_edge_start || !wire_may_ask(frame.type, ROLE_PARENT))
        return ERR_DENIED;
    TRY(frame_read_ask(&a, &frame, &ask));
    enum status status = start(edge, &ask, &err);
    if (status != OK)
        log_error(LOG_ERROR, "cannot start", status, &err);
    TRY(answer_parent(edge, &frame, status, &err));
    return status;
}

/* ---- the parent's messages ---- */

static enum status attach(struct edge *edge, const struct attach_ask *ask, int fd)
{
    if (fd < 0)
        return ERR_INVALID;
    switch (ask->role) {
    case ATTACH_VAULT:
        door_attach(&edge->door, fd);
        return OK;
    case ATTACH_LISTEN:
        return http_server_listen(edge->web, fd);
    case ATTACH_REDIRECT:
        if (edge->redirect)
            return http_server_listen(edge->redirect, fd);
        close(fd);
        return ERR_DENIED;
    case ATTACH_METRICS:
        return http_server_listen(edge->metrics, fd);
    default:
        close(fd);
        return ERR_DENIED;
    }
}

static enum status take_attach(struct edge *edge, const struct frame *frame)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct attach_ask ask;
    if (frame->type != WIRE_attach || !wire_may_ask(frame->type, ROLE_PARENT))
        return ERR_DENIED;
    TRY(frame_read_ask(&a, frame, &ask));
    int fd = frame->n_fds ? channel_take_fd(&edge->control.ch) : -1;
    return answer_parent(edge, frame, attach(edge, &ask, fd), NULL);
}

static enum status take_certificate(struct edge *edge, const struct frame *frame)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct certificate_ask ask;
    struct certificate_answer answer = {0};
    struct error err = {0};
    TRY(frame_read_ask(&a, frame, &ask));
    enum status status = tls_use(ask.chain, &ask.key, clock_now().s, &answer.expires.s, &err);
    wire_wipe(certificate_ask_shape, &ask);
    edge->certificate_refused = status != OK;
    if (status == OK)
        edge->certificate_s = answer.expires.s;
    struct reply reply = reply_from(status, &err);
    return link_answer(&edge->control, frame, &reply, status == OK ? &answer : NULL, -1,
                       clock_ms() + START_MS);
}

static enum status take_message(struct edge *edge, const struct frame *frame)
{
    if (!wire_may_ask(frame->type, ROLE_PARENT))
        return ERR_DENIED;
    return frame->type == WIRE_certificate ? take_certificate(edge, frame)
                                           : take_attach(edge, frame);
}

/* The parent is trusted to speak in whole messages, so waiting for the rest of one holds nobody up. */
static void on_control(struct watch *watch, uint32_t events)
{
    (void)events;
    struct edge *edge = LIST_OWNER(watch, struct edge, control_watch);
    struct frame frame;
    enum status status;
    while ((status = link_next(&edge->control, clock_ms(), &frame)) == OK)
        if ((status = take_message(edge, &frame)) != OK)
            break;
    if (status == ERR_TIMEOUT)
        return;
    if (status != ERR_CLOSED)
        log_line(LOG_ERROR, "the parent's channel broke: %s", status_name(status));
    edge->stopping = true;
}

/* ---- the loop ---- */

static int sooner(int one_ms, int other_ms)
{
    if (one_ms < 0 || other_ms < 0)
        return one_ms < 0 ? other_ms : one_ms;
    return one_ms < other_ms ? one_ms : other_ms;
}

static enum status serve(struct edge *edge)
{
    edge->control_watch.ready = on_control;
    TRY(loop_add(&edge->loop, edge->control.ch.fd, EPOLLIN, &edge->control_watch));
    on_control(&edge->control_watch, EPOLLIN); /* what came with the start */
    while (!edge->stopping) {
        int wait_ms =
            sooner(http_server_timeout_ms(edge->web), http_server_timeout_ms(edge->metrics));
        if (edge->redirect)
            wait_ms = sooner(wait_ms, http_server_timeout_ms(edge->redirect));
        wait_ms = sooner(wait_ms, door_timeout_ms(&edge->door, clock_ms()));
        TRY(loop_turn(&edge->loop, wait_ms));
        http_server_turn(edge->web);
        http_server_turn(edge->metrics);
        if (edge->redirect)
            http_server_turn(edge->redirect);
        door_turn(&edge->door, clock_ms());
        visit_turn(edge);
        if (door_is_lost(&edge->door, clock_ms())) {
            log_line(LOG_ERROR, "the vault has closed the channel; the next edge gets another");
            return ERR_CLOSED;
        }
    }
    return OK;
}

static void edge_done(struct edge *edge)
{
    http_server_free(edge->web);
    http_server_free(edge->metrics);
    http_server_free(edge->redirect);
    door_done(&edge->door);
    rate_free(edge->rate);
    rate_free(edge->rate_booking);
    rate_free(edge->rate_wrong);
    place_done();
    moment_done();
    zones_free(edge->zones);
    link_done(&edge->control);
    arena_done(&edge->arena);
}

int main(int argc, char **argv)
{
    if (versions_wanted(argc, argv))
        return versions_print();
    if (jail_probe_wanted(argc, argv))
        return jail_probe(JAIL_EDGE, NULL);
    static struct edge edge = {.loop.epoll_fd = -1};
    log_init("hourgate-edge", LOG_NOTE);
    process_prepare();
    link_init(&edge.control, PROCESS_CONTROL_FD);
    if (wait_for_start(&edge) != OK)
        return 1;
    enum status status = serve(&edge);
    if (status != OK)
        log_line(LOG_ERROR, "the loop failed: %s", status_name(status));
    edge_done(&edge);
    return status == OK ? 0 : 1;
}
