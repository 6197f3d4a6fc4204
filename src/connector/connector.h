/* SPDX-License-Identifier: ISC
 *
 * The connector: a calendar on somebody's desk, kept known to the server that it was paired with. Its owner is a
 * loop:
 *
 *     connector_init; for (;;) { wait(connector_step(c, signals)) } ; connector_done
 *
 * What a step did is in struct report, and as lines that a person reads in the stored file "status".
 */
#ifndef CONNECTOR_CONNECTOR_H
#define CONNECTOR_CONNECTOR_H

#include "connector/backoff.h"
#include "connector/kept.h"
#include "connector/orders.h"
#include "connector/report.h"
#include "connector/server.h"
#include "connector/sync.h"
#include "connector/wake.h"

enum {
    CONNECTOR_IDLE_MS = 3600 * 1000,  /* the longest that a step wants to be left alone */
    CONNECTOR_SETTLE_MS = 2000,       /* calendars change by several events at once */
    CONNECTOR_HELLO_MS = 3600 * 1000, /* hello at least so often */
    CONNECTOR_REFUSED_MS =
        3600 * 1000,                   /* token not known: so rarely that it locks nobody out */
    CONNECTOR_BLOCKED_MS = 900 * 1000, /* until blocked XMPP ports are tried again */
    CONNECTOR_JUMP_S = 90,             /* of the wall clock against the other: the PC slept */
    CONNECTOR_RETRY_S = 900,           /* the longest backoff; half of it in Real-time */
};

/* What hello's answer said that outlives it. */
struct connector_told {
    bool is_valid; /* false: say hello first */
    enum desk_mode mode;
    bool may_fall_back;
    int64_t interval_s, lease_s, days_ahead, epoch;
    int64_t ahead_s; /* the server's clock less ours */
    struct desk_xmpp xmpp;
    struct arena a; /* xmpp's texts */
};

struct connector {
    const struct platform *at;
    struct kept kept;
    struct server_line line;
    struct connector_told told;
    struct wake wake;
    struct report report;
    struct backoff line_backoff, calendar_backoff, wake_backoff;
    int64_t quiet_until_ms;             /* nothing is asked of the server before */
    int64_t hello_ms, push_ms, pull_ms; /* when each is due */
    int64_t wake_ms, poll_ms; /* Real-time: to connect, to wait for a question over HTTPS */
    struct buf shown;         /* the report as it was stored last */
    bool xmpp_blocked;
    int64_t seen_ms, seen_s; /* both clocks at the last step, for jumps */
};

/* Read what was kept. Not paired is no failure: steps do nothing then. */
enum status connector_init(struct connector *c, const struct platform *at,
                           struct error *err) MUST_CHECK;
void connector_done(struct connector *c); /* accepts a zeroed one */

/* Do what is due, given bits of enum signal_bit, and return after how many ms to come again at the latest. */
int64_t connector_step(struct connector *c, unsigned signals);

/* ---- what a person asks for; another program, so a running one is told by SIGNAL_SETTINGS ---- */

/* Pair: say hello with this id and token; where that works, keep both and forget what another pairing left.
 *
 * url     https://..., with or without a slash at its end; http:// for loopback alone
 * Fails   ERR_INVALID: the address, the id or the token cannot be one; else as server_ask
 */
enum status connector_pair(const struct platform *at, struct text url, int64_t connection,
                           const struct secret *token, struct error *err) MUST_CHECK;

/* Tell the server, where it can be reached, that its copy is to be erased; forget everything in any case. */
enum status connector_unpair(const struct platform *at, bool *ret_told,
                             struct error *err) MUST_CHECK;

/* Ask for a mode with the next hello. ERR_NOT_FOUND: not paired. */
enum status connector_mode(const struct platform *at, enum desk_mode mode,
                           struct error *err) MUST_CHECK;

#endif
