/* SPDX-License-Identifier: ISC
 *
 * Tokens by which programs ask as a person. Included by view.h.
 */
#ifndef EDGE_VIEW_TOKEN_H
#define EDGE_VIEW_TOKEN_H

#include "edge/place/view_frame.h"

struct token_row_view {
    struct text name, email; /* email: whose it is; empty where all are one's own */
    struct mark_view mark;
    const char *scopes;             /* "pages:read bookings:read" */
    const char *made, *used, *ends; /* days; used, ends NULL: never */
    const char *revoke_href;
};

struct tokens_view {
    struct frame_view frame;
    struct tabs_view places;
    struct token_row_view *rows;
    size_t n_rows;
    struct empty_view empty;
    struct pager_view pager;
};

/* The form for one more; once it is made, the token itself. */
struct token_new_view {
    struct frame_view frame;
    const char *token; /* NULL: not made yet */
    const char *ends;  /* of the one that was made; NULL: never */
    struct field_view name, days;
    struct field_view *scopes;
    size_t n_scopes;
    const char *scopes_error; /* NULL: right, or not looked at yet */
};

#endif
