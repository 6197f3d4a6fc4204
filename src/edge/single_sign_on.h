/* SPDX-License-Identifier: ISC
 *
 * What signing in by a provider needs of the sign-in page.
 */
#ifndef EDGE_SINGLE_SIGN_ON_H
#define EDGE_SINGLE_SIGN_ON_H

#include "edge/visit.h"

/* Show the sign-in page with what went wrong. */
void sign_in_show(struct visit *visit, unsigned http, struct message problem);

#endif
