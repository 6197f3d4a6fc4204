/* SPDX-License-Identifier: ISC
 *
 * Of our languages French alone counts 0 as one; tools/lang holds the .po files' Plural-Forms to that.
 */
#include "lang/message_table.h"

#include <stdlib.h>

#include "base/status.h"

const char *language_tag(enum language language)
{
    static const char *const tags[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = "en", [LANGUAGE_DE] = "de", [LANGUAGE_FR] = "fr", [LANGUAGE_IT] = "it"};
    return tags[language];
}

static int compare(const void *english, const void *row)
{
    return strcmp(english, ((const struct message_row *)row)->english);
}

/* form: 0 is for one, 1 for many. */
static const char *form_of(enum language language, struct message message, int form)
{
    if (language == LANGUAGE_EN)
        return form ? message.many : message.one;
    const struct message_row *row =
        bsearch(message.one, message_rows, n_message_rows, sizeof *message_rows, compare);
    ENSURE(row); /* tools/lang has seen to it */
    return row->forms[language - 1][form];
}

const char *message_in(enum language language, struct message message)
{
    return form_of(language, message, 0);
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
    return (struct text){out, n};
}

struct text message_fill(struct arena *a, enum language language, struct message message,
                         const struct message_value *values)
{
    return fill_new(a, message_in(language, message), values);
}

struct text message_count(struct arena *a, enum language language, struct message message,
                          int64_t n)
{
    int form = language == LANGUAGE_FR ? n > 1 : n != 1;
    const struct message_value values[] = {
        {"n", text_from(arena_printf(a, "%lld", (long long)n))}, {0}};
    return fill_new(a, form_of(language, message, form), values);
}
