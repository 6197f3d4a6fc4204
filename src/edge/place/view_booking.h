/* SPDX-License-Identifier: ISC
 *
 * What web/bookings.html and its neighbours show: bookings as their host sees them. Included by view.h.
 */
#ifndef EDGE_VIEW_BOOKING_H
#define EDGE_VIEW_BOOKING_H

#include "edge/place/view_frame.h"

struct booking_row_view {
    const char *href, *when, *datetime;
    struct text title, customer, email;
    struct mark_view mark;
};

struct bookings_view {
    struct frame_view frame;
    struct tabs_view tabs;
    struct text customer;        /* whose are shown; empty: everybody's */
    const char *here, *all_href; /* the tab's address, with and without a customer */
    const char *view;            /* its word */
    struct booking_row_view *rows;
    size_t n_rows;
    struct pager_view pager;
    struct empty_view empty;
    const char *export_href; /* NULL: nothing to give out */
    const char *zone;
};

struct given_view {
    struct text name, value;
};

struct history_view {
    const char *when, *what, *who; /* who NULL: hourgate itself */
};

/* One booking. */
struct host_booking_view {
    struct frame_view frame;
    struct mark_view mark;
    struct when_view when;
    struct text title, customer, email, customer_zone, reason, location, meeting;
    const char *page_href; /* of its booking page */
    struct given_view *answers;
    size_t n_answers;
    struct history_view *history;
    size_t n_history;
    bool lacks_history;                      /* it could not be read */
    bool can_answer, can_decline, over_busy; /* a request; its time is busy in the calendar */
    const char *open_until; /* then a request ends by itself; NULL: it is none */
    bool can_change, can_note, is_no_show;
    const char *self_href, *cancel_href, *move_href;
};

/* Cancel one: why. */
struct host_cancel_view {
    struct frame_view frame;
    bool is_request; /* it is declined */
    struct text title, customer;
    struct when_view when;
    struct field_view reason;
    const char *self_href;
};

/* Enter or move one: a form. */
struct host_enter_view {
    struct frame_view frame;
    bool is_move;
    struct text title, customer; /* of what is moved */
    struct when_view when;
    struct field_view page, day, time, name, email;
    const char *key;         /* idempotency */
    struct given_view *ways; /* what stands in the way: name empty */
    size_t n_ways;
    struct field_view beyond_rules, over_busy;
    bool asks_rules, asks_busy; /* which of the two words would set it aside */
    const char *action, *back_href;
    bool has_no_page;
    struct empty_view none;
};

#endif
