/* SPDX-License-Identifier: ISC */
#include "edge/place/grid.h"

#include <stdlib.h>

static int by_start(const void *one, const void *other)
{
    const struct grid_block *a = one, *b = other;
    if (a->from_min != b->from_min)
        return a->from_min < b->from_min ? -1 : 1;
    if (a->to_min != b->to_min)
        return a->to_min > b->to_min ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

static void set_rows(struct grid_block *block)
{
    int to_min = block->to_min < block->from_min + GRID_LEAST_MIN
                     ? block->from_min + GRID_LEAST_MIN
                     : block->to_min;
    if (to_min > GRID_DAY_MIN)
        to_min = GRID_DAY_MIN;
    block->row = block->from_min / GRID_STEP_MIN;
    block->n_rows = (to_min + GRID_STEP_MIN - 1) / GRID_STEP_MIN - block->row;
    if (block->n_rows < GRID_LEAST_MIN / GRID_STEP_MIN) { /* at the very end of the day */
        block->n_rows = GRID_LEAST_MIN / GRID_STEP_MIN;
        block->row = GRID_DAY_MIN / GRID_STEP_MIN - block->n_rows;
    }
}

/* Blocks that reach each other, directly or over others, share the width. Return where the next such group begins. */
static size_t lay_out_group(struct grid_block *blocks, size_t first, size_t n)
{
    int ends[GRID_LANES_MAX] = {0}, group_end = blocks[first].row, n_lanes = 0;
    size_t i = first;
    for (; i < n && (i == first || blocks[i].row < group_end); i++) {
        int lane = 0, end = blocks[i].row + blocks[i].n_rows;
        while (lane < GRID_LANES_MAX - 1 && ends[lane] > blocks[i].row)
            lane++;
        ends[lane] = end > ends[lane] ? end : ends[lane];
        blocks[i].lane = lane;
        n_lanes = lane + 1 > n_lanes ? lane + 1 : n_lanes;
        group_end = end > group_end ? end : group_end;
    }
    for (size_t k = first; k < i; k++)
        blocks[k].n_lanes = n_lanes;
    return i;
}

void grid_lay_out(struct grid_block *blocks, size_t n)
{
    if (n == 0)
        return;
    qsort(blocks, n, sizeof *blocks, by_start);
    for (size_t i = 0; i < n; i++)
        set_rows(&blocks[i]);
    for (size_t next = 0; next < n;)
        next = lay_out_group(blocks, next, n);
}

const char *grid_place(struct arena *a, const struct grid_block *block, int first_h)
{
    int row = block->row - first_h * 60 / GRID_STEP_MIN;
    return arena_printf(a, "h%d q%d dh%d dq%d l%d of%d", row / 4, row % 4, block->n_rows / 4,
                        block->n_rows % 4, block->lane, block->n_lanes);
}

const char *grid_line(struct arena *a, int minute, int first_h)
{
    int row = minute / GRID_STEP_MIN - first_h * 60 / GRID_STEP_MIN;
    return arena_printf(a, "h%d q%d", row / 4, row % 4);
}
