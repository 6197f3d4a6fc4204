/* SPDX-License-Identifier: ISC
 *
 * The edge as a whole: what was configured, what it serves with, and whom it asks. One thread, one loop.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "base/arena.h"
#include "edge/door.h"
#include "edge/parts.h"
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
    int64_t max_waiting;
    int64_t max_per_minute;
};

struct edge_counts {
    uint64_t answers[6]; /* by the status' first digit */
    uint64_t limited;    /* 429 */
    uint64_t gone;       /* visitors that left while they waited */
};

struct edge {
    struct arena arena; /* for config's texts */
    struct edge_config config;
    struct loop loop;
    struct zones *zones;
    struct zone_choices zone_choices;
    struct http_server *web, *metrics;
    struct rate *rate, *rate_booking;
    struct door door; /* to the vault */
    struct link control;
    struct watch control_watch;
    struct edge_counts counts;
    struct instant started;
    bool stopping;
};

#endif
