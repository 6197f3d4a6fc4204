/* SPDX-License-Identifier: ISC
 *
 * What several pages read or show: the query that names a month, the customer's form, the offer, the zones.
 */
#ifndef EDGE_PARTS_H
#define EDGE_PARTS_H

#include "edge/customer/month.h"
#include "edge/view.h"
#include "format/form.h"
#include "wire/messages.h"

/* Read month, day, start and tz. What cannot be read is as if it were not there: links get mangled. */
void parts_query(const struct form *form, const struct zones *zones,
                 struct month_query *ret_query);

/* What a customer filled in. Texts borrow from the request. */
struct customer_form {
    struct text start_text, name, email, note, key;
    struct instant start;
    struct text zone_name;                             /* empty: not said */
    const char *name_error, *email_error, *note_error; /* NULL: right */
    struct answer answers[MAX_ANSWERS]; /* to the page's questions, as far as they were typed */
    size_t n_answers;
};

enum { FORM_KEY_MAX = 60 };

/* Draw the idempotency key of a form; lives in a. */
struct text parts_new_key(struct arena *a);

#define FORM_ANSWER "answer:" /* and the question: the name of an answer's field */

/* Read the form. ERR_INVALID where start or key are not what our page sends. Wrong fields are marked. */
enum status parts_customer(const struct form *form, const struct zones *zones,
                           enum language language, struct customer_form *ret_form) MUST_CHECK;

/* Lay out the questions with what was answered, and with what is wrong of it. */
void parts_questions(struct arena *a, enum language language, const struct question *questions,
                     size_t n, const struct customer_form *typed,
                     const struct book_answer *refused, struct form_view *view);

/* The checks of each field, also for the API: NULL, or what is wrong. */
const char *parts_name_error(enum language language, struct text name);
const char *parts_email_error(enum language language, struct text email);
const char *parts_note_error(enum language language, struct text note);

/* The head of a page of an account's. Owner: a. */
struct head_view parts_head(struct arena *a, struct head_view head,
                            const struct page_public *page);

struct offer_view parts_offer(struct arena *a, enum language language,
                              const struct page_public *page);

/* Return the page's zone, UTC where its name is not known here. */
const struct zone *parts_page_zone(const struct zones *zones, const struct page_public *page);

/* Zones to choose from where no script offers all of them; made once, at the start. */
struct zone_choices {
    const struct zone **zones;
    size_t n_zones;
};
void parts_choices(struct arena *a, const struct zones *zones,
                   struct zone_choices *ret_choices);

/* The form that changes the zone. */
struct zones_view parts_zones(struct arena *a, const struct zone_choices *choices,
                              const struct zone *shown, const struct zone *page_zone,
                              const struct month_query *query, const struct month_links *links,
                              struct instant now);

#endif
