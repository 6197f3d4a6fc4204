/* SPDX-License-Identifier: ISC
 *
 * The edge as a visitor sees it: any bytes on a connection, to the whole of it (libmicrohttpd, the guard, routes,
 * queries, forms, JSON, pages), before a vault that answers every question with a page and two slots. What
 * reaches the vault is a message that may be asked, and its texts are fit; what comes back is HTTP.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge/answer.h"
#include "edge/edge.h"
#include "edge/route.h"
#include "edge/visit.h"
#include "format/json.h"
#include "http/inner.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "os/clock.h"
#include "os/log.h"
#include "wire/codec.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { VALUE_MAX = 4096, TURNS_MAX = 40, CONNECTIONS_MAX = 8, BODY_MAX = 64 * 1024 };

static struct slot slots[] = {{{1900000800}, {1900002600}}, {{1900004400}, {1900006200}}};
static const struct page_public page = {.account = TEXT("acme"),
                                        .page = TEXT("intro"),
                                        .account_name = TEXT("Acme <AG>"),
                                        .title = TEXT("Intro"),
                                        .host_name = TEXT("Ann"),
                                        .zone = TEXT("Europe/Zurich"),
                                        .duration_min = 30};
/* ---- the vault ---- */

static void check_customer(const struct book_ask *ask)
{
    ENSURE(text_is_line(ask->customer.name) && text_is_line(ask->customer.email));
    ENSURE(text_is_slug(ask->account, MAX_SLUG) && text_is_slug(ask->page, MAX_SLUG));
    ENSURE(ask->key.n > 0);
    for (size_t i = 0; i < ask->customer.n_answers; i++)
        ENSURE(!text_misleads(ask->customer.answers[i].answer));
}

static void answer(struct channel *vault, const struct frame *frame)
{
    struct booking_public booking = {
        .id = TEXT("0000000000000007"),
        .state = BOOKING_CONFIRMED,
        .start = slots[0].start,
        .end = slots[0].end,
        .customer = {.name = TEXT("Carla"), .email = TEXT("c@example.org")},
        .page = page};
    struct reply ok = {.status = OK};
    struct page_answer page_answer = {.page = page};
    struct slots_answer slots_answer = {.page = page, .slots = slots, .n_slots = 2};
    struct booking_answer booking_answer = {booking};
    struct move_slots_answer move_answer = {booking, slots, 2};
    struct book_answer book_answer = {.booking = booking, .slots = slots, .n_slots = 2};
    struct health_answer health_answer = {.ready = true};
    const void *body = NULL;
    switch ((int)frame->type) {
    case WIRE_page:
        body = &page_answer;
        break;
    case WIRE_slots:
        body = &slots_answer;
        break;
    case WIRE_booking:
        body = &booking_answer;
        break;
    case WIRE_move_slots:
    case WIRE_move:
        body = &move_answer;
        break;
    case WIRE_book:
        body = &book_answer;
        ok.status = frame->number & 1 ? ERR_CONFLICT : OK;
        break;
    case WIRE_cancel:
        body = &booking_answer;
        break;
    case WIRE_health:
        body = &health_answer;
        break;
    }
    if (frame->type == WIRE_book && ok.status == OK)
        book_answer.token = secret_new("0123456789012345678901234567890123456789012", 43);
    ENSURE(frame_answer(&vault->out, frame->type, frame->number, 0, &ok, body) == OK);
    secret_free(&book_answer.token);
}

static void serve_vault(struct channel *vault)
{
    struct frame frame;
    size_t size;
    if (channel_fill(vault) != OK)
        return;
    while (frame_next(buf_text(&vault->in), &frame, &size) == OK) {
        struct arena a CLEANUP(arena_done) = {0};
        _Alignas(max_align_t) char ask[VALUE_MAX];
        ENSURE(frame.kind == FRAME_ASK && wire_may_ask(frame.type, ROLE_EDGE));
        ENSURE(frame_read_ask(&a, &frame, ask) == OK);
        if (frame.type == WIRE_book)
            check_customer((const struct book_ask *)(const void *)ask);
        wire_wipe(wire_message_of(frame.type)->ask, ask);
        answer(vault, &frame);
        channel_drop(vault, size);
    }
    ENSURE(channel_flush(vault) == OK);
}

/* ---- the edge ---- */

struct stage {
    struct edge edge;
    struct channel vault;
};

static struct stage *stage_new(void)
{
    static struct stage stage = {.edge.loop.epoll_fd = -1};
    struct edge *edge = &stage.edge;
    struct http_settings settings = {.loop = &edge->loop,
                                     .handle = visit_begin,
                                     .gone = visit_gone,
                                     .refuse = answer_refusal,
                                     .owner = edge,
                                     .max_connections = CONNECTIONS_MAX,
                                     .max_body = BODY_MAX};
    int ours, theirs;
    log_init("fuzz", LOG_ERROR);
    json_prepare(1);
    edge->config.base_url = TEXT("https://book.example");
    edge->config.authority = TEXT("book.example");
    edge->config.proxies.unix_socket = true;
    edge->config.max_waiting = CONNECTIONS_MAX;
    edge->zones = zones_load("/usr/share/zoneinfo", NULL);
    ENSURE(edge->zones && moment_init(NULL) == OK && loop_init(&edge->loop) == OK);
    place_init(edge->zones);
    parts_choices(&edge->arena, edge->zones, &edge->zone_choices);
    edge->rate = rate_new(0, 10, 1);
    edge->rate_booking = rate_new(0, 10, 1);
    ENSURE(http_server_new(&settings, &edge->web, NULL) == OK);
    door_init(&edge->door, &edge->loop, CONNECTIONS_MAX);
    ENSURE(channel_pair(&ours, &theirs) == OK);
    door_attach(&edge->door, ours);
    channel_init(&stage.vault, theirs, 1 << 20, 1 << 20);
    edge->started = clock_now();
    return &stage;
}

static void turn(struct stage *stage)
{
    struct edge *edge = &stage->edge;
    ENSURE(loop_turn(&edge->loop, 0) == OK);
    http_server_turn(edge->web);
    door_turn(&edge->door, clock_ms());
    visit_turn(edge);
    serve_vault(&stage->vault);
}

static void hear(int fd)
{
    char bytes[64 * 1024];
    for (bool is_first = true;; is_first = false) {
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0)
            return;
        ENSURE(!is_first || (got > 9 && memcmp(bytes, "HTTP/1.", 7) == 0));
    }
}

/* The first byte says in how many pieces the rest comes. */
int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static struct stage *stage;
    const struct sockaddr local = {.sa_family = AF_UNIX};
    int pair[2];
    if (!stage)
        stage = stage_new();
    if (n < 2)
        return 0;
    size_t piece = n / (1 + at[0] % 4) + 1;
    ENSURE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    connection_admit(stage->edge.web, pair[0], &local, sizeof local);
    for (size_t i = 1; i < n; i += piece) {
        (void)!send(pair[1], at + i, n - i < piece ? n - i : piece, MSG_NOSIGNAL);
        for (int k = 0; k < 4; k++)
            turn(stage);
    }
    hear(pair[1]);
    close(pair[1]);
    for (int i = 0; i < TURNS_MAX && http_server_counts(stage->edge.web).connections; i++)
        turn(stage);
    ENSURE(http_server_counts(stage->edge.web).connections == 0);
    ENSURE(http_server_counts(stage->edge.web).waiting == 0);
    return 0;
}
