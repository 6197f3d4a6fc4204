/* SPDX-License-Identifier: ISC
 *
 * A stream of frames from a captured peer. Whatever is accepted must be exactly what the encoder writes.
 */
#include "base/arena.h"
#include "wire/codec.h"
#include "wire/frame.h"

enum { VALUE_MAX = 4096 }; /* the largest struct of a message, checked below */

static void check_same(shape_table *shape, const void *value, struct text bytes)
{
    struct buf again = BUF(FRAME_BODY_MAX);
    ENSURE(wire_encode(&again, shape, value) == OK);
    ENSURE(text_equal(buf_text(&again), bytes));
    buf_done(&again);
}

static void try_ask(const struct frame *frame)
{
    shape_table *shape = wire_message_of(frame->type)->ask;
    struct arena a = {0};
    _Alignas(max_align_t) char value[VALUE_MAX];
    ENSURE(shape()->size <= sizeof value);
    if (frame_read_ask(&a, frame, value) == OK) {
        check_same(shape, value, frame->body);
        wire_wipe(shape, value);
    }
    arena_done(&a);
}

static void try_answer(const struct frame *frame)
{
    shape_table *shape = wire_message_of(frame->type)->answer;
    struct arena a = {0};
    struct reply reply;
    _Alignas(max_align_t) char value[VALUE_MAX];
    ENSURE(shape()->size <= sizeof value);
    if (frame_read_answer(&a, frame, &reply, value) == OK) {
        struct buf again = BUF(FRAME_BODY_MAX + FRAME_HEAD);
        ENSURE(frame_answer(&again, frame->type, frame->number, frame->n_fds, &reply,
                            reply.has_body ? value : NULL) == OK);
        ENSURE(again.n == FRAME_HEAD + frame->body.n &&
               memcmp(again.at + FRAME_HEAD, frame->body.at, frame->body.n) == 0);
        buf_done(&again);
        wire_wipe(shape, value);
    }
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct text stream = {(const char *)data, size};
    struct frame frame;
    size_t n;
    while (frame_next(stream, &frame, &n) == OK) {
        if (frame.kind == FRAME_ASK)
            try_ask(&frame);
        else
            try_answer(&frame);
        stream = (struct text){stream.at + n, stream.n - n};
    }
    return 0;
}
