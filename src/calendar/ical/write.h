/* SPDX-License-Identifier: ISC
 *
 * Events of ours as calendar objects: written anew, and changed in what has become of them. Nobody is ever named in
 * them as organizer or attendee, so no server has anybody to mail.
 */
#ifndef CALENDAR_ICAL_WRITE_H
#define CALENDAR_ICAL_WRITE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/instant.h"
#include "wire/types.h"

/* Append a whole object with one event, times in UTC. now: when this version is made. */
void ical_object_new(struct buf *out, const struct event *event, struct instant now);

/* Append the object `text` with event's times and those of its texts that are not empty; all else stays, what its
 * owner and their programs have added too. An event that is to be free becomes so, and reminds of nothing.
 *
 * Fails   ERR_UPSTREAM: text is no object; ERR_NOT_FOUND: it has no event of event's uid
 */
enum status ical_object_change(struct buf *out, struct text text, const struct event *event,
                               struct instant now, struct error *err) MUST_CHECK;

#endif
