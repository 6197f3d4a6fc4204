/* SPDX-License-Identifier: ISC
 *
 * How commands, the interface for people and logs write the values of types.h that they all name.
 */
#ifndef WIRE_WORDS_H
#define WIRE_WORDS_H

#include "wire/types.h"

extern const char *const calendar_kind_words[CALENDAR_KIND_COUNT];
extern const char *const auth_method_words[AUTH_METHOD_COUNT];

/* Find a word's place in a table of n; false: it is not in it. */
bool word_find(const char *const *words, int n, struct text word, int *ret_at);

#endif
