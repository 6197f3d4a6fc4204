/* SPDX-License-Identifier: ISC
 *
 * A message in a stream. A frame is a head of 24 bytes and a body:
 *
 *     u32 body bytes | u16 type | u8 kind | u8 descriptors | u64 number | u32 timeout_ms | u32 others
 *
 * A question's number is its asker's choice and comes back on the answer. The body of a question is
 * x_ask; the body of an answer is a reply and, where reply.has_body, x_answer. One answer may be that of
 * many equal questions: then the numbers of the others, u64 each, stand before the reply.
 *
 * Before an answer parts of it may come, as they become known, in the form of an answer each. The answer itself is
 * whole without them: whoever does not want them drops them.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "wire/messages.h"

enum { FRAME_HEAD = 24, FRAME_BODY_MAX = 4 << 20 };

enum frame_kind { FRAME_ASK, FRAME_ANSWER, FRAME_PART, FRAME_KIND_COUNT };

struct frame {
    enum wire_type type;
    enum frame_kind kind;
    unsigned n_fds; /* descriptors that ride on it: 0 or 1 */
    uint64_t number;
    uint32_t timeout_ms; /* questions: how long the asker waits; 0 says nothing */
    uint32_t n_others;   /* answers: further questions that it answers */
    struct text others;  /* their numbers; borrowed as the body is */
    struct text body;    /* borrowed from the stream's buffer */
};

/* Append a question. timeout_ms as in struct frame; n_fds descriptors must be sent with it. */
enum status frame_ask(struct buf *out, enum wire_type type, uint64_t number,
                      uint32_t timeout_ms, unsigned n_fds, const void *ask) MUST_CHECK;

/* Append an answer; answer NULL: the reply alone. */
enum status frame_answer(struct buf *out, enum wire_type type, uint64_t number, unsigned n_fds,
                         const struct reply *reply, const void *answer) MUST_CHECK;

/* Append a part of an answer that is still to come. */
enum status frame_part(struct buf *out, enum wire_type type, uint64_t number,
                       const void *part) MUST_CHECK;

/* Append one answer to n questions, at least one. */
enum status frame_answer_all(struct buf *out, enum wire_type type, const uint64_t *numbers,
                             size_t n, const struct reply *reply,
                             const void *answer) MUST_CHECK;

/* Return the number of one of the others. */
uint64_t frame_other(const struct frame *frame, uint32_t i);

/* Look at the first frame in a stream. ERR_NOT_FOUND where it is not complete yet, ERR_INVALID where it
 * cannot be one: the channel is to be closed. *ret_size is what to drop once it was handled. */
enum status frame_next(struct text stream, struct frame *ret_frame,
                       size_t *ret_size) MUST_CHECK;

/* Decode the question of a FRAME_ASK; wire_wipe(its shape) afterwards. */
enum status frame_read_ask(struct arena *a, const struct frame *frame,
                           void *ret_ask) MUST_CHECK;

/* Decode an answer, or a part of one. Where the reply has no body *ret_answer is zeroed. Returns ERR_INVALID where the
 * bytes are wrong; how the call went stands in ret_reply->status. */
enum status frame_read_answer(struct arena *a, const struct frame *frame,
                              struct reply *ret_reply, void *ret_answer) MUST_CHECK;

#endif
