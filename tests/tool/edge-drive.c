/* SPDX-License-Identifier: ISC
 *
 * Plays parent and vault for one real hourgate-edge, so that its pages can be tested and measured alone.
 *
 *     edge-drive PROGRAM [--delay MS] [--per-minute N] [--waiting N] [--proxies LIST] [--base-url URL]
 *                        [--unix PATH] [--no-vault] [--no-jail] [--now SECONDS]
 *
 * Prints `ready URL METRICS-URL` and serves until its standard input ends. Lines on it: `leave` closes the
 * vault's channel, `vault` attaches a new one. Each says `done`.
 *
 * Pages of account acme: intro (half an hour, weekdays 9 to 12 and 13 to 17 in Zurich, some taken), full
 * (nothing free), down (the calendar does not answer), brief (three slots), busy (every booking is refused),
 * unsure (bookings stay uncertain), markup (texts that would be markup). Slots lie in the 40 days from now.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "os/socket.h"
#include "time/zone.h"
#include "wire/codec.h"
#include "wire/link.h"

enum { SLOT_S = 1800, BOOKINGS_MAX = 4096, WAIT_MS = 30000, HORIZON_DAYS = 40 };

struct stored {
    struct slot slot;
    char page[MAX_SLUG + 1], name[MAX_NAME + 1], email[MAX_EMAIL + 1], zone[MAX_ZONE + 1];
    char note[MAX_ANSWER + 1], key[MAX_KEY + 1];
    enum booking_state state;
};

/* A question whose answer is due later: all delays are equal, so the queue is in order. As on the vault's
 * flights, whoever asks for the same slots meanwhile joins, and one answer is for all. */
struct due {
    struct due *next;
    int64_t at_ms;
    struct buf question; /* a frame */
    struct buf numbers;  /* uint64_t each: of all who ask it */
};

struct drive {
    const struct zone *zone;
    struct link control;
    struct channel vault;
    bool has_vault;
    int64_t delay_ms;
    struct instant started;
    struct stored bookings[BOOKINGS_MAX];
    size_t n_bookings;
    struct due *first, **last;
    uint64_t asked;
};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "edge-drive: %s\n", what);
    exit(1);
}

/* ---- the made-up calendar ---- */

static void keep(char *to, size_t size, struct text t)
{
    snprintf(to, size, TEXT_FMT, TEXT_ARG(t));
}

static bool is_offered(const struct drive *d, struct text page, struct instant start)
{
    if (text_equal(page, TEXT("full")))
        return false;
    struct civil c = zone_civil(d->zone, start);
    int64_t day = zone_day(d->zone, start);
    if (civil_weekday(day) > 4 || c.hour < 9 || c.hour == 12 || c.hour > 16)
        return false;
    if (text_equal(page, TEXT("brief")))
        return c.hour == 10 && c.minute == 0;
    return (day * 31 + c.hour * 7 + c.minute) % 4 != 0 && day % 7 != 3;
}

static bool is_taken(const struct drive *d, struct text page, struct instant start,
                     const struct stored *but)
{
    for (size_t i = 0; i < d->n_bookings; i++)
        if (&d->bookings[i] != but && d->bookings[i].slot.start.s == start.s &&
            d->bookings[i].state != BOOKING_CANCELLED &&
            text_equal(text_from(d->bookings[i].page), page))
            return true;
    return false;
}

static bool is_free(const struct drive *d, struct text page, struct instant start,
                    const struct stored *but)
{
    int64_t ahead_s = instant_until_s(clock_now(), start);
    return start.s % SLOT_S == 0 && ahead_s > 3600 && ahead_s < HORIZON_DAYS * 86400 &&
           is_offered(d, page, start) && !is_taken(d, page, start, but);
}

/* The last list is kept for a second: in a bench the double must cost nothing. */
static struct {
    char page[MAX_SLUG + 1];
    struct instant from, to;
    int64_t until_ms;
    struct slot slots[MAX_SLOTS];
    size_t n;
} last_list;

static size_t list_slots(const struct drive *d, struct text page, struct instant from,
                         struct instant to, const struct stored *but, struct slot **ret_slots)
{
    struct slot *slots = last_list.slots;
    size_t n = 0;
    *ret_slots = slots;
    if (!but && d->delay_ms && clock_ms() < last_list.until_ms && from.s == last_list.from.s &&
        to.s == last_list.to.s && text_equal(text_from(last_list.page), page))
        return last_list.n;
    int64_t now = clock_now().s, first = from.s > now ? from.s : now;
    int64_t last = now + HORIZON_DAYS * 86400;
    for (int64_t s = first - first % SLOT_S; s < to.s && s < last && n < MAX_SLOTS; s += SLOT_S)
        if (s >= from.s && is_free(d, page, (struct instant){s}, but))
            slots[n++] = (struct slot){{s}, {s + SLOT_S}};
    last_list.from = from;
    last_list.to = to;
    last_list.n = n;
    last_list.until_ms = but ? 0 : clock_ms() + 1000;
    keep(last_list.page, sizeof last_list.page, page);
    return n;
}

