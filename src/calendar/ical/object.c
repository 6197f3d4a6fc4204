/* SPDX-License-Identifier: ISC
 *
 * From libical's tree to plain structs, once; the tree is gone when this returns. libical's own way from a
 * property to a time (icalcomponent_get_dtstart and the like) looks for its built-in zones and would open
 * files: here only values and TZID parameters are read.
 */
#include <stdlib.h>

#include "base/secret.h"
#include "calendar/ical/inner.h"

bool ical_civil(struct icaltimetype t, struct civil *ret_civil)
{
    struct civil civil = {t.year, t.month, t.day, t.hour, t.minute, t.second};
    if (t.is_date)
        civil.hour = civil.minute = civil.second = 0;
    if (civil.second == 60) /* a leap second, which does not exist here */
        civil.second = 59;
    if (icaltime_is_null_time(t) || !civil_is_valid(civil))
        return false;
    *ret_civil = civil;
    return true;
}

struct instant ical_instant(const struct ical_time *t)
{
    if (!t->zone)
        return (struct instant){civil_seconds(t->civil)};
    return t->is_date ? zone_day_start(t->zone, civil_days(t->civil))
                      : zone_match(t->zone, t->civil).first;
}

struct ical_time ical_time_add(const struct ical_time *t, int64_t days, int64_t seconds)
{
    struct ical_time later = *t;
    later.civil = civil_from_seconds(civil_seconds(t->civil) + days * CIVIL_DAY_S + seconds);
    return later;
}

/* ---- values ---- */

static struct text tzid_of(icalproperty *property)
{
    icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    return text_from(parameter ? icalparameter_get_tzid(parameter) : NULL);
}

static bool read_time(const struct ical *ical, icalproperty *property, struct icaltimetype t,
                      struct ical_time *ret_time)
{
    struct ical_time time = {.is_date = t.is_date};
    struct text tzid = tzid_of(property);
    if (!ical_civil(t, &time.civil))
        return false;
    if (icaltime_is_utc(t))
        time.zone = ical_zone_named(TEXT("UTC"));
    else if (tzid.n && !t.is_date)
        time.zone = ical_zone_find(ical, tzid);
    else
        time.zone = ical->home;
    *ret_time = time;
    return true;
}

static struct icaltimetype time_value(icalproperty *property)
{
    icalvalue *value = property ? icalproperty_get_value(property) : NULL;
    icalvalue_kind kind = value ? icalvalue_isa(value) : ICAL_NO_VALUE;
    if (kind == ICAL_DATE_VALUE)
        return icalvalue_get_date(value);
    if (kind == ICAL_DATETIME_VALUE)
        return icalvalue_get_datetime(value);
    return icaltime_null_time();
}

static struct ical_length length_of(struct icaldurationtype d)
{
    if (d.is_neg)
        return (struct ical_length){0};
    return (struct ical_length){.days = (int64_t)d.weeks * 7 + d.days,
                                .seconds = (int64_t)d.hours * 3600 + (int64_t)d.minutes * 60 +
                                           d.seconds};
}

/* Between dates days count, between times what really passes. */
static struct ical_length length_between(const struct ical_time *start,
                                         const struct ical_time *end)
{
    if (start->is_date)
        return (struct ical_length){.days = civil_days(end->civil) - civil_days(start->civil)};
    return (struct ical_length){.seconds =
                                    instant_until_s(ical_instant(start), ical_instant(end))};
}

static icalproperty *first_of(icalcomponent *vevent, icalproperty_kind kind)
{
    return icalcomponent_get_first_property(vevent, kind);
}

