/* SPDX-License-Identifier: ISC
 *
 * The kind `ews`: Exchange Web Services, Exchange 2013 and later. doc/exchange.md tells how each operation
 * is used and why.
 */
#ifndef EWS_EWS_H
#define EWS_EWS_H

#include "calendar/calendar.h"
#include "calendar/ews/request.h"
#include "calendar/ews/soap.h"

struct calendar {
    const struct server *server;
    const struct fetch_options *options;
    struct soap soap;
    struct text impersonate;
    struct text address;     /* whose free/busy is asked; empty: not known */
    struct text folder_of;   /* mailbox to name in folder ids; empty: the caller's own */
    struct ews_watch *watch; /* NULL: this child watches nothing */
};

enum { EWS_WINDOW_DAYS = 42, EWS_WINDOW_MAX_DAYS = 800 };

struct ews_target ews_target_of(const struct calendar *ews, struct text calendar_id);

/* The same for any mailbox of the sign-in: its default calendar, and the mailbox that X-AnchorMailbox names. */
enum status ews_check_mailbox(struct text impersonate, struct text mailbox,
                              struct error *err) MUST_CHECK;
struct ews_target ews_target_for(const struct server *server, struct text impersonate,
                                 struct text mailbox);
struct text ews_anchor_of(const struct server *server, struct text impersonate,
                          struct text mailbox);

/* ews/busy.c, ews/view.c, ews/folders.c, ews/discover.c and ews/check.c */
enum status ews_busy(struct calendar *ews, const struct busy_ask *ask, int64_t deadline_ms,
                     struct arena *a, struct busy_answer *ret_answer,
                     struct error *err) MUST_CHECK;
enum status ews_view(struct calendar *ews, const struct view_ask *ask, int64_t deadline_ms,
                     struct arena *a, struct view_answer *ret_answer,
                     struct error *err) MUST_CHECK;
enum status ews_calendars(struct calendar *ews, int64_t deadline_ms, struct arena *a,
                          struct calendars_answer *ret_answer, struct error *err) MUST_CHECK;

/* ews/changes.c */
enum status ews_changes(struct calendar *ews, const struct changes_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct changes_answer *ret_answer,
                        struct error *err) MUST_CHECK;

/* ews/events.c */
enum status ews_events(struct calendar *ews, const struct events_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct events_answer *ret_answer,
                       struct error *err) MUST_CHECK;
/* ews/watch.c */
enum status ews_watch_open(struct calendar *ews, const struct watch_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct watch_answer *ret_answer, struct error *err) MUST_CHECK;
enum status ews_watch_wait(struct calendar *ews, int64_t deadline_ms, struct arena *a,
                           struct watch_wait_answer *ret_answer, struct error *err) MUST_CHECK;
enum status ews_watch_end(struct calendar *ews, int64_t deadline_ms,
                          struct error *err) MUST_CHECK;
void ews_watch_free(struct ews_watch *watch); /* accepts NULL */

/* By Autodiscover; OK with neither host, online nor asks where no server was found. */
enum status ews_discover(struct calendar *ews, const struct discover_ask *ask,
                         int64_t deadline_ms, struct arena *a,
                         struct discover_answer *ret_answer, struct error *err) MUST_CHECK;

/* Add the quarters of an hour that the digits beside events call unknown: it stands in the digits alone. NULL:
 * there are none. */
void ews_add_unknown(struct busylist *busy, const char *digits, struct instant from);

/* Add what the digits of a merged view say; ERR_NO_DATA where they do not reach to the window's end. */
enum status ews_add_merged(struct busylist *busy, const char *digits, struct instant from,
                           struct instant to, struct error *err) MUST_CHECK;

enum status ews_check(struct calendar *ews, const struct check_ask *ask, int64_t deadline_ms,
                      struct arena *a, struct check_answer *ret_answer,
                      struct error *err) MUST_CHECK;

#endif
