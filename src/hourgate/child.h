/* SPDX-License-Identifier: ISC
 *
 * A courier's child of the doctor's own: made, opened, asked one thing, ended.
 */
#ifndef HOURGATE_CHILD_H
#define HOURGATE_CHILD_H

#include "hourgate/team.h"

/* Open a child by one message, ask it another. ret_answer may hold findings although it failed; its texts live
 * in a. The team's courier runs. */
enum status child_ask(struct team *team, enum wire_type open_type, const void *open,
                      enum wire_type type, const void *ask, struct arena *a, void *ret_answer,
                      struct error *err) MUST_CHECK;

#endif