/* A zone of its own at the end alone is as unknown as one at the start. */
static void read_length(const struct ical *ical, icalcomponent *vevent,
                        struct ical_event *event)
{
    icalproperty *end = first_of(vevent, ICAL_DTEND_PROPERTY);
    icalproperty *duration = first_of(vevent, ICAL_DURATION_PROPERTY);
    struct ical_time at;
    event->length = (struct ical_length){.days = event->start.is_date};
    if (end && read_time(ical, end, time_value(end), &at)) {
        event->length = length_between(&event->start, &at);
        if (!at.zone)
            event->start.zone = NULL;
    } else if (end) {
        event->is_open_ended = true;
    } else if (duration) {
        event->length = length_of(icalproperty_get_duration(duration));
    }
    if (event->length.days < 0 || event->length.seconds < 0)
        event->length = (struct ical_length){0};
}

/* ---- what it says of the time ---- */

static struct text x_value(icalcomponent *vevent, struct text name)
{
    for (icalproperty *p = first_of(vevent, ICAL_X_PROPERTY); p;
         p = icalcomponent_get_next_property(vevent, ICAL_X_PROPERTY))
        if (text_equal_nocase(text_from(icalproperty_get_x_name(p)), name))
            return text_from(icalproperty_get_x(p));
    return (struct text){0};
}

