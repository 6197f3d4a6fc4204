/* SPDX-License-Identifier: ISC */
#include "wire/frame.h"

#include "wire/codec.h"

static uint64_t number_at(const char *at, size_t n)
{
    uint64_t number = 0;
    for (size_t i = n; i-- > 0;)
        number = number << 8 | (unsigned char)at[i];
    return number;
}

/* Append a head with an unknown size and return where it stands. */
static size_t put_head(struct buf *out, enum wire_type type, enum frame_kind kind,
                       unsigned n_fds, uint64_t number, uint32_t timeout_ms, uint32_t n_others)
{
    size_t at = out->n;
    buf_add_u32(out, 0);
    buf_add_byte(out, (unsigned char)type);
    buf_add_byte(out, (unsigned char)(type >> 8));
    buf_add_byte(out, (unsigned char)kind);
    buf_add_byte(out, (unsigned char)n_fds);
    buf_add_u64(out, number);
    buf_add_u32(out, timeout_ms);
    buf_add_u32(out, n_others);
    return at;
}

/* Write the size into the head at `at`; take the frame back where it failed. */
static enum status finish(struct buf *out, size_t at, enum status status)
{
    size_t body = out->n - at - FRAME_HEAD;
    if (status == OK && (buf_failed(out) || body > FRAME_BODY_MAX))
        status = ERR_FULL;
    if (status != OK) {
        out->n = at;
        return status;
    }
    for (size_t i = 0; i < 4; i++)
        out->at[at + i] = (unsigned char)(body >> (8 * i));
    return OK;
}

enum status frame_ask(struct buf *out, enum wire_type type, uint64_t number,
                      uint32_t timeout_ms, unsigned n_fds, const void *ask)
{
    const struct wire_message *message = wire_message_of(type);
    ENSURE(message);
    size_t at = put_head(out, type, FRAME_ASK, n_fds, number, timeout_ms, 0);
    if (buf_failed(out))
        return ERR_FULL;
    return finish(out, at, wire_encode(out, message->ask, ask));
}

static enum status put_answer(struct buf *out, enum wire_type type, enum frame_kind kind,
                              unsigned n_fds, const uint64_t *numbers, size_t n,
                              const struct reply *reply, const void *answer)
{
    const struct wire_message *message = wire_message_of(type);
    ENSURE(message && n > 0 && n <= FRAME_BODY_MAX / 8);
    struct reply head = *reply;
    head.has_body = answer != NULL;
    size_t at = put_head(out, type, kind, n_fds, numbers[0], 0, (uint32_t)(n - 1));
    if (buf_failed(out))
        return ERR_FULL;
    for (size_t i = 1; i < n; i++)
        buf_add_u64(out, numbers[i]);
    enum status status = wire_encode(out, reply_shape, &head);
    if (status == OK && answer)
        status = wire_encode(out, message->answer, answer);
    return finish(out, at, status);
}

enum status frame_answer(struct buf *out, enum wire_type type, uint64_t number, unsigned n_fds,
                         const struct reply *reply, const void *answer)
{
    return put_answer(out, type, FRAME_ANSWER, n_fds, &number, 1, reply, answer);
}

enum status frame_answer_all(struct buf *out, enum wire_type type, const uint64_t *numbers,
                             size_t n, const struct reply *reply, const void *answer)
{
    return put_answer(out, type, FRAME_ANSWER, 0, numbers, n, reply, answer);
}

enum status frame_part(struct buf *out, enum wire_type type, uint64_t number, const void *part)
{
    const struct reply reply = {.status = OK};
    return put_answer(out, type, FRAME_PART, 0, &number, 1, &reply, part);
}

uint64_t frame_other(const struct frame *frame, uint32_t i)
{
    return number_at(frame->others.at + (size_t)8 * i, 8);
}

enum status frame_next(struct text stream, struct frame *ret_frame, size_t *ret_size)
{
    if (stream.n < FRAME_HEAD)
        return ERR_NOT_FOUND;
    uint64_t n_body = number_at(stream.at, 4);
    uint64_t type = number_at(stream.at + 4, 2);
    uint64_t kind = number_at(stream.at + 6, 1);
    uint64_t n_fds = number_at(stream.at + 7, 1);
    uint64_t n_others = number_at(stream.at + 20, 4);
    if (n_body > FRAME_BODY_MAX || kind >= FRAME_KIND_COUNT || n_fds > 1 ||
        !wire_message_of((unsigned)type) || n_others > n_body / 8 ||
        (n_others && (kind != FRAME_ANSWER || n_fds)) || (kind == FRAME_PART && n_fds))
        return ERR_INVALID;
    if (stream.n - FRAME_HEAD < n_body)
        return ERR_NOT_FOUND;
    size_t n_before = (size_t)n_others * 8;
    *ret_frame = (struct frame){
        .type = (enum wire_type)type,
        .kind = (enum frame_kind)kind,
        .n_fds = (unsigned)n_fds,
        .number = number_at(stream.at + 8, 8),
        .timeout_ms = (uint32_t)number_at(stream.at + 16, 4),
        .n_others = (uint32_t)n_others,
        .others = {stream.at + FRAME_HEAD, n_before},
        .body = {stream.at + FRAME_HEAD + n_before, (size_t)n_body - n_before},
    };
    *ret_size = FRAME_HEAD + (size_t)n_body;
    return OK;
}

enum status frame_read_ask(struct arena *a, const struct frame *frame, void *ret_ask)
{
    return wire_decode(a, wire_message_of(frame->type)->ask, frame->body, ret_ask);
}

/* The reply has no length of its own: its two texts tell where it ends. */
static enum status reply_size(struct text body, size_t *ret_size)
{
    size_t at = 4 + 8; /* status, retry_s */
    for (int i = 0; i < 2; i++) {
        if (body.n < at + 4)
            return ERR_INVALID;
        at += 4 + (size_t)number_at(body.at + at, 4);
    }
    *ret_size = at + 1; /* has_body */
    return *ret_size <= body.n ? OK : ERR_INVALID;
}

enum status frame_read_answer(struct arena *a, const struct frame *frame,
                              struct reply *ret_reply, void *ret_answer)
{
    shape_table *shape = wire_message_of(frame->type)->answer;
    size_t size;
    TRY(reply_size(frame->body, &size));
    TRY(wire_decode(a, reply_shape, (struct text){frame->body.at, size}, ret_reply));
    struct text rest = {frame->body.at + size, frame->body.n - size};
    if (ret_reply->has_body)
        return wire_decode(a, shape, rest, ret_answer);
    memset(ret_answer, 0, shape()->size);
    return rest.n ? ERR_INVALID : OK;
}
