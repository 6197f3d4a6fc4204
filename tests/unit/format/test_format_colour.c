/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "format/colour.h"

static const double least = 4.5;

static struct colour from(const char *text)
{
    struct colour colour = {0};
    assert_int_equal(colour_parse(text_from(text), &colour), OK);
    return colour;
}

/* ---- the tokens of the style sheet, light and then dark ---- */

static struct buf sheet = BUF(256 * 1024);

static const char *sheet_file;

static int read_sheet(void **state)
{
    (void)state;
    char bytes[4096];
    FILE *file = fopen(sheet_file, "r");
    assert_non_null(file);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_add(&sheet, bytes, n);
    fclose(file);
    buf_add_byte(&sheet, '\0');
    return 0;
}

static int drop_sheet(void **state)
{
    (void)state;
    buf_done(&sheet);
    return 0;
}

static struct colour token(const char *name, bool is_dark)
{
    char wanted[40], value[8] = "";
    snprintf(wanted, sizeof wanted, "--%s: #", name);
    const char *found = strstr((const char *)sheet.at, wanted);
    if (is_dark && found)
        found = strstr(found + 1, wanted);
    assert_non_null(found);
    found += strlen(wanted);
    bool is_short = found[3] == ';';
    for (int i = 0; i < 6; i++)
        value[i] = found[is_short ? i / 2 : i];
    return from(value);
}

static void assert_apart(struct colour one, struct colour other, const char *what,
                         struct colour chosen)
{
    char name[COLOUR_SIZE];
    colour_format(chosen, name);
    if (colour_contrast(one, other) < least)
        fail_msg("%s: %s has a contrast of %.2f", name, what, colour_contrast(one, other));
}

static void any_colour_can_be_read(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++) {
        struct colour paper = token("paper", dark), raised = token("raised", dark);
        struct colour ink = token("ink", dark), muted = token("muted", dark);
        struct colour good = token("good", dark);
        for (int each = 0; each < 17 * 17 * 17; each++) {
            struct colour chosen = {(unsigned char)(each % 17 * 15),
                                    (unsigned char)(each / 17 % 17 * 15),
                                    (unsigned char)(each / 289 * 15)};
            struct palette palette = colour_palette(chosen, dark);
            assert_apart(palette.accent, paper, "accent on paper", chosen);
            assert_apart(palette.accent, raised, "accent on raised", chosen);
            assert_apart(palette.accent, palette.soft, "accent on soft", chosen);
            assert_apart(palette.accent, palette.ink, "ink on accent", chosen);
            assert_apart(ink, palette.soft, "the page's ink on soft", chosen);
            assert_apart(muted, palette.soft, "quiet text on soft", chosen);
            assert_apart(good, palette.soft, "good on soft", chosen);
        }
    }
}

static void what_can_be_read_stays_as_it_was_chosen(void **state)
{
    (void)state;
    static const char *const fine[] = {"#8b1e3f", "#1f4e79", "#000000", "#5b2a86"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        char kept[COLOUR_SIZE];
        colour_format(colour_palette(from(fine[i]), false).accent, kept);
        assert_string_equal(kept, fine[i]);
    }
}

static void contrast_is_as_wcag_counts_it(void **state)
{
    (void)state;
    assert_true(colour_contrast(from("000000"), from("ffffff")) > 20.99);
    assert_true(colour_contrast(from("777777"), from("ffffff")) < least);
    assert_true(colour_contrast(from("767676"), from("ffffff")) >= least);
}

static void a_colour_is_six_figures(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",        "#",   "1f6f5",    "#1f6f5", "1f6f5c0",
                                        "#1f6f5g", "red", "#1f6f5c ", "0x1f6f"};
    struct colour colour;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (colour_parse(text_from(wrong[i]), &colour) != ERR_INVALID)
            fail_msg("accepted: %s", wrong[i]);
    assert_int_equal(from("#1F6f5C").red, 0x1f);
    assert_int_equal(from("1F6f5C").blue, 0x5c);
}

static void a_style_sheet_says_both_schemes(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(1024);
    colour_style(&out, from("8b1e3f"));
    buf_add_byte(&out, '\0');
    const char *text = (const char *)out.at;
    assert_true(strncmp(text, ":root { --accent: #8b1e3f; --accent-ink: #ffffff; ", 50) == 0);
    assert_non_null(strstr(text, "@media (prefers-color-scheme: dark) { :root { --accent: #"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_colour_can_be_read),
        cmocka_unit_test(what_can_be_read_stays_as_it_was_chosen),
        cmocka_unit_test(contrast_is_as_wcag_counts_it),
        cmocka_unit_test(a_colour_is_six_figures),
        cmocka_unit_test(a_style_sheet_says_both_schemes),
    };
    assert_int_equal(argc, 2);
    sheet_file = argv[1];
    return cmocka_run_group_tests(tests, read_sheet, drop_sheet);
}
