/* SPDX-License-Identifier: ISC
 *
 * The chosen colour goes towards black (on dark paper: white) in small steps until everything that is written in it, and
 * everything that is written on it, stands out enough. The last step is black or white, which does. Its soft shade
 * is the raised paper with a little of it; where the pages' quiet text would not be read on that, a little less.
 */
#include "format/colour.h"

#include <math.h>
#include <stdio.h>

enum { STEPS = 64 };
static const double least = 4.5;

/* The tokens of web/style.css that these have to go with; a test compares them. */
struct paper {
    struct colour paper, raised, quiet, good, ink_on_accent;
    int soft_percent; /* of the accent in its soft shade, at most */
};
static const struct paper papers[2] = {
    {.paper = {0xf4, 0xf5, 0xf6},
     .raised = {0xff, 0xff, 0xff},
     .quiet = {0x5a, 0x66, 0x75},
     .good = {0x1b, 0x6b, 0x3f},
     .ink_on_accent = {0xff, 0xff, 0xff},
     .soft_percent = 12},
    {.paper = {0x12, 0x17, 0x1d},
     .raised = {0x1a, 0x21, 0x29},
     .quiet = {0xa3, 0xae, 0xbb},
     .good = {0x7f, 0xd3, 0xa2},
     .ink_on_accent = {0x0b, 0x10, 0x16},
     .soft_percent = 20},
};

/* ---- reading and writing ---- */

static int figure(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

enum status colour_parse(struct text t, struct colour *ret_colour)
{
    unsigned char parts[3];
    if (t.n == 7 && t.at[0] == '#')
        t = (struct text){t.at + 1, t.n - 1};
    if (t.n != 6)
        return ERR_INVALID;
    for (int i = 0; i < 3; i++) {
        int high = figure(t.at[2 * i]), low = figure(t.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return ERR_INVALID;
        parts[i] = (unsigned char)(high * 16 + low);
    }
    *ret_colour = (struct colour){parts[0], parts[1], parts[2]};
    return OK;
}

void colour_format(struct colour colour, char ret_text[static COLOUR_SIZE])
{
    snprintf(ret_text, COLOUR_SIZE, "#%02x%02x%02x", colour.red, colour.green, colour.blue);
}

/* ---- contrast ---- */

static double linear(unsigned char part)
{
    double c = part / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(struct colour c)
{
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

double colour_contrast(struct colour one, struct colour other)
{
    double a = luminance(one), b = luminance(other);
    return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

/* ---- the palette ---- */

static unsigned char between(unsigned char from, unsigned char to, int part, int whole)
{
    return (unsigned char)(from + (to - from) * part / whole);
}

static struct colour mix(struct colour from, struct colour to, int part, int whole)
{
    return (struct colour){between(from.red, to.red, part, whole),
                           between(from.green, to.green, part, whole),
                           between(from.blue, to.blue, part, whole)};
}

static struct colour soft_of(const struct paper *paper, struct colour accent)
{
    struct colour soft = paper->raised;
    for (int percent = paper->soft_percent; percent > 0; percent--) {
        soft = mix(paper->raised, accent, percent, 100);
        if (colour_contrast(soft, paper->quiet) >= least &&
            colour_contrast(soft, paper->good) >= least)
            return soft;
    }
    return paper->raised;
}

static bool can_be_read(const struct paper *paper, const struct palette *palette)
{
    return colour_contrast(palette->accent, paper->paper) >= least &&
           colour_contrast(palette->accent, paper->raised) >= least &&
           colour_contrast(palette->accent, palette->soft) >= least &&
           colour_contrast(palette->accent, palette->ink) >= least;
}

struct palette colour_palette(struct colour chosen, bool is_dark)
{
    const struct paper *paper = &papers[is_dark];
    const struct colour end =
        is_dark ? (struct colour){0xff, 0xff, 0xff} : (struct colour){0, 0, 0};
    struct palette palette = {0};
    for (int step = 0; step <= STEPS; step++) {
        palette.accent = mix(chosen, end, step, STEPS);
        palette.ink = paper->ink_on_accent;
        palette.soft = soft_of(paper, palette.accent);
        if (can_be_read(paper, &palette))
            break;
    }
    return palette;
}

/* ---- the style sheet ---- */

static void add_palette(struct buf *out, const struct palette *palette)
{
    char accent[COLOUR_SIZE], ink[COLOUR_SIZE], soft[COLOUR_SIZE];
    colour_format(palette->accent, accent);
    colour_format(palette->ink, ink);
    colour_format(palette->soft, soft);
    buf_printf(out, ":root { --accent: %s; --accent-ink: %s; --accent-soft: %s; }", accent, ink,
               soft);
}

void colour_style(struct buf *out, struct colour chosen)
{
    struct palette light = colour_palette(chosen, false), dark = colour_palette(chosen, true);
    add_palette(out, &light);
    buf_add_cstr(out, "\n@media (prefers-color-scheme: dark) { ");
    add_palette(out, &dark);
    buf_add_cstr(out, " }\n");
}
