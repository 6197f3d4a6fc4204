/* SPDX-License-Identifier: ISC
 *
 * One connection of the kind caldav. Internal to calendar/caldav.
 */
#ifndef CALENDAR_CALDAV_INNER_H
#define CALENDAR_CALDAV_INNER_H

#include "base/buf.h"
#include "calendar/busylist.h"
#include "calendar/caldav/dav.h"
#include "calendar/ical/ical.h"

enum { CALDAV_WINDOW_MAX_DAYS = 800, CALDAV_BATCH = 50 };

struct caldav_calendar {
    struct dav_place place;
    struct text name;
    bool is_default, can_read, can_write;
};

struct calendar {
    struct dav dav;
    struct arena life;
    /* What discovery found, once; is_found: all of it. */
    bool is_found;
    struct dav_place base, principal, home;
    bool has_principal, has_outbox;
    struct dav_place outbox;
    struct caldav_calendar *calendars; /* in life; by their addresses */
    size_t n_calendars;
};

/* Find where the server's CalDAV is, without a sign-in: the configured address, or where its host's well-known
 * address leads. */
enum status caldav_find_base(struct calendar *c, int64_t deadline_ms,
                             struct error *err) MUST_CHECK;

/* Find principal, home and calendars, once in a connection's life. */
enum status caldav_find(struct calendar *c, int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Return the calendar of an id; empty: the default one. ERR_NOT_FOUND: there is none. */
enum status caldav_place_of(struct calendar *c, struct text id, int64_t deadline_ms,
                            struct arena *a, struct dav_place *ret_place,
                            struct error *err) MUST_CHECK;

/* The zone of times that say none. NULL: not known. */
const struct zone *caldav_home_zone(const struct calendar *c);

/* Is this uid, or the last part of this address, one of ours? */
bool caldav_is_our_uid(struct text uid);
bool caldav_is_our_name(struct text href);

/* Objects of a calendar, one after the other: their data is there. Texts live for the call. */
struct caldav_objects {
    void *owner;
    enum status (*object)(void *owner, const struct dav_place *place, struct text etag,
                          struct text data, struct error *err);
};

/* Read all objects that a server finds in a window (a day wider, since floating times are the server's to
 * place). Where it cuts its answer, the window's halves are read. */
enum status caldav_read_window(struct calendar *c, const struct dav_place *place,
                               struct instant from, struct instant to,
                               const struct caldav_objects *objects, int64_t deadline_ms,
                               struct error *err) MUST_CHECK;

/* Read the objects of a uid. */
enum status caldav_read_uid(struct calendar *c, const struct dav_place *place, struct text uid,
                            const struct caldav_objects *objects, int64_t deadline_ms,
                            struct error *err) MUST_CHECK;

/* Read these objects of a calendar; those that are gone are left out. */
enum status caldav_read_these(struct calendar *c, const struct dav_place *place,
                              const struct dav_place *which, size_t n,
                              const struct caldav_objects *objects, int64_t deadline_ms,
                              struct error *err) MUST_CHECK;

/* Read one object whole. ERR_NOT_FOUND. */
enum status caldav_get(struct calendar *c, const struct dav_place *place, int64_t deadline_ms,
                       struct arena *a, struct text *ret_data, char ret_etag[static 256],
                       struct error *err) MUST_CHECK;

/* ---- the jobs: calendar/calendar.h ---- */

enum status caldav_busy(struct calendar *c, const struct busy_ask *ask, int64_t deadline_ms,
                        struct arena *a, struct busy_answer *ret_answer,
                        struct error *err) MUST_CHECK;
enum status caldav_events(struct calendar *c, const struct events_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct events_answer *ret_answer,
                          struct error *err) MUST_CHECK;
enum status caldav_create(struct calendar *c, const struct create_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct event_ref *ret_ref,
                          struct error *err) MUST_CHECK;
enum status caldav_find_event(struct calendar *c, const struct find_ask *ask,
                              int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                              struct error *err) MUST_CHECK;
enum status caldav_update(struct calendar *c, const struct update_ask *ask, int64_t deadline_ms,
                          struct arena *a, struct event_ref *ret_ref,
                          struct error *err) MUST_CHECK;
enum status caldav_remove(struct calendar *c, const struct remove_ask *ask, int64_t deadline_ms,
                          struct error *err) MUST_CHECK;
enum status caldav_calendars(struct calendar *c, int64_t deadline_ms, struct arena *a,
                             struct calendars_answer *ret_answer, struct error *err) MUST_CHECK;
enum status caldav_changes(struct calendar *c, const struct changes_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct changes_answer *ret_answer, struct error *err) MUST_CHECK;
enum status caldav_view(struct calendar *c, const struct view_ask *ask, int64_t deadline_ms,
                        struct arena *a, struct view_answer *ret_answer,
                        struct error *err) MUST_CHECK;
enum status caldav_discover(struct calendar *c, const struct discover_ask *ask,
                            int64_t deadline_ms, struct arena *a,
                            struct discover_answer *ret_answer, struct error *err) MUST_CHECK;
enum status caldav_check(struct calendar *c, const struct check_ask *ask, int64_t deadline_ms,
                         struct arena *a, struct check_answer *ret_answer,
                         struct error *err) MUST_CHECK;

#endif
