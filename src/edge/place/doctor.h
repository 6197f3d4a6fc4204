/* SPDX-License-Identifier: ISC
 *
 * What the doctor finds of a connection, and what state one is in, as people see it.
 */
#ifndef EDGE_DOCTOR_H
#define EDGE_DOCTOR_H

#include "edge/visit.h"
#include "wire/messages.h"

/* Lay out layers as steps, each with its fix. */
struct steps_view doctor_steps(struct visit *visit, const struct layer *layers, size_t n);

/* How a connection is: a word that says whether times are offered. */
struct mark_view doctor_mark(struct visit *visit, const struct connection_row *row);

#endif
