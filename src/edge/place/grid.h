/* SPDX-License-Identifier: ISC
 *
 * A day as a column of hours: where each block stands when some lie beside each other. Places are said by classes
 * (web/host.css), since no style stands in our pages.
 */
#ifndef EDGE_GRID_H
#define EDGE_GRID_H

#include <stddef.h>

#include "base/arena.h"

enum {
    GRID_STEP_MIN = 15, /* what a row of the column stands for */
    GRID_LEAST_MIN =
        30, /* a shorter block is drawn as long as this, so that its words have room */
    GRID_LANES_MAX = 6, /* beside each other; what comes on top of that shares the last lane */
    GRID_DAY_MIN = 24 * 60,
};

struct grid_block {
    int from_min, to_min; /* of the day's wall clock, 0 to GRID_DAY_MIN */
    size_t item;          /* whose it is: the caller's number */
    int lane, n_lanes; /* set by grid_lay_out: the place from 0, and how many share the width */
    int row, n_rows;   /* likewise, in steps from the day's start */
};

/* Sort the blocks by their start, the longer first, and give each its rows and lane: what overlaps is side by side,
 * and what overlaps nothing has the whole width. */
void grid_lay_out(struct grid_block *blocks, size_t n);

/* Return the classes of a block's place in a column that begins at an hour; of a line there. */
const char *grid_place(struct arena *a, const struct grid_block *block, int first_h);
const char *grid_line(struct arena *a, int minute, int first_h);

#endif
