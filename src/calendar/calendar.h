/* SPDX-License-Identifier: ISC
 *
 * One calendar server behind one interface, seen from the courier: what a kind (ews, later graph, google,
 * caldav) must be able to do. A kind is a table of these functions; tests/flow/conformance runs
 * against all of them. What a kind cannot do is NULL, and ERR_UNSUPPORTED to whoever asks for it: all but
 * open, close, act, busy and check may be.
 *
 * All functions block until deadline_ms of clock_ms at the latest. How failures are told apart:
 *
 *   ERR_AUTH       the server refused the sign-in (once: nothing here repeats one)
 *   ERR_DENIED     signed in, but not allowed to do this
 *   ERR_NOT_FOUND  no such mailbox, calendar or event
 *   ERR_LIMIT      throttled; err->retry_s is at least 1
 *   ERR_NO_DATA    the server does not know when the mailbox is busy
 *   ERR_CONFLICT   the event was changed by somebody else at the same time
 *   ERR_UNCERTAIN  create and update: the change may stand; find tells
 *   ERR_NETWORK, ERR_TLS, ERR_TIMEOUT, ERR_UPSTREAM, ERR_UNSUPPORTED, ERR_CLOSED as everywhere
 */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include "base/arena.h"
#include "base/error.h"
#include "fetch/client.h"
#include "wire/messages.h"

struct calendar; /* one connection of one kind */

struct calendar_ops {
    const char *name;

    /* Keep what is needed to talk to the server; sends nothing. server and options are borrowed for life. */
    enum status (*open)(const struct server *server, const struct fetch_options *options,
                        struct calendar **ret_calendar, struct error *err) MUST_CHECK;
    void (*close)(struct calendar *calendar);

    /* The server's impersonate and mailbox were changed: act for that one from now on. ERR_INVALID. */
    enum status (*act)(struct calendar *calendar, struct error *err) MUST_CHECK;

    /* When is it busy? Sorted, merged per status, clipped to the window; lives in a. Never a part. */
    enum status (*busy)(struct calendar *calendar, const struct busy_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct busy_answer *ret_answer,
                        struct error *err) MUST_CHECK;

    /* Write an event with our uid where find finds it, and read it back. */
    enum status (*create)(struct calendar *calendar, const struct create_ask *ask,
                          int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                          struct error *err) MUST_CHECK;

    enum status (*find)(struct calendar *calendar, const struct find_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                        struct error *err) MUST_CHECK;

    /* Move and rename an event of ours; empty texts stay as they are. Found again by uid where its id changed. */
    enum status (*update)(struct calendar *calendar, const struct update_ask *ask,
                          int64_t deadline_ms, struct arena *a, struct event_ref *ret_ref,
                          struct error *err) MUST_CHECK;

    /* Remove an event of ours; gone already is OK. */
    enum status (*remove)(struct calendar *calendar, const struct remove_ask *ask,
                          int64_t deadline_ms, struct error *err) MUST_CHECK;

    /* When are these mailboxes busy? Each has its own status; one that is refused says nothing of the
     * others. Lives in a. */
    enum status (*view)(struct calendar *calendar, const struct view_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct view_answer *ret_answer,
                        struct error *err) MUST_CHECK;

    /* Which calendars are there, and what may we do in each? Lives in a. */
    enum status (*calendars)(struct calendar *calendar, int64_t deadline_ms, struct arena *a,
                             struct calendars_answer *ret_answer, struct error *err) MUST_CHECK;

    /* What became of our events since a state? Lives in a. */
    enum status (*changes)(struct calendar *calendar, const struct changes_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct changes_answer *ret_answer, struct error *err) MUST_CHECK;

    /* Which events are in one calendar? In the order of their starts. For their owner's own view alone: nothing else
     * here looks at titles. The answer's secrets are the caller's. ERR_INVALID where
     * there are more than fit. */
    enum status (*events)(struct calendar *calendar, const struct events_ask *ask,
                          int64_t deadline_ms, struct arena *a,
                          struct events_answer *ret_answer, struct error *err) MUST_CHECK;
    /* Have changes in mailboxes told, wait for a hint, give it up: wire/courier.h. One stream for a connection.
     *
     * Fails   besides, ERR_FULL: the server lets this sign-in hold no stream (or mailbox) more */
    enum status (*watch)(struct calendar *calendar, const struct watch_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct watch_answer *ret_answer,
                         struct error *err) MUST_CHECK;
    enum status (*watch_wait)(struct calendar *calendar, int64_t deadline_ms, struct arena *a,
                              struct watch_wait_answer *ret_answer,
                              struct error *err) MUST_CHECK;
    enum status (*unwatch)(struct calendar *calendar, int64_t deadline_ms,
                           struct error *err) MUST_CHECK;

    /* Find the server of the mailbox's address; the connection was opened without a host and serves for
     * nothing else. OK also where a person must be asked first (asks), or nothing was found. */
    enum status (*discover)(struct calendar *calendar, const struct discover_ask *ask,
                            int64_t deadline_ms, struct arena *a,
                            struct discover_answer *ret_answer, struct error *err) MUST_CHECK;

    /* The doctor: every layer up to the mailbox. Fails only where it could not even look. */
    enum status (*check)(struct calendar *calendar, const struct check_ask *ask,
                         int64_t deadline_ms, struct arena *a, struct check_answer *ret_answer,
                         struct error *err) MUST_CHECK;
};

/* The kinds there are; a row in calendar.c for each. */
extern const struct calendar_ops ews_ops;
extern const struct calendar_ops graph_ops;
extern const struct calendar_ops google_ops;
extern const struct calendar_ops caldav_ops;
extern const struct calendar_ops ics_ops;

/* Return the functions of a kind; NULL: no courier serves it. */
const struct calendar_ops *calendar_ops_of(enum calendar_kind kind);

#endif
