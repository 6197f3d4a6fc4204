/* SPDX-License-Identifier: ISC
 *
 * What web/style.html shows: the components of signed-in people's pages in all their states (style.c). Included by view.h.
 */
#ifndef EDGE_VIEW_STYLE_H
#define EDGE_VIEW_STYLE_H

#include "edge/place/view_frame.h"

/* A whole page in one state, at an address of its own. */
struct style_link_view {
    const char *href, *name;
};

struct style_view {
    struct frame_view frame;
    struct style_link_view *links;
    size_t n_links;
    struct mark_view *marks;
    size_t n_marks;
    struct steps_view steps;
    struct tabs_view tabs;
    struct pager_view pager;
    struct empty_view empty, plain_empty;
    struct field_view *fields;
    size_t n_fields;
};

#endif
