/* SPDX-License-Identifier: ISC */
#include "lang/moment.h"

#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/ustring.h>

#include "lang/message.h"

enum { PATTERN_MAX = 64, FORMATTED_MAX = 128 };

/* English as it is written outside America; Arabic with its own digits; the others as in Switzerland. */
static const char *const locales[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "en_GB",
                                                    [LANGUAGE_DE] = "de_CH",
                                                    [LANGUAGE_FR] = "fr_CH",
                                                    [LANGUAGE_IT] = "it_CH",
                                                    [LANGUAGE_AR] = "ar"};

/* ICU finds the pattern of a skeleton; the length of EEEEEE is lost on that way, so it is a pattern itself. */
static const struct {
    const char *skeleton, *pattern;
} forms[MOMENT_FORMS] = {
    [MOMENT_DAY] = {"yMMMMEEEEd", NULL},       [MOMENT_DAY_OF_YEAR] = {"MMMMEEEEd", NULL},
    [MOMENT_DAY_SHORT] = {"MMMEd", NULL},      [MOMENT_DATE] = {"yMMMMd", NULL},
    [MOMENT_MONTH] = {"yMMMM", NULL},          [MOMENT_WEEKDAY] = {NULL, "cccc"},
    [MOMENT_WEEKDAY_SHORT] = {NULL, "EEEEEE"}, [MOMENT_TIME] = {"Hm", NULL},
};

/* Made before the jail and never changed: ICU would look for nothing later, but this way it cannot. */
static UDateFormat *formats[LANGUAGE_COUNT][MOMENT_FORMS];

static UDateFormat *open_format(UDateTimePatternGenerator *generator, const char *locale,
                                enum moment_form form, UErrorCode *code)
{
    UChar wanted[PATTERN_MAX], pattern[PATTERN_MAX], utc[8];
    int32_t n = -1;
    u_uastrcpy(utc, "Etc/UTC");
    if (forms[form].pattern) {
        u_uastrcpy(pattern, forms[form].pattern);
    } else {
        u_uastrcpy(wanted, forms[form].skeleton);
        n = udatpg_getBestPattern(generator, wanted, -1, pattern, PATTERN_MAX, code);
    }
    return udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, utc, -1, pattern, n, code);
}

static struct text format(struct arena *a, enum language language, enum moment_form form,
                          int64_t wall_s)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar wide[FORMATTED_MAX];
    char out[FORMATTED_MAX * 3 + 1];
    int32_t n = 0;
    ENSURE(formats[language][form]);
    int32_t n_wide = udat_format(formats[language][form], (double)wall_s * 1000, wide,
                                 FORMATTED_MAX, NULL, &code);
    u_strToUTF8(out, sizeof out - 1, &n, wide, n_wide, &code);
    ENSURE(U_SUCCESS(code));
    out[n] = 0;
    return text_from(
        arena_cstr(a, (struct text){out, (size_t)n})); /* ends like a literal, too */
}

/* ICU falls back to another language rather than fail: see that it knows ours, by the day on which 1970 began. */
static bool knows(enum language language)
{
    static const char *const thursdays[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = "Thursday",
        [LANGUAGE_DE] = "Donnerstag",
        [LANGUAGE_FR] = "jeudi",
        [LANGUAGE_IT] = "gioved\u00ec",
        [LANGUAGE_AR] = "\u0627\u0644\u062e\u0645\u064a\u0633"};
    struct arena a CLEANUP(arena_done) = {0};
    return text_starts(format(&a, language, MOMENT_DAY, 0), text_from(thursdays[language]));
}

enum status moment_init(struct error *err)
{
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        UErrorCode code = U_ZERO_ERROR;
        UDateTimePatternGenerator *generator = udatpg_open(locales[l], &code);
        for (int m = 0; m < MOMENT_FORMS; m++)
            formats[l][m] = open_format(generator, locales[l], (enum moment_form)m, &code);
        udatpg_close(generator);
        if (U_FAILURE(code) || !knows((enum language)l))
            return error_set(err, ERR_UNSUPPORTED, "icu", "it has no dates in %s (%s)",
                             locales[l], u_errorName(code));
    }
    return OK;
}

void moment_done(void)
{
    for (int l = 0; l < LANGUAGE_COUNT; l++)
        for (int m = 0; m < MOMENT_FORMS; m++) {
            udat_close(formats[l][m]);
            formats[l][m] = NULL;
        }
}

static struct text format_at(struct arena *a, enum language language, enum moment_form form,
                             const struct zone *zone, struct instant t)
{
    return format(a, language, form, civil_seconds(zone_civil(zone, t)));
}

struct text moment_date(struct arena *a, enum language language, enum moment_form form,
                        int64_t day)
{
    return format(a, language, form, day * CIVIL_DAY_S);
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
        end = message_join(a, language, day, end);
    }
    return text_from(
        arena_printf(a, TEXT_FMT " \u2013 " TEXT_FMT, TEXT_ARG(start), TEXT_ARG(end)));
}

struct text moment_span_spoken(struct arena *a, enum language language, const struct zone *zone,
                               struct slot slot)
{
    const struct message_value values[] = {{"from", moment_time(a, language, zone, slot.start)},
                                           {"to", moment_time(a, language, zone, slot.end)},
                                           {0}};
    return message_fill(a, language, MESSAGE("{from} to {to}"), values);
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
