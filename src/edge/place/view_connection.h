/* SPDX-License-Identifier: ISC
 *
 * Calendars and their connections. Included by view.h.
 */
#ifndef EDGE_VIEW_CONNECTION_H
#define EDGE_VIEW_CONNECTION_H

#include "edge/place/view_frame.h"

struct connection_row_view {
    const char *href;
    struct text mailbox, host, user;
    struct text email; /* whose it is, where that is not the mailbox */
    bool is_service;
    struct mark_view mark;
    const char *checked; /* when the doctor last looked; NULL: never */
};

struct connections_view {
    struct frame_view frame;
    struct connection_row_view *rows;
    size_t n_rows;
    bool can_add, shows_people;
    struct empty_view empty;
    struct pager_view pager;
};

/* What a provider is asked for, and what for. */
struct permission_view {
    struct text name;
    const char *what;
};

struct provider_view {
    struct text name, label;
    struct permission_view *permissions;
    size_t n_permissions;
};

/* The providers whose calendars are connected without a password: providers. */
struct providers_view {
    struct text form;
    struct provider_view *providers;
    size_t n_providers;
    bool lacks_microsoft, lacks_google, lacks_any;
};

/* On the way to one, and back with nothing. */
struct leaving_view {
    struct frame_view frame;
    struct text label, host;
    const char *href;
};

struct authorised_view {
    struct frame_view frame;
    const char *detail;
    struct text mailbox;
    struct steps_view steps;
};

/* The form that connects a calendar. A password never comes back in it. */
struct connect_view {
    struct frame_view frame;
    struct providers_view providers;
    struct field_view email, password, server, user, method, impersonate, consent;
    bool is_open;      /* the fields of the second part are wanted */
    bool asks_consent; /* Autodiscover leads to another domain */
    bool is_online;    /* the mailbox lives where passwords are not taken */
    struct text domain;
    struct steps_view steps; /* what the doctor found */
    bool is_connected;
    const char *next_href;
};

/* iCloud, CalDAV, a feed: a form of each. */
struct connect_caldav_view {
    struct frame_view frame;
    const char *action;
    bool is_icloud, is_caldav, is_feed;
    struct field_view server, user, password;
    struct steps_view steps;
    bool is_connected;
    const char *next_href;
};

struct connection_view {
    struct frame_view frame;
    struct text mailbox, host, user, problem;
    const char *method, *checked, *self_href, *calendars_href, *remove_href;
    struct mark_view mark;
    bool is_own, can_choose, goes_through;
    bool is_granted; /* by OAuth: it has no password */
    bool has_moved;  /* the mailbox, to Microsoft 365 */
    const char *id;
    struct steps_view steps;
    bool was_checked; /* just now: steps hold all layers */
    struct field_view password;
};

/* A page that grows while the doctor looks: doctor_top and doctor_end. */
struct doctor_view {
    struct frame_view frame;
};

struct doctor_end_view {
    const char *problem; /* NULL: none */
};

struct calendar_view {
    int64_t number;
    struct text id, name, mailbox;
    bool is_default, is_busy, is_book, can_read, can_write;
};

struct calendars_view {
    struct frame_view frame;
    const char *action, *back_href;
    struct text connection; /* its mailbox */
    struct calendar_view *calendars;
    size_t n_calendars;
    int64_t lost;
    bool free_busy_only;
};

#endif
