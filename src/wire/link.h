/* SPDX-License-Identifier: ISC
 *
 * A blocking conversation over a channel: one question at a time, each with a deadline. For the parent,
 * the commands, the courier and the vault's side of a courier; edge and vault talk through frames in
 * loops of their own.
 */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "base/error.h"
#include "os/channel.h"
#include "wire/frame.h"

/* Embedded by whoever wants parts of an answer as they come (wire/frame.h). */
struct link_parts {
    void (*take)(struct link_parts *parts, const void *part); /* it lives for the call */
};

enum { LINK_PARTS_MAX = 64 }; /* before one answer */

struct link {
    struct channel ch;
    struct link_parts *parts; /* of the questions from now on; NULL: they are dropped */
    uint64_t last_number;
    size_t to_drop; /* bytes of the question handed out by link_next */
};

/* Take over a socket. */
void link_init(struct link *link, int fd);
void link_done(struct link *link);

/* Ask and wait for the answer.
 *
 * Owner   fd (or -1) is given away; *ret_fd (unless NULL) is the caller's, -1 where none came;
 *         texts of reply and answer live in a; wire_wipe an answer that can hold secrets
 * Fails   ERR_TIMEOUT, ERR_CLOSED, ERR_INVALID (the peer broke the protocol): close the link.
 *         How the call itself went stands in ret_reply->status, which is returned where it is not OK.
 */
enum status link_ask(struct link *link, enum wire_type type, const void *ask, int fd,
                     int64_t deadline_ms, struct arena *a, struct reply *ret_reply,
                     void *ret_answer, int *ret_fd) MUST_CHECK;

/* The two halves of link_ask, for one who asks several links at once: send to each, then receive from
 * each. link_receive returns OK with any answer; how the call went stands in ret_reply->status. */
enum status link_send(struct link *link, enum wire_type type, const void *ask, int fd,
                      int64_t deadline_ms) MUST_CHECK;
enum status link_receive(struct link *link, enum wire_type type, int64_t deadline_ms,
                         struct arena *a, struct reply *ret_reply, void *ret_answer,
                         int *ret_fd) MUST_CHECK;

/* Wait for the next question. *ret_frame borrows from the link until link_next is called again. */
enum status link_next(struct link *link, int64_t deadline_ms,
                      struct frame *ret_frame) MUST_CHECK;

/* Answer it. answer may be NULL; fd (or -1) is given away. */
enum status link_answer(struct link *link, const struct frame *question,
                        const struct reply *reply, const void *answer, int fd,
                        int64_t deadline_ms) MUST_CHECK;

/* Send a part of the answer to a question that is being worked on. */
enum status link_part(struct link *link, const struct frame *question, const void *part,
                      int64_t deadline_ms) MUST_CHECK;

/* Build a reply from how a call went; err may be NULL. Its texts borrow from err. */
struct reply reply_from(enum status status, const struct error *err);

/* Give back a reply as the line that it was. */
void reply_to_error(const struct reply *reply, struct error *ret_err);

#endif
