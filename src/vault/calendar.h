/* SPDX-License-Identifier: ISC
 *
 * The one way to a calendar, whatever its kind. It decides whether anything is sent at all:
 *
 *     refused sign-in   tried again once, 15 minutes later; then paused until the password is replaced,
 *                       since directories lock people out. Until a password has proved itself, one job
 *                       at a time goes out with it.
 *     throttled         nothing is sent until the server's time has passed
 *     budget            so much at once and over time for a mailbox and a server (vault/budget.h)
 *
 * Connections are named by their rows in the store. What is said of a sign-in holds for a service account as a
 * whole, whoever goes through it. Which calendars are read is the connection's choice; of one that is
 * free/busy only nothing but availability is asked.
 */
#ifndef VAULT_CALENDAR_H
#define VAULT_CALENDAR_H

#include "base/map.h"
#include "store/store.h"
#include "vault/budget.h"
#include "vault/courier.h"
#include "vault/desk.h"
#include "vault/metrics.h"
#include "vault/oauth.h"

enum {
    CALENDAR_INSIDE = 8, /* visitors' questions to one calendar at a time, waiting ones too: a
                                    dead server must not hold every worker */
    CALENDAR_RETRY_S = 900,      /* a refused sign-in is tried again after this */
    CALENDAR_LIMIT_S = 30,       /* a throttled server that does not say how long */
    CALENDAR_LIMIT_MAX_S = 3600, /* and one that exaggerates */
};

struct calendar {
    struct store *store;
    struct couriers *couriers;
    struct metrics *metrics;
    struct instant (*now)(void);
    int64_t timeout_ms;   /* of one job */
    int64_t tell_after_s; /* a connection that fails for so long is told of */
    pthread_mutex_t lock;
    pthread_cond_t proved; /* a gate changed */
    struct map gates; /* of struct gate, by connection; they live as long as the calendar */
    struct budgets budgets;
    struct grants grants; /* access tokens */
    struct desks desks;   /* calendars on somebody's PC */
};

void calendar_init(struct calendar *cal);
void calendar_done(struct calendar *cal);

/* Ask when a calendar is busy, fresh. Start, end and status only; sorted, merged, clipped. What is not
 * for_booking yields to what is.
 *
 * Common to all that follow
 *   Owner   texts and lists of results live in a
 *   Fails   ERR_PAUSED, ERR_LIMIT (retry after err->retry_s): nothing was sent
 *           ERR_AUTH, ERR_NETWORK, ERR_TLS, ERR_UPSTREAM, ERR_NO_DATA, ERR_DENIED
 *           ERR_TIMEOUT for a read, ERR_UNCERTAIN for a write: sent, and no answer came
 *           ERR_FULL, ERR_CLOSED: no courier was free, or none runs; nothing was sent
 *           ERR_NOT_FOUND: no such connection; of find, no such event
 *   Limits  returns by deadline_ms of clock_ms; no job is given longer than timeout_ms
 */
enum status calendar_busy(struct calendar *cal, int64_t connection, const struct busy_ask *ask,
                          bool for_booking, int64_t deadline_ms, struct arena *a,
                          struct busy_answer *ret_busy, struct error *err) MUST_CHECK;

/* Write an event into a calendar (empty: the default one) and read it back. */
enum status calendar_create(struct calendar *cal, int64_t connection, struct text calendar,
                            const struct event *event, int64_t deadline_ms, struct arena *a,
                            struct event_ref *ret_ref, struct error *err) MUST_CHECK;

/* Find an event by our uid: in the calendar named, then where the connection books now. */
enum status calendar_find(struct calendar *cal, int64_t connection, struct text calendar,
                          struct text uid, int64_t deadline_ms, struct arena *a,
                          struct event_ref *ret_ref, struct error *err) MUST_CHECK;

/* Change an event of ours. id may be empty: it is looked up by uid. */
enum status calendar_update(struct calendar *cal, int64_t connection, struct text calendar,
                            struct text id, const struct event *event, int64_t deadline_ms,
                            struct arena *a, struct event_ref *ret_ref,
                            struct error *err) MUST_CHECK;

