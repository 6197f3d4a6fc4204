/* SPDX-License-Identifier: ISC
 *
 * What an event in the host's calendar says: texts with {names} in braces, filled from a booking. What a page
 * keeps out of the calendar is empty here, whatever a text asks for, so that no text can let it in. A line of
 * nothing but names that are empty is left out.
 *
 *     {customer} {email} {answers} {page} {host} {account} {location}
 */
#ifndef BOOK_FORM_H
#define BOOK_FORM_H

#include "base/arena.h"
#include "base/error.h"
#include "wire/types.h"

/* The usual texts, where a form has none. */
#define FORM_TITLE TEXT("{page} - {customer}")
#define FORM_TEXT TEXT("{customer}\n{email}\n{answers}")
#define FORM_LOCATION TEXT("{location}")

/* Refuse a text with a name that is none of these, or a brace without its other; and a reminder out of range. */
enum status form_check(const struct event_form *form, struct error *err) MUST_CHECK;

/* Fill a text that form_check would accept; cut at a whole character where it gets longer than max bytes. */
struct text form_fill(struct arena *a, struct text text, const struct event_form *form,
                      const struct page_public *page, const struct customer *customer,
                      size_t max);

#endif
