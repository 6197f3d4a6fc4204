/* SPDX-License-Identifier: ISC
 *
 * What is said of the calendars: the set of times that are not free, and how one such set becomes another. A
 * time has a key, drawn by chance, and nothing that comes from the calendar but its start, end and status. Two
 * events of equal times are one. Pure.
 */
#ifndef CONNECTOR_DELTA_H
#define CONNECTOR_DELTA_H

#include "connector/platform.h"

enum { DELTA_KEY = 8 };

/* Make the set that is told from what a calendar holds, in place: sorted, without what is free, empty, turned
 * round or twice there. Returns how many are left. */
size_t delta_normalise(struct stretch *list, size_t n);

/* Order of two times: by start, then end, then status. */
int delta_compare(const struct busy *one, const struct busy *other);

#endif
