/* SPDX-License-Identifier: ISC */
#include "edge/language.h"

#include "edge/route.h"
#include "lang/message.h"

/* The host's own place has no Arabic. */
static bool has_arabic(const struct visit *visit)
{
    return !visit->route || visit->route->is_customer;
}

static bool is_ours(struct text tag, bool with_arabic, enum language *ret_language)
{
    struct text primary = tag, region;
    enum language found;
    (void)text_cut(tag, '-', &primary, &region);
    if (!language_find(primary, &found) || (found == LANGUAGE_AR && !with_arabic))
        return false;
    *ret_language = found;
    return true;
}

/* "q=0.8" as 800; what is not written so counts as nothing. */
static int weight_of(struct text parameters)
{
    struct text q = text_trim(parameters);
    if (q.n < 3 || !text_starts(q, TEXT("q=")))
        return q.n == 0 ? 1000 : 0;
    int weight = q.at[2] == '1' ? 1000 : 0;
    for (size_t i = 4, unit = 100; i < q.n && unit && weight < 1000; i++, unit /= 10) {
        if (q.at[i] < '0' || q.at[i] > '9')
            return 0;
        weight += (q.at[i] - '0') * (int)unit;
    }
    return weight;
}

bool language_accepted(struct text header, bool with_arabic, enum language *ret_language)
{
    int best = 0;
    for (struct text rest = header; rest.n > 0;) {
        struct text range = rest, after = {0}, parameters = {0};
        enum language language;
        (void)text_cut(rest, ',', &range, &after);
        rest = after;
        (void)text_cut(range, ';', &range, &parameters);
        if (!is_ours(text_trim(range), with_arabic, &language))
            continue;
        int weight = weight_of(parameters);
        if (weight > best) {
            best = weight;
            *ret_language = language;
        }
    }
    return best > 0;
}

/* The value of lang= in the query, before anything is parsed: a visit that waits holds no memory for it. */
static struct text named(const struct visit *visit)
{
    for (struct text rest = visit->request->query; rest.n > 0;) {
        struct text field = rest, after = {0};
        (void)text_cut(rest, '&', &field, &after);
        if (text_starts(field, TEXT("lang=")))
            return (struct text){field.at + 5, field.n - 5};
        rest = after;
    }
    return (struct text){0};
}

void language_choose(struct visit *visit)
{
    struct text lang = named(visit);
    visit->language = LANGUAGE_EN;
    if (is_ours(lang, has_arabic(visit), &visit->language))
        visit->lang = text_from(language_tag(visit->language));
    else
        visit->host_chooses_language =
            !language_accepted(http_header(visit->request, "Accept-Language"),
                               has_arabic(visit), &visit->language);
}

void language_of_host(struct visit *visit, enum language language)
{
    if (visit->host_chooses_language)
        visit->language = language;
}

void language_of_customer(struct visit *visit, const struct customer *customer)
{
    if (visit->host_chooses_language || (customer->has_language && !visit->lang.n))
        visit->language = customer->language;
}

static const char *with_lang(struct visit *visit, const char *path, const char *lang)
{
    return arena_printf(&visit->arena, "%s%clang=%s", path, strchr(path, '?') ? '&' : '?',
                        lang);
}

void language_offer(struct visit *visit, struct head_view *head, const char *path)
{
    head->languages = ARENA_ARRAY(&visit->arena, LANGUAGE_COUNT, struct language_view);
    for (int l = 0; l < LANGUAGE_COUNT; l++) {
        enum language language = (enum language)l;
        const char *lang = language_tag(language);
        if (language != LANGUAGE_AR || has_arabic(visit))
            head->languages[head->n_languages++] =
                (struct language_view){.lang = lang,
                                       .name = language_own_name(language),
                                       .href = with_lang(visit, path, lang),
                                       .is_chosen = language == visit->language};
    }
}

const char *language_kept(struct visit *visit, const char *path)
{
    return visit->lang.n ? with_lang(visit, path, language_tag(visit->language)) : path;
}
