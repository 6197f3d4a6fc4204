/* SPDX-License-Identifier: ISC */
#include "lang/moment.h"

#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/ustring.h>

#include "lang/message.h"

enum { PATTERN_MAX = 64, FORMATTED_MAX = 128 };

/* English as it is written outside America; the others as in Switzerland. */
static const char *const locales[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "en_GB",
                                                    [LANGUAGE_DE] = "de_CH",
                                                    [LANGUAGE_FR] = "fr_CH",
                                                    [LANGUAGE_IT] = "it_CH"};

enum shape_of_moment { MOMENT_DAY, MOMENT_DAY_SHORT, MOMENT_TIME, MOMENT_COUNT };
static const char *const skeletons[MOMENT_COUNT] = {
    [MOMENT_DAY] = "yMMMMEEEEd", [MOMENT_DAY_SHORT] = "MMMEd", [MOMENT_TIME] = "Hm"};

/* Made before the jail and never changed: ICU would look for nothing later, but this way it cannot. */
static UDateFormat *formats[LANGUAGE_COUNT][MOMENT_COUNT];

static UDateFormat *open_format(const char *locale, const char *skeleton, UErrorCode *code)
{
    UChar wanted[PATTERN_MAX], pattern[PATTERN_MAX], utc[8];
    u_uastrcpy(wanted, skeleton);
    u_uastrcpy(utc, "Etc/UTC");
    UDateTimePatternGenerator *generator = udatpg_open(locale, code);
    int32_t n = udatpg_getBestPattern(generator, wanted, -1, pattern, PATTERN_MAX, code);
    udatpg_close(generator);
    return udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, utc, -1, pattern, n, code);
}

static struct text format(struct arena *a, enum language language, enum shape_of_moment shape,
                          int64_t wall_s)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar wide[FORMATTED_MAX];
    char out[FORMATTED_MAX * 3];
    int32_t n = 0;
    ENSURE(formats[language][shape]);
    int32_t n_wide = udat_format(formats[language][shape], (double)wall_s * 1000, wide,
                                 FORMATTED_MAX, NULL, &code);
    u_strToUTF8(out, sizeof out, &n, wide, n_wide, &code);
    ENSURE(U_SUCCESS(code));
    return arena_text(a, (struct text){out, (size_t)n});
}

/* ICU falls back to another language rather than fail: see that it knows ours, by the day on which 1970 began. */
static bool knows(enum language language)
{
    static const char *const thursdays[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "Thursday",
                                                          [LANGUAGE_DE] = "Donnerstag",
                                                          [LANGUAGE_FR] = "jeudi",
                                                          [LANGUAGE_IT] = "gioved\u00ec"};
    struct arena a CLEANUP(arena_done) = {0};
    return text_starts(format(&a, language, MOMENT_DAY, 0), text_from(thursdays[language]));
}

enum status moment_init(struct error *err)
{
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        UErrorCode code = U_ZERO_ERROR;
        for (int m = 0; m < MOMENT_COUNT; m++)
            formats[l][m] = open_format(locales[l], skeletons[m], &code);
        if (U_FAILURE(code) || !knows((enum language)l))
            return error_set(err, ERR_UNSUPPORTED, "icu", "it has no dates in %s (%s)",
                             locales[l], u_errorName(code));
    }
    return OK;
}

void moment_done(void)
{
    for (int l = 0; l < LANGUAGE_COUNT; l++)
        for (int m = 0; m < MOMENT_COUNT; m++) {
            udat_close(formats[l][m]);
            formats[l][m] = NULL;
        }
}

static struct text format_at(struct arena *a, enum language language,
                             enum shape_of_moment shape, const struct zone *zone,
                             struct instant t)
{
    return format(a, language, shape, civil_seconds(zone_civil(zone, t)));
}

struct text moment_day(struct arena *a, enum language language, const struct zone *zone,
                       struct instant t)
{
    return format_at(a, language, MOMENT_DAY, zone, t);
}

struct text moment_day_short(struct arena *a, enum language language, const struct zone *zone,
                             struct instant t)
{
    return format_at(a, language, MOMENT_DAY_SHORT, zone, t);
}

struct text moment_time(struct arena *a, enum language language, const struct zone *zone,
                        struct instant t)
{
    return format_at(a, language, MOMENT_TIME, zone, t);
}

struct text moment_span(struct arena *a, enum language language, const struct zone *zone,
                        struct slot slot)
{
    struct text start = moment_time(a, language, zone, slot.start);
    struct text end = moment_time(a, language, zone, slot.end);
    if (zone_day(zone, slot.start) != zone_day(zone, slot.end)) {
        struct text day = moment_day_short(a, language, zone, slot.end);
        end = text_from(arena_printf(a, TEXT_FMT ", " TEXT_FMT, TEXT_ARG(day), TEXT_ARG(end)));
    }
    return text_from(
        arena_printf(a, TEXT_FMT " \u2013 " TEXT_FMT, TEXT_ARG(start), TEXT_ARG(end)));
}

struct text moment_duration(struct arena *a, enum language language, int64_t minutes)
{
    int64_t hours = minutes / 60, rest = minutes % 60;
    struct text h = message_count(a, language, MESSAGES("{n} hour", "{n} hours"), hours);
    struct text m = message_count(a, language, MESSAGES("{n} minute", "{n} minutes"), rest);
    if (hours == 0 || rest == 0)
        return hours ? h : m;
    return text_from(arena_printf(a, TEXT_FMT " " TEXT_FMT, TEXT_ARG(h), TEXT_ARG(m)));
}
