/* SPDX-License-Identifier: ISC
 *
 * What people read, in their language. A message is named by its English text and translated in web/lang
 * (gettext's .po files), which tools/lang compiles into tables: every MESSAGE in the sources and every {{say}} in
 * the templates has every language, with the same {values} in it, or `./test --only checks` fails.
 */
#ifndef LANG_MESSAGE_H
#define LANG_MESSAGE_H

#include "base/arena.h"
#include "wire/types.h"

struct message {
    const char *one;  /* the English text; of a counted message that for 1 */
    const char *many; /* of a counted message the English text for others; else NULL */
};

/* tools/lang finds messages by these two names; both take literals. */
#define MESSAGE(english) ((struct message){"" english, NULL})
#define MESSAGES(one, many) ((struct message){"" one, "" many})

/* A value for {name}. */
struct message_value {
    const char *name; /* NULL ends a list of them */
    struct text value;
};

/* Return a message in a language. */
const char *message_in(enum language language, struct message message);

/* The same, its {names} filled; what has no value stays as it stands. values may be NULL. */
struct text message_fill(struct arena *a, enum language language, struct message message,
                         const struct message_value *values);

/* Return a counted message in the form that the language has for n, not filled. */
const char *message_form(enum language language, struct message message, int64_t n);

/* Fill {n} of a counted message, in the form that the language has for n. */
struct text message_count(struct arena *a, enum language language, struct message message,
                          int64_t n);

/* "one, other", with the comma of the language. */
struct text message_join(struct arena *a, enum language language, struct text one,
                         struct text other);

enum { MESSAGE_NUMBER_SIZE = 41 };

/* Write a number in the digits of the language. Owner: the caller's buffer. */
struct text message_number(enum language language, int64_t n,
                           char ret_digits[static MESSAGE_NUMBER_SIZE]);

/* Return "de" for LANGUAGE_DE: BCP 47, as HTML and mail headers want it; and "Deutsch". */
const char *language_tag(enum language language);
const char *language_own_name(enum language language);

/* Is it written from right to left? */
bool language_is_rtl(enum language language);

/* Find the language of a tag such as "de", in either case; false: none of ours. */
bool language_find(struct text tag, enum language *ret_language);

#endif
