/* SPDX-License-Identifier: ISC
 *
 * Answers that several handlers give.
 */
#ifndef EDGE_ANSWER_H
#define EDGE_ANSWER_H

#include "edge/failure.h"
#include "edge/visit.h"
#include "format/json.h"

/* Begin the answer for a failure, whole but for what a handler wants to add: a page, or for the API a
 * problem. */
void answer_failure(struct visit *visit, struct http_response *ret_response,
                    const struct failure *failure);

/* Write the members that all problems have (RFC 9457), into an open object. */
void answer_problem_members(struct json_writer *w, const struct failure *failure);

/* As the server's `refuse`: what is no request gets a few plain words. */
void answer_refusal(void *edge, unsigned status, struct http_response *ret_response);

/* Write slots as a member "slots" of an open object. */
void answer_slots(struct json_writer *w, const struct slot *slots, size_t n_slots);

/* The words of enum question_kind; and write a page's questions as a member "questions" of an open object. */
extern const char *const answer_question_kinds[QUESTION_KIND_COUNT];
void answer_questions(struct json_writer *w, const struct question *questions, size_t n);

#endif
