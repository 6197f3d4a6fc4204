/* SPDX-License-Identifier: ISC
 *
 * What administrators see of an account's users. Included by view.h.
 */
#ifndef EDGE_VIEW_USER_H
#define EDGE_VIEW_USER_H

#include "edge/place/view_frame.h"

struct user_line_view {
    const char *href;
    struct text name, email;
    const char *role;
    struct mark_view mark;
    int64_t pages;
};

struct users_view {
    struct frame_view frame;
    struct user_line_view *rows;
    size_t n_rows;
    const char *later_href; /* NULL: these are all */
    struct field_view email, name, zone;
};

struct user_view {
    struct frame_view frame;
    struct text email;
    const char *role, *zone;
    struct mark_view mark;
    const char *action, *handover; /* where the forms go */
    const char *remove_href;
    const char *link, *until;           /* an invitation that was just made; NULL: none */
    bool is_own, is_disabled, is_owner; /* is_owner: who looks is one */
    bool has_pages;
    int64_t pages;
    struct field_view new_role, to;
};

#endif