/* Outlook's word; what is no word of its is as if it were not there. */
static bool read_outlook_status(struct text word, enum busy_status *ret_status)
{
    static const struct {
        const char *word;
        enum busy_status status;
    } words[] = {{"FREE", BUSY_FREE},
                 {"TENTATIVE", BUSY_TENTATIVE},
                 {"BUSY", BUSY_BUSY},
                 {"OOF", BUSY_OOF},
                 {"WORKINGELSEWHERE", BUSY_ELSEWHERE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal_nocase(word, text_from(words[i].word))) {
            *ret_status = words[i].status;
            return true;
        }
    return false;
}

/* TRANSP decides whether the time is taken, as every client writes it; how it is taken Outlook's word says better.
 * Where the two contradict each other, the one that takes the time counts. */
static enum busy_status status_of(icalcomponent *vevent, icalproperty_status stated)
{
    enum busy_status outlook = BUSY_BUSY;
    icalproperty *transp = first_of(vevent, ICAL_TRANSP_PROPERTY);
    bool has_outlook =
        read_outlook_status(x_value(vevent, TEXT("X-MICROSOFT-CDO-BUSYSTATUS")), &outlook);
    enum icalproperty_transp says = transp ? icalproperty_get_transp(transp) : ICAL_TRANSP_NONE;
    bool is_transparent =
        says == ICAL_TRANSP_TRANSPARENT || says == ICAL_TRANSP_TRANSPARENTNOCONFLICT;
    if (is_transparent)
        return outlook == BUSY_ELSEWHERE ? BUSY_ELSEWHERE : BUSY_FREE;
    if (has_outlook && (outlook != BUSY_FREE || !transp) && outlook != BUSY_BUSY)
        return outlook;
    return stated == ICAL_STATUS_TENTATIVE ? BUSY_TENTATIVE : BUSY_BUSY;
}

static void read_marks(icalcomponent *vevent, struct ical_event *event)
{
    icalproperty *status = first_of(vevent, ICAL_STATUS_PROPERTY);
    icalproperty *class = first_of(vevent, ICAL_CLASS_PROPERTY);
    icalproperty_status stated = status ? icalproperty_get_status(status) : ICAL_STATUS_NONE;
    enum icalproperty_class secrecy = class ? icalproperty_get_class(class) : ICAL_CLASS_NONE;
    event->is_cancelled = stated == ICAL_STATUS_CANCELLED;
    event->item.status = status_of(vevent, stated);
    event->item.all_day = event->start.is_date;
    event->item.is_private = class && secrecy != ICAL_CLASS_PUBLIC;
}

static struct text copy(struct arena *a, const char *text)
{
    return text ? arena_text(a, text_from(text)) : (struct text){0};
}

static void read_texts(struct ical *ical, icalcomponent *vevent, struct ical_item *item)
{
    icalproperty *summary = first_of(vevent, ICAL_SUMMARY_PROPERTY);
    icalproperty *place = first_of(vevent, ICAL_LOCATION_PROPERTY);
    icalproperty *text = first_of(vevent, ICAL_DESCRIPTION_PROPERTY);
    icalproperty *uid = first_of(vevent, ICAL_UID_PROPERTY);
    item->title = copy(&ical->a, summary ? icalproperty_get_summary(summary) : NULL);
    item->place = copy(&ical->a, place ? icalproperty_get_location(place) : NULL);
    item->text = copy(&ical->a, text ? icalproperty_get_description(text) : NULL);
    item->uid = copy(&ical->a, uid ? icalproperty_get_uid(uid) : NULL);
}

/* ---- recurrence ---- */

static size_t count(icalcomponent *vevent, icalproperty_kind kind)
{
    int n = icalcomponent_count_properties(vevent, kind);
    return n > 0 ? (size_t)n : 0;
}

/* UNTIL is an instant; the rule is counted on the wall clock of the event's zone. */
static struct icaltimetype local_until(struct icaltimetype until, const struct ical_time *start)
{
    struct civil civil;
    if (icaltime_is_null_time(until) || !ical_civil(until, &civil))
        return until;
    if (until.is_date) {
        until.is_date = 0;
        until.hour = 23, until.minute = 59, until.second = 59;
    } else if (icaltime_is_utc(until) && start->zone && !start->is_date) {
        civil = zone_civil(start->zone, (struct instant){civil_seconds(civil)});
        until = (struct icaltimetype){.year = civil.year,
                                      .month = civil.month,
                                      .day = civil.day,
                                      .hour = civil.hour,
                                      .minute = civil.minute,
                                      .second = civil.second};
    }
    until.zone = NULL;
    return until;
}

static void read_rules(struct ical *ical, icalcomponent *vevent, struct ical_event *event)
{
    size_t n = count(vevent, ICAL_RRULE_PROPERTY);
    if (n > ICAL_RULES_MAX) {
        event->is_open_ended = true;
        return;
    }
    event->rules = ARENA_ARRAY(&ical->a, n, struct icalrecurrencetype);
    for (icalproperty *p = first_of(vevent, ICAL_RRULE_PROPERTY); p && event->n_rules < n;
         p = icalcomponent_get_next_property(vevent, ICAL_RRULE_PROPERTY)) {
        struct icalrecurrencetype rule = icalproperty_get_rrule(p);
        rule.until = local_until(rule.until, &event->start);
        rule.rscale = rule.rscale ? arena_cstr(&ical->a, text_from(rule.rscale)) : NULL;
        event->rules[event->n_rules++] = rule;
    }
}

static bool read_extra(const struct ical *ical, icalproperty *p, struct ical_extra *ret_extra)
{
    struct icaldatetimeperiodtype value = icalproperty_get_rdate(p);
    struct ical_extra extra = {0};
    if (icaltime_is_null_time(value.period.start)) {
        if (!read_time(ical, p, value.time, &extra.start))
            return false;
        *ret_extra = extra;
        return true;
    }
    if (!read_time(ical, p, value.period.start, &extra.start))
        return false;
    struct ical_time end;
    extra.has_length = true;
    if (!icaltime_is_null_time(value.period.end) && read_time(ical, p, value.period.end, &end))
        extra.length = length_between(&extra.start, &end);
    else
        extra.length = length_of(value.period.duration);
    if (extra.length.seconds < 0)
        extra.length.seconds = 0;
    *ret_extra = extra;
    return true;
}

static void read_dates(struct ical *ical, icalcomponent *vevent, struct ical_event *event)
{
    size_t n_extras = count(vevent, ICAL_RDATE_PROPERTY);
    size_t n_except = count(vevent, ICAL_EXDATE_PROPERTY);
    if (n_extras > ICAL_DATES_MAX || n_except > ICAL_DATES_MAX) {
        event->is_open_ended = true;
        return;
    }
    event->extras = ARENA_ARRAY(&ical->a, n_extras, struct ical_extra);
    event->except = ARENA_ARRAY(&ical->a, n_except, struct ical_time);
    for (icalproperty *p = first_of(vevent, ICAL_RDATE_PROPERTY); p;
         p = icalcomponent_get_next_property(vevent, ICAL_RDATE_PROPERTY)) {
        if (read_extra(ical, p, &event->extras[event->n_extras]))
            event->n_extras++;
        else
            event->is_open_ended = true;
    }
    for (icalproperty *p = first_of(vevent, ICAL_EXDATE_PROPERTY); p;
         p = icalcomponent_get_next_property(vevent, ICAL_EXDATE_PROPERTY))
        if (read_time(ical, p, icalproperty_get_exdate(p), &event->except[event->n_except]))
            event->n_except++; /* one that cannot be read excepts nothing */
}

static void read_recurrence_id(const struct ical *ical, icalcomponent *vevent,
                               struct ical_event *event)
{
    icalproperty *p = first_of(vevent, ICAL_RECURRENCEID_PROPERTY);
    if (!p)
        return;
    icalparameter *range = icalproperty_get_first_parameter(p, ICAL_RANGE_PARAMETER);
    event->is_exception =
        read_time(ical, p, icalproperty_get_recurrenceid(p), &event->instead_of);
    event->and_later = range && icalparameter_get_range(range) == ICAL_RANGE_THISANDFUTURE;
}

/* libical drops a property that it cannot read and leaves a note of it, which names the property. */
static bool has_lost(icalcomponent *vevent, const char *property)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *words = arena_printf(&a, " in %s property", property);
    for (icalproperty *p = first_of(vevent, ICAL_XLICERROR_PROPERTY); p;
         p = icalcomponent_get_next_property(vevent, ICAL_XLICERROR_PROPERTY))
        if (icalproperty_get_xlicerror(p) && strstr(icalproperty_get_xlicerror(p), words))
            return true;
    return false;
}

