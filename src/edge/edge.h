/* SPDX-License-Identifier: ISC
 *
 * The edge as a whole: what was configured, what it serves with, and whom it asks. One thread, one loop.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/arena.h"
#include "edge/customer/month.h"
#include "edge/customer/parts.h"
#include "edge/door.h"
#include "edge/installers.h"
#include "http/peer.h"
#include "http/rate.h"
#include "http/server.h"
#include "time/zone.h"
#include "wire/link.h"

struct edge_config {
    struct text base_url;  /* no slash at the end */
    struct text authority; /* of base_url */
    bool is_https;
    bool jail;
    struct peer_proxies proxies;
    int64_t max_waiting; /* visitors of one account; of all, a third more */
    int64_t max_per_minute;
    struct text location;         /* where the data is; empty: not said */
    struct text security_contact; /* an address or an https:// page; empty: not said */
    bool demo;                    /* the style page is served */
};

struct edge_counts {
    uint64_t answers[6]; /* by the status' first digit */
    uint64_t limited;    /* 429 */
    uint64_t gone;       /* visitors that left while they waited */
};

struct visit;

/* A page as it was sent to one visitor of a batch, for those who are to see the same (visit.c). It is gone
 * when the loop's turn is. */
struct echo {
    uint64_t batch; /* of struct door_question */
    void (*then)(struct visit *visit, enum status status, const void *answer);
    struct instant now;
    struct month_query query;
    enum language language;
    struct text lang;
    bool host_chooses_language;
    struct http_shared *page; /* NULL: not sent yet */
};

enum {
    EDGE_ECHOES = 8,
    EDGE_SHARES = 256, /* accounts are counted by a keyed hash of their name */
};

/* The facts of /trust, kept for a minute: nobody can watch them change. */
struct trust_facts {
    int64_t until_ms; /* of clock_ms; 0: there are none */
    struct trust_answer facts;
    char location[MAX_LOCATION]; /* of facts */
};

struct edge {
    struct arena arena; /* for config's texts */
    struct edge_config config;
    struct loop loop;
    struct zones *zones;
    struct installers installers;
    struct zone_choices zone_choices;
    struct http_server *web, *metrics, *redirect; /* redirect: NULL where there is none */
    int64_t certificate_s;                        /* when it expires; 0: there is none */
    bool certificate_refused;                     /* the last one that came */
    struct rate *rate, *rate_booking;
    struct rate *rate_wrong; /* bearers that prove nobody */
    struct door door;        /* to the vault */
    struct link control;
    struct watch control_watch;
    uint64_t share_seed;
    uint32_t waiting_by[EDGE_SHARES]; /* questions about accounts that wait for the vault */
    struct echo echoes[EDGE_ECHOES];
    size_t n_echoes; /* since the turn began; the oldest gives way */
    struct edge_counts counts;
    struct trust_facts trust;
    struct instant started;
    bool
        may_wait_for_setup; /* there may be no user yet: the vault is asked before anything is served */
    bool stopping;
};

#endif
