/* SPDX-License-Identifier: ISC
 *
 * An event of ours as a file: a calendar object (RFC 5545) that carries our mark.
 */
#ifndef CONNECTOR_LINUX_ICS_H
#define CONNECTOR_LINUX_ICS_H

#include "base/buf.h"
#include "base/status.h"
#include "wire/types.h"

enum { ICS_MAX = 80 * 1024, ICS_NAME_MAX = 140 };

/* Append the object. sequence grows with each change (RFC 5545, 3.8.7.4). */
void ics_write(struct buf *out, const struct event *event, int64_t sequence,
               struct instant stamp);

/* Append an object of ours that is there, changed into this event: what its owner added to it (alarms, categories, notes
 * of other programs) stays. One that holds several events becomes as ics_write makes it. */
void ics_change(struct buf *out, struct text object, const struct event *event,
                int64_t sequence, struct instant stamp);

/* Does the object carry our mark? */
bool ics_is_ours(struct text object);

/* Return an object's first SEQUENCE, 0 where it has none. */
int64_t ics_sequence(struct text object);

/* Return the name of its file: from a uid, which a server chose, nothing but what is harmless in a name. */
void ics_name(struct text uid, char ret_name[static ICS_NAME_MAX]);

#endif
