/* SPDX-License-Identifier: ISC
 *
 * What the templates of web/ show: a struct for each, filled by a handler, read by generated code. Texts
 * borrow from the visit; `href`s are whole and ready to stand in an attribute.
 */
#ifndef EDGE_VIEW_H
#define EDGE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "wire/types.h"

/* The same page in another language. */
struct language_view {
    const char *lang, *name; /* "de", "Deutsch" */
    const char *href;
    bool is_chosen;
};

/* Every page's <head>. */
struct head_view {
    struct text title;
    enum language language;
    const char *lang;             /* "de" */
    bool is_rtl;                  /* it is written from right to left */
    bool is_private;              /* never to be indexed */
    const char *style;            /* the account's style sheet; NULL: ours */
    bool is_place;                /* a signed-in person's: it has a style of its own besides */
    struct text imprint, privacy; /* of the account; empty: none */
    struct language_view *languages; /* none where there is no choice */
    size_t n_languages;
    struct text
        zone; /* in which times are shown because nobody named one: the script may guess better */
};

struct slot_view {
    const char *time;  /* "09:30" */
    const char *href;  /* chooses it */
    const char *start; /* "2026-11-24T08:30:00Z" */
    const char *label; /* for those who hear it: "09:30 to 10:00" */
    bool is_chosen;
};

/* A part of the day. */
struct part_view {
    const char *name;
    struct slot_view *slots;
    size_t n_slots;
};

struct day_view {
    int number; /* 0: a place outside the month */
    bool has_times;
    bool is_selected;
    bool is_today;
    const char *href;
    const char *title; /* "Tuesday, 24 November" */
    const char *label; /* "Tuesday, 24 November, 6 times" */
    const char *date;  /* "2026-11-24" */
    const char *times; /* for the script: "0930-1000=29384730 ...", minutes since 1970 */
};

struct week_view {
    struct day_view *days;
    size_t n_days;
};

/* A column's head: "Mo", and "Monday". */
struct weekday_view {
    const char *name, *whole;
};

/* One month of slots and one day of them. */
struct month_view {
    const char *title;        /* "November 2026" */
    const char *month;        /* "2026-11" */
    const char *earlier_href; /* NULL: there is none */
    const char *later_href;
    struct weekday_view *weekdays;
    size_t n_weekdays;
    struct week_view *weeks;
    size_t n_weeks;
    bool has_times;
    const char *day_title; /* "Tuesday, 24 November"; NULL: no day is selected */
    struct part_view *parts;
    size_t n_parts;
};

struct zone_view {
    struct text name;  /* "Europe/Zurich" */
    const char *label; /* "Zurich"; with its offset where it is chosen */
    bool is_chosen;
};

/* The choice of a zone: a small form of its own. */
struct zones_view {
    struct text name;
    const char *label; /* "Zurich, UTC+1" */
    const char *action;
    struct text month, day, start; /* kept while the zone changes; empty: not there */
    const char *mode;              /* of the private link: "move"; NULL: none */
    struct text lang;              /* of the address; empty: not said */
    struct zone_view *zones;
    size_t n_zones;
};

/* When something is, said for people. */
struct when_view {
    const char *day;      /* "Tuesday, 24 November 2026" */
    const char *time;     /* "09:30 to 10:00" */
    const char *zone;     /* "Zurich, UTC+1" */
    const char *datetime; /* "2026-11-24T08:30:00Z" */
    const char *other;    /* the same in the host's zone, NULL where that shows the same */
};

/* An account's logo, as large as it is shown: nothing moves when it comes. */
struct logo_view {
    const char *href; /* NULL: none */
    int64_t width, height;
};

/* What is offered: the left column. */
struct offer_view {
    struct logo_view logo;
    struct text account_name, host_name, title, description, location;
    const char *duration; /* "30 minutes" */
    bool approves,
        by_mail; /* a booking waits for a word of its host; of its customer by mail */
};

struct choice_view {
    struct text text;
    bool is_chosen;
};

/* A question of the page's own. */
struct question_view {
    int number; /* from 1 */
    struct text label, answer;
    bool is_line, is_text, is_choice, is_consent; /* one of them */
    bool is_required;
    struct choice_view *choices;
    size_t n_choices;
    const char *error; /* NULL: right, or not looked at yet */
};

struct form_view {
    const char *action;
    struct text key; /* idempotency */
    struct text start;
    struct text name, email, note;
    const char *name_error, *email_error, *note_error; /* NULL: right, or not looked at yet */
    bool has_errors;
    bool has_note; /* where the page asks nothing of its own */
    struct question_view *questions;
    size_t n_questions;
};

