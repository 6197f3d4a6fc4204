/* SPDX-License-Identifier: ISC
 *
 * What a page asks its customers besides name and address, and whether the answers fit.
 */
#ifndef BOOK_QUESTION_H
#define BOOK_QUESTION_H

#include "base/error.h"
#include "wire/messages.h"

/* The answer to a QUESTION_CONSENT whose box is ticked. */
#define QUESTION_CONSENTED TEXT("yes")

/* Check what a page asks: labels on one line, none twice; 2 choices at least where there is a choice, on lines of
 * their own, and none elsewhere. ERR_INVALID names the question. */
enum status question_check(const struct question *questions, size_t n,
                           struct error *err) MUST_CHECK;

/* Find what is wrong with a customer's answers: at most MAX_ANSWERS mistakes, in the order of the questions, then
 * answers that nobody asked for. A page without questions takes any answers. An empty answer is none. */
size_t question_mistakes(const struct question *questions, size_t n,
                         const struct customer *customer,
                         struct mistake ret_mistakes[static MAX_ANSWERS]);

/* Walk a question's choices: begin with *rest = question->choices; false at the end. */
bool question_next_choice(struct text *rest, struct text *ret_choice);

#endif
