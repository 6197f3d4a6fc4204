/* SPDX-License-Identifier: ISC
 *
 * What a host may set aside when they book or move by themselves: the page's rules by one word, a busy calendar
 * by another. Never another booking of hourgate's, which the database refuses, never a calendar that does not
 * answer, never the past. Customers set nothing aside.
 */
#ifndef VAULT_PERMIT_H
#define VAULT_PERMIT_H

#include "vault/slots.h"

struct permit {
    bool beyond_rules; /* hours, grid, notice, horizon, limits of the day and of a customer */
    bool over_busy;    /* what the calendar says */
    bool tells;        /* fill reasons: a host asks */
    struct reason *reasons; /* with OK: what was set aside; else all that is in the way */
    size_t n_reasons;
};

/* Fill the page by which a start is asked for and held: itself, or one without the limits that are set aside. */
struct page_stored permit_page(const struct permit *permit, const struct page_stored *page);

/* Might a start be permitted, before anything is known of the calendar? */
bool permit_could(const struct permit *permit, const struct view *view, struct instant start);

/* May it be booked, as far as the view knows? view->page: the page itself. ERR_CONFLICT: no. */
enum status permit_start(struct permit *permit, const struct view *view, struct arena *a,
                         struct instant start, struct error *err) MUST_CHECK;

#endif
