/* SPDX-License-Identifier: ISC
 *
 * getSchedule, for busy.c (one mailbox) and view.c (many): windows split, answers that are too full asked again by halves.
 */
#ifndef GRAPH_SCHEDULE_H
#define GRAPH_SCHEDULE_H

#include "calendar/busylist.h"
#include "calendar/graph/graph.h"

struct schedules {
    struct calendar *graph;
    const struct mailbox *mailboxes; /* borrowed */
    size_t n;
    int64_t deadline_ms;
    unsigned n_splits;
    struct busylist busy[MAX_MAILBOXES];
    enum status status[MAX_MAILBOXES]; /* the first failure of each, */
    struct error why[MAX_MAILBOXES];   /* and its words */
};

struct schedules *schedules_new(struct calendar *graph, const struct mailbox *mailboxes,
                                size_t n, int64_t deadline_ms);
void schedules_free(struct schedules *s);

/* Ask about all of them. Fails where a question did; what is said of one mailbox stands in its status. */
enum status schedules_read(struct schedules *s, struct instant from, struct instant until,
                           struct error *err) MUST_CHECK;

#endif
