/* SPDX-License-Identifier: ISC
 *
 * What web/account_settings.html shows: an account's own links. Included by view.h.
 */
#ifndef EDGE_VIEW_ACCOUNT_H
#define EDGE_VIEW_ACCOUNT_H

#include "edge/place/view_frame.h"

struct account_settings_view {
    struct frame_view frame;
    struct field_view imprint, privacy, sites;
    bool is_owner; /* may erase it */
};

#endif