/* The booking page in all its states. */
struct page_view {
    struct head_view head;
    struct offer_view offer;
    struct zones_view zones;
    struct month_view month;
    bool has_choice; /* a slot is chosen: the form is open */
    struct when_view chosen;
    bool is_preview;       /* its host looks at what customers would see: it leads nowhere */
    const char *back_href; /* the same page without a choice */
    struct form_view form;
    bool is_taken; /* the slot went away: say so, offer neighbours */
    struct slot_view *neighbours;
    size_t n_neighbours;
};

/* A customer's own booking. */
struct own_view {
    struct head_view head;
    struct offer_view offer;
    struct when_view when;
    struct text customer_name, customer_email;
    struct text meeting; /* a link; empty: none */
    struct answer *answers;
    size_t n_answers;
    const char *heading;
    const char *explanation;
    bool is_good, is_waiting, is_ended; /* one of them: its colour and mark */
    bool can_change;
    bool is_invited; /* by the calendar's server: an entry of ours would be a second one */
    bool can_move;
    bool has_entry;    /* for the customer's own calendar */
    bool is_mailed;    /* whoever asked has to look at their mail */
    bool asks_confirm; /* they have */
    bool asks_cancel;
    bool asks_reason, needs_reason; /* of who cancels */
    struct text reason;             /* as typed; of what has ended: as given */
    const char *reason_error;       /* NULL: right, or not looked at yet */
    const char *action, *move_href, *cancel_href, *again_href;
    const char *calendar_href, *google_href, *outlook_href; /* to add it there */
    const char *problem;                                    /* NULL: none */
};

/* Moving it. */
struct move_view {
    struct head_view head;
    struct offer_view offer;
    struct when_view when;
    struct zones_view zones;
    struct month_view month;
    bool has_choice;
    struct when_view chosen;
    const char *action, *own_href, *back_href;
    struct text start;
    bool is_taken;
    struct slot_view *neighbours;
    size_t n_neighbours;
};

/* Coming in. */
struct sign_in_view {
    struct head_view head;
    struct text email, account;
    const char *action, *next;
    const char *problem;       /* NULL: none */
    const char *provider_href; /* by which the account's people sign in; NULL: none is known */
    struct text provider;
};

/* The code of a second factor. */
struct code_view {
    struct head_view head;
    const char *next;
    const char *problem; /* NULL: none */
};

/* The password again, before something dangerous. */
struct again_view {
    struct head_view head;
    struct text email;
    struct text form;
    const char *next;
    const char *problem;       /* NULL: none */
    const char *provider_href; /* where they prove it instead; NULL: here alone */
};

/* Setting up: nothing is served yet, the first account, mail, where the data is. */
struct setup_wait_view {
    struct head_view head;
    bool link_is_over; /* whoever looks came by a link that is good no more */
};

struct setup_account_view {
    struct head_view head;
    const char *action;
    const char *problem; /* NULL: none; so below */
    struct text account_name, account;
    bool is_personal;
    struct text name, email, zone;
    struct zone_view *zones;
    size_t n_zones;
};

struct setup_layer_view {
    struct text name;
    const char *state;
    bool is_good, is_bad;
    struct text detail, fix;
};

struct setup_mail_view {
    struct head_view head;
    struct text form, email;
    const char *problem;
    struct text used, used_from; /* the server in use; empty: none */
    bool is_configured;          /* by the file: nothing can be said here */
    struct text sent_to;         /* just now; empty: nothing was */
    struct text host, user, from;
    bool is_tls;
    struct setup_layer_view *layers;
    size_t n_layers;
};

struct setup_done_view {
    struct head_view head;
    struct text form;
    struct text place, base_url, mail;
    bool is_https, is_jailed;
    const char *keep_days; /* NULL: for good */
    struct text location;
    bool is_located; /* by the file */
};

struct invite_view {
    struct head_view head;
    const char *action;
    const char *problem; /* NULL: none */
};

struct failure_view {
    struct head_view head;
    const char *title, *detail;
};

struct fact_view {
    const char *name, *value, *meaning; /* meaning: one sentence more; NULL: none */
    bool is_good, is_bad;               /* neither: a plain fact */
};

struct home_view {
    struct head_view head;
};

/* One of the five pillars. */
struct pillar_view {
    const char *name, *promise;
    struct fact_view *facts;
    size_t n_facts;
};

struct trust_view {
    struct head_view head;
    struct pillar_view *pillars;
    size_t n_pillars;
};

/* The pages of signed-in people, by family. */
#include "edge/place/view_account.h"
#include "edge/place/view_booking.h"
#include "edge/place/view_connection.h"
#include "edge/place/view_desk.h"
#include "edge/place/view_factor.h"
#include "edge/place/view_frame.h"
#include "edge/place/view_leave.h"
#include "edge/place/view_look.h"
#include "edge/place/view_pages.h"
#include "edge/place/view_privacy.h"
#include "edge/place/view_team.h"
#include "edge/place/view_today.h"
#include "edge/place/view_token.h"
#include "edge/place/view_user.h"
#include "edge/style/view_style.h"

#endif
