/* SPDX-License-Identifier: ISC
 *
 * A colour that somebody chose, made to be read: whatever it is, text in it and on it keeps the contrast that WCAG 2.2 AA
 * asks for (4.5 to 1), on light paper and on dark. Pure.
 */
#ifndef FORMAT_COLOUR_H
#define FORMAT_COLOUR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/status.h"

struct colour {
    unsigned char red, green, blue;
};

/* What pages are painted with in one scheme, beside the tokens of web/style.css, which these are measured against. */
struct palette {
    struct colour accent; /* links, buttons, what is chosen: on paper, raised and soft */
    struct colour ink;    /* text on accent */
    struct colour soft;   /* behind the pages' own text, and behind accent */
};

enum { COLOUR_SIZE = 8 }; /* "#1f6f5c" and a NUL */

/* Read six hexadecimal figures, after a '#' or without. ERR_INVALID. */
enum status colour_parse(struct text t, struct colour *ret_colour) MUST_CHECK;
void colour_format(struct colour colour, char ret_text[static COLOUR_SIZE]);

/* How far two colours stand apart, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
double colour_contrast(struct colour one, struct colour other);

/* Find the nearest colours of that hue that can be read. */
struct palette colour_palette(struct colour chosen, bool is_dark);

/* Append the style sheet that puts them over those of web/style.css. */
void colour_style(struct buf *out, struct colour chosen);

#endif
