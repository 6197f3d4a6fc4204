/* SPDX-License-Identifier: ISC */
#include "wire/link.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "os/clock.h"
#include "wire/codec.h"

enum { LINK_MAX = FRAME_BODY_MAX + FRAME_HEAD };

void link_init(struct link *link, int fd)
{
    *link = (struct link){0};
    channel_init(&link->ch, fd, LINK_MAX, LINK_MAX);
}

void link_done(struct link *link)
{
    channel_done(&link->ch);
}

static enum status send_all(struct link *link, int64_t deadline_ms)
{
    for (;;) {
        enum status status = channel_flush(&link->ch);
        if (status != ERR_NOT_FOUND)
            return status;
        TRY(channel_wait(&link->ch, true, deadline_ms));
    }
}

/* Wait until a whole frame stands at the front of the channel's buffer. */
static enum status receive(struct link *link, int64_t deadline_ms, struct frame *ret_frame,
                           size_t *ret_size)
{
    for (;;) {
        enum status status = frame_next(buf_text(&link->ch.in), ret_frame, ret_size);
        if (status != ERR_NOT_FOUND)
            return status;
        status = channel_fill(&link->ch);
        if (status == ERR_NOT_FOUND)
            status = channel_wait(&link->ch, false, deadline_ms);
        TRY(status);
    }
}

static uint32_t patience_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_ms();
    return left <= 0 ? 1 : left > INT32_MAX ? INT32_MAX : (uint32_t)left;
}

static enum status send_frame(struct link *link, int fd, enum status encoded,
                              int64_t deadline_ms)
{
    if (fd >= 0)
        TRY(channel_put_fd(&link->ch, fd));
    TRY(encoded);
    return send_all(link, deadline_ms);
}

enum status link_send(struct link *link, enum wire_type type, const void *ask, int fd,
                      int64_t deadline_ms)
{
    enum status encoded = frame_ask(&link->ch.out, type, ++link->last_number,
                                    patience_ms(deadline_ms), fd >= 0, ask);
    return send_frame(link, fd, encoded, deadline_ms);
}

/* Hand a part of the answer on to who wants it. */
static enum status take_part(struct link *link, const struct frame *frame)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    shape_table *shape = wire_message_of(frame->type)->answer;
    void *part = arena_alloc(&a, shape()->size);
    struct reply reply;
    if (!link->parts)
        return OK;
    TRY(frame_read_answer(&a, frame, &reply, part));
    if (reply.has_body)
        link->parts->take(link->parts, part);
    wire_wipe(shape, part);
    return OK;
}

/* Wait for the answer to the last question, past its parts. */
static enum status receive_answer(struct link *link, enum wire_type type, int64_t deadline_ms,
                                  struct frame *ret_frame, size_t *ret_size)
{
    for (int parts = 0; parts <= LINK_PARTS_MAX; parts++) {
        TRY(receive(link, deadline_ms, ret_frame, ret_size));
        if (ret_frame->kind == FRAME_ASK || ret_frame->type != type ||
            ret_frame->number != link->last_number || ret_frame->n_others)
            return ERR_INVALID;
        if (ret_frame->kind == FRAME_ANSWER)
            return OK;
        TRY(take_part(link, ret_frame));
        channel_drop(&link->ch, *ret_size);
    }
    return ERR_INVALID;
}

enum status link_receive(struct link *link, enum wire_type type, int64_t deadline_ms,
                         struct arena *a, struct reply *ret_reply, void *ret_answer,
                         int *ret_fd)
{
    struct frame frame;
    size_t size;
    TRY(receive_answer(link, type, deadline_ms, &frame, &size));
    TRY(frame_read_answer(a, &frame, ret_reply, ret_answer));
    channel_drop(&link->ch, size);
    int received = frame.n_fds ? channel_take_fd(&link->ch) : -1;
    if (frame.n_fds && received < 0)
        return ERR_INVALID;
    if (ret_fd)
        *ret_fd = received;
    else if (received >= 0)
        close(received);
    return OK;
}

enum status link_ask(struct link *link, enum wire_type type, const void *ask, int fd,
                     int64_t deadline_ms, struct arena *a, struct reply *ret_reply,
                     void *ret_answer, int *ret_fd)
{
    TRY(link_send(link, type, ask, fd, deadline_ms));
    TRY(link_receive(link, type, deadline_ms, a, ret_reply, ret_answer, ret_fd));
    return ret_reply->status;
}

enum status link_next(struct link *link, int64_t deadline_ms, struct frame *ret_frame)
{
    channel_drop(&link->ch, link->to_drop);
    link->to_drop = 0;
    TRY(receive(link, deadline_ms, ret_frame, &link->to_drop));
    return ret_frame->kind == FRAME_ASK ? OK : ERR_INVALID;
}

enum status link_answer(struct link *link, const struct frame *question,
                        const struct reply *reply, const void *answer, int fd,
                        int64_t deadline_ms)
{
    enum status encoded =
        frame_answer(&link->ch.out, question->type, question->number, fd >= 0, reply, answer);
    return send_frame(link, fd, encoded, deadline_ms);
}

enum status link_part(struct link *link, const struct frame *question, const void *part,
                      int64_t deadline_ms)
{
    return send_frame(link, -1,
                      frame_part(&link->ch.out, question->type, question->number, part),
                      deadline_ms);
}

struct reply reply_from(enum status status, const struct error *err)
{
    struct reply reply = {.status = status};
    if (err && status != OK) {
        reply.retry_s = err->retry_s;
        reply.where = text_from(err->where);
        reply.what = text_from(err->what);
    }
    return reply;
}

void reply_to_error(const struct reply *reply, struct error *ret_err)
{
    char where[MAX_WHERE + 1];
    snprintf(where, sizeof where, TEXT_FMT, TEXT_ARG(reply->where));
    error_set(ret_err, reply->status, where, TEXT_FMT, TEXT_ARG(reply->what));
    if (ret_err)
        ret_err->retry_s = reply->retry_s;
}
