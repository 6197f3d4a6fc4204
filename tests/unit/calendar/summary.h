/* SPDX-License-Identifier: ISC
 *
 * What an answer said, in a few words that stand in a table: "ok view=events busy=START/END/STATUS".
 */
#ifndef UNIT_CALENDAR_SUMMARY_H
#define UNIT_CALENDAR_SUMMARY_H

#include "base/buf.h"
#include "calendar/ews/answer.h"

/* Read bytes as an answer in pieces of `step` and append the words. `as` is an operation's name, or View: a
 * FindItem that is read for busy time, leaving out the event of the booking "booking-7". *ret_why is the
 * line for the operator. False where no operation is called so. */
bool summarize(struct buf *out, const char *as, struct text bytes, size_t step,
               struct error *ret_why);

#endif
