/* SPDX-License-Identifier: ISC
 *
 * A calendar on somebody's own PC. Included by view.h.
 */
#ifndef EDGE_VIEW_DESK_H
#define EDGE_VIEW_DESK_H

#include "edge/place/view_frame.h"

struct desk_calendar_view {
    struct text name;
    bool is_read, is_booked;
};

struct desk_view {
    struct frame_view frame;
    struct text id, token; /* token: shown this once; empty: not now */
    struct text address;   /* of this place, for the program */
    struct field_view mode, fall_back, only_here;
    bool is_paired, was_heard, is_realtime, is_blocked, xmpp_blocked;
    struct mark_view mark;
    const char *heard, *lease, *blocked; /* NULL: never, nothing */
    struct text program, version, platform;
    int64_t n_orders;
    struct desk_calendar_view *calendars;
    size_t n_calendars;
    const char *remove_href;
    const char *user_href, *machine_href, *msi_href; /* installers; NULL: not here */
    bool has_installers;
};

#endif
