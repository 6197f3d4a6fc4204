/* SPDX-License-Identifier: ISC
 *
 * What templates show of a signed-in person's place around each of its pages (frame.h), and the components that its
 * pages are made of: web/place_top.html and its neighbours. Included by view.h.
 */
#ifndef EDGE_VIEW_FRAME_H
#define EDGE_VIEW_FRAME_H

#include "base/text.h"

/* A place of the navigation. */
struct entry_view {
    const char *label, *href, *icon; /* icon: an id of web/icons.svg */
    int64_t count;                   /* what needs attention there; 0: not shown */
    bool is_here;
    bool is_rest; /* on a phone it stands behind "More" */
};

/* A field that is wrong: the summary above a form leads to it. */
struct problem_view {
    const char *field; /* its id */
    const char *text;
};

/* Around every page: place_top, place_foot. */
struct frame_view {
    struct head_view head;
    const char *heading; /* of the page, also its <h1> */
    struct text person, account_name;
    struct text
        form; /* what every form carries: <input type="hidden" name="form" value="{{frame.form}}"> */
    struct entry_view *entries;
    size_t n_entries;
    bool has_rest, rest_is_here; /* the page is behind "More" */
    const char *done;            /* what was done just now; NULL: nothing */
    const char *problem;         /* what could not be done; NULL: nothing */
    struct problem_view *problems;
    size_t n_problems;
};

/* How something is, never by colour alone: mark. */
struct mark_view {
    const char *tone; /* "good", "warn", "bad", "wait" or "off": also the icon */
    const char *word;
};

/* One tab or filter of several: tabs. */
struct tab_view {
    const char *label, *href;
    int64_t count; /* 0: not shown */
    bool is_here;
};

struct tabs_view {
    const char *label; /* what they choose */
    struct tab_view *tabs;
    size_t n_tabs;
};

/* One page of many: pager. NULL: there is none. */
struct pager_view {
    const char *earlier_href, *later_href, *earlier, *later;
};

/* One step of several, in their order: steps. */
struct step_view {
    struct mark_view mark;
    const char *name;
    struct text detail, fix;   /* empty: none */
    const char *href, *action; /* what to do; NULL: nothing */
};

struct steps_view {
    struct step_view *steps;
    size_t n_steps;
};

/* A list with nothing in it: what it is for, and what to do first: empty. */
struct empty_view {
    const char *title, *text;
    const char *href, *action; /* NULL: nothing to do */
};

/* A field of a form: field. Its id is its name. */
struct choice_of_view {
    const char *value, *label;
    bool is_chosen;
};

struct field_view {
    const char *name, *label;
    const char *hint;                /* one sentence below; NULL: none */
    const char *error;               /* NULL: right, or not looked at yet */
    struct text value;               /* of a password field never */
    const char *type;                /* of an <input>: "text", "email", "url", "number", ... */
    const char *autocomplete, *unit; /* NULL: none */
    const char *least, *most;        /* of a number */
    int64_t longest, rows;           /* rows: a <textarea> of so many */
    bool is_required, is_optional;   /* neither: nothing is said of it */
    bool is_box, is_choice, is_set;  /* a box to tick; one of choices; a ticked box */
    bool is_narrow;
    struct choice_of_view *choices;
    size_t n_choices;
};

/* Ask before something is gone for good: confirm, a page of its own. */
struct loss_view {
    int64_t n;
    const char *of_what; /* "coming bookings" */
    const char *meaning; /* one sentence */
};

struct confirm_view {
    struct frame_view frame;
    const char *question, *meaning;
    struct loss_view *losses;
    size_t n_losses;
    const char *action;       /* where the form goes */
    const char *name, *value; /* its hidden field */
    const char *button, *back_href;
};

/* What cannot be shown or done, and why: refused. */
struct refused_view {
    struct frame_view frame;
    const char *detail, *back_href, *back;
};

#endif
