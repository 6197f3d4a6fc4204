/* SPDX-License-Identifier: ISC
 *
 * What a TZID means. A name that IANA or Windows knows means our own zone data, whatever the object's VTIMEZONE
 * says beside it: definitions in objects are often older than the law. Any other name means its definition,
 * counted out from FIRST_YEAR to LAST_YEAR; where that does not make sense, nothing is known.
 *
 * Vendors put prefixes before IANA names ("/freeassociation.sourceforge.net/Europe/Zurich",
 * "/mozilla.org/20050126_1/Europe/Zurich"): the longest tail that is a name counts.
 */
#include <stdlib.h>

#include "calendar/ical/inner.h"
#include "time/winzone.h"

enum {
    FIRST_YEAR = 1970,
    LAST_YEAR = 2100,
    CHANGES_MAX = 2048,
    ZONES_MAX = 64,
    STEPS_MAX = 4000
};

static const struct zones *zones;

void ical_init(const struct zones *known)
{
    zones = known;
    icalerror_set_errors_are_fatal(0);
    /* ICU, which libical counts with, reads the list of zones at its first use. */
    struct icalrecurrencetype rule = icalrecurrencetype_from_string("FREQ=DAILY;COUNT=1");
    icalrecur_iterator *first =
        icalrecur_iterator_new(rule, icaltime_from_string("20260101T000000"));
    if (first)
        icalrecur_iterator_next(first);
    icalrecur_iterator_free(first);
}

const struct zone *ical_zone_named(struct text tzid)
{
    if (!zones || !tzid.n)
        return NULL;
    const struct zone *zone = zone_find(zones, tzid);
    const char *by_windows = zone ? NULL : winzone_iana(tzid);
    if (by_windows)
        return zone_find(zones, text_from(by_windows));
    for (struct text rest = tzid, head;
         !zone && tzid.at[0] == '/' && text_cut(rest, '/', &head, &rest);)
        zone = zone_find(zones, rest);
    return zone;
}

const struct zone *ical_zone_find(const struct ical *ical, struct text tzid)
{
    const struct zone *zone = ical_zone_named(tzid);
    for (const struct ical_own_zone *own = ical->zones; own && !zone; own = own->next)
        if (text_equal(own->tzid, tzid))
            return own->said ? own->said : own->defined;
    return zone;
}

/* ---- definitions ---- */

struct definition {
    struct zone_change changes[CHANGES_MAX];
    size_t n;
    unsigned steps_left;
    int64_t first_at; /* of the earliest change, and the offset before it */
    int32_t first_offset_s;
    bool is_wrong;
};

static void add_change(struct definition *def, struct civil local, int32_t from_s, int32_t to_s)
{
    int64_t at = civil_seconds(local) - from_s;
    if (def->n == CHANGES_MAX) {
        def->is_wrong = true;
        return;
    }
    if (def->n == 0 || at < def->first_at) {
        def->first_at = at;
        def->first_offset_s = from_s;
    }
    def->changes[def->n++] = (struct zone_change){at, to_s};
}

static bool offset_of(icalcomponent *part, icalproperty_kind kind, int32_t *ret_s)
{
    icalproperty *property = icalcomponent_get_first_property(part, kind);
    icalvalue *value = property ? icalproperty_get_value(property) : NULL;
    if (!value)
        return false;
    *ret_s = icalvalue_get_utcoffset(value);
    return true;
}

static void add_rule(struct definition *def, icalproperty *property,
                     const struct ical_time *start, int32_t from_s, int32_t to_s)
{
    struct icalrecurrencetype rule = icalproperty_get_rrule(property);
    struct civil near = start->civil, local;
    if (!rule.count && near.year < FIRST_YEAR)
        near = (struct civil){FIRST_YEAR, 1, 1, 0, 0, 0};
    if (!icaltime_is_null_time(rule.until) && icaltime_is_utc(rule.until))
        icaltime_adjust(&rule.until, 0, 0, 0, from_s);
    rule.until.zone = NULL;
    struct ical_rule *counted = ical_rule_new(&rule, start, near, &def->steps_left);
    enum status status = counted ? OK : ERR_LIMIT;
    while (status == OK && !def->is_wrong) {
        status = ical_rule_next(counted, &local);
        if (status == OK && local.year > LAST_YEAR)
            break;
        if (status == OK && local.year >= FIRST_YEAR)
            add_change(def, local, from_s, to_s);
    }
    def->is_wrong = def->is_wrong || status == ERR_LIMIT;
    ical_rule_free(counted);
}

