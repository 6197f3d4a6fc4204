/* SPDX-License-Identifier: ISC
 *
 * Who read a person's calendar, what is kept about them, and how things are. Included by view.h.
 */
#ifndef EDGE_VIEW_PRIVACY_H
#define EDGE_VIEW_PRIVACY_H

#include "edge/place/view_frame.h"

struct reading_view {
    const char *what, *who, *when, *datetime;
    struct text times;     /* "3 times"; empty: once */
    struct mark_view mark; /* how it went; no word: as it should */
};

struct readings_view {
    struct frame_view frame;
    struct tabs_view places, spans;
    const char *zone;
    struct reading_view *rows;
    size_t n_rows;
    struct empty_view empty;
    struct pager_view pager;
};

/* One sort of thing that is kept. */
struct holding_view {
    const char *what, *kept, *until;
    bool is_counted;
    int64_t n;
};

struct holdings_view {
    struct frame_view frame;
    struct tabs_view places;
    struct holding_view *rows;
    size_t n_rows;
    struct text backups;
    const char *erasing; /* who can have it erased */
};

/* One fact of the installation. */
struct condition_view {
    const char *what;
    struct text value;
    struct mark_view mark; /* no word: nothing to see to */
};

struct health_view {
    struct frame_view frame;
    struct tabs_view places;
    struct steps_view connections;
    struct empty_view empty;
    bool has_facts; /* for who looks after the account */
    struct condition_view *facts;
    size_t n_facts;
};

#endif
