/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/place/grid.h"

/* Blocks as "from-to", in hours, and where they stand: "row+rows:lane/lanes". */
static void check(const char *blocks, const char *expected)
{
    struct grid_block at[16] = {0};
    size_t n = 0;
    char found[512] = "";
    for (double from, to; sscanf(blocks, "%lf-%lf", &from, &to) == 2; n++) {
        at[n] = (struct grid_block){
            .from_min = (int)(from * 60), .to_min = (int)(to * 60), .item = n};
        blocks = strchr(blocks, ' ');
        if (!blocks) {
            n++;
            break;
        }
        blocks++;
    }
    grid_lay_out(at, n);
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%zu=%d+%d:%d/%d", i ? " " : "",
                 at[i].item, at[i].row, at[i].n_rows, at[i].lane, at[i].n_lanes);
    }
    assert_string_equal(found, expected);
}

static void what_overlaps_is_side_by_side(void **state)
{
    (void)state;
    check("", "");
    check("9-10", "0=36+4:0/1");
    check("9-10 10-11", "0=36+4:0/1 1=40+4:0/1");
    check("9-11 10-12", "0=36+8:0/2 1=40+8:1/2");
    check("9-11 10-12 11-13", "0=36+8:0/2 1=40+8:1/2 2=44+8:0/2");
    check("9-12 9-10 13-14", "0=36+12:0/2 1=36+4:1/2 2=52+4:0/1");
    check("10-11 9-12", "1=36+12:0/2 0=40+4:1/2");
}

static void short_ones_have_room_for_their_words(void **state)
{
    (void)state;
    check("9-9.1 9.25-9.5", "0=36+2:0/2 1=37+2:1/2");
    check("9-9", "0=36+2:0/1");
    check("23.9-24", "0=94+2:0/1");
    check("24-24", "0=94+2:0/1");
}

static void more_than_fit_share_the_last_lane(void **state)
{
    (void)state;
    check("9-10 9-10 9-10 9-10 9-10 9-10 9-10 9-10",
          "0=36+4:0/6 1=36+4:1/6 2=36+4:2/6 3=36+4:3/6 4=36+4:4/6 5=36+4:5/6 6=36+4:5/6 "
          "7=36+4:5/6");
}

/* No two of a random day lie over each other but in the last lane. */
static void no_block_hides_another(void **state)
{
    (void)state;
    srand(20261122);
    for (int round = 0; round < 2000; round++) {
        struct grid_block at[24];
        size_t n = (size_t)(rand() % 24) + 1;
        for (size_t i = 0; i < n; i++) {
            int from_min = rand() % GRID_DAY_MIN;
            int to_min = from_min + rand() % (GRID_DAY_MIN - from_min) + 1;
            at[i] = (struct grid_block){.from_min = from_min, .to_min = to_min, .item = i};
        }
        grid_lay_out(at, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(at[i].lane >= 0 && at[i].lane < at[i].n_lanes);
            assert_true(at[i].row >= 0 &&
                        at[i].row + at[i].n_rows <= GRID_DAY_MIN / GRID_STEP_MIN);
            for (size_t k = i + 1; k < n; k++) {
                if (at[k].row >= at[i].row + at[i].n_rows || at[i].lane == GRID_LANES_MAX - 1)
                    continue;
                assert_true(at[i].lane != at[k].lane && at[i].n_lanes == at[k].n_lanes);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_overlaps_is_side_by_side),
        cmocka_unit_test(short_ones_have_room_for_their_words),
        cmocka_unit_test(more_than_fit_share_the_last_lane),
        cmocka_unit_test(no_block_hides_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
