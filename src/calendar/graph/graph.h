/* SPDX-License-Identifier: ISC
 *
 * The kind `graph`: calendars of Microsoft 365 and of personal Microsoft accounts by Microsoft Graph 1.0. doc/graph.md
 * tells how each request is used and why.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "calendar/busylist.h"
#include "calendar/calendar.h"

struct calendar {
    const struct server *server;
    const struct fetch_options *options;
    struct fetch *fetch;
    struct text mailbox; /* whose calendars these are; empty: of whoever signed in */
    struct text address; /* whose free/busy is asked; empty: not known */
    bool is_app;         /* signed in as an application: there is no /me */
    bool lacks_schedule; /* getSchedule was refused, as it is to personal accounts */
};

enum {
    GRAPH_WINDOW_DAYS = 42,
    GRAPH_WINDOW_MAX_DAYS = 800,
    GRAPH_SCHEDULES = 20, /* mailboxes in one getSchedule */
    GRAPH_PAGE = 500,     /* events of one page; Graph gives 1000 at most */
};

/* graph/write.c */
enum status graph_find(struct calendar *graph, const struct find_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct event_ref *ret_ref,
                       struct error *err) MUST_CHECK;
enum status graph_create(struct calendar *graph, const struct create_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                         struct error *err) MUST_CHECK;
enum status graph_update(struct calendar *graph, const struct update_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                         struct error *err) MUST_CHECK;
enum status graph_remove(struct calendar *graph, const struct remove_ask *ask,
                         int64_t deadline_ms, struct error *err) MUST_CHECK;

/* graph/busy.c, graph/view.c, graph/folders.c, graph/changes.c, graph/events.c, graph/check.c */
enum status graph_busy(struct calendar *graph, const struct busy_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct busy_answer *ret_answer,
                       struct error *err) MUST_CHECK;
enum status graph_view(struct calendar *graph, const struct view_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct view_answer *ret_answer,
                       struct error *err) MUST_CHECK;
enum status graph_calendars(struct calendar *graph, int64_t deadline_ms, struct arena *a,
                            struct calendars_answer *ret_answer, struct error *err) MUST_CHECK;
enum status graph_changes(struct calendar *graph, const struct changes_ask *ask,
                          int64_t deadline_ms, struct arena *a,
                          struct changes_answer *ret_answer, struct error *err) MUST_CHECK;
enum status graph_events(struct calendar *graph, const struct events_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct events_answer *ret_answer,
                         struct error *err) MUST_CHECK;
enum status graph_check(struct calendar *graph, const struct check_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct check_answer *ret_answer,
                        struct error *err) MUST_CHECK;

#endif
