/* SPDX-License-Identifier: ISC
 *
 * Events of ours as the API takes them. Times say UTC, and the zone in which they show where it is known.
 */
#ifndef GOOGLE_WRITE_H
#define GOOGLE_WRITE_H

#include "base/buf.h"
#include "wire/types.h"

/* A new event: all that it says, our uid, whom it invites. id: its own (value.h). */
void google_write_new(struct buf *out, const struct event *event, struct text id);

/* What changes: the times, texts that are not empty; free where it is to be free. All else is the host's by now. */
void google_write_change(struct buf *out, const struct event *event);

#endif