static bool page_exists(struct text account, struct text page)
{
    static const char *const pages[] = {"intro", "full",   "down",  "brief",
                                        "busy",  "unsure", "markup"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (text_equal(page, text_from(pages[i])))
            return text_equal(account, TEXT("acme"));
    return false;
}

static struct page_public describe(struct text page)
{
    struct page_public description = {
        .account = TEXT("acme"),
        .page = page,
        .account_name = TEXT("Acme Advisory"),
        .title = TEXT("First conversation"),
        .description = TEXT("Half an hour to find out whether we fit. Bring your questions; no "
                            "preparation is needed."),
        .host_name = TEXT("Ada Keller"),
        .location = TEXT("Bahnhofstrasse 1, Zurich"),
        .zone = TEXT("Europe/Zurich"),
        .duration_min = SLOT_S / 60,
    };
    if (text_equal(page, TEXT("markup"))) {
        description.title = TEXT("<script>alert(1)</script> & \"more\"");
        description.location = TEXT("'\"><img src=x onerror=alert(1)>");
    }
    return description;
}

/* ---- answers ---- */

struct answering {
    struct drive *drive;
    struct arena a;
    enum status status;
    bool has_body;
};

static struct booking_public show(struct arena *a, const struct drive *d,
                                  const struct stored *b)
{
    struct booking_public booking = {
        .id = text_from(arena_printf(a, "booking-%zu", (size_t)(b - d->bookings))),
        .state = b->state,
        .start = b->slot.start,
        .end = b->slot.end,
        .customer = {.name = text_from(b->name),
                     .email = text_from(b->email),
                     .zone = text_from(b->zone)},
        .page = describe(text_from(b->page)),
    };
    if (b->note[0]) {
        struct answer *note = ARENA_NEW(a, struct answer);
        *note = (struct answer){TEXT("Note"), text_from(b->note)};
        booking.customer.answers = note;
        booking.customer.n_answers = 1;
    }
    return booking;
}

static struct secret token_of(const struct drive *d, const struct stored *b)
{
    char token[32];
    int n = snprintf(token, sizeof token, "token-%zu", (size_t)(b - d->bookings));
    return secret_new(token, (size_t)n);
}

static struct stored *find_token(struct drive *d, const struct secret *token)
{
    for (size_t i = 0; i < d->n_bookings; i++) {
        struct secret each = token_of(d, &d->bookings[i]);
        bool same = secret_equal(&each, token);
        secret_free(&each);
        if (same)
            return &d->bookings[i];
    }
    return NULL;
}

static void answer_page(struct answering *x, const struct page_ask *ask,
                        struct page_answer *answer)
{
    x->status = page_exists(ask->account, ask->page) ? OK : ERR_NOT_FOUND;
    x->has_body = x->status == OK;
    answer->page = describe(ask->page);
}

static void answer_slots(struct answering *x, const struct slots_ask *ask,
                         struct slots_answer *answer)
{
    x->status = page_exists(ask->account, ask->page) ? OK : ERR_NOT_FOUND;
    if (x->status == OK && text_equal(ask->page, TEXT("down")))
        x->status = ERR_UPSTREAM;
    x->has_body = x->status == OK;
    answer->page = describe(ask->page);
    answer->n_slots = list_slots(x->drive, ask->page, ask->from, ask->to, NULL, &answer->slots);
}

static void refuse(struct answering *x, struct text page, struct instant start,
                   const struct stored *but, struct slot **ret_slots, size_t *ret_n)
{
    x->status = ERR_CONFLICT;
    struct instant now = clock_now();
    int64_t from = start.s - 3 * 86400 > now.s && start.s < now.s + 90 * 86400
                       ? start.s - 3 * 86400
                       : now.s;
    *ret_n = list_slots(x->drive, page, (struct instant){from},
                        (struct instant){from + 7 * 86400}, but, ret_slots);
}

static void answer_book(struct answering *x, const struct book_ask *ask,
                        struct book_answer *answer)
{
    struct drive *d = x->drive;
    x->status = page_exists(ask->account, ask->page) ? OK : ERR_NOT_FOUND;
    if (x->status != OK)
        return;
    x->has_body = true;
    struct stored *b = NULL;
    for (size_t i = 0; i < d->n_bookings && !b; i++)
        if (text_equal(text_from(d->bookings[i].key), ask->key))
            b = &d->bookings[i];
    if (!b) {
        if (!is_free(d, ask->page, ask->start, NULL) || text_equal(ask->page, TEXT("busy")) ||
            d->n_bookings == BOOKINGS_MAX) {
            refuse(x, ask->page, ask->start, NULL, &answer->slots, &answer->n_slots);
            return;
        }
        b = &d->bookings[d->n_bookings++];
        *b =
            (struct stored){.slot = {ask->start, instant_add_s(ask->start, SLOT_S)},
                            .state = text_equal(ask->page, TEXT("unsure")) ? BOOKING_UNCERTAIN
                                                                           : BOOKING_CONFIRMED};
        keep(b->page, sizeof b->page, ask->page);
        keep(b->name, sizeof b->name, ask->customer.name);
        keep(b->email, sizeof b->email, ask->customer.email);
        keep(b->zone, sizeof b->zone, ask->customer.zone);
        keep(b->key, sizeof b->key, ask->key);
        if (ask->customer.n_answers)
            keep(b->note, sizeof b->note, ask->customer.answers[0].answer);
    }
    answer->booking = show(&x->a, d, b);
    answer->token = token_of(d, b);
}

static void answer_booking(struct answering *x, const struct booking_ask *ask,
                           struct booking_answer *answer, bool cancel)
{
    struct stored *b = find_token(x->drive, &ask->token);
    x->status = b ? OK : ERR_NOT_FOUND;
    if (!b)
        return;
    if (cancel)
        b->state = BOOKING_CANCELLED;
    x->has_body = true;
    answer->booking = show(&x->a, x->drive, b);
}

static void answer_move_slots(struct answering *x, const struct move_slots_ask *ask,
                              struct move_slots_answer *answer)
{
    struct stored *b = find_token(x->drive, &ask->token);
    x->status = b ? OK : ERR_NOT_FOUND;
    if (!b)
        return;
    x->has_body = true;
    answer->booking = show(&x->a, x->drive, b);
    answer->n_slots =
        list_slots(x->drive, text_from(b->page), ask->from, ask->to, b, &answer->slots);
}

static void answer_move(struct answering *x, const struct move_ask *ask,
                        struct move_answer *answer)
{
    struct stored *b = find_token(x->drive, &ask->token);
    x->status = b ? OK : ERR_NOT_FOUND;
    if (!b)
        return;
    x->has_body = true;
    if (is_free(x->drive, text_from(b->page), ask->start, b))
        b->slot = (struct slot){ask->start, instant_add_s(ask->start, SLOT_S)};
    else
        refuse(x, text_from(b->page), ask->start, b, &answer->slots, &answer->n_slots);
    answer->booking = show(&x->a, x->drive, b);
}

static void answer_health(struct answering *x, struct health_answer *answer)
{
    x->has_body = true;
    answer->ready = answer->jailed = true;
    answer->up_s = instant_until_s(x->drive->started, clock_now());
    answer->counters = ARENA_NEW(&x->a, struct counter);
    answer->counters[0] = (struct counter){TEXT("questions"), (int64_t)x->drive->asked};
    answer->n_counters = 1;
}

static void answer_trust(struct answering *x, struct trust_answer *answer)
{
    x->has_body = true;
    *answer = (struct trust_answer){.ready = true,
                                    .jailed = true,
                                    .since_day = 20500,
                                    .key_day = 20400,
                                    .audit_day = 20500,
                                    .audit_holds = true};
}

static void answer_by_type(struct answering *x, enum wire_type type, const void *ask,
                           void *answer)
{
    switch (type) {
    case WIRE_page:
        answer_page(x, ask, answer);
        return;
    case WIRE_slots:
        answer_slots(x, ask, answer);
        return;
    case WIRE_book:
        answer_book(x, ask, answer);
        return;
    case WIRE_booking:
    case WIRE_cancel:
        answer_booking(x, ask, answer, type == WIRE_cancel);
        return;
    case WIRE_move_slots:
        answer_move_slots(x, ask, answer);
        return;
    case WIRE_move:
        answer_move(x, ask, answer);
        return;
    case WIRE_health:
        answer_health(x, answer);
        return;
    case WIRE_trust:
        answer_trust(x, answer);
        return;
    case WIRE_sso_offer: /* none: the answer stays empty */
        x->has_body = true;
        return;
    default:
        fail("the edge asked what it may not ask");
    }
}

/* ---- the vault's channel ---- */

static bool join(struct drive *d, const struct frame *frame)
{
    for (struct due *due = d->first; due && frame->type == WIRE_slots; due = due->next) {
        struct frame first;
        size_t size;
        if (frame_next(buf_text(&due->question), &first, &size) == OK &&
            first.type == frame->type && text_equal(first.body, frame->body)) {
            buf_add(&due->numbers, &frame->number, sizeof frame->number);
            return true;
        }
    }
    return false;
}

static void take_question(struct drive *d, const struct frame *frame, struct text bytes)
{
    if (!wire_may_ask(frame->type, ROLE_EDGE) || frame->kind != FRAME_ASK)
        fail("the edge asked what it may not ask");
    d->asked++;
    if (join(d, frame))
        return;
    struct due *due = calloc(1, sizeof *due);
    *due = (struct due){.at_ms = clock_ms() + d->delay_ms,
                        .question = BUF(FRAME_BODY_MAX + FRAME_HEAD),
                        .numbers = BUF(FRAME_BODY_MAX)};
    buf_add_text(&due->question, bytes);
    buf_add(&due->numbers, &frame->number, sizeof frame->number);
    *d->last = due;
    d->last = &due->next;
}

static void answer(struct drive *d, struct due *due)
{
    struct answering x = {.drive = d};
    struct frame frame;
    size_t size;
    if (frame_next(buf_text(&due->question), &frame, &size) != OK)
        fail("a question was lost");
    const struct wire_message *message = wire_message_of(frame.type);
    void *ask = arena_alloc(&x.a, message->ask()->size);
    void *body = arena_alloc(&x.a, message->answer()->size);
    if (frame_read_ask(&x.a, &frame, ask) != OK)
        fail("the edge's question cannot be read");
    answer_by_type(&x, frame.type, ask, body);
    struct error none = {0};
    struct reply reply = reply_from(x.status, &none);
    const uint64_t *numbers = (const void *)due->numbers.at;
    if (frame_answer_all(&d->vault.out, frame.type, numbers, due->numbers.n / sizeof *numbers,
                         &reply, x.has_body ? body : NULL) != OK)
        fail("an answer does not fit its shape");
    wire_wipe(message->ask, ask);
    wire_wipe(message->answer, body);
    arena_done(&x.a);
}

static void drop_first(struct drive *d)
{
    struct due *due = d->first;
    d->first = due->next;
    if (!d->first)
        d->last = &d->first;
    buf_done(&due->question);
    buf_done(&due->numbers);
    free(due);
}

static void leave(struct drive *d)
{
    if (d->has_vault)
        channel_done(&d->vault);
    d->has_vault = false;
    while (d->first)
        drop_first(d);
}

static void send_due(struct drive *d)
{
    while (d->first && d->first->at_ms <= clock_ms()) {
        if (d->has_vault)
            answer(d, d->first);
        drop_first(d);
    }
    if (d->has_vault && channel_flush(&d->vault) == ERR_CLOSED)
        fail("the edge is gone");
}

static void read_vault(struct drive *d)
{
    enum status status = channel_fill(&d->vault);
    if (status == ERR_CLOSED)
        fail("the edge is gone");
    struct frame frame;
    size_t size, handled = 0;
    for (;;) {
        struct text rest = buf_text(&d->vault.in);
        rest = (struct text){rest.at + handled, rest.n - handled};
        status = rest.n ? frame_next(rest, &frame, &size) : ERR_NOT_FOUND;
        if (status != OK)
            break;
        take_question(d, &frame, (struct text){rest.at, size});
        handled += size;
    }
    if (status != ERR_NOT_FOUND)
        fail("the edge's stream makes no sense");
    if (handled)
        channel_drop(&d->vault, handled);
}

/* ---- the parent's side ---- */

static void ask_control(struct drive *d, enum wire_type type, const void *ask, int fd)
{
    struct arena a = {0};
    struct reply reply = {0};
    char answer[64] = {0};
    if (link_ask(&d->control, type, ask, fd, clock_ms() + WAIT_MS, &a, &reply, answer, NULL) !=
        OK) {
        fprintf(stderr, "edge-drive: %s: " TEXT_FMT "\n", status_name(reply.status),
                TEXT_ARG(reply.what));
        exit(1);
    }
    arena_done(&a);
}

static void attach(struct drive *d, enum attach_role role, int fd)
{
    struct attach_ask ask = {.role = role};
    ask_control(d, WIRE_attach, &ask, fd);
}

static void attach_vault(struct drive *d)
{
    int ours, theirs;
    if (channel_pair(&ours, &theirs) != OK)
        fail("no socket pair");
    channel_init(&d->vault, ours, FRAME_BODY_MAX, 64 << 20);
    d->has_vault = true;
    attach(d, ATTACH_VAULT, theirs);
}

static void attach_listener(struct drive *d, enum attach_role role, const char *address,
                            char *ret_text)
{
    struct address at;
    struct error err = {0};
    int fd;
    if (address_parse(text_from(address), &at, &err) != OK ||
        socket_listen(&at, 0600, &fd, &err) != OK) {
        fprintf(stderr, "edge-drive: %s\n", err.what);
        exit(1);
    }
    address_format(&at, ret_text);
    attach(d, role, fd);
}

static void take_line(struct drive *d, const char *line)
{
    if (strncmp(line, "leave", 5) == 0)
        leave(d);
    else if (strncmp(line, "vault", 5) == 0)
        attach_vault(d);
    puts("done");
    fflush(stdout);
}

static void serve(struct drive *d)
{
    for (;;) {
        struct pollfd p[] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = d->control.ch.fd, .events = POLLIN},
            {.fd = d->has_vault ? d->vault.fd : -1,
             .events = (short)(POLLIN | (d->has_vault && d->vault.out.n ? POLLOUT : 0))},
        };
        int64_t left_ms = d->first ? d->first->at_ms - clock_ms() : 1000;
        poll(p, 3, left_ms < 0 ? 0 : (int)left_ms);
        if (p[0].revents) {
            char line[64] = {0};
            if (read(STDIN_FILENO, line, sizeof line - 1) <= 0)
                return;
            take_line(d, line);
        }
        if (p[1].revents)
            fail("the edge ended");
        if (d->has_vault && (p[2].revents & (POLLIN | POLLHUP)))
            read_vault(d);
        send_due(d);
    }
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 2; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return otherwise;
}

