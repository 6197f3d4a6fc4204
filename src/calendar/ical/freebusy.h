/* SPDX-License-Identifier: ISC */
#ifndef CALENDAR_ICAL_FREEBUSY_H
#define CALENDAR_ICAL_FREEBUSY_H

#include "base/error.h"
#include "calendar/busylist.h"

/* Add what a VFREEBUSY says. ERR_UPSTREAM: it is no object; ERR_NO_DATA: there is none in it, or a time in it cannot
 * be read. */
enum status ical_freebusy(struct text text, struct busylist *list,
                          struct error *err) MUST_CHECK;

#endif
