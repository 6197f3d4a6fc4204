/* SPDX-License-Identifier: ISC
 *
 * The files of own TLS: read here, where root can, and handed to the edge, which shows the certificate and keeps the
 * key in its memory alone. A changed pair is handed over while it serves; one that the edge refuses leaves the one
 * before in use, and is tried again, since a renewal writes one file before the other.
 */
#ifndef HOURGATE_CERTIFICATE_H
#define HOURGATE_CERTIFICATE_H

#include "hourgate/team.h"

/* Hand the files to an edge that has none yet. OK where no certificate is configured. */
enum status certificate_give(struct team *team, struct error *err) MUST_CHECK;

/* Hand them over where they have changed, or were refused; with `now` in any case. What became of it is logged. */
void certificate_look(struct team *team, bool now);

#endif
