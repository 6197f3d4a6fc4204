/* SPDX-License-Identifier: ISC
 *
 * What the doctor finds of a connection, and what state one is in, as people see it.
 */
#ifndef EDGE_DOCTOR_H
#define EDGE_DOCTOR_H

#include "edge/visit.h"
#include "wire/messages.h"

/* A page that shows layers as they are found, while the question that has them is still being answered. */
struct doctor_page {
    size_t n_told; /* layers that stand on it; 0: it has not begun */
};

/* Add a part's layers to the page, which the first one begins. */
void doctor_tell(struct visit *visit, struct doctor_page *page, const char *heading,
                 const struct layer *layers, size_t n);

/* End the list by what the answer has beyond its parts, and say what could not be done (NULL: nothing). */
void doctor_tell_rest(struct visit *visit, struct doctor_page *page, const struct layer *layers,
                      size_t n, const char *problem);

/* Lay out layers as steps, each with its fix. */
struct steps_view doctor_steps(struct visit *visit, const struct layer *layers, size_t n);

/* How a connection is: a word that says whether times are offered. */
struct mark_view doctor_mark(struct visit *visit, const struct connection_row *row);

/* Say why a calendar was not connected; NULL: it was. has_layers: what was found stands beside it. */
const char *doctor_why_not_added(struct visit *visit, const struct told *told, bool has_layers);

#endif
