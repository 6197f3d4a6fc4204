/* SPDX-License-Identifier: ISC
 *
 * The kind `google`: Google Calendar by its API, version 3. doc/google.md tells how each operation is used and why.
 */
#ifndef GOOGLE_GOOGLE_H
#define GOOGLE_GOOGLE_H

#include "calendar/busylist.h"
#include "calendar/calendar.h"

struct json;

struct calendar {
    const struct server *server;
    const struct fetch_options *options;
    struct fetch *fetch;
    unsigned n_throttled; /* answers in a row that held us back without saying for how long */
};

enum { GOOGLE_WINDOW_MAX_DAYS = 800 };

/* Return the id of a calendar in paths: "primary" is the one of whoever signed in. */
struct text google_calendar_of(const struct calendar *google, struct text calendar);

/* google/busy.c */
enum status google_busy(struct calendar *google, const struct busy_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct busy_answer *ret_answer,
                        struct error *err) MUST_CHECK;

/* google/freebusy.c: when are these calendars busy, by nothing but the right to see it? ids: at most MAX_MAILBOXES, of
 * one list and status each. Fails only where nothing at all came; statuses say what is known of each. */
enum status google_free_busy(struct calendar *google, const struct text *ids, size_t n,
                             struct instant from, struct instant to, int64_t deadline_ms,
                             struct busylist *lists, enum status *statuses,
                             struct error *err) MUST_CHECK;

/* Read what freeBusy.query says of one calendar. ERR_NOT_FOUND, ERR_NO_DATA: nothing is known of it. */
enum status google_free_busy_read(const struct json *calendar,
                                  struct busylist *list) MUST_CHECK;

enum status google_view(struct calendar *google, const struct view_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct view_answer *ret_answer,
                        struct error *err) MUST_CHECK;

/* google/calendars.c, google/changes.c, google/events.c, google/check.c */
enum status google_calendars(struct calendar *google, int64_t deadline_ms, struct arena *a,
                             struct calendars_answer *ret_answer, struct error *err) MUST_CHECK;
enum status google_changes(struct calendar *google, const struct changes_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct changes_answer *ret_answer, struct error *err) MUST_CHECK;
enum status google_events(struct calendar *google, const struct events_ask *ask,
                          int64_t deadline_ms, struct arena *a,
                          struct events_answer *ret_answer, struct error *err) MUST_CHECK;
enum status google_check(struct calendar *google, const struct check_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct check_answer *ret_answer,
                         struct error *err) MUST_CHECK;

#endif
