/* SPDX-License-Identifier: ISC
 *
 * How large a logo is shown, and where an account's style sheet stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/customer/look.h"

static struct arena a;

static struct logo_view shown(int64_t width, int64_t height)
{
    const struct page_look look = {.logo = TEXT("00ff"), .width = width, .height = height};
    return look_logo(&a, TEXT("acme"), &look);
}

static void a_logo_fits_its_room_in_its_own_shape(void **state)
{
    (void)state;
    static const int64_t sizes[][4] = {
        {100, 40, 100, 40}, {240, 80, 168, 56}, {1000, 100, 200, 20}, {80, 1024, 4, 56},
        {1024, 1, 200, 1},  {1, 1024, 1, 56},   {200, 56, 200, 56},   {1024, 1024, 56, 56},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct logo_view logo = shown(sizes[i][0], sizes[i][1]);
        assert_string_equal(logo.href, "/a/logo/acme/00ff");
        assert_int_equal(logo.width, sizes[i][2]);
        assert_int_equal(logo.height, sizes[i][3]);
    }
}

static void without_a_logo_there_is_none(void **state)
{
    (void)state;
    const struct page_look none = {.width = 10, .height = 10};
    assert_null(look_logo(&a, TEXT("acme"), &none).href);
    assert_null(shown(0, 10).href);
}

static void a_colour_has_a_style_sheet_of_its_own(void **state)
{
    (void)state;
    const struct page_look none = {0}, red = {.accent = TEXT("8b1e3f")};
    assert_null(look_style(&a, &none));
    const char *sheet = look_style(&a, &red);
    assert_int_equal(strncmp(sheet, "/a/style/", 9), 0);
    assert_true(text_ends(text_from(sheet), TEXT("/8b1e3f.css")));
}

static int drop(void **state)
{
    (void)state;
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logo_fits_its_room_in_its_own_shape),
        cmocka_unit_test(without_a_logo_there_is_none),
        cmocka_unit_test(a_colour_has_a_style_sheet_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, drop);
}
