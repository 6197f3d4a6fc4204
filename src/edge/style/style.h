/* SPDX-License-Identifier: ISC
 *
 * The style page's parts: style.c has the components of signed-in people, place.c whole pages of theirs and those by
 * which they come in, customer.c what customers see.
 */
#ifndef EDGE_STYLE_H
#define EDGE_STYLE_H

#include "edge/visit.h"

/* A page in one state, at /style/NAME. */
struct style_state {
    const char *name, *title;
    void (*write)(struct visit *visit, const struct style_state *state, struct buf *out);
    unsigned how; /* for write: which of its states */
};

enum { STYLE_CUSTOMER_STATES = 27, STYLE_PLACE_STATES = 19 };
extern const struct style_state style_customer_states[STYLE_CUSTOMER_STATES];
extern const struct style_state style_place_states[STYLE_PLACE_STATES];

/* The frame of a signed-in person who is made up. */
struct frame_view style_frame(struct visit *visit, const char *heading);

/* The address of a state. Owner: the visit's arena. */
const char *style_path(struct visit *visit, const struct style_state *state);

#endif
