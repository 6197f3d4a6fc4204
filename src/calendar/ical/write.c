/* SPDX-License-Identifier: ISC */
#include "calendar/ical/write.h"

#include <stdlib.h>
#include <time.h>

#include "base/secret.h"
#include "calendar/ical/inner.h"

static struct icaltimetype utc(struct instant t)
{
    struct civil c = civil_from_seconds(t.s);
    struct icaltimetype time = {.year = c.year,
                                .month = c.month,
                                .day = c.day,
                                .hour = c.hour,
                                .minute = c.minute,
                                .second = c.second};
    time.zone = icaltimezone_get_utc_timezone();
    return time;
}

static void drop(icalcomponent *vevent, icalproperty_kind kind)
{
    icalproperty *p;
    while ((p = icalcomponent_get_first_property(vevent, kind))) {
        icalcomponent_remove_property(vevent, p);
        icalproperty_free(p);
    }
}

static void put(icalcomponent *vevent, icalproperty *property)
{
    drop(vevent, icalproperty_isa(property));
    icalcomponent_add_property(vevent, property);
}

static void drop_x(icalcomponent *vevent, struct text name)
{
    icalproperty *p = icalcomponent_get_first_property(vevent, ICAL_X_PROPERTY);
    while (p) {
        icalproperty *next = icalcomponent_get_next_property(vevent, ICAL_X_PROPERTY);
        if (text_equal_nocase(text_from(icalproperty_get_x_name(p)), name)) {
            icalcomponent_remove_property(vevent, p);
            icalproperty_free(p);
            next = icalcomponent_get_first_property(vevent, ICAL_X_PROPERTY);
        }
        p = next;
    }
}

static void put_show(icalcomponent *vevent, enum show_as show)
{
    static const char *const words[SHOW_AS_COUNT] = {[SHOW_BUSY] = "BUSY",
                                                     [SHOW_TENTATIVE] = "TENTATIVE",
                                                     [SHOW_OOF] = "OOF",
                                                     [SHOW_FREE] = "FREE"};
    static const char name[] = "X-MICROSOFT-CDO-BUSYSTATUS";
    drop_x(vevent, text_from(name));
    icalproperty *word = icalproperty_new_x(words[show]);
    icalproperty_set_x_name(word, name);
    icalcomponent_add_property(vevent, word);
    put(vevent, icalproperty_new_transp(show == SHOW_FREE ? ICAL_TRANSP_TRANSPARENT
                                                          : ICAL_TRANSP_OPAQUE));
}

static void put_times(icalcomponent *vevent, const struct event *event, struct instant now)
{
    drop(vevent, ICAL_DURATION_PROPERTY);
    put(vevent, icalproperty_new_dtstart(utc(event->start)));
    put(vevent, icalproperty_new_dtend(utc(event->end)));
    put(vevent, icalproperty_new_dtstamp(utc(now)));
    put(vevent, icalproperty_new_lastmodified(utc(now)));
}

static void put_texts(icalcomponent *vevent, const struct event *event)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    if (event->title.n)
        put(vevent, icalproperty_new_summary(arena_cstr(&a, event->title)));
    if (event->body.n)
        put(vevent, icalproperty_new_description(arena_cstr(&a, event->body)));
    if (event->location.n)
        put(vevent, icalproperty_new_location(arena_cstr(&a, event->location)));
}

static void add_alarm(icalcomponent *vevent, int64_t minutes)
{
    struct icaltriggertype trigger = {.duration =
                                          icaldurationtype_from_int((int)(-minutes * 60))};
    icalcomponent_add_component(
        vevent,
        icalcomponent_vanew(ICAL_VALARM_COMPONENT, icalproperty_new_action(ICAL_ACTION_DISPLAY),
                            icalproperty_new_trigger(trigger),
                            icalproperty_new_description("Reminder"), (void *)0));
}

static void drop_alarms(icalcomponent *vevent)
{
    icalcomponent *alarm;
    while ((alarm = icalcomponent_get_first_component(vevent, ICAL_VALARM_COMPONENT))) {
        icalcomponent_remove_component(vevent, alarm);
        icalcomponent_free(alarm);
    }
}

static void add_object(struct buf *out, icalcomponent *object)
{
    char *text = icalcomponent_as_ical_string_r(object);
    ENSURE(text);
    buf_add_cstr(out, text);
    wipe_bytes(text, strlen(text));
    icalmemory_free_buffer(text);
}

void ical_object_new(struct buf *out, const struct event *event, struct instant now)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    icalcomponent *vevent = icalcomponent_new_vevent();
    icalcomponent *object =
        icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                            icalproperty_new_prodid("-//hourgate//hourgate//EN"),
                            icalproperty_new_calscale("GREGORIAN"), vevent, (void *)0);
    put(vevent, icalproperty_new_uid(arena_cstr(&a, event->uid)));
    put_times(vevent, event, now);
    put(vevent, icalproperty_new_sequence(0));
    put_texts(vevent, event);
    put(vevent,
        icalproperty_new_status(event->show_as == SHOW_TENTATIVE ? ICAL_STATUS_TENTATIVE
                                                                 : ICAL_STATUS_CONFIRMED));
    put_show(vevent, event->show_as);
    if (event->is_private)
        put(vevent, icalproperty_new_class(ICAL_CLASS_PRIVATE));
    if (event->reminder_min > 0)
        add_alarm(vevent, event->reminder_min);
    add_object(out, object);
    icalcomponent_free(object);
}

/* The event of that uid which is no exception of a series. */
static icalcomponent *find(icalcomponent *object, struct text uid)
{
    for (icalcomponent *vevent =
             icalcomponent_get_first_component(object, ICAL_VEVENT_COMPONENT);
         vevent; vevent = icalcomponent_get_next_component(object, ICAL_VEVENT_COMPONENT)) {
        icalproperty *p = icalcomponent_get_first_property(vevent, ICAL_UID_PROPERTY);
        bool is_exception =
            icalcomponent_get_first_property(vevent, ICAL_RECURRENCEID_PROPERTY);
        if (p && !is_exception && text_equal_nocase(text_from(icalproperty_get_uid(p)), uid))
            return vevent;
    }
    return NULL;
}

static int next_sequence(icalcomponent *vevent)
{
    icalproperty *p = icalcomponent_get_first_property(vevent, ICAL_SEQUENCE_PROPERTY);
    int sequence = p ? icalproperty_get_sequence(p) : 0;
    return sequence >= 0 && sequence < 1000000 ? sequence + 1 : 1;
}

enum status ical_object_change(struct buf *out, struct text text, const struct event *event,
                               struct instant now, struct error *err)
{
    icalcomponent *object = ical_parse(text, err);
    if (!object)
        return ERR_UPSTREAM;
    icalcomponent *vevent = find(object, event->uid);
    if (vevent) {
        put_times(vevent, event, now);
        put_texts(vevent, event);
        put(vevent, icalproperty_new_sequence(next_sequence(vevent)));
        if (event->show_as == SHOW_FREE) {
            put_show(vevent, SHOW_FREE);
            drop_alarms(vevent);
        }
        icalcomponent_strip_errors(object);
        add_object(out, object);
    }
    icalcomponent_free(object);
    return vevent ? OK
                  : error_set(err, ERR_NOT_FOUND, "icalendar",
                              "the event there is not this booking's");
}
