/* SPDX-License-Identifier: ISC */
#include "hourgate/child.h"

#include "os/clock.h"

enum { CHILD_MS = 120000 };

/* Make the courier fork a child, and open a conversation with it. */
static enum status open_child(struct team *team, struct link *child, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct spawn_ask ask = {0};
    struct spawn_answer answer;
    struct reply reply = {0};
    int fd = -1;
    enum status status = link_ask(&team->programs[PROGRAM_COURIER].control, WIRE_spawn, &ask,
                                  -1, clock_ms() + PROGRAM_ANSWER_MS, &a, &reply, &answer, &fd);
    if (status != OK || fd < 0)
        return error_set(err, status == OK ? ERR_INVALID : status, "courier",
                         "made no child: %s", status_name(status));
    link_init(child, fd);
    return OK;
}

enum status child_ask(struct team *team, enum wire_type open_type, const void *open,
                      enum wire_type type, const void *ask, struct arena *a, void *ret_answer,
                      struct error *err)
{
    struct link child = {.ch = {.fd = -1}};
    struct open_answer opened; /* as mail_open_answer: it says nothing */
    struct reply reply = {0};
    int64_t deadline_ms = clock_ms() + CHILD_MS;
    TRY(open_child(team, &child, err));
    enum status status =
        link_ask(&child, open_type, open, -1, deadline_ms, a, &reply, &opened, NULL);
    if (status == OK)
        status = link_ask(&child, type, ask, -1, deadline_ms, a, &reply, ret_answer, NULL);
    if (status != OK && reply.status == status)
        reply_to_error(&reply, err);
    else if (status != OK)
        error_set(err, status, "courier", "no answer: %s", status_name(status));
    link_done(&child);
    return status;
}
