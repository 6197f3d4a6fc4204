/* SPDX-License-Identifier: ISC
 *
 * A letter as it is read: plain text that reads well by itself, and HTML for those whose program shows that.
 * The HTML needs nothing from elsewhere: no picture, no font, nothing that tells who has opened it.
 */
#ifndef NOTIFY_MAIL_RENDER_H
#define NOTIFY_MAIL_RENDER_H

#include "base/buf.h"
#include "notify/mail/letter.h"

enum { RENDER_MAX = 128 * 1024 };

/* Append it as text: lines of at most 72 characters where words allow it, links on lines of their own. */
void render_text(struct buf *out, const struct letter *letter);

/* Append it as an HTML document. */
void render_html(struct buf *out, const struct letter *letter);

#endif
