/* SPDX-License-Identifier: ISC
 *
 * A borrowed run of UTF-8 bytes. It owns nothing and need not end in NUL; {0} is the empty text.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    size_t n; /* bytes */
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
#define TEXT_FMT "%.*s"
#define TEXT_ARG(t) (int)(t).n, (t).at ? (t).at : ""

/* Borrow a C string; NULL gives the empty text. */
static inline struct text text_from(const char *cstr)
{
    return (struct text){cstr, cstr ? strlen(cstr) : 0};
}

bool text_equal(struct text one, struct text other);
bool text_equal_nocase(struct text one, struct text other); /* ASCII letters only */
bool text_starts(struct text t, struct text prefix);
bool text_ends(struct text t, struct text suffix);

/* Cut a text in two at the first `at`; false (and ret_* untouched) where there is none. */
bool text_cut(struct text t, char at, struct text *ret_before, struct text *ret_after);
/* Copy the front of a text into out, up to one of `ends`: what is not printable ASCII as '?', the end cut off. */
void text_print(struct text t, const char *ends, char *out, size_t size);

struct text text_first(struct text t,
                       size_t max);   /* max bytes at most, no character cut in two */
struct text text_trim(struct text t); /* spaces, tabs, CR and LF at both ends */

/* Is it valid UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool text_is_utf8(struct text t);

/* Is it valid UTF-8 without control characters, tab and line feed apart? */
bool text_is_clean(struct text t);

/* Does it hold characters that are not seen but change how the text around them is seen: bidirectional
 * embeddings, overrides and isolates, line and paragraph separators, byte order marks, annotations, tags
 * (UTS 55)? Joiners and the marks LRM, RLM and ALM are none: scripts need them. */
bool text_misleads(struct text t);

/* Is it clean, on one line, not blank, and does it not mislead? */
bool text_is_line(struct text t);

/* Is it a link that people may be given: https, a host, printable ASCII that ends no attribute, within MAX_LINK? */
bool text_is_link(struct text t);

/* Does it look like an e-mail address: something, one '@', something? Whether mail arrives there only mail can
 * tell. */
bool text_is_address(struct text t);

/* Parse a whole decimal integer: an optional '-', then digits. False where it is not one, or does not
 * fit; *ret_value untouched then. */
bool text_to_i64(struct text t, int64_t *ret_value);

/* Is it a slug: 1 to max of a-z, 0-9 and '-', not at its ends? */
bool text_is_slug(struct text t, size_t max);

#endif
