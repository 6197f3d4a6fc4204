/* SPDX-License-Identifier: ISC
 *
 * Requests of people and of their programs: who asks is proved by a bearer, which the vault alone can judge. A
 * program's token is looked at whether it was typed whole, and what proved nobody is counted; a signed-in person's
 * cookie (session.h) asks for our pages. No path takes both. No CORS headers are sent: a page of another site
 * cannot ask here.
 */
#ifndef EDGE_PERSON_H
#define EDGE_PERSON_H

#include "edge/api/body.h"
#include "edge/visit.h"
#include "format/form.h"
#include "format/json.h"

/* How a question went, for who asked it. */
struct told {
    enum status status;
    struct text what;   /* one line for people; may be empty */
    const void *answer; /* NULL unless there is one, which may be so beside an error */
};

/* May this request ask at all? Otherwise it has been answered: 401, or 429 after too many wrong bearers. */
bool person_admit(struct visit *visit);

/* Ask the vault as whoever sent the request. Where the bearer proves nobody, `then` is not called. */
void person_ask(struct visit *visit, enum wire_type type, const void *ask,
                enum door_patience patience,
                void (*then)(struct visit *visit, const struct told *told));

/* The same, and have parts of the answer told as they come, before `then`: they are of the answer's own type, and live for
 * the call. `part` may begin to answer (visit_begin_answer). */
void person_ask_by_parts(struct visit *visit, enum wire_type type, const void *ask,
                         void (*part)(struct visit *visit, const void *part),
                         void (*then)(struct visit *visit, const struct told *told));

/* ---- reading; where false or an error comes back, the request has been answered ---- */

/* Read the account and, from the path's sixth segment, an id. */
bool person_id(struct visit *visit, int64_t *ret_id);

/* Read the query: names that are not in the list, which ends in NULL, are refused. */
bool person_query(struct visit *visit, const char *const *names, struct form *ret_form);

/* Read the query's `after`, where it is a number: 0 where it is not there. */
bool person_after(struct visit *visit, const struct form *form, int64_t *ret_after);

/* Read the query's `from` and `to` over what they are otherwise. */
bool person_span(struct visit *visit, const struct form *form, struct instant *from,
                 struct instant *to);

/* Read the body over the defaults in *value. */
bool person_body(struct visit *visit, const struct body_shape *shape, void *value);

/* ---- answering ---- */

/* Begin a JSON object; person_send ends it. */
struct json_writer person_begin(struct visit *visit, struct http_response *ret_response,
                                unsigned status);
void person_send(struct visit *visit, struct http_response *response, struct json_writer *w);

/* Answer with a problem; detail NULL: the usual words. */
void person_fail(struct visit *visit, unsigned http, const char *detail);

/* Answer with how it went, which was not well. */
void person_refuse(struct visit *visit, const struct told *told);

/* The failure that person_refuse tells; its detail may live in the visit. */
struct failure person_failure(struct visit *visit, const struct told *told);

/* What a calendar says of an interval, by enum busy_status. */
extern const char *const person_busy_words[BUSY_STATUS_COUNT];

/* Answer with nothing more to say: 204. */
void person_done(struct visit *visit, const struct told *told);

void put_instant(struct json_writer *w, const char *name, struct instant t); /* 0: null */

#endif
