/* SPDX-License-Identifier: ISC */
#include "edge/door.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "os/clock.h"
#include "os/log.h"
#include "wire/codec.h"

enum {
    IN_MAX = FRAME_HEAD + FRAME_BODY_MAX + 64 * 1024,
    OUT_MAX = 8 << 20,
    LOST_MS = 5000,
    OUT_MANY = 1024, /* bytes of questions that do not wait for the end of the turn */
};

static const int64_t patience_ms[DOOR_PATIENCE_COUNT] = {
    [DOOR_READ] = 40 * 1000, [DOOR_WRITE] = 55 * 1000};

void door_init(struct door *door, struct loop *loop, uint32_t max_waiting)
{
    *door = (struct door){.loop = loop, .channel = {.fd = -1}, .n_places = max_waiting};
    door->places = calloc((size_t)max_waiting + 1, sizeof *door->places);
    ENSURE(door->places);
    for (uint32_t i = 0; i < max_waiting; i++)
        door->places[i].next_free = i + 1;
    for (int i = 0; i < DOOR_PATIENCE_COUNT; i++)
        list_init(&door->waiting[i]);
}

/* ---- the table ---- */

static bool take_place(struct door *door, struct door_question *question)
{
    uint32_t place = door->places[0].next_free;
    if (place == 0)
        return false;
    door->places[0].next_free = door->places[place].next_free;
    door->places[place].question = question;
    door->places[place].generation++;
    question->place = place;
    door->n_waiting++;
    return true;
}

void door_forget(struct door *door, struct door_question *question)
{
    if (question->place == 0)
        return;
    struct door_place *place = &door->places[question->place];
    place->question = NULL;
    place->next_free = door->places[0].next_free;
    door->places[0].next_free = question->place;
    question->place = 0;
    list_remove(&question->node);
    door->n_waiting--;
}

static uint64_t number_of(const struct door *door, uint32_t place)
{
    return (uint64_t)door->places[place].generation << 32 | place;
}

static struct door_question *find(const struct door *door, uint64_t number)
{
    uint32_t place = (uint32_t)number;
    if (place == 0 || place > door->n_places || number != number_of(door, place))
        return NULL;
    return door->places[place].question;
}

/* Nobody will answer. What was to be written may have been written all the same. */
static void give_up(struct door *door, struct door_question *question,
                    enum door_patience patience)
{
    door_forget(door, question);
    question->batch = 0;
    question->answered(question, patience == DOOR_WRITE ? ERR_UNCERTAIN : ERR_CLOSED, 0, NULL);
}

/* ---- the channel ---- */

/* The vault is gone, or talks nonsense, which is the same to us. */
static void shut(struct door *door)
{
    if (!door->open)
        return;
    door->open = false;
    door->shut_ms = clock_ms();
    loop_remove(door->loop, door->channel.fd);
    channel_done(&door->channel);
    for (int i = 0; i < DOOR_PATIENCE_COUNT; i++)
        for (struct list *node; (node = list_first(&door->waiting[i]));)
            give_up(door, LIST_OWNER(node, struct door_question, node), (enum door_patience)i);
}

/* Find who asked, who then waits no longer. NULL: nobody any more. */
static struct door_question *take_question(struct door *door, enum wire_type type,
                                           uint64_t number)
{
    struct door_question *question = find(door, number);
    if (!question || question->type != type) {
        door->late++;
        return NULL;
    }
    door_forget(door, question);
    return question;
}

/* Decode into ret_reply and the arena. An answer that makes no sense is the vault's failure. */
static void *read_answer(struct arena *a, const struct frame *frame, struct reply *ret_reply)
{
    const struct wire_message *message = wire_message_of(frame->type);
    void *answer = arena_alloc(a, message->answer()->size);
    if (frame_read_answer(a, frame, ret_reply, answer) == OK)
        return ret_reply->has_body ? answer : NULL;
    log_line(LOG_ERROR, "the vault's answer to %s cannot be read", message->name);
    *ret_reply = (struct reply){.status = ERR_INVALID};
    return NULL;
}

/* One answer to many: it is decoded once, and lent to each of them. */
static void on_shared_answer(struct door *door, const struct frame *frame)
{
    struct arena a = {0};
    struct reply reply = {0};
    void *answer = read_answer(&a, frame, &reply);
    uint64_t batch = ++door->n_batches;
    for (uint32_t i = 0; i <= frame->n_others; i++) {
        uint64_t number = i == 0 ? frame->number : frame_other(frame, i - 1);
        struct door_question *question = take_question(door, frame->type, number);
        if (!question)
            continue;
        question->batch = batch;
        question->answered(question, reply.status, reply.retry_s, answer);
    }
    if (answer)
        wire_wipe(wire_message_of(frame->type)->answer, answer);
    arena_wipe(&a);
}

static void on_answer(struct door *door, const struct frame *frame)
{
    if (frame->n_others) {
        on_shared_answer(door, frame);
        return;
    }
    struct door_question *question = take_question(door, frame->type, frame->number);
    if (!question)
        return;
    struct reply reply = {0};
    void *answer = read_answer(question->arena, frame, &reply);
    question->batch = 0;
    question->answered(question, reply.status, reply.retry_s, answer);
}

