/* SPDX-License-Identifier: ISC
 *
 * One call of the API: a verb, a target that is written piece by piece, a JSON body; then what HTTP and the API's own
 * reason say becomes one status. Lists come in pages.
 */
#ifndef GOOGLE_CALL_H
#define GOOGLE_CALL_H

#include "base/buf.h"
#include "calendar/google/google.h"
#include "format/json.h"

enum {
    GOOGLE_TARGET_MAX = 16 * 1024,
    GOOGLE_BODY_MAX = 64 * 1024,
    GOOGLE_ANSWER_MAX = 16 * 1024 * 1024,
    GOOGLE_PAGES_MAX = 64, /* of one list */
    GOOGLE_TOKEN_MAX = 4096,
};

struct google_call {
    const char *verb;
    struct buf target, body;
    const char *if_match; /* NULL: whatever it is by now */
    bool once;            /* never send it twice */

    /* of the answer */
    struct json *json; /* NULL where it has none */
    char reason[64];   /* of a refusal, as the API calls it; empty: none */
    bool doubt;        /* it failed, and may have been carried out */
};

/* Begin a call; every other field is set, and the target is written, by the caller. */
void google_call_init(struct google_call *call, const struct calendar *google,
                      const char *verb);
void google_call_done(struct google_call *call);

/* Add a part of the path ("/events/" stays as it is, an id is encoded), or a parameter. */
void google_path(struct buf *target, const char *words);
void google_path_id(struct buf *target, struct text id);
void google_param(struct buf *target, const char *name, struct text value);
void google_param_time(struct buf *target, const char *name, struct instant value);

/* Send it and read the answer.
 *
 * Fails   ERR_AUTH, ERR_DENIED, ERR_NOT_FOUND (404, 410), ERR_CONFLICT (409, 412), ERR_LIMIT, ERR_UPSTREAM, or as
 *         fetch_send. call->doubt is meant for what changes something
 */
enum status google_send(struct calendar *google, struct google_call *call, int64_t deadline_ms,
                        struct error *err) MUST_CHECK;

/* Return what a refusal means; words say so. OK where the API's answer is good. */
enum status google_judge(struct calendar *google, const struct fetch_facts *facts,
                         struct google_call *call, struct error *err) MUST_CHECK;

/* A list, page by page. */
struct google_pages {
    struct calendar *google;
    int64_t deadline_ms;
    struct google_call call; /* of the page at hand: call.json */
    struct buf target;       /* of all pages, less the page's token; the caller writes it */
    struct buf token;        /* of the next page; empty: there is none */
    unsigned n;
};

void google_pages_init(struct google_pages *pages, struct calendar *google,
                       int64_t deadline_ms);
void google_pages_done(struct google_pages *pages);

/* Get the next page; false: there is none, or *ret_status is a failure. A server that turns in a circle is one. */
bool google_pages_next(struct google_pages *pages, enum status *ret_status,
                       struct error *err) MUST_CHECK;

#endif
