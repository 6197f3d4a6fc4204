/* SPDX-License-Identifier: ISC
 *
 * What web/team.html shows: colleagues side by side (team.c). Included by view.h.
 */
#ifndef EDGE_VIEW_TEAM_H
#define EDGE_VIEW_TEAM_H

#include "edge/place/view_agenda.h"

struct team_block_view {
    const char *place, *tone, *status,
        *time; /* as of agenda_event_view; the status is always said */
};

struct team_column_view {
    struct text name, email;
    const char *why; /* nothing is known, and why; NULL: it is */
    bool is_self, is_chosen;
    const char *now;
    struct team_block_view *blocks;
    size_t n_blocks;
};

struct team_found_day_view {
    struct text name;
    struct text *times;
    size_t n_times;
};

struct team_view {
    struct frame_view frame;
    struct text title; /* the day */
    const char *date;  /* "2026-11-24" */
    const char *earlier_href, *later_href, *today_href;
    const char *scale;
    struct agenda_hour_view *hours;
    size_t n_hours;
    struct team_column_view *columns;
    size_t n_columns;
    struct field_view minutes;                    /* how long a common time is to be */
    bool was_searched, found_nothing, leaves_out; /* leaves_out: somebody chosen is not known */
    struct team_found_day_view *found;
    size_t n_found;
    bool is_alone; /* there are no colleagues yet */
    bool has_none; /* no calendar of one's own, and so no right to look */
    struct empty_view none;
    const char *more_href; /* colleagues behind these; NULL: none */
    struct text zone;
};

#endif