static bool flag(int argc, char **argv, const char *name)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

static void start(struct drive *d, struct process *edge, int argc, char **argv)
{
    int ours, theirs;
    struct error err = {0};
    const char *arguments[] = {argv[1], NULL};
    if (channel_pair(&ours, &theirs) != OK)
        fail("no socket pair");
    if (process_start(argv[1], arguments, theirs, -1, edge, &err) != OK)
        fail(err.what);
    close(theirs);
    link_init(&d->control, ours);
    struct edge_start_ask ask = {
        .base_url = text_from(option(argc, argv, "--base-url", "http://127.0.0.1")),
        .proxies = text_from(option(argc, argv, "--proxies", "")),
        .loopback = true,
        .jail = !flag(argc, argv, "--no-jail"),
        .demo = flag(argc, argv, "--demo"),
        .uid = -1,
        .gid = -1,
        .max_waiting = atoll(option(argc, argv, "--waiting", "6000")),
        .max_per_minute = atoll(option(argc, argv, "--per-minute", "0")),
    };
    ask_control(d, WIRE_edge_start, &ask, -1);
}

int main(int argc, char **argv)
{
    static struct drive d;
    struct error err = {0};
    if (argc < 2)
        fail("usage: edge-drive PROGRAM [options]");
    log_init("edge-drive", LOG_NOTE);
    struct zones *zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones)
        fail(err.what);
    d.zone = zone_find(zones, TEXT("Europe/Zurich"));
    d.last = &d.first;
    d.delay_ms = atoll(option(argc, argv, "--delay", "0"));
    d.started = clock_now();
    struct process edge = PROCESS_NONE;
    start(&d, &edge, argc, argv);
    if (!flag(argc, argv, "--no-vault"))
        attach_vault(&d);
    char web[ADDRESS_TEXT_MAX], metrics[ADDRESS_TEXT_MAX], unix_at[ADDRESS_TEXT_MAX];
    attach_listener(&d, ATTACH_LISTEN, "127.0.0.1:0", web);
    attach_listener(&d, ATTACH_METRICS, "127.0.0.1:0", metrics);
    if (option(argc, argv, "--unix", NULL))
        attach_listener(&d, ATTACH_LISTEN, option(argc, argv, "--unix", NULL), unix_at);
    printf("ready http://%s http://%s %d\n", web, metrics, (int)edge.pid);
    fflush(stdout);
    serve(&d);
    link_done(&d.control);
    int how = process_end(&edge, clock_ms() + 5000);
    leave(&d);
    zones_free(zones);
    return how;
}
