/* SPDX-License-Identifier: ISC
 *
 * What web/factor.html shows of a person's second factor. Included by view.h.
 */
#ifndef EDGE_VIEW_FACTOR_H
#define EDGE_VIEW_FACTOR_H

#include "edge/place/view_frame.h"

struct recovery_view {
    struct text code;
};

struct factor_view {
    struct frame_view frame;
    struct text email;
    bool is_off, is_pending, is_on,
        has_codes;    /* one of them; the last: codes were just made, shown once */
    bool is_demanded; /* the account asks for it, and it is not on */
    bool is_required;
    const char *since;       /* is_on: the day */
    int64_t left;            /* is_on: recovery codes */
    const char *secret;      /* is_pending: in groups of four, to type */
    const char *qr, *qr_box; /* is_pending: an SVG's path, and its viewBox; NULL: none */
    struct field_view code, password;
    struct recovery_view *codes;
    size_t n_codes;
};

#endif
