/* SPDX-License-Identifier: ISC
 *
 * A booking page as customers would see it, were it saved as it stands in its editor.
 */
#ifndef EDGE_PREVIEW_H
#define EDGE_PREVIEW_H

#include "edge/visit.h"
#include "wire/messages.h"

/* Show it, with the times of its hours as if nothing stood in any calendar; opens_form: one of them is chosen. Nothing
 * on it leads anywhere, and nothing is kept. page lives as long as the visit. */
void preview_show(struct visit *visit, const struct page_put_ask *page, bool opens_form);

/* The times that a page's hours would offer if nobody were ever busy: for a look, so without buffers and limits. Pure.
 * Owner: a. */
size_t preview_slots(struct arena *a, const struct rule *rule, const struct zone *zone,
                     struct instant now, struct slot **ret_slots);

#endif
