/* SPDX-License-Identifier: ISC
 *
 * Which form a language has for a number stands here and in tools/lang, which holds the .po files to it.
 */
#include "lang/message_table.h"

#include <stdlib.h>

#include "base/status.h"

static const struct language_facts {
    const char *tag, *name;
} facts[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = {"en", "English"},
    [LANGUAGE_DE] = {"de", "Deutsch"},
    [LANGUAGE_FR] = {"fr", "Fran\u00e7ais"},
    [LANGUAGE_IT] = {"it", "Italiano"},
    [LANGUAGE_AR] = {"ar", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629"},
};

const char *language_tag(enum language language)
{
    return facts[language].tag;
}

const char *language_own_name(enum language language)
{
    return facts[language].name;
}

bool language_is_rtl(enum language language)
{
    return language == LANGUAGE_AR;
}

bool language_find(struct text tag, enum language *ret_language)
{
    for (int l = 0; l < LANGUAGE_COUNT; l++)
        if (text_equal_nocase(tag, text_from(facts[l].tag))) {
            *ret_language = (enum language)l;
            return true;
        }
    return false;
}

static int compare(const void *english, const void *row)
{
    return strcmp(english, ((const struct message_row *)row)->english);
}

/* The number of the form, from 0, by CLDR's plural rules. */
static int form_for(enum language language, int64_t n)
{
    switch (language) {
    case LANGUAGE_FR:
        return n > 1;
    case LANGUAGE_AR:
        return n < 3 ? (int)n : n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 ? 4 : 5;
    default:
        return n != 1;
    }
}

static const char *form_of(enum language language, struct message message, int64_t n)
{
    const struct message_row *row =
        language == LANGUAGE_EN
            ? NULL
            : bsearch(message.one, message_rows, n_message_rows, sizeof *message_rows, compare);
    const char *form = row ? row->translated[language - 1] : NULL;
    if (!form) /* also what only hosts read, in a language that only customers have */
        return message.many && n != 1 ? message.many : message.one;
    for (int i = message.many ? form_for(language, n) : 0; i > 0; i--)
        form += strlen(form) + 1;
    return form;
}

const char *message_in(enum language language, struct message message)
{
    return form_of(language, message, 1);
}

const char *message_form(enum language language, struct message message, int64_t n)
{
    return form_of(language, message, n);
}

static const struct message_value *find(const struct message_value *values, struct text name)
{
    for (; values && values->name; values++)
        if (text_equal(text_from(values->name), name))
            return values;
    return NULL;
}

/* Two passes over the same walk: the first counts, the second writes. */
static size_t fill(const char *at, const struct message_value *values, char *out)
{
    size_t n = 0;
    while (*at) {
        struct text piece = {at, strcspn(at + 1, "{") + 1};
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        const struct message_value *value =
            end ? find(values, (struct text){at + 1, (size_t)(end - at - 1)}) : NULL;
        at += value ? (size_t)(end + 1 - at) : piece.n;
        if (value)
            piece = value->value;
        if (out && piece.n)
            memcpy(out + n, piece.at, piece.n);
        n += piece.n;
    }
    return n;
}

static struct text fill_new(struct arena *a, const char *at, const struct message_value *values)
{
    size_t n = fill(at, values, NULL);
    char *out = arena_alloc(a, n + 1);
    fill(at, values, out);
    out[n] = 0;
    return (struct text){out, n};
}

struct text message_fill(struct arena *a, enum language language, struct message message,
                         const struct message_value *values)
{
    return fill_new(a, message_in(language, message), values);
}

struct text message_join(struct arena *a, enum language language, struct text one,
                         struct text other)
{
    const char *comma = language == LANGUAGE_AR ? "\u060c" : ",";
    return text_from(
        arena_printf(a, TEXT_FMT "%s " TEXT_FMT, TEXT_ARG(one), comma, TEXT_ARG(other)));
}

struct text message_count(struct arena *a, enum language language, struct message message,
                          int64_t n)
{
    char digits[MESSAGE_NUMBER_SIZE];
    const struct message_value values[] = {{"n", message_number(language, n, digits)}, {0}};
    return fill_new(a, form_of(language, message, n), values);
}

/* Of our languages Arabic alone has digits of its own, two bytes each, from U+0660 on. */
struct text message_number(enum language language, int64_t n,
                           char ret_digits[static MESSAGE_NUMBER_SIZE])
{
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
    char *end = ret_digits + MESSAGE_NUMBER_SIZE, *at = end;
    do {
        unsigned digit = (unsigned)(rest % 10);
        if (language == LANGUAGE_AR) {
            *--at = (char)(0xa0 + digit);
            *--at = (char)0xd9;
        } else {
            *--at = (char)('0' + digit);
        }
        rest /= 10;
    } while (rest);
    if (n < 0)
        *--at = '-';
    return (struct text){at, (size_t)(end - at)};
}
