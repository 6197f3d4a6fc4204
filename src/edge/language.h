/* SPDX-License-Identifier: ISC
 *
 * In which language a visitor reads: what the address says (lang=de, kept by every link of the page), else what
 * the browser asks for, else what the page's host has chosen, else English. No cookie is needed.
 */
#ifndef EDGE_LANGUAGE_H
#define EDGE_LANGUAGE_H

#include "edge/visit.h"

/* Choose by the request alone: sets visit->language, visit->lang, and whether the host may decide. */
void language_choose(struct visit *visit);

/* Let the page's host decide where the visitor did not say. Before the first word of the page. */
void language_of_host(struct visit *visit, enum language language);

/* The same for a page whose reader is known: only the address outdoes it. */
void language_of_customer(struct visit *visit, const struct customer *customer);

/* Return the best of ours that an Accept-Language header asks for; false: none of them. */
bool language_accepted(struct text header, bool with_arabic, enum language *ret_language);

/* Offer the page at a path of ours, which says no language, in each. */
void language_offer(struct visit *visit, struct head_view *head, const char *path);

/* A path of ours with the address's language kept. Owner: the visit's arena, or path itself. */
const char *language_kept(struct visit *visit, const char *path);

#endif
