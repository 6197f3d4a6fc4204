/* SPDX-License-Identifier: ISC
 *
 * The path is drawn into a grid again and the fixed parts of every code are looked for; that phones read it, a flow
 * shows with a reader of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format/qr.h"

enum { SIDE_MAX = 177 };
static char grid[SIDE_MAX][SIDE_MAX];

/* Draw "Mx yhNv1h-N" for each run. */
static void draw(const char *path)
{
    int x, y, n, back, used;
    memset(grid, 0, sizeof grid);
    for (; *path; path += used) {
        assert_int_equal(sscanf(path, "M%d %dh%dv1h-%d%n", &x, &y, &n, &back, &used), 4);
        assert_int_equal(n, back);
        for (int i = 0; i < n; i++)
            grid[y][x + i]++;
    }
}

static void check_finder(int left, int top)
{
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 7; x++) {
            int ring = x < y ? x : y;
            int far = 6 - (x > y ? x : y);
            ring = far < ring ? far : ring;
            assert_int_equal(grid[top + y][left + x], ring != 1);
        }
}

static void a_code_has_its_three_corners(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "otpauth://totp/Acme:ann%40acme.test?secret=ABCD"};
    for (size_t i = 0; i < 2; i++) {
        struct buf path CLEANUP(buf_wipe) = BUF(64 * 1024);
        int side = 0;
        assert_int_equal(qr_path(&path, text_from(texts[i]), &side), OK);
        assert_true(side >= 21 && (side - 17) % 4 == 0);
        draw(buf_cstr(&path));
        check_finder(0, 0);
        check_finder(side - 7, 0);
        check_finder(0, side - 7);
    }
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    char longest[2400];
    int side = 0;
    struct buf path CLEANUP(buf_wipe) = BUF(512 * 1024), tiny CLEANUP(buf_wipe) = BUF(10);
    memset(longest, 'a', sizeof longest);
    assert_int_equal(qr_path(&path, (struct text){0}, &side), ERR_INVALID);
    assert_int_equal(qr_path(&path, (struct text){"a\0b", 3}, &side), ERR_INVALID);
    assert_int_equal(qr_path(&path, (struct text){longest, sizeof longest}, &side),
                     ERR_INVALID);
    assert_int_equal(qr_path(&tiny, TEXT("a"), &side), ERR_FULL);
    assert_int_equal(qr_path(&path, (struct text){longest, 2000}, &side), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_its_three_corners),
        cmocka_unit_test(what_is_no_code_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
