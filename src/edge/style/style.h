/* SPDX-License-Identifier: ISC
 *
 * The style page's parts: style.c has the components of signed-in people, style_customer.c what customers see.
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

enum { STYLE_CUSTOMER_STATES = 16 };
extern const struct style_state style_customer_states[STYLE_CUSTOMER_STATES];

/* The address of a state. Owner: the visit's arena. */
const char *style_path(struct visit *visit, const struct style_state *state);

#endif
