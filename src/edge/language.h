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

/* Return the best of ours that an Accept-Language header asks for; false: none of them. */
bool language_accepted(struct text header, bool with_arabic, enum language *ret_language);

/* A path of ours with the address's language kept. Owner: the visit's arena, or path itself. */
const char *language_kept(struct visit *visit, const char *path);

#endif
