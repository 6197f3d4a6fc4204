/* SPDX-License-Identifier: ISC
 *
 * One request to Graph: what goes out always asks for immutable ids and for times in UTC; of what comes back only the
 * members that were named are kept, and HTTP and the error's code become one status.
 */
#ifndef GRAPH_CALL_H
#define GRAPH_CALL_H

#include "calendar/graph/graph.h"
#include "format/json.h"
#include "format/sieve.h"

enum {
    GRAPH_REQUEST_MAX = 64 * 1024,
    GRAPH_ANSWER_MAX = 32 * 1024 * 1024, /* as it is sent */
    GRAPH_KEPT_MAX = 8 * 1024 * 1024,    /* what of it passes */
    GRAPH_PAGES_MAX = 128,
};

struct graph_ask {
    const char *where; /* for errors: "graph getSchedule" */
    const char *verb;
    struct text target;       /* path and query */
    struct text body;         /* JSON; empty: none */
    const char *const *names; /* of the answer's members that are kept */
    struct text if_match;     /* empty: whatever version there is */
    int page;                 /* events that a page of a delta may hold; 0: not said */
    bool once;                /* it must not happen twice */
};

struct graph_answer {
    struct json *json; /* NULL: there was no body */
    struct text code;  /* of its error; in json */
    int http_status;
    bool is_doubtful; /* failed, and perhaps carried out nevertheless */
};

/* An answer on its way: begin, add what comes, end with what it means. end wipes what was kept. */
struct graph_reading {
    struct sieve sieve;
    struct buf kept;
    bool is_json, is_wrong, is_full;
};
void graph_reading_begin(struct graph_reading *reading, const char *const *names);
void graph_reading_add(struct graph_reading *reading, const struct fetch_facts *facts,
                       struct text bytes);
enum status graph_reading_end(struct graph_reading *reading, const struct fetch_facts *facts,
                              const char *where, struct graph_answer *ret_answer,
                              struct error *err) MUST_CHECK;

/* Ask. *ret_answer is filled also where this fails, and is the caller's to end.
 *
 * Fails   as calendar/calendar.h says
 */
enum status graph_call(struct calendar *graph, const struct graph_ask *ask, int64_t deadline_ms,
                       struct graph_answer *ret_answer, struct error *err) MUST_CHECK;
void graph_answer_done(struct graph_answer *answer);

/* Walk the pages of a list. Ask for the first by `ask`; then, while there is one, for the next: never at another
 * server, never twice the same, and no more than GRAPH_PAGES_MAX. */
struct graph_pages {
    struct calendar *graph;
    struct graph_ask ask;
    int64_t deadline_ms;
    struct graph_answer answer; /* of the page at hand */
    const struct json *items;   /* its list */
    struct buf target;
    unsigned n;
    bool has_more;
};

void graph_pages_begin(struct graph_pages *pages, struct calendar *graph,
                       const struct graph_ask *ask, int64_t deadline_ms);
/* Get the next page; false in *ret_has where the last one was given. */
enum status graph_pages_next(struct graph_pages *pages, bool *ret_has,
                             struct error *err) MUST_CHECK;
void graph_pages_done(struct graph_pages *pages);

/* Take the path and query out of an address of ours that an answer names. ERR_UPSTREAM: it is another server's, or
 * goes into no request. */
enum status graph_link(const struct calendar *graph, struct text address,
                       struct text *ret_target, struct error *err) MUST_CHECK;

/* Begin a target: the service's path and the mailbox, then whatever is appended. */
void graph_target(const struct calendar *graph, struct text mailbox, struct buf *out);

#endif
