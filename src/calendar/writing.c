/* SPDX-License-Identifier: ISC */
#include "calendar/writing.h"

enum status writing_check(const struct event *event, struct error *err)
{
    if (!event->uid.n || !instant_before(event->start, event->end))
        return error_set(err, ERR_INVALID, "event",
                         "it needs a uid, and an end behind its start");
    return OK;
}

bool writing_stands(const struct event_ref *ref, const struct event *event)
{
    return ref->start.s == event->start.s && ref->end.s == event->end.s;
}

enum status writing_uncertain(enum status status, const char *kind, struct error *err)
{
    struct error why = err ? *err : (struct error){0};
    return error_set(err, ERR_UNCERTAIN, *why.where ? why.where : kind,
                     "the change may or may not stand in the calendar (%s: %s)",
                     status_name(status), why.what);
}
