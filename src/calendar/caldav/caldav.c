/* SPDX-License-Identifier: ISC */
#include "calendar/caldav/inner.h"

#include <stdlib.h>

static void caldav_close(struct calendar *c)
{
    if (!c)
        return;
    dav_close(&c->dav);
    arena_done(&c->life);
    free(c);
}

static enum status caldav_open(const struct server *server, const struct fetch_options *options,
                               struct calendar **ret_calendar, struct error *err)
{
    if (server->impersonate.n)
        return error_set(err, ERR_INVALID, "server",
                         "CalDAV knows no acting for others: sign in as the calendar's owner");
    struct calendar *c = calloc(1, sizeof *c);
    ENSURE(c);
    dav_open(&c->dav, server, options);
    *ret_calendar = c;
    return OK;
}

/* One sign-in is one person's here: there is nobody else to act for. */
static enum status caldav_act(struct calendar *c, struct error *err)
{
    if (c->dav.server->impersonate.n)
        return error_set(err, ERR_INVALID, "server", "CalDAV knows no acting for others");
    return OK;
}

const struct zone *caldav_home_zone(const struct calendar *c)
{
    return ical_zone_named(c->dav.server->zone);
}

const struct calendar_ops caldav_ops = {
    .name = "caldav",
    .open = caldav_open,
    .close = caldav_close,
    .act = caldav_act,
    .busy = caldav_busy,
    .create = caldav_create,
    .find = caldav_find_event,
    .update = caldav_update,
    .remove = caldav_remove,
    .view = caldav_view,
    .calendars = caldav_calendars,
    .changes = caldav_changes,
    .events = caldav_events,
    .discover = caldav_discover,
    .check = caldav_check,
};