static bool has_lost_any(icalcomponent *vevent)
{
    return has_lost(vevent, "RRULE") || has_lost(vevent, "RDATE") ||
           has_lost(vevent, "DTEND") || has_lost(vevent, "DURATION");
}

/* ---- events ---- */

/* ERR_NOT_FOUND: it is at no time at all, which RFC 5545 allows. */
static enum status read_event(struct ical *ical, icalcomponent *vevent,
                              struct ical_event *event, struct error *err)
{
    icalproperty *start = first_of(vevent, ICAL_DTSTART_PROPERTY);
    if (!start && !has_lost(vevent, "DTSTART"))
        return ERR_NOT_FOUND;
    if (!start || !read_time(ical, start, time_value(start), &event->start))
        return error_set(err, ERR_NO_DATA, "icalendar",
                         "an event's start cannot be read: nobody knows when it is");
    read_texts(ical, vevent, &event->item);
    read_marks(vevent, event);
    read_length(ical, vevent, event);
    read_recurrence_id(ical, vevent, event);
    if (!event->is_exception) {
        read_rules(ical, vevent, event);
        read_dates(ical, vevent, event);
    }
    event->is_open_ended = event->is_open_ended ||
                           (first_of(vevent, ICAL_XLICERROR_PROPERTY) && has_lost_any(vevent));
    event->item.repeats = event->is_exception || event->n_rules || event->n_extras;
    return OK;
}

static int by_uid(const void *one, const void *other)
{
    const struct ical_event *const *a = one, *const *b = other;
    struct text x = (*a)->item.uid, y = (*b)->item.uid;
    int order = memcmp(x.at ? x.at : "", y.at ? y.at : "", x.n < y.n ? x.n : y.n);
    if (order == 0)
        order = (x.n > y.n) - (x.n < y.n);
    if (order == 0)
        order = (int)(*a)->is_exception - (int)(*b)->is_exception;
    return order ? order : (*a > *b) - (*a < *b);
}

