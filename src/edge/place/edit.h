/* SPDX-License-Identifier: ISC
 *
 * The settings of a page as fields of its editor, by table. The editor has parts, each a form of its own; what a part does
 * not show it does not touch: the page is read, what was typed is put over it, and the whole goes back.
 */
#ifndef EDGE_EDIT_H
#define EDGE_EDIT_H

#include "edge/place/frame.h"
#include "wire/messages.h"

enum edit_part {
    EDIT_WHAT,
    EDIT_HOURS,
    EDIT_RULES,
    EDIT_QUESTIONS,
    EDIT_EVENT,
    EDIT_MAILS,
    EDIT_PARTS
};

/* Names of the parts in addresses, what they are called, and what they are for. */
extern const char *const edit_names[EDIT_PARTS];
extern const struct message edit_titles[EDIT_PARTS], edit_leads[EDIT_PARTS];

/* Everything that a stored page says, to be put back. Lists are lent by row. */
struct page_put_ask edit_copy(const struct page_row *row);

/* Put what was typed into a part over the page. Lists live in the visit's arena. What is wrong is marked when the part is laid
 * out with the same form. */
void edit_take(struct visit *visit, enum edit_part part, const struct form *form,
               struct page_put_ask *page);

/* Lay out a part: of what was typed (form), else of the page. Wrong fields are noted in view->frame. */
void edit_lay_out(struct visit *visit, enum edit_part part, const struct form *form,
                  const struct page_put_ask *page, struct edit_view *view);

#endif
