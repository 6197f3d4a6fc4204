/* SPDX-License-Identifier: ISC
 *
 * {{say}} of the templates: a message on its way into HTML. Its words are appended as text, escaped; the values
 * between them are the caller's to add, which tools/web writes as
 *
 *     for (struct say s = say_begin(out, language, MESSAGE("{1} with {2}")); say_next(&s);)
 *         if (s.value == 1)
 *             SAY_ADD(&s, v->title);
 *         ...
 *
 * Where the language runs from right to left each value is isolated (U+2068, U+2069), so that a name or an
 * address of the other direction does not tear the sentence apart.
 */
#ifndef LANG_SAY_H
#define LANG_SAY_H

#include "base/buf.h"
#include "lang/message.h"

struct say {
    struct buf *out;
    enum language language;
    const char *at; /* what is not said yet */
    int value;      /* whose turn it is; 0: nobody's yet */
};

struct say say_begin(struct buf *out, enum language language, struct message message);

/* The form of a counted message for n, {1}. */
struct say say_count(struct buf *out, enum language language, struct message message,
                     int64_t n);

/* Append the words up to the next value; false at the end. */
bool say_next(struct say *s);

/* Append a value: a text escaped, a number in the language's digits. */
void say_text(const struct say *s, struct text t);
void say_cstr(const struct say *s, const char *cstr); /* NULL adds nothing */
void say_i64(const struct say *s, int64_t n);
void say_size(const struct say *s, size_t n);
void say_int(const struct say *s, int n);

#define SAY_ADD(s, value)                                                                      \
    _Generic((value),                                                                          \
        struct text: say_text,                                                                 \
        const char *: say_cstr,                                                                \
        char *: say_cstr,                                                                      \
        int64_t: say_i64,                                                                      \
        size_t: say_size,                                                                      \
        int: say_int)(s, value)

#endif
