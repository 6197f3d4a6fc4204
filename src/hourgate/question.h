/* SPDX-License-Identifier: ISC
 *
 * A page's question as a person writes it on the command line; ! means that it must be answered:
 *
 *     line: Company                     text!: What is it about?
 *     choice!: How? = By telephone / On site
 *     consent!: I have read the privacy notice.
 *
 * Whether the questions make sense together is the vault's to say (book/question.h).
 */
#ifndef HOURGATE_QUESTION_H
#define HOURGATE_QUESTION_H

#include "base/arena.h"
#include "base/error.h"
#include "wire/types.h"

/* Parse one; texts live in a or borrow from t. ERR_INVALID names what is wrong. */
enum status question_parse(struct text t, struct arena *a, struct question *ret_question,
                           struct error *err) MUST_CHECK;

/* Format all as they are parsed, by "; ". */
struct text questions_format(const struct question *questions, size_t n, struct arena *a);

#endif
