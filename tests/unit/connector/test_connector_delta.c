/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/delta.h"

static struct stretch stretch(int64_t start, int64_t end, enum busy_status status)
{
    return (struct stretch){.busy = {{start}, {end}, status}};
}

static void leaves_out_what_says_nothing(void **state)
{
    (void)state;
    struct stretch list[] = {
        stretch(50, 60, BUSY_FREE),      stretch(30, 40, BUSY_OOF),  stretch(10, 10, BUSY_BUSY),
        stretch(20, 15, BUSY_BUSY),      stretch(10, 20, BUSY_BUSY), stretch(10, 20, BUSY_BUSY),
        stretch(10, 20, BUSY_TENTATIVE),
    };
    size_t n = delta_normalise(list, sizeof list / sizeof *list);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].busy.status, BUSY_TENTATIVE);
    assert_int_equal(list[1].busy.status, BUSY_BUSY);
    assert_int_equal(list[2].busy.start.s, 30);
}

static void takes_an_empty_list(void **state)
{
    (void)state;
    assert_int_equal(delta_normalise(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_says_nothing),
        cmocka_unit_test(takes_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
