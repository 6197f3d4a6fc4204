/* SPDX-License-Identifier: ISC
 *
 * The vault: keys, database, every decision. It parses nothing from the network but our own messages.
 * All state of the program is in struct vault; a thread works on one request at a time and shares only
 * what has a lock of its own.
 */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdatomic.h>

#include "store/store.h"
#include "time/zone.h"
#include "vault/backoff.h"
#include "vault/calendar.h"
#include "vault/claim.h"
#include "vault/courier.h"
#include "vault/flight.h"
#include "vault/looks.h"
#include "vault/messenger.h"
#include "vault/metrics.h"
#include "vault/queue.h"
#include "vault/quota.h"
#include "vault/walker.h"

enum {
    VAULT_QUEUE_MAX = 2048,       /* questions of each lane that wait for a worker */
    VAULT_PASSENGERS_MAX = 20000, /* questions for slots that wait for a calendar */
    VAULT_WORKERS_MAX = 64,
    VAULT_RETRY_S = 2, /* what a full queue tells the asker */
};

/* How mail is sent. */
struct vault_mail {
    struct mail_server server;          /* the configuration's; no host: it names none */
    struct given_server *_Atomic given; /* vault/mail_server.h */
    struct text base_url;               /* of links; empty: there are none */
    int64_t timeout_ms;                 /* of one try */
    int64_t retry_s;                    /* until the first repeat */
};

struct vault {
    struct store *store;
    struct zones *zones;
    struct queue queue;
    struct flights flights;
    struct couriers couriers;
    struct calendar calendar;
    struct messenger messenger; /* wakes connectors */
    struct claims claims;       /* bookings that somebody is at work on */
    struct looks looks;         /* for events that were not there */
    struct backoff backoff;     /* of settling; its thread's own */
    struct walker walker;       /* seals anew what a rotation left to do */
    struct {
        int64_t keep_days;  /* older rows end; 0: none do */
        atomic_bool serves; /* an edge was attached: this is no vault of a command's own */
        int64_t told; /* the row that the log was told last; this and below its thread's own */
        int64_t tell_ms;   /* of clock_ms: when to tell it again */
        int64_t expire_ms; /* when to look for old rows again */
    } audit;               /* vault/audit.h */
    struct quotas quotas;  /* bookings of accounts */
    struct metrics metrics;
    pthread_mutex_t backing_up; /* one backup at a time */
    int64_t backup_keep_days;
    bool follows;            /* calendars are asked for what hosts changed in them */
    pthread_mutex_t erasing; /* one account at a time */
    struct vault_mail mail;
    struct instant (*now)(void); /* clock_now; tests have a clock of their own */
    int64_t upstream_timeout_ms; /* of one job of a courier */
    int64_t keep_bookings_days;  /* then past ones are made anonymous; 0: never */
    int64_t started_ms;
    bool jailed;
    struct text place; /* where the database is, for who sets up */
    /* of the last `audit verify` since the start; 0: there was none */
    atomic_int_fast64_t audit_verified_s;
    atomic_bool audit_holds;
};

/* Make the parts that need nothing from outside. */
void vault_init(struct vault *v, size_t n_workers, int64_t upstream_timeout_ms);

/* Give it what it works with; all stays the caller's. */
void vault_use(struct vault *v, struct store *store, struct zones *zones,
               struct instant (*now)(void));

/* End this process where the connection to the database broke: its parent starts another vault, which connects
 * and settles what is in flight. The jail lets this one connect to nothing. */
void vault_leave_if_lost(struct vault *v);

/* Return the deadline, of clock_ms, of a question to a calendar that nobody waits for any shorter. */
int64_t vault_patience_ms(const struct vault *v);

/* Free its parts; nothing may be at work any more. */
void vault_done(struct vault *v);

#endif
