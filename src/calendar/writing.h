/* SPDX-License-Identifier: ISC
 *
 * What every kind asks and says when it writes an event of ours.
 */
#ifndef CALENDAR_WRITING_H
#define CALENDAR_WRITING_H

#include "base/error.h"
#include "wire/types.h"

/* Can this be written at all? ERR_INVALID: it has no uid, or ends before it begins. */
enum status writing_check(const struct event *event, struct error *err) MUST_CHECK;

/* Does what was read back stand when it was asked for? */
bool writing_stands(const struct event_ref *ref, const struct event *event);

/* The change was sent and nobody knows how it went: find must settle it. Returns ERR_UNCERTAIN; err keeps what
 * happened, and its place, which is `kind` where it has none. */
enum status writing_uncertain(enum status status, const char *kind, struct error *err);

#endif
