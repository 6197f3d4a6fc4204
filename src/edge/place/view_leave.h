/* SPDX-License-Identifier: ISC
 *
 * Leaving, and erasing an account: what it means, and the certificate. Included by view.h.
 */
#ifndef EDGE_VIEW_LEAVE_H
#define EDGE_VIEW_LEAVE_H

#include "edge/place/view_frame.h"

struct leave_view {
    struct frame_view frame;
    const char *question, *meaning;
    struct loss_view *losses;
    size_t n_losses;
    const char *stays;    /* why it cannot be done; NULL: it can */
    bool needs_heir;      /* somebody takes over pages and bookings */
    struct field_view to; /* who */
    struct field_view sure;
    const char *action, *button, *back_href;
};

struct erased_view {
    struct head_view head;
    const char *heading, *text;
    struct text certificate, signature; /* empty: it is not finished yet */
    const char *href, *label;           /* where to go on; NULL: nowhere */
};

#endif
