/* SPDX-License-Identifier: ISC
 *
 * The style page's calendars: a week, a month and a team that are made up, with events of every kind.
 */
#ifndef EDGE_STYLE_GRID_H
#define EDGE_STYLE_GRID_H

#include "edge/style/style.h"

void style_write_week(struct visit *visit, const struct style_state *state, struct buf *out);
void style_write_month(struct visit *visit, const struct style_state *state, struct buf *out);
void style_write_team(struct visit *visit, const struct style_state *state, struct buf *out);

#endif
