/* SPDX-License-Identifier: ISC */
#include "calendar/ical/freebusy.h"

#include <libical/ical.h>

#include "calendar/ical/inner.h"

static enum busy_status status_of(icalproperty *p)
{
    icalparameter *type = icalproperty_get_first_parameter(p, ICAL_FBTYPE_PARAMETER);
    switch (type ? icalparameter_get_fbtype(type) : ICAL_FBTYPE_BUSY) {
    case ICAL_FBTYPE_FREE:
        return BUSY_FREE;
    case ICAL_FBTYPE_BUSYTENTATIVE:
        return BUSY_TENTATIVE;
    case ICAL_FBTYPE_BUSYUNAVAILABLE:
        return BUSY_OOF;
    default:
        return BUSY_BUSY;
    }
}

/* Periods are in UTC always (RFC 5545 3.8.2.6). */
static bool read_period(icalproperty *p, struct busy *ret_busy)
{
    struct icalperiodtype period = icalproperty_get_freebusy(p);
    struct civil start, end;
    if (!ical_civil(period.start, &start))
        return false;
    struct busy busy = {.start = {civil_seconds(start)}, .status = status_of(p)};
    if (ical_civil(period.end, &end))
        busy.end = (struct instant){civil_seconds(end)};
    else
        busy.end = instant_add_s(busy.start, icaldurationtype_as_int(period.duration));
    *ret_busy = busy;
    return true;
}

enum status ical_freebusy(struct text text, struct busylist *list, struct error *err)
{
    icalcomponent *object = ical_parse(text, err);
    if (!object)
        return ERR_UPSTREAM;
    icalcomponent *part = icalcomponent_get_first_component(object, ICAL_VFREEBUSY_COMPONENT);
    enum status status = part ? OK
                              : error_set(err, ERR_NO_DATA, "icalendar",
                                          "the server answers without free/busy time");
    for (icalproperty *p = part ? icalcomponent_get_first_property(part, ICAL_FREEBUSY_PROPERTY)
                                : NULL;
         p; p = icalcomponent_get_next_property(part, ICAL_FREEBUSY_PROPERTY)) {
        struct busy busy;
        if (read_period(p, &busy))
            busylist_add(list, busy);
        else
            status = error_set(err, ERR_NO_DATA, "icalendar", "a busy time cannot be read");
    }
    if (part && icalcomponent_get_first_property(part, ICAL_XLICERROR_PROPERTY))
        status = error_set(err, ERR_NO_DATA, "icalendar", "a busy time cannot be read");
    icalcomponent_free(object);
    return status;
}
