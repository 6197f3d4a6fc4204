/* SPDX-License-Identifier: ISC
 *
 * What web/look.html shows: an account's colour and logo. Included by view.h.
 */
#ifndef EDGE_VIEW_LOOK_H
#define EDGE_VIEW_LOOK_H

#include "edge/place/view_frame.h"

/* The colour as pages will show it on light paper, or on dark. */
struct sample_view {
    const char *name;
    const char *paper, *line, *accent, *ink, *soft, *text; /* "#1f6f5c" */
    int64_t left;                                          /* where it stands in the picture */
};

struct look_view {
    struct frame_view frame;
    struct logo_view logo;
    struct field_view own_colour, colour, file, removes;
    struct sample_view *samples;
    size_t n_samples;
    bool is_corrected; /* neither sample is in the very colour */
};

#endif