/* Give each exception to the series that has its uid. */
static void tie_exceptions(struct ical *ical)
{
    struct ical_event **sorted = ARENA_ARRAY(&ical->a, ical->n_events, struct ical_event *);
    struct ical_event *master = NULL;
    for (size_t i = 0; i < ical->n_events; i++)
        sorted[i] = &ical->events[i];
    if (ical->n_events)
        qsort(sorted, ical->n_events, sizeof *sorted, by_uid);
    for (size_t i = 0; i < ical->n_events; i++) {
        struct ical_event *event = sorted[i];
        if (!event->is_exception)
            master = event;
        else if (master && event->item.uid.n && text_equal(master->item.uid, event->item.uid)) {
            event->next_exception = master->next_exception;
            master->next_exception = event;
            if (++master->n_exceptions > ICAL_EXCEPTIONS_MAX)
                master->is_open_ended = true;
        }
    }
}

static enum status read_events(struct ical *ical, icalcomponent *object, struct error *err)
{
    int n = icalcomponent_count_components(object, ICAL_VEVENT_COMPONENT);
    if (n > ICAL_ITEMS_MAX)
        return error_set(err, ERR_UPSTREAM, "icalendar",
                         "the calendar object has more than %d events", ICAL_ITEMS_MAX);
    ical->events = ARENA_ARRAY(&ical->a, n > 0 ? (size_t)n : 1, struct ical_event);
    for (icalcomponent *vevent =
             icalcomponent_get_first_component(object, ICAL_VEVENT_COMPONENT);
         vevent; vevent = icalcomponent_get_next_component(object, ICAL_VEVENT_COMPONENT)) {
        struct ical_event *event = &ical->events[ical->n_events];
        enum status status = read_event(ical, vevent, event, err);
        if (status == OK)
            ical->n_events++;
        else if (status != ERR_NOT_FOUND)
            return status;
        else
            *event = (struct ical_event){0};
    }
    tie_exceptions(ical);
    return OK;
}

/* Servers hand out one VCALENDAR an object; feeds that were joined have several, which libical puts into one. */
enum status ical_read(struct text text, const struct zone *home, struct ical **ret_ical,
                      struct error *err)
{
    icalcomponent *object = ical_parse(text, err);
    if (!object)
        return ERR_UPSTREAM;
    struct ical *ical = calloc(1, sizeof *ical);
    ENSURE(ical);
    const struct zone *own = ical_zone_of(object);
    ical->home = own ? own : home;
    enum status status = OK;
    bool is_joined = icalcomponent_isa(object) == ICAL_XROOT_COMPONENT;
    if (icalcomponent_isa(object) != ICAL_VCALENDAR_COMPONENT)
        status = error_set(err, ERR_UPSTREAM, "icalendar",
                           is_joined ? "more than one calendar object came"
                                     : "what came is no calendar object");
    if (status == OK) {
        ical_zones_read(ical, object);
        status = read_events(ical, object, err);
    }
    icalcomponent_free(object);
    if (status == OK)
        *ret_ical = ical;
    else
        ical_free(ical);
    return status;
}

void ical_free(struct ical *ical)
{
    if (!ical)
        return;
    ical_zones_done(ical);
    free(ical->spans.at);
    arena_wipe(&ical->a);
    free(ical);
}

static void forget(struct text *text)
{
    if (text->n)
        wipe_bytes((char *)(uintptr_t)text->at, text->n); /* it lies in the object's arena */
    *text = (struct text){0};
}

void ical_forget_texts(struct ical *ical)
{
    for (size_t i = 0; i < ical->n_events; i++) {
        struct ical_item *item = &ical->events[i].item;
        forget(&item->title);
        forget(&item->place);
        forget(&item->text);
    }
}

const struct ical_item *ical_find(const struct ical *ical, struct text uid,
                                  struct instant *ret_start, struct instant *ret_end)
{
    for (size_t i = 0; i < ical->n_events; i++) {
        const struct ical_event *event = &ical->events[i];
        if (event->is_exception || !text_equal_nocase(event->item.uid, uid))
            continue;
        struct ical_time end = ical_time_add(&event->start, event->length.days, 0);
        *ret_start = ical_instant(&event->start);
        *ret_end = instant_add_s(ical_instant(&end), event->length.seconds);
        return &event->item;
    }
    return NULL;
}
