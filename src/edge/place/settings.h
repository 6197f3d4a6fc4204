/* SPDX-License-Identifier: ISC
 *
 * What the pages below /settings have in common.
 */
#ifndef EDGE_SETTINGS_H
#define EDGE_SETTINGS_H

#include "edge/visit.h"

enum settings_place {
    SETTINGS_SIGN_IN,
    SETTINGS_TOKENS,
    SETTINGS_READINGS,
    SETTINGS_DATA,
    SETTINGS_HEALTH,
    SETTINGS_PLACES
};

/* The tabs that lead from one to the other. */
struct tabs_view settings_places(struct visit *visit, enum settings_place here);

#endif