/* Remove an event of ours; one that is gone already is OK. id may be empty: it is looked up by uid. */
enum status calendar_remove(struct calendar *cal, int64_t connection,
                            const struct remove_ask *ask, int64_t deadline_ms,
                            struct error *err) MUST_CHECK;

/* Have the doctor look at a server that is not stored yet. OK with findings: read the layers. parts: who is told each
 * layer as it is found, as a struct check_answer of that one; NULL: nobody. */
enum status calendar_check_new(struct calendar *cal, const struct server *server,
                               int64_t deadline_ms, struct link_parts *parts, struct arena *a,
                               struct check_answer *ret_layers, struct error *err) MUST_CHECK;

/* The same for a connection, paused or not; a success ends a pause. */
enum status calendar_check(struct calendar *cal, int64_t connection,
                           const struct check_ask *ask, int64_t deadline_ms,
                           struct link_parts *parts, struct arena *a,
                           struct check_answer *ret_layers, struct error *err) MUST_CHECK;

/* Read the free/busy pattern of several mailboxes with the connection's own right. */
enum status calendar_view(struct calendar *cal, int64_t connection, const struct view_ask *ask,
                          int64_t deadline_ms, struct arena *a, struct view_answer *ret_views,
                          struct error *err) MUST_CHECK;

/* What became of our events in a calendar since a state. */
enum status calendar_changes(struct calendar *cal, int64_t connection,
                             const struct changes_ask *ask, int64_t deadline_ms,
                             struct arena *a, struct changes_answer *ret_changes,
                             struct error *err) MUST_CHECK;

/* Read the events of one calendar, for its owner's own view. The answer's secrets are the caller's to wipe. */
enum status calendar_events(struct calendar *cal, int64_t connection,
                            const struct events_ask *ask, int64_t deadline_ms, struct arena *a,
                            struct events_answer *ret_events, struct error *err) MUST_CHECK;

/* List the calendars that a connection sees. */
enum status calendar_list(struct calendar *cal, int64_t connection, int64_t deadline_ms,
                          struct arena *a, struct calendars_answer *ret_calendars,
                          struct error *err) MUST_CHECK;

/* Find a mailbox's server; server has no host. OK with ret_found->asks: a person must consent first. */
enum status calendar_discover(struct calendar *cal, const struct server *server,
                              const struct discover_ask *ask, int64_t deadline_ms,
                              struct arena *a, struct discover_answer *ret_found,
                              struct error *err) MUST_CHECK;

/* Return when a job of a connection last went well here, since the start; 0: never. */
struct instant calendar_worked_at(struct calendar *cal, int64_t connection);

/* Return when the server of a connection last let one of our jobs in, since the start; 0: never. */
struct instant calendar_answered_at(struct calendar *cal, int64_t connection);

/* A stream of notifications (vault/watch.h) said that something changed in a connection's calendar; it is there, or gone.
 * Then: how often it said so since the start? False: no stream tells, so the count says nothing. */
void calendar_changed(struct calendar *cal, int64_t connection);
void calendar_watched(struct calendar *cal, int64_t connection, bool is_watched);
bool calendar_changes_of(struct calendar *cal, int64_t connection, int64_t *ret_n);

/* Did the doctor find every layer in order? */
bool calendar_is_sound(const struct check_answer *layers);

/* Replace a connection's password: ends a pause, and whoever holds the old one ends. ERR_NOT_FOUND. */
enum status calendar_password_set(struct calendar *cal, int64_t connection,
                                  const struct secret *password, struct error *err) MUST_CHECK;

/* Give a connection another address and sign-in, as store_connection_move; ends a pause likewise. */
enum status calendar_move(struct calendar *cal, int64_t connection, const struct server *server,
                          struct error *err) MUST_CHECK;

/* The mailbox of a connection that its server does not serve any more has been found in Microsoft 365: that is what
 * people are told from now on, at once. */
enum status calendar_moved_away(struct calendar *cal, int64_t connection,
                                struct error *err) MUST_CHECK;

/* A connection was removed: its couriers end. */
void calendar_forget(struct calendar *cal, int64_t connection);

/* Forget every connection that is served here and was removed, with its account or by another node. */
void calendar_tidy(struct calendar *cal);

#endif
