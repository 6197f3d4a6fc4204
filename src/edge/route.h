/* SPDX-License-Identifier: ISC
 *
 * Which address is answered by whom: the one table of all paths.
 */
#ifndef EDGE_ROUTE_H
#define EDGE_ROUTE_H

#include "edge/visit.h"

typedef void visit_handler(struct visit *visit);

struct route {
    const char *pattern; /* segments, `*` stands for one; the path's parts fill visit->parts */
    visit_handler *get;  /* NULL: not allowed */
    visit_handler *post;
    bool is_api;  /* failures are problems (RFC 9457) */
    bool is_free; /* not counted by the rate limit: costs nothing */
};

/* Find the route of a split path; NULL: there is none. */
const struct route *route_find(const struct text *parts, size_t n_parts);

/* The handlers, by file: */
void info_home(struct visit *visit); /* info.c */
void info_healthz(struct visit *visit);
void info_readyz(struct visit *visit);
void info_trust(struct visit *visit);
void info_openapi(struct visit *visit);
void info_asset(struct visit *visit);
void info_favicon(struct visit *visit);
void info_robots(struct visit *visit);
void page_get(struct visit *visit); /* page.c */
void page_post(struct visit *visit);
void own_get(struct visit *visit); /* own.c */
void own_post(struct visit *visit);
void api_page(struct visit *visit);
void api_slots(struct visit *visit); /* api.c */
void api_book(struct visit *visit);

/* The metrics listener's only request (metrics.c). */
void metrics_begin(void *edge, struct http_request *request);

#endif
