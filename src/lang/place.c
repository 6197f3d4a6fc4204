/* SPDX-License-Identifier: ISC
 *
 * A name costs ICU some 20 microseconds, all of them in all languages a tenth of a second: they are kept as they
 * come up, in a row for each zone.
 */
#include "lang/place.h"

#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

#include "lang/message.h"

enum { CITY_MAX = 96 };

struct place {
    const struct zone *zone;
    char *city[LANGUAGE_COUNT]; /* NULL: not wanted yet */
};

static struct place *places; /* by the address of their zone */
static size_t n_places;

static int compare(const void *left, const void *right)
{
    const struct place *one = left, *other = right;
    return (one->zone > other->zone) - (one->zone < other->zone);
}

void place_init(const struct zones *zones)
{
    size_t pos = 0, n = 0;
    while (zones_next(zones, &pos))
        n++;
    places = calloc(n, sizeof *places);
    ENSURE(places);
    pos = 0;
    for (const struct zone *zone; (zone = zones_next(zones, &pos));)
        places[n_places++].zone = zone;
    qsort(places, n_places, sizeof *places, compare);
}

void place_done(void)
{
    for (size_t i = 0; i < n_places; i++)
        for (int l = 0; l < LANGUAGE_COUNT; l++)
            free(places[i].city[l]);
    free(places);
    places = NULL;
    n_places = 0;
}

/* "Buenos Aires" of America/Argentina/Buenos_Aires. */
static void city_of_name(struct text name, char ret_city[static CITY_MAX])
{
    size_t from = name.n;
    while (from > 0 && name.at[from - 1] != '/')
        from--;
    size_t n = 0;
    for (; from < name.n && n + 1 < CITY_MAX; from++)
        ret_city[n++] = name.at[from] == '_' ? ' ' : name.at[from];
    ret_city[n] = 0;
}

/* ICU's "exemplar city"; false where it has none, which it says in words. */
static bool city_of_icu(enum language language, struct text name,
                        char ret_city[static CITY_MAX])
{
    UErrorCode code = U_ZERO_ERROR;
    UChar pattern[4], id[CITY_MAX], wide[CITY_MAX];
    int32_t n_id = 0, n = 0;
    if (!memchr(name.at, '/', name.n) || text_starts(name, TEXT("Etc/")))
        return false;
    u_uastrcpy(pattern, "VVV");
    u_strFromUTF8(id, CITY_MAX, &n_id, name.at, (int32_t)name.n, &code);
    UDateFormat *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, language_tag(language), id,
                                    n_id, pattern, 3, &code);
    int32_t n_wide = udat_format(format, 0, wide, CITY_MAX, NULL, &code);
    u_strToUTF8(ret_city, CITY_MAX, &n, wide, n_wide, &code);
    udat_close(format);
    return U_SUCCESS(code) && n > 0 && n < CITY_MAX;
}

const char *place_city(enum language language, const struct zone *zone)
{
    struct place wanted = {.zone = zone};
    struct place *place = bsearch(&wanted, places, n_places, sizeof *places, compare);
    char city[CITY_MAX];
    ENSURE(place);
    if (!place->city[language]) {
        /* ICU tells English readers of "Knox, Indiana": the name that everybody knows will do. */
        if (language == LANGUAGE_EN || !city_of_icu(language, zone_name(zone), city))
            city_of_name(zone_name(zone), city);
        place->city[language] = strdup(city);
        ENSURE(place->city[language]);
    }
    return place->city[language];
}

const char *place_offset(struct arena *a, const struct zone *zone, struct instant t)
{
    int offset_min = zone_period_at(zone, t).offset_s / 60;
    if (offset_min == 0)
        return "UTC";
    int hours = abs(offset_min) / 60, minutes = abs(offset_min) % 60;
    char sign = offset_min < 0 ? '-' : '+';
    return minutes ? arena_printf(a, "UTC%c%d:%02d", sign, hours, minutes)
                   : arena_printf(a, "UTC%c%d", sign, hours);
}

/* From right to left "UTC+1" would become "1+UTC": U+2066 and U+2069 keep it whole. */
const char *place_zone(struct arena *a, enum language language, const struct zone *zone,
                       struct instant t)
{
    const char *city = place_city(language, zone);
    const char *offset = place_offset(a, zone, t);
    if (strcmp(city, offset) == 0)
        return city;
    if (language_is_rtl(language))
        offset = arena_printf(a, "\u2066%s\u2069", offset);
    return message_join(a, language, text_from(city), text_from(offset)).at;
}
