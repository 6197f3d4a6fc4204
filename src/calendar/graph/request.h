/* SPDX-License-Identifier: ISC
 *
 * The requests: targets with their queries, and bodies.
 */
#ifndef GRAPH_REQUEST_H
#define GRAPH_REQUEST_H

#include "base/buf.h"
#include "base/instant.h"
#include "calendar/graph/graph.h"

/* "calendar" of the mailbox, or "calendars/ID"; then `rest`. */
void graph_write_calendar(const struct calendar *graph, struct text calendar_id,
                          const char *rest, struct buf *out);

/* The events of a window, series expanded; with what $select names besides what is always needed, or NULL. */
void graph_write_view(const struct calendar *graph, struct text calendar_id,
                      struct instant from, struct instant to, const char *select,
                      struct buf *out);
/* Of what changes in a window. */
void graph_write_delta(const struct calendar *graph, struct text calendar_id,
                       struct instant from, struct instant to, struct buf *out);

/* Events of ours: that of one uid, or all (uid empty). */
void graph_write_find(const struct calendar *graph, struct text calendar_id, struct text uid,
                      struct buf *out);

/* One event; to read it (has_query), or to change or remove it. */
void graph_write_event(const struct calendar *graph, struct text id, bool has_query,
                       struct buf *out);

/* The body of a new event, and that of a change: empty texts stay out of it. */
void graph_write_new(const struct event *event, struct buf *out);
void graph_write_change(const struct event *event, struct buf *out);

/* getSchedule's body. */
void graph_write_schedule(const struct mailbox *mailboxes, size_t n, struct instant from,
                          struct instant to, struct buf *out);

#endif
