/* SPDX-License-Identifier: ISC
 *
 * What web/agenda*.html show: a person's own calendars (agenda.c). Included by view.h.
 */
#ifndef EDGE_VIEW_AGENDA_H
#define EDGE_VIEW_AGENDA_H

#include "edge/place/view_frame.h"

/* An event, as far as one day shows it. */
struct agenda_event_view {
    const char *place; /* classes: where its block stands in the day's column */
    const char *time;  /* "09:30 – 10:00"; NULL: the whole day */
    const char *from,
        *to; /* "09:30", "10:00": as much of it as the day holds; NULL: the whole day */
    const char *datetime; /* of its start */
    struct text title;    /* never empty */
    struct text where, text;
    const char *
        tone; /* class of its status: "busy", "tentative", "oof", "free", "elsewhere", "unknown" */
    const char *status;   /* in words; NULL: busy, which goes without saying */
    const char *calendar; /* whose it is where there are several; NULL: there is one */
    bool is_booking;      /* hourgate wrote it */
    bool is_private;
};

struct agenda_day_view {
    struct text weekday; /* "Tue" */
    struct text name;    /* "Tuesday, 24 November" */
    struct text label;   /* "Tuesday, 24 November: 3 events" */
    int64_t number;      /* of the month */
    const char *href;    /* the day by itself */
    const char *now;     /* classes: where the line for now stands; NULL: not on this day */
    bool is_today, is_outside;       /* of the month that is shown */
    struct agenda_event_view *whole; /* events of whole days */
    size_t n_whole;
    struct agenda_event_view *blocks;
    size_t n_blocks;
    struct agenda_event_view *few; /* the first of both, for a cell of a month */
    size_t n_few, n_more;
    size_t n_events;
};

struct agenda_week_view {
    struct agenda_day_view *days;
    size_t n_days;
};

struct agenda_hour_view {
    const char *time;
};

/* A calendar that could not be read. */
struct agenda_failure_view {
    const char *calendar;
    struct text why;
};

struct agenda_view {
    struct frame_view frame;
    struct tabs_view tabs;
    struct text title; /* what is shown: "23 – 29 November 2026" */
    const char *earlier_href, *later_href,
        *today_href; /* today_href NULL: it is shown already */
    bool is_grid, is_month, is_list;
    bool has_details;  /* the list stands beside the grid: of one day */
    const char *scale; /* classes: how many hours the columns show */
    int64_t early;     /* so many hours stand before the usual ones */
    struct agenda_hour_view *hours;
    size_t n_hours;
    bool has_whole; /* some day has events of whole days */
    struct agenda_day_view *days;
    size_t n_days;
    struct agenda_day_view *head; /* of a month: its first week */
    size_t n_head;
    struct agenda_week_view *weeks;
    size_t n_weeks;
    struct agenda_failure_view *failures;
    size_t n_failures;
    bool lacks_text;
    bool is_empty; /* nothing is in it */
    bool has_none; /* no calendar is connected */
    struct empty_view none;
    struct text zone;
};

#endif
