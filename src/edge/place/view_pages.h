/* SPDX-License-Identifier: ISC
 *
 * A host's booking pages and their editor. Included by view.h.
 */
#ifndef EDGE_VIEW_PAGES_H
#define EDGE_VIEW_PAGES_H

#include "edge/place/view_frame.h"

struct page_row_view {
    const char *href, *public_href, *url, *duration;
    struct text title, host;
    struct mark_view mark;
};

struct pages_view {
    struct frame_view frame;
    struct page_row_view *rows;
    size_t n_rows;
    bool shows_people;
    struct empty_view empty;
    struct pager_view pager;
};

struct new_page_view {
    struct frame_view frame;
    struct field_view title, page, duration, monday; /* hours of the working days */
    bool lacks_calendar;
};

/* A field of the editor, perhaps with a heading before it. */
struct edited_view {
    const char *heading;
    struct field_view field;
};

struct asked_view {
    int64_t number;
    struct field_view label, kind, choices, required;
};

struct edit_view {
    struct frame_view frame;
    struct tabs_view tabs;
    const char *part, *action, *public_href, *url, *remove_href;
    int64_t version;
    const char *lead; /* one sentence on this part; NULL: none */
    struct edited_view *fields;
    size_t n_fields;
    struct asked_view *questions;
    size_t n_questions;
};

#endif
