/* SPDX-License-Identifier: ISC
 *
 * Today, and the settings of whoever is signed in. Included by view.h.
 */
#ifndef EDGE_VIEW_TODAY_H
#define EDGE_VIEW_TODAY_H

#include "edge/place/view_frame.h"

/* A booking in a timetable. */
struct coming_view {
    const char *from, *to; /* "09:30" */
    const char *datetime;
    const char *href; /* of the booking; NULL: it has no page */
    struct text title, customer;
    struct mark_view mark;
};

struct coming_day_view {
    const char *name, *date; /* "Today", "Sunday, 22 November" */
    bool is_today;
    struct coming_view *rows;
    size_t n_rows;
};

/* Something to do by hand. */
struct todo_view {
    int64_t id;
    const char *what, *fix;
    struct text title;
    const char *when;
    const char *href, *action; /* NULL: it is done in the calendar, and noted here */
    const char *accept; /* let the booking follow the calendar; NULL: not to be had here */
    bool may_restore;   /* or put the event back */
};

struct share_view {
    struct text title;
    const char *href, *url;
};

struct today_view {
    struct frame_view frame;
    const char *date, *zone;
    struct todo_view *todos;
    size_t n_todos;
    bool is_new; /* steps are left */
    struct steps_view steps;
    bool lacks_bookings; /* they could not be had */
    struct coming_day_view *days;
    size_t n_days;
    bool has_more;
    struct empty_view empty;
    struct share_view *shares;
    size_t n_shares;
};

/* Where somebody is signed in. */
struct session_view {
    const char *id, *made, *seen;
    bool is_own;
    const char *means; /* by which it began; NULL: another's */
};

/* What an account's mails say of their own. */
struct mail_texts_view {
    struct frame_view frame;
    struct tabs_view tabs;
    const char *language; /* of the texts: "de" */
    struct field_view from, reply_to;
    struct field_view *texts;
    size_t n_texts;
};

struct settings_view {
    struct frame_view frame;
    struct tabs_view places;
    struct text email;
    bool has_factor, is_linked, is_administrator;
    const char *role, *zone;
    struct session_view *sessions;
    size_t n_sessions;
    bool has_others;
    struct field_view old, password;
};

#endif