/* One STANDARD or DAYLIGHT. */
static void add_observance(struct definition *def, icalcomponent *part)
{
    int32_t from_s, to_s;
    struct ical_time start = {0};
    icalproperty *property = icalcomponent_get_first_property(part, ICAL_DTSTART_PROPERTY);
    if (!property || !ical_civil(icalproperty_get_dtstart(property), &start.civil) ||
        !offset_of(part, ICAL_TZOFFSETFROM_PROPERTY, &from_s) ||
        !offset_of(part, ICAL_TZOFFSETTO_PROPERTY, &to_s)) {
        def->is_wrong = true;
        return;
    }
    add_change(def, start.civil, from_s, to_s);
    for (property = icalcomponent_get_first_property(part, ICAL_RRULE_PROPERTY); property;
         property = icalcomponent_get_next_property(part, ICAL_RRULE_PROPERTY))
        add_rule(def, property, &start, from_s, to_s);
    for (property = icalcomponent_get_first_property(part, ICAL_RDATE_PROPERTY); property;
         property = icalcomponent_get_next_property(part, ICAL_RDATE_PROPERTY)) {
        struct civil local;
        if (ical_civil(icalproperty_get_rdate(property).time, &local))
            add_change(def, local, from_s, to_s);
    }
    if (icalcomponent_get_first_property(part, ICAL_XLICERROR_PROPERTY))
        def->is_wrong = true;
}

static struct zone *zone_defined(struct text tzid, icalcomponent *definition)
{
    struct definition *def = calloc(1, sizeof *def);
    struct zone *zone = NULL;
    ENSURE(def);
    def->steps_left = STEPS_MAX;
    for (icalcomponent *part =
             icalcomponent_get_first_component(definition, ICAL_ANY_COMPONENT);
         part; part = icalcomponent_get_next_component(definition, ICAL_ANY_COMPONENT)) {
        icalcomponent_kind kind = icalcomponent_isa(part);
        if (kind == ICAL_XSTANDARD_COMPONENT || kind == ICAL_XDAYLIGHT_COMPONENT)
            add_observance(def, part);
    }
    if (def->is_wrong || !def->n ||
        zone_make(tzid, def->first_offset_s, def->changes, def->n, &zone) != OK)
        zone = NULL;
    free(def);
    return zone;
}

static struct text tzid_of(icalcomponent *definition)
{
    icalproperty *property = icalcomponent_get_first_property(definition, ICAL_TZID_PROPERTY);
    return text_from(property ? icalproperty_get_tzid(property) : NULL);
}

/* A VTIMEZONE may say its IANA name beside a TZID of its own. */
static const struct zone *zone_said(icalcomponent *component, struct text by)
{
    for (icalproperty *p = icalcomponent_get_first_property(component, ICAL_X_PROPERTY); p;
         p = icalcomponent_get_next_property(component, ICAL_X_PROPERTY))
        if (text_equal_nocase(text_from(icalproperty_get_x_name(p)), by))
            return ical_zone_named(text_from(icalproperty_get_x(p)));
    return NULL;
}

const struct zone *ical_zone_of(icalcomponent *object)
{
    return zone_said(object, TEXT("X-WR-TIMEZONE"));
}

void ical_zones_read(struct ical *ical, icalcomponent *object)
{
    size_t n = 0;
    for (icalcomponent *def =
             icalcomponent_get_first_component(object, ICAL_VTIMEZONE_COMPONENT);
         def && n < ZONES_MAX;
         def = icalcomponent_get_next_component(object, ICAL_VTIMEZONE_COMPONENT), n++) {
        struct text tzid = tzid_of(def);
        if (!tzid.n || ical_zone_named(tzid))
            continue;
        struct ical_own_zone *own = ARENA_NEW(&ical->a, struct ical_own_zone);
        const struct zone *said = zone_said(def, TEXT("X-LIC-LOCATION"));
        *own = (struct ical_own_zone){.tzid = arena_text(&ical->a, tzid),
                                      .said = said,
                                      .defined = said ? NULL : zone_defined(tzid, def),
                                      .next = ical->zones};
        ical->zones = own;
    }
}

void ical_zones_done(struct ical *ical)
{
    for (struct ical_own_zone *own = ical->zones; own; own = own->next)
        zone_free(own->defined);
    ical->zones = NULL;
}