/* What is still to be answered tells something already. */
static void on_part(struct door *door, const struct frame *frame)
{
    struct door_question *question = find(door, frame->number);
    if (!question || question->type != frame->type || !question->part)
        return;
    struct arena a = {0};
    struct reply reply = {0};
    void *part = read_answer(&a, frame, &reply);
    if (part)
        question->part(question, part);
    if (part)
        wire_wipe(wire_message_of(frame->type)->answer, part);
    arena_wipe(&a);
}

/* Handle every whole frame that is there; false where the stream makes no sense. Wiped after each as it may
 * hold a customer's words. */
static bool read_frames(struct door *door)
{
    size_t handled = 0;
    enum status status = OK;
    while (status == OK) {
        struct text rest = buf_text(&door->channel.in);
        rest = (struct text){rest.at + handled, rest.n - handled};
        struct frame frame;
        size_t size;
        status = rest.n ? frame_next(rest, &frame, &size) : ERR_NOT_FOUND;
        if (status != OK)
            break;
        if (frame.kind == FRAME_ASK || frame.n_fds != 0)
            return false;
        if (frame.kind == FRAME_PART)
            on_part(door, &frame);
        else
            on_answer(door, &frame);
        handled += size;
    }
    if (handled)
        channel_drop(&door->channel, handled);
    return status == ERR_NOT_FOUND;
}

static void set_wants_out(struct door *door, bool wants_out)
{
    if (door->wants_out == wants_out)
        return;
    door->wants_out = wants_out;
    uint32_t events = EPOLLIN | (wants_out ? (uint32_t)EPOLLOUT : 0);
    if (loop_change(door->loop, door->channel.fd, events, &door->watch) != OK)
        shut(door);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct door *door = LIST_OWNER(watch, struct door, watch);
    if (!door->open || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    enum status status = channel_fill(&door->channel);
    if (status == OK && read_frames(door))
        return;
    if (status == ERR_NOT_FOUND)
        return;
    log_line(LOG_WARN, status == OK ? "the vault sent what is no answer" : "the vault is gone");
    shut(door);
}

void door_attach(struct door *door, int fd)
{
    shut(door);
    channel_init(&door->channel, fd, IN_MAX, OUT_MAX);
    door->watch.ready = on_ready;
    door->wants_out = false;
    door->open = true;
    door->shut_ms = 0;
    if (loop_add(door->loop, fd, EPOLLIN, &door->watch) != OK)
        shut(door);
}

void door_done(struct door *door)
{
    if (door->open) {
        loop_remove(door->loop, door->channel.fd);
        channel_done(&door->channel);
    }
    free(door->places);
}

enum status door_ask(struct door *door, struct door_question *question, enum wire_type type,
                     const void *ask, enum door_patience patience)
{
    if (!door->open)
        return ERR_CLOSED;
    if (!take_place(door, question))
        return ERR_FULL;
    question->type = type;
    question->deadline_ms = clock_ms() + patience_ms[patience];
    list_add_last(&door->waiting[patience], &question->node);
    enum status status = frame_ask(&door->channel.out, type, number_of(door, question->place),
                                   (uint32_t)patience_ms[patience], 0, ask);
    if (status != OK) {
        door_forget(door, question);
        return status;
    }
    door->asked++;
    /* A crowd's turn is long: the vault begins meanwhile. Where this fails door_turn will see it. */
    if (door->channel.out.n >= OUT_MANY && !door->wants_out)
        (void)!channel_flush(&door->channel);
    return OK;
}

void door_turn(struct door *door, int64_t now_ms)
{
    for (int i = 0; i < DOOR_PATIENCE_COUNT; i++)
        for (struct list *node; (node = list_first(&door->waiting[i]));) {
            struct door_question *question = LIST_OWNER(node, struct door_question, node);
            if (question->deadline_ms > now_ms)
                break;
            door->timeouts++;
            give_up(door, question, (enum door_patience)i);
        }
    if (!door->open || door->channel.out.n == 0)
        return;
    enum status status = channel_flush(&door->channel);
    if (status == OK || status == ERR_NOT_FOUND) {
        set_wants_out(door, status == ERR_NOT_FOUND);
    } else {
        log_line(LOG_WARN, "the vault is gone");
        shut(door);
    }
}

bool door_is_lost(const struct door *door, int64_t now_ms)
{
    return door->shut_ms && now_ms >= door->shut_ms + LOST_MS;
}

int door_timeout_ms(const struct door *door, int64_t now_ms)
{
    int64_t next = door->shut_ms ? door->shut_ms + LOST_MS : INT64_MAX;
    for (int i = 0; i < DOOR_PATIENCE_COUNT; i++) {
        struct list *node = list_first((struct list *)&door->waiting[i]);
        if (!node)
            continue;
        int64_t deadline = LIST_OWNER(node, struct door_question, node)->deadline_ms;
        next = deadline < next ? deadline : next;
    }
    if (next == INT64_MAX)
        return -1;
    return next > now_ms ? (int)(next - now_ms) : 0;
}
