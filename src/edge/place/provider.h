/* SPDX-License-Identifier: ISC
 *
 * The providers whose calendars are connected without a password, and what each permission that hourgate asks for there
 * is good for.
 */
#ifndef EDGE_PROVIDER_H
#define EDGE_PROVIDER_H

#include "edge/visit.h"

/* Lay the providers out for the connect page. offers NULL: it is not known which there are. */
struct providers_view provider_list(struct visit *visit,
                                    const struct oauth_offers_answer *offers);

#endif
