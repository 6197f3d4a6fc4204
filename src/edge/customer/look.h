/* SPDX-License-Identifier: ISC
 *
 * How an account's pages look: its colour as a style sheet, its logo as a picture. Neither address ever means anything
 * else: the one holds the colour and a hash of what it is put over, the other a hash of the picture.
 *
 *     GET /a/style/HASH/1f6f5c.css     web/style.css in that colour, one request instead of two
 *     GET /a/logo/ACCOUNT/MARK
 */
#ifndef EDGE_LOOK_H
#define EDGE_LOOK_H

#include "base/arena.h"
#include "edge/view.h"

/* The style sheet of a look; NULL: hourgate's own. Owner: a. */
const char *look_style(struct arena *a, const struct page_look *look);

/* The logo as pages show it, as large as there is room for; no href where there is none. Owner: a. */
struct logo_view look_logo(struct arena *a, struct text account, const struct page_look *look);

#endif
