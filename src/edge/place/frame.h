/* SPDX-License-Identifier: ISC
 *
 * What surrounds each page of a signed-in person: navigation, title, notices. A page is a handler that fills a view, and
 * a template that begins with {{include place_top frame}} and ends with {{include place_foot frame}}. How to add
 * one stands in HACKING.md.
 */
#ifndef EDGE_FRAME_H
#define EDGE_FRAME_H

#include "edge/visit.h"
#include "format/form.h"

/* The places of the navigation. One whose address has no route yet does not show. */
enum frame_place {
    FRAME_TODAY,
    FRAME_BOOKINGS,
    FRAME_PAGES,
    FRAME_CALENDAR,
    FRAME_TEAM,
    FRAME_CONNECTIONS,
    FRAME_SETTINGS,
    FRAME_PLACES
};

/* Fill the frame of a page. Needs visit->session (session_need). `?done=WORD` of the address becomes a notice that
 * frame.c knows the words of; visit->problem is shown as what went wrong. heading lives as long as the visit. */
struct frame_view frame_fill(struct visit *visit, enum frame_place here, const char *heading);

/* Note that a field is wrong: shown beside it, and in the summary above the form. */
void frame_problem(struct visit *visit, struct frame_view *frame, struct field_view *field,
                   const char *error);

/* Send a page that a template writes: FRAME_SEND(visit, 200, web_today, &view). */
#define FRAME_SEND(visit, status, template, view)                                              \
    do {                                                                                       \
        struct http_response frame_response;                                                   \
        visit_response((visit), &frame_response, (status), "text/html; charset=utf-8");        \
        template(&frame_response.body, (view));                                                \
        visit_send((visit), &frame_response);                                                  \
    } while (0)

/* Return the clock of whoever is signed in; UTC where its name is not known here. */
const struct zone *frame_zone(const struct visit *visit);

/* Is there such a place yet? */
bool frame_has(enum frame_place place);

/* The query of the address; what cannot be read is as if it were not there. */
void frame_query(struct visit *visit, struct form *ret_form);

/* Show why a question of a person was not answered, within the frame. */
struct told;
void frame_refuse(struct visit *visit, enum frame_place here, const struct told *told);

#endif
