/* SPDX-License-Identifier: ISC */
#include "calendar/calendar.h"

const struct calendar_ops *calendar_ops_of(enum calendar_kind kind)
{
    static const struct calendar_ops *const kinds[CALENDAR_KIND_COUNT] = {
        [CALENDAR_EWS] = &ews_ops,       [CALENDAR_GRAPH] = &graph_ops,
        [CALENDAR_GOOGLE] = &google_ops, [CALENDAR_CALDAV] = &caldav_ops,
        [CALENDAR_ICS] = &ics_ops,
    };
    ENSURE(kind < CALENDAR_KIND_COUNT);
    return kinds[kind];
}
